"""Ends, returns, merges and conversions: an id hands its place on, and nobody is created in anybody's place."""

from __future__ import annotations

import pytest

from syncer.stages import vanish
from syncer.store.rows import IntentRow, ShadowRow
from tests.stages.world import MINUTE_MS, PairWorld

Z_MS = 120_000


def linked_person(world: PairWorld, address: str = "ann@example.com", **left_values) -> tuple[str, str]:
    """A lead and a contact that are one subject, with a base as a settled pair has it."""
    left, right = world.lead(Email=address, **left_values), world.person(email=address)
    world.wait(2 * MINUTE_MS)
    world.look()
    settle(world, left, right)
    world.wait()
    return left, right


def settle(world: PairWorld, left: str, right: str) -> None:
    link = world.link_of("right", "contacts", right)
    assert link is not None and link.state == "linked" and link.left_id == left
    kind = world.kinds[1]
    rows = {"left": world.record("left", link.left_object, left), "right": world.record("right", "contacts", right)}
    bases, names = {}, [item.name for item in kind.fields if item.on("left", link.left_object)]
    for side, row in rows.items():
        fields = {item.name: item.on(side, row.object) for item in kind.fields}
        bases[side] = {name: row.values.get(fields[name]) for name in names if fields[name]}
    cells = {name: {"rule": "r", "agreed": True, "left_writer": "human", "right_writer": "human"} for name in names}
    with world.store.transaction() as tx:
        tx.shadows.put([ShadowRow(link.link_id, bases["left"], bases["right"], cells, 1, 0)])
        tx.records.mark_planned([(row.side, row.object, row.id, row.dirty_seq) for row in rows.values()])


def shadow(world: PairWorld, link_id: str) -> ShadowRow | None:
    with world.store.snapshot() as tx:
        return tx.shadows.get_many([link_id]).get(link_id)


def open_intent(world: PairWorld, link_id: str, state: str) -> None:
    row = IntentRow(
        intent_id="i1", run_id="r", link_id=link_id, kind="person", side="right", op="update", object="contacts",
        remote_id="1", key="", fields={}, guard_ms=0, state="planned", klass="", code="", attempts=0, not_before_ms=0,
        attempt_id="", sent_ms=0, basis_hash="", gated=True, created_ms=1,
    )  # fmt: skip
    with world.store.transaction() as tx:
        tx.intents.plan([row])
        if state != "planned":
            tx.intents.update("i1", state=state)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_deleted_record_unlinks_and_the_other_side_is_kept(pair, side):
    left, right = linked_person(pair)
    if side == "left":
        pair.org.delete("Lead", left, "human:ann")
        pair.portal.update("contacts", right, {"jobtitle": "CIO"}, "human:bob")  # a fresh edit does not revive it
    else:
        pair.portal.delete("contacts", right, "human:bob")
        pair.org.update("Lead", left, {"Title": "CIO"}, "human:ann")
    for _ in range(3):
        pair.wait(MINUTE_MS * 2)
        pair.look()
    (link,) = pair.links()
    assert (link.state, link.reason, link.left_id, link.right_id) == ("broken", f"{side}_gone", left, right)
    assert shadow(pair, link.link_id) is not None
    assert pair.portal.record("contacts", right) if side == "left" else pair.org.record("Lead", left)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_restored_record_is_linked_again(pair, side):
    left, right = linked_person(pair)
    model, name, record_id = (pair.org, "Lead", left) if side == "left" else (pair.portal, "contacts", right)
    model.delete(name, record_id, "human:ann")
    pair.wait(MINUTE_MS * 2)
    pair.look()
    assert [link.state for link in pair.links()] == ["broken"]
    model.restore(name, record_id, "human:ann")
    model.update(name, record_id, {"Title": "CIO"} if side == "left" else {"jobtitle": "CIO"}, "human:ann")
    pair.wait(MINUTE_MS * 2)
    pair.look()
    (link,) = pair.links()
    assert (link.state, link.left_id, link.right_id) == ("linked", left, right)


