"""Every refusal of HubSpot and its CDN becomes one error class with something a person can do about it."""

from __future__ import annotations

import json

import pytest
import responses

from connectors.base import (
    AccessError,
    AuthError,
    DataError,
    GoneError,
    IdentityConflictError,
    Op,
    OutcomeState,
    ProtocolError,
    QuotaError,
    RemoteError,
    SchemaError,
    TransientError,
    UnknownOutcomeError,
    Write,
)
from connectors.hubspot import OAuth
from connectors.hubspot.errors import RULES, rule_for

API = "https://api.hubapi.com"
UPDATE = f"{API}/crm/v3/objects/contacts/batch/update"
HTML = "<html><head><title>502</title></head><body>Bad gateway</body></html>"


def body(message: str, category: str = "", **more: object) -> dict[str, object]:
    return {"status": "error", "message": message, "correlationId": "c-1", "category": category, **more}


def invalid(*problems: tuple[str, str, str]) -> dict[str, object]:
    """A validation error as the wire has it: the details twice, once as JSON inside the message."""
    inside = [{"isValid": False, "message": text, "error": code, "name": name} for name, code, text in problems]
    return body(
        f"Property values were not valid: {json.dumps(inside)}",
        "VALIDATION_ERROR",
        errors=[{"message": text, "code": code, "context": {"propertyName": [name]}} for name, code, text in problems],
    )


SCOPES = [
    {
        "message": "One or more of the following scopes are required.",
        "context": {"requiredGranularScopes": ["crm.objects.contacts.write", "crm.objects.contacts.sensitive.write"]},
    }
]
LIMIT = {"errorType": "RATE_LIMIT"}

