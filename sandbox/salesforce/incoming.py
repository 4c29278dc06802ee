"""A request's field map to a row's values: names, parents by external id, and who may write what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel import Refusal
from sandbox.salesforce.definitions import FieldDef, ObjectDef
from sandbox.salesforce.errors import bad_request, no_column, not_writable
from sandbox.salesforce.state import Author, OrgState
from sandbox.salesforce.store import Row
from sandbox.salesforce.values import stored


def named(state: OrgState, definition: ObjectDef, values: Mapping[str, Any]) -> list[tuple[FieldDef, Any]]:
    """Fields of a body with their raw values, parents resolved. Raises Refusal INVALID_FIELD for an unknown name."""
    found = []
    for name, value in values.items():
        if name.lower() == "attributes":
            continue
        field = definition.field(name)
        if field is None:
            field = next((f for f in definition.fields.values() if _relation(f, name)), None)
            if field is None:
                raise no_column(name, definition.name)
            value = _parent(state, field, value)
        elif field.type == "id":
            raise bad_request("INVALID_FIELD", "The Id field should not be specified in the sobject data.")
        found.append((field, value))
    return found


def _relation(field: FieldDef, name: str) -> bool:
    return field.relationship_name is not None and field.relationship_name.lower() == name.lower()


def _parent(state: OrgState, field: FieldDef, value: Any) -> str | None:
    """The id of a parent given by an external id: `{"ERP__c": "A-77"}`."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise bad_request("INVALID_FIELD", f"Cannot resolve the relationship {field.relationship_name}")
    attributes = value.get("attributes") or {}
    target = state.visible(attributes.get("type") or field.reference_to[0])
    pairs = [(name, key) for name, key in value.items() if name.lower() != "attributes"]
    if target is None or len(pairs) != 1:
        raise bad_request("INVALID_FIELD", f"Cannot resolve the relationship {field.relationship_name}")
    name, key = pairs[0]
    by = target.field(name)
    if by is None:
        raise no_column(name, target.name)
    rows = state.table(target.name)
    if by.type == "id":
        return str(key)
    if not rows.indexed(by.name):
        raise bad_request("INVALID_FIELD", f"{name} is not an external ID field for {target.name}")
    matches = [row for row in rows.holders(by.name, str(key)) if not row.get("IsDeleted")]
    if len(matches) != 1:
        message = f"Foreign key external ID: {key} not found for field {by.name} in entity {target.name}"
        raise bad_request("INVALID_FIELD", message)
    return matches[0]["Id"]


def accepted(
    state: OrgState, definition: ObjectDef, values: Mapping[str, Any], author: Author, *, creating: bool
) -> Row:
    """Stored values of a body. Raises Refusal: unknown, not writable, of the wrong type, out of bounds."""
    view = state.visible(definition.name) if author.limited else definition
    pairs = named(state, view or definition, values)
    closed = [field.name for field, _ in pairs if not (field.createable if creating else field.updateable)]
    if closed:
        raise not_writable(closed)
    return {field.name: stored(state, field, value) for field, value in pairs}


def whole_request_fails(refusal: Refusal) -> bool:
    """True for what the parser of a Collections request refuses before any row is looked at."""
    return refusal.code == "JSON_PARSER_ERROR" or refusal.message.startswith("No such column")
