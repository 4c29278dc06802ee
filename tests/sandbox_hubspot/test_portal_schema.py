"""Properties and groups, the administrator's edits of them, owners, pipelines and the account."""

from __future__ import annotations

import pytest

from sandbox.hubspot.errors import PortalRefusal

PATH = "/crm/v3/properties/contacts"
NEW = {"name": "score", "label": "Score", "type": "number", "fieldType": "number", "groupName": "contactinformation"}


def test_definitions_have_their_whole_shape(call):
    status, body = call("GET", f"{PATH}/hs_lead_status")
    assert status == 200
    assert body["options"][0] == {"label": "New", "value": "NEW", "displayOrder": 0, "hidden": False, "description": ""}
    assert body["modificationMetadata"] == {
        "archivable": False,
        "readOnlyDefinition": True,
        "readOnlyOptions": False,
        "readOnlyValue": False,
    }
    assert (body["type"], body["fieldType"], body["hubspotDefined"], body["hasUniqueValue"]) == (
        "enumeration",
        "radio",
        True,
        False,
    )
    owner = call("GET", f"{PATH}/hubspot_owner_id")[1]
    assert (owner["referencedObjectType"], owner["options"], owner["externalOptions"]) == ("OWNER", [], True)
    known = {each["name"] for each in call("GET", PATH)[1]["results"]}
    assert {"email", "lifecyclestage", "hs_email_optout", "hs_email_optout_39644612", "associatedcompanyid"} < known
    values = [option["value"] for option in call("GET", f"{PATH}/hs_legal_basis")[1]["options"]]
    assert "Legitimate interest – prospect/lead" in values


def test_old_clients_get_the_bare_array(call):
    for path in (
        "/properties/v2/contact/properties",
        "/properties/v1/deals/properties",
        "/properties/v2/company/properties",
        "/companies/v2/properties",
    ):
        status, body = call("GET", path)
        assert (status, isinstance(body, list)) == (200, True)


def test_a_property_is_made_changed_archived_and_made_again(call):
    status, made = call("POST", PATH, NEW)
    assert (status, made["name"], made.get("hubspotDefined", False)) == (
        201,
        "score",
        False,
    )
    record_id = call.create("contacts", email="a@x.io", score="7.50")
    assert call("PATCH", f"{PATH}/score", {"label": "Points"})[1]["label"] == "Points"
    assert call("DELETE", f"{PATH}/score") == (204, "")
    path = f"/crm/v3/objects/contacts/{record_id}?properties=score"
    assert "score" not in call("GET", path)[1]["properties"]
    assert call("GET", f"{PATH}/score")[0] == 404
    assert call("GET", f"{PATH}/score?archived=true")[1]["archived"] is True
    assert call("POST", PATH, NEW)[0] == 201
    assert call("GET", path)[1]["properties"]["score"] == "7.50"


@pytest.mark.parametrize(
    ("change", "status", "category"),
    [
        ({"name": "email"}, 409, "CONFLICT"),
        ({"name": "Not Lower"}, 400, "VALIDATION_ERROR"),
        ({"label": ""}, 400, "VALIDATION_ERROR"),
        ({"groupName": "nowhere"}, 400, "VALIDATION_ERROR"),
        ({"fieldType": "checkbox"}, 400, "VALIDATION_ERROR"),
        ({"type": "enumeration", "fieldType": "select"}, 400, "VALIDATION_ERROR"),
    ],
)
def test_what_no_property_can_be(call, change, status, category):
    got, body = call("POST", PATH, NEW | change)
    assert (got, body["category"]) == (status, category)


def test_ten_properties_may_be_unique_and_an_eleventh_not(call):
    unique = [
        NEW | {"name": f"key{n}", "type": "string", "fieldType": "text", "hasUniqueValue": True} for n in range(11)
    ]
    codes = [call("POST", PATH, body)[0] for body in unique]
    assert codes == [201] * 10 + [400]


