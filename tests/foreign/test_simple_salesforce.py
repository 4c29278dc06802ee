"""simple-salesforce, unmodified, over TLS: rows, queries, describe, collections, replication, schema, errors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import requests
from simple_salesforce import Salesforce, format_soql
from simple_salesforce.exceptions import (
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)

from sandbox.app import Sandbox

ROE = {"LastName": "Roe", "Company": "Acme & Sons"}


@pytest.fixture
def client(sandbox: Sandbox, session: requests.Session) -> Salesforce:
    token = sandbox.credentials.salesforce_access_token
    return Salesforce(session_id=token, instance_url=sandbox.salesforce_url, session=session, version="66.0")


def test_one_row_through_its_life(client: Salesforce) -> None:
    begun = datetime.now(UTC) - timedelta(minutes=2)
    made = client.Lead.create({**ROE, "Email": "jo+1@acme.example"})
    assert made == {"id": made["id"], "success": True, "errors": []} and len(made["id"]) == 18
    lead = made["id"]
    assert client.Lead.update(lead, {"Title": "CTO, EMEA"}) == 204
    read = client.Lead.get(lead)
    assert (read["attributes"]["type"], read["Title"], read["Company"]) == ("Lead", "CTO, EMEA", "Acme & Sons")
    assert read["CreatedDate"].endswith(".000+0000") and read["MobilePhone"] is None
    assert client.Lead.upsert("Foreign_Key__c/s-1", ROE, raw_response=True).json()["created"] is True
    assert client.Lead.upsert("Foreign_Key__c/s-1", {"Title": "CEO"}) == 200
    keyed = client.Lead.get_by_custom_id("Foreign_Key__c", "s-1")
    assert keyed["Title"] == "CEO"
    assert client.Lead.delete(lead) == 204
    until = datetime.now(UTC) + timedelta(minutes=2)
    assert keyed["Id"] in client.Lead.updated(begun, until)["ids"]
    gone = client.Lead.deleted(begun, until)
    assert lead in [each["id"] for each in gone["deletedRecords"]] and gone["latestDateCovered"].endswith("+0000")
    where = format_soql("SELECT Id FROM Lead WHERE Id = {}", lead)
    assert client.query(where)["totalSize"] == 0
    assert client.query(where, include_deleted=True)["totalSize"] == 1


def test_queries_page_by_locator_and_by_address(client: Salesforce) -> None:
    names = [f"Page{number:03}" for number in range(450)]
    for at in range(0, 450, 200):
        rows = [{"attributes": {"type": "Lead"}, **ROE, "LastName": name} for name in names[at : at + 200]]
        sent = client.restful("composite/sobjects", method="POST", json={"allOrNone": True, "records": rows})
        assert all(each["success"] for each in sent)
    soql = "SELECT LastName, Owner.Name FROM Lead WHERE LastName LIKE 'Page%' ORDER BY LastName"
    client.headers["Sforce-Query-Options"] = "batchSize=200"
    first = client.query(soql)
    assert (first["totalSize"], first["done"], len(first["records"])) == (450, False, 200)
    second = client.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    third = client.query_more(second["nextRecordsUrl"].rpartition("/")[2], identifier_is_url=False)
    assert third["done"] is True and "nextRecordsUrl" not in third and third["totalSize"] == 450
    assert [each["LastName"] for page in (first, second, third) for each in page["records"]] == names
    assert [each["LastName"] for each in client.query_all_iter(soql)] == names
    assert client.query_all(soql, include_deleted=True)["totalSize"] == 450
    (counted,) = client.query("SELECT COUNT(Id) n FROM Lead WHERE LastName LIKE 'Page%'")["records"]
    assert counted == {"attributes": {"type": "AggregateResult"}, "n": 450}
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_QUERY_LOCATOR"):
        client.query_more("0r8000000000000AAA-200")


def test_searches_find_words_in_the_fields_asked_for(client: Salesforce) -> None:
    lead = client.Lead.create({**ROE, "LastName": "Zaphod Searchable", "Email": "zaphod@heart.example"})["id"]
    found = client.search(
        "FIND {zaphod*} IN ALL FIELDS RETURNING Lead(Id, Email WHERE Company != 'x (y)' LIMIT 5), Account"
    )
    (record,) = found["searchRecords"]
    assert (record["attributes"]["type"], record["Id"], record["Email"]) == ("Lead", lead, "zaphod@heart.example")
    assert [each["Id"] for each in client.quick_search("Searchable ZAPHOD")["searchRecords"]] == [lead]
    assert client.search("FIND {heart\\.example} IN EMAIL FIELDS RETURNING Lead")["searchRecords"][0]["Id"] == lead
    assert client.search("FIND {heart} IN NAME FIELDS RETURNING Lead(Id)")["searchRecords"] == []
    for sosl, code in [
        ("FIND zaphod", "MALFORMED_SEARCH"),
        ("FIND {a}", "MALFORMED_SEARCH"),
        ("FIND {zaphod} RETURNING Lead(Id", "MALFORMED_SEARCH"),
        ("FIND {zaphod} RETURNING Lead(Nonsense)", "INVALID_FIELD"),
        ("FIND {zaphod} RETURNING Nothing__c(Id)", "INVALID_TYPE"),
    ]:
        with pytest.raises(SalesforceMalformedRequest) as refusal:
            client.search(sosl)
        assert refusal.value.content[0]["errorCode"] == code


def test_many_rows_in_one_call_fail_in_part(client: Salesforce) -> None:
    rows = [{"attributes": {"type": "Lead"}, **ROE}, {"attributes": {"type": "Lead"}, "FirstName": "Jo"}]
    good, bad = client.restful("composite/sobjects", method="POST", json={"allOrNone": False, "records": rows})
    assert good["success"] is True
    assert (bad["success"], bad["errors"][0]["statusCode"]) == (False, "REQUIRED_FIELD_MISSING")
    assert sorted(bad["errors"][0]["fields"]) == ["Company", "LastName"]
    rolled, back = client.restful("composite/sobjects", method="POST", json={"allOrNone": True, "records": rows})
    assert rolled["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK" and back["success"] is False
    read = client.restful("composite/sobjects/Lead", params={"ids": f"{good['id']},00Q000000000001", "fields": "Id"})
    assert read[0]["Id"] == good["id"] and read[1] is None
    (gone,) = client.restful("composite/sobjects", params={"ids": good["id"]}, method="DELETE")
    assert gone == {"id": good["id"], "success": True, "errors": []}
    base = f"/services/data/v{client.sf_version}"
    create = {"method": "POST", "url": f"{base}/sobjects/Lead", "referenceId": "made", "body": ROE}
    read_it = {"method": "GET", "url": f"{base}/sobjects/Lead/@{{made.id}}?fields=Company", "referenceId": "read"}
    answers = client.restful("composite", method="POST", json={"compositeRequest": [create, read_it]})
    assert [each["httpStatusCode"] for each in answers["compositeResponse"]] == [201, 200]
    assert answers["compositeResponse"][1]["body"]["Company"] == "Acme & Sons"


def test_it_learns_the_schema_and_adds_a_field_that_is_hidden_until_granted(client: Salesforce) -> None:
    known = {each["name"]: each for each in client.describe()["sobjects"]}
    assert (known["Lead"]["keyPrefix"], known["Contact"]["updateable"]) == ("00Q", True)
    assert client.Lead.metadata()["objectDescribe"]["name"] == "Lead"
    fields = {each["name"]: each for each in client.Lead.describe()["fields"]}
    assert (fields["Email"]["type"], fields["Foreign_Key__c"]["externalId"]) == ("email", True)
    made = client.toolingexecute(
        "sobjects/CustomField",
        method="POST",
        data={"FullName": "Lead.Shoe__c", "Metadata": {"label": "Shoe", "type": "Text", "length": 9}},
    )
    assert made["success"] is True
    with pytest.raises(SalesforceMalformedRequest, match="No such column 'Shoe__c' on entity 'Lead'"):
        client.query("SELECT Shoe__c FROM Lead LIMIT 1")
    parent = client.PermissionSet.create({"Name": "Shoes", "Label": "Shoes"})["id"]
    rights = {"ParentId": parent, "SobjectType": "Lead", "Field": "Lead.Shoe__c"}
    client.FieldPermissions.create({**rights, "PermissionsRead": True, "PermissionsEdit": True})
    (me,) = client.query(format_soql("SELECT Id FROM User WHERE Username = {}", "sync@acme.example"))["records"]
    client.PermissionSetAssignment.create({"AssigneeId": me["Id"], "PermissionSetId": parent})
    assert client.Lead.create({**ROE, "Shoe__c": "42"})["success"] is True
    assert client.query("SELECT Shoe__c FROM Lead WHERE Shoe__c = '42'")["totalSize"] == 1
    assert (
        client.restful("tooling/query", {"q": "SELECT Id FROM CustomField WHERE DeveloperName = 'Shoe'"})["size"] == 1
    )


def test_each_refusal_has_its_class_and_the_body_of_the_real_one(client: Salesforce) -> None:
    for key in ("twice", "twice"):
        client.Lead.create({**ROE, "Loose_Key__c": key})
    gone = client.Lead.create(ROE)["id"]
    client.Lead.delete(gone)
    client.Lead.create({**ROE, "Foreign_Key__c": "only"})
    cases = [
        (lambda: client.Lead.create({"FirstName": "Jo"}), SalesforceMalformedRequest, 400, "REQUIRED_FIELD_MISSING"),
        (lambda: client.Lead.create({**ROE, "Nonsense__c": 1}), SalesforceMalformedRequest, 400, "INVALID_FIELD"),
        (
            lambda: client.Lead.create({**ROE, "Foreign_Key__c": "only"}),
            SalesforceMalformedRequest,
            400,
            "DUPLICATE_VALUE",
        ),
        (lambda: client.query("SELECT Id FRM Lead"), SalesforceMalformedRequest, 400, "MALFORMED_QUERY"),
        (lambda: client.query("SELECT Id FROM Nothing__c"), SalesforceMalformedRequest, 400, "INVALID_TYPE"),
        (lambda: client.Lead.get("00Q000000000001AAA"), SalesforceResourceNotFound, 404, "NOT_FOUND"),
        (lambda: client.Lead.update(gone, {"Title": "x"}), SalesforceResourceNotFound, 404, "ENTITY_IS_DELETED"),
        (lambda: client.Nothing__c.describe(), SalesforceResourceNotFound, 404, "NOT_FOUND"),
    ]
    for act, kind, status, code in cases:
        with pytest.raises(kind) as refusal:
            act()
        assert (refusal.value.status, refusal.value.content[0]["errorCode"]) == (status, code)
    with pytest.raises(SalesforceMoreThanOneRecord) as several:
        client.Lead.get_by_custom_id("Loose_Key__c", "twice")
    assert len(several.value.content) == 2
    stale = {"If-Unmodified-Since": "Thu, 01 Jan 2015 00:00:00 GMT"}
    fresh = client.Lead.create(ROE)["id"]
    with pytest.raises(SalesforceGeneralError) as late:
        client.Lead.update(fresh, {"Title": "x"}, headers=stale)
    assert late.value.status == 412
