"""What is true of a person, and what the shared definition of a lead comes to where all of it is known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Final

from sandbox import chance
from sandbox.population.features import fit
from sandbox.population.words import Level

if TYPE_CHECKING:
    from sandbox.population.world import Company, Person, World

_SENIOR: Final = {"executive": 0.8, "vp": 0.6, "director": 0.4, "manager": 0.1, "employee": -0.3}
SIGNALS: Final = ("pricing_page", "demo_watched", "webinar", "download")  # properties of a HubSpot contact


@dataclass(frozen=True, slots=True)
class Facts:
    """What a discovery call could bring to light about a person; None: nobody knows it yet, themselves included."""

    annual_budget: int | None  # US dollars
    has_authority: bool | None
    timeline_months: int | None
    nps: int | None  # 0 to 10, on the demo
    opted_in: bool
    wants_voice_of_customer: bool
    uses_salesforce: bool
    sales_cycle: int | None  # months, of their company, as the next is
    case_study_lead_time: tuple[int, int] | None


def facts_of(rng: Random, company: Company | None, level: Level) -> Facts:
    """Facts lean together: where the product fits, many are warm, which is what lookalikes reveal."""
    suits = 0.0 if company is None else fit(company)
    warm = rng.random() < 0.95 * suits**1.6
    wants = company is not None and company.wants_voice_of_customer
    budget = _budget(rng, 10 if company is None else company.employees, level, warm)
    cycle = None if company is None else company.sales_cycle
    timeline = None
    if rng.random() < (0.95 if warm else 0.55):
        timeline = min(24, max(1, round((cycle or 6) * rng.lognormvariate(-0.5 if warm else 0.0, 0.4))))
    nps = None
    if rng.random() < (0.95 if warm else 0.55):
        nps = min(10, max(0, round(rng.gauss(6.6 + 2.4 * suits + 0.9 * warm, 1.2))))
    return Facts(
        annual_budget=budget,
        has_authority=None if budget is None else budget > 0 or rng.random() < level.holds_budget / 2,
        timeline_months=timeline,
        nps=nps,
        opted_in=rng.random() < (0.9 if warm else 0.45),
        wants_voice_of_customer=wants and rng.random() < (0.97 if warm else 0.85),
        uses_salesforce=company is not None and company.uses_salesforce,
        sales_cycle=cycle,
        case_study_lead_time=None if company is None else company.case_study_lead_time,
    )


def _budget(rng: Random, employees: int, level: Level, warm: bool) -> int | None:
    """Grows with the company and the rank; in whole thousands, 0 where there is none."""
    if rng.random() > (0.97 if warm else 0.7):
        return None
    if rng.random() > (max(0.85, level.holds_budget) if warm else level.holds_budget):
        return 0
    middle = 8.75 + 0.28 * math.log(max(5, employees) / 50) + _SENIOR[level.seniority] + 0.45 * warm
    return max(1_000, int(round(rng.lognormvariate(middle, 0.5), -3)))


def engagement(world: World, number: int) -> tuple[str, ...]:
    """What marketing will see of a person, in the order of time; e-books are downloaded by anybody."""
    rng = chance.generator(world.seed, "engagement", number)
    company = world.person(number).company
    suits = 0.1 if company is None else fit(world.company(company))
    return tuple(name for name in SIGNALS if rng.random() < (0.35 if name == "download" else 0.8 * suits**1.5))


def criteria(world: World, person: Person) -> dict[str, bool | None]:
    """The seven criteria of a TRUE lead as they really are; None where nobody knows."""
    facts = person.facts
    company = None if person.company is None else world.company(person.company)
    return {
        "budget": None if facts.annual_budget is None else facts.annual_budget >= 10_000,
        "industry": company is not None and company.trade.name == "IT security",
        "size": company is not None and company.employees > 100,
        "opt_in": facts.opted_in,
        "salesforce_environment": facts.uses_salesforce,
        "nps": None if facts.nps is None else facts.nps >= 9,
        "voice_of_customer": facts.wants_voice_of_customer,
    }


def verdict(world: World, person: Person, signals: Any = ()) -> dict[str, Any]:
    """Criteria, and the status that they and the signals so far make; where sales stands is nobody's to foresee."""
    known = criteria(world, person)
    target = known["industry"] and known["size"] and known["salesforce_environment"]
    status = "prospect"
    if all(known.values()):
        status = "TRUE lead"
    elif all(met for name, met in known.items() if name != "nps"):
        status = "SQL"
    elif target and {"pricing_page", "demo_watched", "webinar"} & set(signals):
        status = "MQL"
    return {"criteria": known, "status": status}
