"""HubSpot's own Python client, unmodified, over HTTP on loopback: it answers None for any status it does not expect."""

from __future__ import annotations

import threading

import pytest
from hubspot import HubSpot
from hubspot.crm.associations.v4 import BatchInputPublicAssociationMultiPost
from hubspot.crm.contacts import (
    ApiException,
    BatchInputSimplePublicObjectBatchInput,
    BatchInputSimplePublicObjectBatchInputForCreate,
    BatchInputSimplePublicObjectBatchInputUpsert,
    BatchInputSimplePublicObjectId,
    BatchReadInputSimplePublicObjectId,
    PublicGdprDeleteInput,
    PublicMergeInput,
    PublicObjectSearchRequest,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.lists import ListCreateRequest, ListSearchRequest
from hubspot.crm.objects.exceptions import ForbiddenException, NotFoundException
from hubspot.crm.properties import PropertyCreate

from sandbox.server import Listener, bind

PRIMARY = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}


@pytest.fixture
def client(call):
    """The portal behind a listener, and the client pointed at it by its two documented settings."""
    listener = Listener(
        "hubspot", call.portal, lock=threading.Lock(), before=call.clock.now_ms, tls=None, listening=bind(0)
    )
    listener.start()
    client = HubSpot(access_token=call.portal.settings.access_token, host=listener.url, base_url=listener.url)
    yield client
    listener.stop()
    assert listener.failures == []


def test_single_records(call, client):
    api = client.crm.contacts.basic_api
    made = api.create(SimplePublicObjectInputForCreate(properties={"email": "A@x.io"}, associations=[]))
    assert (made.id, made.properties["email"], made.archived) == ("1001", "a@x.io", False)
    assert api.update(made.id, SimplePublicObjectInput(properties={"city": "Rome"})).properties["city"] == "Rome"
    read = api.get_by_id(made.id, properties=["city"], properties_with_history=["city"], archived=False)
    assert (read.properties["city"], read.properties_with_history["city"][0].value) == ("Rome", "Rome")
    assert [each.id for each in api.get_page(limit=10, archived=False).results] == [made.id]
    other = api.create(SimplePublicObjectInputForCreate(properties={"email": "b@x.io"}, associations=[]))
    merged = api.merge(PublicMergeInput(primary_object_id=made.id, object_id_to_merge=other.id))
    api.archive(merged.id)
    assert [each.id for each in api.get_page(archived=True).results] == [merged.id]
    gone = api.create(SimplePublicObjectInputForCreate(properties={"email": "c@x.io"}, associations=[]))
    api.purge(PublicGdprDeleteInput(object_id=gone.id))
    with pytest.raises(ApiException) as refusal:
        api.get_by_id(gone.id)
    assert refusal.value.status == 404


def test_batches_and_search(call, client):
    batches = client.crm.contacts.batch_api
    inputs = [{"properties": {"email": f"p{number}@x.io"}, "associations": []} for number in range(3)]
    made = batches.create(BatchInputSimplePublicObjectBatchInputForCreate(inputs=inputs))
    ids = sorted(each.id for each in made.results)
    inputs = [{"id": ids[0], "properties": {"city": "Rome"}, "objectWriteTraceId": "a"}]
    inputs.append({"id": ids[1], "properties": {"nonsense": "x"}, "objectWriteTraceId": "b"})
    partial = batches.update(BatchInputSimplePublicObjectBatchInput(inputs=inputs))
    assert (partial.num_errors, partial.errors[0].context, partial.results[0].id) == (
        1,
        {"objectWriteTraceId": ["b"]},
        ids[0],
    )
    inputs = [{"id": "new@x.io", "idProperty": "email", "properties": {"city": "Oslo"}}]
    assert batches.upsert(BatchInputSimplePublicObjectBatchInputUpsert(inputs=inputs)).results[0].new is True
    asked = BatchReadInputSimplePublicObjectId(
        inputs=[{"id": "new@x.io"}], properties=["city"], properties_with_history=[], id_property="email"
    )
    assert batches.read(asked, archived=False).results[0].properties["city"] == "Oslo"
    found = client.crm.contacts.search_api.do_search(
        PublicObjectSearchRequest(
            filter_groups=[{"filters": [{"propertyName": "city", "operator": "EQ", "value": "oslo"}]}], limit=5
        )
    )
    assert (found.total, found.results[0].properties["email"]) == (1, "new@x.io")
    batches.archive(BatchInputSimplePublicObjectId(inputs=[{"id": item} for item in ids]))
    assert len(client.crm.contacts.get_all()) == 1


def test_associations_properties_owners_pipelines_lists_and_tokens(call, client):
    contact, company = call.create("contacts", email="a@x.io"), call.create("companies", name="Acme")
    edges = client.crm.associations.v4
    basic = edges.basic_api
    assert basic.create("contacts", contact, "companies", company, [PRIMARY]).labels == ["Primary"]
    assert len(basic.create_default("contacts", contact, "companies", company).results) == 2
    assert basic.get_page("contacts", contact, "companies").results[0].to_object_id == company
    pair = [{"from": {"id": contact}, "to": {"id": company}, "types": [PRIMARY]}]
    assert edges.batch_api.create("contacts", "companies", BatchInputPublicAssociationMultiPost(inputs=pair)).results
    assert edges.schema.definitions_api.get_all("contacts", "companies").results[0].type_id == 1
    basic.archive("contacts", contact, "companies", company)

    properties = client.crm.properties.core_api
    body = {
        "name": "our_key",
        "label": "Key",
        "type": "string",
        "field_type": "text",
        "group_name": "contactinformation",
    }
    assert properties.create("contacts", PropertyCreate(**body, has_unique_value=True)).has_unique_value is True
    assert any(each.name == "our_key" for each in properties.get_all("contacts").results)
    properties.archive("contacts", "our_key")

    call.portal.add_owner("rep@x.io", "Rep", "One")
    assert client.crm.owners.owners_api.get_page(limit=500).results[0].email == "rep@x.io"
    assert client.crm.pipelines.pipelines_api.get_all("deals").results[0].id == "default"
    lists = client.crm.lists
    made = lists.lists_api.create(ListCreateRequest(object_type_id="0-1", processing_type="MANUAL", name="Mine"))
    assert lists.memberships_api.add(made.list.list_id, [contact]).records_ids_added == [contact]
    assert lists.lists_api.do_search(ListSearchRequest(query="", count=10, offset=0)).total == 1
    assert client.crm.schemas.core_api.get_all().results == []

    settings = call.portal.settings
    bought = client.oauth.tokens_api.create(
        grant_type="refresh_token",
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        refresh_token=settings.refresh_token,
    )
    assert client.oauth.access_tokens_api.get(bought.access_token).hub_id == 1234567


def test_refusals_arrive_as_the_client_s_classes(call, client):
    with pytest.raises(NotFoundException):
        client.crm.objects.basic_api.get_by_id("contacts", "9")
    call.portal.state.tokens.apps["engine:syncer"].scopes.clear()
    with pytest.raises(ForbiddenException):
        client.crm.objects.basic_api.get_by_id("contacts", "9")
