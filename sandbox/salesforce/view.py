"""Rows as the REST API shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.kernel import Refusal
from sandbox.salesforce.definitions import ObjectDef
from sandbox.salesforce.errors import no_column
from sandbox.salesforce.state import OrgState
from sandbox.salesforce.store import Row


def shown(
    state: OrgState, object_name: str, row: Row, version: int, names: Iterable[str] | None = None
) -> dict[str, Any]:
    """A row with `attributes`: the named fields in the order given, else all that are visible."""
    view = state.visible(object_name)
    if view is None:
        raise KeyError(object_name)
    fields = view.fields.values() if names is None else columns(view, names)
    url = f"/services/data/v{version}.0/sobjects/{view.name}/{row['Id']}"
    values = {field.name: state.value(view, row, field) for field in fields}
    return {"attributes": {"type": view.name, "url": url}, **values}


def columns(view: ObjectDef, names: Iterable[str]) -> list[Any]:
    """The named fields, each once. Raises Refusal INVALID_FIELD for one that is hidden or not there."""
    found = {}
    for name in names:
        field = view.field(name.strip())
        if field is None:
            raise no_column(name.strip(), view.name)
        found[field.name] = field
    return list(found.values())


def record(state: OrgState, definition: ObjectDef, row: Row) -> Mapping[str, Any]:
    """A row as an admin sees it: every field, nothing hidden."""
    return {field.name: state.value(definition, row, field) for field in definition.fields.values()}


def found(row: Row | None) -> Row:
    """Raises Refusal 404: never there, or deleted."""
    if row is None:
        raise Refusal(404, "NOT_FOUND", "The requested resource does not exist")
    if row.get("IsDeleted"):
        raise Refusal(404, "ENTITY_IS_DELETED", "entity is deleted")
    return row
