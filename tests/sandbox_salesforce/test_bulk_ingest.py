"""Bulk 2.0 ingest over the wire: uploads, results by row, refusals of a job as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel import Response
from tests.sandbox_salesforce.soql_door import Caller, rows_of


@pytest.fixture
def caller() -> Caller:
    return Caller()


def _open(caller: Caller, **body: Any) -> str:
    answer = caller.send("POST", "jobs/ingest", {"object": "Lead", "operation": "insert", "contentType": "CSV"} | body)
    assert answer.status == 200, answer.body
    made = answer.json()
    assert made["state"] == "Open"
    assert made["contentUrl"] == f"services/data/v66.0/jobs/ingest/{made['id']}/batches"
    return made["id"]


def _upload(caller: Caller, job: str, csv: str) -> Response:
    return caller.send("PUT", f"jobs/ingest/{job}/batches", csv.encode(), content_type="text/csv")


def _run(caller: Caller, csv: str, **body: Any) -> tuple[str, dict[str, Any]]:
    job = _open(caller, **body)
    answer = _upload(caller, job, csv)
    assert (answer.status, answer.body) == (201, b"")
    sent = caller.send("PATCH", f"jobs/ingest/{job}", {"state": "UploadComplete"})
    assert (sent.status, sent.json()["state"]) == (200, "UploadComplete")
    caller.clock.advance(1_000)
    return job, caller.send("GET", f"jobs/ingest/{job}").json()


def _file(caller: Caller, job: str, name: str) -> list[dict[str, str]]:
    return rows_of(caller.send("GET", f"jobs/ingest/{job}/{name}"))


def test_rows_that_fail_do_not_fail_the_job_and_say_why(caller: Caller) -> None:
    csv = "HubSpot_Id__c,LastName,Company,Email\n1,Roe,Acme,roe@acme.example\n2,,Acme,\n3,Doe,Acme,no mail\n"
    job, read = _run(caller, csv, operation="upsert", externalIdFieldName="hubspot_id__c")
    assert (read["state"], read["jobType"], read["externalIdFieldName"]) == ("JobComplete", "V2Ingest", "HubSpot_Id__c")
    assert (read["numberRecordsProcessed"], read["numberRecordsFailed"]) == (3, 2)
    (saved,) = _file(caller, job, "successfulResults")
    assert list(saved) == ["sf__Id", "sf__Created", "HubSpot_Id__c", "LastName", "Company", "Email"]
    assert (saved["sf__Created"], saved["HubSpot_Id__c"]) == ("true", "1")
    record = caller.org.record("Lead", saved["sf__Id"])
    assert record is not None and (record["LastName"], record["Email"]) == ("Roe", "roe@acme.example")
    failed = {row["HubSpot_Id__c"]: row for row in _file(caller, job, "failedResults")}
    assert failed["2"]["sf__Error"] == "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --"
    assert failed["3"]["sf__Error"] == "INVALID_EMAIL_ADDRESS:Email: invalid email address: no mail:Email --"
    assert failed["2"]["sf__Id"] == ""
    assert _file(caller, job, "unprocessedrecords") == _file(caller, job, "unprocessedRecords") == []
    actors = {edit.actor for edit in caller.ledger.for_record("salesforce", "Lead", saved["sf__Id"])}
    assert actors == {"engine:syncer"}


def test_an_upsert_tells_created_from_updated_and_refuses_a_key_twice(caller: Caller) -> None:
    known = caller.org.create("Lead", {"LastName": "Old", "Company": "C", "HubSpot_Id__c": "7"}, "human:ann")
    csv = "HubSpot_Id__c,LastName,Company\n7,New,C\n8,Two,C\n8,Three,C\n,Four,C\n"
    job, _ = _run(caller, csv, operation="upsert", externalIdFieldName="HubSpot_Id__c")
    saved = {row["HubSpot_Id__c"]: row for row in _file(caller, job, "successfulResults")}
    assert (saved["7"]["sf__Created"], saved["7"]["sf__Id"], saved["8"]["sf__Created"]) == ("false", known, "true")
    errors = sorted(row["sf__Error"] for row in _file(caller, job, "failedResults"))
    assert [error.partition(":")[0] for error in errors] == ["DUPLICATE_VALUE", "MISSING_ARGUMENT"]
    assert caller.org.record("Lead", known)["LastName"] == "New"


def test_a_blank_cell_is_ignored_and_na_clears(caller: Caller) -> None:
    record_id = caller.org.create("Lead", {"LastName": "A", "Company": "C", "Title": "T", "City": "X"}, "human:ann")
    _run(caller, f'"Id","Title","City"\r\n"{record_id}","","#N/A"\r\n', operation="update", lineEnding="CRLF")
    record = caller.org.record("Lead", record_id)
    assert (record["Title"], record["City"]) == ("T", None)


def test_a_parent_is_named_by_its_key(caller: Caller) -> None:
    owner = caller.org.state.rows["user"].get(caller.org.state.user_id)
    lead = caller.org.create("Lead", {"LastName": "A", "Company": "C", "HubSpot_Id__c": "7"}, "human:ann")
    job, _ = _run(caller, f"Subject,Owner.Username,Lead:Who.HubSpot_Id__c\nCall,{owner['Username']},7\n", object="Task")
    (saved,) = _file(caller, job, "successfulResults")
    record = caller.org.record("Task", saved["sf__Id"])
    assert (record["WhoId"], record["OwnerId"]) == (lead, owner["Id"])


def test_deleted_rows_go_to_the_bin_and_hard_deleted_ones_nowhere(caller: Caller) -> None:
    ids = [caller.org.create("Lead", {"LastName": "A", "Company": "C"}, "human:ann") for _ in range(2)]
    _run(caller, f"Id\n{ids[0]}\n", operation="delete")
    _run(caller, f"Id\n{ids[1]}\n", operation="hardDelete")
    assert list(caller.org.records("Lead")) == []
    left = caller.query("SELECT Id, IsDeleted FROM Lead", "queryAll").json()["records"]
    assert [(one["Id"], one["IsDeleted"]) for one in left] == [(ids[0], True)]
    job, read = _run(caller, f"Id\n{ids[0]}\n", operation="delete")
    assert (read["state"], _file(caller, job, "failedResults")[0]["sf__Error"]) == (
        "JobComplete",
        "ENTITY_IS_DELETED:entity is deleted: --",
    )


ENDING = "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is "
FAILED = [
    ("X__c,LastName\n1,A\n", {}, "InvalidBatch : Field name not found : X__c"),
    ("LastName,Company\r\nA,C\r\n", {}, ENDING + "LF"),
    ("LastName,Company\nA,C\n", {"lineEnding": "CRLF"},
     ENDING + "CRLF"),
    ("LastName|Company\nA|C\n", {}, "InvalidBatch : Field name not found : LastName|Company"),
    ("Id,LastName\n1,A\n", {"operation": "delete"}, "InvalidBatch : Delete batch must contain only ids"),
    ("LastName,Company\nA\n", {}, "InvalidBatch : Failed to process row 1: 2 columns expected, 1 found"),
]  # fmt: skip


@pytest.mark.parametrize(("csv", "body", "message"), FAILED)
def test_a_file_that_does_not_fit_fails_the_job_as_a_whole(
    caller: Caller, csv: str, body: dict[str, str], message: str
) -> None:
    _, read = _run(caller, csv, **body)
    assert (read["state"], read["errorMessage"], read["numberRecordsProcessed"]) == ("Failed", message, 0)
    assert list(caller.org.records("Lead")) == []


def test_rows_of_a_failed_job_come_back_unprocessed(caller: Caller) -> None:
    job, _ = _run(caller, 'X__c,LastName\n1,"A, B"\n2,C\n')
    assert _file(caller, job, "unprocessedrecords") == [
        {"X__c": "1", "LastName": "A, B"},
        {"X__c": "2", "LastName": "C"},
    ]


def test_a_hidden_field_fails_the_job_like_one_that_does_not_exist(caller: Caller) -> None:
    caller.org.deny_field("Lead", "Phone", read=False)
    _, read = _run(caller, "LastName,Company,Phone\nA,C,1\n")
    assert read["errorMessage"] == "InvalidBatch : Field name not found : Phone"


def test_a_job_takes_one_upload_and_aborts_before_it_ends(caller: Caller) -> None:
    job = _open(caller)
    assert _upload(caller, job, "LastName,Company\nA,C\n").status == 201
    again = _upload(caller, job, "LastName,Company\nB,C\n")
    assert (again.status, again.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    assert caller.send("GET", f"jobs/ingest/{job}/successfulResults").status == 400
    assert caller.send("PATCH", f"jobs/ingest/{job}", {"state": "Aborted"}).json()["state"] == "Aborted"
    assert _file(caller, job, "unprocessedrecords") == [{"LastName": "A", "Company": "C"}]
    assert caller.send("PATCH", f"jobs/ingest/{job}", {"state": "UploadComplete"}).status == 400
    assert caller.send("DELETE", f"jobs/ingest/{job}").status == 204
    assert list(caller.org.records("Lead")) == []


def test_a_multipart_request_opens_uploads_and_closes(caller: Caller) -> None:
    body = (
        '--B\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name="job"\r\n\r\n'
        '{"object":"Lead","operation":"insert","contentType":"CSV","lineEnding":"LF"}\r\n'
        '--B\r\nContent-Type: text/csv\r\nContent-Disposition: form-data; name="content"; filename="content"\r\n\r\n'
        "LastName,Company\nA,C\n\r\n--B--\r\n"
    )
    answer = caller.send("POST", "jobs/ingest", body.encode(), content_type="multipart/form-data; boundary=B")
    assert (answer.status, answer.json()["state"]) == (200, "UploadComplete")
    assert [record["LastName"] for record in caller.org.records("Lead")] == ["A"]


REFUSED = [
    ({"object": "Nope"}, "INVALIDJOB"),
    ({"operation": "merge"}, "INVALIDJOB"),
    ({"operation": "upsert"}, "INVALIDJOB"),
    ({"operation": "upsert", "externalIdFieldName": "Company"}, "INVALIDJOB"),
    ({"columnDelimiter": "SPACE"}, "INVALIDJOB"),
]


@pytest.mark.parametrize(("body", "code"), REFUSED)
def test_a_job_that_cannot_be_is_refused_at_the_start(caller: Caller, body: dict[str, str], code: str) -> None:
    answer = caller.send("POST", "jobs/ingest", {"object": "Lead", "operation": "insert"} | body)
    assert (answer.status, answer.json()[0]["errorCode"]) == (400, code)


def test_a_large_upload_saves_every_row_once(caller: Caller) -> None:
    csv = "HubSpot_Id__c,LastName,Company\n" + "".join(f"{number},L{number},C\n" for number in range(1_000))
    job, read = _run(caller, csv, operation="upsert", externalIdFieldName="HubSpot_Id__c")
    assert (read["numberRecordsProcessed"], read["numberRecordsFailed"]) == (1_000, 0)
    order = [int(row["HubSpot_Id__c"]) for row in _file(caller, job, "successfulResults")]
    assert sorted(order) == list(range(1_000)) != order


def test_rows_beyond_the_days_allowance_stay_unprocessed_and_fail_the_job() -> None:
    caller = Caller(bulk_rows_a_day=2)
    job, read = _run(caller, "LastName,Company\nA,C\nB,C\nD,C\n")
    assert (read["state"], read["numberRecordsProcessed"]) == ("Failed", 2)
    assert read["errorMessage"].startswith("ExceededQuota")
    assert sorted(row["LastName"] for row in _file(caller, job, "successfulResults")) == ["A", "B"]
    assert _file(caller, job, "unprocessedrecords") == [{"LastName": "D", "Company": "C"}]
    caller.clock.advance(86_400_000)
    caller.log_in()
    assert _run(caller, "LastName,Company\nD,C\n")[1]["state"] == "JobComplete"
