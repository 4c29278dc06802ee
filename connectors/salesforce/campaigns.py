"""Campaigns and their members: leads and contacts, each of whom stands in a campaign once.

A campaign is ours by the mark in its description. Salesforce refuses a second membership of the same record, so that
adding may be repeated; the membership of a converted lead is the contact's, and goes with the contact alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from connectors.base import IdentityConflictError, ProtocolError, RemoteError, UnknownOutcomeError
from connectors.http import Answer
from connectors.member_lists import MemberList, MembersChanged
from connectors.policy import Effect
from connectors.salesforce.faults import classify
from connectors.salesforce.ids import to18
from connectors.salesforce.read import query_rows
from connectors.salesforce.soql import chunks_that_fit, encoded_size, literal, select, within
from connectors.salesforce.wire import Wire
from connectors.salesforce.words import CAMPAIGN, COLLECTION, MEMBER, QUERY_BYTES, WRITE_HEADERS

_FIELDS: Final[Mapping[str, str]] = {"00Q": "LeadId", "003": "ContactId"}
_TOLD: Final = "Kept by syncer: who is put in by hand stays, who is taken out by hand stays out."


def list_named(wire: Wire, name: str, mark: str) -> MemberList | None:
    """The oldest that carries the mark, else the oldest of that name."""
    soql = select(("Id", "Name", "Description"), CAMPAIGN, (f"Name = {literal(name)}",), "Id")
    found = [
        MemberList(to18(row["Id"]), str(row.get("Name") or ""), mark in str(row.get("Description") or ""))
        for row, _ in query_rows(wire, soql)
    ]
    return min(found, key=lambda one: (not one.ours, one.id), default=None)


def list_is_there(wire: Wire, campaign_id: str) -> bool:
    soql = select(("Id",), CAMPAIGN, (f"Id = {literal(to18(campaign_id))}",))
    return next(query_rows(wire, soql), None) is not None


def make_list(wire: Wire, name: str, mark: str) -> MemberList:
    """Raises UnknownOutcomeError where the answer is lost: a campaign has no key that would make it one."""
    body = {"Name": name, "Description": f"{_TOLD} {mark}", "IsActive": True}
    answer = wire.ask(
        "POST",
        f"sobjects/{CAMPAIGN}",
        "collections",
        json=body,
        headers=WRITE_HEADERS,
        effect=Effect.UNKEYED_WRITE,
    ).value
    if not isinstance(answer, Mapping) or not answer.get("id"):
        raise UnknownOutcomeError("a new campaign without its id", side="left")
    return MemberList(to18(str(answer["id"])), name, True)


def in_list(wire: Wire, campaign_id: str, ids: Sequence[str]) -> frozenset[str]:
    """Of a converted lead both ids count."""
    found = {to18(row[name]) for name, row in _rows(wire, campaign_id, ids, moved_too=True) if row.get(name)}
    return frozenset(one for one in ids if to18(one) in found)


def add_to_list(wire: Wire, campaign_id: str, ids: Sequence[str]) -> MembersChanged:
    done: set[str] = set()
    refused: dict[str, RemoteError] = {}
    for some in _chunks(ids):
        records = [
            {"attributes": {"type": MEMBER}, "CampaignId": to18(campaign_id), _field(one): to18(one)} for one in some
        ]
        body = {"allOrNone": False, "records": records}
        answer = wire.ask(
            "POST",
            "composite/sobjects",
            "collections",
            json=body,
            headers=WRITE_HEADERS,
            effect=Effect.KEYED_WRITE,
        )
        for one, error in zip(some, _errors(answer, len(some)), strict=True):
            if error is None or isinstance(error, IdentityConflictError):  # is in already
                done.add(one)
            else:
                refused[one] = error
    return MembersChanged(frozenset(done), refused)


def take_from_list(wire: Wire, campaign_id: str, ids: Sequence[str]) -> MembersChanged:
    rows = {to18(row["Id"]): to18(row[name]) for name, row in _rows(wire, campaign_id, ids, moved_too=False)}
    asked = {to18(one): one for one in ids}
    refused: dict[str, RemoteError] = {}
    for some in _chunks(list(rows)):
        params = {"ids": ",".join(some), "allOrNone": "false"}
        answer = wire.ask(
            "DELETE",
            "composite/sobjects",
            "collections",
            params=params,
            headers=WRITE_HEADERS,
            effect=Effect.KEYED_WRITE,
        )
        for member_id, error in zip(some, _errors(answer, len(some)), strict=True):
            if error is not None and error.kind != "gone":
                refused[asked[rows[member_id]]] = error
    return MembersChanged(frozenset(ids) - refused.keys(), refused)


def _rows(
    wire: Wire, campaign_id: str, ids: Sequence[str], *, moved_too: bool
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The memberships of these leads and contacts, each with the name of the field by which it was found."""
    for name in _FIELDS.values():
        some = [to18(one) for one in ids if _field(one) == name]
        where = [f"CampaignId = {literal(to18(campaign_id))}"]
        if name == "LeadId" and not moved_too:
            where.append("ContactId = null")
        room = QUERY_BYTES - encoded_size(select(("Id", "LeadId", "ContactId"), MEMBER, (*where, f"{name} IN ()")))
        for chunk in chunks_that_fit(some, room):
            soql = select(("Id", "LeadId", "ContactId"), MEMBER, (*where, within(name, chunk)))
            for row, _ in query_rows(wire, soql):
                yield name, row


def _field(record_id: str) -> str:
    try:
        return _FIELDS[record_id[:3]]
    except KeyError:
        raise ProtocolError("only leads and contacts are members of a campaign", side="left") from None


def _errors(answer: Answer, count: int) -> list[RemoteError | None]:
    """Item by item: None where it was done. Raises UnknownOutcomeError for an answer that does not tell."""
    results = answer.value
    if not isinstance(results, list) or len(results) != count:
        raise UnknownOutcomeError("a collections answer that does not go item by item", side="left")
    found: list[RemoteError | None] = []
    for item in results:
        if not isinstance(item, Mapping) or "success" not in item:
            raise UnknownOutcomeError("an item without a readable result", side="left")
        told = [entry for entry in item.get("errors") or () if isinstance(entry, Mapping)]
        failed = told or [{"statusCode": "", "message": "no reason given"}]
        found.append(None if item["success"] else classify(failed))
    return found


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), COLLECTION):
        yield list(ids[start : start + COLLECTION])
