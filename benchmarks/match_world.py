"""Made-up companies and the leads that come from them, as messy as forms are: what the shipped weights are fitted on.

Everything follows from the seed. The shares of noise are those that were found in practice: one lead in five belongs
to no account, one in four writes from a free mail address, one in six names no company, one in five has a slip.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

_LISTS: Final = tomllib.loads(Path(__file__).with_name("match_words.toml").read_text("utf-8"))
WORDS, TRADES, SURNAMES, SYLLABLES = (_LISTS[name].split() for name in ("words", "trades", "surnames", "syllables"))
ENDINGS: Final = (
    "fy",
    "ly",
    "io",
    "ify",
    "ster",
    "able",
    "box",
    "base",
    "hub",
    "loop",
    "stack",
    "wise",
    "era",
    "ia",
    "o",
)
FORMS: Final = {
    "US": ("Inc.", "LLC", "Corp.", "Inc", ", Inc.", "Corporation", "Co."),
    "GB": ("Ltd", "Limited", "plc", "LLP"),
    "DE": ("GmbH", "AG", "GmbH & Co. KG"),
    "FR": ("SAS", "S.A.", "SARL"),
    "NL": ("B.V.", "N.V."),
    "ES": ("S.L.", "S.A."),
    "SE": ("AB",),
    "IN": ("Pvt. Ltd.", "Private Limited"),
    "JP": ("K.K.", "Co., Ltd."),
    "AU": ("Pty Ltd",),
}
PLACES: Final = (
    *(("San Francisco", "CA", "US"), ("New York", "NY", "US"), ("Austin", "TX", "US"), ("Boston", "MA", "US")),
    *(("Seattle", "WA", "US"), ("Chicago", "IL", "US"), ("Denver", "CO", "US"), ("Palo Alto", "CA", "US")),
    *(("Los Angeles", "CA", "US"), ("Atlanta", "GA", "US"), ("Mountain View", "CA", "US"), ("Portland", "OR", "US")),
    *(
        ("London", "", "GB"),
        ("Manchester", "", "GB"),
        ("Berlin", "", "DE"),
        ("Munich", "", "DE"),
        ("Hamburg", "", "DE"),
    ),
    *(("Paris", "", "FR"), ("Lyon", "", "FR"), ("Amsterdam", "", "NL"), ("Madrid", "", "ES"), ("Stockholm", "", "SE")),
    *(("Bangalore", "", "IN"), ("Mumbai", "", "IN"), ("Tokyo", "", "JP"), ("Sydney", "NSW", "AU")),
)
ENDINGS_OF_WEB: Final = {
    "GB": "co.uk",
    "DE": "de",
    "FR": "fr",
    "NL": "nl",
    "ES": "es",
    "SE": "se",
    "IN": "in",
    "JP": "co.jp",
}
FREE: Final = ("gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "gmx.de", "icloud.com", "web.de", "aol.com")

Row = dict[str, str]


@dataclass(slots=True)
class Company:
    """The truth about one company, whether it is among the accounts or not."""

    name: str
    place: tuple[str, str, str]
    domain: str
    phone: str
    former: str = ""
    other_domains: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class World:
    accounts: Sequence[Row]
    leads: Sequence[Row]
    truth: dict[str, str]  # lead -> account; leads of no account are missing


def world(seed: int, accounts: int, leads: int) -> World:
    rng = Random(seed)  # noqa: S311 (a seeded world, no secret)
    companies = _companies(rng, round(accounts * 1.25))
    rng.shuffle(companies)
    kept, absent = companies[:accounts], companies[accounts:]
    rows = [_account(rng, place, company) for place, company in enumerate(kept)]
    made, truth = [], {}
    for number in range(leads):
        place = rng.randrange(len(kept))
        company = rng.choice(absent) if rng.random() < 0.2 else kept[place]
        made.append(_lead(rng, f"L{number}", company))
        if company is kept[place]:
            truth[f"L{number}"] = rows[place]["id"]
    return World(rows, made, truth)


def _companies(rng: Random, count: int) -> list[Company]:
    """Nobody owns a domain that another registered, and names differ except where they are meant to be the same."""
    made: list[Company] = []
    names: set[str] = set()
    domains: set[str] = set()
    while len(made) < count:
        kind = rng.random()
        if made and kind < 0.015:
            new = _company(rng, rng.choice(made).name)  # a namesake elsewhere
        elif made and kind < 0.055:
            mother = rng.choice(made)
            new = _daughter(rng, mother)
            domains.discard(new.domain if new.domain == mother.domain else "")
        else:
            new = _company(rng, _name(rng))
            if new.name in names:
                continue
        if new.domain not in domains:
            names.add(new.name)
            domains.add(new.domain)
            made.append(new)
    return made


def _company(rng: Random, name: str) -> Company:
    place = rng.choice(PLACES)
    label = "".join(name.lower().replace("&", "").replace("-", "").split())
    styles = (label, label, label, label, f"get{label}", f"{label}hq", f"{label[:4]}{rng.choice(SYLLABLES)}")
    ending = (
        ENDINGS_OF_WEB.get(place[2], "com")
        if rng.random() < 0.5
        else rng.choice(("com", "com", "com", "io", "co", "ai"))
    )
    domain = f"{rng.choice(styles)}.{ending}"
    others = [f"{label}.{rng.choice(('net', 'org', 'eu', 'de', 'com'))}"] if rng.random() < 0.1 else []
    if rng.random() < 0.05:  # a brand, or a part that was bought
        others = ["".join(rng.choice(SYLLABLES) for _ in range(4)) + ".com"]
    former = _name(rng) if rng.random() < 0.1 else ""
    return Company(name, place, domain, _phone(rng), former, [other for other in others if other != domain])


def _daughter(rng: Random, mother: Company) -> Company:
    """A subsidiary: the mother's name and a place or trade; its domain is its own, or the mother's."""
    place = rng.choice(PLACES)
    land = {"DE": "Deutschland", "GB": "UK", "FR": "France", "US": "North America", "IN": "India"}.get(
        place[2], "Europe"
    )
    name = f"{mother.name} {rng.choice((land, rng.choice(TRADES).title()))}"
    own = "".join(name.lower().replace("&", "").split()) + f".{ENDINGS_OF_WEB.get(place[2], 'com')}"
    return Company(name, place, mother.domain if rng.random() < 0.1 else own, _phone(rng))


def _name(rng: Random) -> str:
    kind = rng.random()
    word = rng.choice(WORDS).title()
    if kind < 0.30:
        return "".join(rng.choice(SYLLABLES) for _ in range(rng.choice((2, 2, 3)))).title() + rng.choice(
            (*ENDINGS, "", "")
        )
    if kind < 0.40:
        return word + rng.choice(WORDS)
    if kind < 0.48:
        return word + rng.choice(ENDINGS)
    if kind < 0.78:
        return f"{word} {rng.choice((rng.choice(TRADES), rng.choice(WORDS))).title()}"
    if kind < 0.88:
        return f"{rng.choice(SURNAMES).title()} {rng.choice(TRADES).title()}"
    if kind < 0.94:
        return f"{rng.choice(SURNAMES).title()} & {rng.choice(SURNAMES).title()}"
    return f"{word} {rng.choice(WORDS).title()} {rng.choice(TRADES).title()}"


def _phone(rng: Random) -> str:
    return f"+1 {rng.randint(201, 989)} {rng.randint(200, 999)} {rng.randint(1000, 9999)}"


def _account(rng: Random, number: int, company: Company) -> Row:
    city, state, country = company.place
    form = f" {rng.choice(FORMS[country])}" if rng.random() < 0.5 else ""
    name = f"{company.name}{form}"
    if company.former and rng.random() < 0.3:
        name += f" (formerly {company.former})"
    return {
        "id": f"A{number}",
        "name": name,
        "website": f"https://www.{company.domain}/" if rng.random() < 0.92 else "",
        "phone": company.phone if rng.random() < 0.4 else "",
        "city": city if rng.random() < 0.9 else "",
        "state": state if rng.random() < 0.8 else "",
        "country": country if rng.random() < 0.85 else "",
    }


def _lead(rng: Random, number: str, company: Company) -> Row:
    city, state, country = company.place if rng.random() < 0.94 else rng.choice(PLACES)
    mail = rng.choice(FREE) if rng.random() < 0.26 else company.domain
    if company.other_domains and mail == company.domain and rng.random() < 0.5:
        mail = rng.choice(company.other_domains)
    if mail == company.domain and rng.random() < 0.02:
        mail = _slip(rng, company.domain)
    return {
        "id": number,
        "name": f"Pat {rng.choice(SURNAMES).title()}",
        "email": f"pat{rng.randint(1, 9999)}@{mail}",
        "company": _written(rng, company) if rng.random() < 0.83 else "",
        "website": company.domain if mail == company.domain and rng.random() < 0.15 else "",
        "phone": company.phone if rng.random() < 0.15 else (_phone(rng) if rng.random() < 0.3 else ""),
        "city": city if rng.random() < 0.7 else "",
        "state": state if rng.random() < 0.5 else "",
        "country": country if rng.random() < 0.5 else "",
    }


def _written(rng: Random, company: Company) -> str:
    name = company.former if company.former and rng.random() < 0.7 else company.name
    if rng.random() < 0.19:
        name = _slip(rng, name)
        name = _slip(rng, name) if rng.random() < 0.25 else name
    if rng.random() < 0.3:
        name += f" {rng.choice(FORMS[company.place[2]])}"
    if rng.random() < 0.05 and len(name.split()) > 2:
        name = " ".join(name.split()[:-1])
    return rng.choice((str, str, str, str.lower, str.upper, str.title))(name)


def _slip(rng: Random, text: str) -> str:
    """One letter left out, doubled, swapped with the next, or replaced."""
    at = rng.randrange(1, max(2, len(text) - 1))
    kind = rng.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at - 1] + text[at:]
    if kind == 2:
        return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
    return text[:at] + rng.choice("abcdefghijklmnopqrstuvwxyz") + text[at + 1 :]
