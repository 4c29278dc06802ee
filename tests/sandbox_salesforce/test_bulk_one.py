"""Bulk 1.0 over the wire, as those clients speak it that still do: JSON throughout, or a JSON job with XML replies."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.kernel import Response
from tests.sandbox_salesforce.soql_door import Caller, rows_of

JOBS = "/services/async/66.0/job"


@pytest.fixture
def caller() -> Caller:
    caller = Caller()
    for number in range(5):
        caller.org.seed("Lead", {"LastName": f"L{number}", "Company": "C", "EmailBouncedDate": None})
    return caller


def _job(caller: Caller, operation: str, kind: str = "JSON", **more: str) -> str:
    headers = {name: more.pop(name) for name in list(more) if name.startswith("sforce")}
    body = {"operation": operation, "object": "Lead", "contentType": kind} | more
    answer = caller.send("POST", JOBS, body, **headers)
    assert (answer.status, answer.json()["state"]) == (201, "Open"), answer.body
    return answer.json()["id"]


def _add(caller: Caller, job: str, body: Any, kind: str = "application/json") -> Response:
    body = body.encode() if isinstance(body, str) else body
    return caller.send("POST", f"{JOBS}/{job}/batch", body, content_type=kind)


def _tag(answer: Response, name: str) -> list[str]:
    assert answer.headers["Content-Type"].startswith("application/xml")
    return re.findall(rf"<{name}>([^<]*)</{name}>", answer.body.decode())


def test_a_query_in_json_has_instants_in_epoch_ms(caller: Caller) -> None:
    job = _job(caller, "query")
    batch = _add(caller, job, "SELECT Id, LastName, CreatedDate, Owner.CreatedDate FROM Lead ORDER BY Id LIMIT 1")
    assert (batch.status, batch.json()["state"], batch.json()["jobId"]) == (201, "Queued", job)
    url = f"{JOBS}/{job}/batch/{batch.json()['id']}"
    caller.clock.advance(500)
    assert caller.send("GET", url).json()["state"] == "InProgress"
    early = caller.send("GET", f"{url}/result", content_type="application/json")
    assert early.json()["exceptionCode"] == "InvalidBatch"
    caller.clock.advance(500)
    read = caller.send("GET", url).json()
    assert (read["state"], read["numberRecordsProcessed"]) == ("Completed", 1)
    (result,) = caller.send("GET", f"{url}/result").json()
    (record,) = caller.send("GET", f"{url}/result/{result}").json()
    assert (record["LastName"], record["CreatedDate"]) == ("L0", 1_767_225_600_000)
    assert isinstance(record["Owner"]["CreatedDate"], int)
    assert caller.send("POST", f"{JOBS}/{job}", {"state": "Closed"}).json()["state"] == "Closed"
    assert _add(caller, job, "SELECT Id FROM Lead").json()["exceptionCode"] == "InvalidJobState"


def test_a_csv_job_is_answered_in_xml_and_cut_by_primary_key(caller: Caller) -> None:
    job = _job(caller, "queryAll", "CSV", sforce_enable_pkchunking="true; chunkSize=2")
    (original,) = _tag(_add(caller, job, "SELECT Id, LastName FROM Lead", "text/csv"), "id")
    caller.clock.advance(1_000)
    listed = caller.send("GET", f"{JOBS}/{job}/batch")
    assert b"<batchInfoList" in listed.body
    batches = dict(zip(_tag(listed, "id"), _tag(listed, "state"), strict=True))
    assert batches.pop(original) == "Not Processed"
    assert list(batches.values()) == ["Completed"] * 3
    names: list[str] = []
    for batch in batches:
        answer = caller.send("GET", f"{JOBS}/{job}/batch/{batch}/result")
        assert b"<result-list" in answer.body
        (result,) = _tag(answer, "result")
        names += [row["LastName"] for row in rows_of(caller.send("GET", f"{JOBS}/{job}/batch/{batch}/result/{result}"))]
    assert names == ["L0", "L1", "L2", "L3", "L4"]


def test_an_xml_job_is_opened_and_closed(caller: Caller) -> None:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><jobInfo xmlns="http://www.force.com/2009/06/asyncapi/dataload">'
        "<operation>insert</operation><object>Lead</object><contentType>CSV</contentType></jobInfo>"
    )
    opened = caller.send("POST", JOBS, body.encode(), content_type="application/xml")
    (job,) = _tag(opened, "id")
    (batch,) = _tag(_add(caller, job, "LastName,Company\nA & B,C\n,C\n", "text/csv"), "id")
    close = body.replace("<operation>insert</operation><object>Lead</object><contentType>CSV</contentType>",
                         "<state>Closed</state>")  # fmt: skip
    closed = caller.send("POST", f"{JOBS}/{job}", close.encode(), content_type="application/xml")
    assert _tag(closed, "state") == ["Closed"]
    caller.clock.advance(1_000)
    saved, failed = rows_of(caller.send("GET", f"{JOBS}/{job}/batch/{batch}/result"))
    assert (saved["Success"], saved["Created"], saved["Error"]) == ("true", "true", "")
    assert caller.org.record("Lead", saved["Id"])["LastName"] == "A & B"
    assert failed["Error"] == "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --"


def test_rows_in_json_are_saved_each_by_itself(caller: Caller) -> None:
    job = _job(caller, "upsert", externalIdFieldName="HubSpot_Id__c")
    rows = b'[{"HubSpot_Id__c":"1","LastName":"A","Company":"C"},{"HubSpot_Id__c":"2","Company":"C"}]'
    url = f"{JOBS}/{job}/batch/{_add(caller, job, rows).json()['id']}"
    caller.clock.advance(1_000)
    saved, failed = caller.send("GET", f"{url}/result").json()
    assert (saved["success"], saved["created"], saved["errors"]) == (True, True, [])
    assert (failed["id"], failed["errors"][0]["statusCode"]) == (None, "REQUIRED_FIELD_MISSING")
    assert caller.send("GET", f"{url}/request").body == rows
    assert caller.send("GET", f"{JOBS}/{job}").json()["numberRecordsFailed"] == 1


def test_a_bad_query_fails_its_batch_and_says_why(caller: Caller) -> None:
    job = _job(caller, "query")
    url = f"{JOBS}/{job}/batch/{_add(caller, job, 'SELECT Nope FROM Lead').json()['id']}"
    caller.clock.advance(1_000)
    read = caller.send("GET", url).json()
    assert read["state"] == "Failed" and "No such column 'Nope'" in read["stateMessage"]


REFUSED = [
    ({"operation": "query", "object": "Nope", "contentType": "JSON"}, "InvalidJob"),
    ({"operation": "drop", "object": "Lead", "contentType": "JSON"}, "InvalidJob"),
    ({"operation": "upsert", "object": "Lead", "contentType": "JSON"}, "InvalidJob"),
]


@pytest.mark.parametrize(("body", "code"), REFUSED)
def test_refusals_are_objects(caller: Caller, body: dict[str, str], code: str) -> None:
    answer = caller.send("POST", JOBS, body)
    assert (answer.status, answer.json()["exceptionCode"]) == (400, code)
    unknown = f"{JOBS}/750000000000001AAA"
    assert caller.send("GET", unknown, content_type="application/json").json() == {
        "exceptionCode": "InvalidJob",
        "exceptionMessage": "Unable to find job",
    }
    assert _tag(caller.send("GET", unknown), "exceptionCode") == ["InvalidJob"]


def test_a_dead_session_is_told_in_this_apis_words(caller: Caller) -> None:
    caller.token = "00D!gone"
    answer = caller.send("POST", JOBS, {"operation": "query", "object": "Lead", "contentType": "JSON"})
    assert (answer.status, answer.json()["exceptionCode"]) == (400, "InvalidSessionId")


def test_a_query_that_is_too_slow_as_a_whole_ends_in_parts() -> None:
    caller = Caller(bulk_query_most_rows=2)
    for number in range(3):
        caller.org.seed("Lead", {"LastName": f"L{number}", "Company": "C"})
    job = _job(caller, "query")
    whole = _add(caller, job, "SELECT Id FROM Lead").json()["id"]
    parts = _job(caller, "query", sforce_enable_pkchunking="chunkSize=2")
    _add(caller, parts, "SELECT Id FROM Lead")
    caller.clock.advance(1_000)
    read = caller.send("GET", f"{JOBS}/{job}/batch/{whole}").json()
    assert (read["state"], read["stateMessage"]) == ("Failed", "InternalServerError : Retried more than fifteen times")
    listed = caller.send("GET", f"{JOBS}/{parts}/batch").json()["batchInfo"]
    assert [(one["state"], one["numberRecordsProcessed"]) for one in listed] == [
        ("Not Processed", 0),
        ("Completed", 2),
        ("Completed", 1),
    ]
