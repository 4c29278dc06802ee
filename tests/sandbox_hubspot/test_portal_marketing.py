"""Lists, communication preferences and forms."""

from __future__ import annotations

import pytest

LISTS = "/crm/v3/lists"
PREFERENCES = "/communication-preferences"
ONE = 39_644_612


def new_list(call, name: str, processing: str = "MANUAL") -> str:
    status, body = call("POST", f"{LISTS}/", {"name": name, "objectTypeId": "0-1", "processingType": processing})
    assert status == 200, body
    return body["list"]["listId"]


def test_members_come_and_go_and_are_told_in_the_api_s_own_spelling(call):
    first, second = call.create("contacts", email="a@x.io"), call.create("contacts", email="b@x.io")
    number = new_list(call, "Hand-offs")
    path = f"{LISTS}/{number}/memberships"
    assert call("PUT", f"{path}/add", [second, first, "99"]) == (
        200,
        {"recordIdsMissing": ["99"], "recordIdsRemoved": [], "recordsIdsAdded": [second, first]},
    )
    assert call("PUT", f"{path}/add", [first])[1]["recordsIdsAdded"] == []
    assert [each["recordId"] for each in call("GET", f"{path}?limit=250")[1]["results"]] == [first, second]
    assert [each["recordId"] for each in call("GET", f"{path}/join-order")[1]["results"]] == [second, first]
    page = call("GET", f"{path}?limit=1")[1]
    assert page["results"] == [{"recordId": first, "membershipTimestamp": "2026-01-01T00:00:00Z"}]
    after = page["paging"]["next"]["after"]
    assert [each["recordId"] for each in call("GET", f"{path}?after={after}")[1]["results"]] == [second]
    body = {"recordIdsToAdd": [], "recordIdsToRemove": [first]}
    assert call("PUT", f"{path}/add-and-remove", body)[1]["recordIdsRemoved"] == [first]
    assert [each["listId"] for each in call("GET", f"{LISTS}/records/0-1/{second}/memberships")[1]["results"]] == [
        number
    ]
    call("DELETE", f"/crm/v3/objects/contacts/{second}")
    assert call("GET", path)[1]["results"] == []


def test_lists_are_found_by_id_by_name_and_by_search_and_deleted(call):
    ids = [new_list(call, f"List {number}") for number in range(3)]
    dynamic = new_list(call, "Everyone", "DYNAMIC")
    assert call("POST", LISTS, {"name": "list 0", "objectTypeId": "0-1", "processingType": "MANUAL"})[0] == 400
    assert call("PUT", f"{LISTS}/{dynamic}/memberships/add", ["1"])[0] == 400
    body = {"query": "list", "count": 2, "offset": 0, "processingTypes": ["MANUAL"], "sort": "-HS_LIST_ID"}
    found = call("POST", f"{LISTS}/search", body)[1]
    assert ([each["listId"] for each in found["lists"]], found["hasMore"], found["total"], found["offset"]) == (
        [ids[2], ids[1]],
        True,
        3,
        2,
    )
    assert found["lists"][0]["additionalProperties"]["hs_list_size"] == "0"
    assert [each["listId"] for each in call("GET", f"{LISTS}/?listIds={ids[0]}&listIds={ids[1]}")[1]["lists"]] == ids[
        :2
    ]
    assert call("GET", f"{LISTS}/object-type-id/0-1/name/List%201")[1]["list"]["listId"] == ids[1]
    assert call("DELETE", f"{LISTS}/{ids[0]}") == (204, "")
    assert call("GET", f"{LISTS}/{ids[0]}")[0] == 404
    assert call("PUT", f"{LISTS}/{ids[0]}/restore") == (204, "")
    assert call("GET", f"/crm/lists/2026-03/{ids[0]}")[1]["list"]["name"] == "List 0"


