"""Stories of the hand-off: one Task for one move, whoever dies, for somebody who can own it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.faults import FaultKind, FaultRule
from syncer.core.hand_off import territory_key
from syncer.core.hand_off_terms import Owners, StatusPolicy, Territory
from syncer.mapping.hand_off import task_fields
from syncer.stages.context import LEFT_KEY
from syncer.stages.hand_off_owed import open_hand_offs
from tests.stages.hand_off_desk import HOUR_MS, Desk, Killed, behind, dies_at, known_lead, make_desk, qualifies
from tests.stages.world import MINUTE_MS


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


@pytest.fixture
def jane(desk: Desk) -> str:
    return known_lead(desk)


def test_a_lead_that_reaches_a_status_becomes_one_task_with_its_evidence_and_its_due_day(desk: Desk, jane: str) -> None:
    qualifies(desk, jane)
    report = desk.cycle()
    [task], [row] = desk.tasks(), desk.rows()
    assert (report.counts["handed_off"], row.state, row.task_id) == (1, "sent", task["Id"])
    assert (task["WhoId"], task["OwnerId"], task["Subject"]) == (jane, desk.users["ann"], "Call: Jane Doe, Acme (MQL)")
    assert task["ActivityDate"] == desk.policy.calendar.local(row.due_ms).date().isoformat()
    assert row.due_ms == row.sent_ms + 4 * HOUR_MS
    text = task["Description"].splitlines()
    assert text[0].startswith("First step: call, by ")
    assert any(line.startswith("met: Is a chief: CEO, human salesforce, 20") for line in text)
    assert "Ask next: Which number?" in text
    [notice] = desk.chat.got
    assert notice.subject == "MQL for ann@acme.example: Jane Doe, Acme"
    for _ in range(3):
        desk.cycle()
    assert len(desk.tasks()) == len(desk.chat.got) == 1


@pytest.mark.parametrize("second", ["hand_off.sent", "hand_off.answered", "hand_off.recovered"])
@pytest.mark.parametrize("first", ["hand_off.sent", "hand_off.answered", "hand_off.recorded"])
def test_two_deaths_around_the_call_leave_one_task_and_one_notice(
    desk: Desk, jane: str, first: str, second: str
) -> None:
    qualifies(desk, jane)
    with pytest.raises(Killed):
        desk.cycle(probe=dies_at(first))
    desk.pair.wait(5 * MINUTE_MS)
    try:
        desk.cycle(probe=dies_at(second))
    except Killed:
        desk.pair.wait(5 * MINUTE_MS)
    for _ in range(3):
        desk.cycle()
    assert len(desk.tasks()) == 1
    assert [one.subject.partition(" ")[0] for one in desk.chat.got] == ["MQL"]
    assert desk.rows()[0].task_id == desk.tasks()[0]["Id"]


def test_what_somebody_did_with_the_task_before_we_knew_of_it_stays(desk: Desk, jane: str) -> None:
    qualifies(desk, jane)
    with pytest.raises(Killed):
        desk.cycle(probe=dies_at("hand_off.answered"))
    [task] = desk.tasks()
    desk.pair.org.update("Task", task["Id"], {"Status": "Completed", "OwnerId": desk.users["bob"]}, "human:bob")
    desk.cycle()
    desk.cycle()
    [again], [row] = desk.tasks(), desk.rows()
    assert (again["Status"], again["OwnerId"]) == ("Completed", desk.users["bob"])
    assert (row.state, row.answered_ms > 0, row.payload["with"]) == ("sent", True, desk.users["bob"])


def test_whoever_does_not_want_to_be_called_is_handed_over_with_that_word_first(desk: Desk, jane: str) -> None:
    link = desk.pair.link_of("left", "Lead", jane)
    assert link is not None
    desk.pair.portal.update("contacts", link.right_id, {"do_not_call": "true"}, "human:mia")
    qualifies(desk, jane)
    desk.cycle()
    assert desk.tasks()[0]["Description"].startswith("DO NOT CALL: this person")
    assert desk.chat.got[0].lines[0].startswith("DO NOT CALL: this person")


def test_the_team_takes_turns_and_whoever_cannot_own_anything_is_passed_over(desk: Desk, jane: str) -> None:
    for number in range(2):
        desk.pair.lead(Email=f"p{number}@acme.example", Title="CTO")
    qualifies(desk, jane)
    desk.cycle()
    assert sorted(task["OwnerId"] for task in desk.tasks()) == sorted([desk.users["ann"]] * 2 + [desk.users["bob"]])
    desk.pair.org.update("User", desk.users["bob"], {"IsActive": False}, "human:admin")
    late = desk.pair.lead(Email="late@acme.example", Title="CTO")
    report = desk.cycle()
    assert [task["OwnerId"] for task in desk.tasks() if task["WhoId"] == late] == [desk.users["ann"]]
    assert [one.name for one in report.problems if one.name == "OwnerInactive"] == ["OwnerInactive"]


def test_a_territory_goes_by_the_country_of_the_record_and_an_owner_keeps_what_is_theirs(desk: Desk, jane: str) -> None:
    bob, ann = desk.users["bob"], desk.users["ann"]
    abroad = Territory((bob,), frozenset({territory_key("country", "Canada")}))
    owners = {
        "map": Owners("map", "territory", (), (abroad,), "own"),
        "own": Owners("own", "existing owner", (), (), "team"),
        "team": Owners("team", "round robin", (ann,)),
    }
    desk.policy = replace(desk.policy, owners=owners, statuses={"MQL": StatusPolicy("map")})
    qualifies(desk, jane, OwnerId=bob)
    other = desk.pair.lead(Email="o@acme.example", Title="CTO", Country="CA", OwnerId=ann)
    ours = desk.pair.lead(Email="u@acme.example", Title="CTO", OwnerId=desk.pair.org.state.user_id)
    desk.cycle()
    assert {task["WhoId"]: task["OwnerId"] for task in desk.tasks()} == {jane: bob, other: bob, ours: ann}


def test_with_nobody_to_give_it_to_the_hand_off_waits_and_says_so(desk: Desk, jane: str) -> None:
    qualifies(desk, jane)
    for user in desk.users.values():
        desk.pair.org.update("User", user, {"IsActive": False}, "human:admin")
    report = desk.cycle()
    assert not desk.tasks()
    assert [one.name for one in report.problems if one.name == "NoOwner"] == ["NoOwner"]
    desk.pair.org.update("User", desk.users["bob"], {"IsActive": True}, "human:admin")
    desk.cycle()
    assert [task["OwnerId"] for task in desk.tasks()] == [desk.users["bob"]]


def test_more_than_a_days_work_at_once_waits_for_a_person(desk: Desk) -> None:
    for number in range(4):
        desk.pair.lead(Email=f"p{number}@acme.example", Title="CTO")
    report = desk.cycle()
    assert not desk.tasks()
    assert "ManyHandOffs" in {one.name for one in report.problems}
    desk.policy = replace(desk.policy, at_most=4)
    desk.cycle()
    assert len(desk.tasks()) == 4


def test_without_the_key_on_tasks_nothing_is_handed_over(desk: Desk, jane: str) -> None:
    desk.pair.org.remove_field("Activity", LEFT_KEY)
    qualifies(desk, jane)
    report = desk.cycle()
    assert not desk.tasks()
    assert "TaskKeyMissing" in {one.name for one in report.problems}


def test_setup_makes_the_key_and_the_answer_on_tasks_once_and_for_the_integration_user(desk: Desk) -> None:
    remote, specs = desk.pair.remotes["left"], task_fields(desk.policy, desk.definition.reasons)
    fields = remote.schema("Task").fields
    assert fields[LEFT_KEY].unique and fields["Hand_Off_Answer__c"].updateable
    options = ("Accepted", "Rejected: no budget", "Rejected: timing")
    assert fields["Hand_Off_Answer__c"].options == tuple((one, one) for one in options)
    assert list(remote.create_fields(specs)) == []


def test_a_refused_task_is_owed_and_tried_again(desk: Desk, jane: str) -> None:
    qualifies(desk, jane)
    behind(desk, FaultRule(FaultKind.PARTIAL_REJECT, calls=(1,), path="/composite/sobjects/Task/", method="PATCH"))
    desk.cycle()
    desk.pair.wait(HOUR_MS)
    desk.cycle()
    desk.cycle()
    assert len(desk.tasks()) == 1
    assert desk.rows()[0].state == "sent"


def test_while_the_lost_call_may_still_arrive_nothing_is_sent_again(desk: Desk, jane: str) -> None:
    qualifies(desk, jane)
    behind(desk, FaultRule(FaultKind.TIMEOUT_BEFORE, calls=(1,), path="/composite/sobjects/Task/", method="PATCH"))
    desk.cycle()
    desk.hand_over()
    assert (desk.tasks(), desk.rows()[0].state) == ([], "sent")
    desk.pair.wait(desk.pair.settings.zombie_wait_ms)
    desk.hand_over()
    assert len(desk.tasks()) == 1


def test_a_subject_that_sales_has_is_not_handed_over_for_the_same_status_again(desk: Desk, jane: str) -> None:
    qualifies(desk, jane)
    desk.cycle()
    [row] = desk.rows()

    def moves_again(to_status: str = "MQL") -> int:
        """Another move to that status, now; how many hand-offs it owes."""
        desk.pair.wait(1_000)
        with desk.pair.store.transaction() as tx:
            move = replace(tx.verdicts.history(row.link_id)[0], to_status=to_status, from_status="prospect")
            move = replace(move, at_ms=desk.pair.clock.now_ms())
            tx.verdicts.note([move])
            return open_hand_offs(tx, [move], desk.definition, desk.policy, move.at_ms)

    assert moves_again() == 0
    with desk.pair.store.transaction() as tx:
        tx.hand_offs.update(row.hand_off_id, state="accepted")
    assert moves_again() == 0
    assert (moves_again("recycled"), moves_again()) == (0, 1)


@pytest.mark.parametrize(
    "kind",
    [FaultKind.TIMEOUT_BEFORE, FaultKind.TIMEOUT_AFTER, FaultKind.ZOMBIE, FaultKind.TRUNCATED, FaultKind.INTERNAL],
)
def test_a_lost_answer_is_settled_by_looking_for_the_key(desk: Desk, jane: str, kind: FaultKind) -> None:
    qualifies(desk, jane)
    behind(desk, FaultRule(kind, calls=(1,), path="/composite/sobjects/Task/", method="PATCH"))
    assert desk.cycle().counts["hand_offs_unknown"] == 1
    for _ in range(3):
        desk.cycle()
    [task], [row] = desk.tasks(), desk.rows()
    assert (row.state, row.task_id) == ("sent", task["Id"])
    assert len(desk.chat.got) == 1
