"""What is the same for every question of one run: the providers as they offer themselves, their standing, the purse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from connectors.enrichment.provider import Provider
from syncer.core.canon import canoniser
from syncer.core.fields import SIDES, FieldMap, FieldType, KindMap
from syncer.core.values import UncanonicalError
from syncer.core.waterfall.answers import Standing
from syncer.core.waterfall.policy import CREDIT, EnrichmentPolicy, FieldPolicy
from syncer.core.waterfall.purse import Purse, purse
from syncer.core.waterfall.steps import Offer
from syncer.core.waterfall.values import Target
from syncer.stages.context import Context
from syncer.store.ports import Tx

TURN_MIN: Final = 20  # subjects that have their turn together, at least


@dataclass(slots=True)
class Desk:
    """What is the same for every call of one run: providers as they offer themselves, their standing, the purse."""

    context: Context
    policy: EnrichmentPolicy
    providers: Mapping[str, Provider]
    standing: dict[str, Standing]
    target: Callable[[FieldPolicy], Target]
    purse: Purse = field(init=False)
    day: str = ""
    asked: int = 0  # questions of this stage so far
    left: Counter[str] = field(default_factory=Counter)  # subjects that had no turn, by what stood in the way
    _offers: dict[str, dict[str, Offer]] = field(default_factory=dict)

    def offers(self, of: str) -> dict[str, Offer]:
        if of not in self._offers:
            self._offers[of] = {name: offer_of(name, one, of) for name, one in self.providers.items()}
        return self._offers[of]

    def closed(self) -> dict[str, int]:
        return {name: one.open_until_ms for name, one in self.standing.items() if one.open_until_ms}

    def out_of_time(self) -> bool:
        since_ms = self.context.asking_since_ms
        return self.context.clock.now_ms() - since_ms >= self.context.settings.enrich_ms

    def turn_ms(self, why: str, subjects: int, first_ms: int, apart_ms: int) -> int:
        """When they have their turn: as many at a time as this run could serve, so that a long queue is not stirred up
        as a whole each time."""
        place = self.left[why]
        self.left[why] += subjects
        return first_ms + place // max(TURN_MIN, self.asked) * apart_ms

    def count(self, tx: Tx) -> None:
        """The purse as the store has it: also what other processes spent today."""
        self.day = today(self.context)
        run_id = self.context.report.run_id
        names = sorted({*self.policy.providers, *self.standing})
        spent_run = {name: tx.spends.total(name, run_id=run_id) for name in names}
        self.purse = purse(self.policy, spent_run, {name: tx.spends.total(name, day=self.day) for name in names})
        self.purse.subject = self.context.spent_on


def offer_of(name: str, provider: Provider, of: str) -> Offer:
    """What a provider offers of that kind. `fields` and `needed` by kind are finer than the protocol asks for."""
    offers = getattr(provider, "fields", {}).get(of, provider.offers)
    needs = getattr(provider, "needed", {}).get(of, provider.needs)
    return Offer(name, frozenset(offers), provider.kinds, tuple(map(tuple, needs)), amount(provider.price))


def amount(credits: Decimal) -> int:
    """Thousandths, rounded up: a cap is never exceeded by a rounding."""
    return -int(-credits * CREDIT // 1)


def today(context: Context) -> str:
    return datetime.fromtimestamp(context.clock.now_ms() / 1000, UTC).date().isoformat()


def open_desk(context: Context, policy: EnrichmentPolicy) -> Desk:
    providers = {name: one for name, one in context.providers.items() if name in policy.providers}
    with context.store.snapshot() as tx:
        names = Standing.__slots__
        standing = {
            row.provider: Standing(**{part: getattr(row, part) for part in names}) for row in tx.providers.list()
        }
        desk = Desk(context, policy, providers, standing, targets(context, policy))
        desk.count(tx)
    return desk


def targets(context: Context, policy: EnrichmentPolicy) -> Callable[[FieldPolicy], Target]:
    """What each field of the policy holds, by the mapping of what it is about and the options of the live fields."""
    made: dict[str, Target] = {}

    def target(one: FieldPolicy) -> Target:
        if one.name not in made:
            kind = context.known_kind(one.of)
            mapped = kind.field_named(one.name) if kind is not None and kind.knows(one.name) else None
            options = _options(context, kind, mapped) if kind is not None and mapped is not None else frozenset()
            made[one.name] = Target(one.name, mapped, options, policy.currency, policy.rates)
        return made[one.name]

    return target


def _options(context: Context, kind: KindMap, mapped: FieldMap) -> frozenset[str]:
    """Canonical options of the sides that may be written."""
    if mapped.type not in (FieldType.CHOICE, FieldType.CHOICES):
        return frozenset()
    found: set[str] = set()
    for side in SIDES:
        for object_name in kind.objects(side) if side != mapped.read_only else ():
            schema, name = context.schemas.get((side, object_name)), mapped.on(side, object_name)
            spec = schema.fields.get(name) if schema is not None and name is not None else None
            for option, _label in (spec.options or ()) if spec is not None else ():
                try:
                    value = canoniser(mapped, side)(option)
                except UncanonicalError:
                    continue
                found |= value if isinstance(value, frozenset) else {str(value)}
    return frozenset(found)
