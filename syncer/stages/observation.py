"""From what a connector read to what the store keeps: pure, and on the hot path of every page.

Values pass through untouched. Only the few fields that identify a record are looked into: our key, the cross-reference,
and the natural keys of the mapping in canonical form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from connectors.base import Presence, Raw, Record, SideName
from syncer.core.canon import canoniser
from syncer.core.fields import FieldType, KindMap
from syncer.core.inclusion import parse_inclusion
from syncer.core.values import UncanonicalError
from syncer.stages.context import KEY_FIELD, LEFT_CROSS_REFERENCE, Context, mapped_fields
from syncer.store.ports import Tx
from syncer.store.rows import RecordRow

SECONDARY: Mapping[tuple[SideName, str, FieldType], str] = {
    ("right", "contacts", FieldType.EMAIL): "hs_additional_emails",
    ("right", "companies", FieldType.DOMAIN): "hs_additional_domains",
}
"""Where HubSpot keeps further values of a natural key, `;` between them: they identify as well as the first."""

KeyReader = Callable[[Mapping[str, Raw]], list[tuple[str, str]]]


def observations(
    context: Context, kind: KindMap, side: SideName, object_name: str, records: Sequence[Record]
) -> list[RecordRow]:
    """The rows of some records of one object, in the order given. A key that cannot be read is no key."""
    read_keys, key_field = _key_reader(kind, side, object_name), KEY_FIELD[side]
    return [
        RecordRow(
            side,
            object_name,
            record.id,
            record.modified_ms,
            record.read_started_ms,
            record.values,
            str(record.presence),
            str(record.values.get(key_field) or ""),
            tuple(read_keys(record.values)),
            _successor(object_name, record),
            record.merged_ids,
        )
        for record in records
    ]


def _successor(object_name: str, record: Record) -> Mapping[str, str]:
    if record.presence is Presence.LIVE:
        return {}
    if record.merged_into:
        return {object_name: record.merged_into}
    return record.converted_to or {}


def key_fields(kind: KindMap, side: SideName, object_name: str) -> list[tuple[str, str]]:
    """(natural key, field that holds it), strongest key first; a key may live in several fields."""
    found: list[tuple[str, str]] = []
    for name in kind.match:
        item = kind.field_named(name)
        if field := item.on(side, object_name):
            found.append((name, field))
            if further := SECONDARY.get((side, object_name, item.type)):
                found.append((name, further))
    return found


def _key_reader(kind: KindMap, side: SideName, object_name: str) -> KeyReader:
    """Compiled once for each page: reads the natural keys of a record's values."""
    readers = []
    for name in kind.match:
        item = kind.field_named(name)
        if field := item.on(side, object_name):
            readers.append((name, field, canoniser(item, side), SECONDARY.get((side, object_name, item.type))))
    cross_reference = side == "left"

    def read(values: Mapping[str, Raw]) -> list[tuple[str, str]]:
        keys: list[tuple[str, str]] = []
        for name, field, canon, further in readers:
            raws = [values.get(field)]
            if further and (more := values.get(further)):
                raws += str(more).split(";")
            for raw in raws:
                if raw is None:
                    continue
                try:
                    value = canon(raw)
                except UncanonicalError:
                    continue  # the cell itself is reported when it is planned
                if value is not None and (key := (name, str(value).casefold())) not in keys:
                    keys.append(key)
        if cross_reference and (reference := values.get(LEFT_CROSS_REFERENCE)):
            keys.append((LEFT_CROSS_REFERENCE, str(reference)))
        return keys

    return read


def inclusion_of(kind: KindMap, side: SideName) -> str:
    return kind.left_inclusion if side == "left" else kind.right_inclusion


def asked_fields(context: Context, tx: Tx, kind: KindMap, side: SideName, object_name: str) -> tuple[str, ...]:
    """What to read of an object, sorted: mapped fields, what identifies, what the inclusion looks at.

    Fields that the schema seen last does not have are left out: asking for them would fail the page, and drift has
    told of them. Suspended fields are left out too, except natural keys, without which a record would look new.
    """
    identifying = {field for _, field in key_fields(kind, side, object_name)} | {KEY_FIELD[side]}
    if side == "left":
        identifying.add(LEFT_CROSS_REFERENCE)
    suspended = {row.field for row in tx.suspended.list() if (row.side, row.object) == (side, object_name)}
    wanted = {*mapped_fields(kind, side, object_name), *parse_inclusion(inclusion_of(kind, side)).fields} - suspended
    wanted |= identifying
    schema = tx.schemas.get(side, object_name)
    if schema is not None:
        known = schema.json["fields"]
        wanted = {name for name in wanted if "." in name or name in known}
    return tuple(sorted(wanted))


def note_merged(tx: Tx, side: SideName, object_name: str, survivors: Mapping[str, str], read_ms: int) -> None:
    """Loser id -> survivor id, where no row of the loser itself was read: its last known values stay.

    The losers become dirty, so that `succession` follows them; those never known are passed over.
    """
    losers = tx.records.get_many(side, object_name, sorted(survivors))
    tx.records.upsert(
        [
            replace(
                row,
                presence=Presence.MERGED.value,
                successor={object_name: survivors[row.id]},
                read_start_ms=max(read_ms, row.read_start_ms, row.settled_ms),
            )
            for row in losers.values()
        ]
    )
