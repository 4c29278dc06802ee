"""Large scans: the job, its pages, its failures, and CSV that means the same as REST's JSON."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
import responses

from connectors.base import AuthError, ProtocolError, QuotaError, TransientError
from connectors.salesforce.bulk import parse_csv
from connectors.salesforce.ids import to18
from connectors.salesforce.schema import parse_describe
from connectors.salesforce.words import BULK_PAGE

ORG = "https://acme.my.salesforce.com"
ROOT = f"{ORG}/services/data/v66.0"
JOB = "750xx0000004CdeAAE"
JOBS = f"{ROOT}/jobs/query"
DESCRIBE = {
    "name": "Contact",
    "fields": [
        {"name": "Id", "type": "id", "length": 18},
        {"name": "SystemModstamp", "type": "datetime"},
        {"name": "IsDeleted", "type": "boolean"},
        {"name": "MasterRecordId", "type": "reference"},
        {"name": "PostalCode", "type": "string", "length": 20},
        {"name": "Employees__c", "type": "int"},
        {"name": "Revenue__c", "type": "currency", "scale": 2},
        {"name": "OptOut__c", "type": "boolean"},
        {"name": "MailingAddress", "type": "address"},
    ],
}
HEADER = '"Id","SystemModstamp","IsDeleted","MasterRecordId","PostalCode"\n'


def id_of(number: int) -> str:
    return to18(f"003xx00000{number:05d}")


def line(number: int, postal_code: str = "01067") -> str:
    return f'"{id_of(number)}","2026-01-05T07:00:00.000Z","false","","{postal_code}"\n'


def page_of(*numbers: int, locator: str | None = "null") -> dict:
    headers = {"Sforce-NumberOfRecords": str(len(numbers))} | ({"Sforce-Locator": locator} if locator else {})
    body = HEADER + "".join(map(line, numbers))
    return {"body": body.encode(), "content_type": "text/csv", "headers": headers}


def job(state: str, **more: object) -> dict:
    return {"id": JOB, "state": state, "createdDate": "2026-01-05T08:00:00.000+0000"} | more


def refusal(code: str, message: str = "no") -> list[dict]:
    return [{"errorCode": code, "message": message}]


@pytest.fixture
def large(make_remote, wire):
    """A remote whose contacts are many enough for Bulk."""
    wire.add(responses.GET, f"{ROOT}/query", json={"totalSize": 20_000, "done": True, "records": []})
    wire.add(responses.GET, f"{ROOT}/sobjects/Contact/describe", json=DESCRIBE)
    return make_remote(bulk_from=10_000)


def scan(remote, token: str | None = None) -> tuple[list[str], list[int]]:
    """All ids of a scan, and the sizes of its pages."""
    ids, sizes = [], []
    while True:
        page = remote.scan("Contact", ["PostalCode"], token)
        ids += [record.id for record in page.records]
        sizes.append(len(page.records))
        token = page.next_token
        if token is None:
            return ids, sizes


def of_query(call: responses.Call) -> dict[str, list[str]]:
    return parse_qs(urlsplit(call.request.url).query)


def test_a_large_scan_is_one_job_read_page_by_page_and_cleared_away(large, wire) -> None:
    wire.add(responses.POST, JOBS, json=job("UploadComplete"))
    wire.add(responses.GET, f"{JOBS}/{JOB}", json=job("InProgress"))
    wire.add(responses.GET, f"{JOBS}/{JOB}", json=job("JobComplete"))
    wire.add(responses.GET, f"{JOBS}/{JOB}/results", **page_of(1, 2, locator="MTAw"))
    wire.add(responses.GET, f"{JOBS}/{JOB}/results", **page_of(3))
    wire.add(responses.DELETE, f"{JOBS}/{JOB}", status=204)
    assert scan(large) == ([id_of(1), id_of(2), id_of(3)], [0, 2, 1])
    made = next(call for call in wire.calls if call.request.method == "POST")
    assert orjson.loads(made.request.body) == {
        "operation": "query",
        "query": "SELECT Id,SystemModstamp,IsDeleted,MasterRecordId,PostalCode FROM Contact ORDER BY Id",
        "contentType": "CSV",
        "columnDelimiter": "COMMA",
        "lineEnding": "LF",
    }
    first, second = (call for call in wire.calls if "/results" in call.request.url)
    assert of_query(first) == {"maxRecords": [str(BULK_PAGE)]}
    assert of_query(second) == {"maxRecords": [str(BULK_PAGE)], "locator": ["MTAw"]}
    assert wire.calls[-1].request.method == "DELETE"


@pytest.mark.parametrize(("rows", "bulk_from"), [(10_000, 10_000), (20_000, 0)], ids=["not many", "switched off"])
def test_a_small_object_or_a_switched_off_bulk_is_read_by_rest(make_remote, wire, rows: int, bulk_from: int) -> None:
    row = {"Id": id_of(1), "SystemModstamp": "2026-01-05T07:00:00.000+0000", "IsDeleted": False, "PostalCode": "1"}
    if bulk_from:
        wire.add(responses.GET, f"{ROOT}/query", json={"totalSize": rows, "done": True, "records": []})
    wire.add(responses.GET, f"{ROOT}/query", json={"totalSize": 1, "done": True, "records": [row]})
    assert scan(make_remote(bulk_from=bulk_from)) == ([id_of(1)], [1])
    assert wire.calls[-1].request.method == "GET"


def test_a_scan_outlives_a_restart_of_the_process(large, make_remote, wire) -> None:
    wire.add(responses.POST, JOBS, json=job("UploadComplete"))
    wire.add(responses.GET, f"{JOBS}/{JOB}", json=job("JobComplete"))
    wire.add(responses.GET, f"{JOBS}/{JOB}/results", **page_of(1, locator="MTAw"))
    wire.add(responses.GET, f"{JOBS}/{JOB}/results", **page_of(2))
    wire.add(responses.DELETE, f"{JOBS}/{JOB}", status=204)
    started = large.scan("Contact", ["PostalCode"], None)
    read = large.scan("Contact", ["PostalCode"], started.next_token)
    after = make_remote(bulk_from=10_000)
    assert scan(after, read.next_token) == ([id_of(2)], [1])
    assert sum(call.request.method == "POST" for call in wire.calls) == 1


def test_a_job_that_is_gone_is_made_again_behind_the_last_row(large, wire) -> None:
    wire.add(responses.POST, JOBS, json=job("UploadComplete"))
    wire.add(responses.GET, f"{JOBS}/{JOB}", json=job("JobComplete"))
    wire.add(responses.GET, f"{JOBS}/{JOB}/results", **page_of(1, locator="MTAw"))
    wire.add(responses.GET, f"{JOBS}/{JOB}/results", status=404, json=refusal("NOT_FOUND"))
    wire.add(responses.GET, f"{JOBS}/{JOB}/results", **page_of(2, locator=None))
    wire.add(responses.DELETE, f"{JOBS}/{JOB}", status=204)
    assert scan(large)[0] == [id_of(1), id_of(2)]
    again = [call for call in wire.calls if call.request.method == "POST"][1]
    assert f"WHERE Id > '{id_of(1)}'" in orjson.loads(again.request.body)["query"]


REFUSED = [
    (400, refusal("INVALIDENTITY", "entity 'Contact' is not supported by the Bulk API")),
    (400, refusal("API_ERROR", "Implementation restriction")),
    (400, refusal("FEATURENOTENABLED")),
    (403, refusal("LIMIT_EXCEEDED", "too many query jobs")),
    (403, refusal("INSUFFICIENT_ACCESS")),
]


@pytest.mark.parametrize(("status", "body"), REFUSED, ids=[case[1][0]["errorCode"] for case in REFUSED])
def test_where_bulk_is_refused_the_scan_goes_on_by_rest(large, wire, status: int, body: list) -> None:
    wire.add(responses.POST, JOBS, status=status, json=body)
    row = {"Id": id_of(1), "SystemModstamp": "2026-01-05T07:00:00.000+0000", "IsDeleted": False, "PostalCode": "1"}
    wire.add(responses.GET, f"{ROOT}/query", json={"totalSize": 1, "done": True, "records": [row]})
    assert scan(large) == ([id_of(1)], [0, 1])


def test_a_failed_job_goes_on_by_rest_an_aborted_one_is_told(large, wire) -> None:
    wire.add(responses.POST, JOBS, json=job("UploadComplete"))
    wire.add(responses.GET, f"{JOBS}/{JOB}", json=job("Failed"))
    wire.add(responses.GET, f"{JOBS}/{JOB}", json=job("Aborted"))
    row = {"Id": id_of(1), "SystemModstamp": "2026-01-05T07:00:00.000+0000", "IsDeleted": False, "PostalCode": "1"}
    wire.add(responses.GET, f"{ROOT}/query", json={"totalSize": 1, "done": True, "records": [row]})
    token = large.scan("Contact", ["PostalCode"], None).next_token
    assert scan(large, token) == ([id_of(1)], [0, 1])
    with pytest.raises(TransientError) as caught:
        large.scan("Contact", ["PostalCode"], token)
    assert caught.value.code == "ABORTED"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(403, "REQUEST_LIMIT_EXCEEDED", QuotaError), (401, "INVALID_SESSION_ID", AuthError)],
)
def test_a_spent_day_or_a_lost_log_in_is_no_reason_to_ask_by_rest(large, wire, status, code, kind) -> None:
    wire.add(responses.POST, JOBS, status=status, json=refusal(code))
    with pytest.raises(kind):
        large.scan("Contact", ["PostalCode"], None)


def test_a_job_that_does_not_end_gives_empty_pages_then_rest(large, wire, clock) -> None:
    wire.add(responses.POST, JOBS, json=job("UploadComplete"))
    wire.add(responses.GET, f"{JOBS}/{JOB}", json=job("InProgress"))
    token = large.scan("Contact", ["PostalCode"], None).next_token
    waiting = large.scan("Contact", ["PostalCode"], token)
    assert (waiting.records, waiting.next_token) == ((), token)
    assert 0 < sum(clock.slept_s) < 120
    clock.sleep(5 * 3600)
    assert orjson.loads(large.scan("Contact", ["PostalCode"], token).next_token) == {"plain": True}


@pytest.mark.parametrize(
    "answer",
    [
        {"body": "<html>Maintenance</html>", "content_type": "text/html"},
        {"body": (HEADER + line(1)).encode(), "content_type": "text/csv", "headers": {"Sforce-NumberOfRecords": "2"}},
    ],
    ids=["a page for people", "rows missing"],
)
def test_results_that_are_not_whole_end_nothing(large, wire, answer: dict) -> None:
    wire.add(responses.POST, JOBS, json=job("UploadComplete"))
    wire.add(responses.GET, f"{JOBS}/{JOB}", json=job("JobComplete"))
    wire.add(responses.GET, f"{JOBS}/{JOB}/results", **answer)
    wire.add(responses.GET, f"{JOBS}/{JOB}/results", **page_of(1, 2))
    wire.add(responses.DELETE, f"{JOBS}/{JOB}", status=429)  # cannot be cleared away now: no harm
    token = large.scan("Contact", ["PostalCode"], None).next_token
    with pytest.raises(TransientError):
        large.scan("Contact", ["PostalCode"], token)
    assert scan(large, token)[0] == [id_of(1), id_of(2)]


CELLS = [
    ("PostalCode", '"01067"', "01067"),
    ("PostalCode", '"NA"', "NA"),
    ("PostalCode", '"null"', "null"),
    ("PostalCode", '""', None),
    ("PostalCode", '"Straße, ""x""\r\n2\u2028"', 'Straße, "x"\r\n2\u2028'),
    ("PostalCode", '"a\0b"', "ab"),
    ("PostalCode", f'"{"y" * 200_000}"', "y" * 200_000),
    ("Employees__c", '"12"', 12),
    ("Employees__c", '"12.0"', 12),
    ("Revenue__c", '"9.12260031E8"', 912260031.0),
    ("Revenue__c", '""', None),
    ("OptOut__c", '"true"', True),
    ("OptOut__c", '"false"', False),
    ("SystemModstamp", '"2026-05-20T20:49:32.000Z"', "2026-05-20T20:49:32.000+0000"),
]


@pytest.mark.parametrize(("column", "cell", "value"), CELLS)
def test_a_cell_means_what_rest_would_have_said(column: str, cell: str, value: object) -> None:
    (row,) = parse_csv(f'"Id","{column}"\n"x",{cell}\n'.encode(), parse_describe(DESCRIBE))
    assert row == {"Id": "x", column: value}
    assert type(row[column]) is type(value)


@pytest.mark.parametrize(
    "body", [b'"Id","PostalCode"\n"x"\n', b'"OptOut__c"\n"yes"\n'], ids=["short row", "no boolean"]
)
def test_csv_that_cannot_be_right_is_an_error(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        list(parse_csv(body, parse_describe(DESCRIBE)))


@pytest.mark.parametrize("body", [b"", b'"Id"\n', b"\xef\xbb\xbf"])
def test_a_result_without_rows_is_no_row(body: bytes) -> None:
    assert list(parse_csv(body, parse_describe(DESCRIBE))) == []


def test_an_address_is_nothing_bulk_can_select(large, wire) -> None:
    row = {"Id": id_of(1), "SystemModstamp": "2026-01-05T07:00:00.000+0000", "IsDeleted": False, "MailingAddress": None}
    wire.add(responses.GET, f"{ROOT}/query", json={"totalSize": 1, "done": True, "records": [row]})
    assert [record.id for record in large.scan("Contact", ["MailingAddress"], None).records] == [id_of(1)]
    assert not any(call.request.method == "POST" for call in wire.calls)
