"""Asks a model for its fields the way any client would: by its public API, in process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from sandbox.faults import Door
from sandbox.kernel import Request
from sandbox.loading.cells import Column
from sandbox.loading.request import LoadError

# Headings of exports that are no field's label.
_HEADINGS: Final = {
    ("hubspot", "contacts"): {"associated company ids": "associatedcompanyid"},
    ("salesforce", "Lead"): {"company / account": "company"},
}


def columns_of(system: str, object_name: str, door: Door, token: str) -> dict[str, Column]:
    """Every name and label in lower case -> field. Raises LoadError for an object that is not there."""
    made = _READERS[system](object_name, door, token)
    by_name = {column.name.lower(): column for column in made}
    by_label = {column.label.lower(): column for column in reversed(made)}
    headings = _HEADINGS.get((system, object_name), {})
    by_label |= {heading: by_name[name] for heading, name in headings.items() if name in by_name}
    return by_label | by_name


def _get(door: Door, path: str, token: str, target: str) -> Mapping[str, Any]:
    answer = door.handle(Request("GET", path, headers={"authorization": f"Bearer {token}"}))
    if answer.status in (400, 404):
        raise LoadError(f"there is no object {target}", "Name the object as the vendor does: Lead, contacts.")
    if answer.status != 200:
        raise LoadError(f"the sandbox refused to describe {target}: {answer.body.decode()}", "Check its settings.")
    return answer.json()


def _salesforce(object_name: str, door: Door, token: str) -> list[Column]:
    path = f"/services/data/v62.0/sobjects/{quote(object_name, safe='')}/describe"
    return [
        Column(
            name=entry["name"],
            label=entry["label"],
            type=entry["type"],
            writable=entry["createable"],
            required=entry["createable"] and not entry["nillable"] and not entry["defaultedOnCreate"],
            multiple=entry["type"] == "multipicklist",
            options=_options(entry.get("picklistValues") or ()),
            refers_to=tuple(entry.get("referenceTo") or ()),
        )
        for entry in _get(door, path, token, f"salesforce.{object_name}")["fields"]
    ]


def _hubspot(object_name: str, door: Door, token: str) -> list[Column]:
    path = f"/crm/v3/properties/{quote(object_name, safe='')}"
    owner = {"hubspot_owner_id": ("owners",), "associatedcompanyid": ("companies",)}
    return [
        Column(
            name=entry["name"],
            label=entry["label"],
            type=entry["type"],
            writable=not entry["modificationMetadata"]["readOnlyValue"],
            multiple=entry["fieldType"] == "checkbox",
            options=_options(entry["options"]),
            refers_to=owner.get(entry["name"], ()),
        )
        for entry in _get(door, path, token, f"hubspot.{object_name}")["results"]
    ]


def _options(listed: Any) -> dict[str, str]:
    labels = {str(option["label"]).lower(): str(option["value"]) for option in listed}
    return labels | {str(option["value"]).lower(): str(option["value"]) for option in listed}


_READERS: Final = {"salesforce": _salesforce, "hubspot": _hubspot}
