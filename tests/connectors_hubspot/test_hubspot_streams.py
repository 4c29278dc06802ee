"""Changes, the full listing and the archived listing: nothing lost, whatever the pages look like."""

from __future__ import annotations

import json
from bisect import bisect_right
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from connectors.base import Presence, ProtocolError

API = "https://api.hubapi.com"


def raw(record_id: str, fields: list[str], archived_at: str | None = None) -> dict[str, object]:
    found: dict[str, object] = {
        "id": record_id,
        "properties": dict.fromkeys(fields, "x"),
        "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-01-01T08:09:10Z",
        "archived": archived_at is not None,
    }
    return found | ({"archivedAt": archived_at} if archived_at else {})


class Index:
    """A search index over ids with one modified time; `text` compares ids as text, as some portals do."""

    def __init__(self, mock: responses.RequestsMock, ids: list[str], *, text: bool = False, gaps: bool = False):
        self.key = str if text else int
        self.ids = sorted(ids, key=self.key)
        self.gaps = gaps
        self.bodies: list[dict] = []
        mock.add_callback("POST", f"{API}/crm/v3/objects/contacts/search", self.search)
        mock.add_callback("POST", f"{API}/crm/v3/objects/contacts/batch/read", self.read)

    def search(self, request):
        body = json.loads(request.body)
        self.bodies.append(body)
        filters = body["filterGroups"][0]["filters"]
        beyond = next((item["value"] for item in filters if item["propertyName"] == "hs_object_id"), None)
        start = 0 if beyond is None else bisect_right(self.ids, self.key(beyond), key=self.key)
        offset = int(body.get("after") or 0)
        if offset + body["limit"] > 10_000:
            return (400, {}, json.dumps({"status": "error", "message": "too far", "category": "VALIDATION_ERROR"}))
        rest = self.ids[start + offset :]
        size = body["limit"]
        if self.gaps and len(self.bodies) % 3 == 1:
            size = 0 if len(self.bodies) % 2 else 7  # empty and short pages that are not the last
            size = min(size, len(rest))
        page = rest[:size]
        answer: dict[str, object] = {"total": len(rest), "results": [{"id": item, "properties": {}} for item in page]}
        if len(rest) > size:
            answer["paging"] = {"next": {"after": str(offset + size)}}
        return (200, {}, json.dumps(answer))

    def read(self, request):
        body = json.loads(request.body)
        return (200, {}, json.dumps({"results": [raw(item["id"], ["email"]) for item in body["inputs"]][::-1]}))


@pytest.fixture
def mock():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def drain(remote, restart=None) -> list[str]:
    """All pages of one window; `restart` builds another remote for each page, as after a crash."""
    ids: list[str] = []
    token = None
    for _ in range(500):
        page = (restart() if restart else remote).changes("contacts", ["email"], 1000, 2000, token)
        ids += [record.id for record in page.records]
        token = page.next_token
        if token is None:
            return ids
    raise AssertionError("the window does not end")


IDS = [str(n) for n in range(9_000, 21_500)]  # lengths differ: numbers and text have different orders


@pytest.mark.parametrize("text", [False, True], ids=["numeric order", "text order"])
def test_a_window_beyond_ten_thousand_of_one_millisecond_is_complete(remote, mock, text):
    index = Index(mock, IDS, text=text)
    assert sorted(drain(remote)) == sorted(IDS)
    assert len(index.bodies) == 63
    assert not any(body.get("after") for body in index.bodies)


def test_an_id_that_lies_between_two_others_as_text_is_not_lost(remote, mock):
    ids = ["7198", "719869649082", *(f"7199{n:03}" for n in range(300))]
    Index(mock, ids, text=True)
    assert sorted(drain(remote)) == sorted(ids)


def test_short_and_empty_pages_that_name_a_next_one_are_not_the_end(remote, mock):
    ids = [str(n) for n in range(10_000, 11_500)]
    Index(mock, ids, gaps=True)
    assert sorted(drain(remote)) == ids


def test_pages_go_on_in_another_process(make_remote, mock):
    ids = [str(n) for n in range(10_000, 10_900)]
    Index(mock, ids)
    assert sorted(drain(None, restart=make_remote)) == ids


def test_the_window_is_closed_at_both_ends_in_milliseconds_by_the_right_property(remote, mock):
    index = Index(mock, ["1"])
    remote.changes("contacts", ["email"], 1000, 2000, None)
    assert index.bodies[0]["filterGroups"][0]["filters"] == [
        {"propertyName": "lastmodifieddate", "operator": "GTE", "value": "1000"},
        {"propertyName": "lastmodifieddate", "operator": "LTE", "value": "2000"},
    ]
    mock.add("POST", f"{API}/crm/v3/objects/companies/search", json={"total": 0, "results": []})
    remote.changes("companies", ["name"], 1000, 2000, None)
    sent = json.loads(mock.calls[-1].request.body)
    assert {item["propertyName"] for item in sent["filterGroups"][0]["filters"]} == {"hs_lastmodifieddate"}