# (name, status, headers, body, class for a read, class for a write or None for the same, facts)
CASES = [
    ("no credentials", 401, {}, body("Authentication credentials not found.", "INVALID_AUTHENTICATION"), AuthError,
     None, {"code": "INVALID_AUTHENTICATION"}),
    ("expired token", 401, {}, body("The OAuth token used to make this call expired 75 second(s) ago.",
     "EXPIRED_AUTHENTICATION", context={"expire time": ["2026-01-05T07:00:00Z"]}), AuthError, None,
     {"code": "EXPIRED_AUTHENTICATION", "says": "Rotate"}),
    ("html 401", 401, {}, HTML, AuthError, None, {}),
    ("malformed token", 530, {}, HTML, AuthError, None, {"says": "malformed"}),
    ("missing scopes", 403, {}, body("This app hasn't been granted all required scopes.", "MISSING_SCOPES",
     errors=SCOPES), AccessError, None, {"says": "crm.objects.contacts.write, crm.objects.contacts.sensitive.write"}),
    ("missing scopes, other spelling", 403, {}, body("no", "MISSING_SCOPES",
     errors=[{"message": "no", "context": {"requiredScopes": ["contacts"]}}]), AccessError, None, {"says": "contacts"}),
    ("missing scopes, no list", 403, {}, body("no", "MISSING_SCOPES"), AccessError, None,
     {"says": "HubSpot's message"}),
    ("forbidden", 403, {}, body("You do not have permission"), AccessError, None, {"says": "super admin"}),
    ("gone", 404, {}, body("resource not found"), GoneError, None, {}),
    ("not an id", 404, {}, body("Object not found.  objectId are usually numeric.", "OBJECT_NOT_FOUND",
     context={"id": ["abc"]}), GoneError, None, {"code": "OBJECT_NOT_FOUND"}),
    ("unknown route", 404, {}, HTML, ProtocolError, None, {"says": "base_url"}),
    ("unknown object type", 400, {}, body("Unable to infer object type from: foo", "VALIDATION_ERROR"), SchemaError,
     None, {}),
    ("unknown property", 400, {}, invalid(("x", "PROPERTY_DOESNT_EXIST", 'Property "x" does not exist')), SchemaError,
     None, {"fields": ("x",), "code": "PROPERTY_DOESNT_EXIST", "says": "x"}),
    ("read-only property", 400, {}, invalid(("hs_email_domain", "READ_ONLY_VALUE", "is a read only property")),
     SchemaError, None, {"fields": ("hs_email_domain",)}),
    ("not an option", 400, {}, invalid(("industry", "INVALID_OPTION", "X was not one of the allowed options: [..]")),
     DataError, None, {"fields": ("industry",), "code": "INVALID_OPTION", "says": "industry"}),
    ("two faults, both told", 400, {}, invalid(("email", "INVALID_EMAIL", "Email address 000 is invalid"),
     ("closed", "INVALID_LONG", "asd000 was not a valid long.")), DataError, None,
     {"fields": ("email", "closed"), "message": "asd000 was not a valid long."}),
    ("fault and unknown property", 400, {}, invalid(("x", "PROPERTY_DOESNT_EXIST", "no such"),
     ("email", "INVALID_EMAIL", "invalid")), DataError, None, {"fields": ("x", "email")}),
    ("refused without fields", 400, {}, body("Property values were not valid", "VALIDATION_ERROR"), DataError,
     None, {}),
    ("required, not set", 400, {}, body("Error creating CONTACT. Some required properties were not set.",
     "VALIDATION_ERROR", context={"properties": ["email", "lastname"]}), DataError, None,
     {"fields": ("email", "lastname")}),
    ("duplicate ids", 400, {}, body("Duplicate IDs found in batch input: [7]. IDs must be unique", "VALIDATION_ERROR",
     context={"ids": ["7"]}), DataError, None, {}),
    ("key is not unique", 400, {}, body("Unable to perform update/upsert by non-unique 0-1 property nick",
     "VALIDATION_ERROR"), SchemaError, None, {"says": "setup"}),
    ("our fault", 400, {}, body("Invalid input JSON"), ProtocolError, None, {}),
    ("exists", 409, {}, body("Contact already exists. Existing ID: 3401", "CONFLICT"), IdentityConflictError, None,
     {"existing_id": "3401", "code": "CONFLICT"}),
    ("unique value taken", 400, {}, body("Cannot set PropertyValueCoordinates{portalId=1, propertyName=syncer_key, "
     "value=ab} on 12. 17 already has that value.", "VALIDATION_ERROR"), IdentityConflictError, None,
     {"existing_id": "17", "fields": ("syncer_key",)}),
    ("uri too long", 414, {}, HTML, ProtocolError, None, {"says": "fewer"}),
    ("locked", 423, {}, body("locked"), TransientError, None, {"after_s": 2.0}),
    ("ten seconds", 429, {}, body("You have reached your ten_secondly_rolling limit.",
     policyName="TEN_SECONDLY_ROLLING", **LIMIT), TransientError, None,
     {"after_s": 10.0, "code": "TEN_SECONDLY_ROLLING"}),
    ("search's second", 429, {}, body("You have reached your secondly limit.", "RATE_LIMITS"), TransientError, None,
     {"after_s": 1.0}),
    ("with Retry-After", 429, {"Retry-After": "7"}, body("slow", policyName="SECONDLY"), TransientError, None,
     {"after_s": 7.0}),
    ("garbage in Retry-After", 429, {"Retry-After": "soon"}, body("slow", policyName="SECONDLY"), TransientError, None,
     {"after_s": 1.0}),
    ("html 429", 429, {}, HTML, TransientError, None, {}),
    ("day", 429, {}, body("You have reached your daily limit.", policyName="DAILY", **LIMIT), QuotaError, None,
     {"code": "DAILY"}),
    ("moving", 477, {"Retry-After": "86400"}, body("migration"), TransientError, None, {"after_s": 86400.0}),
    ("500", 500, {}, body("internal error"), TransientError, UnknownOutcomeError, {}),
    ("502 html", 502, {}, HTML, TransientError, UnknownOutcomeError, {"message": "Bad gateway"}),
    ("503", 503, {}, HTML, TransientError, None, {}),
    ("504", 504, {}, "", TransientError, UnknownOutcomeError, {}),
    ("521", 521, {}, HTML, TransientError, None, {}),
    ("523", 523, {}, HTML, TransientError, None, {}),
    ("524", 524, {}, HTML, TransientError, UnknownOutcomeError, {"says": "Nothing to do"}),
    ("525", 525, {}, HTML, TransientError, None, {}),
    ("200 html", 200, {}, HTML, TransientError, UnknownOutcomeError, {}),
    ("200 cut", 200, {}, '{"results":[{"id":"1","prop', TransientError, UnknownOutcomeError, {}),
]  # fmt: skip


