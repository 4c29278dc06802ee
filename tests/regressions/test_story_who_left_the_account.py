"""Found by holding seeded verdicts against the truth: an account kept the status of somebody who was no subject any
more, and was not looked at again when that person went.
"""

from __future__ import annotations

from decimal import Decimal

from tests.stages.test_judging_stage import cycle, left, pair, say
from tests.stages.world import PairWorld

__all__ = ["pair"]


def test_an_account_falls_back_to_the_people_it_still_has_when_the_furthest_is_gone(pair: PairWorld) -> None:
    firm = pair.org.create("Account", {"Name": "Acme", "Website": "acme.example", "NumberOfEmployees": 500}, "human:a")
    best = pair.contact(Email="jane@acme.example", AccountId=firm)
    pair.contact(Email="sam@acme.example", AccountId=firm)
    cycle(pair)
    cycle(pair)
    link, account_link = pair.link_of("left", "Contact", best), pair.link_of("left", "Account", firm)
    assert link is not None
    assert account_link is not None
    say(pair, link.link_id, "annual_budget", Decimal(40000), unit="USD/year")
    cycle(pair)
    cycle(pair)
    assert status(pair, account_link.link_id) == "SQL"

    pair.org.delete("Contact", best, "human:ann")
    for _ in range(3):
        cycle(pair)
    assert pair.org.record("Contact", best) is None or left(pair, "Contact", best)["IsDeleted"]
    assert status(pair, account_link.link_id) == "prospect"


def status(pair: PairWorld, link_id: str) -> str:
    with pair.store.snapshot() as tx:
        return tx.verdicts.get_many([link_id])[link_id].status
