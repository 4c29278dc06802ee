"""Single records: shapes, codes and exact bodies of reading, writing, archiving and merging."""

from __future__ import annotations

import orjson
import pytest

AT = "2026-01-01T00:00:00Z"
V3, MARCH, BETA = "/crm/v3/objects", "/crm/objects/2026-03", "/crm/objects/2026-09-beta"


def without_id(body: dict) -> dict:
    assert len(body.pop("correlationId")) == 36
    return body


@pytest.mark.parametrize("root", [V3, MARCH, BETA, "/crm/objects/2026-09", "/crm/v4/objects"])
def test_every_version_of_the_path_is_served_by_the_same_portal(call, root):
    status, made = call(
        "POST", f"{root}/contacts", {"properties": {"email": " Jane@Example.COM ", "firstname": "Jane"}}
    )
    assert (status, made["id"]) == (201, "1001")
    assert made == {
        "id": "1001",
        "properties": {
            "createdate": AT,
            "email": "jane@example.com",
            "firstname": "Jane",
            "hs_all_contact_vids": "1001",
            "hs_email_domain": "example.com",
            "hs_is_contact": "true",
            "hs_is_unworked": "true",
            "hs_object_id": "1001",
            "hs_object_source": "INTEGRATION",
            "hs_object_source_id": "424242",
            "hs_object_source_label": "INTEGRATION",
            "hs_pipeline": "contacts-lifecycle-pipeline",
            "lastmodifieddate": AT,
        },
        "createdAt": AT,
        "updatedAt": AT,
        "archived": False,
        "url": "https://app.hubspot.com/contacts/1234567/record/0-1/1001",
    }
    assert list(made["properties"]) == sorted(made["properties"])
    for name in ("contact", "CONTACT", "contacts", "0-1"):
        assert call("GET", f"{V3}/{name}/1001")[1]["properties"]["email"] == "jane@example.com"


def test_reading_gives_the_defaults_or_what_is_asked_for_and_ignores_unknown_names(call):
    call.create("contacts", email="a@x.io")
    assert call("GET", f"{V3}/contacts/1001")[1]["properties"] == {
        "createdate": AT,
        "email": "a@x.io",
        "firstname": None,
        "hs_object_id": "1001",
        "lastmodifieddate": AT,
        "lastname": None,
    }
    asked = call("GET", f"{V3}/contacts/1001?properties=phone,nonsense&properties=city")[1]["properties"]
    assert set(asked) == {"phone", "city", "createdate", "hs_object_id", "lastmodifieddate"}
    assert call("GET", f"{V3}/contacts/A@X.io?idProperty=email")[1]["id"] == "1001"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "answer"),
    [
        ("GET", "/contacts/999", None, 404, {"status": "error", "message": "resource not found"}),
        (
            "GET",
            "/contacts/abc",
            None,
            404,
            {
                "status": "error",
                "message": "Object not found.  objectId are usually numeric.",
                "context": {"id": ["abc"]},
                "category": "OBJECT_NOT_FOUND",
            },
        ),
        (
            "GET",
            "/foo/1",
            None,
            400,
            {
                "status": "error",
                "message": "Unable to infer object type from: foo",
                "category": "VALIDATION_ERROR",
            },
        ),
        (
            "POST",
            "/contacts",
            {"properties": {"email": "a@x.io"}},
            409,
            {"status": "error", "message": "Contact already exists. Existing ID: 1001", "category": "CONFLICT"},
        ),
        (
            "PATCH",
            "/contacts/1002",
            {"properties": {"email": "A@x.io"}},
            409,
            {"status": "error", "message": "Contact already exists. Existing ID: 1001", "category": "CONFLICT"},
        ),
        (
            "POST",
            "/contacts",
            {"properties": {}},
            400,
            {
                "status": "error",
                "message": "Error creating CONTACT. Some required properties were not set.",
                "context": {"properties": ["email", "firstname", "lastname"]},
                "category": "VALIDATION_ERROR",
            },
        ),
        (
            "GET",
            "/contacts/a?idProperty=city",
            None,
            400,
            {
                "status": "error",
                "message": "Unable to perform read by non-unique 0-1 property city",
                "category": "VALIDATION_ERROR",
            },
        ),
    ],
)
def test_refusals_have_their_exact_bodies(call, method, path, body, status, answer):
    call.create("contacts", email="a@x.io")
    call.create("contacts", email="b@x.io")
    got_status, got = call(method, V3 + path, body)
    assert (got_status, without_id(got)) == (status, answer)


