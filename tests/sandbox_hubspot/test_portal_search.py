"""Search: operators, limits, order, paging, its own rate limit, and the index that lags behind."""

from __future__ import annotations

import pytest

PATH = "/crm/v3/objects/contacts/search"


def people(call) -> dict[str, str]:
    """name -> id"""
    known = {
        "ann": {"email": "ann@acme.com", "firstname": "Ann", "numemployees": "1-5", "lifecyclestage": "lead"},
        "bob": {"email": "bob@acme.com", "firstname": "Bob Lee", "hs_buying_role": "BLOCKER;CHAMPION"},
        "cy": {"email": "cy@other.org", "city": "Oslo", "associatedcompanyid": ""},
    }
    found = {}
    for name, values in known.items():
        found[name] = call.create("contacts", **values)
        call.clock.advance(1000)
    return found


def ask(call, *filters, **body):
    call.clock.advance(1000)
    sent = {"filterGroups": [{"filters": list(filters)}], "limit": 100} | body
    status, answer = call("POST", PATH, sent)
    assert status == 200, answer
    return answer


def rule(name: str, operator: str, value=None, **more) -> dict:
    return {"propertyName": name, "operator": operator} | ({} if value is None else {"value": value}) | more


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ([rule("email", "EQ", "ANN@acme.com")], "ann"),
        ([rule("firstname", "EQ", "bob lee")], "bob"),
        ([rule("email", "NEQ", "ann@acme.com")], "bob cy"),
        ([rule("email", "IN", values=["ann@acme.com", "cy@other.org"])], "ann cy"),
        ([rule("firstname", "IN", values=["Ann"])], ""),
        ([rule("email", "NOT_IN", values=["ann@acme.com"])], "bob cy"),
        ([rule("city", "HAS_PROPERTY")], "cy"),
        ([rule("city", "NOT_HAS_PROPERTY")], "ann bob"),
        ([rule("email", "CONTAINS_TOKEN", "*@acme.com")], "ann bob"),
        ([rule("email", "NOT_CONTAINS_TOKEN", "acme")], "cy"),
        ([rule("lifecyclestage", "EQ", "lead")], "ann"),
        ([rule("lifecyclestage", "EQ", "LEAD")], ""),
        ([rule("hs_buying_role", "IN", values=["CHAMPION"])], "bob"),
        ([rule("createdate", "GT", "1767225600000"), rule("createdate", "LT", "1767225602000")], "bob"),
        ([rule("lastmodifieddate", "GTE", "1767225601000")], "bob cy"),
        ([rule("lastmodifieddate", "BETWEEN", "1767225600000", highValue="1767225601000")], "ann bob"),
        ([rule("hs_object_id", "GT", "1001"), rule("hs_object_id", "LTE", 1002)], "bob"),
        ([rule("hs_object_id", "IN", values=["1001", "1003"])], "ann cy"),
    ],
)
def test_operators(call, filters, names):
    ids = people(call)
    assert [record["id"] for record in ask(call, *filters)["results"]] == [ids[name] for name in names.split()]
    found = ask(call, *filters, sorts=[{"propertyName": "hs_object_id", "direction": "DESCENDING"}])
    assert [record["id"] for record in found["results"]] == [ids[name] for name in names.split()][::-1]


