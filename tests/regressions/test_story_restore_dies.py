"""Found in review: the journal still called a value overwritten that was put back by a run which died right after."""

from __future__ import annotations

import pytest

from syncer.engine.cycle import look
from syncer.stages.undo import restore, undo_run
from tests.stages.test_outbound_sync import journal, left, run
from tests.stages.world import PairWorld, make_pair

POINTS = ["sent", "answered", "recorded", "settled"]


class Killed(BaseException):
    """The process died here."""


def overwritten(pair: PairWorld) -> tuple[str, str]:
    """A conflict that the left lost: its lead, and the run that wrote."""
    lead = pair.lead(Email="jane@acme.example", Title="Buyer")
    run(pair)
    (contact,) = (record["id"] for record in pair.portal.records("contacts"))
    pair.org.update("Lead", lead, {"Title": "mine"}, "human:ann")
    pair.wait(30_000)
    pair.portal.update("contacts", contact, {"jobtitle": "yours"}, "human:bob")
    report = run(pair)
    assert left(pair, "Lead", lead)["Title"] == "yours"
    return lead, report.run_id


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("what", ["the value", "the run"])
def test_what_was_put_back_is_told_as_put_back_wherever_the_process_died(what: str, point: str) -> None:
    pair = make_pair()
    lead, wrote = overwritten(pair)
    (entry,) = journal(pair)
    passed: list[str] = []

    def die(at: str) -> None:
        passed.append(at)
        if at == point:
            raise Killed

    context = pair.context()
    look(context)
    context.probe = die
    with pytest.raises(Killed):
        restore(context, entry) if what == "the value" else undo_run(context, wrote)
    assert passed[-1] == point
    run(pair)
    with pair.store.snapshot() as tx:
        told = tx.journal.get(entry.seq)
    arrived = left(pair, "Lead", lead)["Title"] == "mine"
    assert told is not None and told.state == ("restored" if arrived else "effective")
    assert arrived == (point != "sent")


def test_a_value_that_stands_there_already_counts_as_put_back_and_nothing_is_written() -> None:
    pair = make_pair()
    lead, _ = overwritten(pair)
    (entry,) = journal(pair)
    pair.org.update("Lead", lead, {"Title": "mine"}, "human:ann")
    run(pair)
    before = len(pair.ledger)
    context = pair.context()
    look(context)
    assert restore(context, entry)
    assert len(pair.ledger) == before
    with pair.store.snapshot() as tx:
        assert tx.journal.get(entry.seq).state == "restored"
