"""Bulk 2.0 queries over the wire: states, pages, dialects, and what a job does not do."""

from __future__ import annotations

import pytest

from tests.sandbox_salesforce.soql_door import DATA, Caller, rows_of

DAY_MS = 86_400_000
TEXT = "SELECT Id, LastName, AnnualRevenue, IsConverted, CreatedDate, Owner.Email, Email FROM Lead ORDER BY Id"


@pytest.fixture
def caller() -> Caller:
    caller = Caller()
    for number in range(25):
        name = 'Q "uo", te\nd' if number == 3 else f"L{number}"
        caller.org.seed("Lead", {"LastName": name, "Company": "C", "AnnualRevenue": 912260031 if number else 10})
    return caller


def _job(caller: Caller, **body: str) -> str:
    answer = caller.send("POST", "jobs/query", {"operation": "query", "query": TEXT} | body)
    assert answer.status == 200, answer.body
    return answer.json()["id"]


def _done(caller: Caller, **body: str) -> str:
    job = _job(caller, **body)
    caller.clock.advance(1_000)
    return job


def test_a_job_goes_through_its_states_by_the_clock(caller: Caller) -> None:
    made = caller.send("POST", "jobs/query", {"operation": "query", "query": TEXT, "contentType": "CSV"}).json()
    assert made["id"].startswith("750") and len(made["id"]) == 18
    assert {key: made[key] for key in ("operation", "object", "state", "apiVersion", "lineEnding")} == {
        "operation": "query",
        "object": "Lead",
        "state": "UploadComplete",
        "apiVersion": 66.0,
        "lineEnding": "LF",
    }
    caller.clock.advance(999)
    assert caller.send("GET", f"jobs/query/{made['id'][:15]}").json()["state"] == "InProgress"
    early = caller.send("GET", f"jobs/query/{made['id']}/results")
    assert (early.status, early.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    caller.clock.advance(1)
    read = caller.send("GET", f"jobs/query/{made['id']}").json()
    assert (read["state"], read["numberRecordsProcessed"], read["jobType"]) == ("JobComplete", 25, "V2Query")
    assert [one["id"] for one in caller.send("GET", "jobs/query").json()["records"]] == [made["id"]]


def test_values_are_quoted_and_spelled_for_csv(caller: Caller) -> None:
    answer = caller.send("GET", f"jobs/query/{_done(caller)}/results", accept="text/csv")
    lines = answer.body.decode().split("\n")
    assert lines[0] == '"Id","LastName","AnnualRevenue","IsConverted","CreatedDate","Owner.Email","Email"'
    rows = rows_of(answer)
    owner = rows[0]["Owner.Email"]
    assert "@" in owner
    assert lines[1] == f'"{rows[0]["Id"]}","L0","10.0","false","2026-01-01T00:00:00.000Z","{owner}",""'
    assert (rows[3]["LastName"], rows[3]["AnnualRevenue"]) == ('Q "uo", te\nd', "9.12260031E8")
    assert answer.headers["Sforce-Locator"] == "null" and answer.headers["Sforce-NumberOfRecords"] == "25"


def test_pages_follow_each_other_by_locator_and_can_be_read_again(caller: Caller) -> None:
    job, names, locator, sizes = _done(caller), [], "", []
    while locator != "null":
        url = f"jobs/query/{job}/results?maxRecords=10" + (f"&locator={locator}" if locator else "")
        answer = caller.send("GET", url)
        assert answer.body == caller.send("GET", url).body
        sizes.append(answer.headers["Sforce-NumberOfRecords"])
        names += [row["Id"] for row in rows_of(answer)]
        locator = answer.headers["Sforce-Locator"]
    assert sizes == ["10", "10", "5"]
    assert names == [record["Id"] for record in caller.org.records("Lead")]
    assert caller.send("GET", f"jobs/query/{job}/results?locator=zzz").status == 400
    pages = caller.send("GET", f"jobs/query/{job}/resultPages").json()
    assert pages["done"] and pages["resultPages"][0]["resultUrl"].startswith(f"{DATA}/jobs/query/{job}/results?")


def test_the_result_stays_that_of_the_start(caller: Caller) -> None:
    job = _done(caller)
    first, second = [record["Id"] for record in caller.org.records("Lead")][:2]
    caller.org.update("Lead", first, {"LastName": "Changed"}, "human:ann")
    caller.org.delete("Lead", second, "human:ann")
    rows = rows_of(caller.send("GET", f"jobs/query/{job}/results"))
    assert (len(rows), rows[0]["LastName"], rows[1]["Id"]) == (25, "L0", second)
    again = _done(caller, operation="queryAll", query="SELECT Id FROM Lead WHERE IsDeleted = true")
    assert [row["Id"] for row in rows_of(caller.send("GET", f"jobs/query/{again}/results"))] == [second]


DIALECTS = [("BACKQUOTE", "`"), ("CARET", "^"), ("PIPE", "|"), ("SEMICOLON", ";"), ("TAB", "\t")]


@pytest.mark.parametrize(("name", "sign"), DIALECTS)
def test_the_dialect_is_the_jobs(caller: Caller, name: str, sign: str) -> None:
    job = _done(caller, columnDelimiter=name, lineEnding="CRLF", query="SELECT Id, LastName FROM Lead ORDER BY Id")
    answer = caller.send("GET", f"jobs/query/{job}/results")
    assert answer.body.startswith(f'"Id"{sign}"LastName"\r\n'.encode())
    assert rows_of(answer, sign)[3]["LastName"] == 'Q "uo", te\nd'


def test_no_rows_are_a_header_alone(caller: Caller) -> None:
    job = _done(caller, query="SELECT Id FROM Lead WHERE LastName = 'nobody'")
    answer = caller.send("GET", f"jobs/query/{job}/results?maxRecords=5")
    assert (answer.body, answer.headers["Sforce-Locator"]) == (b'"Id"\n', "null")


REFUSED = [
    ({"query": "SELECT COUNT() FROM Lead"}, "API_ERROR"),
    ({"query": "SELECT Status, COUNT(Id) FROM Lead GROUP BY Status"}, "API_ERROR"),
    ({"query": "SELECT Id, (SELECT Id FROM Tasks) FROM Lead"}, "API_ERROR"),
    ({"query": "SELECT Id FROM Lead ORDER BY Id LIMIT 5 OFFSET 1"}, "API_ERROR"),
    ({"query": "SELECT Id, Address FROM Lead"}, "API_ERROR"),
    ({"query": "SELECT Nope FROM Lead"}, "INVALID_FIELD"),
    ({"query": "SELECT Id FROM Nope"}, "INVALID_TYPE"),
    ({"query": "SELECT Id FRM Lead"}, "MALFORMED_QUERY"),
    ({"query": "SELECT FIELDS(ALL) FROM Lead LIMIT 200"}, "MALFORMED_QUERY"),
    ({"operation": "insert"}, "INVALIDJOB"),
    ({"contentType": "JSON"}, "INVALIDJOB"),
    ({"columnDelimiter": "SPACE"}, "INVALIDJOB"),
    ({"lineEnding": "CR"}, "INVALIDJOB"),
]


@pytest.mark.parametrize(("body", "code"), REFUSED)
def test_what_bulk_does_not_do_is_refused_at_the_start(caller: Caller, body: dict[str, str], code: str) -> None:
    answer = caller.send("POST", "jobs/query", {"operation": "query", "query": TEXT} | body)
    assert (answer.status, answer.json()[0]["errorCode"]) == (400, code)
    assert caller.send("GET", "jobs/query").json()["records"] == []


def test_a_running_job_can_be_aborted_and_only_an_ended_one_deleted(caller: Caller) -> None:
    job = _job(caller)
    assert caller.send("DELETE", f"jobs/query/{job}").json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert caller.send("PATCH", f"jobs/query/{job}", {"state": "Aborted"}).json()["state"] == "Aborted"
    assert caller.send("PATCH", f"jobs/query/{job}", {"state": "Aborted"}).status == 400
    assert caller.send("GET", f"jobs/query/{job}/results").status == 400
    gone = caller.send("DELETE", f"jobs/query/{job}")
    assert (gone.status, gone.body) == (204, b"")
    missing = caller.send("GET", f"jobs/query/{job}")
    assert (missing.status, missing.json()) == (
        404,
        [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}],
    )


