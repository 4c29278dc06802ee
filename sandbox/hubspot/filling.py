"""Bulk filling: how a portal gets its first records, a hundred thousand in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.hubspot.errors import invalid_properties, no_property
from sandbox.hubspot.state import PortalState
from sandbox.hubspot.store import ObjectStore, StoredRecord
from sandbox.hubspot.values import Invalid, Problem, normalise, normalise_domain, normalise_email, text_of

_IDENTITIES = {"email": normalise_email, "domain": normalise_domain}


def fill(state: PortalState, store: ObjectStore, given: Mapping[str, Any], created_ms: int | None) -> int:
    """Stores one record as if it had always been there, visible to search at once.

    Raises PortalRefusal for an unknown property or a value that is not of its type, and ValueError for a property that
    is computed or a unique value that is taken.
    """
    values: dict[str, str] = {}
    definitions = store.definitions
    for name, raw in given.items():
        if raw is None or raw == "":
            continue
        definition = definitions.get(name)
        if definition is None:
            raise no_property(name, 400)
        if name in store.readers:
            raise ValueError(f"{name} is computed and cannot be filled in")
        plain = definition.type == "string" and type(raw) is str
        try:
            text = raw if plain else normalise(definition, raw, "")
            values[name] = _IDENTITIES[name](text) if name in _IDENTITIES else text
        except Invalid as invalid:
            problem = Problem(name, invalid.code, invalid.message)
            raise invalid_properties([problem], state.settings.portal_id) from invalid
    at_ms = state.now_ms() if created_ms is None else created_ms
    record = StoredRecord(store.next_id(), values, at_ms, at_ms)
    for name, value in store.claims(record):
        if name in store.unique and value.lower() in store.unique[name]:
            raise ValueError(f"{name} {text_of(value)} is taken already")
    store.insert(record)
    for name, value in store.claims(record):
        store.claim(record, name, value)
    company = values.get("associatedcompanyid")
    if company and store.kind.plural == "contacts":
        state.associations.put("contacts", record.id, "companies", int(company), {1})
    return record.id
