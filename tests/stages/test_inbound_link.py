"""Linking: what is one becomes one, what is unclear becomes a question, and nobody is created twice."""

from __future__ import annotations

from connectors.base import TransientError
from syncer.stages import drift, identify, observe, vanish
from syncer.stages import link as link_stage
from syncer.stages.context import LEFT_CROSS_REFERENCE, LEFT_KEY, RIGHT_KEY
from tests.stages.world import MINUTE_MS, account, make_pair, person


def ends(world, state: str) -> list[tuple[str, str]]:
    return sorted((row.left_id, row.right_id) for row in world.links(state))


def test_people_with_one_address_and_companies_with_one_domain_become_pairs(pair):
    ann = pair.lead(Email="Ann@Example.com")
    right_ann = pair.person(email="ann@example.com")
    acme = pair.org.create("Account", {"Name": "Acme", "Website": "https://www.acme.example/about"}, "human:ann")
    right_acme = pair.portal.create("companies", {"name": "ACME Inc", "domain": "acme.example"}, "human:bob")
    pair.look()
    assert ends(pair, "linked") == sorted([(ann, right_ann), (acme, right_acme)])
    assert pair.reviews() == []


def test_whom_the_other_side_lacks_is_to_be_created_with_a_key_of_its_own(pair):
    ann = pair.lead(Email="ann@example.com")
    bob = pair.person(email="bob@example.com")
    pair.look()
    made = {row.state: row for row in pair.links()}
    assert made["creating_right"].left_id == ann and made["creating_left"].right_id == bob
    assert len({row.sync_key for row in made.values()}) == 2
    pair.wait(MINUTE_MS)
    pair.look()
    assert len(pair.links()) == 2  # looking again creates nothing


def test_nothing_is_created_before_both_sides_were_read_whole(pair):
    pair.lead(Email="ann@example.com")
    context = pair.context()
    drift.refresh_schemas(context)
    context.report.pause("right", TransientError("the line is down", side="right"))
    observe.observe(context)
    assert not observe.barrier_open(context, context.kind("person"))
    assert link_stage.link(context, context.kind("person")) == 0 and pair.links() == []


def test_several_candidates_are_a_question_and_never_the_first():
    world = make_pair((account(),))
    acme = world.org.create("Account", {"Name": "Acme", "Website": "acme.example"}, "human:ann")
    twins = [world.portal.create("companies", {"name": n, "domain": "acme.example"}, "human:bob") for n in ("A", "B")]
    world.look()
    assert world.links() == []
    asked = {row.remote_id: row for row in world.reviews()}
    assert set(asked) == {acme, *twins}
    assert {one["id"] for one in asked[acme].payload["candidates"]} == set(twins)
    assert asked[acme].payload["reason"] == "several_candidates"

    world.wait()
    world.look()
    assert world.report.counts["ambiguous"] == 0  # it costs nothing until something changes
    world.portal.delete("companies", twins[1], "human:bob")
    world.wait()
    world.look()
    assert ends(world, "linked") == [(acme, twins[0])]
    assert world.reviews() == []


def test_a_second_record_with_the_same_address_never_takes_over_the_link(pair):
    first = pair.lead(Email="ann@example.com")
    right = pair.person(email="ann@example.com")
    pair.look()
    pair.wait()
    second = pair.contact(Email="ann@example.com")
    pair.wait(MINUTE_MS)
    pair.look()
    assert ends(pair, "linked") == [(first, right)]
    (asked,) = pair.reviews()
    assert asked.remote_id == second


def test_a_lead_and_a_contact_of_one_address_are_a_question(pair):
    lead, contact = pair.lead(Email="ann@example.com"), pair.contact(Email="ann@example.com")
    pair.look()
    assert pair.links() == []
    assert {row.remote_id for row in pair.reviews()} == {lead, contact}


def test_an_additional_address_identifies_as_well_as_the_first(pair):
    winner = pair.person(email="ann@example.com")
    loser = pair.person(email="ann.private@example.com")
    survivor = pair.portal.merge("contacts", winner, [loser], "human:bob")
    lead = pair.lead(Email="ann.private@example.com")
    pair.wait()
    pair.look()
    assert ends(pair, "linked") == [(lead, survivor)]


def test_our_key_on_both_records_links_them_without_any_address(pair):
    left, right = pair.lead(**{LEFT_KEY: "k1"}), pair.person(firstname="Ann", **{RIGHT_KEY: "k1"})
    pair.look()
    (made,) = pair.links()
    assert (made.state, made.left_id, made.right_id, made.sync_key) == ("linked", left, right, "k1")