@pytest.mark.parametrize(
    ("name", "value", "code", "message"),
    [
        ("nonsense", "1", "PROPERTY_DOESNT_EXIST", 'Property "nonsense" does not exist'),
        ("email", "000", "INVALID_EMAIL", "Email address 000 is invalid"),
        ("closedate", "asd000", "INVALID_LONG", "asd000 was not a valid long."),
        ("lifecyclestage", "Lead", "INVALID_OPTION", "Lead was not one of the allowed options: [subscriber, lead, "),
        ("createdate", "1", "READ_ONLY_VALUE", '"createdate" is a read only property; its value cannot be set.'),
        ("hubspot_owner_id", "1", "INVALID_OPTION", "1 was not one of the allowed options: []"),
    ],
)
def test_a_bad_value_is_told_twice_inside_the_message_and_beside_it(call, name, value, code, message):
    status, body = call("POST", f"{V3}/contacts", {"properties": {"firstname": "A", name: value}})
    assert (status, body["category"]) == (400, "VALIDATION_ERROR")
    [error] = body["errors"]
    assert error["message"].startswith(message)
    assert (error["code"], error["context"]) == (code, {"propertyName": [name]})
    head, _, inside = body["message"].partition(": ")
    assert head == "Property values were not valid"
    assert orjson.loads(inside) == [
        {
            "isValid": False,
            "message": error["message"],
            "error": code,
            "name": name,
            "localizedErrorMessage": error["message"],
            "portalId": 1234567,
        }
    ]


def test_newer_versions_word_a_bad_id_otherwise(call):
    assert call("GET", f"{MARCH}/contacts/abc")[1]["message"] == "Object not found. objectId is usually positive."


def test_an_update_answers_only_what_changed_and_an_empty_text_clears(call):
    owner = call.portal.add_owner("rep@x.io", "Rep", "One")
    record_id = call.create("contacts", email="a@x.io", firstname="A", hubspot_owner_id=owner)
    call.clock.advance(1500)
    status, body = call("PATCH", f"{V3}/contacts/{record_id}", {"properties": {"firstname": "", "email": "B@x.io"}})
    assert (status, body["updatedAt"]) == (200, "2026-01-01T00:00:01.500Z")
    assert body["properties"] == {
        "email": "b@x.io",
        "firstname": "",
        "hs_email_domain": "x.io",
        "lastmodifieddate": "2026-01-01T00:00:01.500Z",
    }
    stored = call("GET", f"{V3}/contacts/{record_id}")[1]
    assert (stored["properties"]["firstname"], stored["createdAt"]) == (None, AT)
    company = call.create("companies", domain="https://www.Example.com/about")
    found = call("GET", f"{V3}/companies/{company}?properties=domain,website")[1]["properties"]
    assert (found["domain"], found["website"]) == ("example.com", "example.com")
    assert set(call("PATCH", f"{V3}/companies/{company}", {"properties": {"city": "Oslo"}})[1]["properties"]) == {
        "city",
        "createdate",
        "hs_lastmodifieddate",
        "hs_object_id",
    }


def test_the_lifecycle_stage_moves_forward_only_and_says_nothing_about_it(call):
    record_id = call.create("contacts", email="a@x.io", lifecyclestage="opportunity")

    def write(stage: str) -> str | None:
        status, _ = call("PATCH", f"{V3}/contacts/{record_id}", {"properties": {"lifecyclestage": stage}})
        assert status == 200
        return call("GET", f"{V3}/contacts/{record_id}?properties=lifecyclestage")[1]["properties"]["lifecyclestage"]

    assert [write(stage) for stage in ("lead", "customer", "", "lead")] == ["opportunity", "customer", None, "lead"]


def test_history_is_newest_first_with_its_source(call):
    owner = call.portal.add_owner("rep@x.io", "Rep", "One")
    record_id = call.create("contacts", email="a@x.io", city="Oslo")
    call.clock.advance(1000)
    call.portal.update("contacts", record_id, {"city": "Bergen"}, "human:Rep One")
    body = call("GET", f"{V3}/contacts/{record_id}?propertiesWithHistory=city,phone")[1]
    user = call.portal.state.owners.by_id[int(owner)].user_id
    assert body["propertiesWithHistory"] == {
        "city": [
            {
                "value": "Bergen",
                "timestamp": "2026-01-01T00:00:01Z",
                "sourceType": "CRM_UI",
                "sourceId": f"userId:{user}",
                "sourceLabel": "CRM UI",
                "updatedByUserId": user,
            },
            {
                "value": "Oslo",
                "timestamp": AT,
                "sourceType": "INTEGRATION",
                "sourceId": "424242",
                "sourceLabel": "syncer",
            },
        ],
        "phone": [],
    }
    assert [(each["value"], each["source_type"]) for each in call.portal.history("contacts", record_id, "city")] == [
        ("Bergen", "CRM_UI"),
        ("Oslo", "INTEGRATION"),
    ]


