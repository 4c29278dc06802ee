"""Verdicts: three values, evidence of the right kind and age, the next question, and no step back in silence."""

from __future__ import annotations

from typing import Any

import pytest

from syncer.core.claims import Claim, by_field
from syncer.core.qualification import qualify, status_change
from syncer.core.qualification_terms import Needs, Truth
from tests.qualification.claim_words import NOW_MS, ask, criterion, definition, said

BUDGET = criterion("budget", ask("budget", "at_least", 10_000), fresh_days=180)
SIZE = criterion("size", ask("size", "more_than", 100))
LADDER = definition(
    (BUDGET, SIZE),
    {"prospect": Needs(), "MQL": Needs(all=("size",)), "SQL": Needs(all=("size", "budget"))},
)


def verdict(*claims: Claim, rules: Any = LADDER) -> Any:
    return qualify(rules, by_field(claims, NOW_MS), NOW_MS)


def truths(made: Any) -> dict[str, str]:
    return {one.id: one.truth.value for one in made.criteria}


@pytest.mark.parametrize(
    ("claims", "budget"),
    [
        ([], "unknown"),
        ([said(20_000, field="budget")], "met"),
        ([said(5_000, field="budget")], "not met"),
        ([said(20_000, days_ago=200, field="budget")], "unknown"),
        ([said(20_000, "predicted", field="budget")], "unknown"),
        ([said(20_000, "predicted", field="budget"), said(5_000, field="budget")], "not met"),
    ],
    ids=["nothing said", "enough", "too little", "said too long ago", "predicted only", "a call beats a prediction"],
)
def test_a_criterion_is_met_not_met_or_unknown(claims: list[Claim], budget: str) -> None:
    assert truths(verdict(*claims))["budget"] == budget


def test_the_status_is_the_highest_whose_needs_are_met_and_the_question_is_the_one_that_moves_it() -> None:
    made = verdict(said(150, field="size"))
    assert (made.status, made.open_status, made.next_criterion, made.next_question) == (
        "MQL", "SQL", "budget", "What of budget?",
    )  # fmt: skip
    assert made.line == "1 of 2 met, 1 unknown, 0 not met"


def test_every_met_criterion_shows_its_evidence() -> None:
    made = verdict(said(150, field="size", source="call 7"), said(20_000, field="budget"))
    assert made.status == "SQL"
    assert all(one.finding.evidence for one in made.criteria if one.truth is Truth.MET)
    assert any("call 7" in line for line in made.lines())


def test_contradicting_evidence_is_reported() -> None:
    made = verdict(said(150, "human", 3, field="size", source="ann"), said(20, "human", 3, field="size", source="bob"))
    (size,) = [one for one in made.criteria if one.id == "size"]
    assert size.finding.contradicts


def test_the_same_claims_in_any_order_give_the_same_verdict_and_a_replay_is_exact() -> None:
    claims = [said(150, field="size"), said(20_000, field="budget"), said(5_000, "import", 9, field="budget")]
    assert verdict(*claims) == verdict(*reversed(claims))


def test_a_status_never_falls_back_in_silence() -> None:
    made = verdict(said(20, field="size"))
    change = status_change("SQL", made, LADDER)
    assert change.reason


def test_kleene_needs_stay_unknown_until_they_are_decided() -> None:
    assert verdict(said(20_000, field="budget")).needs["SQL"] is Truth.UNKNOWN
    assert verdict(said(20, field="size")).needs["SQL"] is Truth.NOT_MET