def test_batches_of_properties(call):
    inputs = [NEW, NEW | {"name": "email"}]
    status, body = call("POST", f"{PATH}/batch/create", {"inputs": inputs})
    assert (status, [each["name"] for each in body["results"]], body["errors"][0]["category"]) == (
        207,
        ["score"],
        "CONFLICT",
    )
    status, body = call(
        "POST", f"{PATH}/batch/read", {"archived": False, "inputs": [{"name": "score"}, {"name": "no"}]}
    )
    assert (status, len(body["results"]), body["numErrors"]) == (207, 1, 1)
    assert call("POST", f"{PATH}/batch/archive", {"inputs": [{"name": "score"}]}) == (204, "")


def test_groups(call):
    group = {"name": "syncer", "label": "Syncer", "displayOrder": -1}
    assert call("POST", f"{PATH}/groups", group) == (201, group | {"archived": False})
    assert call("POST", f"{PATH}/groups", group)[0] == 409
    assert call("POST", PATH, NEW | {"groupName": "syncer"})[0] == 201
    assert call("PATCH", f"{PATH}/groups/syncer", {"label": "S"})[1]["label"] == "S"
    assert "syncer" in {each["name"] for each in call("GET", f"{PATH}/groups")[1]["results"]}
    assert call("DELETE", f"{PATH}/groups/syncer") == (204, "")
    assert call("GET", f"{PATH}/groups/syncer")[0] == 404


def test_values_follow_their_types(call):
    call.portal.add_field("contacts", NEW | {"name": "day", "type": "date", "fieldType": "date"})
    cases = [
        ("day", "1767225600000", "2026-01-01"),
        ("day", "2026-01-01", "2026-01-01"),
        ("closedate", "2026-01-01T10:00:00.500+02:00", "2026-01-01T08:00:00.500Z"),
        ("closedate", 1767225600000, "2026-01-01T00:00:00Z"),
        ("hs_buying_role", "BLOCKER", "BLOCKER"),
        ("hs_buying_role", ";CHAMPION", "BLOCKER;CHAMPION"),
        ("hs_buying_role", "CHAMPION", "CHAMPION"),
        ("firstname", "  Ann ", "Ann"),
    ]
    record_id = call.create("contacts", email="a@x.io")
    for name, sent, stored in cases:
        assert call("PATCH", f"/crm/v3/objects/contacts/{record_id}", {"properties": {name: sent}})[0] == 200
        assert call.portal.record("contacts", record_id)[name] == stored
    for name, sent in [("day", "1767225600001"), ("hs_buying_role", "x;CHAMPION"), ("firstname", "x" * 65_537)]:
        assert call("PATCH", f"/crm/v3/objects/contacts/{record_id}", {"properties": {name: sent}})[0] == 400


def test_administrators_narrow_rename_and_restrict(call):
    portal = call.portal
    record_id = call.create("contacts", email="a@x.io", city="Reykjavik", hs_lead_status="NEW")
    portal.change_field("contacts", "city", max_length=4)
    portal.change_field("contacts", "hs_lead_status", options=["OPEN", ("DONE", "Done")])
    portal.change_field("contacts", "jobtitle", read_only=True)
    for name, value in (("city", "Bergen"), ("hs_lead_status", "NEW"), ("jobtitle", "CEO")):
        assert call("PATCH", f"/crm/v3/objects/contacts/{record_id}", {"properties": {name: value}})[0] == 400
    assert portal.record("contacts", record_id)["city"] == "Reykjavik"
    portal.change_field("contacts", "city", new_name="town")
    assert call("GET", f"{PATH}/city")[0] == 404
    assert portal.record("contacts", record_id)["town"] == "Reykjavik"
    portal.remove_field("contacts", "town")
    assert call("GET", f"{PATH}/town")[0] == 404
    with pytest.raises(PortalRefusal, match="nonsense"):
        portal.remove_field("contacts", "nonsense")
    with pytest.raises(ValueError, match="colour"):
        portal.change_field("contacts", "email", colour="red")


