"""What the remote said of each write, made durable (T6): one rule for every error class, nothing swallowed.

Planned intents that are not repeated are dropped: their link is dirty and will be planned anew from what is known then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from connectors.base import (
    IdentityConflictError,
    Op,
    Outcome,
    OutcomeState,
    Presence,
    ProtocolError,
    Record,
    RemoteError,
    SideName,
)
from syncer.core.fields import SIDES, KindMap
from syncer.stages.context import Context, Problem
from syncer.stages.gathering import pairs_of
from syncer.stages.identify import relink_found
from syncer.stages.observation import asked_fields, observations
from syncer.stages.plan import Obstacle
from syncer.stages.quarantine import quarantine
from syncer.stages.reconcile import whole_print
from syncer.stages.vanish import suspect_gone
from syncer.stages.verify import natural_key
from syncer.store.ports import Tx
from syncer.store.rows import IntentRow, SuspendedRow


def record_outcomes(
    context: Context, kind: KindMap, side: SideName, rows: Sequence[IntentRow], outcomes: Sequence[Outcome]
) -> list[IntentRow]:
    """Stores every outcome in one transaction; the intents that were applied, ready to be settled.

    Raises nothing for a refusal: it becomes a state, a quarantined cell, or a paused side. An answer that does not
    cover the question is a ProtocolError, after which both sides stop.
    """
    by_id = {outcome.write_id: outcome for outcome in outcomes}
    applied: list[IntentRow] = []
    refused: list[tuple[IntentRow, RemoteError]] = []
    now_ms = context.clock.now_ms()
    with context.store.transaction() as tx:
        for row in rows:
            outcome = by_id.get(row.intent_id)
            if outcome is None:
                error = ProtocolError(f"The {side} answered without a word on one of the writes.", side=side)
                outcome = Outcome(row.intent_id, OutcomeState.UNKNOWN, error=error)
                _stop_the_pair(context, error)
            if outcome.state is OutcomeState.APPLIED:
                remote_id = outcome.id or row.remote_id
                tx.intents.update(row.intent_id, state="applied", remote_id=remote_id, guarded=outcome.guarded)
                applied.append(replace(row, state="applied", remote_id=remote_id, guarded=outcome.guarded))
                context.report.count("unguarded", side == "left" and row.op == Op.UPDATE.value and not outcome.guarded)
            elif outcome.state is OutcomeState.UNKNOWN:
                code = outcome.error.code if outcome.error else ""
                tx.intents.update(row.intent_id, state="unknown", klass="unknown", code=code)
                context.report.count("unknown")
            elif outcome.state is OutcomeState.PRECONDITION:
                _close(tx, row, "stale", "precondition", "", now_ms)
                context.report.count("stale")
            else:
                error = outcome.error or ProtocolError(f"The {side} refused a write without saying why.", side=side)
                refused.append((row, error))
                _REFUSALS.get(error.kind, _bug)(context, tx, kind, side, row, error)
        tx.attempts.close(rows[0].attempt_id, f"{len(applied)} of {len(rows)} applied")
    context.probe("recorded")
    _match_again(context, kind, side, [(row, error) for row, error in refused if error.kind == "identity"])
    gone = [row.remote_id for row, error in refused if error.kind == "gone" and row.remote_id]
    if gone:
        suspect_gone(context, kind, side, rows[0].object, gone)
    return applied


def _close(tx: Tx, row: IntentRow, state: str, klass: str, code: str, now_ms: int) -> None:
    """Nothing of it happened: its journal rows are withdrawn, and its link is planned anew."""
    tx.journal.set_state(row.intent_id, "withdrawn")
    tx.intents.update(row.intent_id, state=state, klass=klass, code=code, closed_ms=now_ms)
    tx.links.touch([row.link_id])


def _transient(context: Context, tx: Tx, kind: KindMap, side: SideName, row: IntentRow, error: RemoteError) -> None:
    """The same intent again later; after too many attempts the record waits in quarantine."""
    attempts = row.attempts + 1
    if attempts >= context.settings.attempts_max:
        _park_record(context, tx, kind, side, row, error)
        return
    wait_ms = max(int((error.retry_after_s or 0) * 1000), 1_000 * 2**attempts)
    tx.intents.update(
        row.intent_id,
        state="planned",
        klass="transient",
        code=error.code,
        attempts=attempts,
        not_before_ms=context.clock.now_ms() + wait_ms,
    )
    context.report.count("retried")


def _pause(context: Context, tx: Tx, kind: KindMap, side: SideName, row: IntentRow, error: RemoteError) -> None:
    """Log-in or allowance: no further call to that side in this run."""
    context.report.pause(side, error)
    _close(tx, row, "stale", error.kind, error.code, context.clock.now_ms())


def _park_cells(context: Context, tx: Tx, kind: KindMap, side: SideName, row: IntentRow, error: RemoteError) -> None:
    """The named fields wait in quarantine and the rest of the record is written; unnamed, the whole record waits."""
    named = [name for name, cell in row.fields.items() if cell["field"] in error.fields and not name.startswith("_")]
    if not named:
        _park_record(context, tx, kind, side, row, error)
        return
    for name in named:
        print_ = str(row.fields[name].get("print") or row.intent_id)
        quarantine(
            context,
            tx,
            row.link_id,
            Obstacle(name, side, error.kind, error.code, error.message, error.action, print_),
        )
    _close_in_part(context, tx, row, len(named), error)


def _close_in_part(context: Context, tx: Tx, row: IntentRow, refused: int, error: RemoteError) -> None:
    """Closes it without the refused cells; what is left of it is planned anew, in this very run."""
    rest = sum(not name.startswith("_") for name in row.fields) - refused
    context.report.count("refused_in_part", rest > 0)
    _close(tx, row, "rejected", error.kind, error.code, context.clock.now_ms())


def _park_record(context: Context, tx: Tx, kind: KindMap, side: SideName, row: IntentRow, error: RemoteError) -> None:
    link = tx.links.get_many([row.link_id]).get(row.link_id)
    left, right = pairs_of(tx, [link])[row.link_id] if link is not None else (None, None)
    print_ = whole_print(context.rule_epoch, left, right)
    quarantine(
        context, tx, row.link_id, Obstacle("*", side, error.kind, error.code, error.message, error.action, print_)
    )
    _close(tx, row, "quarantined", error.kind, error.code, context.clock.now_ms())


def _suspend(context: Context, tx: Tx, kind: KindMap, side: SideName, row: IntentRow, error: RemoteError) -> None:
    """A field that the schema does not have (any more) leaves the mapping until it is back."""
    named = [cell["field"] for name, cell in row.fields.items() if cell["field"] in error.fields]
    if not named:
        _park_record(context, tx, kind, side, row, error)
        return
    now_ms = context.clock.now_ms()
    known = {item.field for item in tx.suspended.list() if (item.side, item.object) == (side, row.object)}
    context.schemas.pop((side, row.object), None)  # what was described is not true any more
    tx.suspended.put(
        [SuspendedRow(side, row.object, name, "schema", error.message, error.action, now_ms) for name in named]
    )
    for name in (name for name in named if name not in known):
        context.report.problem(
            Problem("FieldSuspended", error.message, error.action, side=side, object=row.object, field=name)
        )
    _close_in_part(context, tx, row, len(named), error)


def _identity(context: Context, tx: Tx, kind: KindMap, side: SideName, row: IntentRow, error: RemoteError) -> None:
    """A unique value is taken: for a create a match result, for an update a cell that cannot go there."""
    if row.op != Op.CREATE.value:
        holder = f"{row.object} {error.existing_id}" if error.existing_id else f"Another {row.object} record"
        told = IdentityConflictError(
            error.message,
            side=side,
            code=error.code,
            fields=error.fields or _unique_fields(context, kind, side, row),
            action=f"{holder} has this value already: merge the two in their own system, or correct the value.",
        )
        _park_cells(context, tx, kind, side, row, told)
        return
    _close(tx, row, "rejected", error.kind, error.code, context.clock.now_ms())


def _unique_fields(context: Context, kind: KindMap, side: SideName, row: IntentRow) -> tuple[str, ...]:
    """What can only have been meant where the refusal names no field: what is unique there, or matched by."""
    schema = context.schemas.get((side, row.object))
    known = schema.fields if schema is not None else {}
    cells = {name: str(cell["field"]) for name, cell in row.fields.items() if not name.startswith("_")}
    unique = [field for field in cells.values() if field in known and known[field].unique]
    return tuple(unique or (field for name, field in cells.items() if name in kind.match))


def _gone(context: Context, tx: Tx, kind: KindMap, side: SideName, row: IntentRow, error: RemoteError) -> None:
    _close(tx, row, "stale", error.kind, error.code, context.clock.now_ms())


def _bug(context: Context, tx: Tx, kind: KindMap, side: SideName, row: IntentRow, error: RemoteError) -> None:
    """An answer that fits no known shape: the write may have happened, and nothing further is sent anywhere."""
    tx.intents.update(row.intent_id, state="unknown", klass="bug", code=error.code)
    _stop_the_pair(context, error)


def _stop_the_pair(context: Context, error: RemoteError) -> None:
    for side in SIDES:
        context.report.pause(side, error)


Refusal = Callable[[Context, Tx, KindMap, SideName, IntentRow, RemoteError], None]

_REFUSALS: Mapping[str, Refusal] = {
    "transient": _transient,
    "auth": _pause,
    "quota": _pause,
    "data": _park_cells,
    "permission": _park_cells,
    "identity": _identity,
    "gone": _gone,
    "schema": _suspend,
}


def _match_again(
    context: Context, kind: KindMap, side: SideName, refused: Sequence[tuple[IntentRow, RemoteError]]
) -> None:
    """Creates that met an existing record: it is looked for, consistently, and linked; else the record waits."""
    for row, error in refused:
        if row.op != Op.CREATE.value or not context.active(side):
            continue
        try:
            found = _existing(context, kind, side, row, error)
        except RemoteError as failure:
            context.report.pause(side, failure)
            return
        with context.store.transaction() as tx:
            for record in found:
                tx.records.upsert(observations(context, kind, side, record.object, [record]))
            if found:
                relink_found(context, tx, row.link_id, side, found)
            else:
                _park_record(context, tx, kind, side, row, error)


def _existing(context: Context, kind: KindMap, side: SideName, row: IntentRow, error: RemoteError) -> list[Record]:
    """The record that the refusal named, else every record with the same natural key; converted leads are nobody."""
    remote, key = context.remotes[side], natural_key(kind, row)
    found: list[Record] = []
    for object_name in kind.objects(side):
        with context.store.snapshot() as tx:
            fields = asked_fields(context, tx, kind, side, object_name)
        if error.existing_id:
            record = remote.read(object_name, [error.existing_id], fields).get(error.existing_id)
            found += [record] if record is not None else []
        elif key and (name := kind.field_named(kind.match[0]).on(side, object_name)):
            found += remote.find(object_name, name, [key], fields)
    return [record for record in found if record.presence is Presence.LIVE]
