"""HubSpot's own Python client, unmodified, over TLS: associations, properties, owners, pipelines, lists, tokens."""

from __future__ import annotations

import pytest
from hubspot import HubSpot
from hubspot.crm.associations.v4 import BatchInputPublicAssociationMultiPost
from hubspot.crm.lists import ListCreateRequest, ListSearchRequest
from hubspot.crm.properties import ApiException, PropertyCreate
from hubspot.oauth import ApiException as TokenException

from sandbox.app import Sandbox

PRIMARY = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}


@pytest.fixture
def client(sandbox: Sandbox) -> HubSpot:
    return client_with(sandbox, access_token=sandbox.credentials.hubspot_access_token)


def client_with(sandbox: Sandbox, **options: str) -> HubSpot:
    url = sandbox.hubspot_url
    return HubSpot(host=url, base_url=url, ssl_ca_cert=sandbox.ca_bundle, **options)


def test_associations_in_both_versions(client: HubSpot) -> None:
    contact = client.crm.contacts.basic_api.create({"properties": {"email": "edge@x.io"}}).id
    company = client.crm.companies.basic_api.create({"properties": {"name": "Edge"}}).id
    edges = client.crm.associations.v4
    assert edges.basic_api.create("contacts", contact, "companies", company, [PRIMARY]).labels == ["Primary"]
    assert len(edges.basic_api.create_default("contacts", contact, "companies", company).results) == 2
    assert edges.basic_api.get_page("contacts", contact, "companies").results[0].to_object_id == company
    pair = [{"from": {"id": contact}, "to": {"id": company}, "types": [PRIMARY]}]
    made = edges.batch_api.create("contacts", "companies", BatchInputPublicAssociationMultiPost(inputs=pair))
    assert made.results[0].from_object_id == contact
    read = edges.batch_api.get_page("contacts", "companies", {"inputs": [{"id": contact}]})
    assert (read.results[0]._from.id, read.results[0].to[0].to_object_id) == (contact, company)
    assert edges.schema.definitions_api.get_all("contacts", "companies").results[0].type_id == 1
    label = edges.schema.definitions_api.create("contacts", "companies", {"name": "buyer_of", "label": "Buyer of"})
    assert label.results[0].label == "Buyer of"
    old = client.crm.associations.batch_api.read("contacts", "companies", {"inputs": [{"id": contact}]})
    assert (old.results[0]._from.id, old.results[0].to[0].id) == (contact, company)
    with_edges = client.crm.contacts.basic_api.get_by_id(contact, associations=["companies"])
    assert {each.id for each in with_edges.associations["companies"].results} == {company}
    edges.basic_api.archive("contacts", contact, "companies", company)
    assert edges.basic_api.get_page("contacts", contact, "companies").results == []


