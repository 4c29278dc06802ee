"""The innermost step of every edit: ledger first, then values, history, indexes and order. It cannot fail."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.hubspot.state import Author, Changes, PortalState
from sandbox.hubspot.store import ObjectStore, StoredRecord, Version
from sandbox.kernel import EditOp


def note(
    state: PortalState, store: ObjectStore, record_id: int, op: EditOp, changes: Changes, author: Author, now_ms: int
) -> None:
    state.ledger.record(
        "hubspot",
        store.kind.plural,
        str(record_id),
        actor=author.actor,
        op=op,
        changes=changes,
        at_ms=now_ms,
        request_id=author.request_id,
    )


def insert(
    state: PortalState, store: ObjectStore, record_id: int, values: dict[str, str], author: Author
) -> tuple[StoredRecord, Changes]:
    """Stores a new record with already accepted values."""
    now_ms = state.now_ms()
    changes: Changes = {name: (None, value) for name, value in values.items()}
    state.defer_search(store, None, record_id, now_ms)
    note(state, store, record_id, "create", changes, author, now_ms)
    record = StoredRecord(record_id, values, now_ms, now_ms, author.source, author.source.user_id)
    store.insert(record)
    for name, value in values.items():
        store.claim(record, name, value)
    return record, changes


def change(
    state: PortalState,
    store: ObjectStore,
    record: StoredRecord,
    values: Mapping[str, str],
    author: Author,
    at_ms: int | None = None,
) -> Changes:
    """Stores already accepted values; returns what differed. Only a difference is an edit."""
    now_ms = state.now_ms() if at_ms is None else at_ms
    stored = record.values
    changes: Changes = {}
    for name, new in values.items():
        old = stored.get(name)
        if (old or "") != new:
            changes[name] = (old, new or None)
    if not changes:
        if state.settings.unchanged_write_moves_modified:
            state.defer_search(store, record, record.id, now_ms)
            record.modified_ms = now_ms
            store.moved(record)
        return changes
    if record.archived_ms is None:
        state.defer_search(store, record, record.id, now_ms)
    note(state, store, record.id, "update", changes, author, now_ms)
    _store_changes(state, store, record, changes, author, now_ms)
    return changes


def _store_changes(
    state: PortalState, store: ObjectStore, record: StoredRecord, changes: Changes, author: Author, now_ms: int
) -> None:
    empty = "" if state.settings.cleared_reads_as_empty else None
    for name, (old, new) in changes.items():
        remember(store, record, name, old, new, author, now_ms)
        if name in store.unique or name in store.lookup:
            if old:
                store.release(record, name, old)
            if new:
                store.claim(record, name, new)
        if new:
            record.values[name] = new
        elif empty is None:
            record.values.pop(name, None)
        else:
            record.values[name] = empty
    if "hs_additional_emails" in changes:  # an address that only changed its place is still the record's
        store.unique["email"].update({value: record.id for name, value in store.claims(record) if name == "email"})
    record.modified_ms = now_ms
    record.updated_by = author.source.user_id
    store.moved(record)


def remember(
    store: ObjectStore, record: StoredRecord, name: str, old: str | None, new: str | None, author: Author, now_ms: int
) -> None:
    """Adds a version to a property's history; the first change keeps the value of the creation as well."""
    if record.history is None:
        record.history = {}
    versions = record.history.get(name)
    if versions is None:
        versions = record.history[name] = [Version(old, record.created_ms, record.source)] if old else []
    versions.append(Version(new or "", now_ms, author.source))
    if len(versions) > store.kind.history_cap:
        del versions[: -store.kind.history_cap]
