"""Salesforce's rows to `Record`: pure, and on the hot path of every page."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from operator import itemgetter
from typing import Any

from connectors.base import Presence, ProtocolError, Raw, Record
from connectors.salesforce.ids import to18
from connectors.salesforce.times import parse_ms
from connectors.salesforce.words import CONVERSION, SYSTEM_FIELDS


class RowShape:
    """What to select for some fields of an object, and how to turn the rows into records."""

    def __init__(
        self, object_name: str, fields: Sequence[str], known: Callable[[str], Container[str]] = lambda name: ()
    ) -> None:
        """`known` tells which fields the object has: in a row that leaves one of those out, it is blank."""
        self._known = known
        self.object = object_name
        self.fields = tuple(fields)
        self.system = SYSTEM_FIELDS.get(object_name, ("Id", "SystemModstamp", "IsDeleted"))
        self._read: Callable[[Mapping[str, Any]], dict[str, Raw]] | None = None
        known = {field.lower() for field in self.system}
        self.select = (*self.system, *(field for field in dict.fromkeys(self.fields) if field.lower() not in known))

    def records(self, rows: Sequence[Mapping[str, Any]], started_ms: int) -> list[Record]:
        """One record a row. Raises ProtocolError for a missing field that the object does not have: it is not blank."""
        if not rows:
            return []
        if min(map(len, rows)) < len(self.select):
            rows = [self._filled(row) for row in rows]
        if self._read is None:
            self._read = _reader({field: self._place(field, rows[0]) for field in self.fields})
        read = self._read
        return [self._record(row, read, started_ms) for row in rows]

    def _filled(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """The row with the blanks that its system left out."""
        held = {key.lower() for key in row}
        left_out = [field for field in self.fields if "." not in field and field.lower() not in held]
        known = self._known(self.object) if left_out else ()
        return {**row, **{field: None for field in left_out if field in known}} if left_out else row

    def _place(self, field: str, row: Mapping[str, Any]) -> tuple[str, ...]:
        """Where a row holds the field: rows answer in canonical case, parents as nested objects."""
        place = tuple(field.split("."))
        if place[0] in row:
            return place
        for key in row:
            if key.lower() == place[0].lower():
                return (key, *place[1:])
        raise ProtocolError(f"{self.object} row without {field}", side="left", fields=(field,))

    def _record(
        self, row: Mapping[str, Any], read: Callable[[Mapping[str, Any]], dict[str, Raw]], started_ms: int
    ) -> Record:
        try:
            values = read(row)
            record_id, stamp = to18(row["Id"]), parse_ms(row["SystemModstamp"])
        except KeyError as error:
            raise ProtocolError(f"{self.object} row without {error.args[0]}", side="left") from None
        if not (row.get("IsDeleted") or row.get("IsConverted")):  # nearly all
            return Record(self.object, record_id, values, stamp, started_ms)
        presence, merged_into, converted_to = life(row)
        return Record(self.object, record_id, values, stamp, started_ms, presence, merged_into, (), converted_to)


def _reader(places: Mapping[str, tuple[str, ...]]) -> Callable[[Mapping[str, Any]], dict[str, Raw]]:
    """Reads the values of a row: all at once where none lies in a parent and there are enough to be a tuple."""
    if len(places) < 2 or any(len(place) > 1 for place in places.values()):
        return lambda row: {field: _nested(row, place) for field, place in places.items()}
    names, all_at_once = tuple(places), itemgetter(*(place[0] for place in places.values()))
    return lambda row: dict(zip(names, all_at_once(row), strict=True))


def life(row: Mapping[str, Any]) -> tuple[Presence, str | None, dict[str, str] | None]:
    """Presence, survivor and conversion targets of a row."""
    if row.get("IsDeleted"):
        master = row.get("MasterRecordId")
        return (Presence.MERGED, to18(master), None) if master else (Presence.DELETED, None, None)
    if row.get("IsConverted"):
        targets = {name: to18(row[field]) for field, name in CONVERSION.items() if row.get(field)}
        return Presence.CONVERTED, None, targets
    return Presence.LIVE, None, None


def _nested(row: Mapping[str, Any], place: Sequence[str]) -> Raw:
    value: Any = row
    for key in place:
        if value is None:
            return None
        value = value[key]
    return value