def test_one_look_by_id_that_finds_nothing_ends_nothing(pair):
    _left, right = linked_person(pair)
    context = pair.context()
    pair.portal.purge("contacts", right, "human:bob")
    vanish.suspect_gone(context, context.kind("person"), "right", "contacts", [right])
    assert vanish.vanish(context) == 0
    pair.wait(Z_MS - 1_000)
    assert vanish.vanish(pair.context()) == 0 and pair.links()[0].state == "linked"
    pair.wait(1_000)
    assert vanish.vanish(pair.context()) == 1
    assert pair.links()[0].state == "broken"


def test_a_suspect_that_is_found_again_is_cleared(pair):
    _left, right = linked_person(pair)
    context = pair.context()
    vanish.suspect_gone(context, context.kind("person"), "right", "contacts", [right])
    pair.wait(Z_MS)
    assert vanish.vanish(pair.context()) == 0
    assert pair.record("right", "contacts", right).gone_since_ms == 0 and pair.links()[0].state == "linked"


def test_the_survivor_of_a_salesforce_merge_takes_the_losers_place(pair):
    loser, right = linked_person(pair, Title="CIO", Phone="+1 650 253 0000")
    survivor = pair.lead(LastName="Doe", Title="CTO", Email="")
    pair.org.merge("Lead", survivor, [loser], "human:ann")
    pair.org.update("Lead", survivor, {"Email": "ann@example.com"}, "human:ann")
    pair.wait(MINUTE_MS * 2)
    pair.look()
    link = pair.link_of("right", "contacts", right)
    assert (link.state, link.left_id) == ("linked", survivor)
    assert pair.link_of("left", "Lead", loser).link_id == link.link_id  # an alias now
    base = shadow(pair, link.link_id)
    assert "job_title" not in base.left  # differs: first contact, with journal
    assert base.left["last_name"] == "Doe"  # equal: still settled
    assert len(pair.links("linked", "creating_left", "creating_right")) == 1


def test_two_pairs_that_fall_together_keep_one_and_report_the_other(pair):
    winner, right = linked_person(pair)
    loser, right2 = linked_person(pair, "bob@example.com")
    pair.org.merge("Lead", winner, [loser], "human:ann")
    pair.wait(MINUTE_MS * 2)
    pair.look()
    kept, surplus = pair.link_of("right", "contacts", right), pair.link_of("right", "contacts", right2)
    assert (kept.state, kept.left_id) == ("linked", winner)
    assert (surplus.state, surplus.left_id) == ("split", "")
    assert pair.link_of("left", "Lead", loser).link_id == kept.link_id
    (asked,) = pair.reviews("split")
    assert asked.remote_id == right2 and asked.payload["merged_into"] == kept.link_id
    assert pair.portal.record("contacts", right2) is not None
    pair.wait()
    pair.look()
    assert pair.report.counts["split"] == pair.report.counts["merged"] == 0

    pair.portal.merge("contacts", right, [right2], "human:bob")  # and now the same on the other side
    pair.wait(MINUTE_MS * 2)
    pair.look()
    assert pair.reviews("split") == []
    assert [link.left_id for link in pair.links("linked")] == [winner]
    assert len(pair.links("tombstone")) == 1


def test_a_hubspot_merge_that_mints_a_new_id_is_still_the_same_subject(pair):
    left, right = linked_person(pair)
    other = pair.person(email="ann.other@example.com", jobtitle="CFO")
    pair.look()
    pair.wait()
    survivor = pair.portal.merge("contacts", right, [other], "human:bob")
    pair.wait(MINUTE_MS * 2)
    pair.look()
    link = pair.link_of("left", "Lead", left)
    assert (link.state, link.right_id) == ("linked", survivor)
    for old in {right, other} - {survivor}:
        assert pair.link_of("right", "contacts", old).link_id == link.link_id
    assert pair.links("creating_left", "creating_right", "broken") == []
    pair.wait()
    pair.look()
    assert pair.report.counts["merged"] == 0


@pytest.mark.parametrize("state", ["planned", "sent", "unknown"])
def test_a_merge_drops_what_was_planned_and_waits_for_what_may_have_happened(pair, state):
    loser, right = linked_person(pair)
    link = pair.link_of("left", "Lead", loser)
    open_intent(pair, link.link_id, state)
    survivor = pair.lead(LastName="Doe", Email="")
    pair.org.merge("Lead", survivor, [loser], "human:ann")
    pair.wait(MINUTE_MS * 2)
    pair.look()
    if state == "planned":
        assert pair.link_of("right", "contacts", right).left_id == survivor
        with pair.store.snapshot() as tx:
            assert tx.intents.open_for([link.link_id]) == {}
        return
    assert pair.link_of("right", "contacts", right).left_id == loser
    assert pair.link_of("left", "Lead", survivor) is None  # and nothing is created for the survivor meanwhile
    with pair.store.transaction() as tx:
        tx.intents.update("i1", state="settled")
    pair.wait(MINUTE_MS)
    pair.look()
    assert pair.link_of("right", "contacts", right).left_id == survivor


