"""Five hundred worlds, and sixty with claims: every promise judged in each, by seed. More: `make sim N=2000`."""

from __future__ import annotations

import pytest

from simulation.campaign import play
from simulation.seeds import CLAIMS_FROM, script_of
from simulation.story import run

WORLDS, CHUNK, CLAIM_WORLDS = 500, 20, 60

# Worlds in which a promise is known to be broken, and why it stays so. They are played all the same, and a broken world
# that is not named here fails the suite.
KNOWN = {
    140: "a write to Salesforce arrived after its answer was lost, and a person took out of the set what it had put in "
    "before the worker looked again: without a history nothing tells that from a set that was never filled",
}


@pytest.mark.parametrize("first", range(0, WORLDS, CHUNK))
def test_every_promise_is_kept_and_the_same_seed_gives_the_same_world(first: int) -> None:
    total = play(first, CHUNK)
    broken = [failure for failure in total.failures if failure[0] not in KNOWN]
    assert not broken, f"python -m simulation seed {broken[0][0]} --shrink\n{broken}"
    assert total.worlds == CHUNK
    assert total.tally.edits > CHUNK, "the worlds stood still"
    assert total.tally.kills and total.tally.struck, "nothing was broken in them"


@pytest.mark.parametrize("first", range(CLAIMS_FROM, CLAIMS_FROM + CLAIM_WORLDS, CHUNK))
def test_every_promise_is_kept_where_claims_and_verdicts_meet_people_faults_and_kills(first: int) -> None:
    total = play(first, CHUNK)
    assert not total.failures, f"python -m simulation seed {total.failures[0][0]} --shrink\n{total.failures}"
    assert total.tally.claims > 2 * CHUNK, "hardly anything was claimed"
    assert total.tally.kills and total.tally.struck, "nothing was broken in them"


def test_another_seed_is_another_world() -> None:
    assert len({run(script_of(seed)).trace for seed in range(5)}) == 5
