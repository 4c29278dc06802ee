"""Reconcile: dirty links become intents, journal rows and adoptions, in one transaction for each batch (T3).

Nothing is sent here. Intents stay ungated until the whole plan was weighed by the breaker; dropping a planned intent is
always safe, because it is derived from observations that are still dirty or can be touched again.
On a crash inside a batch nothing of it is stored and the same links are planned again, with the same result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.base import ObjectSchema, SideName
from syncer.core.fields import SIDES, KindMap, Rule, other
from syncer.core.inclusion import parse_inclusion
from syncer.stages.context import Context
from syncer.stages.dating import date_conflicts
from syncer.stages.gathering import Pair, account_lookups, ends, links_of, load_owners, load_schemas, pairs_of
from syncer.stages.intents import CREATING, basis_of, build_intent, drop_planned, journal_of, next_side
from syncer.stages.judging import Knowledge, know
from syncer.stages.loops import break_loops
from syncer.stages.observation import inclusion_of
from syncer.stages.plan import Inputs, LinkPlan, Obstacle
from syncer.stages.plan_link import plan_link
from syncer.stages.quarantine import quarantine, release
from syncer.store.ports import Tx
from syncer.store.rows import (
    DependencyRow,
    IntentRow,
    JournalRow,
    LinkRow,
    QuarantineRow,
    RecordRow,
    ReviewRow,
    ShadowRow,
)


@dataclass(slots=True)
class Batch:
    """What one reconcile transaction is going to store."""

    intents: list[IntentRow] = field(default_factory=list)
    journal: list[JournalRow] = field(default_factory=list)
    shadows: list[ShadowRow] = field(default_factory=list)
    done: list[RecordRow] = field(default_factory=list)
    undated: dict[str, tuple[str, ...]] = field(default_factory=dict)  # link id -> conflicting fields


@dataclass(slots=True)
class Surroundings:
    """What is the same for every batch of one kind in one run."""

    schemas: Mapping[tuple[SideName, str], ObjectSchema]
    owners: Mapping[tuple[SideName, str], dict[str, str]]
    edited_ms: dict[tuple[str, str], int] = field(default_factory=dict)


def reconcile(context: Context, kind: KindMap) -> int:
    """Plans every dirty link of the kind; returns how many intents were planned.

    Cost follows the number of dirty records. Links with an intent whose outcome is open wait for it. Conflicts that
    only the right side's history can date are left dirty, dated outside the transaction, and planned again.
    """
    around = Surroundings(load_schemas(context, kind), load_owners(context, kind))
    planned, after = 0, 0
    objects = [(side, name) for side in SIDES for name in kind.objects(side)]
    while True:
        with context.store.transaction() as tx:
            rows = tx.records.dirty(objects, context.settings.batch_size, after_seq=after)
            batch = _reconcile_batch(context, tx, kind, rows, around)
        if not rows:
            return planned
        planned += len(batch.intents)
        context.probe("reconciled")
        if batch.undated and context.active("right"):
            date_conflicts(context, kind, batch.undated, around.edited_ms)
            with context.store.transaction() as tx:
                again = _still_dirty(tx, rows, batch.undated)
                planned += len(_reconcile_batch(context, tx, kind, again, around).intents)
        after = rows[-1].dirty_seq


def _still_dirty(tx: Tx, rows: Sequence[RecordRow], link_ids: Mapping[str, object]) -> list[RecordRow]:
    """The dirty rows of those links, as they are now."""
    groups: dict[tuple[SideName, str], list[str]] = {}
    for row in rows:
        groups.setdefault((row.side, row.object), []).append(row.id)
    found = [
        row for (side, name), ids in sorted(groups.items()) for row in tx.records.get_many(side, name, ids).values()
    ]
    owners = {
        (side, name, record_id): link.link_id
        for (side, name), ids in sorted(groups.items())
        for record_id, link in tx.links.by_records(side, name, ids).items()
    }
    return [row for row in found if owners.get((row.side, row.object, row.id)) in link_ids]


def _reconcile_batch(context: Context, tx: Tx, kind: KindMap, rows: Sequence[RecordRow], around: Surroundings) -> Batch:
    batch = Batch()
    links = links_of(tx, rows)
    if not links:
        return batch
    pairs = pairs_of(tx, links.values())
    shadows = tx.shadows.get_many(list(links))
    busy = tx.intents.open_for(list(links))
    parked = tx.quarantine.for_links(list(links))
    known = know(context, tx, kind, list(links.values()), pairs, shadows)
    inputs = _inputs(context, tx, kind, around, pairs, shadows, parked, known)
    by_link: dict[str, list[QuarantineRow]] = {}
    for row in parked:
        by_link.setdefault(row.link_id, []).append(row)
    for link_id, link in links.items():
        open_intent = busy.get(link_id)
        if open_intent is not None and open_intent.state != "planned":
            continue  # it stays dirty until the outcome is known
        if open_intent is not None:
            drop_planned(tx, [open_intent.intent_id])
        _reconcile_link(
            context, tx, inputs, link, pairs[link_id], shadows.get(link_id), by_link.get(link_id, []), batch
        )
    batch.done += _only_aliases(tx, rows, links, busy)
    tx.shadows.put(batch.shadows)
    tx.intents.plan(batch.intents)
    tx.journal.propose(batch.journal)
    tx.records.mark_planned([(row.side, row.object, row.id, row.dirty_seq) for row in batch.done])
    context.report.count("adopted", len(batch.shadows))
    context.report.count("planned", len(batch.intents))
    return batch


def _only_aliases(
    tx: Tx, rows: Sequence[RecordRow], links: Mapping[str, LinkRow], busy: Mapping[str, IntentRow]
) -> list[RecordRow]:
    """Live records that once stood for a subject and do not any more: what they hold is nobody's to carry over.

    Those of a link whose outcome is open stay dirty: a merge or conversion may still be waiting for it.
    """
    own = {end for link in links.values() for end in ends(link)}
    found = []
    for row in rows:
        if row.presence == "live" and (row.side, row.object, row.id) not in own:
            link = tx.links.by_records(row.side, row.object, [row.id]).get(row.id)
            if link is not None and (link.link_id not in busy or busy[link.link_id].state == "planned"):
                found.append(row)
    return found


def _inputs(
    context: Context,
    tx: Tx,
    kind: KindMap,
    around: Surroundings,
    pairs: Mapping[str, Pair],
    shadows: Mapping[str, ShadowRow],
    parked: Sequence[QuarantineRow],
    known: Knowledge,
) -> Inputs:
    return Inputs(
        kind=kind,
        schemas=around.schemas,
        lookups={**around.owners, **account_lookups(tx, kind, pairs.values(), shadows.values())},
        suspended=frozenset((row.side, row.object, row.field) for row in tx.suspended.list()),
        quarantined={(row.link_id, row.side, row.field): row for row in parked},
        now_ms=context.clock.now_ms(),
        offsets_ms=context.offsets_ms,
        rule_epoch=context.rule_epoch,
        skew_ms=context.settings.skew_ms,
        edited_ms=around.edited_ms,
        resolved=known.resolved,
        imposed=known.imposed,
    )


def _reconcile_link(
    context: Context,
    tx: Tx,
    inputs: Inputs,
    link: LinkRow,
    pair: Pair,
    shadow: ShadowRow | None,
    parked: list[QuarantineRow],
    batch: Batch,
) -> None:
    left, right = pair
    dirty = [row for row in pair if row is not None and row.dirty_seq > row.planned_seq]
    excluded = _excluded(inputs.kind, link, left, right)
    context.report.count("excluded", excluded)
    if excluded or not _plannable(link, left, right):
        batch.done += [row for row in dirty if not _awaits_heir(link, row)]
        tx.quarantine.drop([(row.link_id, row.side, row.field) for row in parked])
        return
    plan = plan_link(inputs, link, left, right, shadow)
    if plan.undated:
        batch.undated[link.link_id] = tuple(plan.undated)
        if context.active("right") and not all((link.link_id, name) in inputs.edited_ms for name in plan.undated):
            return
    batch.done += dirty
    break_loops(context, tx, plan, shadow)
    release(tx, plan, parked)
    _note(context, tx, plan, inputs)
    if plan.shadow is not None:
        batch.shadows.append(plan.shadow)
    if _parked_whole(inputs, plan, left, right):
        return
    side = next_side(plan)
    if side is None:
        return
    built = build_intent(inputs, plan, side, left, right, context.entropy.token(), context.report.run_id)
    if isinstance(built, Obstacle):
        quarantine(context, tx, link.link_id, built)
    elif built is not None:
        batch.intents.append(built)
        batch.journal += journal_of(plan, built)
        if context.later is not None and plan.writes[other(side)]:
            then = build_intent(inputs, plan, other(side), left, right, context.entropy.token(), context.report.run_id)
            if isinstance(then, IntentRow):
                context.later.append(then)


def _awaits_heir(link: LinkRow, row: RecordRow) -> bool:
    """Merged or converted, and its place not handed on yet: succession waits for a write of the other link."""
    return bool(row.successor) and row.presence in ("merged", "converted") and link.state in ("linked", *CREATING)


def _plannable(link: LinkRow, left: RecordRow | None, right: RecordRow | None) -> bool:
    """A linked pair needs both records live, a create needs its source live."""
    if link.state == "linked":
        return all(row is not None and row.presence == "live" for row in (left, right))
    if link.state not in CREATING:
        return False
    source = left if CREATING[link.state] == "right" else right
    return source is not None and source.presence == "live"


def _excluded(kind: KindMap, link: LinkRow, left: RecordRow | None, right: RecordRow | None) -> bool:
    """A create that the mapping, or its record, does not want any more; what a person decided is made all the same."""
    side = CREATING.get(link.state)
    source = left if side == "right" else right
    if side is None or source is None or link.reason == "chosen":
        return False
    return not parse_inclusion(inclusion_of(kind, source.side)).holds(source.values)


def _parked_whole(inputs: Inputs, plan: LinkPlan, left: RecordRow | None, right: RecordRow | None) -> bool:
    """The record as a whole was refused with exactly these values, and its time has not come."""
    side = CREATING.get(plan.link.state) or plan.next_side()
    if side is None:
        return False
    row = inputs.quarantined.get((plan.link.link_id, side, "*"))
    return (
        row is not None
        and row.next_ms > inputs.now_ms
        and row.input_fingerprint == whole_print(inputs.rule_epoch, left, right)
    )


def whole_print(rule_epoch: int, left: RecordRow | None, right: RecordRow | None) -> str:
    """What a record was refused with as a whole: both sides' values and the rules in force, not their stamps."""
    bare = [replace(row, mod_ms=0) if row is not None else None for row in (left, right)]
    return f"{rule_epoch}-{basis_of(*bare)}"


