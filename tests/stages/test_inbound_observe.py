"""Observing: nothing is missed, nothing is taken for gone or blank, and a crash costs a page."""

from __future__ import annotations

import pytest

from connectors.base import AuthError
from syncer.stages import drift, observe
from syncer.stages.context import Settings
from tests.stages.world import MINUTE_MS, PairWorld, make_pair, person


class Killed(Exception):
    """The process died here."""


def cursor(world: PairWorld, side, object_name: str, stream: str):
    with world.store.snapshot() as tx:
        return tx.cursors.get(side, object_name, stream)


def test_what_was_there_before_and_what_changes_later_are_both_known(pair):
    ann = pair.lead(Email="Ann@Example.com", Title="CIO")
    bob = pair.person(email="bob@example.com", jobtitle="CFO")
    pair.look()
    assert pair.record("left", "Lead", ann).keys == (("email", "ann@example.com"),)
    assert pair.record("right", "contacts", bob).values["jobtitle"] == "CFO"

    pair.wait()
    pair.org.update("Lead", ann, {"Title": "CTO"}, "human:ann")
    pair.portal.update("contacts", bob, {"jobtitle": "COO"}, "human:bob")
    pair.wait(MINUTE_MS)
    pair.look()
    assert pair.record("left", "Lead", ann).values["Title"] == "CTO"
    assert pair.record("right", "contacts", bob).values["jobtitle"] == "COO"


def test_a_look_without_changes_makes_nothing_dirty(pair):
    pair.lead(Email="ann@example.com")
    pair.person(email="bob@example.com")
    pair.wait()
    pair.look()
    pair.wait(MINUTE_MS)
    pair.look()
    assert pair.report.counts["changed"] == 0


def test_an_edit_between_the_backfill_and_the_first_window_is_not_lost(pair):
    ann = pair.lead(Email="ann@example.com", Title="old")
    pair.wait()
    context = pair.context()
    drift.refresh_schemas(context)
    seen = []

    def edit_once(point: str) -> None:
        if point == "observed left Lead" and not seen:
            seen.append(point)
            pair.org.update("Lead", ann, {"Title": "new"}, "human:ann")

    context.probe = edit_once
    observe.observe(context)
    pair.wait(MINUTE_MS)
    pair.look()
    assert seen and pair.record("left", "Lead", ann).values["Title"] == "new"


@pytest.mark.parametrize("survived", [1, 2, 3, 4, 6, 8])
def test_a_process_that_dies_between_pages_goes_on_at_the_next_page(survived):
    world = make_pair((person(left_objects=("Lead",)),), settings=Settings(batch_size=1), page_size=200)
    ids = [world.lead(Email=f"p{number}@example.com") for number in range(450)]
    people = [world.person(email=f"q{number}@example.com") for number in range(230)]
    world.wait()
    points: list[str] = []

    def kill(point: str) -> None:
        points.append(point)
        if len(points) == survived:
            raise Killed

    context = world.context(probe=kill)
    drift.refresh_schemas(context)
    with pytest.raises(Killed):
        observe.observe(context)
    world.look()
    assert all(world.record("left", "Lead", one) for one in ids)
    assert all(world.record("right", "contacts", one) for one in people)
    assert cursor(world, "left", "Lead", "backfill").complete


def test_the_watermark_moves_only_with_the_last_page_of_its_window():
    world = make_pair((person(left_objects=("Lead",)),), settings=Settings(batch_size=1), page_size=200)
    world.look()
    world.wait()
    for number in range(450):
        world.lead(Email=f"p{number}@example.com")
    world.wait()
    before = cursor(world, "left", "Lead", "incremental")

    def kill(point: str) -> None:
        if point == "observed left Lead":
            raise Killed

    with pytest.raises(Killed):
        observe.observe(world.context(probe=kill))
    halfway = cursor(world, "left", "Lead", "incremental")
    assert halfway.watermark_ms == before.watermark_ms
    assert halfway.page_token and halfway.window_hi_ms > before.watermark_ms
    observe.observe(world.context())
    after = cursor(world, "left", "Lead", "incremental")
    assert after.watermark_ms >= halfway.window_hi_ms and not after.page_token
    with world.store.snapshot() as tx:
        assert tx.records.count("left", "Lead") == 450


