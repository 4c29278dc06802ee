"""Writing: what leaves for each kind of write, and the outcome of every item whatever comes back."""

from __future__ import annotations

import itertools
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
import requests
import responses

from connectors.base import (
    AuthError,
    DataError,
    GoneError,
    IdentityConflictError,
    Op,
    OutcomeState,
    PreconditionError,
    ProtocolError,
    QuotaError,
    SchemaError,
    TransientError,
    UnknownOutcomeError,
    Write,
)
from connectors.salesforce.ids import to18

ORG = "https://acme.my.salesforce.com"
ROOT = f"{ORG}/services/data/v66.0"
COLLECTIONS = f"{ROOT}/composite/sobjects"
UPSERTS = f"{COLLECTIONS}/Lead/Syncer_Key__c"
COMPOSITE = f"{ROOT}/composite"
READ_MS = 1_767_599_999_400  # 07:59:59.400
APPLIED, REJECTED, UNKNOWN = OutcomeState.APPLIED, OutcomeState.REJECTED, OutcomeState.UNKNOWN
PRECONDITION = OutcomeState.PRECONDITION


def id_of(number: int, prefix: str = "00Q") -> str:
    return to18(f"{prefix}xx00000{number:05d}")


def create(number: int, **values: object) -> Write:
    values = {"LastName": f"N{number}"} | values
    return Write(f"c{number}", Op.CREATE, "Lead", values, key_field="Syncer_Key__c", key=f"k{number}")


def update(number: int, **values: object) -> Write:
    return Write(f"u{number}", Op.UPDATE, "Lead", values or {"Title": f"T{number}"}, id=id_of(number))


def guarded(number: int) -> Write:
    return Write(f"g{number}", Op.UPDATE, "Lead", {"Title": "CTO"}, id=id_of(number), unmodified_since_ms=READ_MS)


def archive(number: int) -> Write:
    return Write(f"a{number}", Op.ARCHIVE, "Lead", {}, id=id_of(number))


def sent(call: responses.Call) -> dict:
    return orjson.loads(call.request.body)


def good(number: int, **more: object) -> dict:
    return {"id": id_of(number), "success": True, "errors": []} | more


def bad(code: str, message: str = "no", fields: tuple[str, ...] = ()) -> dict:
    return {"success": False, "errors": [{"statusCode": code, "message": message, "fields": list(fields)}]}


def refusal(code: str, message: str = "no", fields: tuple[str, ...] = ()) -> list[dict]:
    return [{"errorCode": code, "message": message, "fields": list(fields)}]


def test_creates_are_upserts_on_our_key_without_blanks_and_without_assignment_rules(remote, wire) -> None:
    wire.add(responses.PATCH, UPSERTS, json=[good(1, created=True), good(2, created=False)])
    outcomes = remote.write([create(1, Email=None, Rating=3), create(2)])
    assert sent(wire.calls[0]) == {
        "allOrNone": False,
        "records": [
            {"attributes": {"type": "Lead"}, "LastName": "N1", "Rating": 3, "Syncer_Key__c": "k1"},
            {"attributes": {"type": "Lead"}, "LastName": "N2", "Syncer_Key__c": "k2"},
        ],
    }
    assert wire.calls[0].request.headers["Sforce-Auto-Assign"] == "FALSE"
    assert [(item.write_id, item.state, item.id, item.created, item.guarded) for item in outcomes] == [
        ("c1", APPLIED, id_of(1), True, False),
        ("c2", APPLIED, id_of(2), False, False),
    ]


def test_updates_clear_by_null_and_archives_go_by_id_in_the_address(remote, wire) -> None:
    wire.add(responses.PATCH, COLLECTIONS, json=[good(1)])
    wire.add(responses.DELETE, COLLECTIONS, json=[good(2), bad("ENTITY_IS_DELETED")])
    outcomes = remote.write([archive(2), update(1, Title=None, Score__c=2.5), archive(3)])
    assert sent(wire.calls[0])["records"] == [
        {"attributes": {"type": "Lead"}, "id": id_of(1), "Title": None, "Score__c": 2.5}
    ]
    query = parse_qs(urlsplit(wire.calls[1].request.url).query)
    assert query == {"ids": [f"{id_of(2)},{id_of(3)}"], "allOrNone": ["false"]}
    assert [(item.write_id, item.state, item.id) for item in outcomes] == [
        ("a2", APPLIED, id_of(2)),
        ("u1", APPLIED, id_of(1)),
        ("a3", REJECTED, id_of(3)),
    ]
    assert isinstance(outcomes[2].error, GoneError)