def _note(context: Context, tx: Tx, plan: LinkPlan, inputs: Inputs) -> None:
    """Stores what a person must know: obstacles as quarantine, differences under review, references that wait."""
    for obstacle in plan.obstacles:
        quarantine(context, tx, plan.link.link_id, obstacle)
    asked = {proposal.name for proposal in plan.proposals}
    answered = [item.name for item in inputs.kind.fields if item.rule is Rule.REVIEW and item.name not in asked]
    if answered:
        tx.reviews.drop([f"conflict-{plan.link.link_id}-{name}" for name in answered])
    for proposal in plan.proposals:
        tx.reviews.add(
            ReviewRow(
                review_id=f"conflict-{plan.link.link_id}-{proposal.name}",
                kind="conflict",
                link_id=plan.link.link_id,
                side="left",
                object=plan.link.left_object,
                remote_id=plan.link.left_id,
                field=proposal.name,
                payload={"left": proposal.left, "right": proposal.right},
                state="open",
                created_ms=inputs.now_ms,
            )
        )
    for name, side, raw in plan.unresolved:
        parent = "Account" if side == "left" else "companies"
        tx.dependencies.put(DependencyRow(plan.link.link_id, name, side, parent, raw))
    context.report.count("suppressed", plan.suppressed)
    context.report.count("owners_without_counterpart", plan.ownerless)
    context.report.count("unresolved_references", len(plan.unresolved))
