"""Verify-read: the targets are looked at once more before anything is sent (T4).

What changed since the plan goes stale, is kept as an observation, and is planned anew; a create whose natural key
turned up meanwhile is a match. Reading again after a crash costs a call and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from connectors.base import Op, Presence, Record, RemoteError, SchemaError, SideName
from syncer.core.canon import canoniser
from syncer.core.fields import FieldType, KindMap
from syncer.core.values import UncanonicalError
from syncer.stages.context import KEY_FIELD, Context
from syncer.stages.drift import refresh_object
from syncer.stages.identify import relink_found
from syncer.stages.intents import drop_planned
from syncer.stages.observation import asked_fields, observations
from syncer.stages.vanish import suspect_gone
from syncer.store.ports import Tx
from syncer.store.rows import IntentRow

_HOT = 10  # cool-downs for a record that something touches all the time


def verify(context: Context, kind: KindMap, side: SideName, batch: Sequence[IntentRow]) -> list[IntentRow]:
    """The intents of the batch that may be sent now; the rest was made stale, postponed, or matched."""
    batch = _without_suspended(context, side, batch)
    if not batch:
        return []
    if batch[0].op == Op.CREATE.value:
        return _verify_creates(context, kind, side, batch)
    remote, object_name = context.remotes[side], batch[0].object
    with context.store.snapshot() as tx:
        fields = asked_fields(context, tx, kind, side, object_name)
    try:
        found = remote.read(object_name, [row.remote_id for row in batch], fields)
        server_now_ms = remote.server_now_ms()
    except SchemaError:  # a field went away since this run began: without it the links are planned anew
        refresh_object(context, kind, side, object_name)
        with context.store.transaction() as tx:
            make_stale(context, tx, batch)
        return []
    except RemoteError as error:
        postpone(context, side, batch, error)
        return []
    ready: list[IntentRow] = []
    stale: list[IntentRow] = []
    cooling: list[IntentRow] = []
    for row in batch:
        record = found.get(row.remote_id)
        if record is None or not _is_there(row, record) or not as_expected(kind, side, row, record):
            stale.append(row)
        elif side == "left" and record.modified_ms + context.settings.cool_down_ms > server_now_ms:
            cooling.append(row)
        else:
            ready.append(replace(row, guard_ms=record.modified_ms))
    records = [record for record in found.values() if record is not None]
    with context.store.transaction() as tx:
        tx.records.upsert(observations(context, kind, side, object_name, records))
        make_stale(context, tx, stale)
        for row in cooling:
            tx.intents.update(row.intent_id, not_before_ms=_cool_ms(context, row))
        for row in ready:
            tx.intents.update(row.intent_id, guard_ms=row.guard_ms)
    gone = [row.remote_id for row in batch if not _is_there(row, found.get(row.remote_id))]
    if gone:
        suspect_gone(context, kind, side, object_name, gone)
    context.probe("verified")
    return ready


def _without_suspended(context: Context, side: SideName, batch: Sequence[IntentRow]) -> Sequence[IntentRow]:
    """A field refused a moment ago, in another batch, need not be refused again: the rest is planned anew."""
    with context.store.snapshot() as tx:
        away = {row.field for row in tx.suspended.list() if (row.side, row.object) == (side, batch[0].object)}
    vain = [row for row in batch if any(cell["field"] in away for cell in row.fields.values())]
    if not vain:
        return batch
    with context.store.transaction() as tx:
        make_stale(context, tx, vain)
    return [row for row in batch if row not in vain]


def _cool_ms(context: Context, row: IntentRow) -> int:
    """When to look again: soon for the first time; what was touched meanwhile waits longer than this run does."""
    times = 1 if row.not_before_ms == 0 else _HOT
    return context.clock.now_ms() + times * context.settings.cool_down_ms


def _is_there(row: IntentRow, record: Record | None) -> bool:
    """The target itself, alive: not gone, merged away or converted."""
    return record is not None and record.id == row.remote_id and record.presence is Presence.LIVE


def as_expected(kind: KindMap, side: SideName, row: IntentRow, record: Record) -> bool:
    """Every field to be written still holds, canonically, what the plan saw."""
    for name, cell in row.fields.items():
        if name.startswith("_") or cell["field"] not in record.values:
            continue
        now, then = record.values[cell["field"]], cell["expected"]
        if now == then:
            continue
        item = kind.field_named(name)
        if item.type is FieldType.REFERENCE:
            return False
        canon = canoniser(item, side)
        try:
            if canon(now) != canon(then):
                return False
        except UncanonicalError:
            return False
    return True


def _verify_creates(context: Context, kind: KindMap, side: SideName, batch: Sequence[IntentRow]) -> list[IntentRow]:
    """Looks for the natural keys, consistently, on every object of the kind."""
    remote = context.remotes[side]
    keys = {row.intent_id: key for row in batch if (key := natural_key(kind, row))}
    if not keys:
        return list(batch)
    item = kind.field_named(kind.match[0])
    found: list[tuple[str, Record]] = []
    try:
        for object_name in kind.objects(side):
            name = item.on(side, object_name)
            if name is None:
                continue
            with context.store.snapshot() as tx:
                fields = asked_fields(context, tx, kind, side, object_name)
            records = remote.find(object_name, name, sorted(set(keys.values())), fields)
            found += [(object_name, record) for record in records if record.presence is Presence.LIVE]
    except RemoteError as error:
        postpone(context, side, batch, error)
        return []
    taken = _taken(kind, side, batch, keys, found)
    if not taken:
        return list(batch)
    with context.store.transaction() as tx:
        for object_name, record in found:
            tx.records.upsert(observations(context, kind, side, object_name, [record]))
        for row in batch:
            if row.intent_id in taken:
                make_stale(context, tx, [row])
                relink_found(context, tx, row.link_id, side, taken[row.intent_id])
    return [row for row in batch if row.intent_id not in taken]


def natural_key(kind: KindMap, row: IntentRow) -> str | None:
    """What a create would carry in the first match field."""
    cell = row.fields.get(kind.match[0]) if kind.match else None
    return str(cell["new"]) if cell and cell["new"] else None


def _taken(
    kind: KindMap,
    side: SideName,
    batch: Sequence[IntentRow],
    keys: Mapping[str, str],
    found: Sequence[tuple[str, Record]],
) -> dict[str, list[Record]]:
    """Intent id -> records that already carry its natural key and not its own sync key."""
    item = kind.field_named(kind.match[0])
    canon = canoniser(item, side)
    held: dict[object, list[Record]] = {}
    for object_name, record in found:
        name = item.on(side, object_name)
        if name is None:
            continue
        try:
            held.setdefault(canon(record.values.get(name)), []).append(record)
        except UncanonicalError:
            continue
    taken: dict[str, list[Record]] = {}
    for row in batch:
        if row.intent_id not in keys:
            continue
        others = [
            record
            for record in held.get(canon(keys[row.intent_id]), ())
            if record.values.get(KEY_FIELD[side]) != row.key
        ]
        if others:
            taken[row.intent_id] = others
    return taken


def make_stale(context: Context, tx: Tx, rows: Sequence[IntentRow]) -> None:
    """The world moved on: the plan is void, its losses did not happen, its link is planned anew."""
    now = context.clock.now_ms()
    for row in rows:
        tx.journal.set_state(row.intent_id, "withdrawn")
        tx.intents.update(row.intent_id, state="stale", closed_ms=now)
    tx.links.touch([row.link_id for row in rows])
    context.report.count("stale", len(rows))


def postpone(context: Context, side: SideName, batch: Sequence[IntentRow], error: RemoteError) -> None:
    """Nothing was sent. The side pauses for this run and the plan is dropped; the links stay dirty."""
    context.report.pause(side, error)
    with context.store.transaction() as tx:
        drop_planned(tx, [row.intent_id for row in batch])
        tx.links.touch([row.link_id for row in batch])
