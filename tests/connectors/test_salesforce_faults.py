"""Every error shape of Salesforce, once: the class it becomes and what a person is told."""

from __future__ import annotations

import pytest
import responses

from connectors.base import (
    AccessError,
    AuthError,
    DataError,
    GoneError,
    IdentityConflictError,
    PreconditionError,
    ProtocolError,
    QuotaError,
    RemoteError,
    SchemaError,
    TransientError,
)
from connectors.salesforce.faults import classify, from_body, renewable
from connectors.salesforce.limits import usage_of_header, usage_of_limits

ORG = "https://acme.my.salesforce.com"
ROOT = f"{ORG}/services/data/v66.0"


def one(code: str, message: str = "text", **more: object) -> list[dict]:
    return [{"message": message, "errorCode": code, **more}]


MATCH = {
    "allowSave": True,
    "matchResults": [
        {"matchRecords": [{"record": {"attributes": {"type": "Contact"}, "Id": "003xx000004TmiQAAS"}}], "size": 1}
    ],
}

SHAPES = [
    (403, one("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), QuotaError, ()),
    (
        403,
        one("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
        TransientError,
        (),
    ),
    (503, one("SERVER_UNAVAILABLE", "Server unavailable"), TransientError, ()),
    (400, one("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access"), TransientError, ()),
    (400, one("QUERY_TIMEOUT"), TransientError, ()),
    (401, one("INVALID_SESSION_ID", "Session expired or invalid"), AuthError, ()),
    (403, one("API_DISABLED_FOR_ORG"), AuthError, ()),
    (404, one("ENTITY_IS_DELETED", "entity is deleted"), GoneError, ()),
    (404, one("NOT_FOUND", "The requested resource does not exist"), GoneError, ()),
    (
        404,
        one("NOT_FOUND", "Provided external ID field does not exist or is not accessible: Syncer_Key__c"),
        SchemaError,
        ("Syncer_Key__c",),
    ),
    (400, one("MALFORMED_ID", "Related To ID: id value of incorrect type: 00Q"), DataError, ()),
    (
        400,
        one("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName, Company]"),
        DataError,
        ("LastName", "Company"),
    ),
    (400, one("REQUIRED_FIELD_MISSING", fields=["LastName"]), DataError, ("LastName",)),
    (400, one("STRING_TOO_LONG", fields=["FirstName"]), DataError, ("FirstName",)),
    (400, one("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", fields=["Status"]), DataError, ("Status",)),
    (400, one("FIELD_CUSTOM_VALIDATION_EXCEPTION", "no weekends", fields=[]), DataError, ()),
    (
        400,
        one("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: Name. Please check the security"),
        AccessError,
        ("Name",),
    ),
    (400, one("INVALID_FIELD", "No such column 'Foo__c' on sobject of type Lead"), SchemaError, ("Foo__c",)),
    (
        400,
        one("INVALID_FIELD", "\nSELECT Id, Foo\n ^\nERROR at Row:1\nNo such column 'Foo' on entity 'Lead'."),
        SchemaError,
        ("Foo",),
    ),
    (400, one("INVALID_TYPE", "sObject type 'Foo' is not supported."), SchemaError, ()),
    (400, one("INVALID_EMAIL_ADDRESS", fields=["Email"]), DataError, ("Email",)),
    (400, one("CANNOT_UPDATE_CONVERTED_LEAD"), PreconditionError, ()),
    (400, one("INSUFFICIENT_ACCESS_OR_READONLY"), AccessError, ()),
    (403, one("INSUFFICIENT_ACCESS_OR_READONLY"), AccessError, ()),
    (400, one("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"), AccessError, ()),
    (400, one("INVALID_CROSS_REFERENCE_KEY"), DataError, ()),
    (400, one("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "trigger said no"), DataError, ()),
    (400, one("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "caused by: UNABLE_TO_LOCK_ROW"), TransientError, ()),
    (400, one("INACTIVE_OWNER_OR_USER"), DataError, ()),
    (400, one("ENTITY_IS_LOCKED"), DataError, ()),
    (400, one("STORAGE_LIMIT_EXCEEDED"), AccessError, ()),
    (403, one("TXN_SECURITY_METERING_ERROR"), AccessError, ()),
    (400, one("OPERATION_TOO_LARGE"), AccessError, ()),
    (500, one("UNKNOWN_EXCEPTION", "ErrorId: 12345-67890"), TransientError, ()),
    (400, one("JSON_PARSER_ERROR", "Cannot deserialize"), DataError, ()),
    (400, one("SOMETHING_OF_THIS_ORG"), DataError, ()),
    (403, one("SOMETHING_OF_THIS_ORG"), AccessError, ()),
    (412, None, PreconditionError, ()),
    (412, one("ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE_CHECK"), PreconditionError, ()),
    (400, {"exceptionCode": "InvalidJob", "exceptionMessage": "Unable to find job"}, DataError, ()),
    (400, {"exceptionCode": "FeatureNotEnabled", "exceptionMessage": "Async API not enabled"}, AccessError, ()),
    (400, {"error": "invalid_grant", "error_description": "user hasn't approved this consumer"}, AuthError, ()),
    (400, {"error": "invalid_client_id", "error_description": "client identifier invalid"}, AuthError, ()),
    (400, {"error": "unknown_error", "error_description": "Login Rate Exceeded"}, TransientError, ()),
]


@pytest.mark.parametrize(
    ("status", "body", "kind", "fields"),
    SHAPES,
    ids=[f"{status}-{number}" for number, (status, *_) in enumerate(SHAPES)],
)
def test_error_shapes(status: int, body: object, kind: type[RemoteError], fields: tuple[str, ...]) -> None:
    error = from_body(status, body)
    assert type(error) is kind
    assert error.fields == fields
    assert error.status == status
    if kind in (AuthError, AccessError, SchemaError, QuotaError):
        assert error.action
    if kind is QuotaError:
        assert error.retry_after_s


@pytest.mark.parametrize(
    ("body", "existing"),
    [
        (
            one("DUPLICATE_VALUE", "duplicate value found: X__c duplicates value on record with id: 00Qxx0000012abc"),
            "00Qxx0000012abcEAA",
        ),
        (one("DUPLICATES_DETECTED", "Use one of these records?", duplicateResut=MATCH), "003xx000004TmiQAAS"),
        (one("DUPLICATES_DETECTED", "Use one of these records?", duplicateResult=MATCH), "003xx000004TmiQAAS"),
        (one("DUPLICATES_DETECTED", "Use one of these records?"), None),
    ],
)
def test_identity_conflicts_name_the_record_that_is_there(body: list, existing: str | None) -> None:
    error = from_body(400, body)
    assert type(error) is IdentityConflictError
    assert error.existing_id == existing


def test_300_lists_the_candidates() -> None:
    paths = [f"/services/data/v66.0/sobjects/Lead/00Qxx0000012ab{letter}EAA" for letter in "cd"]
    error = from_body(300, paths)
    assert type(error) is IdentityConflictError
    assert "00Qxx0000012abcEAA, 00Qxx0000012abdEAA" in error.message
    assert error.existing_id == "00Qxx0000012abcEAA"


def test_all_errors_of_an_array_are_told_and_their_fields_joined() -> None:
    entries = one("REQUIRED_FIELD_MISSING", "first", fields=["LastName"]) + one(
        "STRING_TOO_LONG", "second", fields=["City"]
    )
    error = classify(entries, 400)
    assert error.message == "REQUIRED_FIELD_MISSING: first; STRING_TOO_LONG: second"
    assert error.fields == ("LastName", "City")


@pytest.mark.parametrize("body", ["text", None, 7, [], {}, ["text"], [{}], {"message": "no code"}])
def test_unknown_shapes_are_left_to_the_status(body: object) -> None:
    assert from_body(400, body) is None


@pytest.mark.parametrize(
    ("text", "helps"),
    [
        ("Session expired or invalid", True),
        ("This session is not valid for use with the REST API", False),
        ("Connected app is not attached to Agent", False),
        ("<html>", True),
    ],
)
def test_which_401_a_fresh_token_cures(text: str, helps: bool) -> None:
    assert renewable(text.encode()) is helps


@pytest.mark.parametrize(
    ("header", "figures"),
    [
        ("api-usage=18/5000", {"sf.day": (18, 5000)}),
        (
            "api-usage=25/5000; per-app-api-usage=17/250(appName=sample-connected-app)",
            {"sf.day": (25, 5000), "sf.app:sample-connected-app": (17, 250)},
        ),
        ("api-usage=110018/100000; api-bursts=1/750", {"sf.day": (110018, 100000), "sf.burst": (1, 750)}),
        ("something else", {}),
    ],
)
def test_limit_headers_of_every_form(header: str, figures: dict[str, tuple[int, int]]) -> None:
    assert {usage.name: (usage.used, usage.limit) for usage in usage_of_header(header)} == figures


def test_the_limits_resource() -> None:
    told = {"DailyApiRequests": {"Max": 15000, "Remaining": 14998}, "DataStorageMB": {"Max": 5, "Remaining": 4}}
    assert [(usage.name, usage.used, usage.limit) for usage in usage_of_limits(told)] == [("sf.day", 2, 15000)]


def test_the_share_is_read_from_error_answers_too(make_remote, wire) -> None:
    remote = make_remote(api_share=0.5)
    wire.add(
        responses.GET,
        f"{ROOT}/query",
        status=400,
        json=one("INVALID_TYPE"),
        headers={"Sforce-Limit-Info": "api-usage=60/100"},
    )
    with pytest.raises(SchemaError):
        remote.owners()
    with pytest.raises(QuotaError) as caught:
        remote.owners()
    assert caught.value.retry_after_s == 1800
    assert len(wire.calls) == 1
    assert remote.usage()[0].used == 60


def test_a_spent_day_is_told_with_a_time_to_resume(remote, wire) -> None:
    wire.add(
        responses.GET, f"{ROOT}/query", status=403, json=one("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    )
    with pytest.raises(QuotaError) as caught:
        remote.owners()
    assert caught.value.retry_after_s > 0
    assert len(wire.calls) == 1


def test_an_answer_of_no_known_shape_stops_the_pair(remote, wire) -> None:
    wire.add(responses.GET, f"{ROOT}/query", json={"rows": []})
    with pytest.raises(ProtocolError):
        remote.owners()
