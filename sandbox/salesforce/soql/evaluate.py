"""Runs a query: which records it finds, in which order, and how they are written. Pages are cut by the caller.

An answer holds ids, not values: a page shows its records as they are when it is served, as a server-side cursor does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from sandbox.kernel import Refusal
from sandbox.salesforce.definitions import ChildRelationship
from sandbox.salesforce.soql.access import BY_ID, Access, reach, sorted_by
from sandbox.salesforce.soql.aggregate import Groups, is_aggregate, is_count
from sandbox.salesforce.soql.ast import Path, Query, Selected
from sandbox.salesforce.soql.conditions import IDS, Conditions
from sandbox.salesforce.soql.errors import bad_field, malformed, no_child
from sandbox.salesforce.soql.order import shuffled, sorted_rows
from sandbox.salesforce.soql.parse import parse
from sandbox.salesforce.soql.scope import Scope, scope_of
from sandbox.salesforce.soql.select import Part, Selection, selection
from sandbox.salesforce.soql.world import Column, Test, World
from sandbox.salesforce.store import Row

LARGEST_OFFSET: Final = 2_000
MOST_CHILD_QUERIES: Final = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query found. Either `ids` with a `selection`, or finished `aggregates`; COUNT() has only a `total`."""

    total: int
    ids: Sequence[str] = ()
    selection: Selection | None = None
    aggregates: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Bound:
    """A query whose names, types and operators were checked against the org."""

    query: Query
    scope: Scope
    selection: Selection | None
    groups: Groups | None
    test: Test | None
    order: tuple[tuple[Column, Any], ...]


def bind(world: World, text: str, *, deleted_too: bool = False) -> Bound:
    """Checks a query without running it. Raises Refusal as the server words it."""
    query = parse(text)
    try:
        return _bound(scope_of(world, text, query, deleted_too), query)
    except RecursionError:
        raise Refusal(
            400,
            "QUERY_TOO_COMPLICATED",
            "Query is either selecting too many fields or the filter conditions are too complicated.",
        ) from None


def run(bound: Bound) -> Answer:
    """Finds the records of a checked query."""
    query = bound.query
    rows, comes = _matching(bound)
    if bound.groups is not None:
        records = bound.groups.records(rows)
        return Answer(len(records), aggregates=records)
    if bound.selection is None:
        end = None if query.limit is None else query.offset + query.limit
        return Answer(sum(1 for _ in islice(rows, query.offset, end)))
    ids = [row["Id"] for row in _ordered(bound, rows, comes)]
    return Answer(len(ids), ids, bound.selection)


def records_of(bound: Bound, ids: Iterable[str], base: str) -> list[dict[str, Any]]:
    """The records of a page as they are now, those gone meanwhile left out."""
    if bound.selection is None:
        return []
    write = bound.selection.json
    return [write(row, base) for row in rows_of(bound, ids)]


def rows_of(bound: Bound, ids: Iterable[str]) -> Iterator[Row]:
    """The committed rows of an answer's ids, as they are now."""
    seen, deleted_too = bound.scope.world.rows(bound.scope.definition).seen, bound.scope.deleted_too
    for record_id in ids:
        row = seen(record_id)
        if row is not None and (deleted_too or not row.get("IsDeleted")):
            yield row


def access(bound: Bound) -> Access:
    """How the rows are reached, for explain."""
    return reach(bound.scope, bound.query)


def _bound(scope: Scope, query: Query) -> Bound:
    if query.offset > LARGEST_OFFSET:
        raise Refusal(400, "NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {LARGEST_OFFSET}")
    children = sum(1 for item in query.items if not isinstance(item, Selected) and hasattr(item, "query"))
    if children > MOST_CHILD_QUERIES:
        raise malformed(f"Too many child subqueries: {children} (maximum {MOST_CHILD_QUERIES})")
    test = _conditions(scope).test(query.where) if query.where is not None else None
    if is_count(query):
        return Bound(query, scope, None, None, test, ())
    if is_aggregate(query):
        return Bound(query, scope, None, Groups(scope, query), test, ())
    if query.having is not None:
        raise malformed("HAVING needs a GROUP BY")
    chosen = selection(scope, query, _child)
    order = []
    for sort in query.order:
        column = scope.column(sort.by)
        if (column.field is not None and not column.field.sortable) or column.type == "address":
            raise bad_field(scope.text, sort.by.at, f"field '{column.label}' can not be sorted in a query call")
        order.append((column, sort))
    return Bound(query, scope, chosen, None, test, tuple(order))


