"""Whatever a client sends to whatever endpoint, the portal answers with a refusal of HubSpot's and never falls over."""

from __future__ import annotations

import pytest

from sandbox.hubspot.portal import ROUTES

BODIES = [
    b"",
    b"null",
    b"{",
    b"[1]",
    b'[{"associationTypeId": "x"}]',
    {},
    {"inputs": []},
    {"inputs": 5},
    {"inputs": [5]},
    {"inputs": [{}]},
    {"inputs": [{"id": None}, {"id": {}}]},
    {"inputs": [{"id": "x", "idProperty": 5, "properties": {"email": []}}]},
    {"inputs": [{"id": "x", "idProperty": ["email"], "properties": {"email": "a@x.io"}, "objectWriteTraceId": {}}]},
    {"inputs": [{"properties": [], "associations": 5}], "idProperty": {}, "properties": [5]},
    {"inputs": [{"from": 1, "to": 2}]},
    {"inputs": [{"from": {"id": "1001"}, "to": {"id": "1001"}, "types": [{}], "type": 5}]},
    {"inputs": [{"from": {"id": "1001"}, "to": {"id": "1001"}, "types": 7}]},
    {"inputs": [{"id": "1001", "after": "x"}]},
    {"properties": {"firstname": "A"}, "associations": 5},
    {"properties": {"firstname": "A"}, "associations": [{"to": 5, "types": [5]}]},
    {"properties": {"firstname": {"a": 1}, "nonsense": [1]}},
    {"properties": 5, "filterGroups": 5, "sorts": 5, "query": {}, "limit": [], "after": {}},
    {"filterGroups": [{"filters": [{"propertyName": 5, "operator": [], "value": {}}]}]},
    {"filters": [{"propertyName": "hs_object_id", "operator": "BETWEEN", "value": "a", "highValue": {}}]},
    {"filters": [{"propertyName": "hs_object_id", "operator": "GT", "value": "1e400"}], "sorts": ["hs_object_id"]},
    {"filters": [{"propertyName": "email", "operator": "IN", "values": 5}]},
    {"filters": [{"propertyName": "associations.contact", "operator": "EQ", "value": []}]},
    {"sorts": [{"propertyName": [], "direction": 5}]},
    {"primaryObjectId": {}, "objectIdToMerge": [], "objectId": {}, "idProperty": 5},
    {"name": 5, "label": [], "type": {}, "fieldType": 5, "groupName": [], "options": 5},
    {"name": "a", "label": "A", "type": "number", "fieldType": "number", "groupName": [], "displayOrder": "x"},
    {"name": "b", "label": "B", "type": "enumeration", "fieldType": "select", "groupName": "g", "options": [5]},
    {"label": "L", "stages": 5, "metadata": 5, "options": {}, "displayOrder": []},
    {"label": "L", "stages": [5], "metadata": {"probability": []}},
    {"name": "n", "objectTypeId": 5, "processingType": [], "count": "x", "listIds": 5, "processingTypes": 5},
    {"count": 10, "offset": 0, "listIds": 5, "processingTypes": 5, "query": 5, "sort": {}},
    {"recordIdsToAdd": 5, "recordIdsToRemove": {}},
    {"emailAddress": 5, "subscriptionId": {}, "statusState": [], "channel": "EMAIL", "legalBasis": []},
]
ARGUMENTS = {
    "type": ["contacts", "deals", "nonsense"],
    "to": ["companies", "nonsense"],
    "id": ["1001", "abc", "²"],
    "other": ["1001", "x"],
    "email": ["a@x.io", "nobody"],
    "group": ["contactinformation", "x"],
    "name": ["email", "x"],
    "list": ["1", "x"],
    "number": ["1", "x"],
}
QUERIES = [
    "",
    "limit=x&after=x&archived=x&idProperty=x",
    "limit=0&after=%00&channel=EMAIL&associations=x,contacts&properties=,",
]


def paths(pattern: str) -> list[str]:
    """The pattern with each of its arguments' candidates, all of them by turns."""
    made = []
    for turn in range(3):
        path = pattern
        for name in [piece[1:-1] for piece in pattern.split("/") if piece.startswith("{")]:
            candidates = ARGUMENTS.get(name, ["1", "default", "x"])
            path = path.replace("{" + name + "}", candidates[turn % len(candidates)])
        made.append(path)
    return list(dict.fromkeys(made))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.pattern}")
def test_no_request_makes_an_endpoint_fall_over(portal_with, route):
    call = portal_with(burst_limit=10**6, search_limit=10**6)
    call.create("contacts", email="a@x.io")
    call.create("companies", name="Acme")
    for path in paths(route.pattern):
        for version in ("v3", "v4", "2026-09"):
            segments = path.split("/")
            versioned = "/".join([*segments[:2], version, *segments[2:]])
            for body in BODIES if route.method != "GET" else [None]:
                for query in QUERIES if route.method == "GET" else QUERIES[:1]:
                    status, answer = call(route.method, f"{versioned}?{query}", body)
                    assert 200 <= status < 500
                    if status >= 400 and isinstance(answer, dict):
                        assert answer["message"]
