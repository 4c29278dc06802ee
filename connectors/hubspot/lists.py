"""Static lists of records and their members.

HubSpot's lists have no place for a mark but their name, which is unique among the lists of one kind of object: the
caller puts the mark there, and a list of that name is ours if it takes members by the API at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from connectors.base import DataError, GoneError, ProtocolError, SchemaError
from connectors.hubspot.api import Api
from connectors.hubspot.owners import next_after
from connectors.hubspot.words import LIST_CHANGE, MEMBER_PAGE
from connectors.member_lists import MemberList, MembersChanged

_TYPE_IDS: Final[Mapping[str, str]] = {"contacts": "0-1", "companies": "0-2"}
_WRITABLE: Final = ("MANUAL", "SNAPSHOT")


def list_named(api: Api, object_name: str, name: str) -> MemberList | None:
    try:
        return _list(api.list_by_name(_type_id(object_name), name))
    except GoneError:
        return None


def list_is_there(api: Api, list_id: str) -> bool:
    try:
        api.list_by_id(list_id)
    except GoneError:
        return False
    return True


def make_list(api: Api, object_name: str, name: str) -> MemberList:
    """Raises IdentityConflictError where a list of that name is there by now."""
    made = api.make_list({"name": name, "objectTypeId": _type_id(object_name), "processingType": "MANUAL"})
    return _list(made)


def in_list(api: Api, list_id: str, ids: Sequence[str]) -> frozenset[str]:
    """Walks the members, who come in the order of their ids, up to the last that is asked for."""
    wanted = frozenset(ids)
    last = max(map(int, wanted), default=0)
    found: set[str] = set()
    after: str | None = None
    while wanted:
        answer = api.list_members(list_id, after, MEMBER_PAGE)
        page = [str(item["recordId"]) for item in _results(answer)]
        found.update(page)
        after = next_after(answer)
        if after is None or (page and int(page[-1]) >= last):
            break
    return wanted & found


def change_members(api: Api, list_id: str, ids: Sequence[str], *, adds: bool) -> MembersChanged:
    """A record that HubSpot does not have cannot be put in; one that is no member cannot be taken out."""
    refused = {}
    for some in _chunks(ids):
        for missing in api.change_list(list_id, some, adds=adds).get("recordIdsMissing") or ():
            refused[str(missing)] = GoneError("HubSpot does not have this record", side="right")
    if not adds:
        return MembersChanged(frozenset(ids))
    return MembersChanged(frozenset(ids) - refused.keys(), refused)


def _type_id(object_name: str) -> str:
    if object_name not in _TYPE_IDS:
        raise SchemaError(f"HubSpot {object_name} are kept in no list", side="right", action="Report this.")
    return _TYPE_IDS[object_name]


def _list(answer: Mapping[str, Any]) -> MemberList:
    told = answer.get("list")
    if not isinstance(told, Mapping) or not told.get("listId"):
        raise ProtocolError("a list without its id", side="right")
    return MemberList(str(told["listId"]), str(told.get("name") or ""), told.get("processingType") in _WRITABLE)


def _results(answer: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    results = answer.get("results")
    if not isinstance(results, list):
        raise ProtocolError("HubSpot answered without the members that were asked for", side="right")
    return results


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    for one in ids:
        if not one.isdecimal():
            raise DataError(f"no record id of HubSpot: {one[:40]}", side="right")
    for start in range(0, len(ids), LIST_CHANGE):
        yield list(ids[start : start + LIST_CHANGE])
