"""Stories of the hand-off: one Task for one move, whoever dies; an answer on either place; a clock that is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from connectors.base import TransientError, UnknownOutcomeError
from connectors.notices import Notice
from sandbox.faults import FaultKind, FaultRule, Faults, FaultyDoor
from syncer.core.fields import FieldMap, FieldType, Rule
from syncer.core.hand_off import territory_key
from syncer.core.hand_off_terms import HandOffPolicy, Owners, StatusPolicy, Territory
from syncer.mapping.definition import load_definition
from syncer.mapping.hand_off import parse_hand_off, task_fields
from syncer.mapping.toml_file import parse_toml
from syncer.stages.context import LEFT_KEY, Context, RunReport
from syncer.stages.hand_off import hand_off
from syncer.stages.hand_off_owed import open_hand_offs
from syncer.store.knowledge_rows import HandOffRow
from tests.stages.test_outbound_sync import run
from tests.stages.world import MINUTE_MS, SALESFORCE, PairWorld, both_sides, make_pair, person, person_fields

HOUR_MS = 60 * MINUTE_MS
DEFINITION = """
name = "Short"
version = "1.0"
agreed = [{ team = "marketing", by = "m", on = 2026-01-15 }, { team = "sales", by = "s", on = 2026-01-15 }]
[[criterion]]
id = "title"
says = "Is a chief"
when = { field = "job_title", in = ["CEO", "CTO"] }
evidence = ["human", "import"]
ask = "What do you do?"
[[criterion]]
id = "phone"
says = "Can be called"
when = { field = "phone", exists = true }
evidence = ["human", "import"]
ask = "Which number?"
[[signal]]
id = "accepted"
says = "Sales accepted"
when = { field = "sales_accepted", is_true = true }
evidence = ["human", "import"]
[[status]]
name = "prospect"
[[status]]
name = "MQL"
needs = { all = ["title"] }
[status.sla]
first_step = "call"
within = "4 hours"
[[status]]
name = "SAL"
needs = { all = ["MQL", "accepted"] }
[[status]]
name = "SQL"
needs = { all = ["MQL", "phone"] }
[status.sla]
first_step = "meeting"
within = "2 business days"
[[status]]
name = "recycled"
when = { field = "recycle_reason", exists = true }
reason = "recycle_reason"
[[status]]
name = "disqualified"
reasons = ["no budget", "timing"]
"""
POLICY = """version = 1
at_most = 3
[calendar]
zone = "America/New_York"
[calendar.hours]
mon = ["00:00-24:00"]
tue = ["00:00-24:00"]
wed = ["00:00-24:00"]
thu = ["00:00-24:00"]
fri = ["00:00-24:00"]
[[owners]]
name = "team"
how = "round robin"
who = ["ann@acme.example", "bob@acme.example"]
[[status]]
name = "MQL"
owners = "team"
notices = ["chat"]
[[status]]
name = "SQL"
owners = "team"
[[notice]]
name = "chat"
channel = "slack"
url = "env:CHAT"
on = ["handed off", "breached", "accepted", "rejected"]
[answers.task]
outcome = "Hand_Off_Answer__c"
accepted = ["Accepted"]
rejected = "Rejected"
"""


@dataclass
class Chat:
    """A channel in this process that remembers, and fails in turn with what it was given."""

    name: str = "chat"
    keyed: bool = False
    fails: list[Exception] = field(default_factory=list)
    got: list[Notice] = field(default_factory=list)

    def send(self, notice: Notice, to: Sequence[str]) -> Sequence[str]:
        if self.fails:
            raise self.fails.pop(0)
        self.got.append(notice)
        return ()

    def close(self) -> None:
        """Nothing is held."""


@dataclass
class Desk:
    """The pair, the definition, the policy and the chat of one team."""

    pair: PairWorld
    definition: Any
    policy: HandOffPolicy
    users: dict[str, str]
    chat: Chat = field(default_factory=Chat)

    def cycle(self, **more: Any) -> RunReport:
        """One cycle as production runs it: sync, then hand-off."""
        run(self.pair, definition=self.definition, moved=self.moved)
        return self.hand_over(**more)

    def hand_over(self, **more: Any) -> RunReport:
        context = self.context(**more)
        hand_off(context, self.policy, {"chat": self.chat})
        return context.report

    def context(self, **more: Any) -> Context:
        made = self.pair.context(**more)
        made.user_ids["left"] = self.pair.org.state.user_id
        return made

    def moved(self, tx: Any, moves: Any) -> None:
        open_hand_offs(tx, moves, self.definition, self.policy, self.pair.clock.now_ms())

    def tasks(self) -> list[dict[str, Any]]:
        return list(self.pair.org.records("Task"))

    def rows(self) -> list[HandOffRow]:
        with self.pair.store.snapshot() as tx:
            return tx.hand_offs.list(0, 1 << 60)

    def status(self, lead_id: str) -> str:
        link = self.pair.link_of("left", "Lead", lead_id)
        assert link is not None
        with self.pair.store.snapshot() as tx:
            return tx.verdicts.get_many([link.link_id])[link.link_id].status


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    accepted = both_sides("sales_accepted", "Sales_Accepted__c", "sales_accepted", FieldType.YES_NO)
    choices = {"No budget": "no budget", "Timing": "timing"}
    reason = both_sides(
        "recycle_reason", "Recycle_Reason__c", "recycle_reason", FieldType.CHOICE, choices=choices, blank="clear"
    )
    owner = both_sides("owner", "OwnerId", "hubspot_owner_id", FieldType.REFERENCE, to="owner", rule=Rule.DONT_SYNC)
    country = FieldMap("country", {"Lead": "Country"}, {"contacts": "country"}, FieldType.TEXT)
    pair = make_pair((person(fields=(*person_fields(), accepted, reason, owner, country)),))
    for name in ("Lead", "Contact"):
        for one, options in (("Sales_Accepted__c", ("Yes", "No")), ("Recycle_Reason__c", tuple(choices))):
            values = [{"valueName": option, "label": option, "default": False} for option in options]
            told = {"restricted": True, "valueSetDefinition": {"sorted": False, "value": values}}
            pair.org.add_field(name, {"name": one, "type": "Picklist", "valueSet": told})
    pair.portal.add_field("contacts", {"name": "sales_accepted", "type": "bool", "fieldType": "booleancheckbox"})
    options = [{"label": label, "value": value, "displayOrder": n} for n, (label, value) in enumerate(choices.items())]
    told = {"name": "recycle_reason", "type": "enumeration", "fieldType": "select", "options": options}
    pair.portal.add_field("contacts", told)
    users = {}
    for name in ("ann", "bob"):
        email = f"{name}@acme.example"
        users[name] = pair.org.seed(
            "User", {"LastName": name, "Email": email, "Username": email, "IsActive": True}, created_ms=0
        )
    (tmp_path / "short.toml").write_text(DEFINITION, encoding="utf-8")
    known = dict.fromkeys(("job_title", "phone", "recycle_reason"), ("text", ""))
    definition = load_definition(tmp_path / "short.toml", {**known, "sales_accepted": ("boolean", "")})
    policy = parse_hand_off(parse_toml(POLICY, "hand-off.toml"), definition)
    pair.remotes["left"].create_fields(task_fields(policy, definition.reasons))
    return Desk(pair, definition, policy, users)


@pytest.fixture
def jane(desk: Desk) -> str:
    """A lead that both sides know, and that qualifies for nothing yet."""
    lead = desk.pair.lead(Email="jane@acme.example", FirstName="Jane")
    desk.cycle()
    desk.cycle()
    return lead


def qualifies(desk: Desk, lead: str, **more: Any) -> None:
    desk.pair.org.update("Lead", lead, {"Title": "CEO", **more}, "human:zoe")


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


class Killed(BaseException):
    """The process is gone."""


def dies_at(point: str) -> Callable[[str], None]:
    def probe(at: str) -> None:
        if at == point:
            raise Killed(point)

    return probe


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


def behind(desk: Desk, *rules: FaultRule) -> None:
    """The line to the org, with faults."""
    faults = Faults("salesforce", desk.pair.clock, 1)
    faults.replace(list(rules))
    adapter = desk.pair.remotes["left"]._transport._session.get_adapter(SALESFORCE)
    adapter._handle = FaultyDoor(desk.pair.org, faults).handle


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


def test_a_refused_task_is_owed_and_tried_again(desk: Desk, jane: str) -> None:
    qualifies(desk, jane)
    behind(desk, FaultRule(FaultKind.PARTIAL_REJECT, calls=(1,), path="/composite/sobjects/Task/", method="PATCH"))
    desk.cycle()
    desk.pair.wait(HOUR_MS)
    desk.cycle()
    desk.cycle()
    assert len(desk.tasks()) == 1
    assert desk.rows()[0].state == "sent"


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
