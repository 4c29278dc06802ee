"""Log-in, clock, limits, schema, setup, owners, versions."""

from __future__ import annotations

from urllib.parse import parse_qs

import orjson
import pytest
import responses

from connectors.base import FieldSpec, QuotaError, SchemaError
from connectors.hubspot import OAuth

API = "https://api.hubapi.com"
DETAILS = {
    "portalId": 1234567,
    "accountType": "SANDBOX",
    "timeZone": "US/Eastern",
    "utcOffsetMilliseconds": -18_000_000,
    "uiDomain": "app.hubspot.com",
}


@pytest.fixture
def mock():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def test_identity_names_the_portal(remote, mock):
    mock.add("GET", f"{API}/account-info/v3/details", json=DETAILS)
    identity = remote.identity()
    assert (identity.account_id, identity.is_sandbox, identity.user_id) == ("1234567", True, None)
    assert mock.calls[0].request.headers["Authorization"] == "Bearer pat-na1-test"


def test_the_servers_clock_comes_from_the_date_header_and_is_asked_once(remote, mock, clock):
    mock.add("GET", f"{API}/account-info/v3/details", json=DETAILS, headers={"Date": "Mon, 05 Jan 2026 08:00:00 GMT"})
    assert remote.server_now_ms() == 1_767_600_000_000
    clock.ms += 1500
    assert remote.server_now_ms() == 1_767_600_001_500
    assert remote.safe_until_ms("contacts") == 1_767_600_001_500 - 5_000
    assert len(mock.calls) == 1


def tokens(mock, *answers: dict) -> None:
    for answer in answers:
        mock.add("POST", f"{API}/oauth/v1/token", json=answer)


def test_an_access_token_is_renewed_by_its_life_and_the_refresh_token_kept_first(make_remote, mock, clock):
    kept = []
    remote = make_remote(OAuth("client", "secret", "na1-old"), keep_refresh_token=kept.append)
    tokens(
        mock,
        {"access_token": "first", "refresh_token": "na1-new", "expires_in": 1800},
        {"access_token": "second", "refresh_token": "na1-new", "expires_in": 1800},
    )
    mock.add("GET", f"{API}/account-info/v3/details", json=DETAILS)
    remote.identity()
    clock.ms += 1_000_000
    remote.identity()
    clock.ms += 740_001  # 1,800 s less the margin
    remote.identity()
    forms = [parse_qs(call.request.body.decode()) for call in mock.calls if call.request.url.endswith("token")]
    assert [form["refresh_token"] for form in forms] == [["na1-old"], ["na1-new"]]
    assert forms[0]["grant_type"] == ["refresh_token"]
    assert kept == ["na1-new"]
    used = [call.request.headers.get("Authorization") for call in mock.calls if "details" in call.request.url]
    assert used == ["Bearer first", "Bearer first", "Bearer second"]


def test_a_refresh_token_that_cannot_be_stored_is_not_put_to_use(make_remote, mock):
    def full(token: str) -> None:
        raise OSError("disk full")

    remote = make_remote(OAuth("client", "secret", "na1-old"), keep_refresh_token=full)
    tokens(mock, {"access_token": "first", "refresh_token": "na1-new", "expires_in": 1800})
    with pytest.raises(OSError, match="disk full"):
        remote.identity()
    with pytest.raises(OSError, match="disk full"):
        remote.identity()
    forms = [parse_qs(call.request.body.decode()) for call in mock.calls]
    assert [form["refresh_token"] for form in forms] == [["na1-old"], ["na1-old"]]


def test_a_refused_access_token_is_renewed_once(make_remote, mock, clock):
    remote = make_remote(OAuth("client", "secret", "na1-old"))
    tokens(mock, {"access_token": "first", "expires_in": 1800}, {"access_token": "second", "expires_in": 1800})
    mock.add("GET", f"{API}/account-info/v3/details", json=DETAILS)
    mock.add("GET", f"{API}/account-info/v3/details", status=401, json={"category": "EXPIRED_AUTHENTICATION"})
    mock.add("GET", f"{API}/account-info/v3/details", json=DETAILS)
    remote.identity()
    clock.ms += 60_000
    assert remote.identity().account_id == "1234567"
    assert mock.calls[-1].request.headers["Authorization"] == "Bearer second"


