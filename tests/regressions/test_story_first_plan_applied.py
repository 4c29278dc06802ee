"""Found in review: a first plan of many creates came out held, so that applying it sent nothing."""

from __future__ import annotations

from syncer.core.breaker import BreakerLimits
from syncer.engine.planning import apply_plan, make_plan
from tests.stages.test_outbound_sync import run
from tests.stages.world import make_pair

MANY = BreakerLimits().create.floor + 20


def test_a_first_plan_of_many_creates_is_shown_whole_applied_whole_and_leaves_nothing_to_do() -> None:
    pair = make_pair()
    for number in range(MANY):
        pair.lead(Email=f"p{number}@acme.example", Title="Buyer")
    document = make_plan(pair.context())
    assert [(entry["op"], entry["held"]) for entry in document["writes"]] == [("create", False)] * MANY
    assert document["held"] == []
    assert not list(pair.portal.records("contacts")), "looking at a plan writes nothing"

    assert apply_plan(pair.context(), document) == []
    assert len(list(pair.portal.records("contacts"))) == MANY
    pair.wait()
    after = make_plan(pair.context())
    assert (after["writes"], after["held"]) == ([], [])


def test_once_the_first_sync_is_over_a_plan_of_many_creates_is_held_again() -> None:
    pair = make_pair()
    run(pair)
    for number in range(MANY):
        pair.lead(Email=f"p{number}@acme.example")
    pair.wait()
    document = make_plan(pair.context())
    assert document["writes"] == []
    assert [row["count"] for row in document["held"]] == [MANY]
