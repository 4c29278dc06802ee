"""Stories after the hand-off: an answer on either place, a clock that is kept, and notices that come once."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.base import TransientError, UnknownOutcomeError
from tests.stages.hand_off_desk import HOUR_MS, Desk, Killed, dies_at, known_lead, make_desk, qualifies


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


@pytest.fixture
def jane(desk: Desk) -> str:
    return known_lead(desk)


def test_an_acceptance_on_the_task_stops_the_clock_and_reaches_both_sides(desk: Desk, jane: str) -> None:
    qualifies(desk, jane)
    desk.cycle()
    [task] = desk.tasks()
    desk.pair.org.update("Task", task["Id"], {"Hand_Off_Answer__c": "Accepted"}, "human:ann")
    answered_ms = desk.pair.clock.now_ms()
    desk.cycle()
    [row] = desk.rows()
    assert (row.state, row.breached_ms) == ("accepted", 0)
    assert abs(row.answered_ms - answered_ms) < 1000
    desk.cycle()
    desk.cycle()
    link = desk.pair.link_of("left", "Lead", jane)
    assert desk.status(jane) == "SAL"
    assert desk.pair.org.record("Lead", jane)["Sales_Accepted__c"] == "Yes"
    assert desk.pair.portal.record("contacts", link.right_id)["sales_accepted"] == "true"
    assert [one.subject.partition(":")[0] for one in desk.chat.got[1:]] == ["Accepted"]


def test_a_rejection_recycles_with_its_reason_and_a_cleared_reason_lets_the_lead_come_again(
    desk: Desk, jane: str
) -> None:
    qualifies(desk, jane)
    desk.cycle()
    desk.pair.org.update("Task", desk.tasks()[0]["Id"], {"Hand_Off_Answer__c": "Rejected: no budget"}, "human:ann")
    for _ in range(3):
        desk.cycle()
    link = desk.pair.link_of("left", "Lead", jane)
    assert (desk.rows()[0].state, desk.rows()[0].reason) == ("recycling", "no budget")
    assert desk.status(jane) == "recycled"
    assert desk.pair.portal.record("contacts", link.right_id)["recycle_reason"] == "no budget"
    desk.pair.portal.update("contacts", link.right_id, {"recycle_reason": ""}, "human:mia")
    for _ in range(3):
        desk.pair.wait(HOUR_MS)
        desk.cycle()
    assert desk.status(jane) == "MQL"
    assert [row.state for row in desk.rows()] == ["rejected", "sent"]
    assert len(desk.tasks()) == 2


def test_a_rejection_on_the_record_needs_no_claim_of_ours(desk: Desk, jane: str) -> None:
    qualifies(desk, jane)
    desk.cycle()
    desk.pair.org.update("Lead", jane, {"Recycle_Reason__c": "Timing"}, "human:ann")
    desk.cycle()
    [row] = desk.rows()
    assert (row.state, row.reason, row.payload["claims"]) == ("rejected", "Timing", [])
    assert desk.status(jane) == "recycled"
    with desk.pair.store.snapshot() as tx:
        assert tx.claims.count() == 0


def test_what_passes_unanswered_is_a_breach_once_and_a_late_answer_does_not_mend_it(desk: Desk, jane: str) -> None:
    qualifies(desk, jane)
    desk.cycle()
    desk.pair.wait(3 * HOUR_MS)
    assert desk.cycle().counts["sla_breached"] == 0
    desk.pair.wait(HOUR_MS)
    assert desk.cycle().counts["sla_breached"] == 1
    assert desk.cycle().counts["sla_breached"] == 0
    assert [one.subject for one in desk.chat.got[1:]] == ["Unanswered: MQL Jane Doe, Acme, with ann@acme.example"]
    desk.pair.org.update("Lead", jane, {"Sales_Accepted__c": "Yes"}, "human:ann")
    desk.cycle()
    [row] = desk.rows()
    assert (row.state, row.breached_ms) == ("accepted", row.due_ms)
    assert row.answered_ms > row.due_ms


def test_an_answer_that_came_too_late_between_two_looks_is_a_breach_all_the_same(desk: Desk, jane: str) -> None:
    qualifies(desk, jane)
    desk.cycle()
    desk.pair.wait(5 * HOUR_MS)
    desk.pair.org.update("Task", desk.tasks()[0]["Id"], {"Status": "Completed"}, "human:ann")
    report = desk.cycle()
    [row] = desk.rows()
    assert (report.counts["sla_breached"], row.breached_ms) == (1, row.due_ms)
    assert [one.subject.partition(" ")[0] for one in desk.chat.got] == ["MQL"], "there is nothing left to hurry for"


def test_a_rejection_takes_an_earlier_acceptance_back(desk: Desk, jane: str) -> None:
    qualifies(desk, jane)
    desk.cycle()
    desk.pair.org.update("Task", desk.tasks()[0]["Id"], {"Hand_Off_Answer__c": "Accepted"}, "human:ann")
    desk.cycle()
    desk.cycle()
    assert desk.pair.org.record("Lead", jane)["Sales_Accepted__c"] == "Yes"
    desk.pair.org.update("Lead", jane, {"Phone": "+1 415 555 0100"}, "human:zoe")
    desk.cycle()
    [second] = [task for task in desk.tasks() if "(SQL)" in task["Subject"]]
    desk.pair.org.update("Task", second["Id"], {"Hand_Off_Answer__c": "Rejected: timing"}, "human:bob")
    for _ in range(3):
        desk.cycle()
    assert desk.status(jane) == "recycled"
    assert desk.pair.org.record("Lead", jane)["Sales_Accepted__c"] == "No"


def test_an_answer_in_time_that_is_seen_late_is_no_breach(desk: Desk, jane: str) -> None:
    qualifies(desk, jane)
    desk.cycle()
    desk.pair.org.update("Task", desk.tasks()[0]["Id"], {"Status": "Completed"}, "human:ann")
    desk.pair.wait(24 * HOUR_MS)
    report = desk.cycle()
    [row] = desk.rows()
    assert (report.counts["sla_breached"], row.breached_ms, row.state) == (0, 0, "sent")
    assert 0 < row.answered_ms < row.due_ms


def test_a_step_further_is_handed_over_and_ends_the_one_before(desk: Desk, jane: str) -> None:
    qualifies(desk, jane)
    desk.cycle()
    desk.pair.org.update("Lead", jane, {"Phone": "+1 415 555 0100"}, "human:zoe")
    desk.cycle()
    desk.cycle()
    assert [(row.status, row.state) for row in desk.rows()] == [("MQL", "ended"), ("SQL", "sent")]
    desk.pair.org.update("Lead", jane, {"Sales_Accepted__c": "Yes"}, "human:ann")
    desk.cycle()
    assert desk.rows()[1].state == "accepted"


def test_a_notice_that_fails_stays_owed_and_one_that_may_have_arrived_is_not_sent_twice(desk: Desk, jane: str) -> None:
    desk.chat.fails = [TransientError("busy")]
    qualifies(desk, jane)
    assert desk.cycle().counts["notices_owed"] == 1
    desk.cycle()
    assert len(desk.chat.got) == 1
    desk.chat.fails = [UnknownOutcomeError("the line broke")]
    desk.pair.wait(5 * HOUR_MS)
    report = desk.cycle()
    assert "NoticeUncertain" in {one.name for one in report.problems}
    desk.pair.wait(24 * HOUR_MS)
    desk.cycle()
    assert len(desk.chat.got) == 1


@pytest.mark.parametrize(("keyed", "copies"), [(False, 1), (True, 2)])
def test_a_death_after_a_notice_sends_it_again_only_where_the_receiver_can_tell(
    desk: Desk, jane: str, keyed: bool, copies: int
) -> None:
    desk.chat.keyed = keyed
    qualifies(desk, jane)
    with pytest.raises(Killed):
        desk.cycle(probe=dies_at("notice.sent"))
    for _ in range(3):
        desk.cycle()
    assert len(desk.chat.got) == copies
    assert len({one.notice_id for one in desk.chat.got}) == 1
