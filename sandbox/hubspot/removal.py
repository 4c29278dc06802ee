"""Ends of records: archive and restore, merge into a new record, and deletion for privacy."""

from __future__ import annotations

from dataclasses import replace

from sandbox.hubspot.associations import End
from sandbox.hubspot.changes import change, note, remember
from sandbox.hubspot.errors import PortalRefusal, already_exists, bad_request, not_found, value_taken
from sandbox.hubspot.linking import mirror
from sandbox.hubspot.state import Author, Changes, PortalState
from sandbox.hubspot.store import ObjectStore, StoredRecord

MAX_IDENTITIES = 250


def _whole(record: StoredRecord) -> Changes:
    return {name: (value, None) for name, value in record.values.items()}


def archive(state: PortalState, store: ObjectStore, record: StoredRecord, author: Author) -> None:
    """Moves a record to the recycle bin; its unique values are free again, its associations rest."""
    now_ms = state.now_ms()
    state.defer_search(store, record, record.id, now_ms)
    note(state, store, record.id, "archive", _whole(record), author, now_ms)
    for name, value in store.claims(record):
        store.release(record, name, value)
    touched = state.associations.detach(store.kind.plural, record.id)
    store.set_archived(record, now_ms)
    state.lists.forget_record(store.kind.id, record.id, now_ms)
    _forget_company(state, touched, author)
    _follow_leads(state, touched, author)


def _forget_company(state: PortalState, touched: list[End], author: Author) -> None:
    """Contacts of an archived company lose the mirror of their primary one."""
    contacts = state.stores["contacts"]
    for plural, number in touched:
        contact = contacts.live(number) if plural == "contacts" else None
        if contact is not None and state.associations.primary_of("contacts", number, "companies") is None:
            change(state, contacts, contact, {"associatedcompanyid": ""}, author)


def _follow_leads(state: PortalState, touched: list[End], author: Author) -> None:
    """A lead that lost its last primary association is archived as well."""
    leads = state.stores["leads"]
    for plural, number in touched:
        lead = leads.live(number) if plural == "leads" else None
        if lead is not None and not any(
            state.associations.primary_of("leads", number, target) for target in ("contacts", "companies")
        ):
            archive(state, leads, lead, author)


def restore(state: PortalState, store: ObjectStore, record: StoredRecord, author: Author) -> None:
    """Brings an archived record back, as the user interface can for 90 days.

    Raises PortalRefusal when one of its unique values has a new holder.
    """
    for name, value in store.claims(record):
        holder = store.unique.get(name, {}).get(value.lower())
        if holder is not None:
            if name == "email":
                raise already_exists(store.kind.label, holder)
            raise value_taken(state.settings.portal_id, store.kind.label, name, value, record.id, holder)
    now_ms = state.now_ms()
    state.defer_search(store, None, record.id, now_ms)
    changes = {name: (None, value) for name, value in record.values.items()}
    note(state, store, record.id, "restore", changes, author, now_ms)
    record.modified_ms = now_ms
    store.set_live(record)
    for name, value in store.claims(record):
        store.claim(record, name, value)
    touched = state.associations.attach(store.kind.plural, record.id, state.live_id)
    mirror(state, [(store.kind.plural, record.id), *touched], author)


def purge(state: PortalState, store: ObjectStore, record: StoredRecord, author: Author) -> None:
    """Deletes for privacy: values, history, associations and archived copy are gone for good."""
    if record.archived_ms is None:
        archive(state, store, record, author)
    note(state, store, record.id, "delete", {}, author, state.now_ms())
    state.associations.detached.pop((store.kind.plural, record.id), None)
    store.remove(record)


