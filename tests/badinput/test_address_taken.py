"""A person in Salesforce is given the e-mail address of another HubSpot contact: HubSpot keeps addresses unique."""

from __future__ import annotations

import pytest

from tests.stages.test_outbound_sync import left, parked, right, run
from tests.stages.world import make_pair


@pytest.mark.parametrize("solved", ["the other one gives it up", "the two are merged", "it is corrected"])
def test_the_address_waits_with_who_must_do_what_and_everything_else_goes_on(solved: str) -> None:
    pair = make_pair()
    jane, otto = (pair.lead(Email=f"{name}@acme.example", FirstName=name, Title="Buyer") for name in ("jane", "otto"))
    run(pair)
    contact, taken = (pair.link_of("left", "Lead", lead).right_id for lead in (jane, otto))  # type: ignore[union-attr]
    pair.org.update("Lead", jane, {"Email": "otto@acme.example", "Title": "Chief"}, "human:ann")
    pair.org.update("Lead", otto, {"Title": "Head"}, "human:ann")
    report = run(pair)

    assert not report.paused
    (cell,) = parked(pair)
    assert (cell.field, cell.side, cell.klass, cell.code) == ("email", "right", "identity", "CONFLICT")
    assert taken in cell.action and "merge the two" in cell.action and "correct the value" in cell.action
    assert (right(pair, contact)["jobtitle"], right(pair, contact)["email"]) == ("Chief", "jane@acme.example")
    assert right(pair, taken)["jobtitle"] == "Head"
    assert left(pair, "Lead", jane)["Email"] == "otto@acme.example", "the edit stays where it was made"

    if solved == "the other one gives it up":
        pair.portal.update("contacts", taken, {"email": "otto@home.example"}, "human:bob")
    elif solved == "it is corrected":
        pair.org.update("Lead", jane, {"Email": "jane@home.example"}, "human:ann")
    else:
        pair.portal.merge("contacts", contact, [taken], "human:bob")
    pair.wait(86_400_000)
    run(pair)
    run(pair)
    assert not [row for row in parked(pair) if row.link_id == cell.link_id]
    assert right(pair, pair.link_of("left", "Lead", jane).right_id)["email"] == left(pair, "Lead", jane)["Email"]  # type: ignore[union-attr]
