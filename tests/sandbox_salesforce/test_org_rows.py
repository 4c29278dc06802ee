"""One row at a time: statuses, exact error bodies, what is stored of what was sent."""

from __future__ import annotations

import pytest

from sandbox.kernel import Refusal
from sandbox.salesforce import Condition, DuplicateRule, ValidationRule
from tests.sandbox_salesforce.org_world import DATA, KEY, LOOSE_KEY, Caller, error

ROE = {"LastName": "Roe", "Company": "Acme"}
GONE = "00QWs0000000zzzMAA"[:15]
NOT_FOUND = error("NOT_FOUND", "The requested resource does not exist", bare=True)
SECURITY = "Please check the security settings of this field and verify that it is read/write for your profile or "


@pytest.fixture
def call() -> Caller:
    made = Caller(
        validation_rules=(
            ValidationRule("Lead", "Web leads need a title", (Condition("LeadSource", "equals", "Web"),)),
        )
    )
    made.org.add_field("Lead", KEY)
    made.org.add_field("Lead", LOOSE_KEY)
    options = {"valueSetDefinition": {"value": [{"valueName": "A"}, {"valueName": "B"}]}, "restricted": True}
    made.org.add_field("Lead", {"name": "Tier__c", "type": "Picklist", "valueSet": options})
    made.org.add_field("Lead", {"name": "Tags__c", "type": "MultiselectPicklist", "valueSet": options})
    made.org.add_field("Lead", {"name": "Score__c", "type": "Number", "precision": 5, "scale": 2})
    return made


