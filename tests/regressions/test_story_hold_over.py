"""Found in review: a held plan was still shown as waiting for approval after nobody wanted it any more."""

from __future__ import annotations

import pytest

from syncer.core.breaker import BreakerLimits, Limit
from syncer.stages.context import Settings
from tests.stages.test_outbound_sync import run
from tests.stages.world import make_pair


@pytest.mark.parametrize("others", [0, 1], ids=["nothing planned", "something else planned"])
def test_a_hold_goes_with_the_plan_that_it_held(others: int) -> None:
    pair = make_pair(settings=Settings(breaker=BreakerLimits(overwrite=Limit(2, 0.0))))
    leads = [pair.lead(Email=f"p{number}@acme.example", Title="Buyer") for number in range(4)]
    run(pair)
    for lead in leads:
        pair.org.update("Lead", lead, {"Title": "Chief"}, "human:ann")
    (name,) = run(pair).held
    for lead in leads:
        pair.org.update("Lead", lead, {"Title": "Buyer"}, "human:ann")
    for lead in leads[:others]:
        pair.org.update("Lead", lead, {"FirstName": "Janet"}, "human:ann")
    assert not run(pair).held
    with pair.store.snapshot() as tx:
        assert name not in [row.plan_hash for row in tx.holds.list()]
