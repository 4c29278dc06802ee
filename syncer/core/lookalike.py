"""What makes accounts alike, which facts travel between them, and when a guess may be shown; as mappings declare it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from typing import Any, Final, Literal

DAY_MS: Final = 86_400_000


class FeatureKind(StrEnum):
    """How a feature is read and compared."""

    INDUSTRY = "industry"  # by the digits of NAICS that two have in common
    CHOICE = "choice"  # the same or not
    AMOUNT = "amount"  # by orders of magnitude
    YEAR = "year"
    OPTIONS = "options"  # what both have counts by how rare it is
    TEXT = "text"
    SENIORITY = "seniority"  # share of seniors among its people
    ENGAGEMENT = "engagement"  # answers that its people gave on forms, before the moment that is asked about


@dataclass(frozen=True, slots=True)
class Feature:
    """`fields`: the first of them that has a value counts; of options all together."""

    name: str
    kind: FeatureKind
    fields: tuple[str, ...]
    weight: float
    says: str  # "use", "size", "country": what a reason calls it


class FactKind(StrEnum):
    BOOLEAN = "boolean"
    CATEGORICAL = "categorical"
    NUMERIC = "numeric"
    DURATION = "duration"

    @property
    def measured(self) -> bool:
        return self in (FactKind.NUMERIC, FactKind.DURATION)


People = Literal["newest", "any", "highest"]


@dataclass(frozen=True, slots=True)
class TravellingFact:
    """A fact that accounts lend to those like them. `people`: what several people of one account come to."""

    name: str
    kind: FactKind
    says: str
    unit: str = ""
    people: People = "newest"
    min_support: int = 8
    half_life_days: int = 270
    cap: float = 0.8


@dataclass(frozen=True, slots=True)
class Floors:
    """The least evidence that a prediction rests on, and the least sure one that is shown."""

    accounts: int = 8
    positives: int = 5
    reps: int = 2
    likeness: float = 0.9  # the nearest account is liker than this share of random pairs
    claim: float = 0.5
    gap: float = 0.1  # between what is claimed and what came true, at most
    confirmations: int = 50  # before a prediction may claim more than the cap of its fact
    hold_out: int = 10  # tested claims, at least


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a segment on one field."""

    field: str
    any_of: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Where those that were found stand beside our fields: nowhere, unless it is declared."""

    list: bool = False  # a static list in HubSpot, of what was found itself
    people_list: bool = False  # one of the people of the accounts that were found
    campaign: str = ""  # a campaign in Salesforce, by its name
    at_most: int = 10_000  # members; where it would be more, nothing is changed
    version: int = 1  # of the declaration: a list that somebody deleted is made again under another one only


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the market that was declared: all of its conditions hold."""

    name: str
    conditions: tuple[Condition, ...]
    path: str = ""
    listing: Listing = Listing()


@dataclass(frozen=True, slots=True)
class Outbound:
    """Whom to call: accounts that fit and with whom nobody spoke, and people who qualified and were forgotten."""

    quiet_days: int = 90
    count: int = 50
    fit: Listing = Listing()
    forgotten: Listing = Listing()


@dataclass(frozen=True, slots=True)
class Lookalike:
    """mappings/lookalike.toml and the segments beside it."""

    features: tuple[Feature, ...]
    facts: tuple[TravellingFact, ...]
    statuses: tuple[str, ...] = ()
    floors: Floors = Floors()
    hold_out: float = 0.2
    control: float = 0.1
    expires_days: int = 180
    supporters: int = 15
    hub_cap: float = 0.05  # share of the predicted accounts that one account may support
    new_answers: int = 25  # after which models are fitted anew before their time
    segments: tuple[Segment, ...] = field(default=())
    outbound: Outbound = Outbound()

    @property
    def fingerprint(self) -> str:
        """Changes with everything that a model depends on."""
        told = repr((self.features, self.facts, self.statuses, self.floors, self.hold_out, self.supporters))
        return blake2b(told.encode(), digest_size=8).hexdigest()

    def fact(self, name: str) -> TravellingFact | None:
        return next((one for one in self.facts if one.name == name), None)


def share_of(account: str, purpose: str) -> float:
    """A number from 0 to 1 for each account, the same for ever: who is held out, and who is a control."""
    digest = blake2b(f"{purpose}:{account}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def held_out(policy: Lookalike, account: str) -> bool:
    """Its answers are never learned from, only tested on."""
    return share_of(account, "hold-out") < policy.hold_out


def is_control(policy: Lookalike, account: str) -> bool:
    """Its predictions are kept from everybody, to compare with."""
    return share_of(account, "control") < policy.control


def in_segment(segment: Segment, values: Mapping[str, Any]) -> bool:
    """Unknown values meet no condition."""
    return all(_meets(one, values.get(one.field)) for one in segment.conditions)


def _meets(condition: Condition, value: Any) -> bool:
    if value is None or value == "":
        return False
    if condition.any_of:
        wanted = {one.casefold() for one in condition.any_of}
        held = value if isinstance(value, frozenset | set | list | tuple) else (value,)
        return any(str(one).casefold() in wanted for one in held)
    try:
        number = float(value)
    except (TypeError, ValueError):
        return False
    return (condition.at_least is None or number >= condition.at_least) and (
        condition.at_most is None or number <= condition.at_most
    )
