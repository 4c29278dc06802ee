"""What may still be spent: every cap of the policy, counted down by what is reserved and settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from syncer.core.waterfall.policy import EnrichmentPolicy


class Refusal(NamedTuple):
    """Which cap forbids a question. `for_ever`: the cap is smaller than the price, so waiting changes nothing."""

    cap: str
    for_ever: bool


@dataclass(slots=True)
class Purse:
    """What was spent so far, by provider, in this run and today; by subject in this run.

    What is reserved counts as spent until it is settled, so that two reservations never share the last credit.
    """

    policy: EnrichmentPolicy
    run: Counter[str] = field(default_factory=Counter)
    day: Counter[str] = field(default_factory=Counter)
    subject: Counter[str] = field(default_factory=Counter)

    def refusal(self, provider: str, subject: str, amount: int) -> Refusal | None:
        """Which cap forbids it; None: it may be spent. What costs nothing is never forbidden."""
        if amount <= 0:
            return None
        own = self.policy.providers[provider].caps
        caps = self.policy.caps
        limits = (
            ("run", caps.run, self.run.total()),
            ("day", caps.day, self.day.total()),
            (f"run of {provider}", own.run, self.run[provider]),
            (f"day of {provider}", own.day, self.day[provider]),
            ("subject", caps.subject, self.subject[subject]),
            (f"subject of {provider}", own.subject, self.subject[subject]),
        )
        reached = [(name, cap) for name, cap, spent in limits if cap is not None and spent + amount > cap]
        if not reached:
            return None
        name, cap = next(((name, cap) for name, cap in reached if cap < amount), reached[0])
        return Refusal(name, cap < amount)

    def take(self, provider: str, subject: str, amount: int) -> None:
        """Reserves; a negative amount gives back what a question did not cost."""
        for counted, key in ((self.run, provider), (self.day, provider), (self.subject, subject)):
            counted[key] += amount


def purse(policy: EnrichmentPolicy, run: Mapping[str, int], day: Mapping[str, int]) -> Purse:
    """A purse from what the store has counted, by provider."""
    return Purse(policy, Counter(run), Counter(day))
