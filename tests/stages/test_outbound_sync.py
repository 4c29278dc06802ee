"""Stories of the outbound half: what is planned, weighed, sent, read back and remembered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sandbox.faults import FaultKind, FaultRule, Faults, FaultyDoor
from syncer.core.breaker import BreakerLimits, Limit
from syncer.core.fields import FieldType, Rule
from syncer.engine.cycle import approve_first_sync, look, sync
from syncer.engine.planning import apply_plan, make_plan
from syncer.stages.context import RIGHT_KEY, RunReport, Settings
from syncer.stages.undo import restore, undo_run
from tests.stages.world import PairWorld, account, both_sides, person


def run(pair: PairWorld, **more: Any) -> RunReport:
    """One cycle as production runs it, five minutes after the last."""
    pair.wait(5 * 60_000)
    context = pair.context(**more)
    approve_first_sync(context)
    return sync(context)


def left(pair: PairWorld, object_name: str, record_id: str) -> dict[str, Any]:
    found = pair.org.record(object_name, record_id)
    assert found is not None
    return dict(found)


def right(pair: PairWorld, record_id: str) -> dict[str, Any]:
    found = pair.portal.record("contacts", record_id)
    assert found is not None
    return dict(found["properties"]) if "properties" in found else dict(found)


def journal(pair: PairWorld) -> list[Any]:
    with pair.store.snapshot() as tx:
        return tx.journal.list(states=("proposed", "effective", "restored"))


def parked(pair: PairWorld) -> list[Any]:
    with pair.store.snapshot() as tx:
        return tx.quarantine.list()


@pytest.fixture
def jane(pair: PairWorld) -> tuple[str, str]:
    """One person in step on both sides: (lead id, contact id)."""
    lead = pair.lead(Email="jane@acme.example", FirstName="Jane", Title="Buyer", Phone="+14155550100")
    run(pair)
    contact = next(iter(pair.portal.records("contacts")))["id"]
    return lead, contact


def test_a_lead_appears_once_with_our_key_and_a_second_cycle_writes_nothing(pair: PairWorld, jane) -> None:
    _, contact = jane
    values = right(pair, contact)
    assert (values["email"], values["firstname"], values["jobtitle"]) == ("jane@acme.example", "Jane", "Buyer")
    assert values[RIGHT_KEY]
    before = len(pair.ledger)
    report = run(pair)
    assert len(pair.ledger) == before
    assert not report.counts["planned"]


@pytest.mark.parametrize("side", ["left", "right"])
def test_an_edit_travels_and_nothing_is_journaled_for_it(pair: PairWorld, jane, side: str) -> None:
    lead, contact = jane
    if side == "left":
        pair.org.update("Lead", lead, {"Title": "Chief"}, "human:ann")
    else:
        pair.portal.update("contacts", contact, {"jobtitle": "Chief"}, "human:bob")
    run(pair)
    assert (left(pair, "Lead", lead)["Title"], right(pair, contact)["jobtitle"]) == ("Chief", "Chief")
    assert not journal(pair)


def test_the_later_of_two_edits_wins_and_the_other_is_in_the_journal(pair: PairWorld, jane) -> None:
    lead, contact = jane
    pair.org.update("Lead", lead, {"Title": "from Salesforce"}, "human:ann")
    pair.wait(30_000)
    pair.portal.update("contacts", contact, {"jobtitle": "from HubSpot"}, "human:bob")
    run(pair)
    assert left(pair, "Lead", lead)["Title"] == "from HubSpot"
    (row,) = journal(pair)
    assert (row.field, row.side, row.loser, row.winner, row.state) == (
        "job_title", "left", "from Salesforce", "from HubSpot", "effective",
    )  # fmt: skip


def test_the_loser_of_a_conflict_can_be_put_back_once(pair: PairWorld, jane) -> None:
    lead, contact = jane
    pair.org.update("Lead", lead, {"Title": "mine"}, "human:ann")
    pair.wait(30_000)
    pair.portal.update("contacts", contact, {"jobtitle": "yours"}, "human:bob")
    run(pair)
    (row,) = journal(pair)
    context = pair.context()
    look(context)
    assert restore(context, row)
    run(pair)
    assert (left(pair, "Lead", lead)["Title"], right(pair, contact)["jobtitle"]) == ("mine", "mine")
    context, before = pair.context(), len(pair.ledger)
    look(context)
    assert restore(context, row)
    assert len(pair.ledger) == before, "it is there already"


def test_an_edit_between_plan_and_send_makes_the_plan_stale_and_is_not_lost(pair: PairWorld, jane) -> None:
    lead, contact = jane
    pair.org.update("Lead", lead, {"Title": "Chief"}, "human:ann")
    acted = []

    def meddle(point: str) -> None:
        if point == "gated" and not acted:
            acted.append(point)
            pair.portal.update("contacts", contact, {"jobtitle": "Boss"}, "human:bob")

    report = run(pair, probe=meddle)
    assert report.counts["stale"]
    run(pair)
    assert left(pair, "Lead", lead)["Title"] == right(pair, contact)["jobtitle"] == "Boss"
    assert [row.loser for row in journal(pair)] == ["Chief"]


def test_an_edit_between_verify_and_write_is_found_in_the_history_and_journaled(pair: PairWorld, jane) -> None:
    lead, contact = jane
    pair.org.update("Lead", lead, {"Title": "Chief"}, "human:ann")
    acted = []

    def meddle(point: str) -> None:
        if point == "sent" and not acted:
            acted.append(point)
            pair.wait(1_000)
            pair.portal.update("contacts", contact, {"jobtitle": "Boss"}, "human:bob")
            pair.wait(1_000)

    report = run(pair, probe=meddle)
    assert report.counts["race_recovered"] == 1
    assert "Boss" in [row.loser for row in journal(pair)]


def test_an_edit_between_verify_and_write_is_held_off_by_the_guard_of_salesforce(pair: PairWorld, jane) -> None:
    lead, contact = jane
    pair.portal.update("contacts", contact, {"jobtitle": "Chief"}, "human:bob")
    acted = []

    def meddle(point: str) -> None:
        if point == "sent" and not acted:
            acted.append(point)
            pair.wait(5_000)
            pair.org.update("Lead", lead, {"Title": "Boss"}, "human:ann")

    run(pair, probe=meddle)
    assert left(pair, "Lead", lead)["Title"] == "Boss"
    run(pair)
    assert left(pair, "Lead", lead)["Title"] == right(pair, contact)["jobtitle"]
    assert {row.loser for row in journal(pair)} <= {"Chief", "Boss"}
    assert journal(pair)


def test_a_lost_answer_is_settled_by_reading_and_nothing_is_sent_twice(make_pair) -> None:
    pair = make_pair(settings=Settings(zombie_wait_ms=60_000))
    pair.lead(Email="jane@acme.example")
    faults = Faults("hubspot", pair.clock, 1)
    faults.replace([FaultRule(FaultKind.TIMEOUT_AFTER, calls=(1,), path="/batch/upsert")])
    pair.remotes["right"]._transport._session.get_adapter("https://api.hubapi.com")._handle = FaultyDoor(
        pair.portal, faults
    ).handle
    report = run(pair)
    assert report.counts["unknown"] == 1
    run(pair)
    assert len(list(pair.portal.records("contacts"))) == 1
    created = [edit for edit in pair.ledger.since(0) if edit.system == "hubspot" and edit.op == "create"]
    assert len(created) == 1
    with pair.store.snapshot() as tx:
        assert tx.links.count_by_state() == {("person", "linked"): 1}


def test_a_cell_that_cannot_be_written_waits_alone_and_goes_on_when_it_is_corrected(pair: PairWorld, jane) -> None:
    lead, contact = jane
    pair.portal.update("contacts", contact, {"jobtitle": "x" * 200, "firstname": "Janet"}, "human:bob")
    run(pair)
    assert left(pair, "Lead", lead)["FirstName"] == "Janet"
    assert left(pair, "Lead", lead)["Title"] == "Buyer"
    (row,) = parked(pair)
    assert (row.field, row.side, row.klass, row.code) == ("job_title", "left", "data", "too_long")
    assert row.action
    pair.portal.update("contacts", contact, {"jobtitle": "Head"}, "human:bob")
    run(pair)
    assert left(pair, "Lead", lead)["Title"] == "Head"
    assert not parked(pair)


def test_a_plan_beyond_the_breaker_is_held_and_goes_on_once_it_is_approved(make_pair) -> None:
    breaker = BreakerLimits(overwrite=Limit(2, 0.0))
    pair = make_pair(settings=Settings(breaker=breaker))
    leads = [pair.lead(Email=f"p{number}@acme.example", Title="Buyer") for number in range(4)]
    run(pair)
    for lead in leads:
        pair.org.update("Lead", lead, {"Title": "Chief", "City": "Oslo"}, "human:ann")
    report = run(pair)
    (name,) = report.held
    contacts = [right(pair, record["id"]) for record in pair.portal.records("contacts")]
    assert {values["jobtitle"] for values in contacts} == {"Buyer"}
    assert {values["city"] for values in contacts} == {"Oslo"}  # filling a blank is no overwrite
    with pair.store.transaction() as tx:
        tx.holds.approve(name, "ann", pair.clock.now_ms(), pair.clock.now_ms() + 86_400_000)
    run(pair)
    contacts = [right(pair, record["id"]) for record in pair.portal.records("contacts")]
    assert {values["jobtitle"] for values in contacts} == {"Chief"}


def test_undo_puts_back_what_a_run_wrote_but_not_what_someone_edited_since(pair: PairWorld, jane) -> None:
    lead, contact = jane
    pair.org.update("Lead", lead, {"Title": "Chief", "FirstName": "Janet"}, "human:ann")
    report = run(pair)
    pair.portal.update("contacts", contact, {"firstname": "Joan"}, "human:bob")
    pair.wait(60_000)
    context = pair.context()
    look(context)
    left_alone = undo_run(context, report.run_id)
    assert right(pair, contact)["jobtitle"] == "Buyer"
    assert right(pair, contact)["firstname"] == "Joan"
    assert [(item.field, item.reason) for item in left_alone] == [("first_name", "someone edited it since")]
    run(pair)
    assert right(pair, contact)["jobtitle"] == "Buyer", "nothing travels from what was undone"
    assert left(pair, "Lead", lead)["Title"] == "Chief"


def test_undo_archives_what_a_run_created(pair: PairWorld, jane) -> None:
    _, contact = jane
    with pair.store.snapshot() as tx:
        (created,) = [row for row in tx.runs.list(10) if row.counts.get("creates.right.person")]
    context = pair.context()
    look(context)
    assert not undo_run(context, created.run_id)
    assert pair.portal.record("contacts", contact) is None
    run(pair)
    assert not list(pair.portal.records("contacts")), "the surviving lead does not create it again"


def test_a_plan_tells_every_write_and_applies_just_those(pair: PairWorld, jane) -> None:
    lead, _contact = jane
    pair.org.update("Lead", lead, {"Title": "Chief"}, "human:ann")
    pair.wait(600_000)
    before = len(pair.ledger)
    document = make_plan(pair.context())
    assert len(pair.ledger) == before
    (entry,) = document["writes"]
    assert [(item["name"], item["from"], item["to"]) for item in entry["fields"]] == [("job_title", "Buyer", "Chief")]
    pair.org.update("Lead", lead, {"FirstName": "Janet"}, "human:ann")
    pair.lead(Email="late@acme.example")
    pair.wait(600_000)
    left_out = apply_plan(pair.context(), document)
    assert [item["subject"] for item in left_out] == ["jane@acme.example"], "its record has another plan by now"
    assert len(list(pair.portal.records("contacts"))) == 1


def test_the_first_sync_waits_for_a_yes(pair: PairWorld) -> None:
    pair.lead(Email="jane@acme.example")
    pair.wait()
    report = sync(pair.context())
    assert report.counts["awaits_first_approval"] == 1
    assert not list(pair.portal.records("contacts"))
    approve_first_sync(pair.context())
    sync(pair.context())
    assert len(list(pair.portal.records("contacts"))) == 1


def test_a_union_takes_what_both_sides_added_and_drops_what_one_removed(make_pair) -> None:
    kinds = (
        account(),
        person(fields=(*person().fields, both_sides("tags", "Tags__c", "tags", FieldType.CHOICES, rule=Rule.UNION))),
    )
    pair = make_pair(kinds)
    options = ["a", "b", "c", "d"]
    for object_name in ("Lead", "Contact"):
        spec = {"name": "Tags__c", "type": "MultiselectPicklist", "valueSet": {"valueSetDefinition": {"value": [
            {"fullName": option, "label": option} for option in options]}}}  # fmt: skip
        pair.org.add_field(object_name, spec)
    pair.portal.add_field(
        "contacts",
        {"name": "tags", "type": "enumeration", "fieldType": "checkbox",
         "options": [{"label": option, "value": option} for option in options]},
    )  # fmt: skip
    lead = pair.lead(Email="jane@acme.example", Tags__c="a;b")
    run(pair)
    contact = next(iter(pair.portal.records("contacts")))["id"]
    pair.org.update("Lead", lead, {"Tags__c": "b;c"}, "human:ann")
    pair.portal.update("contacts", contact, {"tags": "a;b;d"}, "human:bob")
    run(pair)
    assert set(left(pair, "Lead", lead)["Tags__c"].split(";")) == {"b", "c", "d"}
    assert set(right(pair, contact)["tags"].split(";")) == {"b", "c", "d"}


def test_an_expired_log_in_pauses_one_side_and_tells_what_to_do(pair: PairWorld, jane) -> None:
    lead, _ = jane
    pair.org.update("Lead", lead, {"Title": "Chief"}, "human:ann")
    pair.portal.revoke(pair.portal.settings.access_token)
    report = run(pair)
    assert set(report.paused) == {"right"}
    assert report.paused["right"].kind == "auth"
    assert report.paused["right"].action


def test_settings_are_plain_data() -> None:
    assert replace(Settings(), tie="right").tie == "right"


def test_two_automations_that_answer_each_other_are_stopped_and_told(pair: PairWorld, jane) -> None:
    _lead, contact = jane

    def shouts(object_name: str, record_id: str, changes: Any, actor: str) -> dict[str, str] | None:
        return {"Title": "LOUD"} if "Title" in changes and changes["Title"][1] != "LOUD" else None

    def whispers(object_name: str, record_id: str, changes: Any, actor: str) -> dict[str, str] | None:
        return {"jobtitle": "soft"} if "jobtitle" in changes and changes["jobtitle"][1] != "soft" else None

    pair.org.automation, pair.portal.automation = shouts, whispers
    pair.portal.update("contacts", contact, {"jobtitle": "start"}, "human:bob")
    reports = [run(pair) for _ in range(24)]
    writes = [sum(n for name, n in report.counts.items() if name.startswith("updates.")) for report in reports]
    assert not any(writes[-5:]), "the duel is over"
    assert {row.code for row in parked(pair)} <= {"WRITE_LOOP"}