def test_the_id_that_one_record_names_links_them(pair):
    right = pair.person(email="ann@example.com")
    left = pair.lead(**{LEFT_CROSS_REFERENCE: right})
    pair.look()
    assert ends(pair, "linked") == [(left, right)]


def test_a_copied_record_is_a_question(pair):
    right = pair.person(email="ann@example.com")
    left = pair.lead(**{LEFT_CROSS_REFERENCE: right})
    copy = pair.lead(**{LEFT_CROSS_REFERENCE: right})
    pair.look()
    assert pair.links("linked") == []
    assert {left, copy} <= {row.remote_id for row in pair.reviews()}


def test_only_who_is_included_causes_a_create_but_pairs_are_pairs():
    world = make_pair((person(right_inclusion="lifecyclestage = 'lead'"),))
    lead = world.person(email="in@example.com", lifecyclestage="lead")
    world.person(email="out@example.com", lifecyclestage="subscriber")
    pair_left, pair_right = world.lead(Email="p@example.com"), world.person(email="p@example.com")
    world.look()
    assert ends(world, "creating_left") == [("", lead)]
    assert ends(world, "linked") == [(pair_left, pair_right)]
    assert world.report.counts["excluded"] == 1


def test_a_mapping_that_never_creates_on_a_side_never_does():
    world = make_pair((person(left_create=None),))
    world.person(email="bob@example.com")
    world.look()
    assert world.links() == [] and world.report.counts["excluded"] == 1


def test_a_record_without_any_natural_key_is_created_by_our_key_alone(pair):
    ann = pair.lead(LastName="Nameless")
    pair.look()
    (made,) = pair.links()
    assert (made.state, made.left_id, made.match_key) == ("creating_right", ann, "") and made.sync_key


def test_someone_who_appears_on_the_other_side_meanwhile_is_linked_instead_of_created(pair):
    ann = pair.lead(Email="ann@example.com")
    pair.look()
    assert ends(pair, "creating_right") == [(ann, "")]
    pair.wait()
    right = pair.person(email="ann@example.com")
    pair.wait(MINUTE_MS)
    pair.look()
    assert ends(pair, "linked") == [(ann, right)] and len(pair.links()) == 1


def test_an_address_that_a_pair_gave_up_belongs_to_whoever_uses_it_next(pair):
    left, right = pair.lead(Email="old@example.com"), pair.person(email="old@example.com")
    pair.look()
    pair.wait()
    pair.org.update("Lead", left, {"Email": "new@example.com"}, "human:ann")
    pair.portal.update("contacts", right, {"email": "new@example.com"}, "human:bob")
    other = pair.person(email="old@example.com")
    pair.wait(MINUTE_MS)
    pair.look()
    assert ends(pair, "linked") == [(left, right)]
    assert ends(pair, "creating_left") == [("", other)]


def test_a_create_that_found_its_target_there_is_linked_to_it(pair):
    ann = pair.lead(Email="ann@example.com")
    context = pair.look()
    (made,) = pair.links()
    right = pair.person(email="ann@example.com")
    found = list(pair.remotes["right"].find("contacts", "email", ["ann@example.com"], ["email"]))
    with pair.store.transaction() as tx:
        tx.records.upsert(observe.observations(context, context.kind("person"), "right", "contacts", found))
        identify.relink_found(context, tx, made.link_id, "right", found)
    assert ends(pair, "linked") == [(ann, right)]


def test_a_create_that_found_somebody_elses_record_is_a_question(pair):
    pair.lead(Email="ann@example.com")
    pair.lead(Email="eve@example.com")
    right = pair.person(email="eve@example.com")
    context = pair.look()
    (creating,) = pair.links("creating_right")
    found = list(pair.remotes["right"].read("contacts", [right], ["email"]).values())
    with pair.store.transaction() as tx:
        identify.relink_found(context, tx, creating.link_id, "right", found)
    assert [row.link_id for row in pair.links("ambiguous")] == [creating.link_id]
    assert pair.reviews()[0].payload["reason"] == "already_linked"


def test_a_create_whose_source_is_gone_is_dropped(pair):
    ann = pair.lead(Email="ann@example.com")
    pair.look()
    pair.wait()
    pair.org.delete("Lead", ann, "human:ann")
    pair.wait(MINUTE_MS)
    pair.look()
    assert [row.reason for row in pair.links("tombstone")] == ["source_gone"]
    assert len(pair.links()) == 1


def test_suspecting_an_unknown_id_is_harmless(pair):
    context = pair.look()
    vanish.suspect_gone(context, context.kind("person"), "right", "contacts", ["404"])
    pair.wait()
    assert vanish.vanish(pair.context()) == 0