def test_guarded_updates_carry_the_guard_in_each_part(remote, wire) -> None:
    parts = [
        {"referenceId": "w2", "httpStatusCode": 404, "httpHeaders": {}, "body": refusal("ENTITY_IS_DELETED")},
        {"referenceId": "w1", "httpStatusCode": 412, "httpHeaders": {}, "body": None},
        {"referenceId": "w0", "httpStatusCode": 204, "httpHeaders": {}, "body": None},
        {"referenceId": "w3", "httpStatusCode": 500, "httpHeaders": {}, "body": refusal("UNKNOWN_EXCEPTION")},
        {
            "referenceId": "w4",
            "httpStatusCode": 400,
            "httpHeaders": {},
            "body": refusal("CANNOT_UPDATE_CONVERTED_LEAD"),
        },
    ]
    wire.add(responses.POST, COMPOSITE, json={"compositeResponse": parts})
    outcomes = remote.write([guarded(number) for number in range(5)])
    body = sent(wire.calls[0])
    assert (body["allOrNone"], body["collateSubrequests"]) == (False, False)
    assert body["compositeRequest"][0] == {
        "method": "PATCH",
        "url": f"/services/data/v66.0/sobjects/Lead/{id_of(0)}",
        "referenceId": "w0",
        "httpHeaders": {"If-Unmodified-Since": "Mon, 05 Jan 2026 07:59:59 GMT", "Sforce-Auto-Assign": "FALSE"},
        "body": {"Title": "CTO"},
    }
    assert [item.state for item in outcomes] == [APPLIED, PRECONDITION, REJECTED, UNKNOWN, PRECONDITION]
    assert [item.id for item in outcomes] == [id_of(number) for number in range(5)]
    assert all(item.guarded for item in outcomes)
    kinds = [PreconditionError, GoneError, UnknownOutcomeError, PreconditionError]
    assert [type(item.error) for item in outcomes[1:]] == kinds


@pytest.mark.parametrize(
    ("writes", "calls"),
    [
        ([create(number) for number in range(401)], [200, 200, 1]),
        ([update(number) for number in range(201)], [200, 1]),
        ([guarded(number) for number in range(51)], [25, 25, 1]),
        ([archive(number) for number in range(201)], [200, 1]),
        ([update(1), update(1)], [1, 1]),  # a record twice would have no order within a call
        ([create(1), Write("c", Op.CREATE, "Lead", {}, key_field="Syncer_Key__c", key="K1")], [1, 1]),
        ([], []),
    ],
    ids=["creates", "updates", "guarded", "archives", "one record twice", "one key twice", "nothing"],
)
def test_calls_are_as_large_as_the_api_takes(remote, wire, writes: list[Write], calls: list[int]) -> None:
    sizes: list[int] = []

    def answer(request: requests.PreparedRequest) -> tuple[int, dict, bytes]:
        if request.method == "DELETE":
            items = parse_qs(urlsplit(request.url).query)["ids"][0].split(",")
        else:
            body = orjson.loads(request.body)
            items = body.get("records") or body["compositeRequest"]
        sizes.append(len(items))
        if request.method == "POST":
            parts = [{"referenceId": item["referenceId"], "httpStatusCode": 204, "body": None} for item in items]
            return 200, {}, orjson.dumps({"compositeResponse": parts})
        return 200, {}, orjson.dumps([good(number) for number in range(len(items))])

    for method, url in (("PATCH", UPSERTS), ("PATCH", COLLECTIONS), ("DELETE", COLLECTIONS), ("POST", COMPOSITE)):
        wire.add_callback(method, url, answer)
    outcomes = remote.write(writes)
    assert sizes == calls
    assert [item.write_id for item in outcomes] == [write.write_id for write in writes]
    assert all(item.state is APPLIED for item in outcomes)


