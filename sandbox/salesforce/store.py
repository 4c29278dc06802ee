"""Rows of one object in memory: plain dictionaries of wire values, a few indexes, the order of change, late commits.

A row holds canonical field names; an absent field is null (booleans and system fields are always there). Compound
addresses and formulas are never stored: read those with `OrgState.value`. Ids grow, so insertion order is Id order.
Nothing outside `sandbox.salesforce.records` (and seeding) may change a row.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from sandbox.salesforce import ids
from sandbox.salesforce.definitions import FieldDef, ObjectDef
from sandbox.salesforce.times import stamp, stamp_s

Row = dict[str, Any]

_NUMBER_BITS = 60
_CHUNK = 4096  # rows that a walk takes before it takes all: many stop early
_NUMBER_MASK = (1 << _NUMBER_BITS) - 1
_NOT_INDEXED = frozenset({"OwnerId", "CreatedById", "LastModifiedById", "MasterRecordId", "IndividualId"})


class Pending(NamedTuple):
    """A change whose transaction still runs: readers see `before` (None: nothing yet) until `visible_ms`."""

    visible_ms: int
    stamped_s: int
    before: Row | None


class Rows:
    """`get` and `holders` see what is stored; `seen`, `all`, `live`, `changed` see what is committed."""

    def __init__(self, definition: ObjectDef) -> None:
        self.definition = definition
        self._rows: dict[str, Row] = {}
        self._ids: list[str] = []
        self.reserved = 0  # number of the newest id given out
        self._changes: list[int] = []  # (SystemModstamp in s << 60) | number of the id; entries may be outdated
        self._sorted = True
        self._index: dict[str, dict[str, str | tuple[str, ...]]] = {}  # one holder: the id itself, which saves memory
        self.pending: dict[str, Pending] = {}
        for field in definition.fields.values():
            self.add_index(field)

    def __len__(self) -> int:
        return len(self._rows)

    # -- reading

    def get(self, record_id: str) -> Row | None:
        """The stored row of a 15- or 18-character id, deleted ones included."""
        row = self._rows.get(record_id)
        if row is None and (full := ids.to18(record_id)) is not None:
            row = self._rows.get(full)
        return row

    def seen(self, record_id: str) -> Row | None:
        """As `get`, but before the change of a transaction that still runs."""
        row = self.get(record_id)
        if row is not None and self.pending and (waiting := self.pending.get(row["Id"])) is not None:
            return waiting.before
        return row

    def all(self, after: str = "") -> Iterator[Row]:
        """Committed rows in Id order, deleted ones included, from the one behind `after` (18 characters) on."""
        start = bisect_right(self._ids, after)
        first = self._ids[start : start + _CHUNK]
        if self.pending:
            chosen = first + self._ids[start + _CHUNK :]
            yield from [row for record_id in chosen if (row := self.seen(record_id)) is not None]
        else:
            yield from [self._rows[record_id] for record_id in first]
            if len(first) == _CHUNK:
                yield from list(islice(self._rows.values(), start + _CHUNK, None))

    def stored(self) -> Iterator[Row]:
        """Every stored row in Id order, whether committed or not."""
        yield from list(self._rows.values())

    def live(self, after: str = "") -> Iterator[Row]:
        return (row for row in self.all(after) if not row.get("IsDeleted"))

    def changed(self, low_s: int, high_s: int) -> Iterator[Row]:
        """Committed rows with low <= SystemModstamp <= high (seconds since 1970), by SystemModstamp, then Id."""
        self._sort()
        low = bisect_left(self._changes, low_s << _NUMBER_BITS)
        high = bisect_left(self._changes, (high_s + 1) << _NUMBER_BITS)
        prefix, last, second, text = self.definition.key_prefix, -1, -1, ""
        for key in self._changes[low:high]:
            if key == last:
                continue
            last = key
            if key >> _NUMBER_BITS != second:
                second = key >> _NUMBER_BITS
                text = stamp(second * 1000)
            row = self.seen(ids.made(prefix, key & _NUMBER_MASK))
            if row is not None and row["SystemModstamp"] == text:
                yield row

    def indexed(self, field_name: str) -> bool:
        return field_name in self._index

    def holders(self, field_name: str, value: str) -> list[Row]:
        """Stored rows (deleted ones included) whose indexed field holds a value; text matches without case."""
        found = self._index[field_name].get(value.lower(), ())
        rows = [self._rows[record_id] for record_id in ((found,) if isinstance(found, str) else found)]
        field = self.definition.fields[field_name.lower()]
        return [row for row in rows if row.get(field_name) == value] if field.case_sensitive else rows

    # -- changing

    def next_id(self) -> str:
        """Reserves an id; a refused create leaves a gap."""
        self.reserved += 1
        return ids.made(self.definition.key_prefix, self.reserved)

    def insert(self, row: Row) -> None:
        """Takes a new row whose Id came from `next_id`."""
        record_id = row["Id"]
        if self._ids and record_id < self._ids[-1]:
            insort(self._ids, record_id)
            self._rows[record_id] = row
            self._rows = {known: self._rows[known] for known in self._ids}
        else:
            self._ids.append(record_id)
            self._rows[record_id] = row
        for name in self._index:
            self._enter(name, row.get(name), record_id)
        self._touch(row)

    def change(self, row: Row, changes: Row) -> None:
        """Sets fields of a stored row, keeping indexes and the order of change."""
        for name in self._index:
            if name in changes:
                self._leave(name, row.get(name), row["Id"])
                self._enter(name, changes[name], row["Id"])
        for name, value in changes.items():
            if value is None:
                row.pop(name, None)
            else:
                row[name] = value
        self._touch(row)

    def purge(self, record_id: str) -> None:
        """Takes a row out for good."""
        row = self._rows.pop(record_id)
        del self._ids[bisect_left(self._ids, record_id)]
        self.pending.pop(record_id, None)
        for name in self._index:
            self._leave(name, row.get(name), record_id)

    def put_back(self, record_id: str, before: Row | None) -> None:
        """Undoes: the row as it was, or gone where there was none."""
        row = self._rows[record_id]
        if before is None:
            self.purge(record_id)
            return
        self.change(row, {**dict.fromkeys(row.keys() - before.keys()), **before})

    def add_index(self, field: FieldDef) -> None:
        if (
            field.external_id
            or field.unique
            or field.id_lookup
            or (field.reference_to and field.name not in _NOT_INDEXED)
        ):
            if field.type == "id":
                return
            self._index[field.name] = {}
            for row in self._rows.values():
                self._enter(field.name, row.get(field.name), row["Id"])

    def drop_field(self, name: str) -> None:
        """Forgets every value of a removed field."""
        self._index.pop(name, None)
        for row in self._rows.values():
            row.pop(name, None)

    # -- late commits

    def hold(self, record_id: str, pending: Pending) -> None:
        """Hides a change until its transaction ends; an older hidden state stays the one that readers see."""
        waiting = self.pending.get(record_id)
        if waiting is not None:
            pending = Pending(
                max(waiting.visible_ms, pending.visible_ms), min(waiting.stamped_s, pending.stamped_s), waiting.before
            )
        self.pending[record_id] = pending

    def settle(self, now_ms: int) -> None:
        """Commits what is due; call before reading."""
        if self.pending:
            due = [record_id for record_id, waiting in self.pending.items() if waiting.visible_ms <= now_ms]
            for record_id in due:
                del self.pending[record_id]

    # -- structure

    def _touch(self, row: Row) -> None:
        if "SystemModstamp" not in row:
            return
        key = (stamp_s(row["SystemModstamp"]) << _NUMBER_BITS) | ids.number_of(row["Id"])
        if self._changes and key < self._changes[-1]:
            self._sorted = False
        if not self._changes or self._changes[-1] != key:
            self._changes.append(key)

    def _sort(self) -> None:
        if not self._sorted:
            self._changes.sort()
            self._sorted = True
        if len(self._changes) > 4096 and len(self._changes) > 4 * len(self._rows) and not self.pending:
            self._changes = []
            for row in self._rows.values():
                self._changes.append((stamp_s(row["SystemModstamp"]) << _NUMBER_BITS) | ids.number_of(row["Id"]))
            self._changes.sort()

    def _enter(self, name: str, value: Any, record_id: str) -> None:
        if value is not None:
            held = self._index[name]
            key = str(value).lower()
            there = held.get(key)
            if there is None:
                held[key] = record_id
            else:
                held[key] = (there, record_id) if isinstance(there, str) else (*there, record_id)

    def _leave(self, name: str, value: Any, record_id: str) -> None:
        if value is None:
            return
        held, key = self._index[name], str(value).lower()
        there = held.get(key, ())
        left = tuple(known for known in ((there,) if isinstance(there, str) else there) if known != record_id)
        if left:
            held[key] = left[0] if len(left) == 1 else left
        else:
            held.pop(key, None)