def merge(
    state: PortalState, store: ObjectStore, primary: StoredRecord, loser: StoredRecord, author: Author
) -> StoredRecord:
    """Creates the record that takes both places, with a new id; both old ids lead to it from now on.

    The primary's values win, the loser's fill its blanks; the loser's e-mail addresses and domains become additional
    ones. Raises PortalRefusal 414 when the profile would have more than 250 identities.
    """
    if primary.id == loser.id:
        raise bad_request("Cannot merge a record with itself")
    eaten = _ids(primary) + _ids(loser) + [primary.id, loser.id]
    if len(eaten) > MAX_IDENTITIES:
        raise PortalRefusal(414, "Cannot have more than 250 identities on a profile", category="VALIDATION_ERROR")
    now_ms, plural = state.now_ms(), store.kind.plural
    author = replace(author, source=author.source._replace(type="MERGE_OBJECTS", label="Merge"))
    survivor_id = store.next_id()
    values = {**loser.values, **{name: value for name, value in primary.values.items() if value}}
    values["hs_merged_object_ids"] = ";".join(map(str, eaten))
    if plural == "contacts":
        values["hs_calculated_merged_vids"] = ";".join(f"{number}:{now_ms}" for number in eaten)
    _keep_identities(store, primary, loser, values)
    changes: Changes = {
        name: (primary.values.get(name), values.get(name))
        for name in sorted({*values, *primary.values})
        if primary.values.get(name) != values.get(name)
    }
    changes |= {"merged_id": (str(loser.id), str(survivor_id)), "primary_id": (str(primary.id), str(survivor_id))}
    for record in (primary, loser):
        state.defer_search(store, record, record.id, now_ms)
    state.defer_search(store, None, survivor_id, now_ms)
    note(state, store, survivor_id, "merge", changes, author, now_ms)
    survivor = StoredRecord(
        survivor_id, values, min(primary.created_ms, loser.created_ms), now_ms, primary.source, author.source.user_id
    )
    survivor.history = {name: list(versions) for name, versions in (primary.history or {}).items()}
    for name in (name for name in changes if name not in ("merged_id", "primary_id")):
        remember(store, survivor, name, *changes[name], author, now_ms)
    _replace(state, store, primary, loser, survivor)
    if plural == "companies":
        _repoint_contacts(state, survivor_id, author)
    return survivor


def _ids(record: StoredRecord) -> list[int]:
    return [int(number) for number in record.values.get("hs_merged_object_ids", "").split(";") if number]


def _keep_identities(store: ObjectStore, primary: StoredRecord, loser: StoredRecord, values: dict[str, str]) -> None:
    for name, extra in (("email", "hs_additional_emails"), ("domain", "hs_additional_domains")):
        if extra not in store.definitions:
            continue
        held = [
            value
            for record in (primary, loser)
            for value in (record.values.get(name, ""), *record.values.get(extra, "").split(";"))
        ]
        more = [value for value in dict.fromkeys(held) if value and value != values.get(name)]
        if more:
            values[extra] = ";".join(more)


def _replace(
    state: PortalState, store: ObjectStore, primary: StoredRecord, loser: StoredRecord, survivor: StoredRecord
) -> None:
    for record in (primary, loser):
        for name, value in store.claims(record):
            store.release(record, name, value)
        store.remove(record)
        store.aliases[record.id] = survivor.id
    store.insert(survivor)
    for name, value in store.claims(survivor):
        store.claim(survivor, name, value)
    for record in (primary, loser):
        state.associations.move(store.kind.plural, record.id, survivor.id)


def _repoint_contacts(state: PortalState, company_id: int, author: Author) -> None:
    contacts = state.stores["contacts"]
    for number in list(state.associations.ends("companies", company_id, "contacts")):
        contact = contacts.live(number)
        if contact is not None and state.associations.primary_of("contacts", number, "companies") == company_id:
            change(state, contacts, contact, {"associatedcompanyid": str(company_id)}, author)


def mergeable(store: ObjectStore, record_id: str) -> StoredRecord:
    """The live record a merge may use. Raises PortalRefusal: what was merged away cannot be merged again."""
    if record_id.isdecimal() and int(record_id) in store.aliases:
        raise bad_request(f"Record {record_id} was already merged", context={"id": [record_id]})
    record = store.live(int(record_id)) if record_id.isdecimal() else None
    if record is None:
        raise not_found()
    return record
