"""Custom fields: Tooling metadata to a definition, and the admin's edits of the schema.

A field on Activity appears on Task and Event. A new field is invisible until a permission set grants it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sandbox.salesforce.definitions import FieldDef, ObjectDef, Option
from sandbox.salesforce.errors import bad_request, not_found
from sandbox.salesforce.state import OrgState
from sandbox.salesforce.store import Row
from sandbox.salesforce.times import stamp

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*__c")
_ACTIVITY: Final = ("Task", "Event")

# Metadata.type -> word of describe
TYPES: Final[Mapping[str, str]] = {
    "Text": "string",
    "LongTextArea": "textarea",
    "TextArea": "textarea",
    "Html": "textarea",
    "Number": "double",
    "Currency": "currency",
    "Percent": "percent",
    "Checkbox": "boolean",
    "Date": "date",
    "DateTime": "datetime",
    "Email": "email",
    "Phone": "phone",
    "Url": "url",
    "Picklist": "picklist",
    "MultiselectPicklist": "multipicklist",
    "Lookup": "reference",
    "MasterDetail": "reference",
    "EncryptedText": "encryptedstring",
}
_FIXED_LENGTHS: Final = {
    "TextArea": 255,
    "Email": 80,
    "Phone": 40,
    "Url": 255,
    "Picklist": 255,
    "MultiselectPicklist": 4099,
}
_LENGTHS: Final = {"Text": (1, 255), "LongTextArea": (256, 131_072), "Html": (256, 131_072), "EncryptedText": (1, 175)}
_KEYS: Final = frozenset({"Text", "Number", "Email"})  # types that may be external ids
_MOST_KEYS: Final = 25


def definition_of(name: str, metadata: Mapping[str, Any]) -> FieldDef:
    """Raises Refusal for a name or a combination that Salesforce would not create."""
    if not _NAME.fullmatch(name):
        message = (
            f"The Custom Field Name you provided {name.removesuffix('__c')} can only contain alphanumeric characters "
            "and underscores, must begin with a letter, not end with an underscore or contain two in a row."
        )
        raise bad_request("FIELD_INTEGRITY_EXCEPTION", message, ["FullName"])
    kind = metadata.get("type")
    if kind not in TYPES:
        raise bad_request("FIELD_INTEGRITY_EXCEPTION", f"Field Type: bad value {kind}", ["Metadata"])
    if not metadata.get("label"):
        raise bad_request("REQUIRED_FIELD_MISSING", "Required fields are missing: [Label]", ["Metadata"])
    if (metadata.get("externalId") or metadata.get("unique")) and kind not in _KEYS:
        raise bad_request(
            "FIELD_INTEGRITY_EXCEPTION", f"A {kind} field cannot be an external ID or unique", ["Metadata"]
        )
    if kind == "Checkbox" and "defaultValue" not in metadata:
        raise bad_request("FIELD_INTEGRITY_EXCEPTION", "Must specify 'defaultValue' for a CustomField of type Checkbox")
    required = bool(metadata.get("required"))
    return FieldDef(
        name=name,
        label=str(metadata["label"]),
        type=TYPES[kind],
        length=_length(kind, metadata),
        precision=int(metadata.get("precision") or 18) if TYPES[kind] in ("double", "currency", "percent") else 0,
        scale=int(metadata.get("scale") or 0),
        nillable=kind != "Checkbox" and not required,
        unique=bool(metadata.get("unique")),
        external_id=bool(metadata.get("externalId")),
        id_lookup=bool(metadata.get("externalId")),
        case_sensitive=bool(metadata.get("caseSensitive")),
        restricted=bool((metadata.get("valueSet") or {}).get("restricted")),
        options=_options(metadata),
        default=_default(kind, metadata),
        reference_to=(metadata["referenceTo"],) if metadata.get("referenceTo") else (),
        relationship_name=f"{name.removesuffix('__c')}__r" if metadata.get("referenceTo") else None,
        custom=True,
        cascade_delete=kind == "MasterDetail",
        help=metadata.get("inlineHelpText"),
        **_formula(metadata),
    )


def _formula(metadata: Mapping[str, Any]) -> dict[str, Any]:
    if not metadata.get("formula"):
        return {}
    return {"formula": metadata["formula"], "calculated": True, "createable": False, "updateable": False}


def _length(kind: str, metadata: Mapping[str, Any]) -> int:
    if kind in _FIXED_LENGTHS:
        return _FIXED_LENGTHS[kind]
    if kind not in _LENGTHS:
        return 18 if TYPES[kind] == "reference" else 0
    low, high = _LENGTHS[kind]
    length = metadata.get("length")
    if not isinstance(length, int) or not low <= length <= high:
        message = f"Length for a CustomField of type {kind} must be between {low} and {high}"
        raise bad_request("FIELD_INTEGRITY_EXCEPTION", message, ["Metadata"])
    return length


def _options(metadata: Mapping[str, Any]) -> tuple[Option, ...]:
    listed = ((metadata.get("valueSet") or {}).get("valueSetDefinition") or {}).get("value") or ()
    found = []
    for entry in listed:
        value = entry.get("valueName") or entry.get("fullName")
        active = entry.get("isActive") is not False
        found.append(Option(value, entry.get("label") or value, active, bool(entry.get("default"))))
    return tuple(found)


def _default(kind: str, metadata: Mapping[str, Any]) -> Any:
    given = metadata.get("defaultValue")
    if kind == "Checkbox":
        return given is True or str(given).lower() == "true"
    return next((option.value for option in _options(metadata) if option.default), None)


def targets(state: OrgState, object_name: str) -> list[ObjectDef]:
    """The objects on which a field of `object_name` appears. Raises Refusal."""
    names = _ACTIVITY if object_name.lower() == "activity" else (object_name,)
    found = [state.object(name) for name in names]
    if any(made is None or made.tooling for made in found):
        raise bad_request("INVALID_CROSS_REFERENCE_KEY", f"no CustomObject named {object_name} found", ["FullName"])
    return [made for made in found if made is not None]


def add_field(state: OrgState, object_name: str, name: str, metadata: Mapping[str, Any], *, user_id: str) -> str:
    """The CustomField's id. Nobody sees the field yet. Raises Refusal."""
    owners = targets(state, object_name)
    field = definition_of(name, metadata)
    there = next((held for owner in owners if (held := owner.field(name)) is not None), None)
    if there is not None:
        message = f"There is already a field named {there.name.removesuffix('__c')} on {owners[0].label}."
        raise bad_request("DUPLICATE_DEVELOPER_NAME", message, ["DeveloperName"])
    if field.external_id and sum(made.external_id for made in owners[0].fields.values()) >= _MOST_KEYS:
        message = "The maximum number of external ID fields has been reached"
        raise bad_request("FIELD_INTEGRITY_EXCEPTION", message, ["Metadata"])
    rows = state.table("CustomField")
    now = stamp(state.now_ms())
    row: Row = {
        "Id": rows.next_id(),
        "TableEnumOrId": "Activity" if object_name.lower() == "activity" else owners[0].name,
        "DeveloperName": name.removesuffix("__c"),
        "ManageableState": "unmanaged",
        "CreatedDate": now,
        "CreatedById": user_id,
        "LastModifiedDate": now,
        "LastModifiedById": user_id,
        "SystemModstamp": now,
    }
    if field.length:
        row["Length"] = field.length
    if metadata.get("description"):
        row["Description"] = metadata["description"]
    rows.insert(row)
    state.metadata[row["Id"]] = dict(metadata)
    for owner in owners:
        _enter(state, owner, field)
    state.related()
    return row["Id"]


