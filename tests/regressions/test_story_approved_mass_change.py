"""Found in review: what a person had approved counted against the next 24 hours, so that every later edit was held."""

from __future__ import annotations

from syncer.core.breaker import BreakerLimits, Limit
from syncer.engine.cycle import look
from syncer.stages.context import Settings
from syncer.stages.undo import undo_run
from tests.stages.test_outbound_sync import run
from tests.stages.world import PairWorld, make_pair

LIMITS = BreakerLimits(overwrite=Limit(2, 0.0), create=Limit(2, 0.0))


def approve(pair: PairWorld, name: str) -> None:
    with pair.store.transaction() as tx:
        tx.holds.approve(name, "ann", pair.clock.now_ms(), pair.clock.now_ms() + 86_400_000)


def titles(pair: PairWorld) -> list[str]:
    return sorted(str(record.get("jobtitle")) for record in pair.portal.records("contacts"))


def test_after_an_approved_mass_change_a_single_edit_travels_and_a_leak_is_still_held() -> None:
    pair = make_pair(settings=Settings(breaker=LIMITS))
    leads = [pair.lead(Email=f"p{number}@acme.example", Title="Buyer") for number in range(4)]
    run(pair)
    for lead in leads:
        pair.org.update("Lead", lead, {"Title": "Chief"}, "human:ann")
    (name,) = run(pair).held
    approve(pair, name)
    run(pair)
    assert titles(pair) == ["Chief"] * 4
    pair.org.update("Lead", leads[0], {"Title": "Head"}, "human:ann")
    assert not run(pair).held
    pair.org.update("Lead", leads[1], {"Title": "Head"}, "human:ann")
    assert not run(pair).held
    pair.org.update("Lead", leads[2], {"Title": "Head"}, "human:ann")
    assert run(pair).held, "the third within a day is one too many"
    assert titles(pair) == ["Chief", "Chief", "Head", "Head"]


def test_after_approved_creates_a_single_one_is_made() -> None:
    pair = make_pair(settings=Settings(breaker=LIMITS))
    run(pair)
    for number in range(4):
        pair.lead(Email=f"p{number}@acme.example")
    (name,) = run(pair).held
    approve(pair, name)
    run(pair)
    pair.lead(Email="late@acme.example")
    assert not run(pair).held
    assert len(titles(pair)) == 5


def test_what_a_person_undid_does_not_hold_the_edits_after_it() -> None:
    pair = make_pair(settings=Settings(breaker=LIMITS))
    leads = [pair.lead(Email=f"p{number}@acme.example", Title="Buyer") for number in range(4)]
    run(pair)
    for lead in leads:
        pair.org.update("Lead", lead, {"Title": "Chief"}, "human:ann")
    approve(pair, run(pair).held[0])
    wrote = run(pair).run_id
    context = pair.context()
    look(context)
    assert not undo_run(context, wrote)
    assert titles(pair) == ["Buyer"] * 4
    pair.org.update("Lead", leads[0], {"Title": "Head"}, "human:ann")
    assert not run(pair).held
