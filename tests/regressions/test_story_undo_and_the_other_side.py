"""Found in review: an edit of the side that an undone write came from was taken for settled, and never travelled."""

from syncer.engine.cycle import look
from syncer.stages.undo import undo_run
from tests.stages.test_outbound_sync import left, right, run
from tests.stages.world import make_pair


def test_an_edit_made_after_the_undone_run_travels_like_any_other() -> None:
    pair = make_pair()
    lead = pair.lead(Email="jane@acme.example", Title="Buyer", FirstName="Jane")
    run(pair)
    contact = next(iter(pair.portal.records("contacts")))["id"]
    pair.org.update("Lead", lead, {"Title": "Chief", "FirstName": "Janet"}, "human:ann")
    wrote = run(pair).run_id
    pair.org.update("Lead", lead, {"Title": "Head"}, "human:ann")
    pair.wait()
    context = pair.context()
    look(context)
    assert not undo_run(context, wrote)
    assert (right(pair, contact)["jobtitle"], right(pair, contact)["firstname"]) == ("Buyer", "Jane")
    run(pair)
    assert right(pair, contact)["jobtitle"] == left(pair, "Lead", lead)["Title"] == "Head"
    assert right(pair, contact)["firstname"] == "Jane", "what nobody edited stays undone"
