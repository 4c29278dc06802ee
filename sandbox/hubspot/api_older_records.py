"""Companies v2 and deals v1, to read: what older readers still page through. Instants are epoch milliseconds there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sandbox.hubspot.errors import PortalRefusal, bad_request
from sandbox.hubspot.router import Call, Route
from sandbox.hubspot.store import ObjectStore, StoredRecord
from sandbox.hubspot.times import parse_instant
from sandbox.hubspot.wire import versions_of
from sandbox.kernel import Response, json_response

PAGE, LARGEST_PAGE = 100, 250
_NAMES: Final = {"companies": "companyId", "deals": "dealId"}
_LINKED: Final = {"associatedVids": "contacts", "associatedCompanyIds": "companies", "associatedDealIds": "deals"}


def _companies(call: Call) -> Response:
    found, more, offset = _page(call, "companies")
    return json_response(200, {"companies": found, "has-more": more, "offset": offset})


def _deals(call: Call) -> Response:
    found, more, offset = _page(call, "deals")
    return json_response(200, {"deals": found, "hasMore": more, "offset": offset})


def _page(call: Call, plural: str) -> tuple[list[dict[str, Any]], bool, int]:
    """One page in the order of ids, whether more follow, and the offset to ask for next: the last id that was sent."""
    store, limit = call.state.stores[plural], call.number("limit", PAGE, LARGEST_PAGE)
    offset = call.request.param("offset") or "0"
    if not offset.isdecimal():
        raise bad_request(f"Invalid offset: {offset}", context={"offset": [offset]})
    ids = store.ids_from(int(offset) + 1, limit + 1, archived=False)
    found = [_shown(call, store, store.records[number], call.listed("properties")) for number in ids[:limit]]
    return found, len(ids) > limit, ids[:limit][-1] if ids else int(offset)


def _company(call: Call) -> Response:
    return _one(call, "companies")


def _deal(call: Call) -> Response:
    return _one(call, "deals")


def _one(call: Call, plural: str) -> Response:
    store = call.state.stores[plural]
    names = [name for name, known in store.definitions.items() if known.visible]
    return json_response(200, _shown(call, store, _found(call, store), names, associated=True))


def _found(call: Call, store: ObjectStore) -> StoredRecord:
    text = call.args["id"]
    record = store.resolve(int(text)) if text.isdecimal() else None
    if record is None or record.archived_ms is not None:
        raise PortalRefusal(404, "resource not found")
    return record


def _vids(call: Call) -> Response:
    """The contacts of a company."""
    store = call.state.stores["companies"]
    vids = sorted(call.state.associations.ends("companies", _found(call, store).id, "contacts"))
    return json_response(200, {"vids": vids, "vidOffset": vids[-1] if vids else 0, "hasMore": False})


def _shown(
    call: Call, store: ObjectStore, record: StoredRecord, names: Iterable[str], *, associated: bool = False
) -> dict[str, Any]:
    plural = store.kind.plural
    properties = {name: value for name in names if (value := _value(store, record, name)) is not None}
    sent = {"portalId": call.state.settings.portal_id, _NAMES[plural]: record.id, "isDeleted": False}
    sent |= {"properties": properties, "stateChanges": []}
    if plural == "deals":
        asked = associated or call.flag("includeAssociations")
        ends = call.state.associations.ends
        sent["associations"] = {
            name: sorted(ends("deals", record.id, target)) if asked else [] for name, target in _LINKED.items()
        }
    return sent


def _value(store: ObjectStore, record: StoredRecord, name: str) -> dict[str, Any] | None:
    """A value with when and by what it was set; None where there is none."""
    known, value = store.definitions.get(name), store.value(record, name)
    versions = versions_of(store, record, name) if known is not None and known.visible and value else []
    if known is None or not versions or not value:
        return None
    if known.type in ("date", "datetime"):
        value = str(parse_instant(value))
    newest = versions[-1]
    return {
        "value": value,
        "timestamp": newest.at_ms,
        "source": newest.source.type,
        "sourceId": newest.source.id or None,
    }


_COMPANIES, _DEALS = ("crm.objects.companies.read",), ("crm.objects.deals.read",)
ROUTES = [
    Route("GET", "/companies/companies/paged", _companies, _COMPANIES),
    Route("GET", "/companies/companies/{id}", _company, _COMPANIES),
    Route("GET", "/companies/companies/{id}/vids", _vids, _COMPANIES),
    Route("GET", "/deals/deal/paged", _deals, _DEALS),
    Route("GET", "/deals/deal/{id}", _deal, _DEALS),
]
