"""Our own connector, unmodified, against the portal in process: every method of its protocol."""

from __future__ import annotations

import pytest

from connectors.base import (
    AccessError,
    AuthError,
    FieldSpec,
    IdentityConflictError,
    Op,
    OutcomeState,
    Presence,
    QuotaError,
    SchemaError,
    Write,
)
from connectors.hubspot import HubSpotRemote, HubSpotSettings, OAuth
from connectors.policy import RetryPolicy
from sandbox.kernel import SandboxClock
from simulation.door import InProcessAdapter

KEY = FieldSpec("contacts", "syncer_key", "Key", "text", unique_key=True)


class WaitingClock:
    """The connector's clock is the portal's: waiting moves it."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock

    def now_ms(self) -> int:
        return self._clock.now_ms()

    def sleep(self, duration_s: float) -> None:
        self._clock.advance(int(duration_s * 1000))


class Halves:
    def token(self) -> str:
        return "ab" * 16

    def uniform(self) -> float:
        return 0.5


def remote_of(call, *, oauth: OAuth | None = None, attempts: int = 3, keep=None, **settings) -> HubSpotRemote:
    base = "https://hubspot.test"
    return HubSpotRemote(
        HubSpotSettings(
            base_url=base,
            access_token=None if oauth else call.portal.settings.access_token,
            oauth=oauth,
            **({"calls_per_10_s": 190, "version": "v3"} | settings),
        ),
        WaitingClock(call.clock),
        Halves(),
        keep_refresh_token=keep,
        policy=RetryPolicy(attempts=attempts),
        mounts={base: InProcessAdapter(call.portal.handle, call.clock.advance)},
    )


@pytest.fixture(params=["v3", "2026-03", "2026-09"])
def remote(call, request):
    return remote_of(call, version=request.param)


def pages(read) -> list:
    """Every record of a stream that is asked for page by page."""
    found, token = [], None
    while True:
        page = read(token)
        found += page.records
        token = page.next_token
        if token is None:
            return found


def test_identity_and_the_servers_clock(call, remote):
    identity = remote.identity()
    assert (identity.account_id, identity.is_sandbox) == ("1234567", True)
    assert remote.server_now_ms() == call.clock.now_ms()


def test_the_schema_tells_types_choices_and_what_may_be_written(call, remote):
    schema = remote.schema("contacts")
    assert (schema.fields["email"].unique, schema.fields["email"].updateable) == (True, True)
    assert ("lead", "Lead") in schema.fields["lifecyclestage"].options
    assert not schema.fields["createdate"].updateable
    assert schema.fields["hubspot_owner_id"].reference_to == ("owners",)
    assert schema.fields["associatedcompanyid"].reference_to == ("companies",)
    assert remote.schema("calls").fields["hs_timestamp"].required
    with pytest.raises(SchemaError):
        remote.schema("spaceships")


def test_fields_are_created_once_and_then_left_alone(call, remote):
    specs = [
        KEY,
        FieldSpec("contacts", "verdict", "Verdict", "choice", options=(("met", "Met"), ("open", "Open"))),
        FieldSpec("companies", "is_target", "Target", "boolean"),
    ]
    assert remote.create_fields(specs) == ["contacts.syncer_key", "contacts.verdict", "companies.is_target"]
    assert remote.create_fields(specs) == []
    fields = remote.schema("contacts").fields
    assert fields["syncer_key"].unique
    assert fields["verdict"].options == (("met", "Met"), ("open", "Open"))


def test_scan_reads_every_live_record_once(call, remote):
    ids = [call.portal.seed("contacts", {"email": f"p{number}@x.io", "city": "Oslo"}) for number in range(250)]
    call.portal.delete("contacts", ids[7], "human:Ann")
    records = pages(lambda token: remote.scan("contacts", ["email", "city"], token))
    assert [record.id for record in records] == [item for item in ids if item != ids[7]]
    assert records[0].values == {"email": "p0@x.io", "city": "Oslo"}


def test_changes_finds_what_was_edited_in_a_window_and_vanished_what_was_archived(portal_with):
    call = portal_with(index_lag_ms=(200, 3_000))
    remote = remote_of(call)
    call.clock.advance(60_000)
    ids = [call.portal.seed("contacts", {"email": f"p{number}@x.io"}) for number in range(450)]
    call.clock.advance(60_000)
    since = call.clock.now_ms()
    for record_id in ids[:420]:
        call.portal.update("contacts", record_id, {"city": "Rome"}, "human:Ann")
    call.portal.delete("contacts", ids[0], "human:Ann")
    survivor = call.portal.merge("contacts", ids[1], [ids[2]], "human:Ann")
    call.clock.advance(10_000)
    until = remote.safe_until_ms("contacts")
    found = pages(lambda token: remote.changes("contacts", ["city"], since, until, token))
    assert {record.id for record in found} == {*ids[3:420], survivor}
    assert {record.values["city"] for record in found} == {"Rome"}
    [gone] = pages(lambda token: remote.vanished("contacts", since, token))
    assert (gone.id, gone.presence) == (ids[0], Presence.ARCHIVED)
    assert next(record for record in found if record.id == survivor).merged_ids == (ids[1], ids[2])


def test_read_tells_live_archived_merged_and_unknown_apart_with_history(call, remote):
    live, archived, winner, loser = (call.create("contacts", email=f"{name}@x.io") for name in "abcd")
    call.clock.advance(1000)
    call.portal.update("contacts", live, {"city": "Rome"}, "human:Ann")
    call.portal.delete("contacts", archived, "human:Ann")
    survivor = call.portal.merge("contacts", winner, [loser], "human:Ann")
    found = remote.read("contacts", [live, archived, loser, "999"], ["email", "city"], history_of=["city"])
    assert found["999"] is None
    assert (found[live].values, found[live].history["city"][0].source_type) == (
        {"email": "a@x.io", "city": "Rome"},
        "CRM_UI",
    )
    assert found[archived].presence is Presence.ARCHIVED
    assert (found[loser].id, found[loser].values["email"]) == (survivor, "c@x.io")
    with pytest.raises(SchemaError):
        remote.read("contacts", [live], ["nonsense"])


def test_find_is_consistent_for_addresses_and_searches_for_domains(call, remote):
    first, second = call.create("contacts", email="a@x.io"), call.create("contacts", email="b@x.io")
    survivor = call.portal.merge("contacts", first, [second], "human:Ann")
    found = remote.find("contacts", "email", ["B@x.io", "nobody@x.io"], ["email"])
    assert [record.id for record in found] == [survivor]
    twins = [call.create("companies", domain="acme.com"), call.create("companies", domain="www.acme.com")]
    assert {record.id for record in remote.find("companies", "domain", ["acme.com"], ["domain"])} == set(twins)


def test_a_create_is_an_upsert_on_our_key_and_makes_no_second_record(call, remote):
    remote.create_fields([KEY])
    company = call.create("companies", name="Acme")
    write = Write(
        "w1",
        Op.CREATE,
        "contacts",
        {"email": "a@x.io", "associatedcompanyid": company},
        key_field="syncer_key",
        key="k1",
    )
    [first], [again] = remote.write([write]), remote.write([write])
    assert (first.state, first.created, again.created, again.id) == (OutcomeState.APPLIED, True, False, first.id)
    assert call.portal.record("contacts", first.id)["associatedcompanyid"] == company
    assert [record["syncer_key"] for record in call.portal.records("contacts")] == ["k1"]


def test_one_bad_item_does_not_sink_the_others(call, remote):
    remote.create_fields([KEY])
    ids = [call.create("contacts", email=f"p{number}@x.io") for number in range(4)]
    call.portal.delete("contacts", ids[3], "human:Ann")
    outcomes = remote.write(
        [
            Write("good", Op.UPDATE, "contacts", {"city": "Rome"}, id=ids[0]),
            Write("option", Op.UPDATE, "contacts", {"lifecyclestage": "nonsense"}, id=ids[1]),
            Write("taken", Op.UPDATE, "contacts", {"email": "p0@x.io"}, id=ids[2]),
            Write("gone", Op.UPDATE, "contacts", {"city": "Rome"}, id=ids[3]),
            Write("new", Op.CREATE, "contacts", {"email": "new@x.io"}, key_field="syncer_key", key="k1"),
            Write("held", Op.CREATE, "contacts", {"email": "p1@x.io"}, key_field="syncer_key", key="k2"),
            Write("old", Op.ARCHIVE, "contacts", {}, id=ids[2]),
        ]
    )
    told = {each.write_id: (each.state.value, type(each.error).__name__) for each in outcomes}
    assert told == {
        "good": ("applied", "NoneType"),
        "option": ("rejected", "DataError"),
        "taken": ("rejected", "IdentityConflictError"),
        "gone": ("rejected", "GoneError"),
        "new": ("applied", "NoneType"),
        "held": ("rejected", "IdentityConflictError"),
        "old": ("applied", "NoneType"),
    }
    conflict = next(each.error for each in outcomes if each.write_id == "held")
    assert isinstance(conflict, IdentityConflictError)
    assert conflict.existing_id == ids[1]
    assert call.portal.record("contacts", ids[0])["city"] == "Rome"
    assert call.portal.record("contacts", ids[2]) is None


def test_the_primary_company_is_written_as_an_association_and_cleared_without_cutting_it(call, remote):
    contact, first, second = (
        call.create("contacts", email="a@x.io"),
        call.create("companies", name="First"),
        call.create("companies", name="Second"),
    )

    def put(company: str | None) -> str | None:
        write = Write("w", Op.UPDATE, "contacts", {"associatedcompanyid": company}, id=contact)
        assert remote.write([write])[0].state is OutcomeState.APPLIED
        return remote.read("contacts", [contact], ["associatedcompanyid"])[contact].values["associatedcompanyid"]

    assert [put(first), put(second), put(None)] == [first, second, None]
    assert call.portal.associated("contacts", contact, "companies") == {first: (279,), second: (279,)}


def test_owners_are_the_active_ones(call, remote):
    active, left = call.portal.add_owner("Ann@x.io", "Ann", "A"), call.portal.add_owner("bob@x.io", "Bob", "B")
    call.portal.deactivate_owner(left)
    assert remote.owners() == {active: "ann@x.io"}


def test_usage_comes_from_the_headers(call, remote):
    remote.identity()
    usage = {each.name: (each.used, each.limit) for each in remote.usage()}
    assert usage["hs.day"] == (1, 650_000)


def test_an_app_buys_tokens_keeps_rotated_refresh_tokens_and_stops_when_uninstalled(portal_with):
    call = portal_with(rotate_refresh_tokens=True)
    settings, kept = call.portal.settings, []
    app = OAuth(settings.client_id, settings.client_secret, settings.refresh_token)
    remote = remote_of(call, oauth=app, keep=kept.append)
    remote.identity()
    call.clock.advance(1_900_000)
    remote.identity()
    assert len(kept) == len(set(kept)) == 2
    call.portal.revoke(kept[-1])
    call.clock.advance(1_900_000)
    with pytest.raises(AuthError) as refusal:
        remote.identity()
    assert refusal.value.code == "BAD_REFRESH_TOKEN"


def test_missing_scopes_and_a_spent_day_have_their_own_errors(portal_with):
    call = portal_with(daily_limit=3)
    call.portal.state.tokens.apps["engine:syncer"].scopes.discard("crm.objects.contacts.read")
    remote = remote_of(call, attempts=1)
    with pytest.raises(AccessError) as refusal:
        remote.scan("contacts", ["email"], None)
    assert "crm.objects.contacts.read" in refusal.value.action
    remote.identity()
    remote.identity()
    with pytest.raises(QuotaError) as spent:
        remote.identity()
    assert 0 < spent.value.retry_after_s <= 86_400


def test_a_burst_is_waited_out(portal_with):
    call = portal_with(burst_limit=5)
    remote = remote_of(call, calls_per_10_s=100)
    for _ in range(12):
        remote.identity()
    assert call.portal.state.limits.used_today == 12
