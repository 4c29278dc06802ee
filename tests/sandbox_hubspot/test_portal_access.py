"""Tokens, scopes, limits, and what is answered before any handler is reached."""

from __future__ import annotations

import pytest

LIST = "/crm/v3/objects/contacts"


def without_id(body: dict) -> dict:
    assert len(body.pop("correlationId")) == 36
    return body


@pytest.mark.parametrize(
    "authorization", ["", "Bearer ", "Bearer nonsense", "Basic abc", "Bearer na1-5a4db0c5-refresh"]
)
def test_unknown_tokens_are_not_authenticated(call, authorization):
    status, body = call("GET", LIST, authorization=authorization)
    assert (status, without_id(body)) == (
        401,
        {
            "status": "error",
            "message": "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can "
            "find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
            "category": "INVALID_AUTHENTICATION",
        },
    )


def test_a_malformed_token_does_not_pass_the_servers_in_front(call):
    status, body = call("GET", LIST, authorization="Bearer pat na1")
    assert status == 530
    assert body.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("path", ["/oauth/v1/token", "/oauth/v3/token", "/oauth/2026-03/token", "/oauth/2026-09/token"])
def test_access_tokens_are_bought_and_expire(call, path):
    settings = call.portal.settings
    client = {"client_id": settings.client_id, "client_secret": settings.client_secret}
    status, bought = call.form(path, grant_type="refresh_token", refresh_token=settings.refresh_token, **client)
    assert status == 200
    assert (bought["token_type"], bought["expires_in"], bought["hub_id"]) == ("bearer", 1800, 1234567)
    assert bought["refresh_token"] == settings.refresh_token
    call.token = bought["access_token"]
    assert call("GET", LIST)[0] == 200
    told = call("GET", f"/oauth/v1/access-tokens/{call.token}")[1]
    assert (told["token"], told["token_type"], told["app_id"], told["expires_in"]) == (
        call.token,
        "access",
        424242,
        1800,
    )
    introspected = call.form("/oauth/v3/token/introspect", token=call.token, **client)[1]
    assert (introspected["active"], introspected["hub_id"]) == (True, 1234567)
    call.clock.advance(1_875_000)
    status, body = call("GET", LIST)
    assert (status, without_id(body)) == (
        401,
        {
            "status": "error",
            "message": "The OAuth token used to make this call expired 75 second(s) ago.",
            "context": {"expire time": ["2026-01-01T00:30:00Z"]},
            "category": "EXPIRED_AUTHENTICATION",
        },
    )
    assert call.form("/oauth/v3/token/introspect", token=call.token, **client)[1] == {"active": False}
    assert call("GET", f"/oauth/v1/access-tokens/{call.token}")[0] == 404


def test_refusals_of_the_token_endpoint_have_both_shapes(call):
    settings = call.portal.settings
    good = {
        "grant_type": "refresh_token",
        "client_id": settings.client_id,
        "client_secret": settings.client_secret,
        "refresh_token": settings.refresh_token,
    }
    status, body = call.form("/oauth/v1/token", **(good | {"refresh_token": "na1-old"}))
    told = "refresh token is invalid, expired or revoked"
    assert (status, body) == (
        400,
        {"error": "invalid_grant", "error_description": told, "status": "BAD_REFRESH_TOKEN", "message": told},
    )
    cases = {
        "BAD_CLIENT_ID": good | {"client_secret": "wrong"},
        "BAD_AUTH_CODE": good | {"grant_type": "authorization_code", "code": "x"},
        "BAD_GRANT_TYPE": good | {"grant_type": "password"},
    }
    for expected, form in cases.items():
        assert call.form("/oauth/v1/token", **form)[1]["status"] == expected