def test_list_pages_go_by_id_keep_their_parameters_and_end_without_paging(call):
    ids = [call.create("contacts", email=f"{number}@x.io") for number in range(5)]
    path, seen = f"{V3}/contacts?limit=2&properties=email,city&archived=False", []
    while path:
        body = call("GET", path)[1]
        seen += [record["id"] for record in body["results"]]
        following = body.get("paging", {}).get("next")
        path = following and following["link"].removeprefix("https://sandbox.test")
        if following:
            assert following["link"].startswith(
                "https://sandbox.test/crm/v3/objects/contacts?limit=2&properties=email,city"
            )
            assert following["link"].endswith(f"after={following['after']}")
    assert seen == ids
    assert call("GET", f"{V3}/contacts?limit=101")[0] == 400
    assert call("GET", f"{V3}/contacts?limit=100&propertiesWithHistory=email")[0] == 400
    assert call("GET", f"{V3}/contacts?limit=50&propertiesWithHistory=email")[0] == 200


def test_archived_records_leave_the_listing_for_the_archived_one_and_can_come_back(call):
    company = call.create("companies", name="Acme")
    record_id = call.create("contacts", email="a@x.io")
    call.portal.associate("contacts", record_id, "companies", company, "human:Ann")
    call.clock.advance(1000)
    assert call("DELETE", f"{V3}/contacts/{record_id}") == (204, "")
    assert call("DELETE", f"{V3}/contacts/{record_id}")[0] == 204
    assert call("GET", f"{V3}/contacts/{record_id}")[0] == 404
    assert call("GET", f"{V3}/contacts")[1]["results"] == []
    [listed] = call("GET", f"{V3}/contacts?archived=True")[1]["results"]
    assert (listed["archived"], listed["archivedAt"]) == (True, "2026-01-01T00:00:01Z")
    assert call("GET", f"{V3}/contacts/{record_id}?archived=true")[1] == listed
    other = call.create("contacts", email="a@x.io")  # the address is free again
    call("DELETE", f"{V3}/contacts/{other}")
    call.portal.restore("contacts", record_id, "human:Ann")
    assert call.portal.record("contacts", record_id)["associatedcompanyid"] == company
    assert call.portal.associated("contacts", record_id, "companies") == {company: (1, 279)}


def test_a_merge_makes_a_new_record_to_which_both_old_ids_lead(call):
    first = call.create("contacts", email="a@x.io", firstname="Ann", city="Oslo")
    second = call.create("contacts", email="b@x.io", firstname="Bea", phone="1")
    call.clock.advance(5)
    status, survivor = call("POST", f"{V3}/contacts/merge", {"primaryObjectId": first, "objectIdToMerge": second})
    assert (status, survivor["id"]) == (200, "1003")
    path = "?properties=email,firstname,city,phone,hs_merged_object_ids,hs_additional_emails,hs_calculated_merged_vids"
    for old in (first, second, "1003"):
        found = call("GET", f"{V3}/contacts/{old}{path}")[1]
        assert found["id"] == "1003"
    assert found["properties"] == {
        "email": "a@x.io",
        "firstname": "Ann",
        "city": "Oslo",
        "phone": "1",
        "hs_merged_object_ids": "1001;1002",
        "hs_additional_emails": "b@x.io",
        "hs_calculated_merged_vids": "1001:1767225600005;1002:1767225600005",
        "createdate": AT,
        "hs_object_id": "1003",
        "lastmodifieddate": "2026-01-01T00:00:00.005Z",
    }
    assert call("GET", f"{V3}/contacts/b@x.io?idProperty=email")[1]["id"] == "1003"
    assert call("POST", f"{V3}/contacts", {"properties": {"email": "b@x.io"}})[1]["message"].endswith("1003")
    assert [record["id"] for record in call("GET", f"{V3}/contacts")[1]["results"]] == ["1003"]
    assert call("GET", f"{V3}/contacts?archived=true")[1]["results"] == []
    assert call("POST", f"{V3}/contacts/merge", {"primaryObjectId": "1003", "objectIdToMerge": second})[0] == 400
    assert call("PATCH", f"{V3}/contacts/{second}", {"properties": {"city": "Rome"}})[1]["id"] == "1003"
    edit = call.ledger.for_record("hubspot", "contacts", "1003")[0]
    assert (edit.op, edit.changes["merged_id"], edit.changes["primary_id"]) == (
        "merge",
        ("1002", "1003"),
        ("1001", "1003"),
    )


def test_deletion_for_privacy_leaves_nothing(call):
    record_id = call.create("contacts", email="a@x.io")
    body = {"objectId": "a@x.io", "idProperty": "email"}
    assert call("POST", f"{V3}/contacts/gdpr-delete", body) == (204, "")
    assert call("GET", f"{V3}/contacts/{record_id}?archived=true")[0] == 404
    assert call("POST", f"{V3}/contacts/gdpr-delete", body)[0] == 404


