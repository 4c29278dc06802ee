"""Batch writes: one outcome for each, in the order given, whatever the answer looks like."""

from __future__ import annotations

import json
from collections.abc import Callable

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
    QuotaError,
    SchemaError,
    UnknownOutcomeError,
    Write,
)

OBJECTS = "https://api.hubapi.com/crm/v3/objects"
PAIRS = "https://api.hubapi.com/crm/v4/associations/contacts/companies/batch"
APPLIED, REJECTED, UNKNOWN = OutcomeState.APPLIED, OutcomeState.REJECTED, OutcomeState.UNKNOWN


def update(number: int, record_id: str | None = None, **values: object) -> Write:
    return Write(f"w{number}", Op.UPDATE, "contacts", values or {"city": "Oslo"}, id=record_id or str(number))


def create(number: int, key: str | None = None, **values: object) -> Write:
    key = key or f"{number:032x}"
    return Write(f"w{number}", Op.CREATE, "contacts", values, key_field="syncer_key", key=key)


class Batch:
    """A batch endpoint: `judge(input)` gives the result, or an error entry for a 207."""

    def __init__(self, mock: responses.RequestsMock, op: str, judge: Callable[[dict], dict]):
        self.judge, self.calls = judge, []
        mock.add_callback("POST", f"{OBJECTS}/contacts/batch/{op}", self.answer)

    def answer(self, request):
        inputs = json.loads(request.body)["inputs"]
        self.calls.append(inputs)
        judged = [self.judge(item) for item in inputs]
        errors = [entry for entry in judged if "category" in entry]
        results = [entry for entry in judged if "category" not in entry][::-1]
        value = {"status": "COMPLETE", "results": results}
        if errors:
            value |= {"numErrors": len(errors), "errors": errors}
        return (207 if errors else 200, {}, json.dumps(value))


@pytest.fixture
def mock():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def states(outcomes) -> list[OutcomeState]:
    return [outcome.state for outcome in outcomes]


def invalid(trace: str, name: str = "city", code: str = "INVALID_OPTION") -> dict:
    inside = json.dumps([{"isValid": False, "message": f"{name} refused", "error": code, "name": name}])
    return {
        "status": "error",
        "category": "VALIDATION_ERROR",
        "message": f"Property values were not valid: {inside}",
        "context": {"objectWriteTraceId": [trace]},
    }


def test_creates_are_upserts_on_our_key_with_a_trace_and_without_blanks(remote, mock):
    def made(item):
        trace = item["objectWriteTraceId"]
        return {"id": f"9{trace[1:]}", "new": True, "objectWriteTraceId": trace, "properties": {}}

    batch = Batch(mock, "upsert", made)
    outcomes = remote.write([create(1, email="a@example.com", phone=None, hot=True, size=7), create(2)])
    assert [(item.write_id, item.state, item.id, item.created) for item in outcomes] == [
        ("w1", APPLIED, "91", True),
        ("w2", APPLIED, "92", True),
    ]
    assert batch.calls[0][0] == {
        "id": f"{1:032x}",
        "idProperty": "syncer_key",
        "objectWriteTraceId": "w1",
        "properties": {"email": "a@example.com", "hot": "true", "size": "7", "syncer_key": f"{1:032x}"},
    }


def test_updates_send_the_empty_text_for_a_cleared_value(remote, mock):
    batch = Batch(mock, "update", lambda item: {"id": item["id"], "properties": {}})
    assert states(remote.write([update(1, city=None, flag=False)])) == [APPLIED]
    assert batch.calls[0][0]["properties"] == {"city": "", "flag": "false"}


def test_upsert_answers_are_matched_by_key_after_normalisation_or_by_a_read(remote, mock):
    keys = {"1": "AB" * 16, "2": "cd" * 16}

    def judge(item):
        if item["objectWriteTraceId"] == "w1":
            return {"id": "1", "new": False, "properties": {"syncer_key": keys["1"] + " "}}
        return {"id": "2", "new": False, "properties": {"city": "Oslo"}}  # only what it changed

    Batch(mock, "upsert", judge)
    found = {"id": "2", "properties": {"syncer_key": keys["2"]}, "createdAt": "2026-01-01T00:00:00Z"}
    mock.add("POST", f"{OBJECTS}/contacts/batch/read", json={"results": [found]})
    outcomes = remote.write([create(1, key="ab" * 16), create(2, key="cd" * 16)])
    assert [(item.id, item.state, item.created) for item in outcomes] == [("1", APPLIED, False), ("2", APPLIED, False)]