def test_log_in_refused_by_one_side_leaves_the_other_running(pair):
    ann = pair.lead(Email="ann@example.com")
    pair.portal.revoke(pair.portal.settings.access_token)
    pair.look()
    assert isinstance(pair.report.paused["right"], AuthError) and "left" not in pair.report.paused
    assert pair.record("left", "Lead", ann) is not None
    assert pair.links() == []  # "not there" means nothing before the right side was read


def test_a_backfill_with_a_kind_past_its_barrier_goes_slice_by_slice():
    world = make_pair(settings=Settings(backfill_pages=1))
    world.kinds = (world.kinds[0],)
    world.look()
    for number in range(250):
        world.person(email=f"p{number}@example.com")
    world.kinds = (world.kinds[0], person())
    context = world.context()
    drift.refresh_schemas(context)
    assert observe.observe(context) is True
    assert not cursor(world, "right", "contacts", "backfill").complete
    assert not observe.barrier_open(context, world.kinds[1])
    while observe.observe(world.context()):
        pass
    assert cursor(world, "right", "contacts", "backfill").complete


def test_a_property_removed_in_the_portal_is_suspended_and_never_read_as_blank(pair):
    bob = pair.person(email="bob@example.com", jobtitle="CFO")
    pair.look()
    pair.wait()
    pair.portal.remove_field("contacts", "jobtitle")
    pair.portal.update("contacts", bob, {"city": "Ulm"}, "human:bob")
    pair.wait(MINUTE_MS)
    pair.look()
    held = pair.record("right", "contacts", bob)
    assert "jobtitle" not in held.values and held.values["city"] == "Ulm"
    (problem,) = [problem for problem in pair.report.problems if problem.name == "FieldSuspended"]
    assert problem.field == "jobtitle" and "jobtitle" in problem.action + problem.message

    pair.portal.change_field("contacts", "jobtitle", archived=False)
    pair.wait(MINUTE_MS)
    pair.look()
    assert pair.report.counts["fields_returned"] == 1
    assert not [problem for problem in pair.report.problems if problem.name == "FieldSuspended"]


def test_a_field_that_vanishes_while_pages_are_read_is_left_out_and_the_read_goes_on(pair):
    ann = pair.lead(Email="ann@example.com", Phone="+1 650 253 0000")
    context = pair.context()
    drift.refresh_schemas(context)
    pair.org.deny_field("Lead", "Phone", read=False, edit=False)
    observe.observe(context)
    assert "left" not in pair.report.paused
    held = pair.record("left", "Lead", ann)
    assert held.values["Email"] == "ann@example.com" and "Phone" not in held.values


def test_a_field_that_may_not_be_edited_is_suspended_with_who_must_grant_what(pair):
    pair.org.deny_field("Lead", "Title", read=True, edit=False)
    drift.refresh_schemas(pair.context())
    with pair.store.snapshot() as tx:
        (row,) = tx.suspended.list()
    assert (row.object, row.field, row.klass) == ("Lead", "Title", "permission")
    assert "Grant edit access to Lead.Title" in row.action


def test_no_one_is_created_while_the_natural_key_cannot_be_read(pair):
    pair.org.deny_field("Lead", "Email", read=False, edit=False)
    pair.lead(Title="CIO")
    pair.person(email="bob@example.com")
    pair.wait()
    pair.look()
    assert pair.links("creating_left", "creating_right") == []
    assert [problem.name for problem in pair.report.problems].count("MatchFieldMissing") == 1
    pair.org.deny_field("Lead", "Email", read=True, edit=True)
    pair.wait(MINUTE_MS)
    pair.look()
    assert len(pair.links("creating_left", "creating_right")) == 2