def test_a_code_serves_once_and_a_rotated_refresh_token_is_dead(portal_with):
    call = portal_with(rotate_refresh_tokens=True)
    settings = call.portal.settings
    client = {"client_id": settings.client_id, "client_secret": settings.client_secret}
    code = call.portal.grant("engine:syncer", "code")
    form = client | {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "https%3A%2F%2F127.0.0.1%2Foauth-callback",
    }
    status, first = call.form("/oauth/v1/token", **form)
    assert status == 200
    assert call.form("/oauth/v1/token", **form)[1]["status"] == "BAD_AUTH_CODE"
    again = client | {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    status, second = call.form("/oauth/v1/token", **again)
    assert (status, second["refresh_token"] != first["refresh_token"]) == (200, True)
    assert call.form("/oauth/v1/token", **again)[1]["status"] == "BAD_REFRESH_TOKEN"
    assert call("DELETE", f"/oauth/v1/refresh-tokens/{second['refresh_token']}") == (204, "")
    gone = again | {"refresh_token": second["refresh_token"]}
    assert call.form("/oauth/v1/token", **gone)[1]["status"] == "BAD_REFRESH_TOKEN"


@pytest.mark.parametrize(
    ("method", "path", "scopes"),
    [
        ("GET", LIST, ["crm.objects.contacts.read"]),
        ("POST", LIST, ["crm.objects.contacts.write"]),
        ("POST", "/crm/v3/objects/companies/search", ["crm.objects.companies.read"]),
        ("GET", "/crm/v3/objects/calls", ["crm.objects.contacts.read"]),
        ("GET", "/crm/v3/owners/", ["crm.objects.owners.read"]),
        ("GET", "/crm/v3/properties/contacts", ["crm.schemas.contacts.read", "crm.objects.contacts.read"]),
        ("POST", "/crm/v3/lists/", ["crm.lists.write"]),
    ],
)
def test_a_missing_scope_is_named(call, method, path, scopes):
    call.portal.state.tokens.apps["engine:syncer"].scopes -= set(scopes)
    status, body = call(method, path, {})
    assert (status, without_id(body)) == (
        403,
        {
            "status": "error",
            "message": "This app hasn't been granted all required scopes to make this call. Read more about required "
            "scopes here: https://developers.hubspot.com/scopes.",
            "errors": [
                {
                    "message": "One or more of the following scopes are required.",
                    "context": {"requiredGranularScopes": scopes},
                }
            ],
            "links": {"scopes": "https://developers.hubspot.com/scopes"},
            "category": "MISSING_SCOPES",
        },
    )


def test_the_ten_second_window_rolls_and_headers_tell_of_it(portal_with):
    call = portal_with(burst_limit=3)
    left = []
    for _ in range(3):
        assert call("GET", LIST)[0] == 200
        left.append(call.answer.headers["X-HubSpot-RateLimit-Remaining"])
        call.clock.advance(1000)
    assert left == ["2", "1", "0"]
    status, body = call("GET", LIST)
    request_id = body.pop("requestId")
    assert (status, len(request_id), without_id(body)) == (
        429,
        36,
        {
            "status": "error",
            "message": "You have reached your ten_secondly_rolling limit.",
            "errorType": "RATE_LIMIT",
            "policyName": "TEN_SECONDLY_ROLLING",
        },
    )
    assert "Retry-After" not in call.answer.headers
    batch = {"inputs": [{"id": "1"}]}
    assert call("POST", "/crm/v4/associations/contacts/companies/batch/read", batch)[0] == 200  # outside the window
    call.clock.advance(7_000)
    assert call("GET", LIST)[0] == 200


def test_the_day_ends_at_midnight_of_the_account(portal_with):
    call = portal_with(daily_limit=2)
    assert [call("GET", LIST)[0] for _ in range(3)] == [200, 200, 429]
    body = call("GET", LIST)[1]
    assert (body["policyName"], body["message"]) == ("DAILY", "You have reached your daily limit.")
    call.clock.advance(5 * 3_600_000)  # 05:00 UTC is midnight in the east of the United States
    assert call("GET", LIST)[0] == 200
    assert call.answer.headers["X-HubSpot-RateLimit-Daily-Remaining"] == "1"
    usage = call("GET", "/account-info/v3/api-usage/daily/private-apps")[1]["results"][0]
    assert (usage["usageLimit"], usage["currentUsage"], usage["resetsAt"]) == (2, 2, "2026-01-02T05:00:00Z")


def test_oauth_tokens_have_another_window_and_no_day(call):
    call.token = call.portal.grant("engine:syncer", "access")
    call("GET", LIST)
    headers = call.answer.headers
    assert headers["X-HubSpot-RateLimit-Max"] == "110"
    assert not [name for name in headers if "Daily" in name]


def test_what_no_handler_sees(call):
    status, body = call("GET", "/crm/v3/nothing/here")
    assert (status, call.answer.headers["Content-Type"]) == (404, "text/html;charset=utf-8")
    assert body.startswith("<!DOCTYPE html>")
    assert call("GET", "/contacts/v1/lists")[0] == 404
    assert call("PUT", LIST, {})[0] == 405
    assert call("GET", f"{LIST}?properties={'x' * 17_000}")[0] == 414
    assert call("POST", LIST, b"{}", content_type="text/plain")[0] == 415
    for broken in (b"{", b"[]", b"", b'{"properties": 5}'):
        status, body = call("POST", LIST, broken)
        assert (status, body["category"]) == (400, "VALIDATION_ERROR")
        assert body["message"].startswith("Invalid input JSON")


def test_permissions_of_the_app_on_a_property_can_be_taken_away_and_given_back(call):
    record_id = call.create("contacts", email="a@x.io", city="Oslo")
    path = f"{LIST}/{record_id}?properties=city"
    call.portal.deny_field("contacts", "city", read=False, edit=False)
    assert "city" not in call("GET", path)[1]["properties"]
    assert call("GET", "/crm/v3/properties/contacts/city")[0] == 404
    status, body = call("PATCH", path, {"properties": {"city": "Rome"}})
    assert (status, body["errors"][0]["code"]) == (400, "READ_ONLY_VALUE")
    call.portal.update("contacts", record_id, {"city": "Bergen"}, "human:Ann")
    call.portal.deny_field("contacts", "city", read=True, edit=True)
    assert call("GET", path)[1]["properties"]["city"] == "Bergen"


def test_the_same_calls_give_the_same_bytes(portal_with):
    def run() -> list[bytes]:
        call, bodies = portal_with(seed=7, index_lag_ms=(200, 5_000)), []
        for number in range(30):
            call(
                "POST",
                "/crm/v3/objects/contacts/batch/create",
                {"inputs": [{"properties": {"email": f"p{number}@x.io"}}]},
            )
            bodies.append(call.answer.body)
            call("POST", "/crm/v3/objects/contacts/search", {})
            bodies.append(call.answer.body)
            call.clock.advance(300)
        return bodies

    assert run() == run()
