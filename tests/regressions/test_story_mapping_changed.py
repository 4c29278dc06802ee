"""Found in review: a mapping that changed while writes of the old one were open, held or remembered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sandbox.faults import FaultKind, FaultRule, Faults, FaultyDoor
from syncer.core.breaker import BreakerLimits, Limit
from syncer.engine.cycle import look
from syncer.stages.context import Settings
from syncer.stages.undo import undo_run
from tests.stages.test_outbound_sync import right, run
from tests.stages.world import HUBSPOT, PairWorld, account, make_pair, person


def lose_answers(pair: PairWorld, path: str) -> None:
    faults = Faults("hubspot", pair.clock, 1)
    faults.replace([FaultRule(FaultKind.TIMEOUT_AFTER, calls=(1,), path=path)])
    session: Any = pair.remotes["right"]._transport._session
    session.get_adapter(HUBSPOT)._handle = FaultyDoor(pair.portal, faults).handle


def renamed(old: str, new: str) -> tuple[Any, ...]:
    fields = tuple(replace(item, name=new) if item.name == old else item for item in person().fields)
    return account(), person(fields=fields)


def without(*names: str) -> tuple[Any, ...]:
    return account(), person(fields=tuple(item for item in person().fields if item.name not in names))


@pytest.fixture
def jane() -> Any:
    pair = make_pair()
    lead = pair.lead(Email="jane@acme.example", Title="Buyer", FirstName="Jane")
    run(pair)
    return pair, lead, next(iter(pair.portal.records("contacts")))["id"]


@pytest.mark.parametrize(
    "kinds",
    [renamed("job_title", "title"), without("job_title"), (account(),)],
    ids=["renamed", "field removed", "kind removed"],
)
def test_a_write_whose_answer_was_lost_ends_though_the_mapping_changed_meanwhile(jane: Any, kinds: Any) -> None:
    pair, lead, contact = jane
    lose_answers(pair, "/batch/update")
    pair.org.update("Lead", lead, {"Title": "Chief"}, "human:ann")
    assert run(pair).counts["unknown"] == 1
    pair.kinds = kinds
    report = run(pair)
    assert not report.paused
    with pair.store.snapshot() as tx:
        assert not tx.intents.count_open()
    assert right(pair, contact)["jobtitle"] == "Chief"


@pytest.mark.parametrize(
    ("kinds", "field"),
    [(renamed("job_title", "title"), "job_title"), (without("job_title"), "job_title"), ((account(),), "*")],
    ids=["renamed", "field removed", "kind removed"],
)
def test_undo_leaves_what_the_mapping_does_not_know_any_more(jane: Any, kinds: Any, field: str) -> None:
    pair, lead, contact = jane
    pair.org.update("Lead", lead, {"Title": "Chief", "FirstName": "Janet"}, "human:ann")
    wrote = run(pair).run_id
    pair.kinds = kinds
    pair.wait()
    context = pair.context()
    look(context)
    left_alone = undo_run(context, wrote)
    assert [(item.field, item.reason) for item in left_alone] == [(field, "the mapping does not know it any more")]
    assert right(pair, contact)["jobtitle"] == "Chief"
    assert right(pair, contact)["firstname"] == ("Janet" if field == "*" else "Jane")


def test_a_held_create_is_not_made_once_the_mapping_excludes_its_record() -> None:
    pair = make_pair(settings=Settings(breaker=BreakerLimits(create=Limit(0, 0.0))))
    run(pair)  # the first sync, of two empty systems, is over
    lead = pair.lead(Email="test@acme.example", Title="test")
    (name,) = run(pair).held
    with pair.store.transaction() as tx:
        tx.holds.approve(name, "ann", pair.clock.now_ms(), pair.clock.now_ms() + 86_400_000)
    pair.kinds = (account(), person(left_inclusion="Title != 'test'"))
    run(pair)
    assert not list(pair.portal.records("contacts"))
    pair.org.update("Lead", lead, {"Title": "Buyer"}, "human:ann")
    run(pair)
    assert len(list(pair.portal.records("contacts"))) == 1, "included again, it is what was approved"
