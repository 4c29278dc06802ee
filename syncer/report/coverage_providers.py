"""How providers do: what they were asked, how it ended, what it cost, and whether their breaker is open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from syncer.core.waterfall.policy import CREDIT
from syncer.store.ports import Tx

FOUND: Final = ("hit", "partial")
WAITING: Final = ("pending", "later")


def providers_of(tx: Tx, filled: Mapping[str, int], since_day: str, now_ms: int) -> list[dict[str, Any]]:
    """By name. `filled`: provider -> blanks that it fills now. Credits are counted from that day on; empty: all.

    `refused`: questions that ended neither with an answer nor with a miss. `breaker_open`: not called now.
    """
    spent, open_, questions = Counter[str](), Counter[str](), Counter[str]()
    for row in tx.spends.list(since_day):
        (spent if row.state == "settled" else open_)[row.provider] += (
            row.spent if row.state == "settled" else (row.reserved if row.state == "reserved" else 0)
        )
        questions[row.provider] += row.questions
    standings = {row.provider: row for row in tx.providers.list()}
    found = []
    for name in sorted({*standings, *spent, *open_, *filled}):
        states = tx.asks.count_by(name)
        standing = standings.get(name)
        blanks = filled.get(name, 0)
        found.append(
            {
                "provider": name,
                "asked": standing.asked if standing else 0,
                "hits": standing.hits if standing else 0,
                "misses": standing.misses if standing else 0,
                "answers": states,
                "refused": sum(count for state, count in states.items() if state not in (*FOUND, "miss", *WAITING)),
                "filled": blanks,
                "credits": spent[name] / CREDIT,
                "credits_reserved": open_[name] / CREDIT,
                "credits_per_filled": round(spent[name] / CREDIT / blanks, 3) if blanks else None,
                "failures": standing.failures if standing else 0,
                "breaker_open": bool(standing and standing.open_until_ms > now_ms),
                "breaker_until_ms": standing.open_until_ms if standing else 0,
                "breaker_reason": standing.reason if standing else "",
            }
        )
    return found