def test_batches_hold_a_hundred_and_no_id_twice(remote, mock):
    batch = Batch(mock, "update", lambda item: {"id": item["id"]})
    writes = [update(number) for number in range(150)] + [update(900, record_id="7"), update(901, record_id="7")]
    outcomes = remote.write(writes)
    assert [outcome.write_id for outcome in outcomes] == [write.write_id for write in writes]
    assert states(outcomes) == [APPLIED] * 152
    for call in batch.calls:
        assert len(call) <= 100
        assert len({item["id"] for item in call}) == len(call)


def test_a_207_gives_each_write_its_own_error(remote, mock):
    def judge(item):
        if item["objectWriteTraceId"] == "w1":
            return invalid("w1")
        if item["objectWriteTraceId"] == "w2":
            return {"category": "CONFLICT", "message": "Contact already exists. Existing ID: 34",
                    "context": {"objectWriteTraceId": ["w2"]}}  # fmt: skip
        if item["objectWriteTraceId"] == "w3":
            return {"category": "OBJECT_NOT_FOUND", "message": "gone", "context": {"ids": ["3"]}}
        return {"id": item["id"], "properties": {"city": "Oslo"}}

    Batch(mock, "update", judge)
    outcomes = remote.write([update(number) for number in range(1, 5)])
    assert states(outcomes) == [REJECTED, REJECTED, REJECTED, APPLIED]
    assert [type(outcome.error) for outcome in outcomes[:3]] == [DataError, IdentityConflictError, GoneError]
    assert outcomes[0].error.fields == ("city",)
    assert outcomes[1].error.existing_id == "34"


def test_an_item_that_the_answer_does_not_name_is_unknown(remote, mock):
    mock.add("POST", f"{OBJECTS}/contacts/batch/update", json={"results": [{"id": "1", "properties": {}}]})
    assert states(remote.write([update(1), update(2)])) == [APPLIED, UNKNOWN]


@pytest.mark.parametrize("status", [202, 204])
def test_an_empty_answer_to_an_update_is_unknown(remote, mock, status):
    mock.add("POST", f"{OBJECTS}/contacts/batch/update", body=b"", status=status)
    assert states(remote.write([update(1)])) == [UNKNOWN]


def whole_call_refused(mock, op: str, poisoned: set[str], refusal: tuple[int, dict]) -> list[list[str]]:
    """An endpoint without partial success: one poisoned item refuses the call."""
    calls: list[list[str]] = []

    def answer(request):
        inputs = json.loads(request.body)["inputs"]
        calls.append([item["objectWriteTraceId"] for item in inputs])
        if poisoned & {item["objectWriteTraceId"] for item in inputs}:
            return (refusal[0], {}, json.dumps(refusal[1]))
        return (200, {}, json.dumps({"results": [{"id": item["id"], "properties": {}} for item in inputs]}))

    mock.add_callback("POST", f"{OBJECTS}/contacts/batch/{op}", answer)
    return calls


def test_one_poisoned_item_does_not_sink_the_others(remote, mock):
    refusal = (400, {"status": "error", "category": "VALIDATION_ERROR", "message": "Property values were not valid"})
    calls = whole_call_refused(mock, "update", {"w13", "w77"}, refusal)
    outcomes = remote.write([update(number) for number in range(100)])
    refused = [outcome.write_id for outcome in outcomes if outcome.state is REJECTED]
    assert refused == ["w13", "w77"]
    assert states(outcomes).count(APPLIED) == 98
    assert len(calls) <= 2 * 2 * 8


