"""Describe to `ObjectSchema`, kept as long as the server says that it did not change.

Fields hidden from the integration user are absent, never null. Any org-wide change may defeat the 304; that costs a
body, nothing else.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from connectors.base import FieldSchema, ObjectSchema, ProtocolError
from connectors.salesforce.soql import name
from connectors.salesforce.wire import Wire

_CHOICES = frozenset({"picklist", "multipicklist", "combobox"})
_TEXT_LENGTHS = frozenset(
    {"string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "combobox", "encryptedstring", "id"}
)


class Schemas:
    """Describes, cached by `Last-Modified`; one request each time it is asked."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._kept: dict[str, tuple[str, ObjectSchema]] = {}
        self._lock = threading.Lock()

    def get(self, object_name: str) -> ObjectSchema:
        """Raises SchemaError for an object that is not there or not visible."""
        kept = self._kept.get(object_name)
        headers = {"If-Modified-Since": kept[0]} if kept else {}
        path = f"sobjects/{name(object_name)}/describe"
        answer = self._wire.ask("GET", path, "describe", headers=headers, accepts=frozenset({304}))
        if answer.status == 304 and kept:
            return kept[1]
        schema = replace(parse_describe(answer.value), object=object_name)
        stamp = answer.headers.get("Last-Modified")
        with self._lock:
            if stamp:
                self._kept[object_name] = (stamp, schema)
            else:
                self._kept.pop(object_name, None)
        return schema

    def forget(self) -> None:
        """The next question goes to the server whole: permissions were changed, which a 304 may not notice at once."""
        with self._lock:
            self._kept.clear()

    def newest(self, object_name: str) -> ObjectSchema:
        """The kept one, else asked for: where a few minutes of age do no harm."""
        kept = self._kept.get(object_name)
        return kept[1] if kept else self.get(object_name)


def parse_describe(described: Any) -> ObjectSchema:
    """Raises ProtocolError for what is no describe."""
    if not isinstance(described, Mapping) or not isinstance(described.get("fields"), list):
        raise ProtocolError("a describe without fields", side="left")
    name = str(described.get("name") or "")
    return ObjectSchema(
        object=name,
        label=described.get("label") or name,
        fields={field["name"]: _field(field) for field in described["fields"]},
        createable=bool(described.get("createable", True)),
        updateable=bool(described.get("updateable", True)),
    )


def _field(field: Mapping[str, Any]) -> FieldSchema:
    """What a describe leaves out counts as not restricted: the write that meets a restriction says so by name."""
    kind = str(field.get("type") or "string")
    createable = bool(field.get("createable", True))
    length = int(field.get("length") or 0)
    options = None
    if kind in _CHOICES:
        listed = field.get("picklistValues") or ()
        active = [item for item in listed if item.get("active", True)]
        options = tuple((item["value"], item.get("label") or item["value"]) for item in active)
    return FieldSchema(
        name=field["name"],
        label=field.get("label", field["name"]),
        type=kind,
        createable=createable,
        updateable=bool(field.get("updateable", True)),
        required=createable and not field.get("nillable", True) and not field.get("defaultedOnCreate"),
        unique=bool(field.get("unique")),
        max_length=length if length and kind in _TEXT_LENGTHS else None,
        options=options,
        restricted=bool(field.get("restrictedPicklist")),
        calculated=bool(field.get("calculated")),
        reference_to=tuple(field.get("referenceTo") or ()),
        scale=int(field.get("scale") or 0) if kind in ("double", "currency", "percent") and "scale" in field else None,
    )
