"""Batches of records: limits, partial failure, duplicates, upsert by a unique property."""

from __future__ import annotations

import pytest

V3 = "/crm/v3/objects"
KEY = {"name": "our_key", "label": "Our key", "type": "string", "fieldType": "text", "hasUniqueValue": True}


@pytest.fixture
def keyed(call):
    call.portal.add_field("contacts", KEY)
    return call


def batch(call, verb: str, inputs: list, *, root: str = V3, query: str = "", **more):
    return call("POST", f"{root}/contacts/batch/{verb}{query}", {"inputs": inputs, **more})


def test_reading_answers_all_in_another_order_and_the_missing_as_one_error(call):
    ids = [call.create("contacts", email=f"p{number}@x.io") for number in range(20)]
    status, body = batch(call, "read", [{"id": item} for item in ids], properties=["email"])
    read = [record["id"] for record in body["results"]]
    assert (status, body["status"], sorted(read)) == (200, "COMPLETE", ids)
    assert read != ids
    assert {"startedAt", "completedAt"} < set(body)
    status, body = batch(call, "read", [{"id": ids[0]}, {"id": "9"}, {"id": "8"}])
    assert (status, len(body["results"]), body["numErrors"]) == (207, 1, 1)
    assert body["errors"] == [
        {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Could not get some CONTACT objects, they may be deleted or not exist. "
            "Check that ids are valid.",
            "context": {"ids": ["9", "8"]},
        }
    ]
    status, body = batch(call, "read", [{"id": "P3@x.io"}, {"id": "no@x.io"}], idProperty="email")
    assert [record["id"] for record in body["results"]] == [ids[3]]
    newest = batch(call, "read", [{"id": "9"}], root="/crm/objects/2026-09")
    assert (newest[0], newest[1]["numErrors"]) == (200, 1)


def test_archived_records_answer_only_when_asked_for(call):
    record_id = call.create("contacts", email="a@x.io")
    call("DELETE", f"{V3}/contacts/{record_id}")
    assert batch(call, "read", [{"id": record_id}])[1]["results"] == []
    [record] = batch(call, "read", [{"id": record_id}], query="?archived=true")[1]["results"]
    assert record["archived"] is True


@pytest.mark.parametrize("verb", ["read", "create", "update", "upsert", "archive"])
def test_a_hundred_inputs_and_no_more(keyed, verb):
    inputs = [{"id": f"k{n}", "idProperty": "our_key", "properties": {"firstname": "A"}} for n in range(101)]
    status, body = batch(keyed, verb, inputs)
    assert (status, body["category"]) == (400, "VALIDATION_ERROR")
    assert "100" in body["message"]
    assert not list(keyed.portal.records("contacts"))


@pytest.mark.parametrize("verb", ["read", "update", "upsert"])
def test_an_id_twice_refuses_the_whole_call_even_with_trace_ids(keyed, verb):
    record_id = keyed.create("contacts", email="a@x.io")
    inputs = [{"id": record_id, "objectWriteTraceId": str(n), "properties": {"city": "Rome"}} for n in range(2)]
    status, body = batch(keyed, verb, inputs)
    body.pop("correlationId")
    assert (status, body) == (
        400,
        {
            "status": "error",
            "message": f"Duplicate IDs found in batch input: [{record_id}]. IDs must be unique",
            "context": {"ids": [record_id]},
            "category": "VALIDATION_ERROR",
        },
    )
    assert "city" not in keyed.portal.record("contacts", record_id)


def test_without_trace_ids_one_bad_input_fails_all_and_writes_nothing(call):
    inputs = [{"properties": {"email": "a@x.io"}}, {"properties": {"email": "b@x.io", "nonsense": "1"}}]
    assert batch(call, "create", inputs)[0] == 400
    call.create("contacts", email="taken@x.io")
    status, body = batch(call, "create", [{"properties": {"email": "n@x.io"}}, {"properties": {"email": "taken@x.io"}}])
    assert (status, body["category"]) == (409, "CONFLICT")
    assert [record["email"] for record in call.portal.records("contacts")] == ["taken@x.io"]