def test_pages_without_order_are_followed_by_offset_and_refused_at_the_ceiling(remote, mock):
    offsets = []

    def search(request):
        offset = int(json.loads(request.body).get("after") or 0)
        offsets.append(offset)
        shuffled = [{"id": str(20_000 + offset + n), "properties": {}} for n in (2, 1, 3)]
        return (
            200,
            {},
            json.dumps({"total": 1, "results": shuffled, "paging": {"next": {"after": str(offset + 4000)}}}),
        )

    mock.add_callback("POST", f"{API}/crm/v3/objects/contacts/search", search)
    mock.add("POST", f"{API}/crm/v3/objects/contacts/batch/read", json={"results": []})
    with pytest.raises(ProtocolError):
        drain(remote)
    assert offsets == [0, 4000, 8000]


def test_a_foreign_token_is_refused(remote):
    with pytest.raises(ProtocolError):
        remote.changes("contacts", ["email"], 0, 1, "page-2")


class Listing:
    """The list endpoint over many ids, in id order, a hundred a page."""

    def __init__(self, mock: responses.RequestsMock, count: int, end: dict | None = None):
        self.count, self.queries = count, []
        self.end = end
        mock.add_callback("GET", f"{API}/crm/v3/objects/contacts", self.page)

    def page(self, request):
        query = parse_qs(urlsplit(request.url).query)
        self.queries.append(query)
        start, limit = int(query.get("after", ["0"])[0]), int(query["limit"][0])
        fields = query.get("properties", [""])[0].split(",")
        ids = [str(n) for n in range(start, min(start + limit, self.count))]
        answer: dict[str, object] = {"results": [raw(item, fields) for item in ids]}
        if start + limit < self.count:
            answer["paging"] = {"next": {"after": str(start + limit), "link": "https://elsewhere.example/"}}
        elif self.end is not None:
            answer |= self.end
        return (200, {}, json.dumps(answer))


def scan(remote, fields):
    ids, token = [], None
    while True:
        page = remote.scan("contacts", fields, token)
        ids += [record.id for record in page.records]
        token = page.next_token
        if token is None:
            return ids


@pytest.mark.parametrize("end", [None, {"paging": {}}, {"paging": {"next": None}}, {"paging": None}])
def test_a_listing_costs_a_call_for_each_hundred_and_ends_however_the_end_is_told(remote, mock, end):
    listing = Listing(mock, 5_000, end)
    assert scan(remote, ["email", "firstname"]) == [str(n) for n in range(5_000)]
    assert len(listing.queries) == 50
    assert remote.calls.by_endpoint == {"list": 50}
    assert listing.queries[0]["properties"] == ["email,firstname,hs_merged_object_ids,hs_calculated_merged_vids"]
    assert listing.queries[0]["archived"] == ["false"]


def test_two_thousand_properties_are_read_by_batch_and_every_record_is_of_one_moment(remote, mock):
    fields = [f"property_number_{n}" for n in range(2_000)]
    listing = Listing(mock, 250)

    def read(request):
        body = json.loads(request.body)
        ids = [item["id"] for item in body["inputs"] if item["id"] != "17"]  # archived between the two calls
        return (200, {}, json.dumps({"results": [raw(item, body["properties"]) for item in ids][::-1]}))

    mock.add_callback("POST", f"{API}/crm/v3/objects/contacts/batch/read", read)
    assert scan(remote, fields) == [str(n) for n in range(250) if n != 17]
    assert "properties" not in listing.queries[0]
    assert remote.calls.by_endpoint == {"list": 3, "batch_read": 3}


def test_vanished_tells_the_archived_since_then_without_values(remote, mock):
    answers = [
        {"results": [raw("1", [], "2026-01-02T00:00:00Z")], "paging": {"next": {"after": "2"}}},
        {"results": [raw("2", [], "2026-01-04T00:00:00.250Z")]},
    ]
    for answer in answers:
        mock.add("GET", f"{API}/crm/v3/objects/contacts", json=answer)
    since_ms = 1_767_398_400_000  # 2026-01-03
    first = remote.vanished("contacts", since_ms, None)
    assert list(first.records) == []
    second = remote.vanished("contacts", since_ms, first.next_token)
    assert second.next_token is None
    assert [(item.id, item.presence, dict(item.values)) for item in second.records] == [("2", Presence.ARCHIVED, {})]
    assert second.records[0].modified_ms == since_ms + 86_400_250
    assert all("archived=true" in call.request.url for call in mock.calls)
