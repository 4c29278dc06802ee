"""Associations: v4 with labels and primaries, their batches, v3's names, custom labels."""

from __future__ import annotations

import pytest

PRIMARY = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}
PLAIN = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}
WIRE_PRIMARY = {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"}
WIRE_PLAIN = {"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None}
V4 = "/crm/v4/objects/contacts"


@pytest.fixture
def trio(call):
    """A contact and two companies."""
    return (
        call,
        call.create("contacts", email="a@x.io"),
        call.create("companies", name="First"),
        call.create("companies", name="Second"),
    )


def company_of(call, contact: str) -> str | None:
    path = f"/crm/v3/objects/contacts/{contact}?properties=associatedcompanyid"
    return call("GET", path)[1]["properties"]["associatedcompanyid"]


def test_a_label_is_put_on_a_pair_and_the_primary_company_moves(trio):
    call, contact, first, second = trio
    status, body = call("PUT", f"{V4}/{contact}/associations/companies/{first}", [PRIMARY])
    assert (status, body) == (
        201,
        {
            "fromObjectTypeId": "0-1",
            "fromObjectId": int(contact),
            "toObjectTypeId": "0-2",
            "toObjectId": int(first),
            "labels": ["Primary"],
        },
    )
    assert company_of(call, contact) == first
    call("PUT", f"{V4}/{contact}/associations/companies/{second}", [PRIMARY])
    assert company_of(call, contact) == second
    assert call("GET", f"{V4}/{contact}/associations/companies")[1] == {
        "results": [
            {"toObjectId": int(first), "associationTypes": [WIRE_PLAIN]},
            {"toObjectId": int(second), "associationTypes": [WIRE_PRIMARY, WIRE_PLAIN]},
        ]
    }
    assert call("DELETE", f"{V4}/{contact}/associations/companies/{second}") == (204, "")
    assert company_of(call, contact) is None
    back = call("GET", f"/crm/v4/objects/companies/{first}/associations/contacts")[1]["results"]
    assert back == [
        {
            "toObjectId": int(contact),
            "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 280, "label": None}],
        }
    ]


def test_the_default_association_is_told_in_both_directions(trio):
    call, contact, first, _ = trio
    status, body = call("PUT", f"{V4}/{contact}/associations/default/companies/{first}")
    assert (status, body["status"]) == (200, "COMPLETE")
    told = [
        (each["from"]["id"], each["to"]["id"], each["associationSpec"]["associationTypeId"]) for each in body["results"]
    ]
    assert told == [(contact, first, 279), (first, contact, 280)]
    inline = call("GET", f"/crm/v3/objects/contacts/{contact}?associations=companies")[1]["associations"]
    assert inline == {
        "companies": {
            "results": [
                {"id": first, "type": "contact_to_company"},
                {"id": first, "type": "contact_to_company_unlabeled"},
            ]
        }
    }


@pytest.mark.parametrize(
    ("version", "create", "archive"), [("v4", 201, 204), ("2026-03", 201, 200), ("2026-09", 200, 200)]
)
def test_batches_with_the_codes_of_each_version(trio, version, create, archive):
    call, contact, first, second = trio
    root = f"/crm/{version}/associations" if version == "v4" else f"/crm/associations/{version}"
    inputs = [
        {"from": {"id": contact}, "to": {"id": first}, "types": [PRIMARY]},
        {"from": {"id": contact}, "to": {"id": second}, "types": [PLAIN]},
    ]
    status, body = call("POST", f"{root}/contacts/companies/batch/create", {"inputs": inputs})
    assert (status, [each["labels"] for each in body["results"]]) == (create, [["Primary"], []])
    status, body = call("POST", f"{root}/contacts/companies/batch/read", {"inputs": [{"id": contact}, {"id": "9"}]})
    assert status == 200
    assert body["results"] == [
        {
            "from": {"id": contact},
            "to": [
                {"toObjectId": int(first), "associationTypes": [WIRE_PRIMARY, WIRE_PLAIN]},
                {"toObjectId": int(second), "associationTypes": [WIRE_PLAIN]},
            ],
        }
    ]
    gone = {"inputs": [{"from": {"id": contact}, "to": {"id": first}, "types": [PRIMARY]}]}
    assert call("POST", f"{root}/contacts/companies/batch/labels/archive", gone)[0] == archive
    assert company_of(call, contact) is None
    gone = {"inputs": [{"from": {"id": contact}, "to": [{"id": first}, {"id": second}]}]}
    assert call("POST", f"{root}/contacts/companies/batch/archive", gone)[0] == archive
    assert call.portal.associated("contacts", contact, "companies") == {}


def test_a_bad_pair_is_an_error_of_its_own_and_limits_hold(trio):
    call, contact, first, _ = trio
    path = "/crm/v4/associations/contacts/companies/batch"
    inputs = [
        {"from": {"id": contact}, "to": {"id": first}, "types": [PRIMARY]},
        {"from": {"id": contact}, "to": {"id": "77"}, "types": [PRIMARY]},
        {"from": {"id": contact}, "to": {"id": first}, "types": [{**PRIMARY, "associationTypeId": 3}]},
    ]
    status, body = call("POST", f"{path}/create", {"inputs": inputs})
    assert (status, len(body["results"]), body["numErrors"]) == (207, 1, 2)
    assert [(each["category"], each["context"]["toObjectId"]) for each in body["errors"]] == [
        ("OBJECT_NOT_FOUND", ["77"]),
        ("VALIDATION_ERROR", [first]),
    ]
    assert call("POST", f"{path}/read", {"inputs": [{"id": "1"}] * 1001})[0] == 400
    assert call("POST", f"{path}/create", {"inputs": inputs[:1] * 2001})[0] == 400
    assert call("PUT", f"{V4}/{contact}/associations/companies/77", [PRIMARY])[0] == 404
    assert call("PUT", f"{V4}/{contact}/associations/companies/{first}", [])[0] == 400
    assert call("PUT", f"{V4}/{contact}/associations/users/1", [PRIMARY])[0] in (400, 404)


def test_long_lists_are_paged(call):
    company = call.create("companies", name="Big")
    for number in range(501):
        call.portal.seed("contacts", {"email": f"p{number}@x.io", "associatedcompanyid": company})
    page = call("GET", f"/crm/v4/objects/companies/{company}/associations/contacts?limit=500")[1]
    after = page["paging"]["next"]["after"]
    last = call("GET", f"/crm/v4/objects/companies/{company}/associations/contacts?after={after}")[1]
    assert (len(page["results"]), len(last["results"]), "paging" in last) == (500, 1, False)
    read = {"inputs": [{"id": company}]}
    [result] = call("POST", "/crm/v4/associations/companies/contacts/batch/read", read)[1]["results"]
    assert (len(result["to"]), result["paging"]["next"]["after"]) == (500, after)


def test_v3_speaks_of_the_same_edges_by_name(trio):
    call, contact, first, _ = trio
    path = "/crm/v3/associations/contact/company/batch"
    inputs = [{"from": {"id": contact}, "to": {"id": first}, "type": "contact_to_company"}]
    assert call("POST", f"{path}/create", {"inputs": inputs})[0] == 201
    assert company_of(call, contact) == first
    [result] = call("POST", f"{path}/read", {"inputs": [{"id": contact}]})[1]["results"]
    assert result == {
        "from": {"id": contact},
        "to": [{"id": first, "type": "contact_to_company"}, {"id": first, "type": "contact_to_company_unlabeled"}],
    }
    assert call("POST", f"{path}/archive", {"inputs": inputs}) == (204, "")
    assert company_of(call, contact) is None


def test_labels_of_ones_own_work_like_the_standard_ones(trio):
    call, contact, first, _ = trio
    path = "/crm/v4/associations/contacts/companies/labels"
    assert call("GET", path)[1] == {"results": [WIRE_PRIMARY, WIRE_PLAIN]}
    status, body = call("POST", path, {"label": "Decision maker", "inverseLabel": "Decided by", "name": "decider"})
    assert (status, [each["label"] for each in body["results"]]) == (200, ["Decision maker", "Decided by"])
    number = body["results"][0]["typeId"]
    types = [{"associationCategory": "USER_DEFINED", "associationTypeId": number}]
    assert call("PUT", f"{V4}/{contact}/associations/companies/{first}", types)[1]["labels"] == [
        "Primary",
        "Decision maker",
    ]
    assert call("PUT", path, {"associationTypeId": number, "label": "Boss"})[0] == 204
    assert call("DELETE", f"{path}/1")[0] == 400
    assert call("DELETE", f"{path}/{number}")[0] == 204
    assert call.portal.associated("contacts", contact, "companies") == {first: (1, 279)}


def test_a_lead_lives_with_its_primary_contact(call):
    contact = call.create("contacts", email="a@x.io")
    assert call("POST", "/crm/v3/objects/leads", {"properties": {"hs_lead_name": "Jane"}})[0] == 400
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 578}]
    sent = {"properties": {"hs_lead_name": "Jane"}, "associations": [{"to": {"id": contact}, "types": types}]}
    status, lead = call("POST", "/crm/v3/objects/leads", sent)
    assert (status, lead["properties"]["hs_pipeline_stage_category"]) == (201, "NEW")
    call("DELETE", f"/crm/v3/objects/contacts/{contact}")
    assert call("GET", f"/crm/v3/objects/leads/{lead['id']}")[0] == 404