def test_our_share_of_the_day_ends_before_the_day_and_says_when_it_goes_on(make_remote, mock, clock):
    remote = make_remote(api_share=0.5)
    headers = {"X-HubSpot-RateLimit-Daily": "1000", "X-HubSpot-RateLimit-Daily-Remaining": "600"}
    mock.add("GET", f"{API}/account-info/v3/details", json=DETAILS, headers=headers)
    remote.identity()
    remote.identity()
    usage = remote.usage()[0]
    assert (usage.name, usage.used, usage.limit) == ("hs.day", 400, 1000)
    assert usage.resets_ms == 1_767_600_000_000 + 21 * 3_600_000  # 08:00 in London is 03:00 there
    headers["X-HubSpot-RateLimit-Daily-Remaining"] = "500"
    mock.replace("GET", f"{API}/account-info/v3/details", json=DETAILS, headers=headers)
    remote.identity()
    calls = len(mock.calls)
    with pytest.raises(QuotaError) as caught:
        remote.identity()
    assert caught.value.retry_after_s == 21 * 3600
    assert len(mock.calls) == calls


def test_searches_keep_to_their_own_pace(make_remote, mock, clock):
    remote = make_remote()
    mock.add("POST", f"{API}/crm/v3/objects/contacts/search", json={"results": []})
    began_ms = clock.ms
    for _ in range(21):
        remote.changes("contacts", [], 0, 1, None)
    assert clock.ms - began_ms >= 4_000  # five a second at most


PROPERTIES = [
    {"name": "email", "label": "Email", "type": "string", "modificationMetadata": {"readOnlyValue": False}},
    {"name": "syncer_key", "label": "Key", "type": "string", "fieldType": "text", "hasUniqueValue": True},
    {"name": "hs_email_domain", "label": "Domain", "type": "string", "modificationMetadata": {"readOnlyValue": True}},
    {"name": "score", "label": "Score", "type": "number", "calculated": True},
    {"name": "old", "label": "Old", "type": "string", "archived": True},
    {"name": "stage", "label": "Stage", "type": "enumeration", "fieldType": "radio",
     "options": [{"label": "Lead", "value": "lead"}, {"label": "Gone", "value": "gone", "hidden": True}]},
    {"name": "hubspot_owner_id", "label": "Owner", "type": "enumeration", "externalOptions": True, "options": [],
     "referencedObjectType": "OWNER"},
    {"name": "associatedcompanyid", "label": "Company", "type": "number",
     "modificationMetadata": {"readOnlyValue": True}},
]  # fmt: skip


def test_the_schema_says_what_can_be_written(remote, mock):
    mock.add("GET", f"{API}/crm/v3/properties/contacts", json={"results": PROPERTIES})
    schema = remote.schema("contacts")
    fields = schema.fields
    assert "old" not in fields
    assert {name for name, item in fields.items() if not item.updateable} == {"hs_email_domain", "score"}
    assert {name for name, item in fields.items() if item.unique} == {"email", "syncer_key"}
    assert fields["stage"].options == (("lead", "Lead"), ("gone", "Gone"))
    assert fields["stage"].restricted
    assert fields["hubspot_owner_id"].options is None
    assert fields["hubspot_owner_id"].reference_to == ("owners",)
    assert fields["associatedcompanyid"].reference_to == ("companies",)
    assert fields["email"].max_length == 65_536
    with pytest.raises(SchemaError):
        remote.schema("deals")


