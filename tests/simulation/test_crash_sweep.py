"""A story in which the worker dies at one port point after another. Five of them: `python -m simulation crash`."""

from __future__ import annotations

import pytest

from simulation.crashes import STORIES, points_of, sweep

NAME = "edited on both sides"
STEP = 12


@pytest.mark.timeout(300)
def test_death_at_any_point_breaks_no_promise() -> None:
    assert points_of(STORIES[NAME]) > 100
    assert not sweep(STORIES[NAME], step=STEP, first=2)
