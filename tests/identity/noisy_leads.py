"""Real and invented companies, and leads as forms and trade fairs bring them: a second world, made by other rules.

The shipped weights were fitted on `benchmarks.match_world`; nothing here is shared with it. Names are those of the S&P
500, words made by a chain of letters learned from them, and languages of the world with a trade.
"""

from __future__ import annotations

import csv
import string
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random

from babel import Locale

ROOT = Path(__file__).resolve().parents[2]
TOWNS = {
    "United States": [
        ("Cleveland", "Ohio"),
        ("Miami", "Florida"),
        ("Dallas", "Texas"),
        ("Phoenix", "Arizona"),
        ("Reno", "NV"),
    ],
    "Germany": [("Köln", ""), ("Stuttgart", ""), ("Leipzig", "")],
    "United Kingdom": [("Leeds", ""), ("Bristol", "")],
    "France": [("Lille", ""), ("Toulouse", "")],
    "Canada": [("Toronto", "Ontario"), ("Montréal", "Quebec")],
    "Poland": [("Kraków", ""), ("Gdańsk", "")],
    "Brazil": [("São Paulo", ""), ("Recife", "")],
}
SPELLINGS = {
    "United States": ["USA", "US", "United States", "U.S."], "Germany": ["Deutschland", "DE", "Germany"],
    "United Kingdom": ["UK", "GB", "England"], "France": ["France", "FR", "FRA"], "Canada": ["CA", "Canada"],
    "Poland": ["Polska", "PL"], "Brazil": ["Brasil", "BR", "Brazil"],
}  # fmt: skip
FORMS = {
    "United States": ["Inc", "L.L.C.", "Corp", "Company"], "Germany": ["GmbH", "AG", "GmbH & Co. KG"],
    "United Kingdom": ["Limited", "PLC"], "France": ["S.A.S.", "SARL"], "Canada": ["Ltd.", "Inc."],
    "Poland": ["Sp. z o.o.", "S.A."], "Brazil": ["Ltda.", "S.A."],
}  # fmt: skip
TRADES = [
    "Cloud",
    "Freight",
    "Bakeries",
    "Clinics",
    "Robots",
    "Lending",
    "Studios",
    "Tools",
    "Grid",
    "Outdoor",
    "Cargo",
    "Optics",
]
WEB = ["com", "com", "com", "net", "io", "eu", "co.uk", "com.br"]
PRIVATE = ["gmail.com", "yahoo.co.uk", "gmx.net", "outlook.com", "proton.me", "libero.it"]
NEXT_KEY = {a: b for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for a, b in pairwise(row)}


@dataclass
class Firm:
    name: str
    country: str
    town: tuple[str, str]
    web: str
    phone: str
    once: str = ""
    daughter_web: str = ""