def test_a_missing_property_takes_its_writers_with_it_in_one_more_call(remote, mock):
    inside = json.dumps([{"message": 'Property "x" does not exist', "error": "PROPERTY_DOESNT_EXIST", "name": "x"}])
    refusal = (400, {"category": "VALIDATION_ERROR", "message": f"Property values were not valid: {inside}"})
    writes = [update(number, **({"x": "1"} if number % 2 else {"city": "Oslo"})) for number in range(60)]
    calls = whole_call_refused(mock, "update", {f"w{number}" for number in range(1, 60, 2)}, refusal)
    outcomes = remote.write(writes)
    assert [type(outcome.error) for outcome in outcomes] == [type(None), SchemaError] * 30
    assert len(calls) == 2


def test_a_lost_answer_is_unknown_for_its_call_only_and_is_not_repeated(make_remote, mock):
    calls = []

    def answer(request):
        inputs = json.loads(request.body)["inputs"]
        calls.append(len(inputs))
        if len(calls) == 1:
            raise requests.exceptions.ReadTimeout("lost")
        return (200, {}, json.dumps({"results": [{"id": item["id"]} for item in inputs]}))

    mock.add_callback("POST", f"{OBJECTS}/contacts/batch/update", answer)
    outcomes = make_remote(attempts=5).write([update(number) for number in range(150)])
    assert states(outcomes) == [UNKNOWN] * 100 + [APPLIED] * 50
    assert isinstance(outcomes[0].error, UnknownOutcomeError)
    assert calls == [100, 50]


@pytest.mark.parametrize(
    ("status", "value", "error"),
    [
        (401, {"category": "INVALID_AUTHENTICATION", "message": "no"}, AuthError),
        (429, {"policyName": "DAILY", "message": "You have reached your daily limit."}, QuotaError),
    ],
)
def test_after_a_refused_login_or_a_spent_day_nothing_more_is_sent(remote, mock, status, value, error):
    calls = []

    def answer(request):
        calls.append(1)
        inputs = json.loads(request.body)["inputs"]
        if len(calls) > 1:
            return (status, {}, json.dumps(value))
        return (200, {}, json.dumps({"results": [{"id": item["id"]} for item in inputs]}))

    mock.add_callback("POST", f"{OBJECTS}/contacts/batch/update", answer)
    outcomes = remote.write([update(number) for number in range(350)])
    assert states(outcomes) == [APPLIED] * 100 + [REJECTED] * 250
    assert {type(outcome.error) for outcome in outcomes[100:]} == {error}
    assert len(calls) == 2


def test_a_busy_moment_is_waited_out_and_the_same_write_sent_again(make_remote, mock, clock):
    mock.add("POST", f"{OBJECTS}/contacts/batch/update", status=423, json={"message": "locked"})
    mock.add("POST", f"{OBJECTS}/contacts/batch/update", json={"results": [{"id": "1"}]})
    assert states(make_remote(attempts=3).write([update(1)])) == [APPLIED]
    assert clock.slept_s == [2.0]


def test_archive_of_what_is_gone_is_no_error(remote, mock):
    mock.add("POST", f"{OBJECTS}/contacts/batch/archive", status=204)
    outcomes = remote.write([Write("w1", Op.ARCHIVE, "contacts", {}, id="5")])
    assert [(item.state, item.id) for item in outcomes] == [(APPLIED, "5")]
    assert json.loads(mock.calls[0].request.body) == {"inputs": [{"id": "5"}]}


def test_objects_that_are_only_read_cannot_be_written(remote):
    with pytest.raises(SchemaError):
        remote.write([Write("w1", Op.UPDATE, "calls", {"hs_call_title": "x"}, id="1")])


