"""Two hundred worlds: people, faults and kills by seed, and every promise judged in each. More: `make sim N=2000`."""

from __future__ import annotations

import pytest

from simulation.campaign import play
from simulation.seeds import script_of
from simulation.story import run

WORLDS, CHUNK = 200, 25

# Worlds in which a promise is known to be broken today, and how. They are played all the same: a world that breaks
# and is not named here fails the suite. Mending one is a matter of `python -m simulation seed N --shrink`.
KNOWN = {
    145: "a set edited on both sides around a lost answer",
    189: "an edit of a name around a lost answer",
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("first", range(0, WORLDS, CHUNK))
def test_every_promise_is_kept_in_every_world_and_the_same_seed_gives_the_same_world(first: int) -> None:
    total = play(first, CHUNK)
    broken = [failure for failure in total.failures if failure[0] not in KNOWN]
    assert not broken, f"python -m simulation seed {broken[0][0]} --shrink\n{broken}"
    assert total.worlds == CHUNK
    assert total.tally.edits > 5 * CHUNK and total.tally.writes > 5 * CHUNK, "the worlds stood still"
    assert total.tally.kills and total.tally.struck, "nothing was broken in them"


def test_another_seed_is_another_world() -> None:
    assert len({run(script_of(seed)).trace for seed in range(5)}) == 5
