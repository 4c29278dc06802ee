"""Where each person stands in both systems, and how each writes them down: same, differing, double, or missing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from sandbox import chance
from sandbox.population.words import PLACES
from sandbox.population.world import Company, Person, World

Values = dict[str, Any]

_LEAD_SOURCES: Final = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
_SOURCES: Final = ("ORGANIC_SEARCH", "PAID_SEARCH", "EMAIL_MARKETING", "REFERRALS", "DIRECT_TRAFFIC", "OFFLINE")
_STAGES: Final = ("subscriber", "lead", "lead", "lead", "marketingqualifiedlead", "salesqualifiedlead")
_STATUSES: Final = ("Open - Not Contacted", "Open - Not Contacted", "Working - Contacted")
_MAY_MISS: Final = ("job_title", "phone", "city")


@dataclass(frozen=True, slots=True)
class Standing:
    """One person's records: Salesforce objects in order (double entries have two), and whether HubSpot has them.

    `differs` holds, by canonical field, what each side has where they do not agree, as (left, right). The second record
    of a `converted` person is the lead that became the first, a contact.
    """

    left: tuple[str, ...]
    right: bool
    differs: Mapping[str, tuple[str, str]]
    kind: str  # both, left, right, double, converted
    bare: bool = False  # the records hold a name and an address, nothing else that is known


def account_places(world: World, number: int) -> tuple[bool, bool]:
    """Whether Salesforce has the account, and HubSpot the company."""
    lot = chance.share(world.seed, "account", number)
    return (lot < 0.85, lot < 0.60 or lot >= 0.80)


def account_is_bare(world: World, number: int) -> bool:
    """Whether the records of one company hold no more than its name and its domain."""
    return chance.share(world.seed, "bare account", number) < 0.3


def account_differences(world: World, number: int) -> dict[str, tuple[str, str]]:
    """What the account and the company of one number do not agree on, as (left, right); "" is missing there."""
    rng = chance.generator(world.seed, "account differs", number)
    if account_places(world, number) != (True, True) or rng.random() > 0.3:
        return {}
    if account_is_bare(world, number):
        return {}
    company = world.company(number)
    digits = "".join(letter for letter in company.phone if letter.isdigit())
    choices = {
        "name": (company.name, f"{company.name} {rng.choice(('Inc.', 'Ltd', 'GmbH'))}"),
        "phone": (company.phone, rng.choice((f"+{digits}", ""))),
        "employees": (str(company.employees), str(company.employees + max(1, company.employees // 10))),
        "city": (company.place.city, rng.choice([place.city for place in PLACES if place.city != company.place.city])),
    }
    named = rng.sample(sorted(choices), rng.randint(1, 2))
    return {name: choices[name] if rng.random() < 0.5 else choices[name][::-1] for name in named}


def standing(world: World, person: Person) -> Standing:
    rng = chance.generator(world.seed, "place", person.number)
    has_account = (
        person.company is not None and person.company < world.accounts and account_places(world, person.company)[0]
    )
    object_name = "Contact" if has_account and rng.random() < 0.5 else "Lead"
    lot = rng.random()
    bare = person.email is not None and chance.share(world.seed, "bare", person.number) < 0.35
    if lot < 0.24:
        return Standing((object_name,), False, {}, "left", bare)
    if lot < 0.48:
        return Standing((), True, {}, "right", bare)
    differs = _differences(world, person, rng) if rng.random() < 0.3 else {}
    if bare:
        differs = {name: values for name, values in differs.items() if name not in _MAY_MISS}
    if lot > 0.96 and person.email is not None:
        return Standing((object_name, "Lead"), True, differs, "double", bare)
    if lot > 0.90 and object_name == "Contact":
        return Standing(("Contact", "Lead"), True, differs, "converted", bare)
    return Standing((object_name,), True, differs, "both", bare)


def _differences(world: World, person: Person, rng: Random) -> dict[str, tuple[str, str]]:
    """One to three fields on which the two sides do not agree."""
    made: dict[str, tuple[str, str]] = {}
    for name in rng.sample(("job_title", "phone", "city", "first_name", "last_name", "email"), rng.randint(1, 3)):
        mine = _own(person, name)
        missing = name in _MAY_MISS and rng.random() < 0.3
        other = "" if missing else _other(world, person, name, rng)
        if mine and mine != other and (missing or other):
            made[name] = (mine, other) if rng.random() < 0.5 else (other, mine)
    return made


def _own(person: Person, name: str) -> str:
    return {
        "job_title": person.title,
        "phone": person.phone,
        "city": person.place.city,
        "first_name": person.first,
        "last_name": person.last,
        "email": person.email or "",
    }[name]


def _other(world: World, person: Person, name: str, rng: Random) -> str:
    if name == "job_title":
        return rng.choice((f"Senior {person.title}", f"Head of {person.department}", person.title.upper()))
    if name == "phone":
        digits = "".join(letter for letter in person.phone if letter.isdigit())
        return rng.choice((f"+{digits}", f"+{digits[:-2]}{(int(digits[-2:]) + 7) % 100:02d}"))
    if name == "city":
        return rng.choice(PLACES).city
    if name == "first_name":
        return rng.choice((person.first[:1] + ".", person.first.upper(), f"{person.first} M."))
    if name == "last_name":
        return rng.choice((person.last.upper(), f"{person.last}-{person.last[:1]}eller"))
    if person.email is None:
        return ""
    local, _, domain = person.email.partition("@")
    if person.company is not None and rng.random() < 0.5:
        return f"{local}@{'gmail.com' if not person.free_mail else world.company(person.company).domain}"
    return f"{local.replace('.', '', 1)}@{domain}"  # a typing mistake: somebody else's address by the letter


def _sided(person: Person, name: str, side: int, differs: Mapping[str, tuple[str, str]]) -> str:
    return differs[name][side] if name in differs else _own(person, name)


def company_written(world: World, person: Person) -> str:
    """The name of the employer as the person writes it: at times the former one, short, with a slip or a legal form."""
    if person.company is None:
        return ""
    company, rng = world.company(person.company), chance.generator(world.seed, "written", person.number)
    lot = rng.random()
    if company.former_name is not None and lot < 0.4:
        return company.former_name
    if lot > 0.93:
        place = rng.randrange(1, len(company.name) - 2)
        return company.name[:place] + company.name[place + 1] + company.name[place] + company.name[place + 2 :]
    if lot > 0.83:
        return f"{company.name}{rng.choice((' Inc.', ' Ltd', ' GmbH', ', LLC'))}"
    if lot > 0.78:
        return company.name.split()[0]
    return company.name


def _filled(values: Values, only: Collection[str] = ()) -> Values:
    """Without what is blank; where `only` names fields, without all others."""
    return {name: value for name, value in values.items() if value not in ("", None) and (not only or name in only)}


# What a bare record holds.
_BARE_ACCOUNT: Final = ("Name", "Website", "OwnerId")
_BARE_COMPANY: Final = ("name", "domain", "hubspot_owner_id")
_BARE_LEFT: Final = ("FirstName", "LastName", "Email", "Company", "AccountId", "LeadSource", "Status", "OwnerId")
_BARE_RIGHT: Final = ("firstname", "lastname", "email", "lifecyclestage", "hubspot_owner_id")
_NOT_PROVIDED: Final = "[not provided]"  # Salesforce takes no lead without a company


def _of_company(company: Company, side: int, differs: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Name, telephone, employees and city as one side has them."""
    own = {
        "name": company.name,
        "phone": company.phone,
        "employees": str(company.employees),
        "city": company.place.city,
    }
    return own | {name: values[side] for name, values in differs.items()}


