"""Which account a lead belongs to: one, none, or a question for a person.

A lead belongs to one account at most, so candidates compete: the score of one is its odds against all others and none.
Two that fit equally well leave each other below one half; that is a tie, and a tie is never broken by order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from syncer.core.identity.candidates import AccountIndex, candidates
from syncer.core.identity.features import Values, features
from syncer.core.identity.model import Model
from syncer.core.identity.profiles import Profile
from syncer.core.identity.reasons import reasons

AUTO_FROM: Final = 0.95
REVIEW_FROM: Final = 0.6
SHOWN: Final = 3
FAINT: Final = "what the nearest account has in common with the lead weighs nothing"


class Decision(StrEnum):
    AUTO = "auto"
    REVIEW = "review"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Candidate:
    account: str
    name: str
    score: float
    reasons: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {"account": self.account, "name": self.name, "score": self.score, "reasons": list(self.reasons)}


@dataclass(frozen=True, slots=True)
class Match:
    """`account` is None for no match and for a tie, which a person decides among the candidates."""

    lead: str
    account: str | None
    decision: Decision
    score: float
    reasons: tuple[str, ...]
    candidates: tuple[Candidate, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "lead": self.lead,
            "account": self.account,
            "decision": self.decision.value,
            "score": self.score,
            "reasons": list(self.reasons),
            "candidates": [candidate.as_json() for candidate in self.candidates],
        }


def match(lead: Profile, known: AccountIndex, model: Model) -> Match:
    """The decision for one lead with its score, the reasons, and the best three candidates."""
    return among(lead, candidates(lead, known), known, model)


def among(lead: Profile, places: Iterable[int], known: AccountIndex, model: Model) -> Match:
    """The same where the candidates, by their places in `known.accounts`, were found in another way."""
    rated = sorted(_rated(lead, places, known, model), key=lambda row: (-row[0], known.accounts[row[1]].id))
    total = 1 + sum(odds for odds, _, _ in rated)
    shown = tuple(_candidate(lead, row, total, known, model) for row in rated[:SHOWN])
    if not shown:
        return Match(lead.id, None, Decision.NONE, 0.0, (_nothing_shared(lead),), ())
    best, odds = shown[0], rated[0][0]
    if best.score >= REVIEW_FROM:
        decision = Decision.AUTO if best.score >= AUTO_FROM else Decision.REVIEW
        return Match(lead.id, best.account, decision, best.score, best.reasons, shown)
    if (total - 1) / total >= REVIEW_FROM:
        rivals = sum(row[0] >= odds / 10 for row in rated)
        tie = f"{rivals} accounts fit about equally well"
        return Match(lead.id, None, Decision.REVIEW, best.score, (tie, *best.reasons), shown)
    return Match(lead.id, None, Decision.NONE, best.score, best.reasons or (FAINT,), shown)


def _rated(lead: Profile, places: Iterable[int], known: AccountIndex, model: Model) -> list[tuple[float, int, Values]]:
    """Odds of each candidate by itself, its place, and what they stand on."""
    rated = []
    for place in places:
        values = features(lead, known.accounts[place], known)
        rated.append((model.odds(values), place, values))
    return rated


def _candidate(
    lead: Profile, row: tuple[float, int, Values], total: float, known: AccountIndex, model: Model
) -> Candidate:
    odds, place, values = row
    account = known.accounts[place]
    score = round(odds / total, 4)
    return Candidate(account.id, account.label, score, reasons(lead, account, values, model, known))


def _nothing_shared(lead: Profile) -> str:
    if not (lead.names or lead.domains or lead.phone):
        return "the lead says nothing of its company" + (": a free mail address names none" if lead.free_mail else "")
    return "no account shares a domain, a name or a telephone number with the lead"
