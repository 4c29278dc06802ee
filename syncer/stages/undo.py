"""Taking things back: what a run wrote (`undo_run`), or one value that the journal kept (`restore`).

Undo leaves both sides at rest, apart as they were before the run: only what nobody edited since is put back, and
nothing travels from it. Restore makes the old value an ordinary edit, which goes through the same merge as any other.
Both go through the outbox: verified, marked sent, read back, and safe to repeat after a crash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.base import Op, SideName
from syncer.core.fields import FieldMap, KindMap
from syncer.stages.comparing import same_value
from syncer.stages.context import Context
from syncer.stages.dispatch import dispatch
from syncer.stages.gathering import pairs_of
from syncer.stages.intents import basis_of
from syncer.stages.plan import rule_fingerprint
from syncer.stages.rebase import differing
from syncer.store.ports import Tx
from syncer.store.rows import IntentRow, JournalRow, LinkRow, RecordRow, ShadowRow

UNMAPPED = "the mapping does not know it any more"


@dataclass(frozen=True, slots=True)
class Untaken:
    """What undo left as it is, and why."""

    link_id: str
    side: SideName
    field: str
    reason: str


def undo_run(context: Context, run_id: str) -> list[Untaken]:
    """Puts back every cell that the run wrote and nobody edited since; what it left. Creates are archived again.

    Newest writes first, one at a time for each link. The observations must be fresh: run a look before.
    """
    left_alone: list[Untaken] = []
    with context.store.snapshot() as tx:
        rows = tx.intents.of_run(run_id, ("settled",))
    waves: list[dict[str, IntentRow]] = []
    depth: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: (-row.closed_ms, row.intent_id)):
        place = depth[row.link_id] = depth.get(row.link_id, -1) + 1
        if place == len(waves):
            waves.append({})
        waves[place][row.link_id] = row
    for wave in waves:
        _undo_wave(context, list(wave.values()), left_alone)
    return left_alone


def _undo_wave(context: Context, rows: Sequence[IntentRow], left_alone: list[Untaken]) -> None:
    with context.store.transaction() as tx:
        links = tx.links.get_many([row.link_id for row in rows])
        pairs = pairs_of(tx, links.values())
        busy = tx.intents.open_for(list(links))
        shadows = tx.shadows.get_many(list(links))
        intents: list[IntentRow] = []
        for row in rows:
            link = links[row.link_id]
            if row.link_id in busy:
                left_alone.append(Untaken(row.link_id, row.side, "*", "a write of it is still open"))
                continue
            told = tx.journal.list(link_id=row.link_id, run_id=row.run_id)
            entries = {entry.field: entry.seq for entry in told if entry.intent_id == row.intent_id}
            made = _reverse(context, row, link, pairs[row.link_id], shadows.get(row.link_id), entries, left_alone)
            if made is not None:
                intents.append(made)
        tx.intents.plan(intents)
        tx.intents.gate([intent.intent_id for intent in intents])
    send_now(context, intents)


def _reverse(
    context: Context,
    row: IntentRow,
    link: LinkRow,
    pair: tuple[RecordRow | None, RecordRow | None],
    shadow: ShadowRow | None,
    entries: Mapping[str, int],
    left_alone: list[Untaken],
) -> IntentRow | None:
    target, opposite = pair if row.side == "left" else (pair[1], pair[0])
    if link.state != "linked" or target is None or target.presence != "live" or target.id != row.remote_id:
        left_alone.append(Untaken(row.link_id, row.side, "*", "the record is gone, merged or converted"))
        return None
    kind = context.known_kind(row.kind)
    if kind is None:
        left_alone.append(Untaken(row.link_id, row.side, "*", UNMAPPED))
        return None
    fields: dict[str, dict[str, Any]] = {}
    for name, cell in row.fields.items():
        if name.startswith("_"):
            continue
        if not kind.knows(name):
            left_alone.append(Untaken(row.link_id, row.side, name, UNMAPPED))
            continue
        if cell["field"] not in target.values:
            continue
        now = target.values[cell["field"]]
        if not same_value(kind, row.side, name, now, cell["new"]):
            left_alone.append(Untaken(row.link_id, row.side, name, "someone edited it since"))
            continue
        source = _at_rest(kind, name, opposite, shadow) if opposite is not None else None
        fields[name] = put_cell(kind.field_named(name), cell["field"], now, cell["expected"], source, "at_rest")
        fields[name]["restores"] = entries.get(name, 0)
    create = row.op == Op.CREATE.value
    if create and shadow is not None:
        added = differing(kind, shadow, row.side, target) - row.fields.keys()
        left_alone += [Untaken(row.link_id, row.side, name, "someone edited it since") for name in sorted(added)]
    if create and any(item.link_id == row.link_id and item.reason.startswith("someone") for item in left_alone):
        left_alone.append(Untaken(row.link_id, row.side, "*", "the created record was edited since, so it stays"))
        return None
    if not create and not fields:
        return None
    return put_intent(context, row.link_id, row.kind, row.side, target, {} if create else fields, create, pair)


def _at_rest(kind: KindMap, name: str, row: RecordRow, shadow: ShadowRow | None) -> Any:
    """What the other side rests at: its value, or its base where that was edited since and the edit is to travel."""
    field = kind.field_named(name).on(row.side, row.object)
    now = row.values.get(field) if field else None
    bases = (shadow.left if row.side == "left" else shadow.right) if shadow else {}
    return bases[name] if name in bases and not same_value(kind, row.side, name, now, bases[name]) else now


def put_cell(item: FieldMap, field: str, now: Any, value: Any, source: Any, adopt: str) -> dict[str, Any]:
    blank = value in (None, "")
    return {
        "field": field,
        "expected": now,
        "new": value,
        "effect": "clear" if blank else "overwrite",
        "source": source,
        "source_writer": "unknown",
        "owed": False,
        "rule": rule_fingerprint(item),
        "print": "",
        "adopt": adopt,
        "approved": True,
    }


def put_intent(
    context: Context,
    link_id: str,
    kind: str,
    side: SideName,
    target: RecordRow,
    fields: dict[str, dict[str, Any]],
    archive: bool,
    pair: tuple[RecordRow | None, RecordRow | None],
) -> IntentRow:
    return IntentRow(
        intent_id=context.entropy.token(),
        run_id=context.report.run_id,
        link_id=link_id,
        kind=kind,
        side=side,
        op=(Op.ARCHIVE if archive else Op.UPDATE).value,
        object=target.object,
        remote_id=target.id,
        key="",
        fields=fields,
        guard_ms=target.mod_ms,
        state="planned",
        klass="",
        code="",
        attempts=0,
        not_before_ms=0,
        attempt_id="",
        sent_ms=0,
        basis_hash=basis_of(*pair),
        gated=False,
        created_ms=context.clock.now_ms(),
    )


def send_now(context: Context, intents: Sequence[IntentRow]) -> None:
    for kind in context.kinds:
        for side in ("left", "right"):
            if any((intent.kind, intent.side) == (kind.kind, side) for intent in intents):
                dispatch(context, kind, side)


def restore(context: Context, entry: JournalRow) -> bool:
    """Writes the losing value of a journal row back to its record, as an edit of that side; false when it cannot be.

    What stands there now goes to the journal first. A value that stands there already is put back: nothing is written.
    The row is marked as the write is settled, by whichever run settles it.
    """
    with context.store.transaction() as tx:
        intent = _plan_restore(context, tx, entry)
    if intent is not None:
        send_now(context, [intent])
    with context.store.snapshot() as tx:
        told = tx.journal.get(entry.seq)
    return told is not None and told.state == "restored"


def _plan_restore(context: Context, tx: Tx, entry: JournalRow) -> IntentRow | None:
    link = tx.links.get_many([entry.link_id]).get(entry.link_id)
    if link is None or link.state != "linked" or tx.intents.open_for([entry.link_id]):
        return None
    pair = pairs_of(tx, [link])[entry.link_id]
    target = pair[0] if entry.side == "left" else pair[1]
    kind = context.known_kind(link.kind)
    if kind is None or not kind.knows(entry.field) or target is None or target.presence != "live":
        return None
    item = kind.field_named(entry.field)
    field = item.on(entry.side, target.object)
    if field is None or field not in target.values:
        return None
    now = target.values[field]
    if same_value(kind, entry.side, entry.field, now, entry.loser):
        tx.journal.mark(entry.seq, "restored")
        return None
    cell = {**put_cell(item, field, now, entry.loser, None, "none"), "loses": True, "restores": entry.seq}
    intent = put_intent(context, entry.link_id, link.kind, entry.side, target, {entry.field: cell}, False, pair)
    tx.intents.plan([intent])
    tx.journal.propose(
        [
            replace(
                entry,
                seq=0,
                run_id=context.report.run_id,
                object=target.object,
                remote_id=target.id,
                loser=now,
                winner=entry.loser,
                base=None,
                reason="restore",
                loser_at_ms=target.mod_ms,
                winner_at_ms=context.clock.now_ms(),
                state="proposed",
                intent_id=intent.intent_id,
                at_ms=context.clock.now_ms(),
            )
        ]
    )
    tx.intents.gate([intent.intent_id])
    return intent
