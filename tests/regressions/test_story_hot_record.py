"""Found in review: a record that something touches every second kept a run waiting for it to cool down, for ever."""

from __future__ import annotations

from tests.stages.test_outbound_sync import left, run
from tests.stages.world import PairWorld, WaitingClock, make_pair


class Heartbeat(WaitingClock):
    """While the engine waits, an integration touches one record."""

    def __init__(self, pair: PairWorld, lead: str) -> None:
        super().__init__(pair.clock)
        self._pair, self._lead, self._beats = pair, lead, 0

    def sleep(self, duration_s: float) -> None:
        self._beats += 1
        assert self._beats < 60, "the run never ends"
        super().sleep(duration_s)
        self._pair.org.update("Lead", self._lead, {"Street": f"row {self._beats}"}, "human:bot")


def test_a_record_that_never_cools_down_does_not_keep_the_others_waiting() -> None:
    pair = make_pair()
    hot = pair.lead(Email="hot@acme.example", Title="Buyer")
    calm = pair.lead(Email="calm@acme.example", Title="Buyer")
    run(pair)
    for record in list(pair.portal.records("contacts")):
        pair.portal.update("contacts", record["id"], {"jobtitle": "Chief"}, "human:bob")

    def touch(point: str) -> None:
        if point == "gated":
            pair.org.update("Lead", hot, {"Street": "row 0"}, "human:bot")

    run(pair, clock=Heartbeat(pair, hot), probe=touch)
    assert left(pair, "Lead", calm)["Title"] == "Chief"
    assert left(pair, "Lead", hot)["Title"] == "Buyer"
    run(pair)
    assert left(pair, "Lead", hot)["Title"] == "Chief", "calm again, it is written"
