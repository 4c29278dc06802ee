"""Recover: writes whose outcome nobody heard are resolved by reading, once nothing can arrive late any more.

A write is absolute, so state decides: it holds what we sent (it happened), it holds what we expected (it did not), or
someone changed it since (an ordinary edit). Creates are looked for by our key. Nothing is ever sent again blindly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connectors.base import Op, Record, RemoteError, SideName
from syncer.core.fields import SIDES, KindMap
from syncer.stages.comparing import same_value
from syncer.stages.context import KEY_FIELD, Context
from syncer.stages.observation import asked_fields, observations
from syncer.stages.races import arrived
from syncer.stages.settle import MODIFIER, close, observed, settle, settle_one, told_apart, touched_by_us
from syncer.stages.verify import make_stale
from syncer.store.ports import Tx
from syncer.store.rows import IntentRow

PAGE = 100


def recover(context: Context) -> int:
    """Resolves what is open from earlier; returns how many intents were closed.

    `sent` and `unknown` wait until Z has passed since they were sent (a process that died knows no more than one whose
    answer was lost); `applied` only lacks its read-back.
    """
    closed = 0
    for side in SIDES:
        after = ""
        while context.active(side):
            with context.store.snapshot() as tx:
                rows = tx.intents.unresolved(side, ("sent", "unknown", "applied"), PAGE, after)
            if not rows:
                break
            after = rows[-1].intent_id
            for group in _grouped(context, rows):
                closed += _resolve(context, side, group)
    return closed


def _grouped(context: Context, rows: Sequence[IntentRow]) -> list[list[IntentRow]]:
    """By kind, object, operation and what is left to do; those that must wait are left out."""
    ripe_ms = context.clock.now_ms() - context.settings.zombie_wait_ms
    groups: dict[tuple[str, str, str, bool], list[IntentRow]] = {}
    for row in rows:
        applied = row.state == "applied"
        if applied or row.sent_ms <= ripe_ms:
            groups.setdefault((row.kind, row.object, row.op, applied), []).append(row)
    return [groups[key] for key in sorted(groups)]


def _resolve(context: Context, side: SideName, rows: list[IntentRow]) -> int:
    if not context.active(side):
        return 0
    kind = context.known_kind(rows[0].kind)
    rows, unknown = _legible(kind, rows)
    if unknown:
        with context.store.transaction() as tx:
            for row in unknown:
                close(context, tx, row, "stale")  # its journal rows stay: what they tell may have happened
    if kind is None or not rows:
        return len(unknown)
    return len(unknown) + _by_reading(context, kind, side, rows)


def _legible(kind: KindMap | None, rows: Sequence[IntentRow]) -> tuple[list[IntentRow], list[IntentRow]]:
    """What is left of the writes under the mappings of today, and those of which nothing is.

    A field that was taken out or renamed has no base to move: should it come back, it meets as if for the first time.
    """
    if kind is None:
        return [], list(rows)
    kept: list[IntentRow] = []
    unknown: list[IntentRow] = []
    for row in rows:
        fields = {name: cell for name, cell in row.fields.items() if name.startswith("_") or kind.knows(name)}
        lost = row.op == Op.UPDATE.value and row.state != "applied" and not fields
        (unknown if lost else kept).append(replace(row, fields=fields))
    return kept, unknown


def _by_reading(context: Context, kind: KindMap, side: SideName, rows: list[IntentRow]) -> int:
    if rows[0].state == "applied":
        return settle(context, kind, side, rows)
    try:
        if rows[0].op == Op.CREATE.value:
            return _resolve_creates(context, kind, side, rows)
        return _resolve_updates(context, kind, side, rows)
    except RemoteError as error:
        context.report.pause(side, error)
        return 0


def _resolve_creates(context: Context, kind: KindMap, side: SideName, rows: Sequence[IntentRow]) -> int:
    object_name = rows[0].object
    with context.store.snapshot() as tx:
        fields = asked_fields(context, tx, kind, side, object_name)
    found = context.remotes[side].find(object_name, KEY_FIELD[side], [row.key for row in rows], fields)
    by_key = {str(record.values.get(KEY_FIELD[side])): record for record in found}
    again = told_apart(context, kind, side, [(row, by_key.get(row.key)) for row in rows])
    by_key |= {key: fresh for key, record in by_key.items() if (fresh := again.get(record.id)) is not None}
    with context.store.transaction() as tx:
        tx.records.upsert(observations(context, kind, side, object_name, found))
        for row in rows:
            record = by_key.get(row.key)
            if record is None:
                make_stale(context, tx, [row])
            else:
                settle_one(context, tx, kind, replace(row, remote_id=record.id), record)
    context.report.count("recovered", len(rows))
    context.probe("recovered")
    return len(rows)


def _resolve_updates(context: Context, kind: KindMap, side: SideName, rows: Sequence[IntentRow]) -> int:
    object_name = rows[0].object
    with context.store.snapshot() as tx:
        fields = asked_fields(context, tx, kind, side, object_name)
    written = sorted({str(cell["field"]) for row in rows for cell in row.fields.values()})
    history = written if side == "right" else ()
    asked = (*fields, MODIFIER) if side == "left" else fields
    found = context.remotes[side].read(object_name, [row.remote_id for row in rows], asked, history)
    with context.store.transaction() as tx:
        records = [observed(record) for record in found.values() if record is not None]
        tx.records.upsert(observations(context, kind, side, object_name, records))
        for row in rows:
            _decide(context, tx, kind, row, found.get(row.remote_id))
    context.report.count("recovered", len(rows))
    context.probe("recovered")
    return len(rows)


def _decide(context: Context, tx: Tx, kind: KindMap, row: IntentRow, record: Record | None) -> None:
    if row.op == Op.ARCHIVE.value:
        if record is None:
            tx.links.update(row.link_id, state="broken", reason=f"{row.side} archived by run {row.run_id}")
            close(context, tx, row, "settled")
        else:
            make_stale(context, tx, [row])
        return
    if record is None or record.id != row.remote_id:
        close(context, tx, row, "stale")  # gone or merged meanwhile: what it held may have been overwritten before
        return
    if _happened(context, kind, row, record):
        settle_one(context, tx, kind, row, record)
    elif _untouched(kind, row, record):
        make_stale(context, tx, [row])
    else:  # someone changed it, perhaps over our write: the journal keeps what may have been lost
        close(context, tx, row, "stale")


def _happened(context: Context, kind: KindMap, row: IntentRow, record: Record) -> bool:
    """One written field that our write set proves the whole write.

    That a field holds what we sent is no proof by itself: a person may have typed the same. The history says who set
    it; Salesforce says at least whether we were the last to touch the record, and where we were not the value counts as
    a person's, at the price of a journal row too many.
    """
    for name, cell in row.fields.items():
        if name.startswith("_") or same_value(kind, row.side, name, cell["expected"], cell["new"]):
            continue
        if (record.history or {}).get(cell["field"]):
            if arrived(context, kind, row, record, name):
                return True
        elif (row.side == "right" or touched_by_us(context, record)) and same_value(
            kind, row.side, name, record.values.get(cell["field"]), cell["new"]
        ):
            return True
    return False


def _untouched(kind: KindMap, row: IntentRow, record: Record) -> bool:
    return all(
        same_value(kind, row.side, name, record.values.get(cell["field"]), cell["expected"])
        for name, cell in row.fields.items()
        if not name.startswith("_")
    )