def test_a_converted_lead_goes_on_as_its_contact_on_the_same_base(pair):
    lead, right = linked_person(pair, Title="CIO", Company="Acme Ltd")
    made = pair.org.convert(lead, "human:ann")
    pair.wait(MINUTE_MS * 2)
    pair.look()
    link = pair.link_of("right", "contacts", right)
    assert (link.state, link.left_object, link.left_id) == ("linked", "Contact", made["Contact"])
    assert pair.link_of("left", "Lead", lead).link_id == link.link_id
    base = shadow(pair, link.link_id)
    assert base.left["job_title"] == "CIO" and "company" not in base.left and "company" not in base.cells
    with pair.store.snapshot() as tx:
        (row,) = tx.journal.list(link_id=link.link_id)
    assert (row.field, row.loser, row.reason, row.state) == ("company", "Acme Ltd", "lead_only", "effective")
    assert len([one for one in pair.links() if one.kind == "person"]) == 1  # no second person anywhere
    assert pair.reviews() == []
    pair.wait()
    pair.look()
    assert pair.report.counts["converted"] == 0


def test_a_lead_converted_into_somebodys_contact_is_a_question(pair):
    lead, right = linked_person(pair)
    contact, right2 = pair.contact(Email="eve@example.com"), pair.person(email="eve@example.com")
    pair.wait(2 * MINUTE_MS)
    pair.look()
    pair.wait()
    pair.org.convert(
        lead, "human:ann", contact_id=contact, account_id=pair.org.record("Contact", contact).get("AccountId")
    )
    pair.wait(MINUTE_MS * 2)
    pair.look()
    people = [link for link in pair.links() if link.kind == "person"]
    assert [link.state for link in people] == ["ambiguous", "ambiguous"]
    (asked,) = pair.reviews()
    assert {one["id"] for one in asked.payload["candidates"]} == {right, right2}


@pytest.mark.parametrize("state", ["planned", "unknown"])
def test_a_conversion_waits_for_what_may_have_happened(pair, state):
    lead, right = linked_person(pair)
    open_intent(pair, pair.link_of("left", "Lead", lead).link_id, state)
    pair.org.convert(lead, "human:ann")
    pair.wait(MINUTE_MS * 2)
    pair.look()
    moved = pair.link_of("right", "contacts", right)
    assert len([one for one in pair.links() if one.kind == "person"]) == 1
    assert moved.left_object == ("Contact" if state == "planned" else "Lead")
    if state == "unknown":
        with pair.store.transaction() as tx:
            tx.intents.update("i1", state="settled")
        pair.look()
        assert pair.link_of("right", "contacts", right).left_object == "Contact"


def test_a_lead_that_was_converted_before_we_came_matches_nobody(pair):
    lead = pair.lead(Email="ann@example.com")
    made = pair.org.convert(lead, "human:ann")
    right = pair.person(email="ann@example.com")
    pair.wait()
    pair.look()
    people = [link for link in pair.links() if link.kind == "person"]
    assert [(link.state, link.left_id, link.right_id) for link in people] == [("linked", made["Contact"], right)]


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_survivor_that_is_deleted_before_anyone_saw_it_ends_the_link(pair, side):
    left, right = linked_person(pair)
    if side == "left":
        survivor = pair.lead(LastName="Doe", Email="")
        pair.org.merge("Lead", survivor, [left], "human:ann")
        pair.org.delete("Lead", survivor, "human:ann")
    else:
        survivor = pair.portal.merge("contacts", pair.person(email="o@example.com"), [right], "human:bob")
        pair.portal.delete("contacts", survivor, "human:bob")
    for _ in range(3):
        pair.wait(MINUTE_MS * 2)
        pair.look()
    (link,) = pair.links()
    assert (link.state, link.reason) == ("broken", f"{side}_gone")
