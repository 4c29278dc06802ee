"""Found in review: a lead converted into somebody's contact was a question that nothing could ever answer."""

from __future__ import annotations

import pytest

from tests.stages.test_outbound_sync import left, right, run
from tests.stages.world import make_pair


@pytest.mark.parametrize("keeps", ["of the contact", "of the lead"])
def test_merging_the_two_on_the_other_side_answers_it(keeps: str) -> None:
    pair = make_pair()
    account = pair.org.create("Account", {"Name": "Acme"}, "human:ann")
    contact = pair.contact(Email="jane@acme.example", AccountId=account)
    lead = pair.lead(Email="jane@home.example", Title="Buyer")
    run(pair)
    of_contact = pair.link_of("left", "Contact", contact).right_id  # type: ignore[union-attr]
    of_lead = pair.link_of("left", "Lead", lead).right_id  # type: ignore[union-attr]
    pair.org.convert(lead, "human:ann", account_id=account, contact_id=contact)
    run(pair)
    assert len(pair.links("ambiguous")) == 2
    stays, goes = (of_contact, of_lead) if keeps == "of the contact" else (of_lead, of_contact)
    survivor = pair.portal.merge("contacts", stays, [goes], "human:bob")
    run(pair)
    link = pair.link_of("left", "Contact", contact)
    assert link is not None and (link.state, link.right_id) == ("linked", survivor)
    assert not pair.links("ambiguous", "split") and not pair.reviews()
    pair.org.update("Contact", contact, {"Title": "Chief"}, "human:ann")
    run(pair)
    assert right(pair, survivor)["jobtitle"] == left(pair, "Contact", contact)["Title"] == "Chief"