def test_properties_groups_owners_pipelines_and_schemas(sandbox: Sandbox, client: HubSpot) -> None:
    api = client.crm.properties.core_api
    body = {"name": "our_key", "label": "Key", "type": "string", "field_type": "text"}
    made = api.create("contacts", PropertyCreate(**body, group_name="contactinformation", has_unique_value=True))
    assert (made.has_unique_value, api.update("contacts", "our_key", {"label": "Our key"}).label) == (True, "Our key")
    assert any(each.name == "our_key" for each in api.get_all("contacts").results)
    assert client.crm.properties.groups_api.get_by_name("contacts", "contactinformation").name == "contactinformation"
    several = client.crm.properties.batch_api.read("contacts", {"inputs": [{"name": "our_key"}], "archived": False})
    assert several.results[0].label == "Our key"
    with pytest.raises(ApiException) as again:
        api.create("contacts", PropertyCreate(**body, group_name="contactinformation"))
    assert again.value.status == 409
    api.archive("contacts", "our_key")
    with pytest.raises(ApiException) as gone:
        api.get_by_name("contacts", "our_key")
    assert gone.value.status == 404

    with sandbox.lock:
        sandbox.portal.add_owner("foreign.rep@x.io", "Rep", "One")
    owners = client.crm.owners.get_all()
    assert "foreign.rep@x.io" in [each.email for each in owners]
    assert client.crm.owners.owners_api.get_by_id(int(owners[0].id)).email == owners[0].email

    stage = {"label": "Won", "displayOrder": 0, "metadata": {"probability": "1.0"}}
    pipelines = client.crm.pipelines.pipelines_api
    line = pipelines.create("deals", {"label": "Ours", "displayOrder": 9, "stages": [stage]})
    assert pipelines.update("deals", line.id, {"label": "Theirs"}).stages[0].label == "Won"
    replaced = pipelines.replace(
        "deals", line.id, {"label": "New", "displayOrder": 9, "stages": [stage, {**stage, "label": "Lost"}]}
    )
    assert (replaced.label, len(replaced.stages)) == ("New", 2)
    stages, first = client.crm.pipelines.pipeline_stages_api, replaced.stages[0].id
    lost = {"label": "Gone", "displayOrder": 0, "metadata": {"probability": "0.0"}}
    assert stages.replace("deals", line.id, first, lost).metadata == {"probability": "0.0", "isClosed": "true"}
    assert stages.get_by_id("deals", line.id, first).label == "Gone"
    pipelines.archive("deals", line.id)
    assert [each.id for each in pipelines.get_all("deals").results] == ["default"]
    assert client.crm.schemas.core_api.get_all().results == []


def test_lists_and_their_members(client: HubSpot) -> None:
    contacts = client.crm.contacts.basic_api
    people = [contacts.create({"properties": {"email": f"listed{number}@x.io"}}).id for number in range(3)]
    lists, members = client.crm.lists.lists_api, client.crm.lists.memberships_api
    made = lists.create(ListCreateRequest(object_type_id="0-1", processing_type="MANUAL", name="Foreign")).list.list_id
    assert sorted(members.add(made, people).records_ids_added) == sorted(people)
    assert members.remove(made, people[:1]).record_ids_removed == people[:1]
    first = members.get_page(made, limit=1)
    rest = members.get_page(made, limit=1, after=first.paging.next.after)
    assert sorted(each.record_id for each in first.results + rest.results) == sorted(people[1:])
    assert [each.list_id for each in members.get_lists("0-1", people[1]).results] == [made]
    assert lists.get_by_name("Foreign", "0-1").list.list_id == made
    assert lists.update_name(made, list_name="Abroad").updated_list.name == "Abroad"
    assert lists.do_search(ListSearchRequest(query="Abroad", count=10, offset=0)).total == 1
    lists.remove(made)


def test_tokens_bought_by_oauth_open_the_portal(sandbox: Sandbox) -> None:
    known, client = sandbox.credentials, client_with(sandbox)
    app = {"client_id": known.hubspot_client_id, "client_secret": known.hubspot_client_secret}
    grant = {"grant_type": "refresh_token", **app, "refresh_token": known.hubspot_refresh_token}
    bought = client.oauth.tokens_api.create(**grant)
    assert (bought.token_type, bought.expires_in) == ("bearer", 1800)
    assert client.oauth.access_tokens_api.get(bought.access_token).hub_id == 1234567
    assert client.oauth.refresh_tokens_api.get(known.hubspot_refresh_token).hub_id == 1234567
    holder = client_with(sandbox, access_token=bought.access_token)
    assert holder.crm.contacts.basic_api.get_page(limit=1).results
    with pytest.raises(TokenException) as refusal:
        client.oauth.tokens_api.create(**{**grant, "refresh_token": "na1-unknown"})
    assert (refusal.value.status, "BAD_REFRESH_TOKEN" in refusal.value.body) == (400, True)


def test_requests_of_one_s_own_making_pass_through(sandbox: Sandbox, client: HubSpot, monkeypatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(sandbox.ca_bundle))
    details = client.api_request({"path": "/account-info/v3/details"}).json()
    assert details["portalId"] == 1234567
    dated = client.api_request({"path": "/crm/objects/2026-03/contacts", "qs": {"limit": 2}}).json()
    assert len(dated["results"]) == 2 and dated["paging"]["next"]["after"]
