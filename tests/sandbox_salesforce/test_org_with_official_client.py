"""simple-salesforce, unmodified, against the org: it logs in, writes, reads, queries and fails as with the real one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

from sandbox.kernel import Ledger, SandboxClock
from sandbox.salesforce import OrgSettings, SalesforceOrg
from simulation.door import InProcessAdapter
from tests.sandbox_salesforce.org_world import KEY

ROE = {"LastName": "Roe", "Company": "Acme"}


@pytest.fixture
def org() -> SalesforceOrg:
    return SalesforceOrg(OrgSettings(), SandboxClock(), Ledger())


@pytest.fixture
def client(org: SalesforceOrg) -> Salesforce:
    session = requests.Session()
    session.mount("https://", InProcessAdapter(org.handle, org.clock.advance))
    return Salesforce(
        username=org.settings.username,
        password=org.settings.password,
        security_token="",
        domain="login",
        session=session,
        version="59.0",
    )


def test_it_logs_in_by_soap_and_handles_rows(org: SalesforceOrg, client: Salesforce) -> None:
    org.add_field("Lead", KEY)
    lead = client.Lead.create(ROE)["id"]
    assert client.Lead.update(lead, {"Title": "CTO"}) == 204
    assert client.Lead.get(lead)["Title"] == "CTO"
    assert client.Lead.upsert("Syncer_Key__c/7", ROE) == 201
    assert client.Lead.upsert("Syncer_Key__c/7", {"Title": "CEO"}) == 200
    assert client.Lead.get_by_custom_id("Syncer_Key__c", "7")["Title"] == "CEO"
    assert client.Lead.delete(lead) == 204
    with pytest.raises(SalesforceResourceNotFound, match="ENTITY_IS_DELETED"):
        client.Lead.get(lead)
    with pytest.raises(SalesforceMalformedRequest, match="REQUIRED_FIELD_MISSING"):
        client.Lead.create({"FirstName": "Jo"})
    assert client.query("SELECT Id FROM Lead")["totalSize"] == 1
    assert client.api_usage["api-usage"].total == 100_000


def test_it_describes_replicates_and_reads_limits(org: SalesforceOrg, client: Salesforce) -> None:
    assert "Lead" in [entry["name"] for entry in client.describe()["sobjects"]]
    assert client.Lead.describe()["keyPrefix"] == "00Q"
    lead = client.Lead.create(ROE)["id"]
    now = datetime.fromtimestamp(org.clock.now_ms() / 1000, UTC)
    span = (now - timedelta(minutes=5), now + timedelta(seconds=1))
    assert client.Lead.updated(*span)["ids"] == [lead]
    assert client.Lead.deleted(*span)["deletedRecords"] == []
    assert client.limits()["DailyApiRequests"]["Max"] == 100_000
    made = client.toolingexecute(
        "sobjects/CustomField",
        method="POST",
        data={"FullName": "Lead.A__c", "Metadata": {"label": "A", "type": "Text", "length": 9}},
    )
    assert made["success"] is True