def answer_with(mock: responses.RequestsMock, method: str, url: str, status: int, headers: dict, value: object) -> None:
    if isinstance(value, str):
        mock.add(method, url, body=value, status=status, headers=headers, content_type="text/html")
    else:
        mock.add(method, url, json=value, status=status, headers=headers)


@pytest.mark.parametrize(
    ("name", "status", "headers", "value", "read", "write", "facts"), CASES, ids=[c[0] for c in CASES]
)
def test_each_refusal_is_one_class_with_an_action(remote, name, status, headers, value, read, write, facts):
    with responses.RequestsMock() as mock:
        answer_with(mock, "POST", f"{API}/crm/v3/objects/contacts/batch/read", status, headers, value)
        with pytest.raises(RemoteError) as caught:
            remote.read("contacts", ["1"], ["email"])
    error = caught.value
    assert type(error) is read
    assert error.side == "right"
    if status != 200:
        assert error.status == status
        assert error.action
    for fact, expected in facts.items():
        if fact == "says":
            assert expected in error.action
        elif fact == "after_s":
            assert error.retry_after_s == expected
        elif fact == "message":
            assert expected in error.message
        else:
            assert getattr(error, fact) == expected
    assert "pat-na1" not in str(error)

    with responses.RequestsMock() as mock:
        answer_with(mock, "POST", UPDATE, status, headers, value)
        outcomes = remote.write([Write("w1", Op.UPDATE, "contacts", {"email": "a@example.com"}, id="1")])
    assert type(outcomes[0].error) is (write or read)
    unknown = write is UnknownOutcomeError
    assert outcomes[0].state is (OutcomeState.UNKNOWN if unknown else OutcomeState.REJECTED)


def test_every_rule_of_the_table_is_reached_by_a_case():
    from connectors.hubspot.errors import _parsed  # the table is the subject here

    reached = set()
    for _, status, _, value, *_ in CASES:
        if status != 200:
            error = _parsed(status, value) if isinstance(value, dict) else None
            reached.add(rule_for(error).name if error else "")
    tokens = {"refresh token gone", "portal gone", "log-in refused"}  # tested with the log-in
    html_only = {"token malformed", "address unknown", "too long", "cannot be reached", "no answer"}
    assert {rule.name for rule in RULES} - tokens - html_only <= reached


TOKEN_ERRORS = [
    ("BAD_REFRESH_TOKEN", "invalid_grant", "Install the app"),
    ("BAD_CLIENT_ID", "invalid_client", "client_id"),
    ("BAD_HUB", "invalid_request", "deleted"),
]


@pytest.mark.parametrize(("status_word", "error_word", "says"), TOKEN_ERRORS)
def test_a_refused_login_is_told_with_its_action_and_never_repeated(make_remote, status_word, error_word, says):
    remote = make_remote(OAuth("client", "hush-secret", "na1-refresh"), attempts=5)
    with responses.RequestsMock() as mock:
        mock.add(
            "POST",
            f"{API}/oauth/v1/token",
            json={"error": error_word, "error_description": "no", "status": status_word, "message": "no"},
            status=400,
        )
        with pytest.raises(AuthError) as caught:
            remote.identity()
        assert len(mock.calls) == 1
    assert caught.value.code == status_word
    assert says in caught.value.action
    assert "hush-secret" not in repr(caught.value) + caught.value.action
