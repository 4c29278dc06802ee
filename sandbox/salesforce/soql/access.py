"""Which rows a query has to look at: an index where the conditions allow, everything else otherwise.

The bounds found here are wide, never narrow: every condition is tested again on each row. Rows whose transaction still
runs are looked at always, for the indexes know only what is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sandbox.salesforce.ids import to18
from sandbox.salesforce.soql.ast import Compare, Condition, Either, Every, Kind, Literal, Path, Query, Within
from sandbox.salesforce.soql.conditions import span_instants
from sandbox.salesforce.soql.scope import Scope
from sandbox.salesforce.store import Row, Rows
from sandbox.salesforce.times import stamp_s

BY_ID, BY_STAMP, UNORDERED = ("id",), ("systemmodstamp", "id"), ()
_LAST: Final = "~"  # sorts behind every id and every instant
_FIRST_S, _LAST_S = -(2**32), 2**36


@dataclass(frozen=True, slots=True)
class Access:
    """How the rows are reached. `order` names the fields they come ordered by."""

    kind: str  # Index or TableScan, in the words of explain
    fields: tuple[str, ...]
    order: tuple[str, ...]
    rows: Iterator[Row]


def reach(scope: Scope, query: Query) -> Access:
    """The cheapest way to the rows; deleted ones are among them."""
    rows = scope.world.rows(scope.definition)
    keyed = _keyed(scope, query.where, rows)
    if keyed is not None:
        return keyed
    low_id, _ = _bounds(scope, query.where, "id")
    low, high = _bounds(scope, query.where, "systemmodstamp")
    by_id = bool(low_id) and (query.limit is not None or not low) and sorted_by(scope, query)[:1] in (("id",), ())
    if (low or high < _LAST) and not by_id and scope.definition.field("SystemModstamp") is not None:
        walk = rows.changed(stamp_s(low) if low else _FIRST_S, stamp_s(high) if high < _LAST else _LAST_S)
        return Access("Index", ("SystemModstamp",), BY_STAMP, walk)
    after = _before(low_id)
    return Access("Index" if after else "TableScan", ("Id",) if after else (), BY_ID, rows.all(after))


def sorted_by(scope: Scope, query: Query) -> tuple[str, ...]:
    """The fields of an ascending order, lower case; `?` for what no index can serve."""
    return tuple(
        "?" if sort.descending or sort.nulls_last or not isinstance(sort.by, Path) else _own(scope, sort.by)
        for sort in query.order
    )


def _own(scope: Scope, path: Path) -> str:
    """The lower-case name of a field of the object itself, whatever prefix it is written with."""
    head, _, rest = path.text.lower().partition(".")
    return rest if rest and head in (scope.alias, scope.definition.name.lower()) else path.text.lower()


def _before(low_id: str) -> str:
    """An id right before the bound, for a walk that starts behind it."""
    return low_id[:-1] + chr(ord(low_id[-1]) - 1) + _LAST if low_id else ""


def _keyed(scope: Scope, where: Condition | None, rows: Rows) -> Access | None:
    """Access by equality: the condition that names the fewest values wins."""
    best: tuple[int, str, list[str]] | None = None
    for part in where.of if isinstance(where, Every) else (where,):
        found = _values(part)
        if found is None:
            continue
        path, values = found
        field = scope.definition.field(_own(scope, path))
        if field is None or not (field.type == "id" or rows.indexed(field.name)):
            continue
        if best is None or len(values) < best[0]:
            best = (len(values), field.name, values)
    if best is None:
        return None
    _, name, values = best
    if name == "Id":
        ids = {full for value in values if (full := to18(value)) is not None}
    else:
        if scope.definition.fields[name.lower()].reference_to:
            values = [to18(value) or value for value in values]
        ids = {row["Id"] for value in values for row in rows.holders(name, value)}
        ids.update(rows.pending)
    ordered = sorted(ids)
    return Access("Index", (name,), BY_ID, (row for one in ordered if (row := rows.seen(one)) is not None))


def _values(condition: Condition | None) -> tuple[Path, list[str]] | None:
    if isinstance(condition, Compare) and condition.operator == "=":
        literals: tuple[Literal, ...] = (condition.right,)
    elif isinstance(condition, Within) and not condition.negated and not isinstance(condition.members, Query):
        literals = condition.members
    else:
        return None
    if not isinstance(condition.left, Path) or not all(one.kind is Kind.TEXT and one.value for one in literals):
        return None
    return condition.left, [str(one.value) for one in literals]


def _bounds(scope: Scope, condition: Condition | None, name: str) -> tuple[str, str]:
    """(low, high), both included, that no row outside can satisfy; ("", _LAST) where nothing is known."""
    match condition:
        case Every(of):
            parts = [_bounds(scope, part, name) for part in of]
            return max(low for low, _ in parts), min(high for _, high in parts)
        case Either(of):
            parts = [_bounds(scope, part, name) for part in of]
            return min(low for low, _ in parts), max(high for _, high in parts)
        case Compare(Path() as left, operator, right) if _own(scope, left) == name:
            if right.kind is Kind.SPAN and name != "id":
                first, last = span_instants(scope.world, right)
                return first if operator in ("=", ">", ">=") else "", last if operator in ("=", "<", "<=") else _LAST
            if right.kind is not (Kind.TEXT if name == "id" else Kind.INSTANT):
                return "", _LAST
            value = to18(right.value) if name == "id" else str(right.value)
            if value is None:
                return "", _LAST
            low = value if operator in ("=", ">", ">=") else ""
            return low, value if operator in ("=", "<", "<=") else _LAST
    return "", _LAST
