"""Whom to call: accounts that fit and with whom nobody has spoken, and people who qualified and were then forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from syncer.core.predicted import STANDING, STATUS, basis_line, standing_line
from syncer.core.qualification_terms import LADDER
from syncer.core.shown import day
from syncer.store.knowledge_rows import PredictionRow
from syncer.store.ports import Tx

LOOKED_AT: Final = 20  # times as many as are listed: of the likest, those with whom nobody spoke
_WAITING: Final = ("owed", "sent")  # a hand-off that sales has yet to answer


def fitting(tx: Tx, since_ms: int, count: int) -> list[dict[str, Any]]:
    """By likeness or confidence; what is kept back from people is not listed either."""
    best: dict[str, PredictionRow] = {}
    for row in _open(tx):
        if row.shown and (row.fact.startswith(STATUS) or row.fact == STANDING):
            held = best.get(row.subject)
            if held is None or _rank(row) > _rank(held):
                best[row.subject] = row
    found: list[dict[str, Any]] = []
    ranked = sorted(best.values(), key=lambda row: (*(-one for one in _rank(row)), row.subject))[: count * LOOKED_AT]
    for row in ranked:
        people = [one.person_link for one in tx.memberships.of_accounts([row.subject]) if one.how != "rejected"]
        if len(found) < count and all(_last_word(tx, one) < since_ms for one in (row.subject, *people)):
            why = standing_line(row) if row.fact == STANDING else f"{row.fact.removeprefix(STATUS)} {basis_line(row)}"
            found.append({"link": row.subject, "probability": row.probability, "because": why, "people": len(people)})
    return found


def _open(tx: Tx) -> Iterator[PredictionRow]:
    after = ""
    while rows := tx.predictions.by_state(("open",), after, 1_000):
        after = rows[-1].prediction_id
        yield from rows


def _rank(row: PredictionRow) -> tuple[int, float]:
    """A tested status goes before mere likeness."""
    return int(row.fact.startswith(STATUS)), row.probability


def _last_word(tx: Tx, link_id: str) -> int:
    return max((row.said_ms for row in tx.documents.of_subject(link_id, 1)), default=0)


def forgotten(tx: Tx, since_ms: int, count: int) -> list[dict[str, Any]]:
    """The furthest first, then those who wait longest; whose hand-off runs its clock are left to that."""
    ranks = {name: place for place, name in enumerate(LADDER)}
    found: list[dict[str, Any]] = []
    after = ""
    while rows := tx.verdicts.iterate("person", after, 1_000):
        after = rows[-1].link_id
        for row in rows:
            if ranks.get(row.status, 0) < 1 or row.at_ms >= since_ms:
                continue
            last_ms = _last_word(tx, row.link_id)
            if last_ms >= since_ms or any(one.state in _WAITING for one in tx.hand_offs.of_link(row.link_id)):
                continue
            found.append(
                {
                    "link": row.link_id,
                    "status": row.status,
                    "since": day(row.at_ms),
                    "last_heard": day(last_ms) if last_ms else None,
                    "next_question": row.shown.get("next_question") or "",
                }
            )
    return sorted(found, key=lambda one: (-ranks[one["status"]], one["since"], one["link"]))[:count]
