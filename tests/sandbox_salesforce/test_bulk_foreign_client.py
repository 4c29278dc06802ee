"""simple-salesforce as it is, on a transport that leads into the model: queries and both Bulk APIs."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import BaseAdapter
from simple_salesforce import Salesforce
from urllib3.response import HTTPResponse

from sandbox.kernel import Request
from tests.sandbox_salesforce.soql_door import Caller


class _IntoTheModel(BaseAdapter):
    def __init__(self, caller: Caller) -> None:
        super().__init__()
        self._caller = caller

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        url, body = urlsplit(str(request.url)), request.body or b""
        headers = {
            name.lower(): value if isinstance(value, str) else value.decode() for name, value in request.headers.items()
        }
        sent = Request(
            str(request.method), url.path, url.query, headers, body.encode() if isinstance(body, str) else body
        )
        answer = self._caller.org.handle(sent)
        made = requests.Response()
        made.status_code, made.url, made.request = answer.status, str(request.url), request
        made.headers.update(answer.headers)
        made.encoding = requests.utils.get_encoding_from_headers(made.headers)
        made.raw = HTTPResponse(io.BytesIO(answer.body), answer.headers, answer.status, preload_content=False)
        return made

    def close(self) -> None:
        pass


@pytest.fixture
def client() -> Salesforce:
    caller = Caller(bulk_delay_ms=0)
    for number in range(450):
        caller.org.seed("Lead", {"LastName": f"L{number}", "Company": "Øre"})
    session = requests.Session()
    session.mount("https://", _IntoTheModel(caller))
    return Salesforce(
        session_id=caller.token, instance_url="https://acme.my.salesforce.com", session=session, version="66.0"
    )


def test_its_queries_read_every_page(client: Salesforce) -> None:
    client.headers["Sforce-Query-Options"] = "batchSize=200"
    found = client.query_all("SELECT LastName FROM Lead ORDER BY Id")
    assert [record["LastName"] for record in found["records"]] == [f"L{number}" for number in range(450)]
    assert client.query("SELECT COUNT() FROM Lead")["totalSize"] == 450


def test_its_bulk_two_reads_pages_and_writes_rows(client: Salesforce) -> None:
    pages = list(client.bulk2.Lead.query("SELECT LastName, Company FROM Lead ORDER BY Id", max_records=200, wait=0))
    rows = [row for page in pages for row in csv.DictReader(io.StringIO(page))]
    assert (len(pages), len(rows), rows[-1]) == (3, 450, {"LastName": "L449", "Company": "Øre"})
    rows = [{"HubSpot_Id__c": key, "LastName": name, "Company": "C"} for key, name in (("1", "A"), ("2", ""))]
    (done,) = client.bulk2.Lead.upsert(records=rows, external_id_field="HubSpot_Id__c", wait=0)
    assert (done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (2, 1)
    (failed,) = csv.DictReader(io.StringIO(client.bulk2.Lead.get_failed_records(done["job_id"])))
    assert failed["HubSpot_Id__c"] == "2" and failed["sf__Error"].startswith("REQUIRED_FIELD_MISSING:")


def test_its_bulk_one_reads_and_writes(client: Salesforce) -> None:
    found = client.bulk.Lead.query("SELECT LastName FROM Lead ORDER BY Id LIMIT 2")
    assert [record["LastName"] for record in found] == ["L0", "L1"]
    made, failed = client.bulk.Lead.insert([{"LastName": "A", "Company": "C"}, {"LastName": None, "Company": "C"}])
    assert (made["success"], made["created"], failed["success"]) == (True, True, False)