@pytest.mark.parametrize("object_name", ["calls", "meetings", "notes", "tasks", "emails"])
def test_activities_need_their_time_and_keep_clean_html(call, object_name):
    assert call("POST", f"{V3}/{object_name}", {"properties": {}})[1]["context"] == {"properties": ["hs_timestamp"]}
    body = {
        "calls": "hs_call_body",
        "meetings": "hs_meeting_body",
        "notes": "hs_note_body",
        "tasks": "hs_task_body",
        "emails": "hs_email_html",
    }[object_name]
    contact = call.create("contacts", email="a@x.io")
    number = {"calls": 194, "meetings": 200, "notes": 202, "tasks": 204, "emails": 198}[object_name]
    sent = {
        "properties": {"hs_timestamp": "1767225600000", body: "<p>Hi<script>bad()</script></p>"},
        "associations": [
            {"to": {"id": contact}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}]}
        ],
    }
    status, made = call("POST", f"{V3}/{object_name}", sent)
    assert (status, made["properties"]["hs_timestamp"], made["properties"][body]) == (201, AT, "<p>Hi</p>")
    found = call("GET", f"{V3}/{object_name}/{made['id']}?associations=contacts")[1]
    assert [each["id"] for each in found["associations"]["contacts"]["results"]] == [contact]
    assert {"hs_createdate", "hs_lastmodifieddate", "hs_object_id"} == set(found["properties"])


def test_the_ledger_holds_each_edit_once_with_old_and_new_values(call):
    record_id = call.create("contacts", email="a@x.io", city="Oslo")
    call("PATCH", f"{V3}/contacts/{record_id}", {"properties": {"city": "Oslo"}})
    call("PATCH", f"{V3}/contacts/{record_id}", {"properties": {"city": "Rome"}})
    edits = call.ledger.for_record("hubspot", "contacts", record_id)
    assert [(edit.op, edit.actor, dict(edit.changes)) for edit in edits] == [
        ("create", "engine:syncer", {"email": (None, "a@x.io"), "city": (None, "Oslo")}),
        ("update", "engine:syncer", {"city": ("Oslo", "Rome")}),
    ]
    assert edits[1].request_id == call.answer.headers["X-HubSpot-Correlation-Id"]


def test_automation_answers_a_write_with_a_write_of_its_own(call):
    def answer(object_name, record_id, changes, actor):
        return {"hs_lead_status": "NEW"} if "city" in changes and actor == "engine:syncer" else None

    call.portal.automation = answer
    record_id = call.create("contacts", email="a@x.io", city="Oslo")
    assert call.portal.record("contacts", record_id)["hs_lead_status"] == "NEW"
    assert [edit.actor for edit in call.ledger.since(0)] == ["engine:syncer", "automation"]


def test_an_additional_address_can_become_the_primary_one_and_both_stay_taken(call):
    first, second = call.create("contacts", email="a@x.io"), call.create("contacts", email="b@x.io")
    survivor = call.portal.merge("contacts", first, [second], "human:Ann")
    assert call("PATCH", f"{V3}/contacts/{survivor}", {"properties": {"email": "b@x.io"}})[0] == 200
    record = call.portal.record("contacts", survivor)
    assert (record["email"], record["hs_additional_emails"]) == ("b@x.io", "a@x.io")
    for address in ("a@x.io", "b@x.io"):
        assert call("POST", f"{V3}/contacts", {"properties": {"email": address}})[0] == 409
    assert call.portal.history("contacts", survivor, "hs_merged_object_ids")[0]["source_type"] == "MERGE_OBJECTS"


def test_the_portal_ties_contacts_to_the_company_of_their_domain_and_counts_activities_later(portal_with):
    call = portal_with(auto_associate_companies=True, auto_associate_lag_ms=(5, 5), computed_lag_ms=(7, 7))
    contact, private = call.create("contacts", email="a@acme.com"), call.create("contacts", email="b@gmail.com")
    note = call.create("notes", hs_timestamp="1767225600000")
    call.portal.associate("notes", note, "contacts", contact, "human:Ann")
    assert "associatedcompanyid" not in call.portal.record("contacts", contact)
    call.clock.advance(10)
    call("GET", f"{V3}/contacts/{contact}")
    record = call.portal.record("contacts", contact)
    assert call.portal.record("companies", record["associatedcompanyid"])["domain"] == "acme.com"
    assert (record["num_notes"], record["notes_last_updated"]) == ("1", AT)
    assert "associatedcompanyid" not in call.portal.record("contacts", private)
    assert {edit.actor for edit in call.ledger.for_record("hubspot", "contacts", contact)[1:]} == {"automation"}
