"""Objections by kind, root source and quarter, and whether the commonest become rarer as marketing promised.

The target is for the commonest kinds of the quarter before: each is to be rarer by the declared share. A quarter that
still runs is judged by its pace.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from syncer.mapping.reports import ReportsPolicy
from syncer.report.periods import Period, in_periods
from syncer.report.views import cut
from syncer.store.knowledge_rows import REDACTED, ObjectionRow
from syncer.store.ports import Tx

FORM: Final = 1
QUOTES: Final = 3  # of each kind
QUOTE_MAX: Final = 160
EARLY: Final = 0.1  # of a quarter: before, its pace tells nothing


def objections(tx: Tx, policy: ReportsPolicy, listed: Sequence[Period], now_ms: int) -> dict[str, Any]:
    """The report as one document. `listed`: quarters, the last of them running."""
    rows = tx.objections.list(listed[0].start_ms, listed[-1].end_ms)
    in_quarter = list(zip(listed, in_periods(listed, rows, lambda row: row.said_ms), strict=True))
    heard = {one.name: tx.documents.count_said(one.start_ms, one.end_ms) for one in listed}
    kinds = Counter(row.kind for row in rows)
    return {
        "form": FORM,
        "made_ms": now_ms,
        "since": listed[0].first.isoformat(),
        "objections": len(rows),
        "kinds": [{"kind": kind, "count": count} for kind, count in kinds.most_common()],
        "quarters": [
            {
                "quarter": one.name,
                "heard": heard[one.name],
                "objections": len(some),
                "by_kind": dict(Counter(row.kind for row in some).most_common()),
                "by_root_source": dict(Counter(row.root_source for row in some).most_common()),
            }
            for one, some in in_quarter
        ],
        "by_root_source": _by_source(rows),
        "top": policy.top,
        "fewer_by": policy.fewer_by,
        "targets": [
            {"quarter": now.name, "against": before.name, "kinds": _targets(some, was, now, policy, now_ms)}
            for (before, was), (now, some) in pairwise(in_quarter)
        ],
        "quotes": {kind: _quotes([row for row in rows if row.kind == kind]) for kind, _ in kinds.most_common()},
    }


def _by_source(rows: Sequence[ObjectionRow]) -> list[dict[str, Any]]:
    """Commonest root source first; under the empty name those whose root source nobody knows."""
    found: dict[str, Counter[str]] = {}
    for row in rows:
        found.setdefault(row.root_source, Counter())[row.kind] += 1
    order = sorted(found.items(), key=lambda pair: (-pair[1].total(), pair[0]))
    return [
        {"root_source": source, "count": kinds.total(), "by_kind": dict(kinds.most_common())} for source, kinds in order
    ]


def _targets(
    some: Sequence[ObjectionRow], was: Sequence[ObjectionRow], quarter: Period, policy: ReportsPolicy, now_ms: int
) -> list[dict[str, Any]]:
    now = Counter(row.kind for row in some)
    gone = min(1.0, (now_ms - quarter.start_ms) / (quarter.end_ms - quarter.start_ms))
    before = sorted(Counter(row.kind for row in was).items(), key=lambda pair: (-pair[1], pair[0]))
    return [_target(kind, count, now[kind], gone, policy.fewer_by) for kind, count in before[: policy.top]]


def _target(kind: str, before: int, now: int, gone: float, fewer_by: float) -> dict[str, Any]:
    """`at_most`: how often it may be said until the end. `pace`: how often it will have been, if it goes on so."""
    at_most = int(before * (1 - fewer_by) + 1e-9)
    pace = now / gone
    if gone >= 1:
        state = "met" if now <= at_most else "missed"
    elif now > at_most:
        state = "missed"
    elif gone < EARLY:
        state = "too early"
    else:
        state = "on track" if pace <= at_most else "not on track"
    change = round(now / before - 1, 4) if gone >= 1 else None
    return {
        "kind": kind,
        "before": before,
        "now": now,
        "at_most": at_most,
        "gone": round(gone, 4),
        "pace": round(pace, 1) if EARLY <= gone < 1 else None,
        "change": change,
        "state": state,
    }


def _quotes(rows: Sequence[ObjectionRow]) -> list[dict[str, Any]]:
    """The newest words, each once."""
    found: dict[str, Mapping[str, Any]] = {}
    for row in reversed(rows):
        words = cut(row.quote, QUOTE_MAX)
        if row.quote == REDACTED or not words or words in found:
            continue
        found[words] = {
            "quote": words,
            "said_ms": row.said_ms,
            "root_source": row.root_source,
            "document": row.doc_id,
            "subject": row.subject,
        }
        if len(found) == QUOTES:
            break
    return [dict(one) for one in found.values()]
