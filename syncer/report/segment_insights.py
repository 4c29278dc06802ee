"""What was heard in each declared segment: of facts that are numbers a range, of yes or no a share; with the quotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from syncer.core.fields import KindMap
from syncer.core.lookalike import FactKind, Lookalike, TravellingFact, in_segment
from syncer.core.predicted import amount
from syncer.report.views import Column, Section, Table, View, cut, made_of
from syncer.stages.infer_answers import Answer, all_answers
from syncer.stages.infer_values import account_names, known_of
from syncer.store.ports import Tx

TOLD_FROM: Final = 3  # accounts, below which a segment says nothing of a fact
INTERVAL: Final = 0.8
QUOTES: Final = 3
_TIME: Final = "time "  # "time to a case study" is told as "6 to 12 months to a case study"
_Z: Final = 1.2816  # of 80 %


def insights(tx: Tx, kinds: Sequence[KindMap], policy: Lookalike, now_ms: int) -> dict[str, Any]:
    """One document for screen, page and --json."""
    answers = all_answers(tx, policy, now_ms)
    links = list(tx.links.get_many(sorted(answers)).values())
    names = account_names(tx, links)
    values = {}
    for start in range(0, len(links), 500):
        for account, known in known_of(tx, kinds, policy, links[start : start + 500]).items():
            values[account] = known.at(policy, now_ms)
    segments = []
    for segment in policy.segments:
        members = [account for account, known in values.items() if in_segment(segment, known)]
        told = []
        for fact in policy.facts:
            said = {account: answers[account][fact.name] for account in members if fact.name in answers[account]}
            if said:
                told.append(_insight(segment.name, fact, said, names))
        segments.append({"segment": segment.name, "answered": len(members), "facts": told})
    return {"form": 1, "made_ms": now_ms, "segments": segments, "answered": len(answers)}


def _insight(
    segment: str, fact: TravellingFact, said: Mapping[str, Answer], names: Mapping[str, tuple[str, str]]
) -> dict[str, Any]:
    answers = list(said.values())
    reps = len({rep for one in answers for rep in one.reps})
    heard = datetime.fromtimestamp(max(one.at_ms for one in answers) / 1000, UTC).strftime("%Y-%m")
    newest = sorted(said.items(), key=lambda pair: (-pair[1].at_ms, pair[0]))
    found: dict[str, Any] = {
        "fact": fact.name,
        "says": fact.says,
        "n": len(answers),
        "reps": reps,
        "last_heard": heard,
        "quotes": [
            {"account": names[account][0], "quote": one.quote, "document": one.doc_id}
            for account, one in newest
            if one.quote
        ][:QUOTES],
    }
    counted = f"n = {len(answers)} accounts, {reps} {'rep' if reps == 1 else 'reps'}"
    if len(answers) < TOLD_FROM:
        return found | {
            "low": None,
            "high": None,
            "line": f"{segment}: too little was heard of {fact.says} ({counted})",
        }
    if fact.kind.measured:
        low = _quantile(sorted(one.ends[0] for one in answers), (1 - INTERVAL) / 2)
        high = _quantile(sorted(one.ends[1] for one in answers), (1 + INTERVAL) / 2)
        bounds, timed = _bounds(low, high, fact.unit), fact.says.startswith(_TIME)
        line = f"{segment}: {bounds} {fact.says.removeprefix(_TIME)}" if timed else f"{segment}: {fact.says} {bounds}"
    elif fact.kind is FactKind.BOOLEAN:
        low, high = _share(sum(one.value is True for one in answers), len(answers))
        line = f"{segment}: {fact.says}, {low * 100:.0f} to {high * 100:.0f} %"
    else:
        tally = sorted({(sum(a.value == one.value for a in answers), str(one.value)) for one in answers}, reverse=True)
        low = high = None
        line = f"{segment}: {fact.says}: " + ", ".join(f"{word} ({count})" for count, word in tally[:3])
    interval = f", {INTERVAL:.0%} interval".replace("%", " %") if low is not None else ""
    return found | {"low": low, "high": high, "line": f"{line} ({counted}{interval}, last heard {heard})"}


def _bounds(low: float, high: float, unit: str) -> str:
    if amount(low) == amount(high):
        return amount(low, unit)
    first = amount(low, unit) if unit.startswith("USD") else amount(low)
    return f"{first} to {amount(high, unit)}"


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def _share(hits: int, n: int) -> tuple[float, float]:
    """Wilson's interval."""
    rate, room = hits / n, _Z * _Z / n
    centre, half = rate + room / 2, _Z * (rate * (1 - rate) / n + room / (4 * n)) ** 0.5
    return max(0.0, (centre - half) / (1 + room)), min(1.0, (centre + half) / (1 + room))


def insights_view(found: Mapping[str, Any]) -> View:
    sections = []
    for one in found["segments"]:
        rows = [(fact["line"],) for fact in one["facts"]]
        quotes = tuple(
            (f"{quote['account']}, {fact['says']}", cut(quote["quote"], 240))
            for fact in one["facts"]
            for quote in fact["quotes"]
        )
        says = () if rows else ("Nobody in this segment has answered yet.",)
        sections.append(Section(one["segment"], says, Table((Column("heard", folds=True),), rows), (), quotes))
    headline = (f"{found['answered']:,} accounts have answered something, by calls or by what people typed.",)
    if not found["segments"]:
        headline += ("No segment is declared: write one as mappings/segments/NAME.toml.",)
    return View("What was heard, by segment", headline, tuple(sections), made_of(found))
