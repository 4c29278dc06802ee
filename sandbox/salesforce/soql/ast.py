"""A SOQL query as data. `at` is the offset in the query's text, for the caret of an error message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class Kind(Enum):
    """What a literal is written as."""

    TEXT = "string"
    NUMBER = "number"
    DATE = "date"
    INSTANT = "dateTime"
    CLOCK = "time"
    SPAN = "date literal"  # TODAY, LAST_N_DAYS:3
    BOOLEAN = "boolean"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Literal:
    """`value`: text, int or float, wire date, wire datetime, (span name, n), bool or None."""

    kind: Kind
    value: object
    at: int


@dataclass(frozen=True, slots=True)
class Path:
    """`Email` or `Account.Owner.Name`, as written."""

    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """`COUNT()`, `MAX(Amount)`, `CALENDAR_YEAR(CreatedDate)`; `name` in upper case."""

    name: str
    arguments: tuple[Operand | Literal, ...]
    at: int
    word: str  # as written


Operand: TypeAlias = Path | Call


@dataclass(frozen=True, slots=True)
class Selected:
    what: Operand
    alias: Path | None


@dataclass(frozen=True, slots=True)
class Child:
    query: Query


@dataclass(frozen=True, slots=True)
class TypeOf:
    of: Path
    branches: tuple[tuple[Path, tuple[Path, ...]], ...]
    otherwise: tuple[Path, ...]


Item: TypeAlias = Selected | Child | TypeOf


@dataclass(frozen=True, slots=True)
class Compare:
    """`operator` is one of = != < <= > >= LIKE."""

    left: Operand
    operator: str
    right: Literal


@dataclass(frozen=True, slots=True)
class Within:
    left: Operand
    members: tuple[Literal, ...] | Query
    negated: bool


@dataclass(frozen=True, slots=True)
class Includes:
    """Multi-select: any of the members, each of which may demand several values (`A;B`)."""

    left: Operand
    members: tuple[Literal, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Not:
    of: Condition


@dataclass(frozen=True, slots=True)
class Every:
    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    of: tuple[Condition, ...]


Condition: TypeAlias = Compare | Within | Includes | Not | Every | Either


@dataclass(frozen=True, slots=True)
class Sort:
    by: Operand
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Query:
    items: tuple[Item, ...]
    source: Path
    alias: Path | None
    where: Condition | None
    group: tuple[Operand, ...]
    having: Condition | None
    order: tuple[Sort, ...]
    limit: int | None
    offset: int
