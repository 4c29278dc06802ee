"""Describe: what each kind of field becomes, and when the org is asked again."""

from __future__ import annotations

import pytest
import responses

from connectors.base import ProtocolError, SchemaError
from connectors.salesforce.schema import parse_describe

ORG = "https://acme.my.salesforce.com"
DESCRIBE_URL = f"{ORG}/services/data/v66.0/sobjects/Lead/describe"
OPEN = {"active": True, "label": "Open now", "value": "Open"}
OLD = {"active": False, "label": "Old", "value": "Old"}
WRITABLE = {"createable": True, "updateable": True, "nillable": True}

FIELDS = [
    (
        {"name": "Id", "type": "id", "length": 18, "createable": False},
        {"createable": False, "required": False, "max_length": 18},
    ),
    (
        {"name": "LastName", "type": "string", "length": 80, **WRITABLE, "nillable": False},
        {"required": True, "max_length": 80, "options": None, "restricted": False},
    ),
    (
        {"name": "OptOut", "type": "boolean", **WRITABLE, "nillable": False, "defaultedOnCreate": True},
        {"required": False, "max_length": None},
    ),
    (
        {
            "name": "Status",
            "type": "picklist",
            "picklistValues": [OPEN, OLD],
            "restrictedPicklist": True,
            "length": 255,
        },
        {"options": (("Open", "Open now"),), "restricted": True},
    ),
    ({"name": "Amount__c", "type": "currency", "scale": 2, **WRITABLE}, {"scale": 2, "updateable": True}),
    ({"name": "Count__c", "type": "int", "scale": 0}, {"scale": None}),
    ({"name": "Age__c", "type": "double", "scale": 0, "calculated": True}, {"calculated": True, "scale": 0}),
    ({"name": "OwnerId", "type": "reference", "referenceTo": ["Group", "User"]}, {"reference_to": ("Group", "User")}),
    ({"name": "Key__c", "type": "string", "unique": True, "length": 64}, {"unique": True, "label": "Key__c"}),
]


@pytest.mark.parametrize(("described", "expected"), FIELDS, ids=[case[0]["name"] for case in FIELDS])
def test_a_field_is_told_in_our_words(described: dict, expected: dict) -> None:
    schema = parse_describe({"name": "Lead", "label": "Lead", "createable": True, "fields": [described]})
    field = schema.fields[described["name"]]
    assert {name: getattr(field, name) for name in expected} == expected
    assert field.type == described["type"]
    assert (schema.createable, schema.updateable) == (True, True), "what is not said is not forbidden"


def test_an_unchanged_describe_travels_once(remote, wire) -> None:
    stamp = "Mon, 05 Jan 2026 07:00:00 GMT"
    body = {"name": "Lead", "fields": [{"name": "Id", "type": "id"}]}
    wire.add(responses.GET, DESCRIBE_URL, json=body, headers={"Last-Modified": stamp})
    wire.add(responses.GET, DESCRIBE_URL, status=304)
    assert remote.schema("Lead") is remote.schema("Lead")
    assert "If-Modified-Since" not in wire.calls[0].request.headers
    assert wire.calls[1].request.headers["If-Modified-Since"] == stamp


def test_an_object_that_is_not_there_is_a_fault_of_the_schema_not_a_lost_record(remote, wire) -> None:
    wire.add(responses.GET, DESCRIBE_URL, status=404, json=[{"errorCode": "NOT_FOUND", "message": "no"}])
    with pytest.raises(SchemaError) as caught:
        remote.schema("Lead")
    assert caught.value.action


@pytest.mark.parametrize("body", [[], {}, {"name": "Lead", "fields": None}])
def test_what_is_no_describe_is_told(remote, wire, body: object) -> None:
    wire.add(responses.GET, DESCRIBE_URL, json=body)
    with pytest.raises(ProtocolError):
        remote.schema("Lead")
