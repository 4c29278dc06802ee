"""Found in review: what a person had decided was forgotten with the next plan that was only looked at."""

from syncer.engine.planning import make_plan
from syncer.stages.decide import create_new
from tests.stages.test_outbound_sync import run
from tests.stages.world import make_pair


def test_a_record_that_a_person_called_new_is_still_new_after_a_plan_was_looked_at() -> None:
    pair = make_pair()
    run(pair)
    for _ in range(2):
        pair.lead(Email="twin@acme.example")
    run(pair)
    for row in pair.reviews():
        create_new(pair.context(), row.review_id)
        break
    make_plan(pair.context())
    run(pair)
    assert len(list(pair.portal.records("contacts"))) == 1
