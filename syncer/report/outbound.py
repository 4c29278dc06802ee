"""Whom to call: accounts that fit and with whom nobody has spoken, and people who qualified and were then forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from syncer.core.predicted import STANDING, STATUS, basis_line, standing_line
from syncer.core.qualification_terms import LADDER
from syncer.core.shown import day
from syncer.report.subjects import names_of
from syncer.report.views import Column, Section, Table, View, made_of
from syncer.stages.infer_values import account_names
from syncer.store.knowledge_rows import PredictionRow
from syncer.store.ports import Tx

DAY_MS: Final = 86_400_000
LOOKED_AT: Final = 20  # times as many as are listed: of the likest, those with whom nobody spoke
_WAITING: Final = ("owed", "sent")  # a hand-off that sales has yet to answer


def outbound(tx: Tx, quiet_days: int, count: int, now_ms: int) -> dict[str, Any]:
    """Both lists, the most promising first. `quiet_days`: without a word for so long counts as forgotten."""
    since_ms = now_ms - quiet_days * DAY_MS
    return {
        "form": 1,
        "made_ms": now_ms,
        "quiet_days": quiet_days,
        "fit_without_activity": _fitting(tx, since_ms, count),
        "escaped": _escaped(tx, since_ms, count),
    }


def _fitting(tx: Tx, since_ms: int, count: int) -> list[dict[str, Any]]:
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
    names = account_names(tx, list(tx.links.get_many([one["link"] for one in found]).values()))
    for one in found:
        one["account"], one["domain"] = names.get(one["link"], (one["link"], ""))
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


def _escaped(tx: Tx, since_ms: int, count: int) -> list[dict[str, Any]]:
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
    found = sorted(found, key=lambda one: (-ranks[one["status"]], one["since"], one["link"]))[:count]
    names = names_of(tx, [one["link"] for one in found])
    return [{"person": names.get(one["link"], one["link"]), **one} for one in found]


def outbound_view(found: Mapping[str, Any]) -> View:
    fit, gone = found["fit_without_activity"], found["escaped"]
    headline = (
        f"{len(fit)} accounts fit and nobody spoke with them in {found['quiet_days']} days.",
        f"{len(gone)} people qualified, and nobody spoke with them since {found['quiet_days']} days ago or longer.",
    )
    return View(
        "Whom to call",
        headline,
        (
            Section("Fit without activity", (), _table(fit, ("account", "domain", "because"))),
            Section(
                "Escaped through the cracks",
                (),
                _table(gone, ("person", "status", "since", "last_heard", "next_question")),
            ),
        ),
        made_of(found),
    )


def _table(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Table:
    columns = tuple(Column(name.replace("_", " "), folds=name in ("because", "next_question")) for name in names)
    return Table(columns, [tuple(str(row[name] or "-") for name in names) for row in rows])
