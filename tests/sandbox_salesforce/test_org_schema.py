"""What the org says of its fields, how fields are made by API, and who sees them."""

from __future__ import annotations

import pytest

from tests.sandbox_salesforce.org_world import Caller, error

FIELD = "/tooling/sobjects/CustomField"
TEXT = {"label": "Key", "type": "Text", "length": 64, "externalId": True, "unique": True, "required": False}


def made(call: Caller, name: str = "Lead.Key__c", **metadata: object) -> str:
    answer = call("POST", FIELD, {"FullName": name, "Metadata": TEXT | metadata})
    assert (answer.status, answer.json()["success"]) == (201, True)
    return answer.json()["id"]


def test_a_field_made_by_api_is_invisible_until_a_permission_set_grants_it() -> None:
    call = Caller()
    assert made(call).startswith("00N")
    hidden = error("INVALID_FIELD", "No such column 'Key__c' on sobject of type Lead", bare=True)
    row = {"LastName": "Roe", "Company": "Acme"}
    assert "Key__c" not in call.names("Lead")
    assert call.refused("POST", "/sobjects/Lead", row | {"Key__c": "1"}) == (400, hidden)
    granted = {"SobjectType": "Lead", "Field": "Lead.Key__c", "PermissionsRead": True, "PermissionsEdit": False}
    granted["ParentId"] = call("POST", "/sobjects/PermissionSet", {"Name": "Sync", "Label": "Sync"}).json()["id"]
    grant = call("POST", "/sobjects/FieldPermissions", granted).json()["id"]
    assert "Key__c" not in call.names("Lead")  # not assigned to anybody
    assignment = {"AssigneeId": call.org.state.user_id, "PermissionSetId": granted["ParentId"]}
    assert call("POST", "/sobjects/PermissionSetAssignment", assignment).status == 201
    assert "Key__c" in call.names("Lead")
    refused = call("POST", "/sobjects/Lead", row | {"Key__c": "1"}).json()[0]
    assert (refused["errorCode"], refused["fields"]) == ("INVALID_FIELD_FOR_INSERT_UPDATE", ["Key__c"])
    assert call("PATCH", f"/sobjects/FieldPermissions/{grant}", {"PermissionsEdit": True}).status == 204
    assert call("POST", "/sobjects/Lead", row | {"Key__c": "1"}).status == 201
    again = call("POST", "/sobjects/FieldPermissions", granted)
    assert (again.status, again.json()[0]["errorCode"]) == (400, "DUPLICATE_VALUE")
    assert call("DELETE", f"/sobjects/FieldPermissions/{grant}").status == 204
    assert "Key__c" not in call.names("Lead")


# (full name, metadata, code) of a field that is refused
REFUSED = [
    ("Lead.Email__c", TEXT | {"length": 256}, "FIELD_INTEGRITY_EXCEPTION"),
    ("Lead.Two__Parts__c", TEXT, "FIELD_INTEGRITY_EXCEPTION"),
    ("Lead.Plain", TEXT, "FIELD_INTEGRITY_EXCEPTION"),
    ("Lead.Odd__c", TEXT | {"type": "Riddle"}, "FIELD_INTEGRITY_EXCEPTION"),
    ("Lead.Flag__c", {"label": "Flag", "type": "Checkbox"}, "FIELD_INTEGRITY_EXCEPTION"),
    ("Lead.When__c", {"label": "When", "type": "Date", "unique": True}, "FIELD_INTEGRITY_EXCEPTION"),
    ("Nothing.Key__c", TEXT, "INVALID_CROSS_REFERENCE_KEY"),
    ("Lead.NoLabel__c", {"type": "Date"}, "REQUIRED_FIELD_MISSING"),
    ("", TEXT, "REQUIRED_FIELD_MISSING"),
]


@pytest.mark.parametrize(("name", "metadata", "code"), REFUSED)
def test_a_field_that_salesforce_cannot_make_is_refused(name: str, metadata: dict, code: str) -> None:
    answer = Caller()("POST", FIELD, {"FullName": name, "Metadata": metadata})
    assert (answer.status, answer.json()[0]["errorCode"]) == (400, code)


