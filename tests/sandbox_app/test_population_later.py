"""After the start: reps hear people nobody heard, marketing sees what they look at, and the truth keeps up."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from sandbox.hubspot import HubSpotPortal, PortalSettings
from sandbox.kernel import Ledger, SandboxClock
from sandbox.population import Later, World, populate, truth
from sandbox.population.facts import SIGNALS
from sandbox.population.later import NothingToSetError
from sandbox.salesforce import OrgSettings, SalesforceOrg

YES_NO = [{"label": "Yes", "value": "true"}, {"label": "No", "value": "false"}]


class Lively:
    """A filled pair of systems some time after the start."""

    def __init__(self, seed: int = 3, accounts: int = 40, people: int = 160) -> None:
        self.clock, self.ledger = SandboxClock(), Ledger()
        self.org = SalesforceOrg(OrgSettings(), self.clock, self.ledger)
        self.portal = HubSpotPortal(PortalSettings(), self.clock, self.ledger)
        self.world = World(seed, accounts, people)
        self.population = populate(self.world, self.org, self.portal, self.clock.now_ms())
        self.later = Later(self.population, self.org, self.portal, self.clock)
        self.clock.advance(3_600_000)

    def everybody(self) -> list[dict[str, Any]]:
        return [truth.person_truth(self.population, number) for number in range(self.world.people)]

    def set_up(self, *names: str) -> None:
        for name in names:
            self.portal.add_field(
                "contacts", {"name": name, "type": "bool", "fieldType": "booleancheckbox", "options": YES_NO}
            )


def test_reps_hear_everybody_who_was_not_heard_before_once_and_write_it_into_the_system_that_has_them() -> None:
    lively = Lively()
    heard_before = {told["number"] for told in lively.everybody() if told["talks"]}
    assert len(lively.later.talk(10)) == 10
    while lively.later.talk(20):
        pass
    assert lively.later.talk(1) == []
    for told in lively.everybody():
        after = [talk for talk in told["talks"] if talk["at_ms"] == lively.clock.now_ms()]
        made = lively.population.later.get(told["number"], [])
        assert len(made) == (0 if told["number"] in heard_before else 1)
        assert len(after) == sum(each.talk is not None for each in made)
        for talk in after:
            system, object_name, record_id = talk["record"]
            record = (lively.org if system == "salesforce" else lively.portal).record(object_name, record_id)
            assert record is not None
            if system == "salesforce":
                assert record["WhoId"] in {ref["id"] for ref in told["salesforce"]}
            else:
                assert told["hubspot"] in lively.portal.associated(object_name, record_id, "contacts")
            facts = asdict(lively.world.person(told["number"]).facts)
            known = {name: value for name, value in facts.items() if value is not None}
            assert {said["fact"]: said["value"] for said in talk["said"] if said["fact"] != "objection"} == known
            assert {name: said["value"] for name, said in told["said"].items() if name in known} == known
    assert {edit.actor.split(":")[0] for edit in lively.ledger.since(0)} <= {"human", "automation"}


def test_a_form_after_the_start_is_a_submission_with_consent_under_the_address_that_hubspot_knows() -> None:
    lively = Lively()
    lively.later.talk(1_000)
    forms = [(n, each) for n, many in lively.population.later.items() for each in many if each.form is not None]
    assert len(forms) > 3
    sent = {each.conversion_id: each for form in lively.portal.state.forms.by_id.values() for each in form.submissions}
    for number, each in forms:
        person = lively.world.person(number)
        values = dict(sent[each.ref[2]].values)
        assert values["email"] == person.email
        assert str(sent[each.ref[2]].contact_id) == lively.population.right[number]
        assert (each.said[0].fact, each.said[0].value) == ("opted_in", person.facts.opted_in)
        assert all(said.quote in values["message"] for said in each.said)


def test_talks_can_be_about_one_company_only() -> None:
    lively = Lively()
    silent = next(told for told in lively.everybody() if told["account"] is not None and not told["talks"])
    assert lively.later.talk(50, about=[silent["domain"]])
    heard = {truth.person_truth(lively.population, number)["domain"] for number in lively.population.later}
    assert heard == {silent["domain"]}
    assert lively.later.talk(5, about=["nobody.example"]) == []


def test_reps_follow_people_through_conversions_merges_and_deletions() -> None:
    lively = Lively()
    silent = [told for told in lively.everybody() if not told["talks"]]
    converted = next(told for told in silent if told["kind"] == "left" and told["salesforce"][0]["object"] == "Lead")
    contact_id = lively.org.convert(converted["salesforce"][0]["id"], "human:Kim Sommer")["Contact"]
    merged, other = [told for told in silent if told["kind"] == "right"][:2]
    survivor = lively.portal.merge("contacts", other["hubspot"], [merged["hubspot"]], "human:Kim Sommer")
    deleted = next(told for told in silent if told["kind"] == "right" and told not in (merged, other))
    lively.portal.delete("contacts", deleted["hubspot"], "human:Kim Sommer")
    lively.later.talk(1_000)
    later = lively.population.later
    assert deleted["number"] not in later
    task = lively.org.record(*later[converted["number"]][0].ref[1:])
    assert task is not None
    assert task["WhoId"] == contact_id
    talk = next(each for each in later[merged["number"]] if each.talk)
    assert survivor in lively.portal.associated(*talk.ref[1:], "contacts")


def test_marketing_sets_signals_as_a_workflow_once_the_properties_are_there() -> None:
    lively = Lively()
    with pytest.raises(NothingToSetError, match="syncer setup hubspot"):
        lively.later.engage(1)
    lively.set_up(*SIGNALS[:3])
    assert len(lively.later.engage(7)) == 7
    while lively.later.engage(50):
        pass
    made = set()
    for told in lively.everybody():
        record = lively.portal.record("contacts", told["hubspot"]) if told["hubspot"] else None
        signals = {each["signal"] for each in told["signals"]}
        assert signals == {name for name in SIGNALS if record is not None and record.get(name) == "true"}
        assert "download" not in signals
        target = [told["verdict"]["criteria"][name] for name in ("industry", "size", "salesforce_environment")]
        assert told["verdict"]["status"] != "prospect" or not (signals and all(target))
        made |= {told["verdict"]["status"]}
    assert made >= {"prospect", "MQL", "TRUE lead"}
    assert {edit.actor for edit in lively.ledger.since(0)} == {"automation"}


def test_the_same_seed_goes_on_in_the_same_way_in_whatever_portions() -> None:
    one, other = Lively(), Lively()
    for lively in (one, other):
        lively.set_up(*SIGNALS)
    assert one.later.talk(12) == [told for _ in range(6) for told in other.later.talk(2)]
    assert one.later.engage(12) == [told for _ in range(4) for told in other.later.engage(3)]
    assert one.ledger.since(0) == other.ledger.since(0)
    assert one.everybody() == other.everybody()
