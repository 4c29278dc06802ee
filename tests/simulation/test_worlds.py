"""A few whole worlds: people, faults and kills by seed, and every promise judged. Many: `make sim N=2000`."""

from __future__ import annotations

import pytest

from simulation.seeds import script_of
from simulation.story import run


@pytest.mark.parametrize("seed", range(12))
def test_every_promise_is_kept_in_this_world(seed: int) -> None:
    assert not run(script_of(seed)).failure