def test_results_are_of_one_version_and_of_seven_days(caller: Caller) -> None:
    job = _done(caller)
    assert caller.send("GET", f"/services/data/v61.0/jobs/query/{job}/results").status == 409
    caller.clock.advance(7 * DAY_MS)
    caller.log_in()
    assert caller.send("GET", f"jobs/query/{job}/results").status == 404


def test_a_query_that_gives_up_ends_failed_and_has_no_results() -> None:
    caller = Caller(bulk_query_most_rows=1)
    for name in ("A", "B"):
        caller.org.seed("Lead", {"LastName": name, "Company": "C"})
    job = _done(caller)
    read = caller.send("GET", f"jobs/query/{job}").json()
    assert (read["state"], read["errorMessage"]) == ("Failed", "InternalServerError : Retried more than fifteen times")
    assert caller.send("GET", f"jobs/query/{job}/results").status == 400


def test_the_days_query_jobs_run_out_deleted_ones_included() -> None:
    caller = Caller(bulk_queries_a_day=1)
    caller.send("DELETE", f"jobs/query/{_done(caller)}")
    refused = caller.send("POST", "jobs/query", {"operation": "query", "query": TEXT})
    assert (refused.status, refused.json()[0]["errorCode"]) == (400, "LIMIT_EXCEEDED")
    caller.clock.advance(DAY_MS)
    caller.log_in()
    assert _job(caller)
