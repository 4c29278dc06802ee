"""The ground truth of a seeded world in JSON: who they are, what is true, which records are theirs, what they said.

Numbers stand in the e-mail addresses, so that a person is found without an index over a million of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from sandbox.population import logged, places
from sandbox.population.facts import verdict
from sandbox.population.features import fit
from sandbox.population.seeding import Logged, Population, conversion_id
from sandbox.population.talk import DAY_MS, form_answer, talks

_NUMBER: Final = re.compile(r"(\d+)@")


def person_truth(population: Population, number: int) -> dict[str, Any]:
    """Everything that is true of one person. Raises IndexError for a number outside the world."""
    world = population.world
    if not 0 <= number < world.people:
        raise IndexError(f"there are {world.people} people")
    person = world.person(number)
    stands = places.standing(world, person)
    told = said_by(population, number)
    signals = population.engaged.get(number, [])
    return {
        "number": number,
        "email": person.email,
        "name": f"{person.first} {person.last}",
        "title": person.title,
        "seniority": person.seniority,
        "domain": None if person.company is None else world.company(person.company).domain,
        "owner": person.owner,
        "account": person.company if person.company is not None and person.company < world.accounts else None,
        "company_written": places.company_written(world, person),
        "kind": stands.kind,
        "bare": stands.bare,
        "salesforce": [{"object": name, "id": record_id} for name, record_id in population.left.get(number, ())],
        "hubspot": population.right.get(number),
        "differs": {name: list(values) for name, values in stands.differs.items()},
        "facts": asdict(person.facts),
        "signals": [{"signal": name, "at_ms": at_ms} for name, at_ms in signals],
        "verdict": verdict(world, person, [name for name, _ in signals]),
        "said": {name: item for name, item in newest(told).items() if name != "objection"},
        "talks": [asdict(each.talk) | {"record": list(each.ref), "at_ms": each.at_ms} for each in told if each.talk],
        "form": next((dict(each.form.values) for each in told if each.form is not None), None),
    }


def said_by(population: Population, number: int) -> list[Logged]:
    """All that one person said so far and where it was written down, the oldest first."""
    world, start_ms = population.world, population.start_ms
    refs = population.activities.get(number, ())
    made = [
        Logged(logged.at_ms(talk, start_ms), ref, talk)
        for talk, ref in zip(talks(world, number) if refs else (), refs, strict=False)
    ]
    answer = form_answer(world, number) if population.with_talks and number in population.right else None
    if answer is not None:
        ref = ("hubspot", "form", conversion_id(world, number))
        made.append(Logged(start_ms - answer.days_ago * DAY_MS, ref, form=answer))
    return sorted([*made, *population.later.get(number, ())], key=lambda each: each.at_ms)


def newest(told: Iterable[Logged]) -> dict[str, dict[str, Any]]:
    """By fact, the newest clear sentence: what a listener should hold for true by now."""
    made: dict[str, dict[str, Any]] = {}
    for each in told:
        for item in each.said:
            if item.clear:
                made[item.fact] = {"value": item.value, "quote": item.quote, "at_ms": each.at_ms, "record": each.ref}
    return made


def company_truth(population: Population, number: int) -> dict[str, Any]:
    """Everything that is true of one company. Raises IndexError for a number outside the world."""
    world = population.world
    if not 0 <= number < world.companies:
        raise IndexError(f"there are {world.companies} companies")
    company = world.company(number)
    return {
        "number": number,
        "name": company.name,
        "domain": company.domain,
        "industry": company.trade.name,
        "country": company.place.country,
        "employees": company.employees,
        "revenue": company.revenue,
        "technologies": list(company.technologies),
        "uses_salesforce": company.uses_salesforce,
        "wants_voice_of_customer": company.wants_voice_of_customer,
        "key_hires": [asdict(hire) for hire in company.key_hires],
        "description": company.description,
        "former_name": company.former_name,
        "sales_cycle": company.sales_cycle,
        "case_study_lead_time": list(company.case_study_lead_time),
        "fit": round(fit(company), 3),
        "bare": places.account_is_bare(world, number),
        "differs": {name: list(values) for name, values in places.account_differences(world, number).items()},
        "salesforce": population.accounts.get(number),
        "hubspot": population.companies.get(number),
    }


def by_email(population: Population, email: str) -> dict[str, Any] | None:
    """The person who reads this address, or whom one of the systems knows by it; None where nobody is."""
    found = _NUMBER.search(email)
    if found is None or int(found[1]) >= population.world.people:
        return None
    made = person_truth(population, int(found[1]))
    known = {made["email"], *made["differs"].get("email", ())}
    return made if email.lower() in known else None


def by_domain(population: Population, domain: str) -> dict[str, Any] | None:
    for number in range(population.world.companies):
        if population.world.company(number).domain == domain.lower():
            return company_truth(population, number)
    return None
