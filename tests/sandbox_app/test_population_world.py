"""The seeded world before it is written down anywhere: the same for the same seed, with the shares it promises."""

from __future__ import annotations

from collections import Counter

import pytest

from sandbox.population import World, places
from sandbox.population.talk import form_answer, talks

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
    for talk, item in said:
        assert item.quote in talk.text
        if item.fact != "objection":
            assert item.value == getattr(world.person(talk.person).facts, item.fact)


def test_form_answers_come_from_people_with_an_address(world: World) -> None:
    answers = [answer for number in range(PEOPLE) if (answer := form_answer(world, number)) is not None]
    assert 0.08 < len(answers) / PEOPLE < 0.16
    assert all(dict(answer.values)["email"] == world.person(answer.person).email for answer in answers)
