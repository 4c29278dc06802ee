"""The requests that Airbyte, the Singer tap and dlt send to HubSpot, in their order and spelling, replayed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from sandbox.app import Sandbox

API = "https://api.hubapi.com"  # a constant in all three


class Replay:
    """Sends what a client sends to the portal; the token is bought at `path`, or the private app's."""

    def __init__(self, sandbox: Sandbox, session: requests.Session, path: str | None = None, **headers: str) -> None:
        self._session = session
        known = sandbox.credentials
        token = known.hubspot_access_token
        if path is not None:
            form = {
                "grant_type": "refresh_token",
                "client_id": known.hubspot_client_id,
                "client_secret": known.hubspot_client_secret,
                "refresh_token": known.hubspot_refresh_token,
            }
            token = session.post(API + path, data=form, timeout=20).json()["access_token"]
        self.token = token
        self._headers = {"Authorization": f"Bearer {token}", **headers}

    def __call__(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        answer = self._session.request(method, API + path, headers=self._headers, timeout=20, **more)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def edge(sandbox: Sandbox, session: requests.Session) -> tuple[str, str]:
    """A contact and a company that belong together."""
    send = Replay(sandbox, session)
    company = send("POST", "/crm/v3/objects/companies", 201, json={"properties": {"name": "Replayed"}})["id"]
    spec = {"to": {"id": company}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]}
    contact = send(
        "POST", "/crm/v3/objects/contacts", 201, json={"properties": {"lastname": "R"}, "associations": [spec]}
    )
    return contact["id"], company


def test_airbyte_checks_discovers_and_searches(
    sandbox: Sandbox, session: requests.Session, edge: tuple[str, str]
) -> None:
    send = Replay(sandbox, session, "/oauth/v1/token", **{"User-Agent": "Airbyte"})
    assert "crm.objects.contacts.read" in send("GET", f"/oauth/v1/access-tokens/{send.token}")["scopes"]
    known = send("GET", "/properties/v2/contact/properties")
    assert isinstance(known, list) and {"name", "type"} <= set(known[0])
    names = ",".join(each["name"] for each in known[:40])
    params = {"archived": "false", "associations": "companies", "properties": names, "limit": "100"}
    listed = send("GET", "/crm/v3/objects/contact", params=params)["results"]
    assert any(each["id"] == edge[0] and each["associations"]["companies"]["results"] for each in listed)
    low = {"value": 0, "propertyName": "lastmodifieddate", "operator": "GTE"}
    high = {"value": 4_102_444_800_000, "propertyName": "lastmodifieddate", "operator": "LTE"}
    since = {"value": 0, "propertyName": "hs_object_id", "operator": "GTE"}
    search = {
        "limit": 200,
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "filters": [low, high, since],
        "properties": ["email", "lastmodifieddate"],
        "after": 0,
    }
    found = send("POST", "/crm/v3/objects/contact/search", json=search)
    ids = [each["id"] for each in found["results"]]
    assert ids == sorted(ids, key=int) and edge[0] in ids
    lonely = send("POST", "/crm/v3/objects/contacts", 201, json={"properties": {"lastname": "L"}})["id"]
    asked = {"inputs": [{"id": each} for each in (*edge[:1], lonely)]}
    pairs = send("POST", "/crm/v4/associations/contact/company/batch/read", json=asked)["results"]
    assert [(each["from"]["id"], each["to"][0]["toObjectId"]) for each in pairs] == [(edge[0], int(edge[1]))]
    history = send("GET", "/crm/v3/objects/contacts", params={"propertiesWithHistory": "city", "limit": "50"})
    assert all("propertiesWithHistory" in each for each in history["results"])
    for archived in ("false", "true"):
        assert "results" in send("GET", "/crm/v3/owners", params={"limit": "100", "archived": archived})
    (line,) = send("GET", "/crm-pipelines/v1/pipelines/deals")["results"]
    assert (line["pipelineId"], line["stages"][0]["stageId"]) == ("default", "appointmentscheduled")
    assert line["stages"][0]["metadata"] == {"isClosed": "false", "probability": "0.2"}
    assert send("GET", "/crm/v3/pipelines/tickets")["results"][0]["stages"]
    assert send("POST", "/crm/v3/lists/search", json={"count": 50, "offset": 0})["offset"] == 0
    assert send("GET", "/crm/v3/schemas")["results"] == []
    assert "results" in send("GET", "/marketing/v3/forms", params={"limit": "100"})


