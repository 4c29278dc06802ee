"""The whole protocol against the model of an org, in process: every promise of `Remote` on real shapes."""

from __future__ import annotations

import pytest

from connectors.base import (
    DataError,
    GoneError,
    Op,
    OutcomeState,
    PreconditionError,
    Presence,
    SchemaError,
    Write,
)
from connectors.salesforce import SalesforceRemote
from tests.connectors.org_door import (
    APPLIED,
    HUMAN,
    KEY,
    PRECONDITION,
    REJECTED,
    World,
    create,
    scanned,
    stream,
)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def remote(world: World) -> SalesforceRemote:
    return world.connect()


def test_who_it_is_and_who_may_own(world, remote) -> None:
    who = remote.identity()
    assert (len(who.account_id), who.account_id[:3], who.name, who.is_sandbox) == (18, "00D", "Acme", False)
    assert who.user_id in remote.owners()
    assert remote.owners()[who.user_id] == world.settings.username
    assert remote.server_now_ms() // 1000 == world.clock.now_ms() // 1000


def test_schema_of_every_object_and_of_none(remote) -> None:
    for object_name in remote.objects:
        schema = remote.schema(object_name)
        assert schema.object == object_name
        assert schema.fields["Id"].type == "id"
    lead = remote.schema("Lead")
    assert lead.fields["LastName"].required
    assert lead.fields["LastName"].max_length == 80
    assert not lead.fields["Status"].required
    assert [value for value, _ in lead.fields["Status"].options][:1] == ["Open - Not Contacted"]
    assert remote.schema("Lead") is lead  # 304
    with pytest.raises(SchemaError):
        remote.schema("Nothing__c")


def test_setup_makes_a_key_that_creates_go_by(world, remote) -> None:
    assert remote.create_fields([KEY]) == ["Lead.Syncer_Key__c"]
    assert remote.create_fields([KEY]) == []
    assert world.connect().create_fields([KEY]) == []
    field = remote.schema("Lead").fields["Syncer_Key__c"]
    assert (field.unique, field.max_length, field.updateable) == (True, 64, True)
    first = remote.write([create(1), create(2)])
    again = remote.write([create(2, Title="CTO"), create(3)])
    assert [(item.state, item.created) for item in first + again] == [
        (APPLIED, True),
        (APPLIED, True),
        (APPLIED, False),
        (APPLIED, True),
    ]
    assert again[0].id == first[1].id
    found = remote.find("Lead", "Syncer_Key__c", ["K2", "k3", "none"], ["Title"])
    assert {record.id: record.values["Title"] for record in found} == {first[1].id: "CTO", again[1].id: None}


def test_a_scan_gives_every_live_record_once_in_order_of_ids(world) -> None:
    ids = [world.lead(number) for number in range(450)]
    world.org.delete("Lead", ids[7], HUMAN)
    remote = world.connect(page_size=200)
    records = scanned(remote, "Lead", ["Email", "Company"])
    assert [record.id for record in records] == sorted(set(ids) - {ids[7]})
    assert {record.values["Email"] for record in records} == {f"n{n}@acme.example" for n in range(450) if n != 7}
    by_bulk = scanned(world.connect(bulk_from=100), "Lead", ["Email", "Company"])
    assert [(each.id, each.values, each.modified_ms) for each in by_bulk] == [
        (each.id, each.values, each.modified_ms) for each in records
    ]
    assert any("/jobs/query" in request.path for request in world.requests)


def test_a_scan_goes_on_after_a_restart(world) -> None:
    ids = [world.lead(number) for number in range(450)]
    page = world.connect(page_size=200).scan("Lead", ["Email"], None)
    rest = world.connect(page_size=200).scan("Lead", ["Email"], page.next_token)
    last = world.connect(page_size=200).scan("Lead", ["Email"], rest.next_token)
    assert [record.id for each in (page, rest, last) for record in each.records] == sorted(ids)


