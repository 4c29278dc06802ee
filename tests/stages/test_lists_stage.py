"""Stories of lists: a segment stands in both CRMs as a list, is kept current, and people have the last word on it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from sandbox.faults import FaultKind, FaultRule
from sandbox.salesforce.settings import Condition as Refused
from sandbox.salesforce.settings import ValidationRule
from syncer.core.lookalike import Condition, Feature, FeatureKind, Listing, Lookalike, Outbound, Segment
from syncer.engine.cycle import approve_first_sync, sync
from syncer.stages.context import RunReport
from syncer.stages.lists import keep_lists
from syncer.store.knowledge_rows import DocumentRow, VerdictRow
from tests.stages.hand_off_desk import Killed, behind, dies_at
from tests.stages.test_infer_faces import prediction
from tests.stages.world import MINUTE_MS, PairWorld, make_pair

ALL = Listing(list=True, people_list=True, campaign="Berlin firms")
COMPANIES, PEOPLE = "Berlin (syncer)", "Berlin: people (syncer)"


@dataclass
class Hall:
    """Two firms of Berlin and one of Paris with a person each, known to both sides, and a segment of Berlin."""

    pair: PairWorld
    policy: Lookalike
    accounts: dict[str, str] = field(default_factory=dict)
    leads: dict[str, str] = field(default_factory=dict)

    def cycle(self, **more: Any) -> RunReport:
        self.pair.wait(5 * MINUTE_MS)
        context = self.pair.context(**({"lookalike": self.policy} | more))
        approve_first_sync(context)
        return sync(context)

    def keep(self) -> RunReport:
        """Lists alone."""
        context = self.pair.context(lookalike=self.policy)
        keep_lists(context)
        return context.report

    def declare(self, listing: Listing, **more: Any) -> None:
        segments = (replace(self.policy.segments[0], listing=listing),)
        self.policy = replace(self.policy, segments=segments, **more)

    def moves(self, name: str, city: str) -> None:
        self.pair.org.update("Account", self.accounts[name], {"BillingCity": city}, "human:ann")

    def right_id(self, name: str, object_name: str = "companies") -> str:
        if object_name == "companies":
            found = self.pair.link_of("left", "Account", self.accounts[name])
        else:
            found = self.pair.link_of("left", "Lead", self.leads[name])
        assert found is not None
        return found.right_id

    def list(self, name: str = COMPANIES) -> Any:
        lists = self.pair.portal.state.lists.by_id.values()
        return next((one for one in lists if one.name == name and one.deleted_ms is None), None)

    def listed(self, name: str = COMPANIES, object_name: str = "companies") -> set[str]:
        ids = {self.right_id(one, object_name): one for one in self.accounts}
        return {ids.get(str(one), str(one)) for one in self.list(name).ordered}

    def campaigns(self) -> list[dict[str, Any]]:
        return [dict(row) for row in self.pair.org.records("Campaign")]

    def memberships(self) -> list[dict[str, Any]]:
        return [dict(row) for row in self.pair.org.records("CampaignMember")]

    def enrolled(self) -> set[str]:
        names = {lead: name for name, lead in self.leads.items()}
        return {names.get(row["LeadId"], row["LeadId"]) for row in self.memberships()}


@pytest.fixture
def hall() -> Any:
    city = Feature("city", FeatureKind.CHOICE, ("city",), 1, "city")
    segment = Segment("Berlin", (Condition("city", ("Berlin",)),), listing=ALL)
    made = Hall(make_pair(), Lookalike((city,), (), segments=(segment,)))
    for name, place in (("acme", "Berlin"), ("globex", "Berlin"), ("hooli", "Paris")):
        values = {"Name": name.title(), "Website": f"{name}.example", "BillingCity": place}
        made.accounts[name] = made.pair.org.create("Account", values, "human:ann")
        made.leads[name] = made.pair.lead(Email=f"jo@{name}.example", LastName=name, Company=name.title())
    made.cycle(lookalike=None)
    yield made
    made.pair.store.close()


def names(report: RunReport) -> set[str]:
    return {one.name for one in report.problems}


def test_a_declared_segment_stands_in_both_systems_and_a_second_cycle_changes_nothing(hall: Hall) -> None:
    report = hall.cycle()
    assert hall.listed() == {"acme", "globex"} == hall.listed(PEOPLE, "contacts") == hall.enrolled(), report.problems
    [campaign] = hall.campaigns()
    assert campaign["Name"] == "Berlin firms"
    assert "[syncer segment:Berlin]" in campaign["Description"]
    assert (report.counts["lists_made"], report.counts["list_members_added"]) == (3, 6)
    before = len(hall.pair.ledger)
    versions = [hall.list().version, hall.list(PEOPLE).version]
    again = hall.cycle()
    assert not [name for name in again.counts if name.startswith("list")], again.counts
    assert versions == [hall.list().version, hall.list(PEOPLE).version]
    assert len(hall.pair.ledger) == before


def test_nothing_is_made_where_nothing_is_declared(hall: Hall) -> None:
    hall.declare(Listing())
    hall.cycle()
    assert (hall.list(), hall.campaigns()) == (None, [])


def test_who_joins_the_segment_is_put_in_and_who_leaves_it_is_taken_out(hall: Hall) -> None:
    hall.cycle()
    hall.moves("hooli", "Berlin")
    hall.moves("acme", "Rome")
    report = hall.cycle()
    assert hall.listed() == {"globex", "hooli"} == hall.listed(PEOPLE, "contacts") == hall.enrolled()
    assert (report.counts["list_members_added"], report.counts["list_members_removed"]) == (3, 3)
    hall.moves("acme", "Berlin")  # we took it out, not a person
    hall.cycle()
    assert hall.listed() == {"acme", "globex", "hooli"} == hall.enrolled()


def test_whom_people_put_in_stays_in_the_list_whether_or_not_the_segment_has_them(hall: Hall) -> None:
    hall.cycle()
    campaign = hall.campaigns()[0]["Id"]
    hall.list().add(int(hall.right_id("hooli")), hall.pair.clock.now_ms())
    hall.pair.org.create("CampaignMember", {"CampaignId": campaign, "LeadId": hall.leads["hooli"]}, "human:ann")
    hall.moves("hooli", "Berlin")
    hall.cycle()
    hall.moves("hooli", "Paris")
    hall.cycle()
    assert "hooli" in hall.listed()
    assert "hooli" in hall.enrolled()
    assert "hooli" not in hall.listed(PEOPLE, "contacts")  # that one was ours


def taken_out(hall: Hall, name: str) -> None:
    hall.list().drop(int(hall.right_id(name)), hall.pair.clock.now_ms())
    [member] = [row["Id"] for row in hall.memberships() if row["LeadId"] == hall.leads[name]]
    hall.pair.org.delete("CampaignMember", member, "human:ann")


def test_whom_people_took_out_stays_out_also_after_leaving_and_coming_back(hall: Hall) -> None:
    hall.cycle()
    taken_out(hall, "acme")
    hall.cycle()
    assert hall.listed() == {"globex"} == hall.enrolled()
    hall.moves("acme", "Rome")
    report = hall.cycle()
    assert report.counts["list_members_declined"] == 2
    hall.moves("acme", "Berlin")
    hall.cycle()
    assert hall.listed() == {"globex"} == hall.enrolled()
    assert "acme" in hall.listed(PEOPLE, "contacts")  # nobody said no to that one


def test_a_converted_lead_keeps_its_place_and_who_was_taken_out_is_not_put_back_as_a_contact(hall: Hall) -> None:
    hall.cycle()
    [member] = [row["Id"] for row in hall.memberships() if row["LeadId"] == hall.leads["globex"]]
    hall.pair.org.delete("CampaignMember", member, "human:ann")
    for name in ("acme", "globex"):
        hall.pair.org.convert(hall.leads[name], "human:ann", account_id=hall.accounts[name])
    for _ in range(2):
        hall.cycle()
    [row] = hall.memberships()
    assert (row["LeadId"], bool(row["ContactId"])) == (hall.leads["acme"], True)


POINTS = ("lists.making", "lists.made", "lists.kept", "lists.planned", "lists.answered", "lists.recorded")


@pytest.mark.parametrize("point", POINTS)
def test_a_death_at_any_moment_leaves_one_list_with_its_members(hall: Hall, point: str) -> None:
    for _ in range(3):  # it dies at each of the lists
        with pytest.raises(Killed):
            hall.cycle(probe=dies_at(point))
    hall.cycle()
    hall.cycle()
    assert len(hall.pair.portal.state.lists.by_id) == 2
    assert len(hall.campaigns()) == 1
    assert hall.listed() == {"acme", "globex"} == hall.listed(PEOPLE, "contacts") == hall.enrolled()
    hall.moves("acme", "Rome")
    for _ in range(3):
        try:
            hall.cycle(probe=dies_at(point))
        except Killed:
            continue
    hall.cycle()
    assert hall.listed() == {"globex"} == hall.listed(PEOPLE, "contacts") == hall.enrolled()
    hall.moves("acme", "Berlin")  # taken out by us, whoever died: it comes back
    hall.cycle()
    assert hall.listed() == {"acme", "globex"} == hall.enrolled()


def test_a_list_that_somebody_deleted_is_told_and_made_again_only_when_it_is_declared_anew(hall: Hall) -> None:
    hall.cycle()
    taken_out(hall, "acme")
    hall.moves("acme", "Rome")
    hall.cycle()
    hall.list().deleted_ms = hall.pair.clock.now_ms()
    hall.pair.org.delete("Campaign", hall.campaigns()[0]["Id"], "human:ann")
    hall.moves("acme", "Berlin")
    for _ in range(2):
        report = hall.cycle()
        gone = [one for one in report.problems if one.name == "ListGone"]
        assert {(one.side, one.object) for one in gone} == {("left", "Campaign"), ("right", "companies")}
        assert (hall.list(), hall.campaigns()) == (None, [])
    hall.declare(replace(ALL, version=2))
    hall.cycle()
    assert hall.listed() == {"globex"} == hall.enrolled()  # who was taken out stays out of the new one


def test_a_list_of_that_name_that_is_not_ours_is_left_alone(hall: Hall) -> None:
    theirs = hall.pair.org.create("Campaign", {"Name": "Berlin firms"}, "human:ann")
    hall.pair.portal.state.lists.create(COMPANIES, "0-2", "DYNAMIC", 1)
    report = hall.cycle()
    assert [one.name for one in report.problems] == ["ListNameTaken", "ListNameTaken"]
    assert ([row["Id"] for row in hall.campaigns()], hall.memberships(), hall.listed()) == ([theirs], [], set())
    assert hall.listed(PEOPLE, "contacts") == {"acme", "globex"}


@pytest.mark.parametrize("scope", ["crm.lists.write", "crm.lists.read"])
def test_a_missing_scope_costs_the_lists_that_it_is_about_and_nothing_else(hall: Hall, scope: str) -> None:
    scopes = hall.pair.portal.state.tokens.apps["engine:syncer"].scopes
    scopes.discard(scope)
    report = hall.cycle()
    refused = [one for one in report.problems if one.name == "ListRefused"]
    assert [one.object for one in refused] == ["companies", "contacts"]
    assert all(scope in one.action for one in refused)
    assert (report.paused, hall.list(), hall.enrolled()) == ({}, None, {"acme", "globex"})
    scopes.add(scope)
    hall.cycle()
    assert hall.listed() == {"acme", "globex"}


def test_a_campaign_whose_mark_cannot_be_read_is_told_of_and_the_lists_of_the_other_side_are_kept(hall: Hall) -> None:
    hall.pair.org.deny_field("Campaign", "Description", read=False)
    report = hall.cycle()
    assert [(one.name, one.side) for one in report.problems] == [("ListRefused", "left")]
    assert (hall.campaigns(), hall.listed()) == ([], {"acme", "globex"})


def test_a_campaign_that_was_made_though_nobody_heard_so_is_found_again(hall: Hall) -> None:
    behind(hall, FaultRule(FaultKind.TIMEOUT_AFTER, calls=(1,), path="/sobjects/Campaign", method="POST"))  # type: ignore[arg-type]
    assert names(hall.cycle()) == {"ListRefused"}
    hall.cycle()
    assert (len(hall.campaigns()), hall.enrolled()) == (1, {"acme", "globex"})


def test_a_campaign_that_was_not_made_is_made_once_nothing_can_arrive_late_any_more(hall: Hall) -> None:
    behind(hall, FaultRule(FaultKind.TIMEOUT_BEFORE, calls=(1,), path="/sobjects/Campaign", method="POST"))  # type: ignore[arg-type]
    hall.cycle()
    assert hall.keep().counts["lists_waiting"] == 1
    assert hall.campaigns() == []
    hall.cycle()
    assert (len(hall.campaigns()), hall.enrolled()) == (1, {"acme", "globex"})


def test_members_whom_salesforce_refuses_are_told_of_and_the_others_are_in(hall: Hall) -> None:
    state = hall.pair.org.state
    rule = ValidationRule("CampaignMember", "not now", (Refused("LeadId", "equals", hall.leads["acme"]),))
    state.settings = replace(state.settings, validation_rules=(rule,))
    report = hall.cycle()
    [problem] = report.problems
    assert (problem.name, report.counts["list_members_refused"], hall.enrolled()) == ("MembersRefused", 1, {"globex"})
    assert "not now" in problem.message
    state.settings = replace(state.settings, validation_rules=())
    assert not hall.cycle().problems
    assert hall.enrolled() == {"acme", "globex"}


def test_whom_to_call_stands_in_lists_until_somebody_spoke_with_them(hall: Hall) -> None:
    listing = Listing(list=True, people_list=True, campaign="Call them")
    hall.declare(Listing(), outbound=Outbound(fit=listing, forgotten=replace(listing, campaign="Forgotten")))
    hall.cycle()
    assert not hall.listed("Fit without activity (syncer)")
    people = {name: hall.pair.link_of("left", "Lead", lead).link_id for name, lead in hall.leads.items()}  # type: ignore[union-attr]
    acme = hall.pair.link_of("left", "Account", hall.accounts["acme"])
    assert acme is not None
    seen = VerdictRow(people["hooli"], "person", "d", "1", "c", "SQL", "", "", {}, {}, 5, 0, "r")
    with hall.pair.store.transaction() as tx:
        tx.predictions.put([prediction(acme.link_id, "lookalike_standing", "SQL")])
        tx.verdicts.put([seen])
    hall.keep()
    assert not hall.listed("Fit without activity (syncer)")  # not looked for again within the hour
    hall.pair.wait(60 * MINUTE_MS)
    hall.keep()
    assert hall.listed("Fit without activity (syncer)") == {"acme"}
    assert hall.listed("Fit without activity: people (syncer)", "contacts") == {"acme"}
    assert hall.listed("Qualified and forgotten (syncer)", "contacts") == {"hooli"}
    campaigns = {row["Id"]: row["Name"] for row in hall.campaigns()}
    assert {(campaigns[row["CampaignId"]], row["LeadId"]) for row in hall.memberships()} == {
        ("Call them", hall.leads["acme"]), ("Forgotten", hall.leads["hooli"]),
    }  # fmt: skip
    call = ("left", "Lead", hall.leads["hooli"])
    now_ms = hall.pair.clock.now_ms()
    heard = DocumentRow("d", "left", "Task", "t", "call", now_ms, "", "hi", "", {}, "h", now_ms, about=(call,))
    with hall.pair.store.transaction() as tx:
        tx.documents.put([heard])
    hall.pair.wait(60 * MINUTE_MS)
    hall.keep()
    assert not hall.listed("Qualified and forgotten (syncer)", "contacts")
    assert [row["LeadId"] for row in hall.memberships()] == [hall.leads["acme"]]


def test_too_many_members_leave_the_list_as_it_is(hall: Hall) -> None:
    hall.cycle()
    hall.moves("hooli", "Berlin")
    hall.declare(replace(ALL, at_most=2))
    report = hall.cycle()
    assert names(report) == {"ManyMembers"}
    assert hall.listed() == {"acme", "globex"} == hall.enrolled()
