"""simple-salesforce, unmodified: Bulk 2.0 and Bulk 1.0, both ways, with rows that fail."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceOperationError

from sandbox.app import Sandbox


@pytest.fixture
def client(sandbox: Sandbox, session: requests.Session) -> Salesforce:
    token = sandbox.credentials.salesforce_access_token
    return Salesforce(session_id=token, instance_url=sandbox.salesforce_url, session=session, version="66.0")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_bulk_two_writes_and_reads_in_pages(client: Salesforce, tmp_path: Path) -> None:
    rows = [
        {"LastName": f"Bulk{number:03}", "Company": 'Øre, "x"', "Foreign_Key__c": f"b{number}"} for number in range(450)
    ]
    (done,) = client.bulk2.Lead.insert(records=rows, wait=0)
    assert (done["numberRecordsTotal"], done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (450, 450, 0)
    saved = rows_of(client.bulk2.Lead.get_successful_records(done["job_id"]))
    assert {row["sf__Created"] for row in saved} == {"true"} and len(saved[0]["sf__Id"]) == 18
    soql = "SELECT LastName, Company FROM Lead WHERE LastName LIKE 'Bulk%' ORDER BY LastName"
    pages = list(client.bulk2.Lead.query(soql, max_records=200, wait=0))
    read = [row for page in pages for row in rows_of(page)]
    assert (len(pages), read[-1], len(read)) == (3, {"LastName": "Bulk449", "Company": 'Øre, "x"'}, 450)
    files = client.bulk2.Lead.download(soql, path=str(tmp_path), max_records=400, wait=0)
    assert [each["number_of_records"] for each in files] == [400, 50]
    assert sum(len(rows_of(Path(each["file"]).read_text("utf-8"))) for each in files) == 450


def test_bulk_two_tells_failed_rows_apart(client: Salesforce) -> None:
    rows = [
        {"Foreign_Key__c": "u1", "LastName": "A", "Company": "C"},
        {"Foreign_Key__c": "u2", "LastName": "", "Company": "C"},
    ]
    (done,) = client.bulk2.Lead.upsert(records=rows, external_id_field="Foreign_Key__c", wait=0)
    assert (done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (2, 1)
    told = client.bulk2.Lead.get_all_ingest_records(done["job_id"])
    assert [row["Foreign_Key__c"] for row in told["successfulRecords"]] == ["u1"]
    assert told["failedRecords"][0]["sf__Error"].startswith("REQUIRED_FIELD_MISSING:")
    assert told["unprocessedRecords"] == []
    lead = told["successfulRecords"][0]["sf__Id"]
    (changed,) = client.bulk2.Lead.update(records=[{"Id": lead, "Title": "CTO"}], wait=0)
    assert changed["numberRecordsFailed"] == 0 and client.Lead.get(lead)["Title"] == "CTO"
    (gone,) = client.bulk2.Lead.delete(records=[{"Id": lead}], wait=0)
    assert (gone["numberRecordsProcessed"], gone["numberRecordsFailed"]) == (1, 0)


def test_bulk_two_refuses_bad_jobs(client: Salesforce) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refusal:
        list(client.bulk2.Lead.query("SELECT Nonsense FROM Lead", wait=0))
    assert refusal.value.content[0]["errorCode"] == "INVALID_FIELD"
    with pytest.raises(SalesforceOperationError, match="InvalidBatch : Field name not found : Nonsense__c"):
        client.bulk2.Lead.insert(records=[{"Nonsense__c": "x", "LastName": "A", "Company": "C"}], wait=0)


def test_bulk_one_writes_and_reads(client: Salesforce) -> None:
    made, failed = client.bulk.Lead.insert([{"LastName": "One", "Company": "C"}, {"LastName": None, "Company": "C"}])
    assert (made["success"], made["created"], failed["success"]) == (True, True, False)
    assert failed["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    (changed,) = client.bulk.Lead.update([{"Id": made["id"], "Title": "CTO"}])
    assert (changed["success"], changed["created"]) == (True, False)
    keyed = client.bulk.Lead.upsert([{"LastName": "K", "Company": "C", "Foreign_Key__c": "one"}], "Foreign_Key__c")
    assert keyed[0]["created"] is True
    soql = f"SELECT Id, Title, CreatedDate FROM Lead WHERE Id = '{made['id']}'"
    (row,) = client.bulk.Lead.query(soql)
    assert row["Title"] == "CTO" and isinstance(row["CreatedDate"], int)
    assert [page[0]["Id"] for page in client.bulk.Lead.query(soql, lazy_operation=True)] == [made["id"]]
    assert client.bulk.Lead.delete([{"Id": made["id"]}])[0]["success"] is True
    assert client.bulk.Lead.query(soql) == []
    assert client.bulk.Lead.query_all(soql)[0]["Id"] == made["id"]
