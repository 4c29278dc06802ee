"""People who act in the very moment of a write: between the verify-read, the write, and the read-back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from syncer.engine.cycle import approve_first_sync, sync
from syncer.stages.context import RunReport
from tests.stages.world import PairWorld, make_pair

Act = Callable[[], object]


class Killed(Exception):
    """The process died here."""


@pytest.fixture
def pair() -> Iterator[PairWorld]:
    made = make_pair()
    yield made
    made.store.close()


def cycle(pair: PairWorld, at: str = "", act: Act = lambda: None) -> RunReport:
    """One cycle, ten minutes after the last; `act` happens once, when the run passes the point `at`."""
    pair.wait()
    happened: list[str] = []

    def probe(point: str) -> None:
        if point == at and not happened:
            happened.append(point)
            act()

    context = pair.context(probe=probe)
    approve_first_sync(context)
    report = sync(context)
    assert bool(happened) == bool(at), f"the run never passed {at}"
    return report


def until_quiet(pair: PairWorld) -> None:
    for _ in range(6):
        if not [name for name in cycle(pair).counts if name.startswith(("creates", "updates"))]:
            return
    pytest.fail("still writing after six cycles")


def contact_of(pair: PairWorld, email: str) -> dict[str, Any]:
    found = [row for row in pair.portal.records("contacts") if row["email"] == email]
    assert len(found) == 1, f"{len(found)} contacts hold {email}"
    return dict(found[0])


@pytest.fixture
def jane(pair: PairWorld) -> tuple[str, str]:
    """In step on both sides: (lead, contact)."""
    lead = pair.lead(Email="jane@acme.example", FirstName="Jane", Title="Buyer")
    cycle(pair)
    return lead, contact_of(pair, "jane@acme.example")["id"]


def newcomer(pair: PairWorld) -> None:
    """Somebody else, whose record must be written in the same run."""
    pair.lead(Email="otto@acme.example", FirstName="Otto")


def test_an_edit_between_our_create_and_its_read_back_travels(pair: PairWorld) -> None:
    lead = pair.lead(Email="jane@acme.example", FirstName="Jane", Title="Buyer")

    def edit() -> None:
        pair.wait(2_000)
        pair.portal.update(
            "contacts", contact_of(pair, "jane@acme.example")["id"], {"jobtitle": "Head of IT"}, "human:bob"
        )

    cycle(pair, "answered", edit)
    until_quiet(pair)
    assert pair.org.record("Lead", lead)["Title"] == "Head of IT"


def test_an_edit_of_a_record_whose_creation_we_did_not_live_to_hear_of_travels(pair: PairWorld) -> None:
    lead = pair.lead(Email="jane@acme.example", FirstName="Jane", Title="Buyer")

    def die() -> None:
        raise Killed

    with pytest.raises(Killed):
        cycle(pair, "answered", die)
    pair.wait(2_000)
    contact = contact_of(pair, "jane@acme.example")["id"]
    pair.portal.update("contacts", contact, {"jobtitle": "Head of IT"}, "human:bob")
    until_quiet(pair)
    assert pair.org.record("Lead", lead)["Title"] == "Head of IT"
    assert contact_of(pair, "jane@acme.example")["id"] == contact


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_record_deleted_between_verify_and_write_ends_its_link_and_no_other(pair: PairWorld, jane, side: str) -> None:
    lead, contact = jane
    newcomer(pair)
    if side == "right":
        pair.org.update("Lead", lead, {"Title": "Head of IT"}, "human:ann")
        report = cycle(pair, "verified", lambda: pair.portal.delete("contacts", contact, "human:bob"))
    else:
        pair.portal.update("contacts", contact, {"jobtitle": "Head of IT"}, "human:bob")
        report = cycle(pair, "verified", lambda: pair.org.delete("Lead", lead, "human:ann"))
    assert report.paused == {}
    until_quiet(pair)
    contact_of(pair, "otto@acme.example")
    if side == "right":
        assert pair.org.record("Lead", lead)["Title"] == "Head of IT"
        assert pair.portal.record("contacts", contact) is None, "nobody brings back what a person deleted"
    else:
        assert pair.portal.record("contacts", contact)["jobtitle"] == "Head of IT"
        assert [row["Email"] for row in pair.org.records("Lead")] == ["otto@acme.example"]
    assert pair.links("linked")[0].link_id != ""
    assert [link.state for link in pair.links() if link.state != "linked"] == ["broken"]


def test_a_lead_converted_between_verify_and_write_is_followed_to_its_contact(pair: PairWorld, jane) -> None:
    lead, contact = jane
    newcomer(pair)
    pair.portal.update("contacts", contact, {"jobtitle": "Head of IT"}, "human:bob")
    made: dict[str, str] = {}
    report = cycle(pair, "verified", lambda: made.update(pair.org.convert(lead, "human:ann")))
    assert report.paused == {}
    until_quiet(pair)
    assert pair.org.record("Contact", made["Contact"])["Title"] == "Head of IT"
    contact_of(pair, "jane@acme.example")
    contact_of(pair, "otto@acme.example")


def test_when_a_merge_makes_one_contact_of_two_the_other_lead_is_kept_and_told(pair: PairWorld, jane) -> None:
    lead, contact = jane
    newcomer(pair)
    double = pair.person(email="jane.doe@acme.example", firstname="Jane")
    pair.org.update("Lead", lead, {"Title": "Head of IT"}, "human:ann")
    report = cycle(pair, "verified", lambda: pair.portal.merge("contacts", double, [contact], "human:bob"))
    assert report.paused == {}
    until_quiet(pair)
    assert pair.org.record("Lead", lead)["Title"] == "Head of IT"
    assert len([row for row in pair.portal.records("contacts") if row["firstname"] == "Jane"]) == 1
    assert [link.left_id for link in pair.links("split")] == [lead]
    assert [row.remote_id for row in pair.reviews("split")] == [lead]


def test_a_lead_merged_between_verify_and_write_is_followed_to_its_survivor(pair: PairWorld, jane) -> None:
    lead, contact = jane
    newcomer(pair)
    double = pair.lead(Email="jane.doe@other.example", FirstName="Jane", Company="Other")
    pair.portal.update("contacts", contact, {"jobtitle": "Head of IT"}, "human:bob")
    report = cycle(pair, "verified", lambda: pair.org.merge("Lead", double, [lead], "human:ann"))
    assert report.paused == {}
    until_quiet(pair)
    assert pair.portal.record("contacts", contact)["jobtitle"] == "Head of IT"
    assert len([row for row in pair.org.records("Lead") if row["FirstName"] == "Jane"]) == 1
