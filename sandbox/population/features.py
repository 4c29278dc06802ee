"""What marks a company: whom it hired, what it says of itself, and how that leans what it wants and how long it takes.

Chances grow with features and leave room for noise, so that a lookalike is worth something and never certain.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final

from sandbox import chance
from sandbox.population.offers import OFFERS
from sandbox.population.words import COMPANY_FIRST, COMPANY_SECOND, Trade

if TYPE_CHECKING:
    from sandbox.population.world import Company

ADVOCACY: Final = "Head of Customer Advocacy"
_HIRES: Final = (
    ("Head of Security Engineering", 0.15),
    ("VP Revenue Operations", 0.15),
    ("Director of Customer Success", 0.20),
)
_NEAR: Final = {"IT security": 1.0, "Software": 0.6, "IT services": 0.35}  # trades by how well the product suits them
_OTHER: Final = 0.1


@dataclass(frozen=True, slots=True)
class KeyHire:
    title: str
    months_ago: int


def made_for_it(number: int) -> bool:
    """One company in ten is what the product was made for, so that a small world has some of them, too."""
    return number == made_for_it_near(number)


def made_for_it_near(number: int) -> int:
    return number // 10 * 10 + 7


def key_hires(seed: int, number: int, trade: Trade, employees: int) -> tuple[KeyHire, ...]:
    """Who was hired in the last year, the newest first; small companies hire nobody of note."""
    if employees < 50:
        return ()
    rng = chance.generator(seed, "hires", number)
    advocacy = 0.15 + 0.25 * _NEAR.get(trade.name, _OTHER)
    chances = (*_HIRES, (ADVOCACY, 0.9 if made_for_it(number) else advocacy))
    made = [KeyHire(title, rng.randint(0, 12)) for title, often in chances if rng.random() < often]
    return tuple(sorted(made, key=lambda hire: hire.months_ago))


def advocates(hires: Collection[KeyHire]) -> bool:
    return any(hire.title == ADVOCACY for hire in hires)


def voice_chance(
    trade: Trade, technologies: Collection[str], uses_salesforce: bool, hires: Collection[KeyHire]
) -> float:
    """How likely a company looks for a voice-of-customer solution."""
    odds = math.log(trade.voice_share / (1 - trade.voice_share))
    odds += 1.8 * advocates(hires) + 0.9 * ("Zendesk" in technologies) + 0.8 * uses_salesforce - 0.9
    return 1 / (1 + math.exp(-odds))


def case_study_months(trade: Trade, rng: Random) -> tuple[int, int]:
    """From the first talk to a case study, shortest and longest: what is usual in the trade, give or take."""
    low, high = trade.case_study
    slip = rng.choice((-1, 1, 2)) if rng.random() < 0.2 else 0
    return max(1, low + slip), high + slip


def sales_cycle_months(employees: int, rng: Random) -> int:
    """The larger the longer."""
    return max(1, round(rng.gauss(1.5 + 1.5 * math.log(max(2, employees) / 10), 1.2)))


def fit(company: Company) -> float:
    """How well the product suits the company, from 0 to 1: what people there feel, and nobody knows."""
    sized = 1.0 if 100 < company.employees <= 2_000 else 0.3
    return (
        0.30 * _NEAR.get(company.trade.name, _OTHER)
        + 0.20 * company.uses_salesforce
        + 0.25 * company.wants_voice_of_customer
        + 0.10 * advocates(company.key_hires)
        + 0.15 * sized
    )


def description(seed: int, number: int, name: str, trade: Trade, city: str) -> str:
    """Two sentences of its own about it, which hint at the trade and do not name it."""
    offers, buyers, ways = OFFERS[trade.name]
    lots = chance.number(seed, "description", number)
    offer, buyer, way = offers[lots % len(offers)], buyers[lots // 8 % len(buyers)], ways[lots // 64 % len(ways)]
    return f"{name} {offer} for {buyer}. From {city}, its people {way}."


def former_name(seed: int, number: int, name: str) -> str | None:
    """What one company in eight was called before: a word that belongs to nobody, and its present ending."""
    rng = chance.generator(seed, "former name", number)
    if rng.random() >= 0.125:
        return None
    return f"{rng.choice(COMPANY_SECOND).title()}{rng.choice(COMPANY_FIRST).lower()} {name.split()[-1]}"
