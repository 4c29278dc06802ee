"""What a query needs of the org, and what it reads in it: nothing here stores or changes anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Protocol, TypeAlias

from sandbox.salesforce.definitions import FieldDef, ObjectDef
from sandbox.salesforce.store import Row, Rows

Reader: TypeAlias = Callable[[Row], Any]
Test: TypeAlias = Callable[[Row], bool]


class World(Protocol):
    """The org as the asking user sees it."""

    @property
    def zone(self) -> tzinfo:
        """The user's time zone, for TODAY and its like."""

    def now_ms(self) -> int: ...

    def definition(self, name: str) -> ObjectDef | None:
        """A queryable object by its name in any letter case; fields that the user may not read are absent."""

    def object_of(self, record_id: str) -> ObjectDef | None:
        """The object whose key prefix an id bears."""

    def rows(self, definition: ObjectDef) -> Rows: ...

    def value(self, definition: ObjectDef, row: Row, field: FieldDef) -> Any:
        """A value that is not stored as such: compound addresses, formulas."""


@dataclass(frozen=True, slots=True)
class Column:
    """One thing to read: of a row, or of a group in HAVING. `stored` is the key of a plain stored field of the row."""

    label: str  # canonical path: `Account.Name`
    type: str  # the vendor's word in describe
    read: Reader
    field: FieldDef | None = None
    stored: str | None = None
    parents: tuple[str, ...] = ()  # relationship names on the way
    targets: tuple[str, ...] = ()  # object of each parent, empty for polymorphic ones