ITEMS = [
    ("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", DataError, ("LastName",)),
    ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "bad value", DataError, ("Status",)),
    ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Budget first", DataError, ()),
    (
        "DUPLICATE_VALUE",
        f"duplicate value found: K__c duplicates value on record with id: {id_of(9)}",
        IdentityConflictError,
        ("K__c",),
    ),
    ("INVALID_FIELD", "No such column 'Gone__c' on sobject of type Lead", SchemaError, ("Gone__c",)),
    ("SOMETHING_NEW", "never heard of", DataError, ()),
]


@pytest.mark.parametrize(("code", "message", "kind", "fields"), ITEMS, ids=[item[0] for item in ITEMS])
def test_one_refused_item_leaves_the_others_applied(remote, wire, code, message, kind, fields) -> None:
    named = () if code in ("REQUIRED_FIELD_MISSING", "DUPLICATE_VALUE", "INVALID_FIELD") else fields
    wire.add(responses.PATCH, COLLECTIONS, json=[good(1), bad(code, message, named), good(3)])
    outcomes = remote.write([update(1), update(2), update(3)])
    assert [item.state for item in outcomes] == [APPLIED, REJECTED, APPLIED]
    error = outcomes[1].error
    assert type(error) is kind
    assert (error.code, error.fields, error.side) == (code, fields, "left")
    assert error.action
    assert len(wire.calls) == 1
    if code == "DUPLICATE_VALUE":
        assert error.existing_id == id_of(9)


def test_a_duplicate_rule_is_asked_once_more_for_the_record_it_found(remote, wire) -> None:
    match = {"matchResults": [{"matchRecords": [{"record": {"Id": id_of(7, "003")}}]}]}
    wire.add(responses.PATCH, UPSERTS, json=[good(1, created=True), bad("DUPLICATES_DETECTED", "Use one of these?")])
    detail = [{"errorCode": "DUPLICATES_DETECTED", "message": "Use one of these?", "duplicateResut": match}]
    part = {"referenceId": "m1", "httpStatusCode": 400, "body": detail}
    wire.add(responses.POST, COMPOSITE, json={"compositeResponse": [part]})
    write = Write("x", Op.CREATE, "Lead", {"LastName": "R"}, key_field="Syncer_Key__c", key="a/b ü")
    outcomes = remote.write([create(1), write])
    request = sent(wire.calls[1])["compositeRequest"][0]
    assert request["url"] == "/services/data/v66.0/sobjects/Lead/Syncer_Key__c/a%2Fb%20%C3%BC"
    assert request["body"] == {"LastName": "R"}
    assert "includeRecordDetails=true" in request["httpHeaders"]["Sforce-Duplicate-Rule-Header"]
    assert "allowSave=false" in request["httpHeaders"]["Sforce-Duplicate-Rule-Header"]
    assert [item.state for item in outcomes] == [APPLIED, REJECTED]
    assert isinstance(outcomes[1].error, IdentityConflictError)
    assert outcomes[1].error.existing_id == id_of(7, "003")


LOST = [
    ("reset", {"body": requests.ConnectionError("reset")}),
    ("time-out", {"body": requests.ReadTimeout("slow")}),
    ("half a body", {"body": requests.exceptions.ChunkedEncodingError("cut")}),
    ("500", {"status": 500, "json": refusal("UNKNOWN_EXCEPTION")}),
    ("502 page", {"status": 502, "body": "<html>Bad gateway</html>"}),
    ("200 page", {"status": 200, "body": "<html>Maintenance</html>"}),
    ("too few items", {"status": 200, "json": [good(1)]}),
    ("no list", {"status": 200, "json": {"odd": True}}),
]


@pytest.mark.parametrize("answer", [case[1] for case in LOST], ids=[case[0] for case in LOST])
def test_a_lost_answer_is_unknown_for_the_items_of_its_call_alone_and_never_repeated(make_remote, wire, answer) -> None:
    remote = make_remote(attempts=5)
    wire.add(responses.PATCH, UPSERTS, **answer)
    wire.add(responses.PATCH, COLLECTIONS, json=[good(3)])
    outcomes = remote.write([create(1), create(2), update(3)])
    assert [item.state for item in outcomes] == [UNKNOWN, UNKNOWN, APPLIED]
    assert all(isinstance(item.error, UnknownOutcomeError) and item.error.action for item in outcomes[:2])
    assert len(wire.calls) == 2


