"""Found in review: a record that was refused as a whole stayed in quarantine after there was nothing left to write."""

from sandbox.faults import FaultKind, FaultRule, Faults, FaultyDoor
from tests.stages.test_outbound_sync import parked, run
from tests.stages.world import HUBSPOT, make_pair


def test_a_refused_record_leaves_quarantine_when_the_difference_is_gone() -> None:
    pair = make_pair()
    lead = pair.lead(Email="jane@acme.example", Title="Buyer")
    run(pair)
    contact = next(iter(pair.portal.records("contacts")))["id"]
    pair.portal.rule = None
    with pair.store.transaction() as tx:
        before = tx.quarantine.list()
    assert not before
    from syncer.stages.plan import Obstacle
    from syncer.stages.quarantine import quarantine

    context = pair.context()
    link = pair.link_of("left", "Lead", lead)
    assert link is not None
    with pair.store.transaction() as tx:
        quarantine(context, tx, link.link_id, Obstacle("*", "right", "data", "REFUSED", "no", "look", "print"))
    assert contact
    run(pair)
    run(pair)
    assert not parked(pair)