def test_the_stream_of_changes_tells_every_end_of_a_record(world, remote) -> None:
    ids = [world.lead(number) for number in range(6)]
    world.clock.advance(60_000)
    since_ms = world.clock.now_ms()
    changed, gone, loser, winner, converted, untouched = ids
    world.org.update("Lead", changed, {"Title": "CTO"}, HUMAN)
    world.org.delete("Lead", gone, HUMAN)
    world.org.merge("Lead", winner, [loser], HUMAN)
    targets = world.org.convert(converted, actor=HUMAN)
    world.clock.advance(10_000)
    found = stream(remote, "Lead", ["Title", "Email"], since_ms)
    assert untouched not in found
    assert {record_id: record.presence for record_id, record in found.items()} == {
        changed: Presence.LIVE,
        gone: Presence.DELETED,
        loser: Presence.MERGED,
        winner: Presence.LIVE,
        converted: Presence.CONVERTED,
    }
    assert found[changed].values == {"Title": "CTO", "Email": "n0@acme.example"}
    assert found[loser].merged_into == winner
    assert set(found[converted].converted_to) >= {"Contact", "Account"}
    assert targets
    contact = remote.read("Contact", [found[converted].converted_to["Contact"]], ["Email"])
    assert [record.values["Email"] for record in contact.values()] == ["n4@acme.example"]
    vanished = remote.vanished("Lead", since_ms, None).records
    assert {(record.id, record.presence) for record in vanished} == {(gone, Presence.DELETED), (loser, Presence.MERGED)}


def test_changes_go_page_by_page_and_survive_a_restart(world) -> None:
    since_ms = world.clock.now_ms()
    ids = {world.lead(number) for number in range(450)}  # all of one second
    world.clock.advance(5_000)
    until_ms = world.connect().safe_until_ms("Lead")
    seen, token, pages = [], None, 0
    while True:
        page = world.connect(page_size=200).changes("Lead", ["Email"], since_ms, until_ms, token)
        seen, pages = seen + [record.id for record in page.records], pages + 1
        if (token := page.next_token) is None:
            break
    assert (set(seen), len(seen), pages) == (ids, 450, 3)


def test_a_change_that_commits_late_holds_the_window_back() -> None:
    world = World(commit_lag_ms=(30_000, 30_000))
    remote = world.connect()
    world.clock.advance(600_000)
    started_ms = world.clock.now_ms()
    record_id = world.lead(1)
    world.clock.advance(10_000)
    assert remote.safe_until_ms("Lead") <= started_ms
    world.clock.advance(60_000)
    assert remote.safe_until_ms("Lead") > started_ms
    assert list(stream(remote, "Lead", ["Email"], started_ms)) == [record_id]


def test_read_tells_the_survivor_and_what_is_not_there(world, remote) -> None:
    live, gone, loser, winner = (world.lead(number) for number in range(4))
    world.org.delete("Lead", gone, HUMAN)
    world.org.merge("Lead", winner, [loser], HUMAN)
    never = "00Qxx0000099999EAA"
    found = remote.read("Lead", [live[:15], gone, loser, never], ["Email"])
    assert found[live[:15]].values == {"Email": "n0@acme.example"}
    assert found[loser].id == winner
    assert (found[gone], found[never]) == (None, None)


def test_find_by_a_natural_key_is_exact_without_case_and_takes_any_text(world, remote) -> None:
    ids = [world.lead(number) for number in range(3)]
    twin = world.lead(9, Email="N1@ACME.example")
    odd = world.lead(10, LastName="O'Neil \\ 100%_")
    found = remote.find("Lead", "Email", ["n1@acme.example", "none@x.example"] * 2, ["Email"])
    assert {record.id for record in found} == {ids[1], twin}
    assert [record.id for record in remote.find("Lead", "LastName", ["o'neil \\ 100%_"], [])] == [odd]
    assert remote.find("Lead", "Email", [f"a{number}@x.example" for number in range(900)], []) == []


