"""Records of one object type in memory: values, history, unique indexes, id order and the order of modification.

Built for a million records: values that can be computed (ids, times, creation source) are not stored, and history is
kept only for properties that changed after creation.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from sandbox.hubspot.definitions import Definition
from sandbox.hubspot.index import SearchIndex
from sandbox.hubspot.object_types import ObjectType
from sandbox.hubspot.times import iso

ID_BITS = 48
ID_MASK = (1 << ID_BITS) - 1
_NEAR_END = 1024  # this close to the end an entry is inserted in place


class Source(NamedTuple):
    """Who changed a property, in the words of the property history."""

    type: str
    id: str
    label: str
    user_id: int | None


class Version(NamedTuple):
    value: str
    at_ms: int
    source: Source


SEEDED = Source("IMPORT", "seed", "Import", None)


@dataclass(slots=True)
class StoredRecord:
    """One record; `values` holds the stored properties that are not empty, as text."""

    id: int
    values: dict[str, str]
    created_ms: int
    modified_ms: int
    source: Source = SEEDED
    updated_by: int | None = None
    archived_ms: int | None = None
    history: dict[str, list[Version]] | None = None  # oldest first, only for properties changed since creation

    def copy(self) -> StoredRecord:
        """What the search index keeps while it lags behind."""
        return StoredRecord(
            self.id,
            dict(self.values),
            self.created_ms,
            self.modified_ms,
            self.source,
            self.updated_by,
            self.archived_ms,
        )


Reader = Callable[[StoredRecord], str | None]


def _object_id(record: StoredRecord) -> str:
    return str(record.id)


def _created(record: StoredRecord) -> str:
    return iso(record.created_ms)


def _modified(record: StoredRecord) -> str:
    return iso(record.modified_ms)


def _source_type(record: StoredRecord) -> str:
    return record.source.type


def _source_id(record: StoredRecord) -> str:
    return record.source.id


def _created_by(record: StoredRecord) -> str | None:
    return None if record.source.user_id is None else str(record.source.user_id)


def _updated_by(record: StoredRecord) -> str | None:
    return None if record.updated_by is None else str(record.updated_by)


def _email_domain(record: StoredRecord) -> str | None:
    email = record.values.get("email")
    return email.rpartition("@")[2] if email else None


def _vids(record: StoredRecord) -> str:
    merged = record.values.get("hs_merged_object_ids")
    return f"{record.id};{merged}" if merged else str(record.id)


def _is_contact(record: StoredRecord) -> str:
    return "true"


def _is_unworked(record: StoredRecord) -> str:
    return "false" if record.values.get("num_notes") else "true"


def _contact_pipeline(record: StoredRecord) -> str:
    return "contacts-lifecycle-pipeline"


def _company_pipeline(record: StoredRecord) -> str:
    return "companies-lifecycle-pipeline"


# Properties that every type has and that are computed, never stored.
SYSTEM: dict[str, Reader] = {
    "hs_object_id": _object_id,
    "hs_createdate": _created,
    "hs_lastmodifieddate": _modified,
    "createdate": _created,
    "lastmodifieddate": _modified,
    "hs_object_source": _source_type,
    "hs_object_source_label": _source_type,
    "hs_object_source_id": _source_id,
    "hs_created_by_user_id": _created_by,
    "hs_updated_by_user_id": _updated_by,
}

# Further computed properties of single types.
TYPE_SYSTEM: dict[str, dict[str, Reader]] = {
    "contacts": {
        "hs_all_contact_vids": _vids,
        "hs_email_domain": _email_domain,
        "hs_is_contact": _is_contact,
        "hs_is_unworked": _is_unworked,
        "hs_pipeline": _contact_pipeline,
    },
    "companies": {"hs_pipeline": _company_pipeline},
}


class Plan(NamedTuple):
    """A resolved list of properties: all known names in order, and the computed ones among them."""

    names: tuple[str, ...]
    computed: tuple[tuple[str, Reader], ...]


@dataclass(slots=True)
class ObjectStore:
    """All records of one type, with the structures that keep reads independent of their number."""

    kind: ObjectType
    definitions: dict[str, Definition]
    groups: dict[str, str] = field(default_factory=dict)
    records: dict[int, StoredRecord] = field(default_factory=dict)
    live_ids: list[int] = field(default_factory=list)
    archived_ids: list[int] = field(default_factory=list)
    order: list[int] = field(default_factory=list)  # (modified_ms << ID_BITS) | id; may be outdated or doubled
    unsorted: bool = False  # `order` has to be sorted before it is used: records were filled in out of order
    unique: dict[str, dict[str, int]] = field(
        default_factory=dict
    )  # property -> value in lower case -> live record's id
    lookup: dict[str, dict[str, tuple[int, ...]]] = field(default_factory=dict)  # the same where values may repeat
    readers: dict[str, Reader] = field(default_factory=dict)
    aliases: dict[int, int] = field(default_factory=dict)  # merged-away id -> the record that consumed it
    last_id: int = 1_000
    generation: int = 0  # moves with every change: cached query results are valid for one generation
    index: SearchIndex = field(default_factory=SearchIndex)
    plans: dict[tuple[str, ...], Plan] = field(default_factory=dict)
    searches: dict[bytes, list[int]] = field(default_factory=dict)  # results of this generation
    searches_of: int = -1

    def __post_init__(self) -> None:
        self.readers = SYSTEM | TYPE_SYSTEM.get(self.kind.plural, {})
        self.unique = {name: {} for name, definition in self.definitions.items() if definition.unique}
        if self.kind.plural == "contacts":
            self.unique["email"] = {}
        if self.kind.plural == "companies":
            self.lookup["domain"] = {}

    def plan(self, names: Iterable[str]) -> Plan:
        """Resolves property names: unknown and archived ones fall out, the three that always come are added."""
        key = tuple(names)
        found = self.plans.get(key)
        if found is None:
            wanted = {name for name in key if (known := self.definitions.get(name)) and known.visible}
            wanted |= {"hs_object_id", self.kind.created, self.kind.modified}
            ordered = tuple(sorted(wanted))
            computed = tuple((name, self.readers[name]) for name in ordered if name in self.readers)
            if len(self.plans) > 256:
                self.plans.clear()
            found = self.plans[key] = Plan(ordered, computed)
        return found

    def defaults(self) -> tuple[str, ...]:
        return (*self.kind.defaults, "hs_object_id", self.kind.created, self.kind.modified)

    def value(self, record: StoredRecord, name: str) -> str | None:
        reader = self.readers.get(name)
        return reader(record) if reader is not None else record.values.get(name)

    def redefined(self) -> None:
        """Call after a definition was added, renamed or archived."""
        self.plans.clear()
        self.generation += 1

    def next_id(self) -> int:
        """Reserves an id; a refused create leaves a gap."""
        self.last_id += 1
        return self.last_id

    # -- identity

    def resolve(self, record_id: int) -> StoredRecord | None:
        """The record of an id, through merges; None for one that never was or is purged."""
        while record_id in self.aliases:
            record_id = self.aliases[record_id]
        return self.records.get(record_id)

    def live(self, record_id: int) -> StoredRecord | None:
        record = self.resolve(record_id)
        return record if record is not None and record.archived_ms is None else None

    def holder(self, name: str, value: str) -> StoredRecord | None:
        """The live record that holds a unique value."""
        record_id = self.unique[name].get(value.lower())
        return None if record_id is None else self.records[record_id]

    def claim(self, record: StoredRecord, name: str, value: str) -> None:
        """Enters a value into the unique and look-up indexes, where there is one for this property."""
        if name in self.unique:
            self.unique[name][value.lower()] = record.id
        elif name in self.lookup:
            self.lookup[name][value] = (*self.lookup[name].get(value, ()), record.id)

    def release(self, record: StoredRecord, name: str, value: str) -> None:
        if name in self.unique:
            if self.unique[name].get(value.lower()) == record.id:
                del self.unique[name][value.lower()]
        elif name in self.lookup:
            left = tuple(number for number in self.lookup[name].get(value, ()) if number != record.id)
            if left:
                self.lookup[name][value] = left
            else:
                self.lookup[name].pop(value, None)

    def claims(self, record: StoredRecord) -> list[tuple[str, str]]:
        """Every indexed value of a record, additional e-mail addresses and domains among them."""
        held = [(name, value) for name in (*self.unique, *self.lookup) if (value := record.values.get(name))]
        for name, extra in (("email", "hs_additional_emails"), ("domain", "hs_additional_domains")):
            if extra in record.values and (name in self.unique or name in self.lookup):
                held += [(name, value) for value in record.values[extra].split(";") if value]
        return held

    # -- structure

    def insert(self, record: StoredRecord) -> None:
        self.records[record.id] = record
        _add(self.live_ids, record.id)
        self.last_id = max(self.last_id, record.id)
        self.moved(record)

    def moved(self, record: StoredRecord) -> None:
        """Takes note of a new modified time (or of any change that search must see)."""
        self.generation += 1
        key = (record.modified_ms << ID_BITS) | record.id
        order = self.order
        if not order or order[-1] < key or self.unsorted:
            order.append(key)
        elif key > order[-min(len(order), _NEAR_END)]:
            insort(order, key)
        else:
            order.append(key)
            self.unsorted = True
        if len(order) > 1024 and len(order) > 3 * len(self.records):
            self.compact()

    def compact(self) -> None:
        """Drops outdated entries of the modification order."""
        self.unsorted = False
        self.order = sorted({(r.modified_ms << ID_BITS) | r.id for r in self.records.values() if r.archived_ms is None})

    def set_archived(self, record: StoredRecord, at_ms: int) -> None:
        _discard(self.live_ids, record.id)
        _add(self.archived_ids, record.id)
        record.archived_ms = at_ms
        self.generation += 1

    def set_live(self, record: StoredRecord) -> None:
        _discard(self.archived_ids, record.id)
        _add(self.live_ids, record.id)
        record.archived_ms = None
        self.moved(record)

    def remove(self, record: StoredRecord) -> None:
        """Takes a record out for good: merged away or purged."""
        self.records.pop(record.id, None)
        _discard(self.live_ids, record.id)
        _discard(self.archived_ids, record.id)
        self.generation += 1

    def ids_from(self, start: int, limit: int, *, archived: bool) -> list[int]:
        """Up to `limit` ids in ascending order from `start` on."""
        ids = self.archived_ids if archived else self.live_ids
        at = bisect_left(ids, start)
        return ids[at : at + limit]

    def modified_between(self, low_ms: int, high_ms: int) -> list[int]:
        """Ids of the live records whose stored modified time lies in [low_ms, high_ms], in order of (time, id)."""
        if self.unsorted:
            self.order.sort()
            self.unsorted = False
        order, get = self.order, self.records.get
        low = bisect_left(order, max(low_ms, 0) << ID_BITS)
        high = bisect_left(order, (max(high_ms, -1) + 1) << ID_BITS)
        current = (
            key & ID_MASK
            for key in order[low:high]
            if (record := get(key & ID_MASK)) is not None
            and record.modified_ms == key >> ID_BITS
            and record.archived_ms is None
        )
        return list(dict.fromkeys(current))


def _add(ids: list[int], record_id: int) -> None:
    if not ids or ids[-1] < record_id:
        ids.append(record_id)
    else:
        insort(ids, record_id)


def _discard(ids: list[int], record_id: int) -> None:
    at = bisect_left(ids, record_id)
    if at < len(ids) and ids[at] == record_id:
        del ids[at]
