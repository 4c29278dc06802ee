"""Simulated people: the same people do the same things, and everything they did is in the ledger."""

from __future__ import annotations

import pytest

from sandbox.hubspot import HubSpotPortal, PortalSettings
from sandbox.kernel import Ledger, SandboxClock
from sandbox.people import ACTS, People
from sandbox.population import World, populate
from sandbox.salesforce import OrgSettings, SalesforceOrg


def lively(seed: int, accounts: int = 12, people: int = 60) -> tuple[People, SandboxClock, Ledger]:
    clock, ledger = SandboxClock(), Ledger()
    org = SalesforceOrg(OrgSettings(), clock, ledger)
    portal = HubSpotPortal(PortalSettings(), clock, ledger)
    populate(World(5, accounts, people), org, portal, clock.now_ms(), with_talks=False)
    return People(seed, org, portal), clock, ledger


def test_the_same_seed_tells_the_same_story_and_another_seed_another() -> None:
    stories = []
    for seed in (1, 1, 2):
        people, clock, ledger = lively(seed)
        told = []
        for _ in range(80):
            told += people.act()
            clock.advance(1_700)
        stories.append((told, ledger.since(0)))
    assert stories[0] == stories[1]
    assert stories[0][0] != stories[2][0]


def test_it_does_not_matter_in_which_portions_people_act() -> None:
    one, _, first = lively(3)
    other, _, second = lively(3)
    assert one.act(30) == [told for _ in range(15) for told in other.act(2)]
    assert first.since(0) == second.since(0)


@pytest.mark.parametrize(
    ("act", "systems", "ops"),
    [
        ("edit_left", {"salesforce"}, {"update"}),
        ("edit_right", {"hubspot"}, {"update"}),
        ("edit_both", {"salesforce", "hubspot"}, {"update"}),
        ("agree", {"salesforce", "hubspot"}, {"update"}),
        ("edit_account", {"salesforce"}, {"update"}),
        ("edit_company", {"hubspot"}, {"update"}),
        ("edit_both_accounts", {"salesforce", "hubspot"}, {"update"}),
        ("clear_left", {"salesforce"}, {"update"}),
        ("clear_right", {"hubspot"}, {"update"}),
        ("create_left", {"salesforce"}, {"create"}),
        ("create_right", {"hubspot"}, {"create"}),
        ("merge_left", {"salesforce"}, {"merge"}),
        ("merge_right", {"hubspot"}, {"merge"}),
        ("convert", {"salesforce"}, {"convert"}),
        ("delete_left", {"salesforce"}, {"delete"}),
        ("delete_right", {"hubspot"}, {"archive", "delete"}),
    ],
)
def test_each_act_does_in_its_system_what_its_sentence_says(act: str, systems: set[str], ops: set[str]) -> None:
    people, _, ledger = lively(1, accounts=40, people=200)
    told = people.act(3, only=[act])
    assert not [line for line in told if "refused" in line or "found nothing" in line], told
    edits = ledger.since(0)
    assert {edit.system for edit in edits} == systems
    assert ops & {edit.op for edit in edits}
    assert {edit.actor.split(":")[0] for edit in edits} <= {"human", "automation"}


def test_a_conflict_changes_one_field_of_one_person_differently_on_both_sides() -> None:
    people, _, ledger = lively(4, accounts=40, people=200)
    people.act(5, only=["edit_both"])
    edits = ledger.since(0)
    assert len(edits) == 10
    for left, right in zip(edits[::2], edits[1::2], strict=True):
        assert (left.system, right.system, left.at_ms) == ("salesforce", "hubspot", right.at_ms)
        new_left = {new for name, (_, new) in left.changes.items() if name != "Name"}
        new_right = {new for _, new in right.changes.values()}
        assert not new_left & new_right


def test_people_in_an_empty_world_create_and_otherwise_find_nothing_to_do() -> None:
    people, _, ledger = lively(1, accounts=0, people=0)
    assert all("nothing to do" in people.act(1, only=[act])[0] for act in ("edit_left", "merge_left", "clear_right"))
    assert len(ledger) == 0
    assert len(people.act(10)) == 10
    assert {edit.op for edit in ledger.since(0)} >= {"create"}


def test_an_unknown_act_is_named() -> None:
    people, _, _ = lively(1)
    with pytest.raises(ValueError, match="sing"):
        people.act(1, only=["sing"])
    assert sum(act.weight for act in ACTS.values()) == 100