def test_writes_end_item_by_item(world) -> None:
    remote = world.connect()
    remote.create_fields([KEY])
    ids = [world.lead(number) for number in range(7)]
    world.org.delete("Lead", ids[5], HUMAN)
    world.org.convert(ids[6], actor=HUMAN)
    world.clock.advance(5_000)
    fresh_ms = remote.read("Lead", [ids[0]], [])[ids[0]].modified_ms
    world.org.update("Lead", ids[1], {"Title": "by hand"}, HUMAN)

    def update(place: int, since_ms: int | None = None, **values: object) -> Write:
        return Write(f"u{place}", Op.UPDATE, "Lead", values, id=ids[place], unmodified_since_ms=since_ms)

    writes = [
        update(0, fresh_ms, Title="guarded"),
        update(1, fresh_ms, Title="too late"),
        update(2, Title="plain", Email=None),
        update(3, LastName=None),
        update(4, CleanStatus="No such"),
        update(5, Title="gone"),
        update(6, Title="converted"),
        Write("a", Op.ARCHIVE, "Lead", {}, id=ids[3]),
        create(7, Email="broken@"),
        create(8),
    ]
    outcomes = remote.write(writes)
    assert [(item.state, type(item.error)) for item in outcomes] == [
        (APPLIED, type(None)),
        (PRECONDITION, PreconditionError),
        (APPLIED, type(None)),
        (REJECTED, DataError),
        (REJECTED, DataError),
        (REJECTED, GoneError),
        (PRECONDITION, PreconditionError),
        (APPLIED, type(None)),
        (REJECTED, DataError),
        (APPLIED, type(None)),
    ]
    assert [item.error.fields for item in outcomes if isinstance(item.error, DataError)] == [
        ("LastName",),
        ("CleanStatus",),
        ("Email",),
    ]
    now = remote.read("Lead", ids[:4], ["Title", "Email"])
    assert [record and dict(record.values) for record in now.values()] == [
        {"Title": "guarded", "Email": "n0@acme.example"},
        {"Title": "by hand", "Email": "n1@acme.example"},
        {"Title": "plain", "Email": None},
        None,
    ]
    engine = [edit for edit in world.ledger.since(0) if edit.object == "Lead" and edit.actor.startswith("engine:")]
    assert [edit.op for edit in engine] == ["create", "update", "update", "delete"]


@pytest.mark.parametrize("guarded", [False, True])
def test_a_write_whose_answer_was_lost_is_unknown_done_once_and_told_by_reading(world, remote, guarded) -> None:
    remote.create_fields([KEY])
    record_id = world.lead(1)
    world.clock.advance(5_000)
    record = remote.read("Lead", [record_id], [])[record_id]
    guard_ms = record.modified_ms if guarded else None
    world.lost = "/composite" if guarded else "/composite/sobjects"
    update = Write("u", Op.UPDATE, "Lead", {"Title": "CTO"}, id=record_id, unmodified_since_ms=guard_ms)
    made, updated = remote.write([create(1), update])
    assert (made.state, updated.state) == (APPLIED, OutcomeState.UNKNOWN)
    assert remote.read("Lead", [record_id], ["Title"])[record_id].values == {"Title": "CTO"}
    assert len([edit for edit in world.ledger.for_record("salesforce", "Lead", record_id) if edit.op == "update"]) == 1


def test_a_create_whose_answer_was_lost_is_found_by_its_key_and_never_doubled(world, remote) -> None:
    remote.create_fields([KEY])
    world.lost = "/composite/sobjects/Lead/Syncer_Key__c"
    (lost,) = remote.write([create(1)])
    assert lost.state is OutcomeState.UNKNOWN
    (found,) = remote.find("Lead", "Syncer_Key__c", ["k1"], [])
    (again,) = remote.write([create(1)])
    assert (again.state, again.created, again.id) == (APPLIED, False, found.id)
