"""Found in review: on a pair where people go on working, an approved mass change was held anew in every cycle."""

from __future__ import annotations

import pytest

from syncer.core.breaker import BreakerLimits, Limit
from syncer.stages.context import Settings
from tests.regressions.test_story_approved_mass_change import approve, titles
from tests.stages.test_outbound_sync import run
from tests.stages.world import PairWorld, make_pair

LIMITS = BreakerLimits(overwrite=Limit(3, 0.0))


def held_change(pair: PairWorld) -> tuple[list[str], str]:
    """Six people of whom four get a title at once, which is held; their leads, and the hash."""
    leads = [pair.lead(Email=f"p{number}@acme.example", Title="Buyer", FirstName="Jo") for number in range(6)]
    run(pair)
    for lead in leads[:4]:
        pair.org.update("Lead", lead, {"Title": f"Chief {lead}"}, "human:ann")
    (name,) = run(pair).held
    return leads, name


@pytest.mark.parametrize("change", ["another field", "one more of the class", "one less of the class", "somebody new"])
def test_what_was_approved_passes_though_others_go_on_working(change: str) -> None:
    pair = make_pair(settings=Settings(breaker=LIMITS))
    leads, name = held_change(pair)
    approve(pair, name)
    expected = {lead: f"Chief {lead}" for lead in leads[:4]}
    if change == "another field":
        pair.org.update("Lead", leads[5], {"FirstName": "Jane"}, "human:ann")
    elif change == "one more of the class":
        pair.org.update("Lead", leads[5], {"Title": "Head"}, "human:ann")
        expected[leads[5]] = "Head"
    elif change == "one less of the class":
        pair.org.update("Lead", leads[0], {"Title": "Buyer"}, "human:ann")
        del expected[leads[0]]
    else:
        pair.lead(Email="new@acme.example", Title="New")
        expected["new"] = "New"
    report = run(pair)
    assert not report.held
    assert titles(pair) == sorted([*expected.values(), *["Buyer"] * (6 - len([x for x in expected if x != "new"]))])


def test_an_approval_lets_nothing_pass_that_the_person_has_not_seen() -> None:
    pair = make_pair(settings=Settings(breaker=LIMITS))
    leads, name = held_change(pair)
    approve(pair, name)
    for lead in leads:
        pair.org.update("Lead", lead, {"Title": f"Wiped {lead}"}, "human:ann")
    report = run(pair)
    assert report.held and name not in report.held
    assert titles(pair) == ["Buyer"] * 6


def test_approved_creates_pass_beside_new_ones_and_count_no_more() -> None:
    pair = make_pair(settings=Settings(breaker=BreakerLimits(create=Limit(3, 0.0))))
    run(pair)
    for number in range(5):
        pair.lead(Email=f"p{number}@acme.example")
    (name,) = run(pair).held
    approve(pair, name)
    for number in range(5, 8):
        pair.lead(Email=f"p{number}@acme.example")
    assert not run(pair).held
    assert len(titles(pair)) == 8
