"""Found in review: nothing was ever forgotten, so that the state grew with every write for ever."""

from __future__ import annotations

from syncer.engine.auditing import run_audit
from tests.stages.test_outbound_sync import run
from tests.stages.world import make_pair

DAY_MS = 86_400_000


def test_a_pair_that_nobody_audits_forgets_as_well_and_once_a_day() -> None:
    pair = make_pair()
    pair.lead(Email="jane@acme.example", Title="Buyer")
    first = run(pair).run_id
    forgot = []
    for days in (89, 1, 1, 0, 1):
        pair.wait(days * DAY_MS)
        forgot.append(run(pair).counts["forgotten"] > 0)
        with pair.store.snapshot() as tx:
            assert (tx.runs.get(first) is None) == (len(forgot) > 2)
            assert bool(tx.intents.of_run(first, ("settled",))) == (len(forgot) <= 2)
    assert forgot == [False, False, True, False, False]


def test_what_cannot_be_undone_any_more_is_forgotten_and_the_journal_later() -> None:
    pair = make_pair()
    lead = pair.lead(Email="jane@acme.example", Title="Buyer")
    run(pair)
    (contact,) = (record["id"] for record in pair.portal.records("contacts"))
    pair.org.update("Lead", lead, {"Title": "mine"}, "human:ann")
    pair.wait(30_000)
    pair.portal.update("contacts", contact, {"jobtitle": "yours"}, "human:bob")
    conflict = run(pair).run_id
    left_over = []
    for days in (89, 2, 400):
        pair.wait(days * DAY_MS)
        run_audit(pair.context())
        with pair.store.snapshot() as tx:
            left_over.append((len(tx.intents.of_run(conflict, ("settled",))), len(tx.journal.list())))
            assert (tx.runs.get(conflict) is None) == (days != 89)
    assert left_over == [(1, 1), (0, 1), (0, 0)]
    assert not run(pair).counts["planned"], "what was forgotten is not done again"
