"""Five hundred worlds: people, faults and kills by seed, and every promise judged in each. More: `make sim N=2000`."""

from __future__ import annotations

import pytest

from simulation.campaign import play
from simulation.seeds import script_of
from simulation.story import run

WORLDS, CHUNK = 500, 25


@pytest.mark.timeout(300)
@pytest.mark.parametrize("first", range(0, WORLDS, CHUNK))
def test_every_promise_is_kept_in_every_world_and_the_same_seed_gives_the_same_world(first: int) -> None:
    total = play(first, CHUNK)
    assert not total.failures, f"python -m simulation seed {total.failures[0][0]} --shrink\n{total.failures}"
    assert total.worlds == CHUNK
    assert total.tally.edits > 5 * CHUNK and total.tally.writes > 5 * CHUNK, "the worlds stood still"
    assert total.tally.kills and total.tally.struck, "nothing was broken in them"


def test_another_seed_is_another_world() -> None:
    assert len({run(script_of(seed)).trace for seed in range(5)}) == 5
