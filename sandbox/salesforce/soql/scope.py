"""Names of a query to columns: fields, parent paths up to five levels, the functions of single rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sandbox.kernel import Refusal
from sandbox.salesforce.definitions import FieldDef, ObjectDef
from sandbox.salesforce.soql.ast import Call, Operand, Path, Query
from sandbox.salesforce.soql.errors import FIELD, at_token, malformed, no_column, no_relationship, no_type, unexpected
from sandbox.salesforce.soql.world import Column, Reader, World
from sandbox.salesforce.store import Row

DEEPEST_PATH: Final = 5  # parents
AGGREGATES: Final = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"})
_SAME: Final = frozenset({"FORMAT", "CONVERTCURRENCY", "CONVERTTIMEZONE"})
_OF_TIME: Final[dict[str, Callable[[datetime], Any]]] = {
    "CALENDAR_YEAR": lambda at: at.year,
    "CALENDAR_QUARTER": lambda at: (at.month + 2) // 3,
    "CALENDAR_MONTH": lambda at: at.month,
    "FISCAL_YEAR": lambda at: at.year,
    "FISCAL_QUARTER": lambda at: (at.month + 2) // 3,
    "FISCAL_MONTH": lambda at: at.month,
    "DAY_IN_MONTH": lambda at: at.day,
    "DAY_IN_WEEK": lambda at: at.isoweekday() % 7 + 1,
    "DAY_IN_YEAR": lambda at: at.timetuple().tm_yday,
    "DAY_ONLY": lambda at: at.date().isoformat(),
    "HOUR_IN_DAY": lambda at: at.hour,
    "WEEK_IN_MONTH": lambda at: (at.day - 1) // 7 + 1,
    "WEEK_IN_YEAR": lambda at: (at.timetuple().tm_yday - 1) // 7 + 1,
}


@dataclass(frozen=True, slots=True)
class Scope:
    """One FROM: the object, what it is called here, and whether deleted rows count."""

    world: World
    text: str
    definition: ObjectDef
    alias: str | None
    deleted_too: bool

    def column(self, operand: Operand) -> Column:
        """Raises Refusal INVALID_FIELD or MALFORMED_QUERY."""
        return self._path(operand) if isinstance(operand, Path) else self._call(operand)

    def _path(self, path: Path) -> Column:
        parts = path.text.split(".")
        if len(parts) > 1 and parts[0].lower() in (self.alias, self.definition.name.lower()):
            parts = parts[1:]
        if len(parts) > DEEPEST_PATH + 1:
            raise malformed(f"Only {DEEPEST_PATH} levels of relationships are allowed in a query: {path.text}")
        return self._walk(self.definition, parts, path)

    def _walk(self, definition: ObjectDef, parts: list[str], path: Path) -> Column:
        if len(parts) == 1:
            return self._own(definition, parts[0], path)
        link = self.link(definition, parts[0])
        if link is None:
            raise no_relationship(self.text, path.at, parts[0])
        name = link.relationship_name or ""
        targets = [found for word in link.reference_to if (found := self.world.definition(word)) is not None]
        if len(link.reference_to) == 1 and targets:
            inner = self._walk(targets[0], parts[1:], path)
            read = self._through(link, {targets[0].name: inner.read})
        else:
            inner, read = self._polymorphic(link, targets, parts[1:], path)
        kind = targets[0].name if len(link.reference_to) == 1 else ""
        return Column(
            f"{name}.{inner.label}", inner.type, read, inner.field, None, (name, *inner.parents), (kind, *inner.targets)
        )

    def _own(self, definition: ObjectDef, word: str, path: Path) -> Column:
        field = definition.field(word)
        if field is None:
            raise no_column(self.text, path.at, word, definition.name)
        return own_column(self.world, definition, field)

    def link(self, definition: ObjectDef, word: str) -> FieldDef | None:
        """The reference field behind a relationship name."""
        word = word.lower()
        for field in definition.fields.values():
            if field.relationship_name and field.relationship_name.lower() == word:
                return field
        return None

    def _polymorphic(
        self, link: FieldDef, targets: list[ObjectDef], rest: list[str], path: Path
    ) -> tuple[Column, Reader]:
        """A field of any of the targets; `Type` names the object itself."""
        if [word.lower() for word in rest] == ["type"]:
            kinds: dict[str, Reader] = {target.name: (lambda _, name=target.name: name) for target in targets}
            return Column("Type", "string", _nothing), self._through(link, kinds)
        found: dict[str, Column] = {}
        refusal: Refusal | None = None
        for target in targets:
            try:
                found[target.name] = self._walk(target, rest, path)
            except Refusal as error:
                refusal = refusal or error
        if not found:
            raise refusal or no_relationship(self.text, path.at, link.relationship_name or link.name)
        first = next(iter(found.values()))
        return first, self._through(link, {name: column.read for name, column in found.items()})

    def _through(self, link: FieldDef, readers: dict[str, Reader]) -> Reader:
        world, deleted_too, key = self.world, self.deleted_too, link.name

        def read(row: Row) -> Any:
            parent = parent_row(world, row.get(key), deleted_too)
            if parent is None:
                return None
            reader = readers.get(parent[0].name)
            return None if reader is None else reader(parent[1])

        return read

    def _call(self, call: Call) -> Column:
        arguments = [argument for argument in call.arguments if isinstance(argument, Path | Call)]
        if len(arguments) != 1 or len(call.arguments) != 1:
            raise unexpected(self.text, call.at, call.word)
        if call.name in AGGREGATES:
            raise malformed(f"Aggregate function is not allowed here: {call.word}")
        column = self.column(arguments[0])
        if call.name in _SAME:
            return column
        if call.name == "TOLABEL":
            return _labelled(column)
        part = _OF_TIME.get(call.name)
        if part is None:
            raise unexpected(self.text, call.at, call.word)
        if column.type not in ("date", "datetime"):
            raise at_token(FIELD, self.text, call.at, f"field {column.label} does not support function {call.word}")
        zone, inner = self.world.zone, column.read

        def read(row: Row) -> Any:
            value = inner(row)
            if value is None:
                return None
            moment = datetime.fromisoformat(value)
            return part(moment.astimezone(zone) if moment.tzinfo else moment)

        label = f"{call.name}({column.label})"
        return Column(label, "date" if call.name == "DAY_ONLY" else "int", read)


def own_column(world: World, definition: ObjectDef, field: FieldDef) -> Column:
    """The column of an object's own field."""
    if field.formula is not None or field.type in ("address", "location"):
        return Column(field.name, field.type, lambda row: world.value(definition, row, field), field)
    name = field.name
    return Column(name, field.type, lambda row: row.get(name), field, name)


def parent_row(world: World, record_id: str | None, deleted_too: bool) -> tuple[ObjectDef, Row] | None:
    """The object and the committed row behind a reference, None where there is none to see."""
    if record_id is None or (definition := world.object_of(record_id)) is None:
        return None
    row = world.rows(definition).seen(record_id)
    return None if row is None or (not deleted_too and row.get("IsDeleted")) else (definition, row)


def scope_of(world: World, text: str, query: Query, deleted_too: bool) -> Scope:
    """The scope of a top-level FROM. Raises Refusal INVALID_TYPE."""
    definition = None if "." in query.source.text else world.definition(query.source.text)
    if definition is None:
        raise no_type(text, query.source.at, query.source.text)
    return Scope(world, text, definition, query.alias.text.lower() if query.alias else None, deleted_too)


def _nothing(_: Row) -> None:
    return None


def _labelled(column: Column) -> Column:
    labels = {option.value: option.label for option in column.field.options} if column.field else {}
    inner = column.read

    def read(row: Row) -> Any:
        value = inner(row)
        return labels.get(value, value)

    return Column(column.label, column.type, read, column.field, None, column.parents, column.targets)
