"""The requests of Airbyte, the Singer taps, dlt and the Salesforce CLI, in their order and spelling, replayed."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
import requests

from sandbox.app import Sandbox

LOCATOR = "Sforce-Locator"


class Replay:
    """Sends what a client sends to the org; its token is bought as that client buys it."""

    def __init__(self, sandbox: Sandbox, session: requests.Session, **headers: str) -> None:
        known = sandbox.credentials
        form = {
            "grant_type": "refresh_token",
            "client_id": known.salesforce_client_id,
            "client_secret": known.salesforce_client_secret,
            "refresh_token": known.salesforce_refresh_token,
        }
        self._session = session
        bought = session.post("https://login.salesforce.com/services/oauth2/token", data=form, timeout=20).json()
        self.url, self.token = bought["instance_url"], bought["access_token"]
        self._headers = {"Authorization": f"Bearer {self.token}", **headers}

    def __call__(self, method: str, path: str, status: int = 200, **more: Any) -> requests.Response:
        headers = {**self._headers, **more.pop("headers", {})}
        answer = self._session.request(method, self.url + path, headers=headers, timeout=20, **more)
        assert answer.status_code == status, answer.text
        return answer


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_airbyte_discovers_reads_by_rest_and_by_bulk(sandbox: Sandbox, session: requests.Session) -> None:
    send = Replay(sandbox, session)
    data = "/services/data/v62.0"
    names = [each["name"] for each in send("GET", f"{data}/sobjects").json()["sobjects"] if each["queryable"]]
    assert {"Account", "Contact", "Lead"} <= set(names)
    fields = send("GET", f"{data}/sobjects/Account/describe").json()["fields"]
    assert {"name", "type", "nillable", "compoundFieldName"} <= set(fields[0])
    plain = [each["name"] for each in fields if each["type"] not in ("address", "location", "base64")]
    soql = f"SELECT {','.join(plain)} FROM Account WHERE SystemModstamp >= 2000-01-01T00:00:00.000+00:00 AND "
    soql += "SystemModstamp < 2100-01-01T00:00:00.000+00:00"
    read = send("GET", f"{data}/queryAll", params={"q": f"{soql} ORDER BY SystemModstamp ASC"}).json()
    assert read["totalSize"] == len(read["records"]) > 0 and read["done"] is True
    job = {"operation": "queryAll", "query": soql, "contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF"}
    made = send("POST", f"{data}/jobs/query", json=job).json()
    assert re.fullmatch(r"/services/data/v\d{2}\.\d/jobs/query/[^/]+", f"{data}/jobs/query/{made['id']}")
    assert send("GET", f"{data}/jobs/query/{made['id']}").json()["state"] == "JobComplete"
    headers = {"Accept-Encoding": "gzip"}
    result = send("GET", f"{data}/jobs/query/{made['id']}/results", headers=headers)
    assert (result.headers[LOCATOR], result.headers["Content-Encoding"]) == ("null", "gzip")
    result.encoding = "utf-8"
    found = rows(result.text)
    assert [list(found[0]), len(found)] == [plain, read["totalSize"]]
    assert {row["Id"] for row in found} == {record["Id"] for record in read["records"]}
    assert found[0]["SystemModstamp"].endswith("Z") and read["records"][0]["SystemModstamp"].endswith("+0000")
    assert send("DELETE", f"{data}/jobs/query/{made['id']}", 204).content == b""
    gone = send("GET", f"{data}/jobs/query/{made['id']}", 404).json()
    assert gone == [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
    compound = {**job, "query": "SELECT Id,BillingAddress FROM Account"}
    assert "compound data not supported" in send("POST", f"{data}/jobs/query", 400, json=compound).json()[0]["message"]


def test_the_singer_taps_discover_and_read(sandbox: Sandbox, session: requests.Session) -> None:
    send = Replay(sandbox, session)
    data = "/services/data/v61.0"
    answer = send("GET", f"{data}/sobjects")
    assert re.fullmatch(r"api-usage=(\d+)/(\d+)", answer.headers["Sforce-Limit-Info"])
    assert all("customSetting" in each for each in answer.json()["sobjects"])
    asked = [{"method": "GET", "url": f"v61.0/sobjects/{name}/describe"} for name in ("Lead", "Contact", "Account")]
    batch = send("POST", f"{data}/composite/batch", json={"batchRequests": asked}).json()
    assert [each["result"]["name"] for each in batch["results"]] == ["Lead", "Contact", "Account"]
    assert set(send("GET", f"{data}/limits").json()["DailyBulkApiBatches"]) == {"Max", "Remaining"}
    soql = (
        "SELECT Id,SystemModstamp FROM Contact WHERE SystemModstamp >= 2000-01-01T00:00:00Z ORDER BY SystemModstamp ASC"
    )
    read = send("GET", f"{data}/queryAll", params={"q": soql}).json()
    assert read["records"][0]["attributes"]["type"] == "Contact"

    bulk = {"X-SFDC-Session": send.token, "Content-Type": "application/json"}
    body = {"operation": "queryAll", "object": "Contact", "contentType": "CSV"}
    job = send("POST", "/services/async/61.0/job", 201, json=body, headers=bulk).json()
    url = f"/services/async/61.0/job/{job['id']}"
    text = {"X-SFDC-Session": send.token, "Content-Type": "text/csv"}
    added = send("POST", f"{url}/batch", 201, data=soql, headers=text)
    (batch_id,) = tags(added, "id")
    assert tags(send("GET", f"{url}/batch/{batch_id}", headers=text), "state") == ["Completed"]
    assert tags(send("GET", f"{url}/batch", headers=text), "id") == [batch_id]
    (result,) = tags(send("GET", f"{url}/batch/{batch_id}/result", headers=text), "result")
    page = send("GET", f"{url}/batch/{batch_id}/result/{result}", headers=text)
    assert [row["Id"] for row in rows(page.text)] == [each["Id"] for each in read["records"]]
    assert send("POST", url, json={"state": "Closed"}, headers=bulk).json()["state"] == "Closed"
    cut = {**bulk, "Sforce-Enable-PKChunking": "true; chunkSize=250000"}
    assert send("POST", "/services/async/61.0/job", 201, json=body, headers=cut).json()["state"] == "Open"


def tags(answer: requests.Response, name: str) -> list[str]:
    assert answer.headers["Content-Type"].startswith("application/xml")
    return re.findall(rf"<{name}>([^<]*)</{name}>", answer.text)


def test_dlt_reads_by_bulk_one_in_json(sandbox: Sandbox, session: requests.Session) -> None:
    send = Replay(sandbox, session, **{"Content-Type": "application/json", "X-PrettyPrint": "1"})
    describe = send("GET", "/services/data/v59.0/sobjects/Lead/describe").json()
    assert all("compoundFieldName" in each for each in describe["fields"])
    bulk = {"X-SFDC-Session": send.token}
    body = {"operation": "query", "object": "Lead", "contentType": "JSON"}
    job = send("POST", "/services/async/59.0/job", 201, json=body, headers=bulk).json()
    url = f"/services/async/59.0/job/{job['id']}"
    batch = send("POST", f"{url}/batch", 201, data="SELECT Id, SystemModstamp FROM Lead LIMIT 5", headers=bulk).json()
    assert batch["jobId"] == job["id"]
    assert send("GET", f"{url}/batch/{batch['id']}", headers=bulk).json()["state"] == "Completed"
    (result,) = send("GET", f"{url}/batch/{batch['id']}/result", headers=bulk).json()
    records = send("GET", f"{url}/batch/{batch['id']}/result/{result}", headers=bulk).json()
    assert len(records) == 5 and all(isinstance(each["SystemModstamp"], int) for each in records)
    unknown = send("GET", "/services/async/59.0/job/750000000000001AAA", 400, headers=bulk).json()
    assert unknown == {"exceptionCode": "InvalidJob", "exceptionMessage": "Unable to find job"}


@pytest.mark.parametrize("slash", ["/", "//"])
def test_the_salesforce_cli_looks_around_and_queries(sandbox: Sandbox, session: requests.Session, slash: str) -> None:
    send = Replay(sandbox, session, **{"User-Agent": "sfdx toolbelt:", "Content-Type": "application/json"})
    who = send("GET", f"{slash}services/oauth2/userinfo").json()
    assert (who["preferred_username"], who["organization_id"]) == ("sync@acme.example", sandbox.org.state.org_id)
    user = send("GET", f"{slash}services/data/v51.0/sobjects/User/{who['user_id']}").json()
    assert user["Username"] == who["preferred_username"]
    newest = send("GET", f"{slash}services/data").json()[-1]["version"]
    data = f"{slash}services/data/v{newest}"
    assert send("GET", data).json()["sobjects"] == f"/services/data/v{newest}/sobjects"
    soql = "SELECT Name, InstanceName, IsSandbox, TrialExpirationDate, NamespacePrefix FROM Organization"
    assert send("GET", f"{data}/query", params={"q": soql}).json()["records"][0]["IsSandbox"] is False
    soql = "SELECT Id, Account.Name, DoNotCall, CreatedDate, (SELECT Id, Subject FROM Tasks) FROM Contact LIMIT 1"
    told = send("GET", f"{data}/query", params={"q": soql, "columns": "true"}).json()
    names = [each["columnName"] for each in told["columnMetadata"]]
    assert names == ["Id", "Account", "DoNotCall", "CreatedDate", "Tasks"] and told["entityName"] == "Contact"
    account, tasks = told["columnMetadata"][1], told["columnMetadata"][4]
    assert [each["columnName"] for each in account["joinColumns"]] == ["Name"]
    assert (tasks["aggregate"], [each["columnName"] for each in tasks["joinColumns"]]) == (True, ["Id", "Subject"])
    counted = {"q": "SELECT Status, COUNT(Id) FROM Lead GROUP BY Status", "columns": "true"}
    told = send("GET", f"{data}/query", params=counted).json()
    assert [(each["displayName"], each["aggregate"]) for each in told["columnMetadata"]] == [
        ("Status", False),
        ("count(Id)", True),
    ]
