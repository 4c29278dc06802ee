"""Found in review: a record that something touches every second kept a run waiting for it to cool down, for ever."""

from tests.stages.test_outbound_sync import left, run
from tests.stages.world import make_pair


def test_a_record_that_never_cools_down_does_not_keep_the_others_waiting() -> None:
    pair = make_pair()
    hot = pair.lead(Email="hot@acme.example", Title="Buyer")
    calm = pair.lead(Email="calm@acme.example", Title="Buyer")
    run(pair)
    for record in list(pair.portal.records("contacts")):
        pair.portal.update("contacts", record["id"], {"jobtitle": "Chief"}, "human:bob")
    looks = []

    def heartbeat(point: str) -> None:
        if point in ("gated", "verified"):
            looks.append(point)
            assert len(looks) < 60, "the run never ends"
            pair.org.update("Lead", hot, {"Street": f"row {len(looks)}"}, "human:bot")

    run(pair, probe=heartbeat)
    assert left(pair, "Lead", calm)["Title"] == "Chief"
    assert left(pair, "Lead", hot)["Title"] == "Buyer"
    run(pair)
    assert left(pair, "Lead", hot)["Title"] == "Chief", "calm again, it is written"