def account(
    company: Company, differs: Mapping[str, tuple[str, str]], owner_id: str | None, *, bare: bool = False
) -> Values:
    sided = _of_company(company, 0, differs)
    return _filled(
        {
            "Name": sided["name"],
            "Website": f"https://www.{company.domain}",
            "Phone": sided["phone"],
            "Industry": company.trade.salesforce,
            "NumberOfEmployees": int(sided["employees"]),
            "AnnualRevenue": float(company.revenue),
            "BillingStreet": company.street,
            "BillingCity": sided["city"],
            "BillingState": company.place.state,
            "BillingPostalCode": company.place.postal,
            "BillingCountry": company.place.country,
            "Description": company.description if company.number % 2 else "",
            "OwnerId": owner_id,
        },
        _BARE_ACCOUNT if bare else (),
    )


def hubspot_company(
    company: Company, differs: Mapping[str, tuple[str, str]], owner_id: str | None, *, bare: bool = False
) -> Values:
    sided = _of_company(company, 1, differs)
    return _filled(
        {
            "name": sided["name"],
            "domain": company.domain,
            "phone": sided["phone"],
            "industry": company.trade.hubspot,
            "numberofemployees": sided["employees"],
            "annualrevenue": str(company.revenue),
            "address": company.street,
            "city": sided["city"],
            "state": company.place.state,
            "zip": company.place.postal,
            "country": company.place.country,
            "founded_year": str(company.founded),
            "web_technologies": _known_technologies(company),
            "description": company.description if company.number % 5 else "",
            "hubspot_owner_id": owner_id,
        },
        _BARE_COMPANY if bare else (),
    )


