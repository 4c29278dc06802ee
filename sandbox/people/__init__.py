"""Simulated people who edit both systems while somebody syncs: seeded, so that the same people do the same things.

`roster` knows who can be edited, `acts` what people do. Nothing here looks at a wall clock or imports the population:
any filled pair of models will do.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from sandbox import chance
from sandbox.kernel import Refusal
from sandbox.people.acts import ACTS, Hand
from sandbox.people.roster import Roster

if TYPE_CHECKING:
    from sandbox.hubspot import HubSpotPortal
    from sandbox.salesforce import SalesforceOrg

__all__ = ["ACTS", "People"]

_NAMES = ("Robin Falk", "Toni Marlow", "Alex Winter", "Kim Sommer", "Chris Lindt")


class People:
    """`act(n)` lets them do n things now. Act number k depends on the seed, k, and what the two models hold by then.

    The models are walked for candidates at the first act, and again after as many acts as a tenth of what was found:
    so an act stays cheap in a world of a million records, and records that others made are found in a small one.
    """

    def __init__(self, seed: int, org: SalesforceOrg, portal: HubSpotPortal) -> None:
        self.seed = seed
        self.done = 0
        self._org = org
        self._portal = portal
        self._roster: Roster | None = None
        self._look_again_at = 0

    def act(self, count: int = 1, *, only: Collection[str] = ()) -> list[str]:
        """What they did, a sentence for each. `only` names acts to choose from; raises ValueError for unknown ones."""
        unknown = sorted(set(only) - set(ACTS))
        if unknown:
            raise ValueError(f"people do not know how to {', '.join(unknown)}; they know {', '.join(ACTS)}")
        return [self._one(only) for _ in range(count)]

    def _one(self, only: Collection[str]) -> str:
        if self._roster is None or self.done >= self._look_again_at:
            self._roster = Roster.of(self._org, self._portal)
            self._look_again_at = self.done + 1 + len(self._roster) // 10
        rng = chance.generator(self.seed, "act", self.done)
        self.done += 1
        hand = Hand(self._org, self._portal, self._roster, rng, rng.choice(_NAMES), self.done)
        open_acts = [name for name in ACTS if not only or name in only]
        while open_acts:
            name = rng.choices(open_acts, [ACTS[name].weight for name in open_acts])[0]
            try:
                told = ACTS[name].do(hand)
            except Refusal as refusal:
                return f"{hand.name} wanted to {name.replace('_', ' ')}, and was refused: {refusal.message}"
            if told is not None:
                return told
            open_acts.remove(name)
        return f"{hand.name} found nothing to do"
