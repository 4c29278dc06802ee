"""What a query gives back of each row: JSON as REST nests it, and flat columns as Bulk writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sandbox.kernel import Refusal
from sandbox.salesforce.definitions import FieldDef
from sandbox.salesforce.soql.ast import Call, Operand, Path, Query, Selected, TypeOf
from sandbox.salesforce.soql.errors import FIELD, at_token, malformed, no_relationship, unexpected
from sandbox.salesforce.soql.scope import Scope, own_column, parent_row
from sandbox.salesforce.soql.world import Column
from sandbox.salesforce.store import Row

FIELDS_LIMIT: Final = 200
# (row, its object's name, path of the rows' URLs) -> value
Part: TypeAlias = Callable[[Row, str], Any]
UNBOUNDED: Final = "The SOQL FIELDS function is not supported with an unbounded set of fields in this API."


@dataclass(frozen=True, slots=True)
class Selection:
    """`stored` when every item is a plain stored field of the row: the fast way."""

    name: str  # of the object
    keys: tuple[str, ...]
    parts: tuple[Part, ...]
    stored: bool
    columns: tuple[Column, ...]  # flat, in SELECT order; without children and TYPEOF
    nested: bool  # it has children or TYPEOF

    def json(self, row: Row, base: str) -> dict[str, Any]:
        """One record; `base` is `/services/data/v66.0/sobjects`."""
        made: dict[str, Any] = {
            "attributes": {"type": self.name, "url": f"{base}/{self.name}/{row['Id']}"},
        }
        if self.stored:
            made.update(zip(self.keys, map(row.get, self.keys), strict=True))
        else:
            for key, part in zip(self.keys, self.parts, strict=True):
                made[key] = part(row, base)
        return made


def selection(scope: Scope, query: Query, children: Callable[[Scope, Query], tuple[str, Part]]) -> Selection:
    """Raises Refusal for unknown, hidden, repeated or unbounded fields."""
    columns: list[Column] = []
    parts: dict[str, Part] = {}
    seen: set[str] = set()
    nested = False
    for item in query.items:
        if isinstance(item, TypeOf):
            name, part = _type_of(scope, item)
            nested = True
        elif not isinstance(item, Selected):
            name, part = children(scope, item.query)
            nested = True
        else:
            for column, at in _columns(scope, item, query.limit):
                label = column.label.lower()
                if label in seen:
                    raise at_token(FIELD, scope.text, at, f"duplicate field selected: {column.label}")
                seen.add(label)
                columns.append(column)
            continue
        if name in parts:
            raise malformed(f"duplicate field selected: {name}")
        parts[name] = part
    tree = _tree(scope, columns, 0) | parts
    stored = not nested and all(column.stored is not None for column in columns)
    return Selection(scope.definition.name, tuple(tree), tuple(tree.values()), stored, tuple(columns), nested)


def _columns(scope: Scope, item: Selected, limit: int | None) -> list[tuple[Column, int]]:
    what = item.what
    if isinstance(what, Call) and fields_call(what):
        return [(own_column(scope.world, scope.definition, field), what.at) for field in _all(scope, what, limit)]
    if item.alias is not None and isinstance(what, Path):
        raise malformed("only aggregate expressions use field aliasing")
    column = scope.column(what)
    if item.alias is not None:
        column = Column(item.alias.text, column.type, column.read, column.field)
    return [(column, what.at)]


def fields_call(what: Operand) -> bool:
    """True for FIELDS(ALL) and its like."""
    return isinstance(what, Call) and what.name == "FIELDS"


def _all(scope: Scope, call: Call, limit: int | None) -> list[FieldDef]:
    words = [argument.text.upper() for argument in call.arguments if isinstance(argument, Path)]
    if len(words) != 1 or words[0] not in ("ALL", "STANDARD", "CUSTOM"):
        raise unexpected(scope.text, call.at, call.word)
    if words[0] != "STANDARD" and (limit is None or limit > FIELDS_LIMIT):
        raise malformed(UNBOUNDED)
    fields = scope.definition.fields.values()
    return [one for one in fields if words[0] == "ALL" or one.custom == (words[0] == "CUSTOM")]


def _tree(scope: Scope, columns: Sequence[Column], depth: int) -> dict[str, Part]:
    """Own columns by label, parents as objects at the place of their first field."""
    parts: dict[str, Part] = {}
    for column in columns:
        deeper = len(column.parents) > depth
        key = column.parents[depth] if deeper else column.label.rsplit(".", 1)[-1] if depth else column.label
        if key not in parts:
            parts[key] = _parent(scope, columns, column.parents[: depth + 1]) if deeper else _plain(column)
    return parts


def _plain(column: Column) -> Part:
    read = column.read
    return lambda row, _: read(row)


def _parent(scope: Scope, columns: Sequence[Column], path: tuple[str, ...]) -> Part:
    """The parent at the end of the path, with those of its fields that were asked for."""
    parts = _tree(scope, [one for one in columns if one.parents[: len(path)] == path], len(path))

    def part(row: Row, base: str) -> dict[str, Any] | None:
        found = _follow(scope, row, path)
        if found is None:
            return None
        name, record_id = found
        made: dict[str, Any] = {"attributes": {"type": name, "url": f"{base}/{name}/{record_id}"}}
        for key, inner in parts.items():
            made[key] = inner(row, base)
        return made

    return part


def _follow(scope: Scope, row: Row, path: Sequence[str]) -> tuple[str, str] | None:
    """(object, id) of the record that a path of relationships leads to."""
    definition = scope.definition
    for word in path:
        link = scope.link(definition, word)
        found = parent_row(scope.world, row.get(link.name), scope.deleted_too) if link is not None else None
        if found is None:
            return None
        definition, row = found
    return definition.name, row["Id"]


def _type_of(scope: Scope, item: TypeOf) -> tuple[str, Part]:
    """Fields that depend on which object a polymorphic reference points to."""
    link = scope.link(scope.definition, item.of.text)
    if link is None:
        raise no_relationship(scope.text, item.of.at, item.of.text)
    branches: dict[str, list[Column]] = {}
    for kind, paths in (*item.branches, *((None, item.otherwise),)):
        names = link.reference_to if kind is None else (kind.text,)
        for name in names:
            definition = scope.world.definition(name)
            if definition is None or definition.name not in link.reference_to:
                at = item.of.at if kind is None else kind.at
                raise no_relationship(scope.text, at, name)
            if definition.name not in branches:
                inner = Scope(scope.world, scope.text, definition, None, scope.deleted_too)
                branches[definition.name] = [_branch_column(inner, path, kind is None) for path in paths]

    def part(row: Row, base: str) -> dict[str, Any] | None:
        found = parent_row(scope.world, row.get(link.name), scope.deleted_too)
        if found is None:
            return None
        definition, parent = found
        made: dict[str, Any] = {
            "attributes": {"type": definition.name, "url": f"{base}/{definition.name}/{parent['Id']}"}
        }
        for column in branches.get(definition.name, ()):
            made[column.label] = column.read(parent)
        return made

    return link.relationship_name or link.name, part


def _branch_column(scope: Scope, path: Path, lenient: bool) -> Column:
    """ELSE asks for fields that not every object has: they are null there."""
    try:
        return scope.column(path)
    except Refusal:
        if not lenient:
            raise
        return Column(path.text, "string", lambda _: None)
