"""Found in review: small cells with large consequences."""

from __future__ import annotations

from dataclasses import replace

from syncer.core.fields import FieldType
from tests.stages.test_outbound_sync import left, run
from tests.stages.world import account, both_sides, make_pair, person

OPT_IN = both_sides("opt_in", "Opt_In__c", "opt_in", FieldType.BOOLEAN, blank="clear")


def test_clearing_a_flag_that_is_off_writes_nothing() -> None:
    pair = make_pair((account(), person(fields=(*person().fields, OPT_IN))))
    for object_name in ("Lead", "Contact"):
        pair.org.add_field(object_name, {"name": "Opt_In__c", "type": "Checkbox", "defaultValue": "false"})
    pair.portal.add_field(
        "contacts",
        {
            "name": "opt_in",
            "type": "bool",
            "fieldType": "booleancheckbox",
            "options": [{"label": "Yes", "value": "true"}, {"label": "No", "value": "false"}],
        },
    )
    lead = pair.lead(Email="jane@acme.example")
    run(pair)
    contact = next(iter(pair.portal.records("contacts")))["id"]
    assert next(iter(pair.portal.records("contacts")))["opt_in"] == "false"
    pair.portal.update("contacts", contact, {"opt_in": ""}, "human:bob")
    before = len(pair.ledger)
    for _ in range(2):
        assert not run(pair).counts["planned"]
    assert len(pair.ledger) == before
    pair.portal.update("contacts", contact, {"opt_in": "true"}, "human:bob")
    run(pair)
    assert left(pair, "Lead", lead)["Opt_In__c"] is True


def test_a_value_that_is_corrected_travels_though_the_one_before_could_not_be_read() -> None:
    budget = both_sides("budget", "NumberOfEmployees__c", "budget", FieldType.NUMBER)
    pair = make_pair((account(), person(fields=(*person().fields, budget))))
    for object_name in ("Lead", "Contact"):
        pair.org.add_field(object_name, {"name": "NumberOfEmployees__c", "type": "Number", "precision": 12, "scale": 0})
    pair.portal.add_field("contacts", {"name": "budget", "type": "number", "fieldType": "number"})
    lead = pair.lead(Email="jane@acme.example", NumberOfEmployees__c=5)
    run(pair)
    (contact,) = (record["id"] for record in pair.portal.records("contacts"))
    link = pair.link_of("left", "Lead", lead)
    assert link is not None
    with pair.store.transaction() as tx:  # as if HubSpot had made a word of what was sent
        shadow = tx.shadows.get_many([link.link_id])[link.link_id]
        tx.shadows.put([replace(shadow, right={**shadow.right, "budget": "many"})])
    pair.portal.update("contacts", contact, {"budget": "7"}, "human:bob")
    run(pair)
    with pair.store.snapshot() as tx:
        assert not tx.quarantine.list()
        assert [(row.loser, row.winner) for row in tx.journal.list()] == [("7", "5")]
