"""The ground truth of a seeded world in JSON: who they are, what is true, which records are theirs, what they said.

Numbers stand in the e-mail addresses, so that a person is found without an index over a million of them.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any, Final

from sandbox.population import places
from sandbox.population.seeding import Population
from sandbox.population.talk import form_answer, talks

_NUMBER: Final = re.compile(r"(\d+)@")


def person_truth(population: Population, number: int) -> dict[str, Any]:
    """Everything that is true of one person. Raises IndexError for a number outside the world."""
    world = population.world
    if not 0 <= number < world.people:
        raise IndexError(f"there are {world.people} people")
    person = world.person(number)
    stands = places.standing(world, person)
    answer = form_answer(world, number)
    said = zip(talks(world, number), population.activities.get(number, ()), strict=False)
    return {
        "number": number,
        "email": person.email,
        "name": f"{person.first} {person.last}",
        "title": person.title,
        "seniority": person.seniority,
        "domain": None if person.company is None else world.company(person.company).domain,
        "owner": person.owner,
        "kind": stands.kind,
        "salesforce": [{"object": name, "id": record_id} for name, record_id in population.left.get(number, ())],
        "hubspot": population.right.get(number),
        "differs": {name: list(values) for name, values in stands.differs.items()},
        "facts": asdict(person.facts),
        "talks": [asdict(talk) | {"record": list(ref)} for talk, ref in said],
        "form": None if answer is None or number not in population.right else dict(answer.values),
    }


def company_truth(population: Population, number: int) -> dict[str, Any]:
    """Everything that is true of one company. Raises IndexError for a number outside the world."""
    world = population.world
    if not 0 <= number < world.accounts:
        raise IndexError(f"there are {world.accounts} companies")
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
    for number in range(population.world.accounts):
        if population.world.company(number).domain == domain.lower():
            return company_truth(population, number)
    return None
