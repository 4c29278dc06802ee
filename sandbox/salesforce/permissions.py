"""Rows that grant: what may be granted, and how a new custom field becomes visible."""

from __future__ import annotations

from typing import Final

from sandbox.kernel import Refusal
from sandbox.salesforce.definitions import ObjectDef
from sandbox.salesforce.errors import bad_request
from sandbox.salesforce.state import Author, OrgState
from sandbox.salesforce.store import Row

PERMISSION_OBJECTS: Final = frozenset({"FieldPermissions", "ObjectPermissions", "PermissionSetAssignment"})
_KEYS: Final = {
    "FieldPermissions": ("ParentId", "SobjectType", "Field"),
    "ObjectPermissions": ("ParentId", "SobjectType"),
    "PermissionSetAssignment": ("PermissionSetId", "AssigneeId"),
}


def check_administrator(state: OrgState, author: Author) -> None:
    """Raises Refusal for API callers of an org whose integration user may not change the setup."""
    if author.limited and not state.settings.may_customize:
        raise Refusal(403, "INSUFFICIENT_ACCESS", "insufficient access rights on object id")


def check_permission(state: OrgState, definition: ObjectDef, row: Row) -> None:
    """Raises Refusal for a grant that says nothing, contradicts itself or is there already."""
    if definition.name not in PERMISSION_OBJECTS:
        return
    if "SobjectType" in row and state.object(row["SobjectType"]) is None:
        _refuse(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Sobject Type Name: bad value for restricted picklist field: " + row["SobjectType"],
            "SobjectType",
        )
    if definition.name == "FieldPermissions":
        _check_field(state, row)
    key = _KEYS[definition.name]
    for other in state.table(definition.name).all():
        if other["Id"] != row.get("Id") and all(other.get(name) == row.get(name) for name in key):
            _refuse(
                "DUPLICATE_VALUE",
                f"duplicate value found: {', '.join(key)} duplicates value on record with id: " + other["Id"],
                key[0],
            )


def _check_field(state: OrgState, row: Row) -> None:
    object_name, _, name = row["Field"].partition(".")
    owner = state.object(row["SobjectType"])
    field = owner.field(name) if owner is not None else None
    if field is None or object_name.lower() != row["SobjectType"].lower():
        _refuse(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Field Name: bad value for restricted picklist field: " + row["Field"],
            "Field",
        )
    elif not field.nillable and field.type != "boolean":
        _refuse(
            "FIELD_INTEGRITY_EXCEPTION",
            f"Field Name: permissions of the required field {row['Field']} are fixed",
            "Field",
        )
    if row.get("PermissionsEdit") and not row.get("PermissionsRead"):
        _refuse("FIELD_INTEGRITY_EXCEPTION", "Can't grant edit permission without read permission", "PermissionsEdit")


def _refuse(code: str, message: str, field: str) -> None:
    raise bad_request(code, message, [field])
