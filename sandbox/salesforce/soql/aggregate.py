"""COUNT, SUM and their like: rows to groups, groups to AggregateResult records."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from sandbox.salesforce.definitions import NUMERIC
from sandbox.salesforce.soql.ast import Call, Operand, Path, Query, Selected
from sandbox.salesforce.soql.conditions import Conditions
from sandbox.salesforce.soql.errors import bad_field, malformed
from sandbox.salesforce.soql.order import sorted_rows
from sandbox.salesforce.soql.scope import AGGREGATES, Scope
from sandbox.salesforce.soql.world import Column
from sandbox.salesforce.store import Row

_NUMERIC_ONLY: Final = frozenset({"SUM", "AVG"})
_RESULT: Final = {"type": "AggregateResult"}


@dataclass(frozen=True, slots=True)
class _Aggregate:
    """One function over the rows of a group, under the key that group rows carry it by."""

    key: str
    name: str
    column: Column | None

    def of(self, rows: list[Row]) -> Any:
        if self.column is None:
            return len(rows)
        values = [value for row in rows if (value := self.column.read(row)) is not None]
        if self.name == "COUNT":
            return len(values)
        if self.name == "COUNT_DISTINCT":
            return len({value.lower() if isinstance(value, str) else value for value in values})
        if not values:
            return None
        if self.name == "SUM":
            return float(sum(values))
        if self.name == "AVG":
            return float(sum(values)) / len(values)
        return (min if self.name == "MIN" else max)(values)


def is_count(query: Query) -> bool:
    """`SELECT COUNT() FROM …`: a number and no records."""
    first = query.items[0]
    whole = isinstance(first, Selected) and isinstance(first.what, Call) and first.what.name == "COUNT"
    return len(query.items) == 1 and whole and not first.what.arguments and not query.group  # type: ignore[union-attr]


def is_aggregate(query: Query) -> bool:
    return bool(query.group) or any(
        isinstance(item, Selected) and isinstance(item.what, Call) and item.what.name in AGGREGATES
        for item in query.items
    )


class Groups:
    """The groups of one query. A group is a row of its own: keys by canonical text, aggregates by theirs."""

    def __init__(self, scope: Scope, query: Query) -> None:
        self._scope, self._query = scope, query
        self._aliases = {
            item.alias.text.lower(): item.what
            for item in query.items
            if isinstance(item, Selected) and item.alias is not None
        }
        self._keys: dict[str, Column] = {}
        for operand in query.group:
            column = scope.column(self._meant(operand))
            if column.field is not None and not column.field.groupable:
                raise bad_field(scope.text, operand.at, f"field '{column.label}' can not be grouped in a query call")
            self._keys[column.label] = column
        self._aggregates: dict[str, _Aggregate] = {}
        self._out = self._outputs()
        conditions = Conditions(scope.world, scope.text, self._column, lambda _: frozenset())
        self._having = conditions.test(query.having) if query.having is not None else None
        self._order = [(self._column(sort.by), sort) for sort in query.order]

    def _meant(self, operand: Operand) -> Operand:
        return self._aliases.get(operand.text.lower(), operand) if isinstance(operand, Path) else operand

    def _outputs(self) -> list[tuple[str, str]]:
        """(key of the record, key of the group row) in SELECT order."""
        made: list[tuple[str, str]] = []
        unnamed = 0
        for item in self._query.items:
            if not isinstance(item, Selected):
                raise malformed("Grouped query cannot use child relationships in the SELECT list")
            column = self._column(item.what)
            if item.alias is not None:
                key = item.alias.text
            elif isinstance(item.what, Call):
                key, unnamed = f"expr{unnamed}", unnamed + 1
            else:
                key = column.label.rsplit(".", 1)[-1]
            if key.lower() in {known.lower() for known, _ in made}:
                raise malformed(f"duplicate alias: {key}")
            made.append((key, column.stored or ""))
        return made

    def _column(self, operand: Operand) -> Column:
        """A column over group rows. Raises Refusal for a field that is neither grouped nor aggregated."""
        operand = self._meant(operand)
        if isinstance(operand, Call) and operand.name in AGGREGATES:
            return self._aggregated(operand)
        column = self._scope.column(operand)
        if column.label not in self._keys:
            raise malformed(f"Field must be grouped or aggregated: {column.label}")
        label = column.label
        return Column(label, column.type, lambda row: row.get(label), column.field, label)

    def _aggregated(self, call: Call) -> Column:
        paths = [one for one in call.arguments if isinstance(one, Path | Call)]
        if len(paths) != len(call.arguments) or len(paths) > 1 or (not paths and call.name != "COUNT"):
            raise malformed(f"unexpected token: '{call.word}'")
        column = self._scope.column(paths[0]) if paths else None
        if column is not None and (
            (call.name in _NUMERIC_ONLY and column.type not in NUMERIC)
            or (column.field is not None and not column.field.filterable)
            or (call.name in ("MIN", "MAX") and column.type == "boolean")
        ):
            at = paths[0].at
            why = f"field {column.label} does not support aggregate operator {call.name}"
            raise bad_field(self._scope.text, at, why)
        key = f"{call.name}({column.label if column else ''})"
        self._aggregates.setdefault(key, _Aggregate(key, call.name, column))
        kept = column is not None and call.name in ("MIN", "MAX")
        kind = column.type if kept and column else "int" if call.name.startswith("COUNT") else "double"
        return Column(key, kind, lambda row: row.get(key), column.field if kept and column else None, key)

    def records(self, rows: Iterable[Row]) -> list[dict[str, Any]]:
        """The AggregateResult records of already filtered rows, ordered and cut."""
        groups = self._grouped(rows)
        made = []
        for group, members in groups:
            for aggregate in self._aggregates.values():
                group[aggregate.key] = aggregate.of(members)
            if self._having is None or self._having(group):
                made.append(group)
        made = sorted_rows(made, self._order)
        end = None if self._query.limit is None else self._query.offset + self._query.limit
        chosen = made[self._query.offset : end]
        return [{"attributes": _RESULT} | {key: group.get(source) for key, source in self._out} for group in chosen]

    def _grouped(self, rows: Iterable[Row]) -> list[tuple[dict[str, Any], list[Row]]]:
        if not self._keys:
            return [({}, list(rows))]
        labels = list(self._keys)
        readers: list[Callable[[Row], Any]] = [column.read for column in self._keys.values()]
        found: dict[tuple[Any, ...], tuple[dict[str, Any], list[Row]]] = {}
        for row in rows:
            values = [read(row) for read in readers]
            key = tuple(value.lower() if isinstance(value, str) else value for value in values)
            entry = found.get(key)
            if entry is None:
                entry = found[key] = (dict(zip(labels, values, strict=True)), [])
            entry[1].append(row)
        return list(found.values())
