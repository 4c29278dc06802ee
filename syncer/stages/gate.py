"""The gate: the whole plan is weighed before anything of it is sent; what trips the breaker is held for a person.

Held cells leave the plan, their links stay dirty, everything else goes on. A hold is named by the hash of what it would
have written and knows each of its cells: an approval is for exactly these, whatever joins or leaves them meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from connectors.base import Op, SideName
from syncer.core.breaker import Count, PlannedCell, Trip, Watched, belongs, digest, evaluate, plan_hash, tally
from syncer.core.fields import SIDES, KindMap, Rule, other
from syncer.stages.context import Context
from syncer.stages.intents import drop_planned
from syncer.store.ports import Tx
from syncer.store.rows import HoldRow, IntentRow

DAY_MS = 86_400_000
SAMPLE = 5
PAGE = 2_000
Approval = tuple[Count, frozenset[str]]


def gate(context: Context, kind: KindMap) -> int:
    """Lets the planned intents of a kind pass, or holds what a person must approve; how many passed.

    One transaction: after a crash the plan is ungated and weighed again.
    """
    with context.store.transaction() as tx:
        cells = [cell for _, cells in _planned(tx, kind) for cell in cells]
        approved = _approvals(context, tx, kind) if cells else []
        held = _trips(context, tx, kind, cells, approved) if cells else []
        _hold(context, tx, kind, held, cells)
        passed: list[str] = []
        for planned, its_cells in _planned(tx, kind):
            intent = _marked(tx, planned, its_cells, approved)
            if not held or _without_held(tx, intent, its_cells, held):
                passed.append(intent.intent_id)
        tx.intents.gate(passed)
    context.probe("gated")
    return len(passed)


def _planned(tx: Tx, kind: KindMap) -> Iterator[tuple[IntentRow, list[PlannedCell]]]:
    after = ""
    while rows := tx.intents.planned(kind.kind, after, PAGE):
        after = rows[-1].intent_id
        links = tx.links.get_many([row.link_id for row in rows if row.op == Op.CREATE.value])
        for row in rows:
            link = links.get(row.link_id)
            yield row, cells_of(row, (link.left_id or link.right_id) if link is not None else "")


def cells_of(intent: IntentRow, source_id: str = "") -> list[PlannedCell]:
    """What the breaker counts: a create (from `source_id`) or an archive as one cell, an update by its fields."""
    if intent.op != Op.UPDATE.value:
        effect = "create" if intent.op == Op.CREATE.value else "delete"
        return [PlannedCell(intent.link_id, intent.side, intent.kind, "*", effect, source_id or intent.remote_id)]
    return [
        PlannedCell(intent.link_id, intent.side, intent.kind, name, cell.get("effect", "overwrite"), str(cell["new"]))
        for name, cell in intent.fields.items()
        if not name.startswith("_")
    ]


def _approvals(context: Context, tx: Tx, kind: KindMap) -> list[Approval]:
    """What a person let pass: classes, and the cells of each by their digests."""
    now_ms = context.clock.now_ms()
    rows = [row for row in tx.holds.list() if row.kind == kind.kind and row.approved_by and row.expires_ms > now_ms]
    return [
        (Count(row.side, row.kind, cast(Watched, row.op), row.field, 0, 0, value=row.value), frozenset(row.cells))
        for row in rows
    ]


def _trips(
    context: Context, tx: Tx, kind: KindMap, cells: Sequence[PlannedCell], approved: Sequence[Approval]
) -> list[Trip]:
    """The classes that trip without what was approved of them."""
    limits = context.settings.breaker
    if not limits.enabled:
        return []
    totals: dict[tuple[SideName, str], int] = {
        (side, kind.kind): sum(tx.records.count(side, name) for name in kind.objects(side)) for side in SIDES
    }
    ours = {item.name for item in kind.fields if item.rule is Rule.ALWAYS_SYNCER}  # nobody else's work is in them
    weighed = [cell for cell in cells if not (context.first_sync and cell.effect == "create")]
    weighed = [cell for cell in weighed if cell.field not in ours]
    since_ms = max(context.clock.now_ms() - DAY_MS, tx.meta.get().first_sync_done_ms)
    earlier = tx.intents.earlier_counts(since_ms)
    counts = tally(weighed, totals, earlier)
    counts += _all_changed(kind, weighed, totals, context.first_sync)
    return [
        replace(trip, but=known)
        for count in counts
        for known in [frozenset().union(*(names for mine, names in approved if _alike(mine, count)))]
        for trip in evaluate(limits, [_without(count, weighed, known)])
    ]


def _alike(one: Count, two: Count) -> bool:
    return (one.side, one.kind, one.op, one.field, one.value) == (two.side, two.kind, two.op, two.field, two.value)


def _without(count: Count, cells: Sequence[PlannedCell], known: frozenset[str]) -> Count:
    """The count of what nobody has approved."""
    if not known:
        return count
    rest = [cell for cell in cells if belongs(count, cell) and digest(cell) not in known]
    if count.op == "all_changed":
        changed = {cell.link_id for cell in rest if cell.effect in ("overwrite", "clear")}
        return replace(count, count=len(changed))
    return replace(count, count=len(rest))


def _all_changed(
    kind: KindMap, cells: Sequence[PlannedCell], totals: Mapping[tuple[SideName, str], int], first: bool
) -> list[Count]:
    """Every record of a side would be the source of a write at once: a wiped or shifted system looks like this."""
    if first:
        return []
    counts = []
    for side in SIDES:
        changed = {cell.link_id for cell in cells if cell.side == side and cell.effect in ("overwrite", "clear")}
        total = totals[other(side), kind.kind]
        if changed and total:
            counts.append(Count(side, kind.kind, "all_changed", "*", len(changed), total))
    return counts


def _hold(context: Context, tx: Tx, kind: KindMap, trips: Sequence[Trip], cells: Sequence[PlannedCell]) -> None:
    """Keeps what is held now of the kind, and lets go of what was held of it and is planned no more."""
    now_ms = context.clock.now_ms()
    rows = []
    for trip in trips:
        mine = [cell for cell in cells if trip.holds(cell)]
        rows.append(
            HoldRow(
                plan_hash=plan_hash(trip, cells),
                kind=trip.count.kind,
                side=trip.count.side,
                op=trip.count.op,
                field=trip.count.field,
                value=trip.count.value,
                count=trip.count.count,
                total=trip.count.total,
                allowed=trip.allowed,
                message=trip.message,
                sample=tuple(_sample(cell) for cell in mine[:SAMPLE]),
                created_ms=now_ms,
                cells=tuple(digest(cell) for cell in mine),
            )
        )
    names = {row.plan_hash for row in rows}
    old = [row.plan_hash for row in tx.holds.list() if row.kind == kind.kind and row.plan_hash not in names]
    tx.holds.drop([name for name in old if not _standing(tx, name, now_ms)])
    tx.holds.put(rows)
    for row in rows:
        if row.plan_hash not in context.report.held:
            context.report.held.append(row.plan_hash)
    context.report.counts["held"] = max(context.report.counts["held"], sum(row.count for row in rows))


def _standing(tx: Tx, name: str, now_ms: int) -> bool:
    """An approved hold is kept until it expires: its plan may come again after a crash."""
    hold = tx.holds.get(name)
    return hold is not None and bool(hold.approved_by) and hold.expires_ms > now_ms


def _sample(cell: PlannedCell) -> dict[str, Any]:
    return {"link": cell.link_id, "field": cell.field, "effect": cell.effect, "value": cell.value}


def _marked(tx: Tx, intent: IntentRow, cells: Sequence[PlannedCell], approved: Sequence[Approval]) -> IntentRow:
    """Notes on the cells that a person approved them: they do not count against the next 24 hours."""
    names = {cell.field for cell in cells for mine, known in approved if belongs(mine, cell) and digest(cell) in known}
    if not names:
        return intent
    fields = {name: {**cell, "approved": True} if names & {name, "*"} else cell for name, cell in intent.fields.items()}
    tx.intents.update(intent.intent_id, fields=fields)
    return replace(intent, fields=fields)


def _without_held(tx: Tx, intent: IntentRow, cells: Sequence[PlannedCell], held: Sequence[Trip]) -> bool:
    """Takes held cells out of an intent; false when nothing of it is left to send."""
    out = {cell.field for cell in cells if any(trip.holds(cell) for trip in held)}
    if not out:
        return True
    tx.links.touch([intent.link_id])
    rest = {name: cell for name, cell in intent.fields.items() if name not in out}
    if "*" in out or not any(not name.startswith("_") for name in rest):
        drop_planned(tx, [intent.intent_id])
        return False
    tx.journal.set_state(intent.intent_id, "withdrawn", sorted(out))
    tx.intents.update(intent.intent_id, fields=rest)
    return True
