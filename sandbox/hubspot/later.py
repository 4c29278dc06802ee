"""What the portal does by itself, some time after a write: calculated properties and automatic associations."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable

from sandbox.hubspot.changes import change, insert
from sandbox.hubspot.linking import connect
from sandbox.hubspot.object_types import ACTIVITIES
from sandbox.hubspot.state import CALCULATED, WORKFLOW, PortalState
from sandbox.hubspot.store import ObjectStore, StoredRecord
from sandbox.hubspot.times import parse_instant
from sandbox.hubspot.values import normalise_domain

_RANGES = ((1, "1"), (10, "2-10"), (50, "11-50"), (200, "51-200"), (500, "201-500"), (1000, "501-1000"))


def run_due(state: PortalState) -> None:
    """Does all work that is due; each piece is stamped with the moment it was due, not the moment it was noticed."""
    now_ms = state.now_ms()
    while state.agenda and state.agenda[0].at_ms <= now_ms:
        due = heapq.heappop(state.agenda)
        store = state.stores[due.object]
        record = store.live(due.id)
        if record is not None:
            _WORK[due.work](state, store, record, max(due.at_ms, record.modified_ms))


def _calculate(state: PortalState, store: ObjectStore, record: StoredRecord, at_ms: int) -> None:
    values = _activity_figures(state, store, record) | _CALCULATED.get(store.kind.plural, lambda record: {})(record)
    known = {name: value for name, value in values.items() if name in store.definitions}
    change(state, store, record, known, CALCULATED, at_ms)


def _contact(record: StoredRecord) -> dict[str, str]:
    values = record.values
    name = f"{values.get('firstname', '')} {values.get('lastname', '')}".strip()
    return {
        "hs_searchable_calculated_phone_number": re.sub(r"\D", "", values.get("phone", ""))[-10:],
        "hs_full_name_or_email": name or values.get("email", ""),
    }


def _company(record: StoredRecord) -> dict[str, str]:
    try:
        employees = float(record.values.get("numberofemployees", ""))
    except ValueError:
        return {"hs_employee_range": ""}
    return {"hs_employee_range": next((label for most, label in _RANGES if employees <= most), "1001-5000")}


_CALCULATED: dict[str, Callable[[StoredRecord], dict[str, str]]] = {"contacts": _contact, "companies": _company}


def _activity_figures(state: PortalState, store: ObjectStore, record: StoredRecord) -> dict[str, str]:
    """Number and newest date of the activities logged on a record."""
    stamps: list[str] = []
    for plural in sorted(ACTIVITIES):
        for other in state.associations.ends(store.kind.plural, record.id, plural):
            activity = state.stores[plural].live(other)
            if activity is not None and (stamp := activity.values.get("hs_timestamp")):
                stamps.append(stamp)
    if not stamps:
        return {}
    return {"num_notes": str(len(stamps)), "notes_last_updated": max(stamps, key=lambda text: parse_instant(text) or 0)}


def _associate(state: PortalState, store: ObjectStore, record: StoredRecord, at_ms: int) -> None:
    """Ties a contact to the company of its e-mail domain, which is created when there is none."""
    domain = record.values.get("email", "").rpartition("@")[2]
    if domain in state.settings.free_mail_domains:
        domain = normalise_domain(record.values.get("website", ""))
    if not domain or state.associations.ends("contacts", record.id, "companies"):
        return
    companies = state.stores["companies"]
    known = companies.lookup["domain"].get(domain)
    if known:
        company_id = min(known)
    else:
        name = domain.partition(".")[0].capitalize()
        company, _ = insert(
            state, companies, companies.next_id(), {"domain": domain, "name": name, "website": domain}, WORKFLOW
        )
        company_id = company.id
    connect(state, "contacts", record.id, "companies", company_id, {1}, WORKFLOW)


_WORK: dict[str, Callable[[PortalState, ObjectStore, StoredRecord, int], None]] = {
    "calculate": _calculate,
    "associate": _associate,
}
