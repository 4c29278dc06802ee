"""What people see of predictions in either CRM: plain lines that say what is guessed, from whom, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from syncer.core.lookalike import Lookalike
from syncer.core.values import BLANK, Canonical

STATUS: Final = "status:"  # before the name of a status, where a fact is named
SPACE: Final = "(space)"  # among the models: the accounts that answered, and what makes them alike
NEWS: Final = "(news)"  # among the models: what became of answers since they were fitted
STANDING: Final = "lookalike_standing"
SEGMENTS: Final = "segments"
RESERVED: Final = (STANDING, SEGMENTS)  # rows beside the predictions that guess at nothing
FIELDS: Final = ("predicted_status", "predicted_facts", "lookalike_standing", "segments")
LINES_MAX: Final = 4_000


class Predicted(Protocol):
    """A prediction as the store holds it."""

    @property
    def fact(self) -> str: ...
    @property
    def value(self) -> Any: ...
    @property
    def probability(self) -> float: ...
    @property
    def interval(self) -> tuple[float, ...]: ...
    @property
    def basis(self) -> Any: ...
    @property
    def expires_ms(self) -> int: ...
    @property
    def shown(self) -> bool: ...


def says_of(policy: Lookalike, fact: str) -> str:
    found = policy.fact(fact)
    return found.says if found is not None else fact.removeprefix(STATUS)


def predicted_fields(rows: Iterable[Predicted], statuses: Sequence[str], now_ms: int) -> dict[str, Canonical]:
    """Our fields of predictions; blank where there is none, so that what was withdrawn disappears.

    `statuses`: names from the highest on; of several predicted ones the highest is shown. Kept-back rows are left out.
    """
    found: dict[str, Canonical] = dict.fromkeys(FIELDS, BLANK)
    shown = [row for row in rows if row.shown and not 0 < row.expires_ms <= now_ms]
    ranks = {STATUS + name: place for place, name in enumerate(statuses)}
    reached = sorted((row for row in shown if row.fact.startswith(STATUS)), key=lambda row: ranks.get(row.fact, 99))
    if reached:
        found["predicted_status"] = f"{reached[0].fact.removeprefix(STATUS)} {basis_line(reached[0])}"
    facts = sorted((row for row in shown if _is_fact(row)), key=lambda row: row.fact)
    lines = [f"{row.basis['says']}: {value_words(row)} {basis_line(row)}" for row in facts]
    if lines:
        found["predicted_facts"] = _fitting(lines)
    for row in shown:
        if row.fact == STANDING:
            found["lookalike_standing"] = standing_line(row)
        elif row.fact == SEGMENTS:
            found["segments"] = "; ".join(row.value)
    return found


def _is_fact(row: Predicted) -> bool:
    return not row.fact.startswith(STATUS) and row.fact not in FIELDS


def basis_line(row: Predicted) -> str:
    """Such as "(0.72, predicted from 9 accounts like Acme, Globex; expires 2027-02-01)"."""
    count = row.basis["agree"]
    who = ", ".join(name for name, _ in row.basis["named"])
    accounts = "account" if count == 1 else "accounts"
    return f"({row.probability:.2f}, predicted from {count} {accounts} like {who}; expires {_day(row.expires_ms)})"


def standing_line(row: Predicted) -> str:
    """Such as "like 3 TRUE leads: Acme 0.91, Globex 0.87"."""
    count = row.basis["agree"]
    word = f"{row.value}s" if count != 1 and not str(row.value).endswith("s") else str(row.value)
    more = ", ..." if count > len(row.basis["named"]) else ""
    return f"like {count} {word}: " + ", ".join(f"{name} {score:.2f}" for name, score in row.basis["named"]) + more


def value_words(row: Predicted) -> str:
    """A number with its interval, yes, or the word itself."""
    unit = str(row.basis.get("unit", ""))
    if row.interval:
        low, high = (amount(one, unit) for one in row.interval)
        return f"about {amount(float(row.value), unit)} ({low} to {high})"
    return "yes" if row.value is True else "no" if row.value is False else str(row.value)


def amount(value: float, unit: str = "") -> str:
    """Such as $40k, 9 months; no more digits than a guess supports."""
    size, mark = next(((value / size, mark) for least, size, mark in _SCALES if value >= least), (value, ""))
    text = f"{size:.2g}" if size < 100 else f"{size:.0f}"
    text = f"{float(text):g}{mark}"
    if unit.partition("/")[0] == "USD":
        return f"${text}"
    return f"{text} {unit}" if unit else text


_SCALES: Final = ((1e9, 1e9, "bn"), (1e6, 1e6, "m"), (1e4, 1e3, "k"))


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()


def _fitting(lines: Sequence[str]) -> str:
    kept: list[str] = []
    room = LINES_MAX
    for place, line in enumerate(lines):
        if len(line) + 1 > room - 30:
            return "\n".join([*kept, f"and {len(lines) - place} more"])
        kept.append(line)
        room -= len(line) + 1
    return "\n".join(kept)
