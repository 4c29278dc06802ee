"""The seeded world before it is written down anywhere: the same for the same seed, with the shares it promises."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from statistics import mean, median

import pytest

from sandbox.population import World, places
from sandbox.population.facts import verdict
from sandbox.population.features import advocates
from sandbox.population.talk import discovered, form_answer, talks

PEOPLE = 3_000


@pytest.fixture(scope="module")
def world() -> World:
    return World(7, 400, PEOPLE)


def test_the_same_seed_and_number_give_the_same_person_whatever_was_asked_before(world: World) -> None:
    fresh = World(7, 400, PEOPLE)
    for number in (2_999, 0, 1_234, 17):
        assert fresh.person(number) == world.person(number)
        assert talks(fresh, number) == talks(world, number)
        assert places.standing(fresh, fresh.person(number)) == places.standing(world, world.person(number))
    other = World(8, 400, PEOPLE)
    assert sum(other.person(number) == world.person(number) for number in range(200)) == 0


def test_no_two_people_share_an_address_and_no_two_companies_a_domain(world: World) -> None:
    emails = [person.email for person in map(world.person, range(PEOPLE)) if person.email]
    assert len(set(emails)) == len(emails) < PEOPLE
    assert len({world.company(number).domain for number in range(400)}) == 400


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("both", 0.38, 0.52),
        ("left", 0.20, 0.28),
        ("right", 0.20, 0.28),
        ("double", 0.02, 0.06),
        ("converted", 0.01, 0.05),
    ],
)
def test_people_stand_in_one_system_or_both_in_believable_shares(
    world: World, kind: str, low: float, high: float
) -> None:
    kinds = Counter(places.standing(world, world.person(number)).kind for number in range(PEOPLE))
    assert low < kinds[kind] / PEOPLE < high


def test_the_two_sides_differ_only_where_both_have_the_person_and_never_say_the_same(world: World) -> None:
    differing, missing = 0, 0
    for number in range(PEOPLE):
        stands = places.standing(world, world.person(number))
        if not stands.differs:
            continue
        differing += 1
        assert stands.left
        assert stands.right
        for left, right in stands.differs.values():
            assert left != right
            missing += not left or not right
    assert 0.1 < differing / PEOPLE < 0.25
    assert missing > 20


def test_every_quote_of_a_talk_stands_in_its_text_and_agrees_with_the_facts_of_the_person(world: World) -> None:
    said = [(talk, item) for number in range(PEOPLE) for talk in talks(world, number) for item in talk.said]
    assert len(said) > 500
    outdated = 0
    for talk, item in said:
        assert item.quote in talk.text
        if item.fact != "objection" and item.clear:
            true = getattr(world.person(talk.person).facts, item.fact)
            assert (item.value == true) == item.holds
            outdated += not item.holds
    assert outdated > 20


def test_what_does_not_hold_any_more_is_put_right_by_a_later_talk(world: World) -> None:
    for number in range(PEOPLE):
        held = talks(world, number)
        for talk in held:
            for item in talk.said:
                if not item.holds:
                    after = [later for later in held if later.days_ago < talk.days_ago]
                    assert any(said.fact == item.fact and said.holds for later in after for said in later.said)


def test_one_person_in_eight_is_discovered_and_has_said_all_that_they_know(world: World) -> None:
    found = [person for person in map(world.person, range(PEOPLE)) if discovered(world, person)]
    assert 0.09 < len(found) / PEOPLE < 0.17
    for person in found:
        held = talks(world, person.number)
        assert 2 <= len(held) <= 4
        assert [talk.days_ago for talk in held] == sorted({talk.days_ago for talk in held}, reverse=True)
        said = {item.fact for talk in held for item in talk.said if item.clear and item.holds} - {"objection"}
        assert said == {name for name, value in asdict(person.facts).items() if value is not None}


@pytest.mark.parametrize("seed", [1, 2, 3, 5, 8, 13])
def test_a_world_of_sixty_accounts_has_true_leads_whose_evidence_was_heard(seed: int) -> None:
    small = World(seed, 60, 180)
    people = [small.person(number) for number in range(180)]
    true = [person for person in people if verdict(small, person)["status"] == "TRUE lead"]
    assert [person for person in true if discovered(small, person) and person.email]


def test_facts_lean_on_features_and_leave_room_for_noise(world: World) -> None:
    companies = [world.company(number) for number in range(4_000)]
    wants = lambda chosen: mean(company.wants_voice_of_customer for company in chosen)  # noqa: E731
    secure = [company for company in companies if company.trade.name == "IT security"]
    assert 0.12 < len(secure) / len(companies) < 0.19
    assert min(company.employees for company in secure) < 50 < 1_000 < max(company.employees for company in secure)
    marked = [company for company in secure if advocates(company.key_hires) and "Zendesk" in company.technologies]
    assert wants(companies) + 0.2 < wants(secure) < wants(marked) < 1.0
    assert all(("Salesforce" in company.technologies) == company.uses_salesforce for company in companies)
    small, large = (
        [c.sales_cycle for c in companies if low < c.employees < high] for low, high in ((0, 50), (900, 1e9))
    )
    assert mean(large) > mean(small) + 3
    usual = [company.case_study_lead_time for company in secure]
    assert 0.7 < usual.count((6, 12)) / len(usual) < 0.95
    budgets: dict[str, list[int]] = {}
    for person in map(world.person, range(PEOPLE)):
        if person.facts.annual_budget:
            budgets.setdefault(person.seniority, []).append(person.facts.annual_budget)
    assert median(budgets["executive"]) > median(budgets["director"]) > median(budgets["manager"])


def test_form_answers_come_from_people_with_an_address(world: World) -> None:
    answers = [answer for number in range(PEOPLE) if (answer := form_answer(world, number)) is not None]
    assert 0.08 < len(answers) / PEOPLE < 0.16
    assert all(dict(answer.values)["email"] == world.person(answer.person).email for answer in answers)
