"""Found by killing the real worker: a person typed what a lost write would have set, and was taken for that write.

The base then moved to a value that was never ours, and the next edit of the other side went over theirs in silence.
"""

import pytest

from sandbox.faults import FaultKind, FaultRule, Faults, FaultyDoor
from syncer.stages.context import Settings
from tests.stages.test_outbound_sync import journal, left, right, run
from tests.stages.world import HUBSPOT, SALESFORCE, make_pair


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_value_typed_by_a_person_is_never_taken_for_a_write_that_was_lost(side: str) -> None:
    pair = make_pair(settings=Settings(zombie_wait_ms=60_000))
    lead = pair.lead(Email="jane@acme.example", City="Oslo")
    run(pair)
    contact = next(iter(pair.portal.records("contacts")))["id"]
    system, model, url = ("salesforce", pair.org, SALESFORCE) if side == "left" else ("hubspot", pair.portal, HUBSPOT)
    faults = Faults(system, pair.clock, 1)
    pair.remotes[side]._transport._session.get_adapter(url)._handle = FaultyDoor(model, faults).handle
    faults.replace([FaultRule(FaultKind.TIMEOUT_BEFORE, rate=1.0, path="/composite$|/batch/update")])

    def type_city(where: str, city: str) -> None:
        if where == "left":
            pair.org.update("Lead", lead, {"City": city}, "human:ann")
        else:
            pair.portal.update("contacts", contact, {"city": city}, "human:bob")

    other = "right" if side == "left" else "left"
    type_city(other, "Berlin")
    report = run(pair)
    assert report.counts["unknown"] == 1, "the write to that side never arrived, and nobody knows"
    faults.replace([])
    type_city(side, "Berlin")
    pair.wait(5_000)
    type_city(other, "Boston")
    run(pair)
    run(pair)
    assert left(pair, "Lead", lead)["City"] == right(pair, contact)["city"]
    lost = {"Berlin", "Boston"} - {right(pair, contact)["city"]}
    assert lost <= {row.loser for row in journal(pair)}