class Definitions:
    """The properties API of one object type: groups and properties are made, twice is a conflict."""

    def __init__(self, mock: responses.RequestsMock, names: list[dict], groups: list[str]):
        self.properties, self.groups = {item["name"]: item for item in names}, {name: {"name": name} for name in groups}
        mock.add_callback("GET", f"{API}/crm/v3/properties/contacts", self.listed)
        mock.add_callback("POST", f"{API}/crm/v3/properties/contacts", self.created)
        mock.add_callback("GET", f"{API}/crm/v3/properties/contacts/groups", self.groups_listed)
        mock.add_callback("POST", f"{API}/crm/v3/properties/contacts/groups", self.group_created)

    def listed(self, request):
        return (200, {}, orjson.dumps({"results": list(self.properties.values())}))

    def groups_listed(self, request):
        return (200, {}, orjson.dumps({"results": list(self.groups.values())}))

    def created(self, request):
        value = orjson.loads(request.body)
        assert value["groupName"] in self.groups
        self.properties[value["name"]] = value
        return (201, {}, orjson.dumps(value))

    def group_created(self, request):
        value = orjson.loads(request.body)
        self.groups[value["name"]] = value
        return (201, {}, orjson.dumps(value))


def test_setup_creates_what_is_missing_and_nothing_the_second_time(remote, mock):
    specs = [
        FieldSpec("contacts", "syncer_key", "Syncer key", "text", 64, unique_key=True),
        FieldSpec("contacts", "verdict", "Verdict", "choice", options=(("met", "Met"), ("unknown", "Unknown"))),
        FieldSpec("contacts", "hot", "Hot", "boolean"),
        FieldSpec("contacts", "there", "There", "date"),
    ]
    portal = Definitions(mock, [{"name": "there", "type": "date"}], ["contactinformation"])
    assert list(remote.create_fields(specs)) == ["contacts.syncer_key", "contacts.verdict", "contacts.hot"]
    assert portal.properties["syncer_key"]["hasUniqueValue"] is True
    assert portal.properties["verdict"]["options"][1] == {
        "label": "Unknown",
        "value": "unknown",
        "displayOrder": 1,
        "hidden": False,
    }
    assert [item["value"] for item in portal.properties["hot"]["options"]] == ["true", "false"]
    calls = len(mock.calls)
    assert list(remote.create_fields(specs)) == []
    assert len(mock.calls) == calls + 1


def test_setup_refuses_a_key_property_that_is_not_unique(remote, mock):
    Definitions(mock, [{"name": "syncer_key", "type": "string"}], [])
    with pytest.raises(SchemaError) as caught:
        remote.create_fields([FieldSpec("contacts", "syncer_key", "Syncer key", "text", unique_key=True)])
    assert "Delete the property syncer_key" in caught.value.action


def test_owners_are_read_to_the_last_page(remote, mock):
    mock.add(
        "GET",
        f"{API}/crm/v3/owners/",
        json={
            "results": [{"id": "1", "email": "Ann@Example.com"}, {"id": "2", "email": "", "type": "QUEUE"}],
            "paging": {"next": {"after": "x"}},
        },
    )
    mock.add("GET", f"{API}/crm/v3/owners/", json={"results": [{"id": 3, "email": "bo@example.com"}]})
    assert remote.owners() == {"1": "ann@example.com", "3": "bo@example.com"}


def test_a_dated_version_moves_every_path(make_remote, mock):
    remote = make_remote(version="2026-03")
    paths = {
        "GET": ["/account-info/2026-03/details", "/crm/properties/2026-03/contacts", "/crm/owners/2026-03/"],
        "POST": ["/crm/objects/2026-03/contacts/batch/read", "/crm/objects/2026-03/contacts/search"],
    }
    for method, items in paths.items():
        for path in items:
            mock.add(method, API + path, json={**DETAILS, "results": []})
    mock.add("GET", f"{API}/crm/objects/2026-03/contacts/1", status=404, json={"message": "resource not found"})
    remote.identity()
    remote.schema("contacts")
    remote.owners()
    remote.changes("contacts", [], 0, 1, None)
    assert remote.read("contacts", ["1"], []) == {"1": None}