def test_the_singer_tap_reads_old_and_new_paths(
    sandbox: Sandbox, session: requests.Session, edge: tuple[str, str]
) -> None:
    send = Replay(sandbox, session, "/oauth/2026-03/token")
    for path in ("/companies/v2/properties", "/properties/v1/deals/properties"):
        assert {"name", "type"} <= set(send("GET", path)[0])
    params = {"limit": 100, "properties": "email,city", "associations": "tickets,companies,deals"}
    contacts = send("GET", "/crm/v3/objects/contacts", params=params)
    assert {"results"} <= set(contacts)
    pair = send("POST", "/crm/v3/associations/company/contact/batch/read", json={"inputs": [{"id": edge[1]}]})
    assert pair["results"][0]["to"][0]["id"] == edge[0]
    owners = send("GET", "/crm/v3/owners/", params={"limit": 500})["results"]
    assert owners and all(each["updatedAt"] for each in owners)
    (line,) = send("GET", "/deals/v1/pipelines")
    won = {each["stageId"]: each["probability"] for each in line["stages"] if each["closedWon"]}
    assert (line["pipelineId"], line["active"], won) == ("default", True, {"closedwon": 1.0})
    assert "results" in send("GET", "/crm/v4/objects/tickets", params={"limit": 100})
    deal = send("POST", "/crm/v3/objects/deals", 201, json={"properties": {"dealname": "R", "dealstage": "closedwon"}})[
        "id"
    ]
    body = {"inputs": [{"id": deal}], "properties": ["dealname"]}
    assert send("POST", "/crm/v3/objects/deals/batch/read", json=body)["results"][0]["id"] == deal

    companies = by_offset(send, "/companies/v2/companies/paged", "companies", "has-more", limit=60, properties=["name"])
    numbers = [each["companyId"] for each in companies]
    assert numbers == sorted(set(numbers)) and len(numbers) > 5
    (ours,) = [each for each in companies if each["companyId"] == int(edge[1])]
    assert ours["properties"]["name"]["value"] == "Replayed" and ours["properties"]["name"]["timestamp"] > 0
    whole = send("GET", f"/companies/v2/companies/{edge[1]}")
    assert (whole["companyId"], whole["isDeleted"]) == (int(edge[1]), False)
    assert whole["properties"]["hs_lastmodifieddate"]["value"].isdecimal()
    assert send("GET", f"/companies/v2/companies/{edge[1]}/vids", params={"count": 100})["vids"] == [int(edge[0])]
    asked = {"limit": 250, "includeAssociations": True, "properties": ["dealname", "createdate"]}
    deals = by_offset(send, "/deals/v1/deal/paged", "deals", "hasMore", **asked)
    (ours,) = [each for each in deals if each["dealId"] == int(deal)]
    assert ours["properties"]["dealname"]["value"] == "R"
    assert ours["associations"] == {"associatedVids": [], "associatedCompanyIds": [], "associatedDealIds": []}
    assert send("GET", f"/deals/v1/deal/{deal}")["properties"]["dealstage"]["value"] == "closedwon"
    assert send("GET", "/deals/v1/deal/999999999", 404)["status"] == "error"


def by_offset(send: Replay, path: str, key: str, more: str, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = send("GET", path, params=params)
        found += page[key]
        if not page[more]:
            return found
        params["offset"] = page["offset"]


def by_link(send: Replay, path: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    page = send("GET", path, params=params)
    found = page["results"]
    while "paging" in page:
        link = urlsplit(page["paging"]["next"]["link"])
        page = send("GET", f"{link.path}?{link.query}")
        found += page["results"]
    return found


def test_dlt_follows_links(sandbox: Sandbox, session: requests.Session, edge: tuple[str, str]) -> None:
    send = Replay(sandbox, session)
    assert any(each["name"] == "email" for each in send("GET", "/crm/v3/properties/contacts")["results"])
    assert send("GET", "/crm/v3/properties/contacts/email")["fieldType"] == "text"
    for archived in ({}, {"archived": "True"}):
        params = {"associations": "deals,products,tickets,quotes", "properties": "email,city", "limit": 2, **archived}
        seen = [each["id"] for each in by_link(send, "/crm/v3/objects/contacts", params)]
        assert len(seen) == len(set(seen)) and (edge[0] in seen) is not bool(archived)
    params = {"associations": "contacts,deals,products,tickets,quotes", "limit": 100}
    companies = by_link(send, "/crm/v3/objects/companies", params)
    (ours,) = [each for each in companies if each["id"] == edge[1]]
    assert {each["id"] for each in ours["associations"]["contacts"]["results"]} == {edge[0]}
    for path in ("/crm/v3/owners/", "/crm/v3/pipelines/deals", "/crm/v3/pipelines/tickets"):
        assert send("GET", path)["results"]
