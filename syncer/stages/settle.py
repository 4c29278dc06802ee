"""Settle: read back what was written, audit it, adopt what is stored, close the intent (T7).

The base adopts what the remote stored, never what was sent. HubSpot's history of the written fields comes with the same
read: an edit that slipped in between verify and write is found there and journaled before the link is clean (I1 d).
A crash before T7 repeats the reading; nothing is sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connectors.base import Op, Record, RemoteError, SideName
from syncer.core.fields import KindMap, other
from syncer.stages.adoption import Settled, adopt_settled
from syncer.stages.comparing import same_value
from syncer.stages.context import Context, mapped_fields
from syncer.stages.dependents import wake_dependents
from syncer.stages.identify import relink_found
from syncer.stages.intents import CREATING
from syncer.stages.observation import asked_fields, observations
from syncer.stages.races import arrived, learn_own_app, raced_edits
from syncer.stages.vanish import suspect_gone
from syncer.store.ports import Tx
from syncer.store.rows import IntentRow

READ_BACK_MAX = 500  # records a read-back call
MODIFIER = "LastModifiedById"


def settle(context: Context, kind: KindMap, side: SideName, rows: Sequence[IntentRow]) -> int:
    """Closes applied intents of one object; how many. Those that cannot be read back now stay open for `recover`."""
    settled = 0
    for start in range(0, len(rows), READ_BACK_MAX):
        chunk = rows[start : start + READ_BACK_MAX]
        if not context.active(side):
            break
        found = _read_back(context, kind, side, chunk)
        if found is None:
            break
        try:
            found |= told_apart(context, kind, side, [(row, found.get(row.remote_id)) for row in chunk])
        except RemoteError as error:
            context.report.pause(side, error)
            break
        settled += _adopt(context, kind, side, chunk, found)
    return settled


def _read_back(
    context: Context, kind: KindMap, side: SideName, rows: Sequence[IntentRow]
) -> dict[str, Record | None] | None:
    object_name = rows[0].object
    with context.store.snapshot() as tx:
        fields = asked_fields(context, tx, kind, side, object_name)
    written = sorted({str(cell["field"]) for row in rows if row.op == Op.UPDATE.value for cell in row.fields.values()})
    history = written if side == "right" else ()
    asked = (*fields, MODIFIER) if side == "left" else fields
    try:
        return dict(context.remotes[side].read(object_name, [row.remote_id for row in rows], asked, history))
    except RemoteError as error:
        context.report.pause(side, error)
        return None


def told_apart(
    context: Context, kind: KindMap, side: SideName, pairs: Sequence[tuple[IntentRow, Record | None]]
) -> dict[str, Record | None]:
    """Fresh HubSpot records that hold something else than was sent, read once more with the history that says why.

    A created record is read back without history, which costs more; only there it decides between the portal's own
    coercion and the edit of somebody quick. Raises RemoteError.
    """
    odd: dict[str, set[str]] = {}
    for row, record in pairs:
        if side == "right" and record is not None and record.history is None and row.op == Op.CREATE.value:
            for name, cell in row.fields.items():
                stored = record.values.get(cell["field"])
                if not name.startswith("_") and not same_value(kind, side, name, stored, cell["new"]):
                    odd.setdefault(record.id, set()).add(str(cell["field"]))
    if not odd:
        return {}
    object_name = pairs[0][0].object
    with context.store.snapshot() as tx:
        fields = asked_fields(context, tx, kind, side, object_name)
    return dict(context.remotes[side].read(object_name, sorted(odd), fields, sorted(set().union(*odd.values()))))


def _adopt(
    context: Context,
    kind: KindMap,
    side: SideName,
    rows: Sequence[IntentRow],
    found: dict[str, Record | None],
) -> int:
    object_name = rows[0].object
    records = [record for record in found.values() if record is not None]
    gone: list[str] = []
    learn_own_app(context, kind, rows, found)
    with context.store.transaction() as tx:
        tx.records.set_settled(
            [(side, object_name, record.id) for record in records],
            min((record.read_started_ms for record in records), default=0),
        )
        tx.records.upsert(observations(context, kind, side, object_name, [observed(record) for record in records]))
        for row in rows:
            record = found.get(row.remote_id)
            if row.op == Op.ARCHIVE.value:
                _settle_archive(context, tx, row)
            elif record is None or record.id != row.remote_id:
                gone.append(row.remote_id)
                close(context, tx, row, "settled")
            else:
                settle_one(context, tx, kind, row, record)
    context.probe("settled")
    if gone:
        suspect_gone(context, kind, side, object_name, gone)
    return len(rows)


def observed(record: Record) -> Record:
    """The record as any other read would give it."""
    if MODIFIER not in record.values:
        return record
    return replace(record, values={name: value for name, value in record.values.items() if name != MODIFIER})


def settle_one(context: Context, tx: Tx, kind: KindMap, row: IntentRow, record: Record) -> None:
    """One applied write whose record was read back: link it, audit it, adopt, close; in the caller's transaction."""
    if row.op == Op.CREATE.value:
        if _belongs_to_another(tx, row, record):
            close(context, tx, row, "settled")
            relink_found(context, tx, row.link_id, row.side, [record])
            return
        _link_created(context, tx, row, record)
    else:
        tx.journal.add(raced_edits(context, kind, row, record))
    adopt_settled(context, tx, kind, _settled(context, kind, row, record))
    close(context, tx, row, "settled")
    context.report.count(f"{row.op}s.{row.side}.{row.kind}")
    context.report.count("cells", sum(not name.startswith("_") for name in row.fields))


