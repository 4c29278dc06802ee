"""What admins declare of enrichment: providers with their caps, fields with their waterfalls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final, Literal

DAY_MS: Final = 86_400_000
CREDIT: Final = 1000  # thousandths
NEGATIVE_TTL_MAX_MS: Final = 180 * DAY_MS
Of = Literal["account", "person"]


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that may be spent, in thousandths of a credit; None: no cap of its own, 0: nothing."""

    run: int | None = None
    day: int | None = None
    subject: int | None = None  # within one run


@dataclass(frozen=True, slots=True)
class ProviderPolicy:
    """One provider. `cost`: what a question may cost at most, where that differs from what the connector says.

    `trust` is multiplied with the confidence of its answers. `source`: for files, what `connectors` needs to read it.
    """

    name: str
    kind: str
    cost: int | None = None
    caps: Caps = Caps()
    trust: float = 1.0
    source: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldPolicy:
    """One field. `waterfall`: providers in the order in which they are asked. `ttl_ms` 0: an answer never gets old.

    `agree`: so many sources must agree before no more are asked. `union`: all answers together count, so one provider
    is asked after the other for as long as the verdict depends on it. `person`: the name of the same fact on people
    who belong to no account yet; empty: the same.
    """

    name: str
    waterfall: tuple[str, ...]
    ttl_ms: int
    min_confidence: float
    agree: int = 1
    agree_within: float = 0.0
    union: bool = False
    always: bool = False
    of: Of = "account"
    person: str = ""

    def on(self, kind: str) -> str:
        """What its claims are called on a subject of that kind."""
        return self.person if kind == "person" and self.of == "account" and self.person else self.name


@dataclass(frozen=True, slots=True)
class EnrichmentPolicy:
    """The whole file. `rates`: what one unit of a currency is in `currency`, as the admin said."""

    providers: Mapping[str, ProviderPolicy]
    fields: Mapping[str, FieldPolicy]
    caps: Caps = Caps(0, 0)
    negative_ttl_ms: int = 30 * DAY_MS
    only_if_it_matters: bool = True
    currency: str = "USD"
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    path: str = ""


def with_daily_caps(policy: EnrichmentPolicy, credits_a_day: Mapping[str, int]) -> EnrichmentPolicy:
    """The policy, where no provider spends more a day than these whole credits; the smaller cap of the two holds."""
    providers = dict(policy.providers)
    for name, credits in credits_a_day.items():
        if name in providers:
            caps = providers[name].caps
            day = credits * CREDIT if caps.day is None else min(caps.day, credits * CREDIT)
            providers[name] = replace(providers[name], caps=replace(caps, day=day))
    return replace(policy, providers=providers)
