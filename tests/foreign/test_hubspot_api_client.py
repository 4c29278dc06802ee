"""HubSpot's own Python client, unmodified, over TLS: records, batches, search, paging, merges and refusals.

It answers None for any status that it does not expect, so an asserted field asserts the status too.
"""

from __future__ import annotations

import json

import pytest
from hubspot import HubSpot
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
from hubspot.crm.contacts.exceptions import ForbiddenException, NotFoundException, UnauthorizedException

from sandbox.app import Sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> HubSpot:
    """Its documented settings: a token, the host, and the authority to trust."""
    return HubSpot(
        access_token=sandbox.credentials.hubspot_access_token,
        host=sandbox.hubspot_url,
        base_url=sandbox.hubspot_url,
        ssl_ca_cert=sandbox.ca_bundle,
    )


def person(**properties: str) -> SimplePublicObjectInputForCreate:
    return SimplePublicObjectInputForCreate(properties=properties, associations=[])


def test_single_records_from_birth_to_erasure(client: HubSpot) -> None:
    api = client.crm.contacts.basic_api
    made = api.create(person(email="A.One@x.io"))
    assert (made.properties["email"], made.archived, made.created_at.tzinfo is not None) == ("a.one@x.io", False, True)
    assert api.update(made.id, SimplePublicObjectInput(properties={"city": "Rome"})).properties["city"] == "Rome"
    by_mail = api.get_by_id("a.one@x.io", id_property="email", properties=["city"], properties_with_history=["city"])
    assert (by_mail.id, by_mail.properties_with_history["city"][0].value) == (made.id, "Rome")
    assert by_mail.properties_with_history["city"][0].source_type == "INTEGRATION"
    other = api.create(person(email="b.one@x.io"))
    merged = api.merge(PublicMergeInput(primary_object_id=made.id, object_id_to_merge=other.id))
    consumed = api.get_by_id(merged.id, properties=["hs_merged_object_ids"]).properties["hs_merged_object_ids"]
    assert set(consumed.split(";")) == {made.id, other.id}
    assert {api.get_by_id(old.id).id for old in (made, other)} == {merged.id}
    api.archive(merged.id)
    with pytest.raises(NotFoundException):
        api.get_by_id(merged.id)
    gone = api.get_by_id(merged.id, archived=True)
    assert (gone.archived, gone.archived_at is not None) == (True, True)
    assert merged.id in [each.id for each in api.get_page(archived=True, limit=100).results]
    erased = api.create(person(email="c.one@x.io"))
    api.purge(PublicGdprDeleteInput(object_id=erased.id))
    with pytest.raises(ApiException) as refusal:
        api.get_by_id(erased.id)
    assert refusal.value.status == 404


def test_pages_searches_and_get_all_agree(client: HubSpot) -> None:
    inputs = [{"properties": {"name": f"Paged {number:03}", "city": "Pagetown"}} for number in range(150)]
    batches = client.crm.companies.batch_api
    for at in (0, 100):
        batches.create({"inputs": inputs[at : at + 100]})
    api = client.crm.companies.basic_api
    pages, after = [], None
    while True:
        page = api.get_page(limit=40, after=after, properties=["name"])
        pages.append([each.properties["name"] for each in page.results])
        if page.paging is None:
            break
        after = page.paging.next.after
        assert page.paging.next.link.startswith(client.config["host"])
    listed = [name for page in pages for name in page]
    wanted = [each["properties"]["name"] for each in inputs]
    assert {len(page) for page in pages[:-1]} == {40} and set(wanted) < set(listed) and len(set(listed)) >= 150
    assert [each.properties["name"] for each in client.crm.companies.get_all(properties=["name"])] == listed
    query = {
        "filterGroups": [{"filters": [{"propertyName": "city", "operator": "EQ", "value": "Pagetown"}]}],
        "sorts": [{"propertyName": "name", "direction": "ASCENDING"}],
        "properties": ["name"],
        "limit": 100,
    }
    first = client.crm.companies.search_api.do_search(query)
    rest = client.crm.companies.search_api.do_search({**query, "after": first.paging.next.after})
    assert (first.total, len(first.results), rest.paging) == (150, 100, None)
    assert [each.properties["name"] for each in first.results + rest.results] == wanted


