"""A team of sales at its desk: a small pair, a definition with an SLA, a policy, and a chat that remembers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.notices import Notice
from sandbox.faults import FaultRule, Faults, FaultyDoor
from syncer.core.fields import FieldMap, FieldType, Rule
from syncer.core.hand_off_terms import HandOffPolicy
from syncer.mapping.definition import load_definition
from syncer.mapping.hand_off import parse_hand_off, task_fields
from syncer.mapping.toml_file import parse_toml
from syncer.stages.context import Context, RunReport
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


def make_desk(tmp_path: Path) -> Desk:
    """A pair that is set up, a team of two, and nobody in it yet."""
    accepted = both_sides("sales_accepted", "Sales_Accepted__c", "sales_accepted", FieldType.YES_NO)
    choices = {"No budget": "no budget", "Timing": "timing"}
    reason = both_sides(
        "recycle_reason", "Recycle_Reason__c", "recycle_reason", FieldType.CHOICE, choices=choices, blank="clear"
    )
    owner = both_sides("owner", "OwnerId", "hubspot_owner_id", FieldType.REFERENCE, to="owner", rule=Rule.DONT_SYNC)
    country = FieldMap("country", {"Lead": "Country"}, {"contacts": "country"}, FieldType.TEXT)
    no_calls = both_sides("do_not_call", "DoNotCall", "do_not_call", FieldType.BOOLEAN)
    pair = make_pair((person(fields=(*person_fields(), accepted, reason, owner, country, no_calls)),))
    for name in ("Lead", "Contact"):
        for one, options in (("Sales_Accepted__c", ("Yes", "No")), ("Recycle_Reason__c", tuple(choices))):
            values = [{"valueName": option, "label": option, "default": False} for option in options]
            told = {"restricted": True, "valueSetDefinition": {"sorted": False, "value": values}}
            pair.org.add_field(name, {"name": one, "type": "Picklist", "valueSet": told})
    for one in ("sales_accepted", "do_not_call"):
        pair.portal.add_field("contacts", {"name": one, "type": "bool", "fieldType": "booleancheckbox"})
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


def known_lead(desk: Desk) -> str:
    """A lead that both sides know, and that qualifies for nothing yet."""
    lead = desk.pair.lead(Email="jane@acme.example", FirstName="Jane")
    desk.cycle()
    desk.cycle()
    return lead


def qualifies(desk: Desk, lead: str, **more: Any) -> None:
    desk.pair.org.update("Lead", lead, {"Title": "CEO", **more}, "human:zoe")


class Killed(BaseException):
    """The process is gone."""


def dies_at(point: str) -> Callable[[str], None]:
    def probe(at: str) -> None:
        if at == point:
            raise Killed(point)

    return probe


def behind(desk: Desk, *rules: FaultRule) -> None:
    """The line to the org, with faults."""
    faults = Faults("salesforce", desk.pair.clock, 1)
    faults.replace(list(rules))
    adapter = desk.pair.remotes["left"]._transport._session.get_adapter(SALESFORCE)
    adapter._handle = FaultyDoor(desk.pair.org, faults).handle
