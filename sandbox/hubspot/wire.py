"""Records in the JSON of the objects API: projections, history, inline associations and what a write answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sandbox.hubspot.state import PortalState
from sandbox.hubspot.store import ObjectStore, Plan, StoredRecord, Version
from sandbox.hubspot.times import iso

INLINE_PAGE = 100  # associations of one type inside a record; more are paged
_SOURCE = ("hs_object_source", "hs_object_source_id", "hs_object_source_label")
# Computed properties that the answer to a create shows beside what was sent.
_CREATE_EXTRA: dict[str, tuple[str, ...]] = {
    "contacts": ("hs_all_contact_vids", "hs_email_domain", "hs_is_contact", "hs_is_unworked", "hs_pipeline", *_SOURCE),
    "companies": ("hs_pipeline", "website", *_SOURCE),
    "deals": ("amount_in_home_currency", "hs_deal_stage_probability", "hs_is_closed", "pipeline", *_SOURCE),
    "leads": ("hs_pipeline", "hs_pipeline_stage", "hs_pipeline_stage_category", *_SOURCE),
}


def render(state: PortalState, store: ObjectStore, record: StoredRecord, plan: Plan) -> dict[str, Any]:
    """One record with the planned properties; known ones without a value are null."""
    get = record.values.get
    properties: dict[str, str | None] = {name: get(name) for name in plan.names}
    for name, reader in plan.computed:
        properties[name] = reader(record)
    return _framed(state, store, record, properties)


def _framed(
    state: PortalState, store: ObjectStore, record: StoredRecord, properties: dict[str, str | None]
) -> dict[str, Any]:
    kind = store.kind
    sent: dict[str, Any] = {
        "id": str(record.id),
        "properties": properties,
        "createdAt": iso(record.created_ms),
        "updatedAt": iso(record.modified_ms),
        "archived": record.archived_ms is not None,
    }
    if record.archived_ms is not None:
        sent["archivedAt"] = iso(record.archived_ms)
    sent["url"] = f"https://app.hubspot.com/contacts/{state.settings.portal_id}/record/{kind.id}/{record.id}"
    return sent


def created(state: PortalState, store: ObjectStore, record: StoredRecord, sent: Sequence[str]) -> dict[str, Any]:
    """The answer to a create: what was set, the computed properties, no nulls."""
    kind = store.kind
    names = {*sent, "hs_object_id", kind.created, kind.modified, *_CREATE_EXTRA.get(kind.plural, _SOURCE)}
    return _framed(state, store, record, _filled(store, record, names))


def updated(state: PortalState, store: ObjectStore, record: StoredRecord, sent: Sequence[str]) -> dict[str, Any]:
    """The answer to an update: only what was sent, plus the times; contacts leave out createdate and hs_object_id."""
    kind = store.kind
    names = {*sent, kind.modified}
    if kind.plural != "contacts":
        names |= {kind.created, "hs_object_id"}
    elif "email" in names:
        names.add("hs_email_domain")
    properties = {name: store.value(record, name) for name in sorted(names)}
    return _framed(state, store, record, {name: "" if value is None else value for name, value in properties.items()})


def _filled(store: ObjectStore, record: StoredRecord, names: Iterable[str]) -> dict[str, str | None]:
    values = {name: store.value(record, name) for name in sorted(names)}
    return {name: value for name, value in values.items() if value is not None}


def history(store: ObjectStore, record: StoredRecord, names: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Versions of each known property, newest first."""
    return {
        name: [_version(version) for version in reversed(versions_of(store, record, name))]
        for name in names
        if name in store.definitions and store.definitions[name].visible
    }


def versions_of(store: ObjectStore, record: StoredRecord, name: str) -> list[Version]:
    """Versions oldest first; a property unchanged since creation has one."""
    if record.history is not None and name in record.history:
        return record.history[name]
    value = store.value(record, name)
    at_ms = record.modified_ms if name == store.kind.modified else record.created_ms
    return [Version(value, at_ms, record.source)] if value else []


def _version(version: Version) -> dict[str, Any]:
    source = version.source
    sent: dict[str, Any] = {
        "value": version.value,
        "timestamp": iso(version.at_ms),
        "sourceType": source.type,
        "sourceId": source.id,
        "sourceLabel": source.label,
    }
    if source.user_id is not None:
        sent["updatedByUserId"] = source.user_id
    return sent


def inline_associations(
    state: PortalState, store: ObjectStore, record: StoredRecord, targets: Sequence[str], base: str
) -> dict[str, Any]:
    """Associations inside a record: one entry for each type, so an id repeats; absent types are left out."""
    sent: dict[str, Any] = {}
    for target in targets:
        ends = state.associations.ends(store.kind.plural, record.id, target)
        if not ends:
            continue
        ordered = sorted(ends)
        types = state.associations.types
        results = [
            {"id": str(other), "type": types[number].name} for other in ordered[:INLINE_PAGE] for number in ends[other]
        ]
        block: dict[str, Any] = {"results": results}
        if len(ordered) > INLINE_PAGE:
            after = str(ordered[INLINE_PAGE])
            path = f"/crm/v3/objects/{store.kind.plural}/{record.id}/associations/{target}"
            block["paging"] = {"next": {"after": after, "link": f"{base}{path}?after={after}&limit={INLINE_PAGE}"}}
        sent[target] = block
    return sent
