"""Lists and their members over the wire; only MANUAL and SNAPSHOT lists take members by the API."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import Any

from sandbox.hubspot import fields
from sandbox.hubspot.api_objects import next_page
from sandbox.hubspot.errors import PortalRefusal, bad_json, bad_request
from sandbox.hubspot.lists import RecordList
from sandbox.hubspot.object_types import find_type
from sandbox.hubspot.router import Call, Route
from sandbox.hubspot.store import ObjectStore
from sandbox.hubspot.times import iso
from sandbox.kernel import BadJson, Response, json_response

MEMBER_LIMIT, SEARCH_LIMIT, OFFSET_CEILING, MAX_CHANGES = 250, 500, 10_000, 100_000
PROCESSING_TYPES = ("MANUAL", "SNAPSHOT", "DYNAMIC")
_SORTS: dict[str, Callable[[RecordList], Any]] = {
    "HS_LIST_ID": lambda each: each.id,
    "HS_CREATED_AT": lambda each: (each.created_ms, each.id),
    "HS_UPDATED_AT": lambda each: (each.updated_ms, each.id),
    "HS_LIST_NAME": lambda each: (each.name.lower(), each.id),
}


def _list_of(call: Call) -> RecordList:
    found = call.state.lists.live(call.args["list"])
    if found is None:
        raise PortalRefusal(404, f"List does not exist with ID {call.args['list']}.", category="OBJECT_NOT_FOUND")
    return found


def _create(call: Call) -> Response:
    body, lists = call.body(), call.state.lists
    name, kind = str(body.get("name") or "").strip(), find_type(str(body.get("objectTypeId") or ""))
    processing = body.get("processingType")
    if not name or kind is None or processing not in PROCESSING_TYPES:
        raise bad_request(
            f"A list needs a name, an objectTypeId and a processingType among {', '.join(PROCESSING_TYPES)}",
            fields=["name", "objectTypeId", "processingType"],
        )
    if lists.named(name, kind.id) is not None:
        raise bad_request(f"A list already exists with name '{name}'", context={"name": [name]}, fields=["name"])
    made = lists.create(name, kind.id, processing, call.state.now_ms())
    return json_response(200, {"list": made.wire()})


def _get(call: Call) -> Response:
    return json_response(200, {"list": _list_of(call).wire()})


def _by_name(call: Call) -> Response:
    kind = call.kind()
    found = call.state.lists.named(call.args["name"], kind.id)
    if found is None:
        raise PortalRefusal(404, f"List does not exist with name {call.args['name']}.", category="OBJECT_NOT_FOUND")
    return json_response(200, {"list": found.wire()})


def _by_ids(call: Call) -> Response:
    found = (call.state.lists.live(number) for number in call.listed("listIds"))
    return json_response(200, {"lists": [each.wire() for each in found if each is not None]})


def _search(call: Call) -> Response:
    body = call.body()
    count, offset = fields.whole(body, "count", 20), fields.whole(body, "offset", 0)
    if not 0 < count <= SEARCH_LIMIT or offset < 0:
        raise bad_request(f"count must be between 1 and {SEARCH_LIMIT}, offset not negative")
    if offset + count > OFFSET_CEILING + SEARCH_LIMIT:
        raise bad_request(f"Paging past {OFFSET_CEILING} lists is not possible")
    sort = str(body.get("sort") or "HS_LIST_ID")
    key = _SORTS.get(sort.removeprefix("-"))
    if key is None:
        raise bad_request(f"Unknown sort: {sort}", context={"sort": [sort]})
    query, kinds = str(body.get("query") or "").lower(), fields.names(body, "processingTypes") or PROCESSING_TYPES
    wanted = {str(number) for number in fields.values(body, "listIds")}
    found = sorted(
        (
            each
            for each in call.state.lists.by_id.values()
            if each.deleted_ms is None
            and each.processing_type in kinds
            and query in each.name.lower()
            and (not wanted or str(each.id) in wanted)
        ),
        key=key,
        reverse=sort.startswith("-"),
    )
    page = found[offset : offset + count]
    answer = {
        "offset": offset + len(page),
        "hasMore": offset + count < len(found),
        "total": len(found),
        "lists": [_with_size(each) for each in page],
    }
    return json_response(200, answer)


def _with_size(each: RecordList) -> dict[str, Any]:
    sent = each.wire()
    size = str(sent.pop("size"))
    return sent | {"additionalProperties": {"hs_list_size": size, "hs_list_reference_count": "0"}}


def _rename(call: Call) -> Response:
    found, name = _list_of(call), (call.request.param("listName") or "").strip()
    holder = call.state.lists.named(name, found.object_type_id) if name else found
    if not name or (holder is not None and holder is not found):
        raise bad_request(f"A list cannot be named '{name}'", context={"name": [name]}, fields=["listName"])
    found.name = name
    found.touch(call.state.now_ms())
    return json_response(200, {"updatedList": found.wire()})


def _delete(call: Call) -> Response:
    _list_of(call).deleted_ms = call.state.now_ms()
    return Response(204)


def _restore(call: Call) -> Response:
    text = call.args["list"]
    found = call.state.lists.by_id.get(int(text)) if text.isdecimal() else None
    if found is None:
        raise PortalRefusal(404, f"List does not exist with ID {text}.", category="OBJECT_NOT_FOUND")
    found.deleted_ms = None
    return Response(204)


def _members(call: Call) -> Response:
    found, limit, after = _list_of(call), call.number("limit", 100, MEMBER_LIMIT), call.request.param("after")
    by_joining = call.request.path.rstrip("/").endswith("join-order")
    order = list(found.joined) if by_joining else found.ordered
    start = _start(order, after, by_joining=by_joining)
    page = order[start : start + limit]
    answer: dict[str, Any] = {
        "total": len(order),
        "results": [{"recordId": str(each), "membershipTimestamp": iso(found.joined[each])} for each in page],
    }
    if start + limit < len(order):
        following = str(start + limit) if by_joining else str(order[start + limit])
        answer["paging"] = next_page(call, following)
    return json_response(200, answer)


def _start(order: list[int], after: str | None, *, by_joining: bool) -> int:
    if not after:
        return 0
    if not after.isdecimal():
        raise bad_request(f"Invalid after: {after}", context={"after": [after]})
    return int(after) if by_joining else bisect_left(order, int(after))


def _ids(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > MAX_CHANGES:
        raise bad_json(f"expected an array of at most {MAX_CHANGES} record ids")
    return [str(number) for number in value]


def _array(call: Call) -> list[str]:
    try:
        return _ids(call.request.json())
    except BadJson as error:
        raise bad_json(str(error)) from error


def _changed(call: Call, add: list[str], remove: list[str]) -> Response:
    found = _list_of(call)
    if not found.writable:
        raise bad_request(
            f"Members of a {found.processing_type} list cannot be changed", context={"listId": [call.args["list"]]}
        )
    kind = find_type(found.object_type_id)
    store: ObjectStore = call.state.stores[kind.plural]  # type: ignore[union-attr]
    now_ms = call.state.now_ms()
    added: list[str] = []
    removed: list[str] = []
    missing: list[str] = []
    for text in add:
        record = store.live(int(text)) if text.isdecimal() else None
        if record is None:
            missing.append(text)
        elif found.add(record.id, now_ms):
            added.append(str(record.id))
    for text in remove:
        if text.isdecimal() and found.drop(int(text), now_ms):
            removed.append(text)
    return json_response(200, {"recordIdsMissing": missing, "recordIdsRemoved": removed, "recordsIdsAdded": added})


def _add(call: Call) -> Response:
    return _changed(call, _array(call), [])


def _remove(call: Call) -> Response:
    return _changed(call, [], _array(call))


def _add_and_remove(call: Call) -> Response:
    body = call.body()
    return _changed(call, _ids(body.get("recordIdsToAdd") or []), _ids(body.get("recordIdsToRemove") or []))


def _clear(call: Call) -> Response:
    found = _list_of(call)
    _changed(call, [], [str(number) for number in found.ordered])
    return Response(204)


def _of_record(call: Call) -> Response:
    kind, text = call.kind(), call.args["record"]
    number = int(text) if text.isdecimal() else -1
    results = [
        {
            "listId": str(each.id),
            "listVersion": each.version,
            "firstAddedTimestamp": iso(each.joined[number]),
            "lastAddedTimestamp": iso(each.joined[number]),
        }
        for each in call.state.lists.by_id.values()
        if each.deleted_ms is None and each.object_type_id == kind.id and number in each.joined
    ]
    return json_response(200, {"total": len(results), "results": results})


_READ, _WRITE = ("crm.lists.read",), ("crm.lists.write",)
ROUTES = [
    Route("POST", "/crm/lists", _create, _WRITE),
    Route("GET", "/crm/lists", _by_ids, _READ),
    Route("POST", "/crm/lists/search", _search, _READ),
    Route("GET", "/crm/lists/{list}", _get, _READ),
    Route("DELETE", "/crm/lists/{list}", _delete, _WRITE),
    Route("PUT", "/crm/lists/{list}/restore", _restore, _WRITE),
    Route("PUT", "/crm/lists/{list}/update-list-name", _rename, _WRITE),
    Route("GET", "/crm/lists/object-type-id/{type}/name/{name}", _by_name, _READ),
    Route("GET", "/crm/lists/records/{type}/{record}/memberships", _of_record, _READ),
    Route("GET", "/crm/lists/{list}/memberships", _members, _READ),
    Route("GET", "/crm/lists/{list}/memberships/join-order", _members, _READ),
    Route("PUT", "/crm/lists/{list}/memberships/add", _add, _WRITE),
    Route("PUT", "/crm/lists/{list}/memberships/remove", _remove, _WRITE),
    Route("PUT", "/crm/lists/{list}/memberships/add-and-remove", _add_and_remove, _WRITE),
    Route("DELETE", "/crm/lists/{list}/memberships", _clear, _WRITE),
]