def _known_technologies(company: Company) -> str:
    """Marketing's crawler sees only some companies."""
    if company.number % 3:
        return ""
    return ";".join(sorted(name.lower().replace(" ", "_") for name in company.technologies))


def lead(world: World, person: Person, stands: Standing, owner_id: str | None) -> Values:
    company = None if person.company is None else world.company(person.company)
    lots = chance.number(world.seed, "lead", person.number)
    return _filled(
        {
            "FirstName": _sided(person, "first_name", 0, stands.differs),
            "LastName": _sided(person, "last_name", 0, stands.differs),
            "Email": _sided(person, "email", 0, stands.differs),
            "Title": _sided(person, "job_title", 0, stands.differs),
            "Phone": _sided(person, "phone", 0, stands.differs),
            "MobilePhone": person.mobile,
            "City": _sided(person, "city", 0, stands.differs),
            "State": person.place.state,
            "Country": person.place.country,
            "Company": _NOT_PROVIDED if stands.bare else company_written(world, person) or "private",
            "Website": "" if company is None else company.domain,
            "Industry": "" if company is None or lots & 1 else company.trade.salesforce,
            "NumberOfEmployees": None if company is None or lots & 2 else company.employees,
            "LeadSource": _LEAD_SOURCES[lots // 8 % len(_LEAD_SOURCES)],
            "Status": _STATUSES[lots // 64 % len(_STATUSES)],
            "OwnerId": owner_id,
        },
        _BARE_LEFT if stands.bare else (),
    )


def contact(person: Person, stands: Standing, account_id: str, owner_id: str | None) -> Values:
    return _filled(
        {
            "AccountId": account_id,
            "FirstName": _sided(person, "first_name", 0, stands.differs),
            "LastName": _sided(person, "last_name", 0, stands.differs),
            "Email": _sided(person, "email", 0, stands.differs),
            "Title": _sided(person, "job_title", 0, stands.differs),
            "Department": person.department,
            "Phone": _sided(person, "phone", 0, stands.differs),
            "MobilePhone": person.mobile,
            "MailingCity": _sided(person, "city", 0, stands.differs),
            "MailingState": person.place.state,
            "MailingCountry": person.place.country,
            "OwnerId": owner_id,
        },
        _BARE_LEFT if stands.bare else (),
    )


def hubspot_contact(
    world: World, person: Person, stands: Standing, company_id: str | None, owner_id: str | None
) -> Values:
    company = None if person.company is None else world.company(person.company)
    lots = chance.number(world.seed, "contact", person.number)
    stage = "lead" if stands.differs else _STAGES[lots // 8 % len(_STAGES)]
    return _filled(
        {
            "firstname": _sided(person, "first_name", 1, stands.differs),
            "lastname": _sided(person, "last_name", 1, stands.differs),
            "email": _sided(person, "email", 1, stands.differs),
            "jobtitle": _sided(person, "job_title", 1, stands.differs),
            "phone": _sided(person, "phone", 1, stands.differs),
            "mobilephone": person.mobile,
            "city": _sided(person, "city", 1, stands.differs),
            "state": person.place.state,
            "country": person.place.country,
            "company": company_written(world, person),
            "website": "" if company is None or lots & 1 else company.domain,
            "lifecyclestage": stage,
            "hs_analytics_source": _SOURCES[lots // 64 % len(_SOURCES)],
            "associatedcompanyid": company_id,
            "hubspot_owner_id": owner_id,
        },
        _BARE_RIGHT if stands.bare else (),
    )