@pytest.mark.parametrize("result", [None, {}, {"success": True, "id": "no id at all"}])
def test_an_item_that_cannot_be_read_is_unknown_alone(remote, wire, result) -> None:
    wire.add(responses.PATCH, COLLECTIONS, json=[good(1), result])
    outcomes = remote.write([update(1), update(2)])
    assert [item.state for item in outcomes] == [APPLIED, UNKNOWN]
    assert len(wire.calls) == 1


def test_a_503_was_not_done_and_is_tried_again(make_remote, wire, clock) -> None:
    remote = make_remote(attempts=3)
    wire.add(responses.PATCH, COLLECTIONS, status=503, body="<html>busy</html>", headers={"Retry-After": "7"})
    wire.add(responses.PATCH, COLLECTIONS, json=[good(1)])
    assert [item.state for item in remote.write([update(1)])] == [APPLIED]
    assert clock.slept_s == [7.0]


def test_a_refusal_of_the_whole_call_is_narrowed_down_to_the_item_at_fault(remote, wire) -> None:
    def answer(request: requests.PreparedRequest) -> tuple[int, dict, bytes]:
        records = orjson.loads(request.body)["records"]
        if any(record.get("Flag__c") == "maybe" for record in records):
            return 400, {}, orjson.dumps(refusal("JSON_PARSER_ERROR", "Cannot deserialize"))
        return 200, {}, orjson.dumps([{"id": record["id"], "success": True, "errors": []} for record in records])

    wire.add_callback("PATCH", COLLECTIONS, answer)
    writes = [update(number) for number in range(64)]
    writes[37] = update(37, Flag__c="maybe")
    outcomes = remote.write(writes)
    assert [place for place, item in enumerate(outcomes) if item.state is not APPLIED] == [37]
    assert outcomes[37].error.code == "JSON_PARSER_ERROR"
    assert [item.id for item in outcomes] == [write.id for write in writes]
    assert len(wire.calls) <= 2 * 6 + 1


@pytest.mark.parametrize(
    ("status", "body", "kind", "calls"),
    [
        (400, refusal("INVALID_FIELD", "No such column 'Title' on sobject of type Lead"), SchemaError, 2),
        (
            404,
            refusal("NOT_FOUND", "Provided external ID field does not exist or is not accessible: Syncer_Key__c"),
            SchemaError,
            1,
        ),
        (404, refusal("NOT_FOUND", "The requested resource does not exist"), SchemaError, 1),
        (400, refusal("INVALID_TYPE", "sObject type 'Lead' is not supported."), SchemaError, 1),
    ],
    ids=["a field of one item", "the key of all", "the address", "the object"],
)
def test_a_refusal_that_names_its_cause_costs_no_search(remote, wire, status, body, kind, calls) -> None:
    wire.add(responses.PATCH, UPSERTS, status=status, json=body)
    wire.add(responses.PATCH, UPSERTS, json=[good(number, created=True) for number in (1, 3)])
    outcomes = remote.write([create(1), create(2, Title="x"), create(3)])
    assert len(wire.calls) == calls
    at_fault = [outcomes[1]] if calls == 2 else outcomes
    assert all(item.state is REJECTED and type(item.error) is kind and item.error.action for item in at_fault)
    assert sum(item.state is APPLIED for item in outcomes) == (2 if calls == 2 else 0)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (403, refusal("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), QuotaError),
        (401, refusal("INVALID_SESSION_ID", "Session expired or invalid"), AuthError),
    ],
)
def test_when_log_in_or_allowance_give_out_nothing_more_is_sent(remote, wire, status, body, kind) -> None:
    wire.add(responses.PATCH, UPSERTS, json=[good(number, created=True) for number in range(200)])
    wire.add(responses.PATCH, UPSERTS, status=status, json=body)
    outcomes = remote.write([*(create(number) for number in range(450)), update(1), guarded(2), archive(3)])
    assert [item.state for item in outcomes] == [APPLIED] * 200 + [REJECTED] * 253
    assert all(type(item.error) is kind for item in outcomes[200:])
    assert len(wire.calls) == 2