def test_owners_are_paged_found_by_user_and_archived(call):
    ids = [call.portal.add_owner(f"rep{number}@x.io", "Rep", str(number)) for number in range(3)]
    page = call("GET", "/crm/v3/owners/?limit=2")[1]
    assert [each["id"] for each in page["results"]] == ids[:2]
    rest = call("GET", f"/crm/v3/owners?limit=2&after={page['paging']['next']['after']}")[1]
    assert ([each["id"] for each in rest["results"]], "paging" in rest) == (ids[2:], False)
    first = page["results"][0]
    assert call("GET", f"/crm/v3/owners/{first['userId']}?idProperty=userId")[1] == first
    assert [each["id"] for each in call("GET", "/crm/owners/2026-03/?email=REP1@x.io")[1]["results"]] == [ids[1]]
    call.portal.deactivate_owner(ids[0])
    [gone] = call("GET", "/crm/v3/owners?archived=true")[1]["results"]
    assert (gone["id"], gone["userId"], gone["userIdIncludingInactive"]) == (ids[0], None, first["userId"])
    sent = {"properties": {"email": "a@x.io", "hubspot_owner_id": ids[0]}}
    assert call("POST", "/crm/v3/objects/contacts", sent)[1]["errors"][0]["code"] == "INVALID_OPTION"
    assert call("GET", "/crm/v3/owners/1")[0] == 404


def test_pipelines_have_stages_with_their_metadata(call):
    [default] = call("GET", "/crm/v3/pipelines/deals")[1]["results"]
    assert (default["id"], [stage["id"] for stage in default["stages"]][-2:]) == (
        "default",
        ["closedwon", "closedlost"],
    )
    assert default["stages"][0]["metadata"] == {"isClosed": "false", "probability": "0.2"}
    (older,) = call("GET", "/deals/v1/pipelines")[1]
    assert (older["pipelineId"], older["label"]) == (default["id"], default["label"])
    body = {"label": "Second", "displayOrder": 1, "stages": [{"label": "In", "metadata": {"probability": "1.0"}}]}
    status, made = call("POST", "/crm/v3/pipelines/deals", body)
    assert (status, made["stages"][0]["metadata"]["isClosed"]) == (201, "true")
    path = f"/crm/v3/pipelines/deals/{made['id']}"
    status, stage = call("POST", f"{path}/stages", {"label": "Out", "metadata": {"probability": "0.5"}})
    assert (status, call("GET", f"{path}/stages/{stage['id']}")[1]) == (201, stage)
    assert call.create("deals", dealname="D", dealstage=stage["id"], pipeline=made["id"])
    assert call("DELETE", path)[0] == 400
    call.portal.delete("deals", "1001", "human:Ann")
    deal = call.create("deals", dealname="D", dealstage="closedwon")
    found = call("GET", f"/crm/v3/objects/deals/{deal}?properties=hs_is_closed,pipeline")[1]["properties"]
    assert (found["hs_is_closed"], found["pipeline"]) == ("true", "default")
    assert call("DELETE", "/crm/v3/pipelines/deals/default")[0] == 400
    assert call("DELETE", path) == (204, "")
    assert call("GET", path)[0] == 404
    assert call("GET", "/crm/v3/pipelines/notes")[0] == 400


def test_the_account_tells_its_zone_and_no_custom_objects(call):
    details = call("GET", "/account-info/v3/details")[1]
    assert (details["portalId"], details["utcOffsetMilliseconds"], details["utcOffset"]) == (
        1234567,
        -18_000_000,
        "-05:00",
    )
    assert call("GET", "/account-info/2026-03/details")[1] == details
    for path in ("/crm/v3/schemas", "/crm-object-schemas/v3/schemas", "/crm-object-schemas/2026-09/schemas"):
        assert call("GET", path) == (200, {"results": []})
