"""Found in review: a record that was refused as a whole stayed in quarantine after there was nothing left to write."""

from sandbox.salesforce.settings import Condition, ValidationRule
from tests.stages.test_outbound_sync import left, parked, run
from tests.stages.world import make_pair

FROZEN = ValidationRule("Lead", "Chiefs are named by the board.", (Condition("Title", "equals", "Chief"),))


def test_a_refused_record_leaves_quarantine_when_nothing_differs_any_more() -> None:
    pair = make_pair(org={"validation_rules": (FROZEN,)})
    lead = pair.lead(Email="jane@acme.example", Title="Buyer")
    run(pair)
    contact = next(iter(pair.portal.records("contacts")))["id"]
    pair.portal.update("contacts", contact, {"jobtitle": "Chief"}, "human:bob")
    run(pair)
    assert [(row.field, row.side) for row in parked(pair)] == [("*", "left")]
    assert left(pair, "Lead", lead)["Title"] == "Buyer"
    pair.portal.update("contacts", contact, {"jobtitle": "Buyer"}, "human:bob")
    run(pair)
    assert not parked(pair)
