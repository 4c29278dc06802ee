"""Found in review: a create gave way to a converted lead of the same address, which nothing can be written to."""

from __future__ import annotations

from tests.stages.test_outbound_sync import run
from tests.stages.world import make_pair


def test_a_person_is_created_though_a_converted_lead_once_had_the_address() -> None:
    pair = make_pair()
    lead = pair.lead(Email="jane@acme.example")
    contact = pair.org.convert(lead, "human:ann")["Contact"]
    pair.org.update("Contact", contact, {"Email": "jane@home.example"}, "human:ann")
    run(pair)
    there = pair.person(email="jane@acme.example", firstname="Other")
    run(pair)
    link = pair.link_of("right", "contacts", there)
    assert link is not None and link.state == "linked"
    assert (link.left_object, link.left_id) != ("Lead", lead)
    assert not pair.reviews()