def test_groups_are_alternatives_and_bare_filters_are_a_group(call):
    ids = people(call)
    body = {"filterGroups": [{"filters": [rule("firstname", "EQ", "ann")]}, {"filters": [rule("city", "EQ", "oslo")]}]}
    assert {record["id"] for record in call("POST", PATH, body)[1]["results"]} == {ids["ann"], ids["cy"]}
    bare = {"filters": [rule("city", "EQ", "oslo")], "after": 0, "sorts": ["-createdate"], "limit": 200}
    answer = call("POST", PATH, bare)[1]
    assert (answer["total"], answer["results"][0]["id"], "paging" in answer) == (1, ids["cy"], False)
    assert call("POST", PATH, {"query": "ACME"})[1]["total"] == 2
    company = call.create("companies", name="Acme")
    call.portal.associate("contacts", ids["cy"], "companies", company, "human:Ann")
    found = ask(call, rule("associations.company", "EQ", company))
    assert [record["id"] for record in found["results"]] == [ids["cy"]]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"filterGroups": [{"filters": [rule("city", "EQ", "a")]}] * 6}, "filter groups"),
        ({"filterGroups": [{"filters": [rule("city", "EQ", "a")] * 7}]}, "filters"),
        ({"filterGroups": [{"filters": [rule("city", "EQ", "a")] * 5}] * 4}, "filters"),
        ({"limit": 201}, "limit"),
        ({"after": "9801", "limit": 200}, "10000"),
        ({"after": "x"}, "after"),
        ({"query": "x" * 3001}, "3000"),
        ({"sorts": ["city", "email"]}, "sort"),
        ({"filters": [rule("nonsense", "EQ", "a")]}, "nonsense"),
        ({"filters": [rule("city", "LIKE", "a")]}, "LIKE"),
        ({"filters": [rule("createdate", "GT", "soon")]}, "soon"),
        ({"filters": [rule("city", "EQ")]}, "value"),
        ({"filterGroups": ["x"]}, "filterGroups"),
    ],
)
def test_too_much_and_nonsense_is_refused(call, body, says):
    status, answer = call("POST", PATH, body)
    assert (status, answer["category"]) == (400, "VALIDATION_ERROR")
    assert says in answer["message"]


def test_pages_go_by_offset_up_to_ten_thousand_and_the_total_tells_all(call):
    for number in range(10_050):
        call.portal.seed("contacts", {"email": f"p{number}@x.io"}, created_ms=number * 1000)
    seen, after = [], "0"
    while after:
        answer = ask(call, limit=200, after=after, sorts=["hs_object_id"])
        seen += [record["id"] for record in answer["results"]]
        after = answer.get("paging", {}).get("next", {}).get("after")
        if after == "10000":
            break
    assert (len(set(seen)), answer["total"]) == (10_000, 10_050)
    assert call("POST", PATH, {"limit": 200, "after": after})[0] == 400
    rest = ask(call, rule("hs_object_id", "GT", seen[-1]), sorts=["hs_object_id"])
    assert rest["total"] == 50


def test_five_searches_a_second_then_a_refusal_without_policy_or_headers(call):
    assert [call("POST", PATH, {})[0] for _ in range(6)] == [200] * 5 + [429]
    _, body = call("POST", PATH, {})
    body.pop("correlationId")
    assert body == {"status": "error", "message": "You have reached your secondly limit.", "category": "RATE_LIMITS"}
    assert not [name for name in call.answer.headers if "RateLimit" in name or name == "Retry-After"]
    call.clock.advance(1000)
    assert call("POST", PATH, {})[0] == 200


def test_the_index_shows_the_version_before_until_it_has_caught_up(portal_with):
    call = portal_with(index_lag_ms=(2_000, 2_000))
    record_id = call.create("contacts", email="a@x.io", city="Oslo")
    assert ask(call, rule("email", "EQ", "a@x.io"))["total"] == 0
    call.clock.advance(2_000)
    assert ask(call, rule("email", "EQ", "a@x.io"))["total"] == 1
    call("PATCH", f"/crm/v3/objects/contacts/{record_id}", {"properties": {"city": "Rome"}})
    stale = ask(call, rule("city", "EQ", "oslo"), properties=["city"])
    assert [record["properties"]["city"] for record in stale["results"]] == ["Oslo"]
    assert ask(call, rule("city", "EQ", "rome"))["total"] == 1
    call("DELETE", f"/crm/v3/objects/contacts/{record_id}")
    assert ask(call, rule("city", "EQ", "rome"))["total"] == 1
    call.clock.advance(2_000)
    assert ask(call, rule("city", "EQ", "rome"))["total"] == 0