def sp500() -> list[dict[str, str]]:
    with (ROOT / "tests" / "data" / "sp500" / "constituents.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def noisy(seed: int, size: int, leads: int) -> tuple[list[dict[str, str]], list[dict[str, str]], dict[str, str]]:
    """Accounts, leads, and which account each lead belongs to (leads that belong to none are not in it)."""
    rng = Random(seed)
    firms = _firms(rng, size + size // 4)
    rng.shuffle(firms)
    accounts = [_account(rng, f"001{number:05}", firm) for number, firm in enumerate(firms[:size])]
    rows, truth = [], {}
    for number in range(leads):
        which = rng.randrange(size, len(firms)) if number % 5 == 0 else rng.randrange(size)
        rows.append(_lead(rng, f"00Q{number:05}", firms[which]))
        if which < size:
            truth[rows[-1]["id"]] = accounts[which]["id"]
    return accounts, rows, truth


def _firms(rng: Random, count: int) -> list[Firm]:
    names = list(dict.fromkeys([row["Security"] for row in sp500()] + _invented(rng, count)))[: count - count // 25]
    firms, webs = [], set()
    for name in names:
        country = rng.choices(list(TOWNS), weights=[10, 4, 3, 2, 2, 1, 1])[0]
        web = f"{_slug(name)}.{rng.choice(WEB)}"
        once = rng.choice(_invented(rng, 5)) if rng.random() < 0.09 else ""
        daughter = (
            f"{_slug(name)[:3]}{rng.randrange(10, 99)}-{rng.choice(TRADES).lower()}.com" if rng.random() < 0.06 else ""
        )
        if web not in webs:
            webs.add(web)
            firms.append(Firm(name, country, rng.choice(TOWNS[country]), web, _number(rng), once, daughter))
    while len(firms) < count:  # the same name in another country
        twin = rng.choice(firms)
        country = rng.choice([land for land in TOWNS if land != twin.country])
        web = f"{_slug(twin.name)}-{country[:2].lower()}.{rng.choice(WEB)}"
        if web not in webs:
            webs.add(web)
            firms.append(Firm(twin.name, country, rng.choice(TOWNS[country]), web, _number(rng)))
    return firms


def _invented(rng: Random, count: int) -> list[str]:
    follow: defaultdict[str, list[str]] = defaultdict(list)
    for row in sp500():
        for word in row["Security"].lower().split():
            if word.isascii() and word.isalpha() and len(word) > 3:
                for at in range(len(word) - 2):
                    follow[word[at : at + 2]].append(word[at + 2])
    starts = [pair for pair in sorted(follow) if len(follow[pair]) > 4]
    tongues = sorted(name for name in Locale("en").languages.values() if name.isascii() and name.isalpha())
    made = []
    for _ in range(count):
        word, length = rng.choice(starts), rng.randint(5, 9)
        while len(word) < length and follow.get(word[-2:]):
            word += rng.choice(follow[word[-2:]])
        kind = rng.randrange(4)
        coined, tongue, trade = word.title(), rng.choice(tongues), rng.choice(TRADES)
        made.append([coined, f"{coined} {trade}", f"{tongue} {trade}", f"{tongue} {rng.choice(TRADES)} {trade}"][kind])
    return made


def _slug(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign in string.ascii_lowercase + string.digits)


def _number(rng: Random) -> str:
    return f"+44 20 {rng.randrange(10**7, 10**8)}"


def _account(rng: Random, key: str, firm: Firm) -> dict[str, str]:
    name = f"{firm.name} {rng.choice(FORMS[firm.country])}" if rng.random() < 0.6 else firm.name
    if firm.once and rng.random() < 0.5:
        name = f"{name} ({rng.choice(['formerly', 'fka', 'previously'])} {firm.once})"
    return {
        "id": key,
        "name": name,
        "email": f"info@{firm.web}" if rng.random() < 0.2 else "",
        "website": rng.choice(["http://{}", "https://www.{}/en/", "{}"]).format(firm.web)
        if rng.random() < 0.94
        else "",
        "phone": firm.phone if rng.random() < 0.5 else "",
        "city": firm.town[0],
        "state": firm.town[1],
        "country": rng.choice(SPELLINGS[firm.country]),
    }


def _lead(rng: Random, key: str, firm: Firm) -> dict[str, str]:
    web = rng.choice(PRIVATE) if rng.random() < 0.26 else firm.web
    if firm.daughter_web and web == firm.web:
        web = firm.daughter_web
    elif web == firm.web and rng.random() < 0.1:
        web = f"mail.{web}"
    company = firm.once if firm.once and rng.random() < 0.75 else firm.name
    if rng.random() < 0.19:
        company = _mistyped(rng, company)
    if rng.random() < 0.35:
        company = f"{company} {rng.choice(FORMS[firm.country])}"
    said = rng.random() < (0.83 if web != firm.daughter_web else 1.0)
    town, state = firm.town
    return {
        "id": key,
        "name": "Kim Doe",
        "email": f"Kim.Doe+fair@{web.upper() if rng.random() < 0.1 else web}",
        "company": rng.choice([company, company, company.lower(), company.upper(), f"  {company} "]) if said else "",
        "phone": firm.phone.replace("+44 ", "0") if rng.random() < 0.15 else "",
        "city": town if rng.random() < 0.7 else "",
        "state": state if rng.random() < 0.4 else "",
        "country": rng.choice(SPELLINGS[firm.country]) if rng.random() < 0.5 else "",
    }


def _mistyped(rng: Random, text: str) -> str:
    """A neighbouring key, a letter too few, or two letters the wrong way round."""
    places = [at for at, sign in enumerate(text) if sign.isalpha() and at]
    if len(places) < 4:
        return text
    at = rng.choice(places)
    return rng.choice([
        text[:at] + NEXT_KEY.get(text[at].lower(), "e") + text[at + 1 :],
        text[:at] + text[at + 1 :],
        text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :],
    ])  # fmt: skip
