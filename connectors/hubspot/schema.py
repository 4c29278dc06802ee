"""HubSpot's property definitions as `ObjectSchema`: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.base import FieldSchema, ObjectSchema
from connectors.hubspot.words import COMPANY_OF_CONTACT, WRITABLE

_REQUIRED_ON_CREATE: Mapping[str, frozenset[str]] = {  # the rest requires one of several, which no flag can say
    "calls": frozenset({"hs_timestamp"}),
    "meetings": frozenset({"hs_timestamp"}),
    "notes": frozenset({"hs_timestamp"}),
    "tasks": frozenset({"hs_timestamp"}),
}
_REFERENCES: Mapping[str, str] = {"OWNER": "owners", "COMPANY": "companies", "CONTACT": "contacts"}
_STRING_CHARACTERS = 65_536


def object_schema(object_name: str, definitions: Sequence[Mapping[str, Any]]) -> ObjectSchema:
    """The live schema: archived properties are left out, since reading one gives nothing."""
    fields = {item["name"]: _field(object_name, item) for item in definitions if not item.get("archived")}
    writable = object_name in WRITABLE
    return ObjectSchema(object_name, object_name.capitalize(), fields, createable=writable, updateable=writable)


def _field(object_name: str, item: Mapping[str, Any]) -> FieldSchema:
    name, kind = item["name"], item.get("type") or ""
    calculated = bool(item.get("calculated"))
    read_only = bool((item.get("modificationMetadata") or {}).get("readOnlyValue"))
    writable = object_name in WRITABLE and not calculated and not read_only
    references = _REFERENCES.get(str(item.get("referencedObjectType") or ""), "")
    if (object_name, name) == ("contacts", COMPANY_OF_CONTACT):
        # Read-only as a property; the connector writes it as the primary association.
        writable, calculated, references = True, False, "companies"
    is_choice = kind == "enumeration" and not item.get("externalOptions") and not references
    return FieldSchema(
        name=name,
        label=item.get("label") or name,
        type=kind,
        createable=writable,
        updateable=writable,
        required=name in _REQUIRED_ON_CREATE.get(object_name, ()),
        unique=bool(item.get("hasUniqueValue")) or (object_name, name) == ("contacts", "email"),
        max_length=_STRING_CHARACTERS if kind == "string" else None,
        options=_options(item) if is_choice else None,
        restricted=is_choice,
        calculated=calculated,
        reference_to=(references,) if references else (),
    )


def _options(item: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Hidden options stay: records hold them and the API takes them; only the pick in the screen leaves them out."""
    listed = [option for option in item.get("options") or () if "value" in option]
    return tuple((option["value"], option.get("label") or option["value"]) for option in listed)