def test_a_field_is_made_once_changed_and_dropped() -> None:
    call = Caller()
    field = made(call)
    twice = call("POST", FIELD, {"FullName": "lead.key__c", "Metadata": TEXT})
    assert twice.json() == error("DUPLICATE_DEVELOPER_NAME", "There is already a field named Key on Lead.",
                                 "DeveloperName")  # fmt: skip
    (row,) = call.query("SELECT Id, DeveloperName FROM CustomField WHERE TableEnumOrId = 'Lead'", "tooling/query")
    assert (row["Id"], row["DeveloperName"]) == (field, "Key")
    assert call("GET", f"{FIELD}/{field}").json()["FullName"] == "Lead.Key__c"
    assert call("PATCH", f"{FIELD}/{field}", {"Metadata": TEXT | {"length": 80}}).status == 204
    assert call.org.state.objects["lead"].fields["key__c"].length == 80
    assert call("DELETE", f"{FIELD}/{field}").status == 204
    assert call("GET", f"{FIELD}/{field}").status == 404


def test_a_user_without_the_right_cannot_change_the_setup() -> None:
    call = Caller(may_customize=False)
    denied = error("INSUFFICIENT_ACCESS", "insufficient access rights on object id", bare=True)
    assert call.refused("POST", FIELD, {"FullName": "Lead.Key__c", "Metadata": TEXT}) == (403, denied)
    assert call.refused("POST", "/sobjects/PermissionSet", {"Name": "Sync", "Label": "Sync"}) == (403, denied)


def test_a_field_on_activity_appears_on_tasks_and_events() -> None:
    call = Caller()
    call.org.add_field("Activity", {"name": "Engagement__c", "type": "Text", "length": 40, "externalId": True})
    assert "Engagement__c" in call.names("Task") & call.names("Event")


def test_an_admin_narrows_hides_and_removes_fields() -> None:
    call = Caller()
    lead = call.lead(Title="CTO")
    call.org.deny_field("Lead", "Title", edit=False)
    refused = call("PATCH", f"/sobjects/Lead/{lead}", {"Title": "CEO"})
    assert refused.json()[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    call.org.deny_field("Lead", "Title", read=False)
    assert "Title" not in call("GET", f"/sobjects/Lead/{lead}").json()
    call.org.deny_field("Lead", "Title", read=True, edit=True)
    assert call("PATCH", f"/sobjects/Lead/{lead}", {"Title": "CEO"}).status == 204
    call.org.change_field("Lead", "Rating", options=["Hot"], restricted=True)
    refused = call("PATCH", f"/sobjects/Lead/{lead}", {"Rating": "Cold"}).json()[0]
    assert refused["errorCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    call.org.change_field("Lead", "Phone", required=True)
    refused = call("POST", "/sobjects/Lead", {"LastName": "Roe", "Company": "Acme"}).json()[0]
    assert refused["fields"] == ["Phone"]
    call.org.add_field("Lead", {"name": "Flag__c", "type": "Checkbox"})
    assert call.org.record("Lead", lead)["Flag__c"] is False
    call.org.remove_field("Lead", "Flag__c")
    assert "Flag__c" not in call.org.record("Lead", lead)


def test_describe_has_what_clients_read_and_answers_304_while_nothing_changed() -> None:
    call = Caller()
    answer = call("GET", "/sobjects/Lead/describe")
    body = answer.json()
    fields = {field["name"]: field for field in body["fields"]}
    assert (body["keyPrefix"], body["mergeable"], len(fields) > 45) == ("00Q", True, True)
    assert {link["relationshipName"] for link in body["childRelationships"]} >= {"Tasks", "Events", "CampaignMembers"}
    wanted = {"type": "string", "length": 80, "nillable": False, "compoundFieldName": "Name", "byteLength": 240}
    assert {name: fields["LastName"][name] for name in wanted} == wanted
    assert fields["OwnerId"]["referenceTo"] == ["Group", "User"]
    assert [field["name"] for field in body["fields"] if _required(field)] == ["LastName", "Company"]
    since = {"If-Modified-Since": answer.headers["Last-Modified"]}
    assert call("GET", "/sobjects/Lead/describe", headers=since).status == 304
    call.org.deny_field("Lead", "Title", read=False)
    assert call("GET", "/sobjects/Lead/describe", headers=since).status == 200
    entries = {entry["name"]: entry for entry in call("GET", "/sobjects").json()["sobjects"]}
    assert {"Lead", "Contact", "Account", "Task", "Event", "User", "Organization"} <= set(entries)
    assert "CustomField" not in entries
    assert entries["Lead"]["customSetting"] is False


def _required(field: dict) -> bool:
    return field["createable"] and not field["nillable"] and not field["defaultedOnCreate"]
