"""Short words for policies, offers and answers, and a desk that plays a whole waterfall without a store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from connectors.enrichment.provider import Answer, AnswerState, Found
from syncer.core.claims import Claim, by_field
from syncer.core.waterfall.answers import Remembered, Standing, after, heard, remember
from syncer.core.waterfall.policy import CREDIT, DAY_MS, Caps, EnrichmentPolicy, FieldPolicy, ProviderPolicy
from syncer.core.waterfall.purse import Purse
from syncer.core.waterfall.steps import Offer, Step, Who, next_step
from syncer.core.waterfall.values import Target
from syncer.core.waterfall.wants import WEAK, Want, fresh_words, wants

NOW_MS = 1_780_000_000_000
WHO = Who("account:acme.com", "account", {"domain": "acme.com"})


def field_policy(name: str, *waterfall: str, **more: Any) -> FieldPolicy:
    return FieldPolicy(name, waterfall, **({"ttl_ms": 90 * DAY_MS, "min_confidence": 0.6, "always": True} | more))


def policy(*fields: FieldPolicy, **more: Any) -> EnrichmentPolicy:
    names = dict.fromkeys(name for one in fields for name in one.waterfall)
    told: dict[str, Any] = {
        "providers": {name: ProviderPolicy(name, name) for name in names},
        "fields": {one.name: one for one in fields},
        "caps": Caps(100 * CREDIT, 100 * CREDIT),
    }
    return EnrichmentPolicy(**(told | more))


def offer(name: str, *fields: str, price: int = CREDIT) -> Offer:
    return Offer(name, frozenset(fields), frozenset({"account"}), (("domain",),), price)


def hit(*found: Found, state: str = "hit", credits: float = 1) -> Answer:
    return Answer(WHO.key, AnswerState(state), found, Decimal(str(credits)))


def answer(state: str, retry_at_ms: int = 0) -> Answer:
    return Answer(WHO.key, AnswerState(state), retry_at_ms=retry_at_ms)


def said(name: str, value: Any, confidence: float = 0.8, **more: Any) -> Found:
    return Found(name, value, confidence, **more)


@dataclass
class Desk:
    """One subject, played question by question; `script`: provider -> what it answers, in turn."""

    policy: EnrichmentPolicy
    offers: Mapping[str, Offer]
    who: Who = WHO
    now_ms: int = NOW_MS
    claims: list[Claim] = field(default_factory=list)
    asked: dict[str, Remembered] = field(default_factory=dict)
    standing: dict[str, Standing] = field(default_factory=dict)
    calls: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    capped: set[str] = field(default_factory=set)
    open_fields: frozenset[str] = frozenset()
    spent: int = 0
    purse: Purse = field(init=False)

    def __post_init__(self) -> None:
        self.purse = Purse(self.policy)

    def wanted(self) -> tuple[Want, ...]:
        return wants(self.policy, "account", True, self.open_fields, by_field(self.claims, self.now_ms), self.now_ms)

    def step(self) -> Step | None:
        known = by_field(self.claims, self.now_ms)
        told: dict[str, set[str]] = {}
        for name in self.policy.fields:
            for source in fresh_words([*known.get(name, ()), *known.get(WEAK + name, ())], self.now_ms):
                told.setdefault(source, set()).add(name)
        closed = {name: one.open_until_ms for name, one in self.standing.items()}
        made, caps = next_step(
            self.policy, self.offers, self.who, self.wanted(), self.asked, told, closed, self.purse, self.now_ms
        )
        self.capped.update(refusal.cap for refusal in caps)
        return made

    def take(self, step: Step, given: Answer) -> None:
        spent = int(given.credits * CREDIT)
        self.purse.take(step.provider, step.who.key, spent)
        self.spent += spent
        known = by_field(self.claims, self.now_ms)
        made = heard(
            self.policy, step.provider, "link", "account", given, known, lambda one: Target(one.name), self.now_ms
        )
        self.claims += made.claims
        self.refused += made.refused
        before = self.standing.get(step.provider, Standing(step.provider))
        self.standing[step.provider] = now = after(before, given, self.now_ms)
        self.asked[step.provider] = remember(
            self.policy,
            self.offers[step.provider],
            step,
            given,
            made.told,
            self.asked.get(step.provider),
            now.open_until_ms,
            "link",
            self.now_ms,
        )

    def run(self, script: Mapping[str, Answer]) -> list[tuple[str, tuple[str, ...]]]:
        """Asks until nothing is left to ask; returns the calls made."""
        made: list[tuple[str, tuple[str, ...]]] = []
        while (step := self.step()) is not None:
            assert len(made) < 50, "it goes on asking for ever"
            made.append((step.provider, step.fields))
            self.take(step, script.get(step.provider, answer("miss")))
        self.calls += made
        return made

    def known(self, name: str) -> Any:
        found = by_field(self.claims, self.now_ms).get(name, [])
        return max(found, key=lambda item: (item.observed_ms, item.confidence)).value if found else None

    def later(self, days: float) -> None:
        self.now_ms += int(days * DAY_MS)

    def renamed(self, domain: str) -> None:
        self.who = replace(self.who, known={"domain": domain})
