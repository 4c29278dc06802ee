"""Found by simulation: a value cleared on one side came back when the other side's record was merged meanwhile.

The merge made the cell a first contact, and at a first contact a blank is filled without a word.
"""

from tests.stages.test_outbound_sync import journal, left, right, run
from tests.stages.world import make_pair


def test_a_clear_beside_a_merge_is_a_conflict_and_its_loser_is_kept() -> None:
    pair = make_pair()
    lead = pair.lead(Email="jane@acme.example", Title="Buyer")
    run(pair)
    contact = next(iter(pair.portal.records("contacts")))["id"]
    twin = pair.person(email="j.doe@acme.example", jobtitle="Seller")
    survivor = pair.portal.merge("contacts", contact, [twin], "human:bob")
    pair.portal.update("contacts", survivor, {"jobtitle": "Chief"}, "human:bob")
    pair.wait(30_000)
    pair.org.update("Lead", lead, {"Title": None}, "human:ann")
    run(pair)
    run(pair)
    titles = left(pair, "Lead", lead)["Title"], right(pair, survivor)["jobtitle"]
    assert titles in ((None, None), ("Chief", "Chief"))
    kept = [(row.side, row.loser) for row in journal(pair) if row.field == "job_title"]
    assert kept == [("right", "Chief") if titles[0] is None else ("left", None)]
