"""Many rows in one call: Collections, Composite with references and roll-back, Graph, Batch, Tree."""

from __future__ import annotations

import pytest

from tests.sandbox_salesforce.org_world import DATA, KEY, LOOSE_KEY, Caller

HALTED = "The transaction was rolled back since another operation in the same transaction failed."


@pytest.fixture
def call() -> Caller:
    made = Caller()
    made.org.add_field("Lead", KEY)
    made.org.add_field("Lead", LOOSE_KEY)
    return made


def lead(**values: object) -> dict:
    return {"attributes": {"type": "Lead"}, "LastName": "Roe", "Company": "Acme", **values}


def test_collections_answer_row_by_row_in_the_order_sent(call: Caller) -> None:
    bad = lead(LastName=None)
    results = call("POST", "/composite/sobjects", {"records": [lead(), bad, lead()]}).json()
    missing = {"statusCode": "REQUIRED_FIELD_MISSING", "message": "Required fields are missing: [LastName]"}
    assert results[1] == {"success": False, "errors": [{**missing, "fields": ["LastName"]}]}
    ids = [results[0]["id"], results[2]["id"]]
    assert results[0] == {"id": ids[0], "success": True, "errors": []}
    changes = [{"attributes": {"type": "Lead"}, "id": one, "Title": "CTO"} for one in (*ids, "00QWs00000000zz")]
    assert [one["success"] for one in call("PATCH", "/composite/sobjects", {"records": changes}).json()] == [
        True,
        True,
        False,
    ]
    asked = {"ids": [ids[1], "00QWs00000000zz", ids[0][:15]], "fields": ["Id", "title"]}
    rows = call("POST", "/composite/sobjects/Lead", asked).json()
    assert [row and (row["Id"], row["Title"]) for row in rows] == [(ids[1], "CTO"), None, (ids[0], "CTO")]
    gone = call("DELETE", f"/composite/sobjects?ids={ids[0]},junk,{ids[0]}&allOrNone=false").json()
    assert [one["success"] for one in gone] == [True, False, False]
    assert [one["errors"][0]["statusCode"] for one in gone[1:]] == ["MALFORMED_ID", "ENTITY_IS_DELETED"]


def test_collections_upsert_by_key_and_refuse_a_key_that_comes_twice(call: Caller) -> None:
    call.lead(Syncer_Key__c="b")
    records = [lead(Syncer_Key__c=key) for key in ("a", "B", "c", "C", "")]
    results = call("PATCH", "/composite/sobjects/Lead/syncer_key__c", {"records": records}).json()
    assert [one.get("created") for one in results] == [True, False, None, None, None]
    assert [one["errors"][0]["statusCode"] for one in results[2:]] == [
        "DUPLICATE_VALUE",
        "DUPLICATE_VALUE",
        "MISSING_ARGUMENT",
    ]
    assert len(list(call.org.records("Lead"))) == 2


def test_all_or_none_leaves_nothing_behind_not_even_an_edit_or_an_id(call: Caller) -> None:
    edits = len(call.ledger)
    body = {"allOrNone": True, "records": [lead(), lead(Company=None)]}
    codes = [one["errors"][0]["statusCode"] for one in call("POST", "/composite/sobjects", body).json()]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert (list(call.org.records("Lead")), len(call.ledger)) == ([], edits)
    body["records"][1]["Company"] = "Acme"
    assert [one["success"] for one in call("POST", "/composite/sobjects", body).json()] == [True, True]
    assert call.query("SELECT Id FROM Lead")[0]["Id"].startswith("00QWs0000000001")


def test_a_collection_with_an_unreadable_row_is_refused_whole(call: Caller) -> None:
    for wrong, code in ((lead(Foo__c=1), "INVALID_FIELD"), (lead(Title=7), "JSON_PARSER_ERROR")):
        refused = call("POST", "/composite/sobjects", {"records": [lead(), wrong]})
        assert (refused.status, refused.json()[0]["errorCode"]) == (400, code)
    assert call("POST", "/composite/sobjects", {"records": [lead()] * 201}).status == 400
    types = ["Lead", "Account"] * 6
    chunks = [{"attributes": {"type": name}, "LastName": "x", "Company": "y"} for name in types]
    chunks = [{k: v for k, v in one.items() if one["attributes"]["type"] == "Lead" or k == "attributes"}
              for one in chunks]  # fmt: skip
    assert call("POST", "/composite/sobjects", {"records": chunks}).status == 400
    assert list(call.org.records("Lead")) == []


def sub(reference: str, method: str, url: str, **more: object) -> dict:
    return {"referenceId": reference, "method": method, "url": DATA + url, **more}


