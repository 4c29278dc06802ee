"""Associations as edits: the ledger hears of them, and the primary company is mirrored in `associatedcompanyid`."""

from __future__ import annotations

from sandbox.hubspot.changes import change, note
from sandbox.hubspot.object_types import ACTIVITIES
from sandbox.hubspot.state import Author, PortalState
from sandbox.hubspot.store import StoredRecord

PARENTS = ("contacts", "companies", "deals", "leads")  # what activities are logged on


def connect(
    state: PortalState, origin: str, record_id: int, target: str, other_id: int, type_ids: set[int], author: Author
) -> None:
    """Makes an edge carry these types (and the unlabeled one). Raises PortalRefusal 400 for types of another pair."""
    before = _named(state, origin, record_id, target)
    touched = state.associations.put(origin, record_id, target, other_id, type_ids)
    if touched:
        _report(state, origin, record_id, target, before, author)
        mirror(state, touched, author)
        if origin in ACTIVITIES:
            log_activity(state, origin, record_id)


def disconnect(
    state: PortalState,
    origin: str,
    record_id: int,
    target: str,
    other_id: int,
    author: Author,
    type_ids: set[int] | None = None,
) -> None:
    """Takes types, or the whole edge, away."""
    before = _named(state, origin, record_id, target)
    touched = state.associations.cut(origin, record_id, target, other_id, type_ids)
    if touched:
        _report(state, origin, record_id, target, before, author)
        mirror(state, touched, author)


def _named(state: PortalState, origin: str, record_id: int, target: str) -> list[str]:
    ends = state.associations.ends(origin, record_id, target)
    return sorted(f"{other}:{','.join(map(str, kinds))}" for other, kinds in ends.items())


def _report(state: PortalState, origin: str, record_id: int, target: str, before: list[str], author: Author) -> None:
    changes = {f"associations.{target}": (before, _named(state, origin, record_id, target))}
    note(state, state.stores[origin], record_id, "update", changes, author, state.now_ms())


def mirror(state: PortalState, touched: list[tuple[str, int]], author: Author) -> None:
    """Brings `associatedcompanyid` of the contacts concerned in line with their primary company."""
    store = state.stores["contacts"]
    for record_id in dict.fromkeys(number for plural, number in touched if plural == "contacts"):
        record = store.live(record_id)
        if record is not None:
            primary = state.associations.primary_of("contacts", record_id, "companies")
            change(state, store, record, {"associatedcompanyid": "" if primary is None else str(primary)}, author)


def follow_company(state: PortalState, contact: StoredRecord, company_id: str | None, author: Author) -> None:
    """Someone wrote `associatedcompanyid`: the primary company follows."""
    if company_id:
        connect(state, "contacts", contact.id, "companies", int(company_id), {1}, author)
        return
    primary = state.associations.primary_of("contacts", contact.id, "companies")
    if primary is not None:
        disconnect(state, "contacts", contact.id, "companies", primary, author)


def log_activity(state: PortalState, plural: str, record_id: int) -> None:
    """An activity moves the calculated properties of the records it is logged on, a little later."""
    for parent in PARENTS:
        for other in state.associations.ends(plural, record_id, parent):
            state.later("calculate", parent, other, state.settings.computed_lag_ms, state.now_ms())