def test_with_trace_ids_each_input_stands_for_itself(call):
    inputs = [
        {"objectWriteTraceId": "one", "properties": {"email": "a@x.io"}},
        {"objectWriteTraceId": "two", "properties": {"missing": "1", "email": "b@x.io"}},
        {"objectWriteTraceId": "three", "properties": {"email": "A@x.io"}},
    ]
    status, body = batch(call, "create", inputs)
    assert (status, body["numErrors"], [r["objectWriteTraceId"] for r in body["results"]]) == (207, 2, ["one"])
    first, second = body["errors"]
    assert (first["category"], first["context"]) == ("VALIDATION_ERROR", {"objectWriteTraceId": ["two"]})
    assert '"error":"PROPERTY_DOESNT_EXIST","name":"missing"' in first["message"]
    assert second == {
        "status": "error",
        "category": "CONFLICT",
        "message": "Contact already exists. Existing ID: 1001",
        "context": {"objectWriteTraceId": ["three"]},
    }
    assert batch(call, "create", [{"properties": {"email": "c@x.io"}}])[0] == 201


def test_a_trace_id_is_a_label_and_does_not_make_a_create_idempotent(call):
    inputs = [{"objectWriteTraceId": "one", "properties": {"firstname": "A"}}]
    assert batch(call, "create", inputs)[1]["results"][0]["id"] != batch(call, "create", inputs)[1]["results"][0]["id"]


def test_upsert_creates_then_updates_by_the_unique_property(keyed):
    item = {"id": "K1", "idProperty": "our_key", "objectWriteTraceId": "t", "properties": {"email": "a@x.io"}}
    status, body = batch(keyed, "upsert", [item])
    assert (status, body["results"][0]["new"], body["results"][0]["properties"]["our_key"]) == (200, True, "K1")
    item["properties"] = {"city": "Rome"}
    body = batch(keyed, "upsert", [item])[1]
    assert (body["results"][0]["new"], body["results"][0]["id"]) == (False, "1001")
    assert keyed.portal.record("contacts", "1001")["city"] == "Rome"
    status, body = batch(keyed, "upsert", [{"id": "x", "idProperty": "city", "properties": {}}])
    assert (status, body["message"]) == (400, "Unable to perform update/upsert by non-unique 0-1 property city")


def test_a_unique_value_of_another_record_is_refused_with_its_id(keyed):
    keyed.create("contacts", email="a@x.io", our_key="k1")
    other = keyed.create("contacts", email="b@x.io")
    status, body = keyed("PATCH", f"{V3}/contacts/{other}", {"properties": {"our_key": "K1"}})
    assert (status, body["category"]) == (400, "VALIDATION_ERROR")
    assert body["message"].endswith("propertyName=our_key, value=k1} on 1002. 1001 already has that value.")


def test_merged_ids_read_in_batch_but_are_not_updated_there(call):
    first, second = call.create("contacts", email="a@x.io"), call.create("contacts", email="b@x.io")
    survivor = call.portal.merge("contacts", first, [second], "human:Ann")
    assert batch(call, "read", [{"id": first}])[1]["results"][0]["id"] == survivor
    assert batch(call, "update", [{"id": first, "properties": {"city": "Rome"}}])[0] == 404


def test_archiving_takes_what_is_there_and_forgives_the_rest(call):
    record_id = call.create("contacts", email="a@x.io")
    assert batch(call, "archive", [{"id": record_id}, {"id": "77"}]) == (204, "")
    assert not list(call.portal.records("contacts"))


def test_rules_of_administrators_bind_the_api_from_2026_09_on(call):
    call.portal.change_field("contacts", "city", required=True)
    asked = {"properties": {"email": "a@x.io"}}
    status, body = call("POST", "/crm/objects/2026-09/contacts", asked)
    assert (status, body["errors"][0]["context"]) == (400, {"propertyName": ["city"]})
    assert call("POST", f"{V3}/contacts", asked)[0] == 201