def test_both_versions_of_preferences_tell_of_one_state_and_contacts_mirror_it(call):
    contact = call.create("contacts", email="a@x.io")
    write = {"emailAddress": "A@x.io", "subscriptionId": str(ONE), "legalBasis": "LEGITIMATE_INTEREST_CLIENT"}
    status, row = call("POST", f"{PREFERENCES}/v3/subscribe", write)
    assert (status, row["status"], row["legalBasis"]) == (200, "SUBSCRIBED", "LEGITIMATE_INTEREST_CLIENT")
    told = call("GET", f"{PREFERENCES}/v4/statuses/a@x.io?channel=EMAIL")[1]
    assert (told["status"], [each["status"] for each in told["results"]]) == (
        "SUCCESS",
        ["SUBSCRIBED", "NOT_SPECIFIED", "NOT_SPECIFIED"],
    )
    change = {"subscriptionId": ONE, "statusState": "UNSUBSCRIBED", "channel": "EMAIL"}
    assert call("POST", f"{PREFERENCES}/v4/statuses/a@x.io", change)[1]["status"] == "UNSUBSCRIBED"
    assert call.portal.record("contacts", contact)[f"hs_email_optout_{ONE}"] == "true"
    rows = call("GET", f"{PREFERENCES}/v3/status/email/a@x.io")[1]["subscriptionStatuses"]
    assert rows[0]["status"] == "NOT_SUBSCRIBED"
    assert call("GET", f"{PREFERENCES}/v3/definitions")[1]["subscriptionDefinitions"][0]["id"] == str(ONE)


def test_who_left_by_himself_is_not_brought_back_by_v3(call):
    contact = call.create("contacts", email="a@x.io")
    call.portal.unsubscribe("a@x.io", "human:Jane")
    assert call.portal.record("contacts", contact)["hs_email_optout"] == "true"
    assert call("GET", f"{PREFERENCES}/v4/statuses/a@x.io/unsubscribe-all?channel=EMAIL")[1]["results"][0][
        "status"
    ] == ("UNSUBSCRIBED")
    write = {"emailAddress": "a@x.io", "subscriptionId": str(ONE)}
    assert call("POST", f"{PREFERENCES}/v3/subscribe", write)[0] == 400
    change = {
        "subscriptionId": ONE,
        "statusState": "SUBSCRIBED",
        "channel": "EMAIL",
        "legalBasis": "CONSENT_WITH_NOTICE",
    }
    assert call("POST", f"{PREFERENCES}/v4/statuses/a@x.io", change)[0] == 200
    assert "hs_email_optout" not in call.portal.record("contacts", contact)
    read_only = {"properties": {"hs_email_optout": "true"}}
    assert call("PATCH", f"/crm/v3/objects/contacts/{contact}", read_only)[0] == 400


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{PREFERENCES}/v3/subscribe", {"emailAddress": "nobody", "subscriptionId": str(ONE)}),
        (f"{PREFERENCES}/v3/subscribe", {"emailAddress": "a@x.io", "subscriptionId": "1"}),
        (f"{PREFERENCES}/v4/statuses/a@x.io", {"subscriptionId": ONE, "statusState": "MAYBE", "channel": "EMAIL"}),
        (f"{PREFERENCES}/v4/statuses/a@x.io", {"subscriptionId": ONE, "statusState": "SUBSCRIBED", "channel": "FAX"}),
    ],
)
def test_nonsense_in_preferences_is_refused(call, path, body):
    assert call("POST", path, body)[0] == 400


def test_a_form_makes_a_contact_then_updates_it_and_its_answers_are_told(call):
    form = call.portal.add_form("Demo", ["email", "firstname"])
    contact = call.portal.submit_form(form, {"email": "a@x.io", "firstname": "Ann"}, "human:Ann")
    call.clock.advance(1000)
    assert call.portal.submit_form(form, {"email": "A@x.io", "firstname": "Anna"}, "human:Ann") == contact
    record = call.portal.record("contacts", contact)
    assert (record["firstname"], record["num_conversion_events"], record["hs_object_source"]) == ("Anna", "2", "FORM")
    assert call.portal.history("contacts", contact, "firstname")[0]["source_type"] == "FORM"
    shown = call("GET", "/marketing/v3/forms")[1]["results"]
    assert [each["id"] for each in shown] == [form]
    answers = call("GET", f"/form-integrations/v1/submissions/forms/{form}?limit=1")[1]
    assert answers["results"][0]["values"][1] == {"name": "firstname", "value": "Anna", "objectTypeId": "0-1"}
    assert answers["paging"]["next"]["after"] == "1"
