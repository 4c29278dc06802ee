"""What the paid sources know, against the sandbox: hit, partial or miss, at the vendor's own price."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from connectors.enrichment.provider import AnswerState, Question
from sandbox.vendors.coverage import DAY_MS, Knowledge, knowledge
from tests.vendors.paid_desk import HIT, MISS, PAID, PARTIAL, Desk, values


@pytest.fixture(params=PAID)
def desk(request: pytest.FixtureRequest) -> Desk:
    return Desk(request.param)


def test_a_company_is_a_hit_for_what_the_vendor_has_and_partial_for_what_it_lacks(desk: Desk) -> None:
    company = desk.known()
    [all_there] = desk.ask(desk.question(company, "name"))
    assert (all_there.state, values(all_there)["name"], all_there.credits) == (HIT, company.name, Decimal(1))
    [some] = desk.ask(desk.question(company, "name", "phone", "ticker_symbol", "description", "no_such_field"))
    expected = HIT if {"phone", "ticker_symbol"} & desk.provider.offers <= set(values(some)) else PARTIAL
    assert some.state is expected
    assert set(values(some)) <= {"name", "phone", "ticker_symbol", "description"}
    assert desk.state.charged == 2
    assert all(0 < one.confidence < 1 for one in some.found)


def test_an_unknown_company_is_a_miss_at_the_vendors_own_price(desk: Desk) -> None:
    missing = desk.company(lambda entry: entry is None)
    stranger = replace(missing, domain="nobody-at-all.example", name="Nobody")
    answers = desk.ask(desk.question(missing), desk.question(stranger))
    assert [(answer.state, answer.found) for answer in answers] == [(MISS, ()), (MISS, ())]
    assert (
        sum(answer.credits for answer in answers) == desk.state.charged == (2 if desk.state.name == "builtwith" else 0)
    )


def test_answers_come_in_the_order_of_questions_and_agree_with_the_truth_within_the_vendors_noise(desk: Desk) -> None:
    companies = [desk.world.company(number) for number in range(200)]
    questions = [desk.question(company) for company in companies]
    size = desk.provider.batch_max
    answers = [one for start in range(0, 200, size) for one in desk.ask(*questions[start : start + size])]
    assert [answer.key for answer in answers] == [question.key for question in questions]
    seen = [
        (company, knowledge(desk.state, company), answer) for company, answer in zip(companies, answers, strict=True)
    ]
    assert all((answer.state is MISS) == (entry is None) for _, entry, answer in seen)
    assert sum(answer.credits for answer in answers) == desk.state.charged
    sizes = [
        (values(answer)["number_of_employees"], company.employees)
        for company, entry, answer in seen
        if entry is not None and not entry.stale and "number_of_employees" in values(answer)
    ]
    assert all(0.5 * true - 1 <= told <= 1.6 * true + 1 for told, true in sizes)
    assert len(sizes) > 40 or "number_of_employees" not in desk.provider.offers
    places = [
        (values(answer)["country"], company.place.code) for company, _, answer in seen if "country" in values(answer)
    ]
    assert len(places) > 90
    assert all(told == true for told, true in places)
    tools = [
        (set(values(answer)["technologies"]), company)
        for company, _, answer in seen
        if "technologies" in values(answer)
    ]
    assert all("Salesforce" not in told or company.uses_salesforce for told, company in tools)


@pytest.mark.parametrize("name", ["apollo", "pdl"])
def test_a_person_is_found_by_address_and_a_masked_number_is_no_number(name: str) -> None:
    desk = Desk(name)
    people = [person for number in range(200) if (person := desk.world.person(number)).email]
    fields = ("job_title", "seniority", "department", "city", "country", "phone")
    answers = [desk.ask(Question(str(one.number), "person", fields, email=one.email or ""))[0] for one in people[:60]]
    known = [(one, values(answer)) for one, answer in zip(people, answers, strict=False) if answer.state is not MISS]
    assert 20 < len(known) < 60
    for person, told in known:
        assert str(told["job_title"]).lower() == person.title.lower()
        assert (told["country"], told["city"]) == (person.place.code, person.place.city)
        assert told.get("phone", person.phone) == person.phone
    assert not any("@" in f"{request.path}?{request.query}" or "%40" in request.query for request in desk.requests)
    [nobody] = desk.ask(Question("x", "person", fields, domain="acme.example"))
    assert (nobody.state, "needs email" in nobody.message) == (AnswerState.BAD_REQUEST, True)


def test_a_match_without_any_wanted_field_costs_nothing_where_the_vendor_offers_that() -> None:
    desk = Desk("pdl")
    bare = desk.company(lambda entry: entry is not None and entry.trade is None)
    [answer] = desk.ask(desk.question(bare, "industry", "naics_code"))
    assert (answer.state, answer.credits, desk.state.charged) == (MISS, Decimal(0), 0)
    assert desk.requests[-1].param("required") == "industry OR naics"


def test_a_weak_match_by_name_is_less_sure_than_one_by_domain() -> None:
    desk = Desk("pdl")
    company = desk.known()
    [by_domain, by_name] = desk.ask(
        desk.question(company, "name"), desk.question(company, "name", domain="", country=company.place.code)
    )
    assert by_domain.found[0].confidence > by_name.found[0].confidence + 0.2


def test_a_size_given_as_a_range_is_no_number_of_employees() -> None:
    desk = Desk("hunter")
    ranged = desk.company(lambda entry: entry is not None and entry.company.number % 3 == 0 and bool(entry.employees))
    [answer] = desk.ask(desk.question(ranged, "name", "number_of_employees"))
    assert (answer.state, set(values(answer))) == (PARTIAL, {"name"})


def test_a_technology_given_up_long_ago_is_not_in_use_and_each_use_has_its_dates() -> None:
    desk = Desk("builtwith")

    def gave_up(entry: Knowledge | None) -> bool:
        return (
            entry is not None
            and not entry.stale
            and len({one.name for one in entry.sightings}) > 1
            and any(one.last_ms < entry.seen_ms - 400 * DAY_MS for one in entry.sightings)
        )

    company = desk.company(gave_up)
    entry = knowledge(desk.state, company)
    assert entry is not None
    gone = {one.name for one in entry.sightings if one.last_ms < entry.seen_ms - 400 * DAY_MS}
    [answer] = desk.ask(desk.question(company, "technologies"))
    [found] = answer.found
    assert set(found.value) == {one.name for one in entry.sightings} - gone
    assert found.as_of_ms == min(one.last_ms for one in entry.sightings if one.name not in gone)
    assert "2025-" in found.evidence and len(found.evidence) <= 300
    assert len(desk.requests) == 1


def test_several_sites_are_one_call_and_one_site_that_spoils_it_is_asked_alone() -> None:
    desk = Desk("builtwith")
    good, odd = desk.question(desk.known()), desk.question(desk.known(), key="odd", domain="localhost")
    answers = desk.ask(good, good, odd)
    assert [answer.state for answer in answers[:2]] == [answers[0].state] * 2
    assert (answers[2].state, answers[0].found != ()) == (MISS, True)
    assert len(desk.requests) == 4  # all three at once, then each by itself
    desk.requests.clear()
    again = desk.ask(good, replace(good, key="twin"))
    assert ([len(one.found) > 0 for one in again], len(desk.requests)) == ([True, True], 1)
    assert sum(answer.credits for answer in again) == 1
