"""Short words for claims and definitions, for the tests of this room."""

from __future__ import annotations

from typing import Any

from syncer.core.claims import Authority, Claim, Value, claim
from syncer.core.qualification_terms import Criterion, Definition, Needs, Op, Question, Signal, Status

DAY_MS = 86_400_000
NOW_MS = 1_780_000_000_000
KINDS = frozenset(Authority) - {Authority.PREDICTED}


def said(
    value: Value, authority: str = "call", days_ago: float = 1, *, field: str = "f", source: str = "", **more: Any
) -> Claim:
    """A claim of that many days ago."""
    at_ms = NOW_MS - int(days_ago * DAY_MS)
    return claim("subject", field, value, Authority(authority), source or f"{authority}-1", at_ms, **more)


def ask(field: str, op: str = "is_true", operand: Any = True, **more: Any) -> Question:
    return Question(tuple(field.split()), Op(op), operand, **more)


def criterion(name: str, when: Any = None, **more: Any) -> Criterion:
    told: dict[str, Any] = {"says": f"Says {name}", "evidence": KINDS, "ask": f"What of {name}?"}
    return Criterion(name, when=when or ask(name), **(told | more))


def definition(
    criteria: tuple[Criterion, ...], needs: dict[str, Needs], signals: tuple[Signal, ...] = (), **more: Any
) -> Definition:
    statuses = tuple(Status(name, wanted) for name, wanted in needs.items())
    told: dict[str, Any] = {"statuses": statuses, "signals": signals}
    return Definition("test", "1", "hash", criteria, **(told | more))
