"""Found in review: a field that vanished in the middle of a run was sent again with every batch, and told each time."""

from __future__ import annotations

from syncer.stages.context import Settings
from tests.stages.test_outbound_sync import run
from tests.stages.world import make_pair


def test_a_field_that_is_refused_once_is_not_sent_again_in_that_run() -> None:
    pair = make_pair(settings=Settings(verify_batch=1))
    leads = [pair.lead(Email=f"p{number}@acme.example", Title="Buyer") for number in range(4)]
    run(pair)
    for lead in leads:
        pair.org.update("Lead", lead, {"Title": "Chief", "FirstName": "Janet"}, "human:ann")
    gone = []

    def vanish(point: str) -> None:
        if point == "sent" and not gone:
            gone.append(point)
            pair.portal.remove_field("contacts", "jobtitle")

    report = run(pair, probe=vanish)
    assert len([problem for problem in report.problems if problem.field == "jobtitle"]) == 1
    with pair.store.snapshot() as tx:
        states = sorted(row.state for row in tx.intents.of_run(report.run_id, ("rejected", "stale", "settled")))
    assert states == ["rejected", *["settled"] * 4, *["stale"] * 3]
    assert {record["firstname"] for record in pair.portal.records("contacts")} == {"Janet"}


def test_a_field_that_is_gone_at_the_last_look_costs_itself_and_not_the_run() -> None:
    pair = make_pair()
    lead = pair.lead(Email="jane@acme.example", Title="Buyer")
    run(pair)
    pair.org.update("Lead", lead, {"Title": "Chief", "FirstName": "Janet"}, "human:ann")
    gone = []

    def vanish(point: str) -> None:
        if point == "gated" and not gone:
            gone.append(point)
            pair.portal.remove_field("contacts", "jobtitle")

    report = run(pair, probe=vanish)
    assert not report.paused
    assert {record["firstname"] for record in pair.portal.records("contacts")} == {"Janet"}
