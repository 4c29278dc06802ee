"""Enrich: asks providers for what is missing, stale and still matters, within caps, and keeps it as claims.

Whoever became dirty is looked at, and whoever's waiting time is over: a miss that may be asked again, a provider that
rests no longer, a cap that is new with the day. Nothing else is read, so cost follows the number of changes. Calls are
made outside transactions; see `enrich_calls` for what a crash leaves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b
from typing import Final

from syncer.core.fields import SIDES, KindMap
from syncer.core.waterfall.policy import DAY_MS
from syncer.core.waterfall.purse import Purse, Refusal
from syncer.core.waterfall.steps import Step, next_step
from syncer.stages.context import Context, Problem
from syncer.stages.enrich_calls import CALL_MAX, call, claim_rows, close_open_reservations
from syncer.stages.enrich_cases import LIVING, Group, groups_of, later, shared, woken
from syncer.stages.enrich_desk import TURN_MIN, Desk, open_desk, today
from syncer.stages.gathering import links_of
from syncer.store.ports import Tx
from syncer.store.rows import SchemaRow

POLICY: Final = "(enrichment)"  # under this name the policy is remembered among the schemas
SOON_MS: Final = 60_000  # the next run, not the next round of this one
TIME: Final = "time"


def enrich(context: Context, kind: KindMap | None = None) -> None:
    """Asks about every dirty subject of that kind, or of all kinds, until nothing is left to ask or to spend.

    Comes between link and reconcile, which judges what was learned. Does nothing without a policy or a provider.
    """
    policy = context.policy
    if policy is None or not context.providers:
        return
    close_open_reservations(context)
    heed_new_policy(context)
    wake_due_asks(context)
    desk = open_desk(context, policy)
    context.asking_since_ms = context.asking_since_ms or context.clock.now_ms()
    for one in context.kinds if kind is None else (kind,):
        for groups in _batches(context, desk, one):
            _play(desk, groups)
    _tell_left(desk)


def _tell_left(desk: Desk) -> None:
    report = desk.context.report
    report.count("enrich_left_by_time", desk.left.pop(TIME, 0))
    if desk.left and not any(one.name == "BudgetSpent" for one in report.problems):
        said = ", ".join(f"{cap} ({count} subjects)" for cap, count in sorted(desk.left.items()))
        action = "Wait, or raise them in enrichment.toml."
        report.problem(Problem("BudgetSpent", f"Caps of enrichment were reached: {said}.", action))


def wake_due_asks(context: Context) -> None:
    """Makes the subjects dirty whose question may be asked again, each once."""
    now_ms = context.clock.now_ms()
    while True:
        with context.store.transaction() as tx:
            due = tx.asks.due(now_ms, context.settings.batch_size)
            tx.asks.put([woken(row) for row in due])
            tx.links.touch(sorted({row.ref for row in due if row.ref}))
        if not due:
            return


def heed_new_policy(context: Context) -> None:
    """When the policy or the providers are others, every subject is looked at once: the answer may be another one."""
    if context.policy is None or not context.providers:
        return
    told = repr((replace(context.policy, path=""), sorted(context.providers)))
    digest = blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    with context.store.transaction() as tx:
        known = tx.schemas.get("left", POLICY)
        if known is not None and known.hash == digest:
            return
        tx.schemas.put(SchemaRow("left", POLICY, digest, {}, context.clock.now_ms()))
        tx.records.touch_all([(side, name) for one in context.kinds for side in SIDES for name in one.objects(side)])


def _batches(context: Context, desk: Desk, kind: KindMap) -> Iterator[list[Group]]:
    """The dirty subjects of the kind, by batches; what another subject's answer tells of them is kept at once.

    Within one run nobody is looked at twice, unless they became dirty anew.
    Once the time of this run is over the rest of them is only noted, for one of the next.
    """
    objects = [(side, name) for side in SIDES for name in kind.objects(side)]
    after = context.asked_up_to.get(kind.kind, 0)
    while True:
        now_ms = context.clock.now_ms()
        groups: list[Group] = []
        with context.store.transaction() as tx:
            rows = tx.records.dirty(objects, context.settings.batch_size, after_seq=after)
            if desk.out_of_time():
                living = sorted(link_id for link_id, link in links_of(tx, rows).items() if link.state in LIVING)
                _wait_for_turn(desk, tx, living, now_ms)
            else:
                groups = groups_of(context, tx, desk.policy, kind, rows, now_ms)
                copies = shared(tx, desk.policy, groups, now_ms)
                new = tx.claims.add(claim_rows(copies, context.report.run_id))
                context.report.count("enrich_shared", new)
        if not rows:
            return
        yield groups
        after = context.asked_up_to[kind.kind] = rows[-1].dirty_seq


def _wait_for_turn(desk: Desk, tx: Tx, link_ids: list[str], now_ms: int) -> None:
    for start in range(0, len(link_ids), TURN_MIN):
        some = link_ids[start : start + TURN_MIN]
        tx.asks.put(later(some, desk.turn_ms(TIME, len(some), now_ms + SOON_MS, SOON_MS), now_ms))


def _play(desk: Desk, groups: list[Group]) -> None:
    """Round by round: the next question of each group, all questions to one provider together."""
    context = desk.context
    playing = groups
    while playing and not desk.out_of_time():
        if desk.day != today(context):
            with context.store.snapshot() as tx:
                desk.count(tx)
        by_provider: dict[str, list[tuple[Group, Step]]] = {}
        for group in playing:
            step, refused = _next(desk, group)
            if step is None:
                _leave(desk, group, refused)
            else:
                by_provider.setdefault(step.provider, []).append((group, step))
        playing = []
        for name, asked in sorted(by_provider.items()):
            size = max(1, min(CALL_MAX, desk.providers[name].batch_max))
            for start in range(0, len(asked), size):
                _call(desk, name, asked[start : start + size])
            playing += [group for group, _ in asked]
    if playing:
        with context.store.transaction() as tx:
            link_ids = sorted({subject.link.link_id for group in playing for subject in group.subjects})
            _wait_for_turn(desk, tx, link_ids, context.clock.now_ms())


def _call(desk: Desk, name: str, asked: list[tuple[Group, Step]]) -> None:
    """The purse, the breaker and the time are looked at before each call: what they forbid is decided anew."""
    if desk.out_of_time() or desk.closed().get(name, 0) > desk.context.clock.now_ms():
        return
    paid: list[tuple[Group, Step]] = []
    trial = Purse(desk.policy, Counter(desk.purse.run), Counter(desk.purse.day), Counter(desk.purse.subject))
    for group, step in asked:
        if trial.refusal(name, step.who.key, step.price) is None:
            trial.take(name, step.who.key, step.price)
            paid.append((group, step))
    if paid:
        call(desk, name, paid)


def _next(desk: Desk, group: Group) -> tuple[Step | None, tuple[Refusal, ...]]:
    now_ms = desk.context.clock.now_ms()
    case = group.case(desk.context, desk.policy, now_ms)
    offers = desk.offers(case.who.of)
    closed, purse = desk.closed(), desk.purse
    return next_step(desk.policy, offers, case.who, case.wanted, case.asked, case.said, closed, purse, now_ms)


def _leave(desk: Desk, group: Group, refused: tuple[Refusal, ...]) -> None:
    """Nothing more is asked about them; where a cap or a resting provider is why, they are looked at again later."""
    context, size = desk.context, len(group.subjects)
    now_ms = context.clock.now_ms()
    context.report.count("enrich_left_by_cap", size if refused else 0)
    moments = []
    for refusal in refused:
        if refusal.for_ever:
            continue
        by_day = refusal.cap.startswith("day")
        first_ms = (now_ms // DAY_MS + 1) * DAY_MS if by_day else now_ms + SOON_MS
        moments.append(desk.turn_ms(refusal.cap, size, first_ms, DAY_MS if by_day else SOON_MS))
    resting = {name: until for name, until in desk.closed().items() if until > now_ms}
    if resting:
        wanted = group.case(context, desk.policy, now_ms).wanted
        moments += [resting[name] for want in wanted for name in want.policy.waterfall if name in resting]
    if moments:
        with context.store.transaction() as tx:
            tx.asks.put(later([one.link.link_id for one in group.subjects], min(moments), now_ms))
