"""Salesforce's rows to `Record`: pure, and on the hot path of every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.base import Presence, ProtocolError, Raw, Record
from connectors.salesforce.ids import to18
from connectors.salesforce.times import parse_ms
from connectors.salesforce.words import CONVERSION, SYSTEM_FIELDS


class RowShape:
    """What to select for some fields of an object, and how to turn the rows into records."""

    def __init__(self, object_name: str, fields: Sequence[str]) -> None:
        self.object = object_name
        self.fields = tuple(fields)
        self.system = SYSTEM_FIELDS.get(object_name, ("Id", "SystemModstamp", "IsDeleted"))
        self._places: list[tuple[str, tuple[str, ...]]] | None = None
        known = {field.lower() for field in self.system}
        self.select = (*self.system, *(field for field in dict.fromkeys(self.fields) if field.lower() not in known))

    def records(self, rows: Sequence[Mapping[str, Any]], started_ms: int) -> list[Record]:
        """One record a row. Raises ProtocolError where a field asked for is missing: it would read as blank."""
        if not rows:
            return []
        if self._places is None:
            self._places = [(field, self._place(field, rows[0])) for field in self.fields]
        return [self._record(row, self._places, started_ms) for row in rows]

    def _place(self, field: str, row: Mapping[str, Any]) -> tuple[str, ...]:
        """Where a row holds the field: rows answer in canonical case, parents as nested objects."""
        place = tuple(field.split("."))
        if place[0] in row:
            return place
        for key in row:
            if key.lower() == place[0].lower():
                return (key, *place[1:])
        raise ProtocolError(f"{self.object} row without {field}", side="left", fields=(field,))

    def _record(self, row: Mapping[str, Any], places: Sequence[tuple[str, tuple[str, ...]]], started_ms: int) -> Record:
        try:
            values = {field: row[place[0]] if len(place) == 1 else _nested(row, place) for field, place in places}
            record_id, stamp = to18(row["Id"]), parse_ms(row["SystemModstamp"])
        except KeyError as error:
            raise ProtocolError(f"{self.object} row without {error.args[0]}", side="left") from None
        presence, merged_into, converted_to = life(row)
        return Record(
            object=self.object,
            id=record_id,
            values=values,
            modified_ms=stamp,
            read_started_ms=started_ms,
            presence=presence,
            merged_into=merged_into,
            converted_to=converted_to,
        )


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
