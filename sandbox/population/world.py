"""Who exists and what is true of them: a pure function of seed and number."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Final

from sandbox import chance
from sandbox.population import features
from sandbox.population.facts import Facts, facts_of
from sandbox.population.features import KeyHire
from sandbox.population.words import (
    COMPANY_FIRST,
    COMPANY_SECOND,
    DEPARTMENTS,
    FIRST_NAMES,
    FREE_MAIL,
    LAST_NAMES,
    LEVELS,
    OWNERS,
    PLACES,
    TECHNOLOGIES,
    TRADES,
    Place,
    Trade,
)

_TRADE_WEIGHTS: Final = [trade.weight for trade in TRADES]
_LEVEL_WEIGHTS: Final = [level.weight for level in LEVELS]
_STREETS: Final = ("Market Street", "Mill Lane", "Harbour Road", "Station Road", "Lindenweg", "Rue du Moulin")


@dataclass(frozen=True, slots=True)
class Company:
    """One company as it really is; money in US dollars a year."""

    number: int
    name: str
    domain: str
    trade: Trade
    place: Place
    employees: int
    revenue: int
    founded: int
    phone: str
    street: str
    technologies: tuple[str, ...]
    uses_salesforce: bool
    wants_voice_of_customer: bool
    key_hires: tuple[KeyHire, ...]
    sales_cycle: int  # months
    case_study_lead_time: tuple[int, int]  # months, shortest and longest
    description: str
    former_name: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """One person as they really are. `email` is the address they read.

    `company` is None for private people; a number beyond the world's `accounts` is a company that neither system has.
    """

    number: int
    company: int | None
    first: str
    last: str
    email: str | None
    free_mail: bool
    title: str
    department: str
    seniority: str
    phone: str
    mobile: str
    place: Place
    owner: str
    facts: Facts


def ascii_word(text: str) -> str:
    """The letters and digits of a name as an address would hold them."""
    folded = unicodedata.normalize(
        "NFKD", text.replace("ß", "ss").replace("ø", "o").replace("Ø", "O").replace("ł", "l")
    )
    return re.sub(r"[^a-z0-9]", "", folded.encode("ascii", "ignore").decode().lower())


def phone_number(place: Place, rng: Random) -> str:
    return f"{place.phone}{rng.randrange(10**place.digits):0{place.digits}d}"


class World:
    """`accounts` companies and `people` persons of one seed, numbered from 0."""

    def __init__(self, seed: int, accounts: int, people: int) -> None:
        if accounts < 0 or people < 0:
            raise ValueError("a world has no fewer than zero accounts and people")
        self.seed = seed
        self.accounts = accounts
        self.people = people
        self.companies = 2 * accounts  # the second half stands in neither system; vendors know it all the same
        self._company = lru_cache(maxsize=8192)(self._make_company)
        self._rng = Random(0)

    def company(self, number: int) -> Company:
        return self._company(number)

    def _make_company(self, number: int) -> Company:
        rng = chance.generator(self.seed, "company", number)
        ideal = features.made_for_it(number)
        trade = TRADES[0] if ideal else rng.choices(TRADES, _TRADE_WEIGHTS)[0]
        place = rng.choice(PLACES)
        word = self._company_word(number)
        ending = rng.choice(trade.endings)
        employees = int(min(60_000, max(3, rng.lognormvariate(5.0, 1.3))))
        employees = int(min(2_500, 80 + employees)) if ideal else employees
        uses_salesforce = rng.random() < (0.95 if ideal else trade.salesforce_share * (0.6 if employees < 50 else 1.1))
        technologies = tuple(sorted({*rng.sample(TECHNOLOGIES, rng.randint(1, 5)), *(("Zendesk",) if ideal else ())}))
        hires = features.key_hires(self.seed, number, trade, employees)
        name = f"{word} {ending}"
        return Company(
            number=number,
            name=name,
            domain=f"{ascii_word(word)}-{ascii_word(ending)}.{place.tld}",
            trade=trade,
            place=place,
            employees=employees,
            revenue=employees * rng.randint(90, 260) * 1000,
            founded=rng.randint(1931, 2022),
            phone=phone_number(place, rng),
            street=f"{rng.randint(1, 240)} {rng.choice(_STREETS)}",
            technologies=(*technologies, "Salesforce") if uses_salesforce else technologies,
            uses_salesforce=uses_salesforce,
            wants_voice_of_customer=rng.random() < features.voice_chance(trade, technologies, uses_salesforce, hires),
            key_hires=hires,
            sales_cycle=features.sales_cycle_months(employees, rng),
            case_study_lead_time=features.case_study_months(trade, rng),
            description=features.description(self.seed, number, name, trade, place.city),
            former_name=features.former_name(self.seed, number, name),
        )

    def _company_word(self, number: int) -> str:
        """A word for each number: no two companies share one."""
        firsts, seconds = len(COMPANY_FIRST), len(COMPANY_SECOND)
        turn, place = divmod(number, firsts * seconds)
        place = (place * 4_801 + self.seed * 97) % (firsts * seconds)
        word = COMPANY_FIRST[place % firsts] + COMPANY_SECOND[place // firsts]
        return word if turn == 0 else f"{word} {turn + 1}"

    def _employer(self, rng: Random) -> int | None:
        """One person in five belongs to no account: private, or with a company that nobody has entered.

        More of the others work where the product fits than chance alone would have it: that is whom marketing finds.
        """
        lot = rng.random()
        if not self.accounts or lot >= 0.93:
            return None
        number = rng.randrange(self.accounts)
        fitting = features.made_for_it_near(number)
        if lot < 0.10 and fitting < self.accounts:
            return fitting
        return number + (self.accounts if lot >= 0.80 else 0)

    def person(self, number: int) -> Person:
        rng = self._rng  # seeding one generator anew costs half of making another
        rng.seed(chance.number(self.seed, "person", number))
        company_number = self._employer(rng)
        company = None if company_number is None else self.company(company_number)
        first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES).replace("-", " ")
        level, department = rng.choices(LEVELS, _LEVEL_WEIGHTS)[0], rng.choice(DEPARTMENTS)
        place = company.place if company is not None and rng.random() < 0.85 else rng.choice(PLACES)
        free_mail = company is None or rng.random() < 0.10
        domain = rng.choice(FREE_MAIL) if company is None or free_mail else company.domain
        local = f"{ascii_word(first)}.{ascii_word(last)}"
        # Namesakes at one domain meet often in a large world; the number keeps their addresses apart.
        email = None if rng.random() < 0.025 else f"{local}{number}@{domain}"
        return Person(
            number=number,
            company=company_number,
            first=first,
            last=last,
            email=email,
            free_mail=free_mail,
            title=rng.choice(level.forms).format(department),
            department=department,
            seniority=level.seniority,
            phone=phone_number(place, rng),
            mobile=phone_number(place, rng) if rng.random() < 0.4 else "",
            place=place,
            owner=rng.choice(OWNERS)[2],
            facts=facts_of(rng, company, level),
        )