def _enter(state: OrgState, owner: ObjectDef, field: FieldDef) -> None:
    owner.fields[field.name.lower()] = field
    rows = state.table(owner.name)
    rows.add_index(field)
    if field.type == "boolean" and field.formula is None:
        for row in list(rows.all()):
            row[field.name] = bool(field.default)


def change_field(state: OrgState, object_name: str, name: str, **changes: Any) -> None:
    """Replaces attributes of a definition; `required`, `options` as (value, label) pairs. Raises Refusal 404."""
    for owner in targets(state, object_name):
        field = owner.field(name)
        if field is None:
            raise not_found()
        given = dict(changes)
        if "required" in given:
            given["nillable"] = not given.pop("required")
        if "options" in given:
            given["options"] = tuple(
                made if isinstance(made, Option) else Option(made, made) if isinstance(made, str) else Option(*made)
                for made in given["options"]
            )
        owner.fields[name.lower()] = replace(field, **given)
        if {"unique", "external_id"} & given.keys():
            state.table(owner.name).add_index(owner.fields[name.lower()])
    state.schema_changed()


def remove_field(state: OrgState, object_name: str, name: str) -> None:
    """The field, its values and its grants are gone. Raises Refusal 404."""
    for owner in targets(state, object_name):
        field = owner.fields.pop(name.lower(), None)
        if field is None:
            raise not_found()
        state.table(owner.name).drop_field(field.name)
        grants = state.table("FieldPermissions")
        for row in [row for row in grants.all() if row["Field"].lower() == f"{owner.name}.{name}".lower()]:
            grants.purge(row["Id"])
    rows = state.table("CustomField")
    for row in [row for row in rows.all() if _is(row, object_name, name)]:
        rows.purge(row["Id"])
        state.metadata.pop(row["Id"], None)
    state.related()


def _is(row: Row, object_name: str, name: str) -> bool:
    full = f"{row['TableEnumOrId']}.{row['DeveloperName']}__c"
    return full.lower() == f"{object_name}.{name}".lower()


def grant(state: OrgState, object_name: str, name: str, *, read: bool = True, edit: bool = True) -> None:
    """Shows a field to the integration user through the permission set of its profile."""
    rows = state.table("FieldPermissions")
    for owner in targets(state, object_name):
        full = f"{owner.name}.{owner.fields[name.lower()].name}"
        held = next((r for r in rows.all() if r["Field"] == full and r["ParentId"] == state.permission_set_id), None)
        now = stamp(state.now_ms())
        values = {"PermissionsRead": read, "PermissionsEdit": edit, "SystemModstamp": now, "LastModifiedDate": now}
        if held is not None:
            rows.change(held, values)
            continue
        key = {"ParentId": state.permission_set_id, "SobjectType": owner.name, "Field": full}
        made = {"CreatedDate": now, "CreatedById": state.user_id, "LastModifiedById": state.user_id}
        rows.insert({"Id": rows.next_id(), **key, **values, **made})
    state.schema_changed()


def full_name(row: Row) -> str:
    return f"{row['TableEnumOrId']}.{row['DeveloperName']}__c"
