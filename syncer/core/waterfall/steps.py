"""Which question comes next: the first provider of a waterfall that may be asked, for all fields it can answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, Protocol

from syncer.core.waterfall.policy import EnrichmentPolicy, Of
from syncer.core.waterfall.purse import Purse, Refusal
from syncer.core.waterfall.wants import Want

WAITING: Final = ("pending", "throttled", "unavailable", "bad_request", "out_of_credit", "unauthorised")


class Asked(Protocol):
    """What is remembered of a question: see `answers.Remembered`."""

    @property
    def fields(self) -> tuple[str, ...]: ...
    @property
    def state(self) -> str: ...
    @property
    def until_ms(self) -> int: ...
    @property
    def inputs(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Offer:
    """What a provider says of itself. `price`: what one question may cost at most."""

    name: str
    offers: frozenset[str]
    kinds: frozenset[str]
    needs: tuple[tuple[str, ...], ...]
    price: int


@dataclass(frozen=True, slots=True)
class Who:
    """Whom a question is about. `key`: subjects that share it share the answer. `known`: by names of the question."""

    key: str
    of: Of
    known: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One question: these fields of one subject from one provider, for at most `price`."""

    provider: str
    who: Who
    fields: tuple[str, ...]
    price: int


def price_of(policy: EnrichmentPolicy, offer: Offer) -> int:
    """What is reserved for one question."""
    cost = policy.providers[offer.name].cost
    return offer.price if cost is None else cost


def inputs_of(offer: Offer, who: Who) -> str:
    """A fingerprint of what the provider knows the subject by: where it changes, an old miss says nothing any more."""
    names = sorted({name for group in offer.needs for name in group})
    told = "\x1f".join(f"{name}={who.known.get(name, '').casefold()}" for name in names)
    return blake2b(told.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def may_ask(offer: Offer, who: Who, name: str, asked: Asked | None, now_ms: int) -> bool:
    """Whether this provider can and may be asked for that field of that subject now.

    A miss stands for all fields, a partial answer for those that it left out. What was asked under other inputs says
    nothing any more.
    """
    if name not in offer.offers or who.of not in offer.kinds:
        return False
    if not any(all(who.known.get(need) for need in group) for group in offer.needs):
        return False
    if asked is None or asked.until_ms <= now_ms or asked.inputs != inputs_of(offer, who):
        return True
    return asked.state != "miss" and asked.state not in WAITING and name not in asked.fields


def next_step(
    policy: EnrichmentPolicy,
    offers: Mapping[str, Offer],
    who: Who,
    wanted: Sequence[Want],
    asked: Mapping[str, Asked],
    said: Mapping[str, Collection[str]],
    closed: Mapping[str, int],
    purse: Purse,
    now_ms: int,
) -> tuple[Step | None, tuple[Refusal, ...]]:
    """The next question about one subject, and the caps that forbid one that would come before.

    `asked`: by provider, of this key. `said`: provider -> fields of which its word is known and fresh. `closed`:
    provider -> not to be called before then. Each field names the first provider of its waterfall that may be asked; of
    those the cheapest for each field it covers comes first, so that one call answers several fields and what is free is
    tried before what is paid.
    """
    able: dict[str, list[str]] = {}
    first: dict[str, int] = {}
    refused: dict[Refusal, None] = {}
    for place, want in enumerate(wanted):
        named = False
        for name in want.policy.waterfall:
            offer = offers.get(name)
            if offer is None or closed.get(name, 0) > now_ms or want.policy.name in said.get(name, ()):
                continue
            if not may_ask(offer, who, want.policy.name, asked.get(name), now_ms):
                continue
            if cap := purse.refusal(name, who.key, price_of(policy, offer)):
                refused[cap] = None
                continue
            able.setdefault(name, []).append(want.policy.name)
            if not named:
                first.setdefault(name, place)
                named = True
    if not first:
        return None, tuple(refused)

    def rank(name: str) -> tuple[float, int, int, str]:
        return price_of(policy, offers[name]) / len(able[name]), -len(able[name]), first[name], name

    chosen = min(first, key=rank)
    return Step(chosen, who, tuple(able[chosen]), price_of(policy, offers[chosen])), tuple(refused)
