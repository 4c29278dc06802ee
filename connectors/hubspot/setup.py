"""Creates the properties we need, in a group of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.base import FieldSpec, IdentityConflictError, RemoteError, SchemaError
from connectors.hubspot.api import Api
from connectors.hubspot.words import GROUP, GROUP_LABEL
from connectors.shortcomings import not_offered

# neutral type -> (type, fieldType); a URL has no type of its own in HubSpot
_TYPES: Mapping[str, tuple[str, str]] = {
    "text": ("string", "text"),
    "long_text": ("string", "textarea"),
    "url": ("string", "text"),
    "number": ("number", "number"),
    "money": ("number", "number"),
    "boolean": ("bool", "booleancheckbox"),
    "date": ("date", "date"),
    "datetime": ("datetime", "date"),
    "choice": ("enumeration", "select"),
    "choices": ("enumeration", "checkbox"),
}
_OWN_GROUPS: Mapping[str, str] = {"contacts": "contactinformation", "companies": "companyinformation"}
_YES_NO = ({"label": "Yes", "value": "true"}, {"label": "No", "value": "false"})


def create_fields(api: Api, specs: Sequence[FieldSpec]) -> list[str]:
    """Creates what is missing, and says what it created; a property that exists is left as it is.

    Scopes grant the app access to all properties, so there is no permission to set. A crash in between leaves some
    created; the next call goes on. Raises SchemaError when the key property exists without unique values: HubSpot can
    set that at creation only.
    """
    created: list[str] = []
    for object_name in dict.fromkeys(spec.object for spec in specs):
        existing = {item["name"]: item for item in api.properties(object_name) if not item.get("archived")}
        wanted = [spec for spec in specs if spec.object == object_name]
        for spec in wanted:
            if spec.unique_key and spec.name in existing and not existing[spec.name].get("hasUniqueValue"):
                raise SchemaError(
                    f"HubSpot {object_name}.{spec.name} exists, but its values need not be unique",
                    side="right",
                    fields=(spec.name,),
                    action=f"Delete the property {spec.name} in HubSpot and run setup again.",
                )
        missing = [spec for spec in wanted if spec.name not in existing]
        group = _ensure_group(api, object_name) if missing else GROUP
        for spec in missing:
            if _create(api, spec, group):
                created.append(f"{object_name}.{spec.name}")
    return created


def _ensure_group(api: Api, object_name: str) -> str:
    """Our group, made where it is missing; HubSpot's own where groups cannot be read or made."""
    try:
        if not any(group.get("name") == GROUP for group in api.groups(object_name)):
            api.create_group(object_name, {"name": GROUP, "label": GROUP_LABEL})
    except IdentityConflictError:
        pass  # someone made it between the two calls: what was wanted is there
    except RemoteError as error:
        if not not_offered(error):
            raise
        return _OWN_GROUPS[object_name]
    return GROUP


def _create(api: Api, spec: FieldSpec, group: str) -> bool:
    try:
        api.create_property(spec.object, definition(spec) | {"groupName": group})
    except IdentityConflictError:
        return False
    return True


def definition(spec: FieldSpec) -> dict[str, Any]:
    """The property as HubSpot wants it. Lengths are not part of it: every string may hold 65,536 characters."""
    kind, shown_as = _TYPES[spec.type]
    found: dict[str, Any] = {
        "name": spec.name,
        "label": spec.label,
        "type": kind,
        "fieldType": shown_as,
        "groupName": GROUP,
        "description": spec.description,
        "formField": False,
    }
    if spec.unique_key:
        found["hasUniqueValue"] = True
    options = _YES_NO if spec.type == "boolean" else [{"label": label, "value": value} for value, label in spec.options]
    if options:
        found["options"] = [{**option, "displayOrder": place, "hidden": False} for place, option in enumerate(options)]
    return found