# (body, status, error) of a create that is refused
REFUSED = [
    ({"Company": "Acme"}, error("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", "LastName")),
    (
        {"FirstName": "Jo"},
        error("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName, Company]", "LastName", "Company"),
    ),
    (ROE | {"Foo__c": 1}, error("INVALID_FIELD", "No such column 'Foo__c' on sobject of type Lead", bare=True)),
    (
        ROE | {"FirstName": "x" * 41},
        error("STRING_TOO_LONG", f"First Name: data value too large: {'x' * 41} (max length=40)", "FirstName"),
    ),
    (ROE | {"Email": "foo@"}, error("INVALID_EMAIL_ADDRESS", "Email: invalid email address: foo@", "Email")),
    (
        ROE | {"Tier__c": "C"},
        error(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Tier: bad value for restricted picklist field: C", "Tier__c"
        ),
    ),
    (
        ROE | {"NumberOfEmployees": 123456789},
        error(
            "NUMBER_OUTSIDE_VALID_RANGE",
            "Employees: value outside of valid range on numeric field: 123456789",
            "NumberOfEmployees",
        ),
    ),
    (
        ROE | {"Score__c": 1000},
        error("NUMBER_OUTSIDE_VALID_RANGE", "Score: value outside of valid range on numeric field: 1000", "Score__c"),
    ),
    (ROE | {"LeadSource": "Web"}, error("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Web leads need a title")),
    (
        ROE | {"Name": "Jo Roe", "IsConverted": True},
        error(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"Unable to create/update fields: Name, IsConverted. {SECURITY}permission set.",
            "Name",
            "IsConverted",
        ),
    ),
    (ROE | {"OwnerId": "001Ws0000000001"}, error("MALFORMED_ID", "Owner ID: id value of incorrect type: "
                                                  "001Ws0000000001", "OwnerId")),
    (ROE | {"OwnerId": "005Ws00000000zz"}, error("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id",
                                                  "OwnerId")),
    (
        ROE | {"Title": 5},
        error(
            "JSON_PARSER_ERROR",
            "Cannot deserialize instance of string from VALUE_NUMBER_INT value 5 or request may be missing a required "
            "field at [line:1, column:2]",
            bare=True,
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), REFUSED)
def test_a_refused_create_names_the_fault_and_stores_nothing(call: Caller, body: dict, expected: list) -> None:
    edits = len(call.ledger)
    assert call.refused("POST", "/sobjects/Lead/", body) == (400, expected)
    assert list(call.org.records("Lead")) == []
    assert len(call.ledger) == edits


def test_a_created_row_is_normalised_stamped_and_told_to_the_ledger(call: Caller) -> None:
    sent = {
        "lastname": "  Roe ",
        "FirstName": "Jo",
        "Company": "Acme",
        "Phone": "(030) 12 34",
        "Status": "working - contacted",
        "Tags__c": "B;A;B",
        "Score__c": 1.005,
        "Email": "Jo@Acme.example",
        "Title": "",
    }
    made = call("POST", "/sobjects/Lead/", sent)
    lead = made.json()["id"]
    assert (made.status, made.json()) == (201, {"id": lead, "success": True, "errors": []})
    assert made.headers["Location"] == f"{DATA}/sobjects/Lead/{lead}"
    row = call("GET", f"/sobjects/Lead/{lead[:15]}").json()
    expected = {
        "Id": lead,
        "LastName": "Roe",
        "Name": "Jo Roe",
        "Phone": "(030) 12 34",
        "Status": "Working - Contacted",
        "Tags__c": "A;B",
        "Score__c": 1.01,
        "Email": "Jo@Acme.example",
        "Title": None,
        "IsDeleted": False,
        "CreatedDate": "2026-01-01T00:00:00.000+0000",
        "SystemModstamp": "2026-01-01T00:00:00.000+0000",
        "Address": None,
    }
    assert {name: row[name] for name in expected} == expected
    assert row["attributes"] == {"type": "Lead", "url": f"{DATA}/sobjects/Lead/{lead}"}
    edit = call.ledger.for_record("salesforce", "Lead", lead)[0]
    assert (edit.op, edit.actor, edit.changes["LastName"]) == ("create", "engine:syncer", (None, "Roe"))


def test_a_row_is_read_by_chosen_fields_and_an_unknown_one_is_refused(call: Caller) -> None:
    lead = call.lead(City="Bonn", Country="Germany")
    row = call("GET", f"/sobjects/lead/{lead}?fields=email,Address").json()
    assert list(row) == ["attributes", "Email", "Address", "Id"]
    assert row["Address"]["city"] == "Bonn"
    no_such = error("INVALID_FIELD", "No such column 'Foo' on sobject of type Lead", bare=True)
    assert call.refused("GET", f"/sobjects/Lead/{lead}?fields=Foo") == (400, no_such)


def test_addresses_that_lead_nowhere_answer_as_the_server_does(call: Caller) -> None:
    lead = call.lead()
    cases = [
        ("GET", f"/sobjects/Lead/{GONE}", None, 404, NOT_FOUND),
        ("GET", "/sobjects/Lead/nonsense", None, 400, error("MALFORMED_ID", "malformed id nonsense")),
        ("GET", f"/sobjects/Nothing/{lead}", None, 404, NOT_FOUND),
        ("GET", "/nothing", None, 404, NOT_FOUND),
        ("GET", "/services/data/v99.0/sobjects", None, 404, NOT_FOUND),
        ("PATCH", f"/sobjects/Lead/{lead}", {"Id": lead}, 400, error(
            "INVALID_FIELD", "The Id field should not be specified in the sobject data.", bare=True)),
        ("PATCH", f"/sobjects/Lead/{lead}", {"LastName": None}, 400, error(
            "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", "LastName")),
        ("GET", "/sobjects/Lead/Nope__c/1", None, 404, error(
            "NOT_FOUND", "Provided external ID field does not exist or is not accessible: Nope__c", bare=True)),
    ]  # fmt: skip
    for method, path, body, status, expected in cases:
        assert call.refused(method, path, body) == (status, expected), (method, path)
    assert call("GET", "/services/data/v20.0/sobjects").status == 410
    assert call("PUT", f"/sobjects/Lead/{lead}").status == 405
    assert call("GET", "/query?q=" + "x" * 17_000).status == 414


def test_an_update_is_guarded_by_whole_seconds(call: Caller) -> None:
    lead = call.lead()
    seen = call("GET", f"/sobjects/Lead/{lead}").headers["Last-Modified"]
    guard = {"If-Unmodified-Since": seen}
    call.clock.advance(400)
    assert call("PATCH", f"/sobjects/Lead/{lead}", {"Title": "CTO"}, guard).status == 204  # a rival of the same second
    call.clock.advance(1_000)
    assert call("PATCH", f"/sobjects/Lead/{lead}", {"Title": "CEO"}, guard).status == 204
    assert call("PATCH", f"/sobjects/Lead/{lead}", {"Title": "CFO"}, guard).status == 412
    assert call("PATCH", f"/sobjects/Lead/{lead}", {"Title": "CFO"}, {"If-Unmodified-Since": "soon"}).status == 400
    assert call("GET", f"/sobjects/Lead/{lead}", headers={"If-Modified-Since": seen}).status == 200
    now = call("GET", f"/sobjects/Lead/{lead}").headers["Last-Modified"]
    assert call("GET", f"/sobjects/Lead/{lead}", headers={"If-Modified-Since": now}).status == 304
    assert call.org.record("Lead", lead)["Title"] == "CEO"


def test_a_deleted_row_is_gone_until_it_is_restored(call: Caller) -> None:
    lead = call.lead()
    task = call.org.create("Task", {"Subject": "Call", "WhoId": lead}, "human:ana")
    call.clock.advance(1_000)
    assert call("DELETE", f"/sobjects/Lead/{lead}").status == 204
    deleted = error("ENTITY_IS_DELETED", "entity is deleted")
    for method, body in (("GET", None), ("PATCH", {"Title": "x"}), ("DELETE", None)):
        assert call.refused(method, f"/sobjects/Lead/{lead}", body) == (404, deleted)
    assert call.org.record("Lead", lead) is None
    assert call.org.record("Task", task) is None
    call.org.restore("Lead", lead, "human:ana")
    assert call.org.record("Task", task)["WhoId"] == lead
    with pytest.raises(Refusal, match="not in the recycle bin"):
        call.org.restore("Lead", lead, "human:ana")


def test_deleting_an_account_takes_its_contacts_along(call: Caller) -> None:
    account = call.org.create("Account", {"Name": "Acme"}, "human:ana")
    contact = call.org.create("Contact", {"LastName": "Roe", "AccountId": account}, "human:ana")
    call.clock.advance(5_000)
    call("DELETE", f"/sobjects/Account/{account}")
    assert [edit.op for edit in call.ledger.for_record("salesforce", "Contact", contact)] == ["create", "delete"]


def test_an_upsert_creates_updates_and_reports_several_matches(call: Caller) -> None:
    path = "/sobjects/Lead/Syncer_Key__c/hs%2F1"
    made = call("PATCH", path, ROE)
    lead = made.json()["id"]
    assert (made.status, made.json()) == (201, {"id": lead, "success": True, "errors": [], "created": True})
    again = call("PATCH", path, {"Title": "CTO"})
    assert (again.status, again.json()) == (200, {"id": lead, "success": True, "errors": [], "created": False})
    assert call("PATCH", f"/services/data/v45.0{path}", {"Title": "CEO"}).status == 204
    assert call("GET", "/sobjects/Lead/syncer_key__c/HS%2F1").json()["Syncer_Key__c"] == "hs/1"  # case does not tell
    assert call("PATCH", "/sobjects/Lead/Syncer_Key__c/2?updateOnly=true", ROE).status == 404
    taken = error("DUPLICATE_VALUE", f"duplicate value found: Syncer_Key__c duplicates value on record with id: {lead}",
                  "Syncer_Key__c")  # fmt: skip
    assert call.refused("POST", "/sobjects/Lead", ROE | {"Syncer_Key__c": "HS/1"}) == (400, taken)
    twins = [call.lead(Erp__c="A-77") for _ in range(2)]
    paths = [f"{DATA}/sobjects/Lead/{twin}" for twin in twins]
    assert call.refused("PATCH", "/sobjects/Lead/Erp__c/A-77", ROE) == (300, paths)
    assert call.refused("GET", "/sobjects/Lead/Erp__c/A-77") == (300, paths)
    assert call("PATCH", "/sobjects/Lead/Title/x", ROE).status == 404
    body = call("PATCH", path, {"Syncer_Key__c": "hs/1"})
    assert (body.status, body.json()[0]["errorCode"]) == (400, "INVALID_FIELD")


def test_a_parent_is_found_by_its_external_id(call: Caller) -> None:
    call.org.add_field("Account", LOOSE_KEY)
    account = call.org.create("Account", {"Name": "Acme", "Erp__c": "A-1"}, "human:ana")
    made = call("POST", "/sobjects/Contact", {"LastName": "Roe", "Account": {"Erp__c": "a-1"}})
    assert call.org.record("Contact", made.json()["id"])["AccountId"] == account
    lost = call("POST", "/sobjects/Contact", {"LastName": "Roe", "Account": {"Erp__c": "A-2"}})
    assert (lost.status, lost.json()[0]["errorCode"]) == (400, "INVALID_FIELD")


def test_a_duplicate_rule_shows_its_matches_and_may_be_passed() -> None:
    call = Caller(duplicate_rules=(DuplicateRule("Lead", "Leads_DR", against=("Lead", "Contact")),))
    contact = call.org.create("Contact", {"LastName": "Roe", "Email": "Jo@acme.example"}, "human:ana")
    body = ROE | {"Email": "jo@acme.example"}
    refused = call("POST", "/sobjects/Lead", body)
    (entry,) = refused.json()
    assert refused.status == 400
    assert {name: entry[name] for name in ("errorCode", "message")} == {
        "errorCode": "DUPLICATES_DETECTED",
        "message": "Use one of these records?",
    }
    (match,) = entry["duplicateResut"]["matchResults"]
    assert (match["entityType"], match["size"]) == ("Contact", 1)
    assert match["matchRecords"][0]["record"]["Id"] == contact
    items = call("POST", "/composite/sobjects", {"records": [{"attributes": {"type": "Lead"}, **body}]}).json()
    assert items == [{"success": False, "errors": [
        {"statusCode": "DUPLICATES_DETECTED", "message": "Use one of these records?", "fields": []}]}]  # fmt: skip
    allowed = call("POST", "/sobjects/Lead", body, {"Sforce-Duplicate-Rule-Header": "allowSave=true"})
    assert allowed.status == 201


def test_activities_keep_their_own_rules(call: Caller) -> None:
    lead, account = call.lead(), call.org.create("Account", {"Name": "Acme"}, "human:ana")
    both = call("POST", "/sobjects/Task", {"Subject": "Call", "WhoId": lead, "WhatId": account})
    assert (both.status, both.json()[0]["errorCode"]) == (400, "FIELD_INTEGRITY_EXCEPTION")
    made = call("POST", "/sobjects/Task", {"Subject": "Call", "WhoId": lead, "Status": "Completed", "Priority": "high"})
    task = call.org.record("Task", made.json()["id"])
    assert (task["IsClosed"], task["IsHighPriority"], task["TaskSubtype"]) == (True, True, "Task")
    span = {"StartDateTime": "2026-01-05T10:00:00Z", "EndDateTime": "2026-01-05T11:30:00+01:00"}
    event = call("POST", "/sobjects/Event", {"Subject": "Demo", **span}).json()["id"]
    assert call.org.record("Event", event)["DurationInMinutes"] == 30
    backwards = call("POST", "/sobjects/Event", span | {"EndDateTime": "2026-01-05T09:00:00Z"})
    assert (backwards.status, backwards.json()[0]["errorCode"]) == (400, "FIELD_INTEGRITY_EXCEPTION")
    assert call("POST", "/sobjects/Event", {"Subject": "Demo", "StartDateTime": span["StartDateTime"]}).status == 400


def test_rights_of_row_and_owner_are_kept(call: Caller) -> None:
    lead = call.lead()
    call.org.deny_record("Lead", lead)
    readonly = error("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
    assert call.refused("PATCH", f"/sobjects/Lead/{lead}", {"Title": "x"}) == (403, readonly)
    call.org.deny_record("Lead", lead, edit=True)
    gone = call.org.seed("User", {"Username": "old@acme.example", "LastName": "Old", "IsActive": False})
    refused = call("PATCH", f"/sobjects/Lead/{lead}", {"OwnerId": gone})
    assert (refused.status, refused.json()[0]["errorCode"]) == (400, "INACTIVE_OWNER_OR_USER")


def test_assignment_rules_run_unless_held_off() -> None:
    call = Caller(auto_assign_to="queue@acme.example")
    user = call.org.seed("User", {"Username": "queue@acme.example", "LastName": "Queue", "IsActive": True})
    taken = call("POST", "/sobjects/Lead", ROE).json()["id"]
    kept = call("POST", "/sobjects/Lead", ROE, {"Sforce-Auto-Assign": "FALSE"}).json()["id"]
    owners = [call.org.record("Lead", lead)["OwnerId"] for lead in (taken, kept)]
    assert owners == [user, call.org.state.user_id]
