"""What each vendor believes of each company: a pure function of seed, vendor and number, so that vendors disagree as
real ones do: unknown companies, gaps, figures within noise or out of date, neighbouring industries, former names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from sandbox import chance
from sandbox.population.words import TECHNOLOGIES, TRADES, Place, Trade
from sandbox.population.world import Company
from sandbox.vendors.state import VendorState

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Habits:
    """How well a vendor knows its field; all shares between 0 and 1.

    `gaps`: how often it lacks a value, by attribute of `Knowledge`. `noise`: standard deviation of figures, in parts.
    `stale`: how many of its entries are years old. `wrong`: how many are put into a neighbouring trade.
    """

    reach: float = 0.75
    gaps: Mapping[str, float] = field(default_factory=dict)
    noise: float = 0.04
    stale: float = 0.06
    wrong: float = 0.03
    sees: float = 0.0  # share of a company's technologies that it detects


HABITS: Final[Mapping[str, Habits]] = {
    "pdl": Habits(0.80, {"employees": 0.05, "trade": 0.08, "founded": 0.15, "place": 0.06, "linkedin": 0.1}),
    "apollo": Habits(
        0.74,
        {"employees": 0.08, "trade": 0.06, "revenue": 0.35, "founded": 0.2, "phone": 0.3, "linkedin": 0.1},
        noise=0.08,
        sees=0.7,
    ),
    "hunter": Habits(
        0.62,
        {"employees": 0.25, "trade": 0.12, "revenue": 0.6, "founded": 0.2, "phone": 0.4, "linkedin": 0.2},
        noise=0.12,
        sees=0.5,
    ),
    "builtwith": Habits(0.88, {"trade": 1.0, "employees": 1.0, "phone": 0.3, "place": 0.2}, sees=0.9),
}
_SOMEONE: Final = Habits()


@dataclass(frozen=True, slots=True)
class Sighting:
    """A technology as a crawler saw it; the newest sighting of one that was given up is long past."""

    name: str
    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class Knowledge:
    """One vendor's entry. None: it does not know that. `seen_ms`: when it last looked."""

    company: Company  # as it really is: for its number and domain
    name: str
    former_name: str | None
    seen_ms: int
    stale: bool
    trade: Trade | None = None
    employees: int | None = None
    revenue: int | None = None
    founded: int | None = None
    phone: str | None = None
    place: Place | None = None
    linkedin: str | None = None
    sightings: tuple[Sighting, ...] = ()

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "former_name": self.former_name,
            "seen_ms": self.seen_ms,
            "stale": self.stale,
            "industry": None if self.trade is None else self.trade.name,
            "employees": self.employees,
            "revenue": self.revenue,
            "founded": self.founded,
            "phone": self.phone,
            "city": None if self.place is None else self.place.city,
            "country": None if self.place is None else self.place.country,
            "technologies": {sighting.name: sighting.last_ms for sighting in self.sightings},
        }


def knowledge(state: VendorState, company: Company) -> Knowledge | None:
    """The vendor's entry of the company, or None where it has none. Only when it last looked depends on the clock."""
    world, habits = state.world, HABITS.get(state.name, _SOMEONE)
    rng = chance.generator(world.seed, "vendor", state.name, company.number)
    if rng.random() >= habits.reach:
        return None
    stale = rng.random() < habits.stale
    noise = 1 + rng.gauss(0, habits.noise)
    trade = _neighbour(company.trade, rng) if rng.random() < habits.wrong else company.trade
    told = {
        "trade": trade,
        "employees": max(1, round(company.employees * noise * (0.7 if stale else 1))),
        "revenue": int(round(company.revenue * noise * (0.7 if stale else 1), -5)),
        "founded": company.founded + (rng.choice((-1, 1)) if rng.random() < 0.1 else 0),
        "phone": company.phone,
        "place": company.place,
        "linkedin": company.domain.partition(".")[0],
    }
    missing = {name for name in told if rng.random() < habits.gaps.get(name, 0.0)}
    former = company.former_name
    every_ms = (900 if stale else 45) * DAY_MS
    age_ms = (state.clock.now_ms() - int(rng.random() * every_ms)) % every_ms
    seen_ms = state.clock.now_ms() - (age_ms // 2 + every_ms // 2 if stale else age_ms)
    return Knowledge(
        company=company,
        name=former if former is not None and stale else company.name,
        former_name=None if stale else former,
        seen_ms=seen_ms,
        stale=stale,
        sightings=_sightings(company, habits.sees, seen_ms, rng),
        **{name: value for name, value in told.items() if name not in missing},
    )


def _neighbour(trade: Trade, rng: Random) -> Trade:
    place = TRADES.index(trade)
    return TRADES[(place + rng.choice((-1, 1))) % len(TRADES)]


def _sightings(company: Company, sees: float, seen_ms: int, rng: Random) -> tuple[Sighting, ...]:
    """What it runs and the vendor noticed, and at times one that it gave up long ago."""
    if not sees:
        return ()
    made = []
    for name in company.technologies:
        first_ms = seen_ms - rng.randrange(100, 1500) * DAY_MS
        if rng.random() < sees:
            made.append(Sighting(name, first_ms, seen_ms - rng.randrange(0, 20) * DAY_MS))
    gone = rng.choice(TECHNOLOGIES)
    if rng.random() < 0.4 and gone not in company.technologies:
        made.append(Sighting(gone, seen_ms - 1500 * DAY_MS, seen_ms - rng.randrange(500, 900) * DAY_MS))
    return tuple(sorted(made, key=lambda sighting: sighting.name))
