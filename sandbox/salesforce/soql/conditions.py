"""Conditions to closures over a row. Two-valued: a comparison with a null value is false, and NOT turns it round."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from sandbox.kernel import Refusal
from sandbox.salesforce.definitions import NUMERIC, TEXTUAL
from sandbox.salesforce.ids import to18
from sandbox.salesforce.soql import dates
from sandbox.salesforce.soql.ast import (
    Call,
    Compare,
    Condition,
    Either,
    Every,
    Includes,
    Kind,
    Literal,
    Not,
    Operand,
    Path,
    Query,
    Within,
)
from sandbox.salesforce.soql.errors import bad_field, malformed
from sandbox.salesforce.soql.world import Column, Reader, Test, World

IDS: Final = frozenset({"id", "reference"})
_OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_KINDS: Final = {
    **dict.fromkeys(NUMERIC, Kind.NUMBER),
    **dict.fromkeys(TEXTUAL | IDS, Kind.TEXT),
    "boolean": Kind.BOOLEAN,
    "date": Kind.DATE,
    "datetime": Kind.INSTANT,
    "time": Kind.CLOCK,
}
_TYPE_WORDS: Final = {"datetime": "dateTime", "textarea": "string", "email": "string", "phone": "string"}
_LIKE_PARTS: Final = re.compile(r"\\(.)|([%_])|([^\\%_]+)", re.DOTALL)


class Conditions:
    """Compiles conditions of one clause: WHERE reads rows, HAVING reads groups."""

    __slots__ = ("_column", "_members", "_text", "_world")

    def __init__(
        self, world: World, text: str, column: Callable[[Operand], Column], members: Callable[[Query], frozenset[str]]
    ) -> None:
        self._world, self._text, self._column, self._members = world, text, column, members

    def test(self, condition: Condition) -> Test:
        """Raises Refusal for fields, values and operators that do not go together."""
        match condition:
            case Every(of):
                return _every([self.test(part) for part in of])
            case Either(of):
                return _either([self.test(part) for part in of])
            case Not(of):
                inner = self.test(of)
                return lambda row: not inner(row)
            case Compare():
                return self._compare(condition)
            case Within():
                return self._within(condition)
            case Includes():
                return self._includes(condition)

    def column(self, operand: Operand) -> Column:
        """The column of a filter. Raises Refusal INVALID_FIELD where it cannot be filtered."""
        column = self._column(operand)
        if (column.field is not None and not column.field.filterable) or column.type in ("address", "location"):
            name = column.label.rsplit(".", 1)[-1]
            raise bad_field(self._text, operand.at, f"field '{name}' can not be filtered in a query call")
        return column

    def _compare(self, condition: Compare) -> Test:
        column = self.column(condition.left)
        name, right = condition.operator, condition.right
        if name == "LIKE":
            return self._like(column, condition)
        ordering = _OPERATORS.get(name)
        if ordering is not None and (column.type in ("boolean", "multipicklist")):
            raise refused_operator(column)
        if right.kind is Kind.SPAN:
            return self._span(column, condition)
        value = self.value(column, right, condition.left.at)
        read = self.comparable(column)
        if name == "=":
            return lambda row: read(row) == value
        if name == "!=":
            return lambda row: read(row) != value
        if ordering is None or right.kind is Kind.NULL:
            raise refused_operator(column)
        if value is None:  # empty text lies before everything that is filled
            return lambda row: name in (">", ">=") and read(row) is not None
        return lambda row: (found := read(row)) is not None and ordering(found, value)

    def _span(self, column: Column, condition: Compare) -> Test:
        low, high = self._bounds(column, condition.right, condition.left.at)
        read = column.read
        tests: dict[str, Test] = {
            "=": lambda row: (found := read(row)) is not None and low <= found < high,
            "!=": lambda row: (found := read(row)) is None or not low <= found < high,
            "<": lambda row: (found := read(row)) is not None and found < low,
            "<=": lambda row: (found := read(row)) is not None and found < high,
            ">": lambda row: (found := read(row)) is not None and found >= high,
            ">=": lambda row: (found := read(row)) is not None and found >= low,
        }
        return tests[condition.operator]

    def _bounds(self, column: Column, literal: Literal, at: int) -> tuple[str, str]:
        if column.type not in ("date", "datetime"):
            raise self._mismatch(column, at)
        if column.type == "date":
            first, after = span_of(self._world, literal)
            return first.isoformat(), after.isoformat()
        return span_instants(self._world, literal)

    def _like(self, column: Column, condition: Compare) -> Test:
        if column.type not in TEXTUAL or column.type == "multipicklist":
            raise refused_operator(column)
        if condition.right.kind is not Kind.TEXT:
            raise self._mismatch(column, condition.left.at)
        pattern = "".join(
            re.escape(escaped or plain) if not wild else (".*" if wild == "%" else ".")
            for escaped, wild, plain in _LIKE_PARTS.findall(str(condition.right.value))
        )
        matches, read = re.compile(pattern, re.DOTALL | re.IGNORECASE).fullmatch, column.read
        return lambda row: (found := read(row)) is not None and matches(found) is not None

    def _within(self, condition: Within) -> Test:
        column = self.column(condition.left)
        read = self.comparable(column)
        if isinstance(condition.members, Query):
            if column.type not in IDS:
                raise malformed("The left operand of a semi-join must be an id or a reference field")
            values: frozenset[Any] = self._members(condition.members)
        else:
            plain = [literal for literal in condition.members if literal.kind is not Kind.SPAN]
            values = frozenset(self.value(column, literal, condition.left.at) for literal in plain)
            if len(plain) < len(condition.members):
                spans = [Compare(condition.left, "=", one) for one in condition.members if one.kind is Kind.SPAN]
                tests = [self._span(column, span) for span in spans]
                some = _either([lambda row: read(row) in values, *tests])
                return (lambda row: not some(row)) if condition.negated else some
        if condition.negated:
            return lambda row: read(row) not in values
        return lambda row: read(row) in values

    def _includes(self, condition: Includes) -> Test:
        column = self.column(condition.left)
        if column.type != "multipicklist":
            raise refused_operator(column)
        demands = []
        for literal in condition.members:
            if literal.kind is not Kind.TEXT:
                raise self._mismatch(column, condition.left.at)
            demands.append(frozenset(part.strip() for part in str(literal.value).lower().split(";")))
        read, negated = column.read, condition.negated

        def test(row: dict[str, Any]) -> bool:
            held = frozenset((read(row) or "").lower().split(";"))
            return any(demand <= held for demand in demands) is not negated

        return test

    def comparable(self, column: Column) -> Reader:
        """The reader whose values compare as the server compares: text without case unless the field says so."""
        read = column.read
        if column.type not in TEXTUAL or (column.field is not None and column.field.case_sensitive):
            return read
        if column.stored is not None:
            name = column.stored
            return lambda row: found.lower() if (found := row.get(name)) is not None else None
        return lambda row: found.lower() if (found := read(row)) is not None else None

    def value(self, column: Column, literal: Literal, at: int) -> Any:
        """The literal in the spelling of `comparable`; empty text is null. Raises Refusal for the wrong kind."""
        if literal.kind is Kind.NULL:
            return None
        if literal.kind is not _KINDS.get(column.type, Kind.TEXT):
            raise self._mismatch(column, at)
        if literal.kind is not Kind.TEXT:
            return literal.value
        text = str(literal.value)
        if column.type in IDS:
            found = to18(text) if text else None
            if text and found is None:
                raise Refusal(400, "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {text}")
            return found
        if column.field is not None and column.field.case_sensitive:
            return text or None
        return text.lower() or None

    def _mismatch(self, column: Column, at: int) -> Refusal:
        kind = _KINDS.get(column.type, Kind.TEXT)
        quotes = "should be" if kind is Kind.TEXT else "should not be"
        word, name = _TYPE_WORDS.get(column.type, column.type), column.label.rsplit(".", 1)[-1]
        why = f"value of filter criterion for field '{name}' must be of type {word} and {quotes} enclosed in quotes"
        return bad_field(self._text, at, why)


def span_of(world: World, literal: Literal) -> tuple[date, date]:
    """First day, and the day after the last one, in the user's zone."""
    name, count = literal.value  # type: ignore[misc]  # of a SPAN
    return dates.span_days(name, count, dates.today_in(world.zone, world.now_ms()))


def span_instants(world: World, literal: Literal) -> tuple[str, str]:
    """First instant, and the one after the last."""
    first, after = span_of(world, literal)
    return dates.midnight(first, world.zone), dates.midnight(after, world.zone)


def refused_operator(column: Column) -> Refusal:
    return Refusal(400, "INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {column.type} field: {column.label}")


def _every(tests: list[Test]) -> Test:
    if len(tests) == 2:
        one, two = tests
        return lambda row: one(row) and two(row)
    return lambda row: all(test(row) for test in tests)


def _either(tests: list[Test]) -> Test:
    if len(tests) == 2:
        one, two = tests
        return lambda row: one(row) or two(row)
    return lambda row: any(test(row) for test in tests)


def operands(condition: Condition) -> list[Path | Call]:
    """Left sides of every comparison."""
    match condition:
        case Every(of) | Either(of):
            return [operand for part in of for operand in operands(part)]
        case Not(of):
            return operands(of)
        case _:
            return [condition.left]