class Companies:
    """Associations v4 of contacts: a held primary company, an unlabeled one, and one with a label of someone's own."""

    held = {  # noqa: RUF012
        "1": [
            (91, [("HUBSPOT_DEFINED", 1), ("HUBSPOT_DEFINED", 279)]),
            (92, [("HUBSPOT_DEFINED", 279), ("USER_DEFINED", 36)]),
        ]
    }

    def __init__(self, mock: responses.RequestsMock, refuse: dict | None = None, status: int = 201):
        self.created: list[dict] = []
        self.removed: list[dict] = []
        self.refuse, self.status = refuse, status
        mock.add_callback("POST", f"{PAIRS}/read", self.read)
        mock.add_callback("POST", f"{PAIRS}/create", self.create)
        mock.add_callback("POST", f"{PAIRS}/labels/archive", self.remove)

    def read(self, request):
        results = [
            {
                "from": {"id": item["id"]},
                "to": [
                    {
                        "toObjectId": company,
                        "associationTypes": [{"category": c, "typeId": t, "label": None} for c, t in types],
                    }
                    for company, types in self.held[item["id"]]
                ],
            }
            for item in json.loads(request.body)["inputs"]
            if item["id"] in self.held
        ]
        return (200, {}, json.dumps({"results": results}))

    def create(self, request):
        inputs = json.loads(request.body)["inputs"]
        self.created += inputs
        if self.refuse:
            return (207, {}, json.dumps({"results": [], "numErrors": 1, "errors": [self.refuse]}))
        results = [{"fromObjectId": int(item["from"]["id"]), "toObjectId": int(item["to"]["id"])} for item in inputs]
        return (self.status, {}, json.dumps({"results": results}))

    def remove(self, request):
        self.removed += json.loads(request.body)["inputs"]
        return (204, {}, "")


@pytest.mark.parametrize("status", [200, 201])
def test_the_company_of_a_contact_becomes_its_primary_and_keeps_other_labels(remote, mock, status):
    pairs = Companies(mock, status=status)
    batch = Batch(mock, "update", lambda item: {"id": item["id"]})
    outcomes = remote.write([update(1, associatedcompanyid="92", city="Oslo"), update(2, associatedcompanyid="91")])
    assert states(outcomes) == [APPLIED, APPLIED]
    primary = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}
    assert pairs.created[0]["to"] == {"id": "92"}
    assert pairs.created[0]["types"] == [
        primary,
        {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279},
        {"associationCategory": "USER_DEFINED", "associationTypeId": 36},
    ]
    assert pairs.created[1] == {"from": {"id": "2"}, "to": {"id": "91"}, "types": [primary]}
    assert [[item["properties"] for item in call] for call in batch.calls] == [[{"city": "Oslo"}]]


def test_a_company_that_is_primary_already_costs_no_write(remote, mock):
    pairs = Companies(mock)
    assert states(remote.write([update(1, associatedcompanyid="91")])) == [APPLIED]
    assert pairs.created == []


def test_clearing_takes_the_primary_label_only(remote, mock):
    pairs = Companies(mock)
    assert (
        states(remote.write([update(1, associatedcompanyid=None), update(2, associatedcompanyid=None)]))
        == [APPLIED] * 2
    )
    assert pairs.removed == [
        {
            "from": {"id": "1"},
            "to": {"id": "91"},
            "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}],
        }
    ]


REFUSED = {"category": "OBJECT_NOT_FOUND", "message": "company gone", "context": {"fromObjectId": ["2"]}}


def test_a_refused_company_holds_the_whole_update_back(remote, mock):
    Companies(mock, refuse=REFUSED)
    batch = Batch(mock, "update", lambda item: {"id": item["id"]})
    outcomes = remote.write([update(2, associatedcompanyid="91", city="Oslo")])
    assert states(outcomes) == [REJECTED]
    assert outcomes[0].error.fields == ("associatedcompanyid",)
    assert batch.calls == []


def test_a_write_carried_out_in_part_is_unknown(remote, mock):
    Companies(mock)
    Batch(mock, "update", lambda item: invalid(item["objectWriteTraceId"]))
    outcomes = remote.write([update(2, associatedcompanyid="91", city="Oslo"), update(3, city="Oslo")])
    assert states(outcomes) == [UNKNOWN, REJECTED]
    assert isinstance(outcomes[0].error, DataError)


def test_a_created_contact_gets_its_company_and_says_so_when_it_cannot(remote, mock):
    pairs = Companies(mock)
    Batch(mock, "upsert", lambda item: {"id": "2", "new": True, "objectWriteTraceId": item["objectWriteTraceId"]})
    outcomes = remote.write([create(1, email="a@example.com", associatedcompanyid="91")])
    assert states(outcomes) == [APPLIED]
    assert pairs.created[0]["from"] == {"id": "2"}

    pairs.refuse = REFUSED
    outcomes = remote.write([create(1, email="a@example.com", associatedcompanyid="91")])
    assert [(item.state, item.id, item.created) for item in outcomes] == [(UNKNOWN, "2", True)]