def close(context: Context, tx: Tx, row: IntentRow, state: str) -> None:
    """The write happened: its journal rows are effective, what it put back is restored, its cells leave quarantine."""
    tx.journal.set_state(row.intent_id, "effective")
    for cell in row.fields.values() if state == "settled" else ():
        if cell.get("restores"):
            tx.journal.mark(cell["restores"], "restored")
    tx.intents.update(row.intent_id, state=state, closed_ms=context.clock.now_ms())
    tx.quarantine.drop([(row.link_id, row.side, name) for name in (*row.fields, "*")])
    tx.links.touch([row.link_id])


def _settle_archive(context: Context, tx: Tx, row: IntentRow) -> None:
    tx.records.set_presence(row.side, row.object, [row.remote_id], "deleted" if row.side == "left" else "archived")
    tx.links.update(row.link_id, state="broken", reason=f"{row.side} archived by run {row.run_id}")
    close(context, tx, row, "settled")
    context.report.count(f"archives.{row.side}.{row.kind}")


def _belongs_to_another(tx: Tx, row: IntentRow, record: Record) -> bool:
    """A merge or a person was quicker: what was created is another subject's record by now."""
    owner = tx.links.by_records(row.side, row.object, [record.id]).get(record.id)
    return owner is not None and owner.link_id != row.link_id


def _link_created(context: Context, tx: Tx, row: IntentRow, record: Record) -> None:
    """The new id belongs to the link from now on; references that waited for it are planned again."""
    link = tx.links.get_many([row.link_id])[row.link_id]
    if link.state in CREATING:
        assert CREATING[link.state] == row.side, "a create for the side that has a record"
        ends = {f"{row.side}_object": row.object, f"{row.side}_id": record.id}
        tx.links.update(row.link_id, state="linked", **ends)
        wake_dependents(tx, row.side, row.object, [record.id])
        source = other(row.side)
        source_id = link.left_id if source == "left" else link.right_id
        wake_dependents(tx, source, link.left_object if source == "left" else link.right_object, [source_id])


def _settled(context: Context, kind: KindMap, row: IntentRow, record: Record) -> list[Settled]:
    """What each written cell turned into: stored as sent, coerced, or already edited again by someone."""
    made: list[Settled] = []
    mapped = mapped_fields(kind, row.side, row.object)
    for name, cell in row.fields.items():
        if name.startswith("_") or cell["field"] not in record.values or cell["field"] not in mapped:
            continue
        stored = record.values[cell["field"]]
        ours = same_value(kind, row.side, name, stored, cell["new"])
        if not ours and row.state != "applied" and not arrived(context, kind, row, record, name):
            continue  # nobody heard the answer, and this cell never came: its base stays, and it is planned anew
        if not ours and _edited_after(context, row, record, cell["field"]):
            stored = cell["new"]  # someone was quicker than the read-back: theirs is a fresh edit over ours
            ours = True
        if not ours:
            context.report.count("coerced")
        made.append(Settled(name, row, cell, stored, coerced=not ours))
    return made


def _edited_after(context: Context, row: IntentRow, record: Record, field: str) -> bool:
    """Whether what is stored now was put there by someone else after our write; a guess falls to "someone else".

    Right: the newest entry of the field's history is not ours. Left: the last modification is not the integration
    user's; a flow that answers in the same transaction carries our name and counts as the side's own coercion.
    """
    if row.side == "right":
        history = (record.history or {}).get(field, ())
        return bool(history) and not context.is_ours(history[0])
    return not touched_by_us(context, record)


def touched_by_us(context: Context, record: Record) -> bool:
    """Whether the integration user was the last to modify a Salesforce record; unknown counts as no."""
    user_id = context.user_ids.get("left")
    return bool(user_id) and str(record.values.get(MODIFIER) or "") == user_id
