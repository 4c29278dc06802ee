"""Reading by id: order, archived, merged, gone, history, deleted properties."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from connectors.base import Presence, SchemaError

API = "https://api.hubapi.com"
READ = f"{API}/crm/v3/objects/contacts/batch/read"
UPDATED = "2026-01-05T08:09:10.111Z"


def raw(record_id: str, archived: bool = False, **properties: str | None) -> dict[str, object]:
    found: dict[str, object] = {
        "id": record_id,
        "properties": {"email": None, "hs_object_id": record_id, **properties},
        "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": UPDATED,
        "archived": archived,
    }
    if archived:
        found["archivedAt"] = "2026-01-06T00:00:00.500Z"
    return found


class Portal:
    """Answers batch reads and gets from dicts of raw records, live and archived."""

    def __init__(
        self, mock: responses.RequestsMock, live: dict, archived: dict | None = None, aliases: dict | None = None
    ):
        self.live, self.archived, self.aliases = live, archived or {}, aliases or {}
        self.bodies: list[dict] = []
        mock.add_callback("POST", READ, self.batch)
        mock.add_callback("GET", re.compile(rf"{API}/crm/v3/objects/contacts/\d+"), self.one)

    def batch(self, request):
        body = json.loads(request.body)
        self.bodies.append(body)
        among = self.archived if "archived=true" in request.url else self.live
        found = [among[item["id"]] for item in body["inputs"] if item["id"] in among]
        missing = [item["id"] for item in body["inputs"] if item["id"] not in among]
        answer = {"status": "COMPLETE", "results": found[::-1]}
        if missing:
            answer |= {"numErrors": 1, "errors": [{"category": "OBJECT_NOT_FOUND", "context": {"ids": missing}}]}
        return (207 if missing else 200, {}, json.dumps(answer))

    def one(self, request):
        parts = urlsplit(request.url)
        record_id = parts.path.rsplit("/", 1)[1]
        among = self.archived if parse_qs(parts.query)["archived"] == ["true"] else self.live
        record = among.get(self.aliases.get(record_id, record_id))
        if record is None:
            return (404, {}, json.dumps({"status": "error", "message": "resource not found"}))
        return (200, {}, json.dumps(record))


@pytest.fixture
def mock():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def test_answers_in_another_order_are_matched_by_id_and_only_asked_fields_are_kept(remote, mock):
    Portal(mock, {"1": raw("1", email="a@example.com"), "2": raw("2", email="b@example.com")})
    found = remote.read("contacts", ["1", "2", "1"], ["email"])
    assert {key: record.values for key, record in found.items()} == {
        "1": {"email": "a@example.com"},
        "2": {"email": "b@example.com"},
    }
    assert found["1"].modified_ms == 1_767_600_550_111
    assert found["1"].presence is Presence.LIVE


def test_missing_ids_are_archived_or_merged_or_gone_never_silently_absent(remote, mock):
    survivor = raw("9", email="s@example.com", hs_merged_object_ids="3;4")
    Portal(
        mock,
        {"1": raw("1"), "9": survivor},
        archived={"2": raw("2", archived=True, email="old@example.com")},
        aliases={"3": "9"},
    )
    found = remote.read("contacts", ["1", "2", "3", "5"], ["email"])
    assert found["1"].id == "1"
    assert found["2"].presence is Presence.ARCHIVED
    assert found["2"].modified_ms == 1_767_657_600_500  # the end of a record is newer than its last value
    assert found["3"].id == "9"
    assert found["3"].merged_ids == ("3", "4")
    assert found["5"] is None


def test_a_batch_that_follows_merges_is_understood_without_more_calls(remote, mock):
    survivor = raw("9", hs_merged_object_ids="", hs_calculated_merged_vids="3:1767600000000;9:1767600000000")

    def follows(request):
        return (200, {}, json.dumps({"status": "COMPLETE", "results": [survivor]}))

    mock.add_callback("POST", READ, follows)
    found = remote.read("contacts", ["3", "9"], ["email"])
    assert found["3"].id == found["9"].id == "9"
    assert len(mock.calls) == 1


@pytest.mark.parametrize(("history_of", "sizes"), [((), [100, 100, 20]), (("email",), [50, 50, 50, 50, 20])])
def test_batches_hold_a_hundred_and_fifty_with_history(remote, mock, history_of, sizes):
    portal = Portal(mock, {str(n): raw(str(n)) for n in range(220)})
    assert len(remote.read("contacts", [str(n) for n in range(220)], ["email"], history_of)) == 220
    assert [len(body["inputs"]) for body in portal.bodies] == sizes
    assert portal.bodies[0]["propertiesWithHistory"] == list(history_of)


def test_threads_read_the_same(make_remote, mock):
    portal = Portal(mock, {str(n): raw(str(n)) for n in range(950)})
    found = make_remote(threads=4).read("contacts", [str(n) for n in range(950)], ["email"])
    assert list(found) == [str(n) for n in range(950)]
    assert len(portal.bodies) == 10


def test_history_comes_newest_first_with_its_source(remote, mock):
    record = raw("1", email="b@example.com")
    record["propertiesWithHistory"] = {
        "email": [
            {"value": "a@example.com", "timestamp": "2026-01-01T00:00:00Z", "sourceType": "CRM_UI", "sourceId": "u:1"},
            {
                "value": "b@example.com",
                "timestamp": "2026-01-02T00:00:00Z",
                "sourceType": "INTEGRATION",
                "sourceId": "7",
            },
        ]
    }
    Portal(mock, {"1": record})
    entries = remote.read("contacts", ["1"], ["email"], ["email"])["1"].history["email"]
    assert [(entry.value, entry.source_type, entry.source_id) for entry in entries] == [
        ("b@example.com", "INTEGRATION", "7"),
        ("a@example.com", "CRM_UI", "u:1"),
    ]


def test_a_deleted_property_is_an_error_and_never_a_cleared_value(remote, mock):
    Portal(mock, {"1": raw("1", email="a@example.com")})
    mock.add("GET", f"{API}/crm/v3/properties/contacts", json={"results": [{"name": "email"}, {"name": "city"}]})
    assert remote.read("contacts", ["1"], ["email", "city"])["1"].values == {"email": "a@example.com", "city": None}
    with pytest.raises(SchemaError) as caught:
        remote.read("contacts", ["1"], ["email", "dropped"])
    assert caught.value.fields == ("dropped",)


@pytest.mark.parametrize(
    ("object_name", "field", "id_property"),
    [
        ("contacts", "email", "email"),
        ("contacts", "syncer_key", "syncer_key"),
        ("companies", "syncer_key", "syncer_key"),
    ],
)
def test_find_by_a_unique_property_is_a_batch_read_of_distinct_values(remote, mock, object_name, field, id_property):
    bodies = []

    def read(request):
        bodies.append(json.loads(request.body))
        return (200, {}, json.dumps({"results": [raw("1", **{field: "a@example.com"})]}))

    mock.add_callback("POST", READ.replace("contacts", object_name), read)
    mock.add(
        "GET",
        f"{API}/crm/v3/properties/{object_name}",
        json={"results": [{"name": "syncer_key", "hasUniqueValue": True}]},
    )
    found = remote.find(object_name, field, ["a@example.com", " a@example.com", "", "b@example.com"], [field])
    assert [record.id for record in found] == ["1"]
    assert bodies[0]["idProperty"] == id_property
    assert bodies[0]["inputs"] == [{"id": "a@example.com"}, {"id": "b@example.com"}]


def test_find_by_domain_goes_by_search_in_small_bodies_and_reads_content_by_id(remote, mock):
    searches = []

    def search(request):
        searches.append(json.loads(request.body)["filterGroups"][0]["filters"][0])
        return (200, {}, json.dumps({"total": 1, "results": [{"id": "7", "properties": {}}]}))

    mock.add_callback("POST", f"{API}/crm/v3/objects/companies/search", search)
    mock.add("POST", READ.replace("contacts", "companies"), json={"results": [raw("7", domain="acme.example")]})
    mock.add("GET", f"{API}/crm/v3/properties/companies", json={"results": [{"name": "domain"}]})
    found = remote.find("companies", "domain", ["ACME.example", *(f"d{n}.example" for n in range(150))], ["domain"])
    assert [record.values["domain"] for record in found] == ["acme.example"]
    assert len(searches) == 2
    assert searches[0]["operator"] == "IN"
    assert "acme.example" in searches[0]["values"]
    assert all(len(item["values"]) <= 100 for item in searches)
