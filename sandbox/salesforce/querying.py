"""The org as SOQL sees it: visible objects, committed rows, the integration user's time zone."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.salesforce.definitions import FieldDef, ObjectDef
from sandbox.salesforce.state import OrgState
from sandbox.salesforce.store import Row, Rows


class OrgWorld:
    """`soql.World` over an org. Made for one request: it remembers which prefix is which object."""

    __slots__ = ("_prefixes", "_state", "_tables", "tooling", "zone")

    def __init__(self, state: OrgState, *, tooling: bool = False) -> None:
        self._state, self.tooling = state, tooling
        self._prefixes: dict[str, ObjectDef | None] = {}
        self._tables: dict[str, Rows] = {}
        self.zone = _zone(state)

    def now_ms(self) -> int:
        return self._state.now_ms()

    def definition(self, name: str) -> ObjectDef | None:
        found = self._state.visible(name)
        return None if found is None or (found.tooling and not self.tooling) else found

    def object_of(self, record_id: str) -> ObjectDef | None:
        prefix = record_id[:3]
        if prefix not in self._prefixes:
            found = self._state.object_of(record_id)
            self._prefixes[prefix] = None if found is None else self._state.visible(found.name)
        return self._prefixes[prefix]

    def rows(self, definition: ObjectDef) -> Rows:
        found = self._tables.get(definition.name)
        if found is None:
            found = self._tables[definition.name] = self._state.table(definition.name)
        return found

    def value(self, definition: ObjectDef, row: Row, field: FieldDef) -> Any:
        return self._state.value(definition, row, field)


def _zone(state: OrgState) -> tzinfo:
    row = state.rows["user"].get(state.user_id) if state.user_id else None
    name = (row or {}).get("TimeZoneSidKey") or "GMT"
    return UTC if name == "GMT" else ZoneInfo(name)
