"""Rows of a Bulk upload to edits, by the same rules as single rows; both Bulk APIs share it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.kernel import Refusal
from sandbox.salesforce.definitions import FieldDef, ObjectDef
from sandbox.salesforce.errors import bad_request
from sandbox.salesforce.records import create, update, upsert
from sandbox.salesforce.removal import delete
from sandbox.salesforce.state import Author, OrgState
from sandbox.salesforce.view import found

OPERATIONS: Final = frozenset({"insert", "update", "upsert", "delete", "hardDelete"})
NULL: Final = "#N/A"
_TRANSACTION: Final = 200  # rows that are saved together


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: its id where it was saved, else `code` and why. Plain data: it outlives a restart."""

    id: str = ""
    created: bool = False
    code: str = ""
    message: str = ""
    fields: tuple[str, ...] = ()

    @property
    def saved(self) -> bool:
        return not self.code

    @property
    def error(self) -> str:
        """`CODE:message:field --`."""
        return "" if self.saved else f"{self.code}:{self.message}:{','.join(self.fields)} --"


@dataclass(slots=True)
class Writer:
    """One job's way of saving rows. `key` names the external id of an upsert."""

    state: OrgState
    definition: ObjectDef
    operation: str
    author: Author
    version: int
    key: str | None = None
    _keys: set[str] = field(default_factory=set)  # of the transaction that runs

    def save(self, rows: Iterable[Mapping[str, Any]]) -> list[Outcome]:
        """An outcome for each row, in order."""
        made = []
        for number, row in enumerate(rows):
            if number % _TRANSACTION == 0:
                self._keys.clear()
            try:
                made.append(self._one(row))
            except Refusal as refusal:
                made.append(Outcome(code=refusal.code, message=refusal.message, fields=refusal.fields))
        return made

    def _one(self, row: Mapping[str, Any]) -> Outcome:
        values = dict(row)
        record_id = next((values.pop(name) for name in list(values) if name.lower() == "id"), None)
        if self.operation == "insert":
            if record_id:
                message = "cannot specify Id in an insert call"
                raise bad_request("INVALID_FIELD_FOR_INSERT_UPDATE", message, ["Id"])
            return Outcome(create(self.state, self.definition, values, self.author), True)
        if self.operation == "upsert":
            return self._upsert(values, record_id)
        if not record_id:
            verb = "update" if self.operation == "update" else "delete"
            raise bad_request("MISSING_ARGUMENT", f"Id not specified in an {verb} call")
        held = found(self.state.table(self.definition.name).get(str(record_id)))
        if self.operation == "update":
            self._once(held["Id"], "Duplicate id specified", "Id")
            update(self.state, self.definition, held, values, self.author)
        else:
            delete(self.state, self.definition, held, self.author)
            rows = self.state.table(self.definition.name)
            if self.operation == "hardDelete" and rows.get(held["Id"]) is not None:
                rows.purge(held["Id"])
        return Outcome(held["Id"])

    def _upsert(self, values: dict[str, Any], record_id: Any) -> Outcome:
        name = self.key or "Id"
        if name.lower() == "id":
            if not record_id:
                return Outcome(create(self.state, self.definition, values, self.author), True)
            key = record_id
        else:
            column = next((known for known in values if known.lower() == name.lower()), None)
            key = values.pop(column) if column is not None else None
            if key in (None, ""):
                raise bad_request("MISSING_ARGUMENT", f"{name} not specified")
        self._once(str(key), "Duplicate external id specified", name)
        made = upsert(self.state, self.definition, name, key, values, self.author, version=self.version)
        return Outcome(*made)

    def _once(self, key: str, why: str, name: str) -> None:
        """Raises Refusal where a row of the same transaction had the key already."""
        folded = key.lower() if name != "Id" else key
        if folded in self._keys:
            raise bad_request("DUPLICATE_VALUE", f"{why}: {key}", [name])
        self._keys.add(folded)


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of an upload: a field, or a field of a parent that finds it (`Owner.Email`, `Lead:Who.Email`)."""

    name: str
    parent: str = ""
    kind: str = ""


def headings(state: OrgState, definition: ObjectDef, columns: Sequence[str]) -> list[Heading] | str:
    """The columns, or the name of the first that the caller cannot see."""
    made = []
    for column in columns:
        heading = _heading(state, definition, column)
        if heading is None:
            return column
        made.append(heading)
    return made


def _heading(state: OrgState, definition: ObjectDef, column: str) -> Heading | None:
    own = definition.field(column)
    if own is not None:
        return Heading(own.name)
    kind, _, path = column.rpartition(":")
    parent, dot, name = path.partition(".")
    link = next((one for one in definition.fields.values() if _leads(one, parent)), None) if dot else None
    if link is None:
        return None
    for word in link.reference_to:  # of several kinds, the first that has the field
        target = state.visible(word)
        if target is not None and kind.lower() in ("", word.lower()) and target.field(name) is not None:
            return Heading(target.fields[name.lower()].name, parent, target.name)
    return None


def _leads(one: FieldDef, relationship: str) -> bool:
    return one.relationship_name is not None and one.relationship_name.lower() == relationship.lower()


def values_of(columns: Sequence[Heading], cells: Sequence[str]) -> dict[str, Any]:
    """One row's values: a blank cell is left out, `#N/A` clears the field."""
    made: dict[str, Any] = {}
    for column, cell in zip(columns, cells, strict=True):
        if cell == "":
            continue
        value = None if cell == NULL else cell
        if column.parent:
            value = None if value is None else {"attributes": {"type": column.kind}, column.name: value}
            made[column.parent] = value
        else:
            made[column.name] = value
    return made
