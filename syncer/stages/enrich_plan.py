"""What `enrich` would ask and spend, for people to see before it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal

from syncer.core.fields import SIDES, KindMap
from syncer.core.waterfall.foresight import if_answered, if_nobody_knows
from syncer.core.waterfall.policy import CREDIT
from syncer.core.waterfall.purse import Purse
from syncer.stages.context import Context
from syncer.stages.enrich_cases import Group, groups_of, shared
from syncer.stages.enrich_desk import Desk, open_desk


@dataclass(frozen=True, slots=True)
class PlannedSpend:
    """What a run would ask one provider, and what that would cost in credits.

    `questions` and `credits`: if every provider knows what it is asked. `..._at_most`: if nobody knows anything, so
    that every waterfall is asked to its end; a run never spends more.
    """

    provider: str
    questions: int
    credits: Decimal
    questions_at_most: int
    credits_at_most: Decimal

    def as_json(self) -> dict[str, object]:
        return {name: str(value) if isinstance(value, Decimal) else value for name, value in asdict(self).items()}


def plan_enrichment(context: Context, kind: KindMap | None = None) -> list[PlannedSpend]:
    """What `enrich` would ask now, by provider, without a call and without a change of the state.

    To be asked after link and before reconcile, which plans what is dirty.
    """
    policy = context.policy
    if policy is None or not context.providers:
        return []
    desk = open_desk(context, policy)
    asked: dict[str, Counter[str]] = {}
    purses = [Purse(policy, Counter(desk.purse.run), Counter(desk.purse.day), Counter()) for _ in range(2)]
    for one in context.kinds if kind is None else (kind,):
        for group in _dirty_groups(context, desk, one):
            now_ms = context.clock.now_ms()
            case = group.case(context, policy, now_ms)
            offers = desk.offers(case.who.of)
            for play, purse, name in ((if_answered, purses[0], ""), (if_nobody_knows, purses[1], "_at_most")):
                for step in play(policy, offers, case, desk.closed(), purse, now_ms):
                    counted = asked.setdefault(step.provider, Counter())
                    counted[f"questions{name}"] += 1
                    counted[f"credits{name}"] += step.price
    return [
        PlannedSpend(
            name,
            counted["questions"],
            Decimal(counted["credits"]) / CREDIT,
            counted["questions_at_most"],
            Decimal(counted["credits_at_most"]) / CREDIT,
        )
        for name, counted in sorted(asked.items())
    ]


def _dirty_groups(context: Context, desk: Desk, kind: KindMap) -> Iterator[Group]:
    objects = [(side, name) for side in SIDES for name in kind.objects(side)]
    after = 0
    while True:
        now_ms = context.clock.now_ms()
        with context.store.snapshot() as tx:
            rows = tx.records.dirty(objects, context.settings.batch_size, after_seq=after)
            groups = groups_of(context, tx, desk.policy, kind, rows, now_ms)
            shared(tx, desk.policy, groups, now_ms)
        yield from groups
        if not rows:
            return
        after = rows[-1].dirty_seq
