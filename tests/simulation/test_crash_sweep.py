"""Five stories in which the worker dies at one port point after another. Every point: `python -m simulation crash`."""

from __future__ import annotations

import pytest

from simulation.crashes import STORIES, points_of, sweep

STEP = 12  # every twelfth point, beginning with another one in each story


@pytest.mark.parametrize(("first", "name"), list(enumerate(STORIES, 1)))
def test_death_at_any_point_breaks_no_promise(first: int, name: str) -> None:
    assert points_of(STORIES[name]) > 100
    assert not sweep(STORIES[name], step=STEP, first=first)
