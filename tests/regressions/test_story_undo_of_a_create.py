"""Found in review: undo archived a record that it had created though a person had added to it since."""

from syncer.engine.cycle import look
from syncer.stages.undo import undo_run
from tests.stages.test_outbound_sync import right, run
from tests.stages.world import make_pair


def test_a_created_record_that_a_person_added_to_stays() -> None:
    pair = make_pair()
    pair.lead(Email="jane@acme.example", Title="Buyer")
    pair.lead(Email="joe@acme.example", Title="Buyer")
    created = run(pair).run_id
    jane, joe = sorted((record for record in pair.portal.records("contacts")), key=lambda record: record["email"])
    pair.portal.update("contacts", jane["id"], {"phone": "+14155550100"}, "human:bob")
    pair.wait()
    context = pair.context()
    look(context)
    left_alone = undo_run(context, created)
    assert [(item.field, item.reason) for item in left_alone] == [
        ("phone", "someone edited it since"),
        ("*", "the created record was edited since, so it stays"),
    ]
    assert right(pair, jane["id"])["phone"] == "+14155550100"
    assert pair.portal.record("contacts", joe["id"]) is None