def test_a_composite_passes_references_on_and_guards_single_parts(call: Caller) -> None:
    contact = call.org.create("Contact", {"LastName": "Roe"}, "human:ana")
    past = {"If-Unmodified-Since": "Wed, 31 Dec 2025 00:00:00 GMT"}
    parts = [
        sub("acc", "POST", "/sobjects/Account", body={"Name": "Acme"}),
        sub("c", "PATCH", f"/sobjects/Contact/{contact}", body={"AccountId": "@{acc.id}"}),
        sub("late", "PATCH", f"/sobjects/Contact/{contact}", body={"Title": "CTO"}, httpHeaders=past),
        sub("after", "GET", "/sobjects/Contact/@{late.id}"),
    ]
    answer = call("POST", "/composite", {"compositeRequest": parts})
    first, second, third, fourth = answer.json()["compositeResponse"]
    account = first["body"]["id"]
    assert first == {
        "body": {"id": account, "success": True, "errors": []},
        "httpHeaders": {"Location": f"{DATA}/sobjects/Account/{account}"},
        "httpStatusCode": 201,
        "referenceId": "acc",
    }
    assert second == {"body": None, "httpHeaders": {}, "httpStatusCode": 204, "referenceId": "c"}
    assert third["httpStatusCode"] == 412
    assert (fourth["httpStatusCode"], fourth["body"][0]["errorCode"]) == (400, "PROCESSING_HALTED")
    assert call.org.record("Contact", contact)["AccountId"] == account


def test_a_composite_with_all_or_none_is_undone_when_one_part_fails(call: Caller) -> None:
    parts = [
        sub("a", "POST", "/sobjects/Account", body={"Name": "Acme"}),
        sub("b", "POST", "/sobjects/Contact", body={"AccountId": "@{a.id}"}),
    ]
    answer = call("POST", "/composite", {"allOrNone": True, "compositeRequest": parts})
    first, second = answer.json()["compositeResponse"]
    assert answer.status == 200
    assert first["body"] == [{"errorCode": "PROCESSING_HALTED", "message": HALTED}]
    assert second["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert (list(call.org.records("Account")), len(call.ledger)) == ([], 0)
    parts[1]["body"]["LastName"] = "Roe"
    call("POST", "/composite", {"allOrNone": True, "compositeRequest": parts})
    (contact,) = call.org.records("Contact")
    assert contact["AccountId"] == next(call.org.records("Account"))["Id"]
    graphs = [{"graphId": "g", "compositeRequest": parts}, {"graphId": "h", "compositeRequest": [parts[1]]}]
    done = call("POST", "/composite/graph", {"graphs": graphs}).json()["graphs"]
    assert [one["isSuccessful"] for one in done] == [True, False]
    assert call("POST", "/composite", {"compositeRequest": parts * 13}).status == 400


def test_a_collection_inside_a_failing_composite_is_undone_too(call: Caller) -> None:
    inner = {"allOrNone": True, "records": [lead(), lead()]}
    parts = [
        sub("many", "POST", "/composite/sobjects", body=inner),
        sub("one", "POST", "/sobjects/Account", body={"Name": "Acme"}),
        sub("bad", "POST", "/sobjects/Contact", body={}),
    ]
    answer = call("POST", "/composite", {"allOrNone": True, "compositeRequest": parts}).json()["compositeResponse"]
    assert [part["httpStatusCode"] for part in answer] == [400, 400, 400]
    assert [list(call.org.records(name)) for name in ("Lead", "Account")] == [[], []]
    assert len(call.ledger) == 0


def test_a_batch_takes_both_forms_of_address_and_counts_once(call: Caller) -> None:
    used = len(call.org.state.calls)
    requests = [
        {"method": "GET", "url": "v66.0/sobjects/Lead/describe"},
        {"method": "POST", "url": f"{DATA}/sobjects/Lead", "richInput": {"LastName": "Roe", "Company": "Acme"}},
        {"method": "GET", "url": "v66.0/sobjects/Lead/00QWs00000000zz"},
        {"method": "GET", "url": "v66.0/limits"},
    ]
    answer = call("POST", "/composite/batch", {"batchRequests": requests}).json()
    assert (answer["hasErrors"], [one["statusCode"] for one in answer["results"]]) == (True, [200, 201, 404, 200])
    halted = call("POST", "/composite/batch", {"haltOnError": True, "batchRequests": requests}).json()
    assert [one["statusCode"] for one in halted["results"]] == [200, 201, 404, 412]
    assert len(call.org.state.calls) == used + 2


def test_a_tree_is_planted_whole_or_not_at_all(call: Caller) -> None:
    child = {"attributes": {"type": "Contact", "referenceId": "r2"}, "LastName": "Roe"}
    tree = {"attributes": {"type": "Account", "referenceId": "r1"}, "Name": "Acme", "Contacts": {"records": [child]}}
    made = call("POST", "/composite/tree/Account", {"records": [tree]})
    ids = {one["referenceId"]: one["id"] for one in made.json()["results"]}
    assert (made.status, made.json()["hasErrors"]) == (201, False)
    assert call.org.record("Contact", ids["r2"])["AccountId"] == ids["r1"]
    del child["LastName"]
    refused = call("POST", "/composite/tree/Account", {"records": [tree]})
    assert refused.status == 400
    assert refused.json()["results"][0]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert len(list(call.org.records("Account"))) == 1