@pytest.mark.parametrize(("status", "calls"), [(302, 1), (405, 1), (410, 1), (413, 7)])
def test_only_a_refusal_that_fewer_items_may_not_meet_is_narrowed_down(remote, wire, status: int, calls: int) -> None:
    wire.add(responses.PATCH, COLLECTIONS, status=status, body="<html>no</html>")
    outcomes = remote.write([update(number) for number in range(4)])
    assert all(item.state is REJECTED and isinstance(item.error, ProtocolError) for item in outcomes)
    assert len(wire.calls) == calls


def test_only_the_items_that_met_a_row_lock_are_sent_again(remote, wire, clock) -> None:
    wire.add(responses.PATCH, COLLECTIONS, json=[good(1), bad("UNABLE_TO_LOCK_ROW"), good(3)])
    wire.add(responses.PATCH, COLLECTIONS, json=[good(2)])
    outcomes = remote.write([update(1), update(2), update(3)])
    assert [(item.state, item.id) for item in outcomes] == [(APPLIED, id_of(number)) for number in (1, 2, 3)]
    assert [record["id"] for record in sent(wire.calls[1])["records"]] == [id_of(2)]
    assert len(clock.slept_s) == 1


def test_a_row_that_stays_locked_is_given_back_as_transient(remote, wire) -> None:
    wire.add(responses.PATCH, COLLECTIONS, json=[bad("UNABLE_TO_LOCK_ROW")])
    (outcome,) = remote.write([update(1)])
    assert outcome.state is REJECTED
    assert isinstance(outcome.error, TransientError)
    assert len(wire.calls) == 4


UNSENDABLE = [
    (update(1, Amount__c=float("nan")), DataError),
    (update(1, OwnerId=None), DataError),
    (Write("w", Op.UPDATE, "Lead", {"Title": "x"}, id="../Account"), DataError),
    (Write("w", Op.ARCHIVE, "Lead", {}, id=None), DataError),
    (Write("w", Op.CREATE, "Lead", {"LastName": "x"}), ProtocolError),
]


@pytest.mark.parametrize(("write", "kind"), UNSENDABLE)
def test_what_must_not_leave_is_refused_here_and_holds_nobody_up(remote, wire, write, kind) -> None:
    wire.add(responses.PATCH, COLLECTIONS, json=[good(9)])
    outcomes = remote.write([write, update(9)])
    assert [item.state for item in outcomes] == [REJECTED, APPLIED]
    assert type(outcomes[0].error) is kind
    assert [len(sent(call)["records"]) for call in wire.calls] == [1]


def test_a_session_that_ends_midway_is_renewed_once_with_the_guard_still_on(make_remote, wire) -> None:
    token = f"{ORG}/services/oauth2/token"
    remote = make_remote(
        auth="client_credentials", login_url=ORG, client_id="app", client_secret="s3cret", access_token=""
    )
    for number in itertools.count(1):
        wire.add(responses.POST, token, json={"access_token": f"token-{number}", "instance_url": ORG})
        if number == 2:
            break
    wire.add(responses.GET, f"{ROOT}/limits", json={})
    wire.add(responses.POST, COMPOSITE, status=401, json=refusal("INVALID_SESSION_ID"))
    part = {"referenceId": "w0", "httpStatusCode": 204, "body": None}
    wire.add(responses.POST, COMPOSITE, json={"compositeResponse": [part]})
    remote.limits()
    remote._clock.sleep(60)
    (outcome,) = remote.write([guarded(1)])
    assert (outcome.state, outcome.guarded) == (APPLIED, True)
    first, second = (call.request for call in wire.calls if call.request.url == COMPOSITE)
    assert first.body == second.body
    assert [first.headers["Authorization"], second.headers["Authorization"]] == ["Bearer token-1", "Bearer token-2"]
    assert remote.calls.by_endpoint == {"token": 2, "limits": 1, "composite": 2}