def _conditions(scope: Scope) -> Conditions:
    return Conditions(scope.world, scope.text, scope.column, lambda query: _member_ids(scope, query))


def _member_ids(outer: Scope, query: Query) -> frozenset[str]:
    """The ids of a semi-join. Raises Refusal where it does not select a single id or reference."""
    scope = scope_of(outer.world, outer.text, query, outer.deleted_too)
    items = [item.what for item in query.items if isinstance(item, Selected)]
    if len(items) != 1 or len(query.items) != 1 or not isinstance(items[0], Path):
        raise malformed("A semi-join selects exactly one id or reference field")
    column = scope.column(items[0])
    if column.type not in IDS:
        raise malformed("A semi-join selects exactly one id or reference field")
    bound = _bound(scope, query)
    rows = _ordered(bound, *_matching(bound))
    return frozenset(value for row in rows if (value := column.read(row)) is not None)


def _matching(bound: Bound) -> tuple[Iterator[Row], tuple[str, ...]]:
    """Rows that fulfil the conditions, and the fields they come ordered by."""
    way = reach(bound.scope, bound.query)
    rows = way.rows
    if not bound.scope.deleted_too:
        rows = (row for row in rows if not row.get("IsDeleted"))
    return rows if bound.test is None else filter(bound.test, rows), way.order


def _ordered(bound: Bound, rows: Iterator[Row], comes: tuple[str, ...]) -> list[Row]:
    query = bound.query
    end = None if query.limit is None else query.offset + query.limit
    if not bound.order:
        return shuffled(list(islice(rows, query.offset, end)))
    wanted = sorted_by(bound.scope, query)
    if wanted == comes[: len(wanted)] or (comes == BY_ID and wanted[:1] == BY_ID):
        return list(islice(rows, query.offset, end))
    return sorted_rows(rows, bound.order, end)[query.offset : end]


def _child(outer: Scope, query: Query) -> tuple[str, Part]:
    """A subquery over the children of each row; they are null where there are none."""
    link = _relationship(outer, query)
    definition = outer.world.definition(link.child)
    reference = definition.field(link.field) if definition is not None else None
    if definition is None or reference is None:
        raise no_child(outer.text, query.source.at, query.source.text)
    alias = query.alias.text.lower() if query.alias else None
    scope = Scope(outer.world, outer.text, definition, alias, outer.deleted_too)
    if any(not isinstance(item, Selected) and hasattr(item, "query") for item in query.items):
        raise malformed("Nested child subqueries are not supported")
    bound = _bound(scope, query)
    if bound.selection is None:
        raise malformed("Aggregate functions are not supported in child subqueries")
    write, rows, key = bound.selection.json, outer.world.rows(definition), reference.name
    by_order = bound.order
    end = None if query.limit is None else query.offset + query.limit

    def part(row: Row, base: str) -> dict[str, Any] | None:
        parent_id = row["Id"]
        found: Iterable[Row]
        if rows.indexed(key):
            ids = {child["Id"] for child in rows.holders(key, parent_id)} | rows.pending.keys()
            found = (child for one in sorted(ids) if (child := rows.seen(one)) is not None)
        else:
            found = rows.all()
        found = [
            child
            for child in found
            if child.get(key) == parent_id
            and (scope.deleted_too or not child.get("IsDeleted"))
            and (bound.test is None or bound.test(child))
        ]
        ordered = sorted_rows(found, by_order) if by_order else shuffled(found)
        records = [write(child, base) for child in ordered[query.offset : end]]
        return {"totalSize": len(records), "done": True, "records": records} if records else None

    return link.name or link.child, part


def _relationship(outer: Scope, query: Query) -> ChildRelationship:
    word = query.source.text.lower()
    head, _, rest = word.partition(".")
    if rest and head in (outer.alias, outer.definition.name.lower()):
        word = rest
    for link in outer.definition.children:
        if link.name is not None and link.name.lower() == word:
            return link
    raise no_child(outer.text, query.source.at, query.source.text)