def test_batches_fail_in_part(client: HubSpot) -> None:
    batches = client.crm.contacts.batch_api
    inputs = [{"properties": {"email": f"batch{number}@x.io"}, "associations": []} for number in range(3)]
    made = batches.create(BatchInputSimplePublicObjectBatchInputForCreate(inputs=inputs))
    ids = sorted(each.id for each in made.results)
    inputs = [
        {"id": ids[0], "properties": {"city": "Batchtown"}, "objectWriteTraceId": "a"},
        {"id": ids[1], "properties": {"nonsense": "x"}, "objectWriteTraceId": "b"},
    ]
    partial = batches.update(BatchInputSimplePublicObjectBatchInput(inputs=inputs))
    assert (partial.num_errors, partial.results[0].id) == (1, ids[0])
    assert partial.errors[0].context == {"objectWriteTraceId": ["b"]}
    assert (partial.errors[0].category, '"nonsense\\" does not exist' in partial.errors[0].message) == (
        "VALIDATION_ERROR",
        True,
    )
    inputs = [{"id": f"{name}@x.io", "idProperty": "email", "properties": {"city": "X"}} for name in ("batch0", "new")]
    assert {each.id in ids: each.new for each in batches.upsert(_upsert(inputs)).results} == {True: False, False: True}
    asked = [{"id": name} for name in ("new@x.io", "nobody@x.io")]
    read = BatchReadInputSimplePublicObjectId(
        inputs=asked, properties=["city"], properties_with_history=["city"], id_property="email"
    )
    found = batches.read(read, archived=False)
    assert [each.properties["city"] for each in found.results] == ["X"]
    assert (found.num_errors, found.errors[0].category, found.errors[0].context) == (
        1,
        "OBJECT_NOT_FOUND",
        {"ids": ["nobody@x.io"]},
    )
    batches.archive(BatchInputSimplePublicObjectId(inputs=[{"id": each} for each in ids]))
    search = PublicObjectSearchRequest(
        filter_groups=[
            {"filters": [{"propertyName": "email", "operator": "IN", "values": ["batch1@x.io", "new@x.io"]}]}
        ]
    )
    assert client.crm.contacts.search_api.do_search(search).total == 1


def _upsert(inputs: list) -> BatchInputSimplePublicObjectBatchInputUpsert:
    return BatchInputSimplePublicObjectBatchInputUpsert(inputs=inputs)


def test_refusals_arrive_as_the_client_s_classes_with_the_real_bodies(sandbox: Sandbox, client: HubSpot) -> None:
    api = client.crm.contacts.basic_api
    known = api.create(person(email="taken@x.io"))
    cases = [
        (lambda: api.create(person(email="taken@x.io")), 409, "CONFLICT", f"Existing ID: {known.id}"),
        (lambda: api.create(person(email="no mail")), 400, "VALIDATION_ERROR", "INVALID_EMAIL"),
        (lambda: api.create(person(nonsense="x")), 400, "VALIDATION_ERROR", "PROPERTY_DOESNT_EXIST"),
        (lambda: api.create(person(lifecyclestage="x")), 400, "VALIDATION_ERROR", "INVALID_OPTION"),
        (lambda: api.get_by_id("999999999"), 404, None, "not found"),
        (lambda: api.get_page(limit=101), 400, "VALIDATION_ERROR", "100"),
        (
            lambda: client.crm.contacts.batch_api.update({"inputs": [{"id": known.id, "properties": {}}] * 2}),
            400,
            "VALIDATION_ERROR",
            "Duplicate IDs found in batch input",
        ),
    ]
    for act, status, category, text in cases:
        with pytest.raises(ApiException) as refusal:
            act()
        body = json.loads(refusal.value.body)
        assert (refusal.value.status, body["status"], body.get("category")) == (status, "error", category)
        assert text in body["message"] and body["correlationId"]
    with pytest.raises(UnauthorizedException) as refusal:
        HubSpot(access_token="x", host=sandbox.hubspot_url, ssl_ca_cert=sandbox.ca_bundle).crm.contacts.get_all()
    assert json.loads(refusal.value.body)["category"] == "INVALID_AUTHENTICATION"
    app = sandbox.portal.state.tokens.apps["engine:syncer"]
    with sandbox.lock:
        kept, app.scopes = app.scopes, set()
    with pytest.raises(ForbiddenException) as refusal:
        api.get_by_id(known.id)
    with sandbox.lock:
        app.scopes = kept
    assert json.loads(refusal.value.body)["category"] == "MISSING_SCOPES"
