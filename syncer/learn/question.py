"""What is asked of a table: which column is the outcome, what counts as positive, which moment each row belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import numpy as np

from syncer.errors import UsageError, did_you_mean
from syncer.learn.columns import to_numbers
from syncer.learn.dates import parse_dates
from syncer.learn.table import RawColumn, Table

POSITIVE_WORDS: Final = frozenset(
    ("1", "1.0", "yes", "y", "true", "t", "won", "converted", "positive", "closed won", "ja", "sql")
)
EACH_MIN: Final = 20  # positives, and negatives, below which nothing can be tested
UNREADABLE_MAX: Final = 0.05
TWINS_MAX: Final = 0.3  # share of copies beyond which the file was put together of copies


class SplitKind(StrEnum):
    TIME = "time"
    ROLLING = "rolling"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Question:
    """The options of the command, as given."""

    label: str
    positive: str = ""
    time: str = ""
    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    split: SplitKind = SplitKind.TIME
    window: int = 20_000
    step: int = 1_000


@dataclass(slots=True)
class Prepared:
    """Labelled rows in order of time. `moment` is a number to order by; `dated` says that it is seconds since 1970."""

    table: Table
    outcome: np.ndarray
    moment: np.ndarray
    dated: bool
    positive: str
    negatives: tuple[str, ...]
    unlabelled: int
    twins: int
    notes: list[str] = field(default_factory=list)

    def told(self, row: int) -> str:
        """The moment of a row, as people write it."""
        value = float(self.moment[row])
        return datetime.fromtimestamp(value, UTC).date().isoformat() if self.dated else f"{value:g}"


def prepare(table: Table, question: Question) -> Prepared:
    """Raises UsageError: UnknownColumn, BadDrop, OneClass, PositiveNeeded, UnknownValue, TooFew..., BadTime."""
    for name in (question.label, *((question.time,) if question.time else ()), *question.drop, *question.keep):
        _known(table, name)
    if question.label in question.drop or question.label == question.time:
        raise UsageError(
            "BadColumn", f'"{question.label}" is the label and cannot be something else too.', "Name another."
        )
    label = table.columns[question.label]
    positive, negatives = _positive(label, question.positive)
    keep = np.flatnonzero(label.filled)
    notes: list[str] = []
    moment, dated = _moments(table, question.time, notes)
    keep = keep[np.isfinite(moment[keep])]
    keep = keep[np.argsort(moment[keep], kind="stable")]
    twins = len(keep) - len(np.unique(table.identity[keep]))
    if twins > TWINS_MAX * len(keep):
        keep = keep[np.sort(np.unique(table.identity[keep], return_index=True)[1])]
        notes.append(f"{twins:,} rows repeat another in every column; each was counted once.")
    elif twins:
        notes.append(f"{twins:,} rows repeat another in every column; copies never stand on both sides of a split.")
    chosen = table.without_rows(keep)
    outcome = (chosen.columns[question.label].codes == label.levels.index(positive)).astype(np.int8)
    _enough(outcome, question.label, positive, negatives)
    unlabelled = int((~label.filled).sum())
    if unlabelled:
        notes.append(f"{unlabelled:,} rows have no label and were left out: unsaid is not no.")
    return Prepared(chosen, outcome, moment[keep], dated, positive, negatives, unlabelled, twins, notes)


def _known(table: Table, name: str) -> None:
    if name not in table.columns:
        listed = ", ".join(table.columns)
        _, action = did_you_mean(name, list(table.columns), "Name one of them.")
        raise UsageError("UnknownColumn", f'There is no column "{name}"; there are: {listed}.', action)


def _positive(label: RawColumn, asked: str) -> tuple[str, tuple[str, ...]]:
    values = label.levels
    counts = np.bincount(label.codes[label.codes >= 0], minlength=len(values))
    listed = ", ".join(
        f"{value} ({count:,})" for value, count in sorted(zip(values, counts, strict=True), key=lambda p: -p[1])[:8]
    )
    if len(values) < 2:
        raise UsageError(
            "OneClass",
            f'The column "{label.name}" has {"the single value " + values[0] if values else "no value at all"}.',
            "Give rows of both outcomes, or name another --label.",
        )
    if asked:
        found = asked if asked in values else next((v for v in values if v.casefold() == asked.casefold()), "")
        if not found:
            _, action = did_you_mean(asked, list(values[:1_000]), "Name one of them with --positive.")
            raise UsageError("UnknownValue", f'"{label.name}" is never "{asked}"; it is: {listed}.', action)
    else:
        known = [value for value in values if value.casefold() in POSITIVE_WORDS]
        if len(values) != 2 or len(known) != 1:
            raise UsageError(
                "PositiveNeeded",
                f'Which value of "{label.name}" is the one to predict is not clear; it is: {listed}.',
                "Name it with --positive VALUE; all other values count as negative.",
            )
        found = known[0]
    return found, tuple(value for value in values if value != found)[:20]


def _enough(outcome: np.ndarray, label: str, positive: str, negatives: Sequence[str]) -> None:
    count = int(outcome.sum())
    for name, n, what in (
        ("TooFewPositives", count, positive),
        ("TooFewNegatives", len(outcome) - count, "another value"),
    ):
        if n < EACH_MIN:
            raise UsageError(
                name,
                f'{n} of {len(outcome):,} usable rows have "{label}" = {what}; '
                f"nothing can be tested with fewer than {EACH_MIN}.",
                "Give more rows with a known outcome.",
            )


def _moments(table: Table, name: str, notes: list[str]) -> tuple[np.ndarray, bool]:
    """A number to order rows by, NaN where there is none; the order of the file where no column is named."""
    if not name:
        notes.append("No --time column was named: the order of the file is taken as the order of time.")
        return np.arange(table.rows, dtype=float), False
    raw = table.columns[name]
    numbers = to_numbers(raw.levels)
    dates = None
    if not len(raw.levels) or np.isfinite(numbers).mean() < 1 - UNREADABLE_MAX:
        dates = parse_dates(raw.levels)
        numbers = dates.seconds
    of_row = (
        np.where(raw.codes >= 0, numbers[np.maximum(raw.codes, 0)], np.nan)
        if len(numbers)
        else np.full(table.rows, np.nan)
    )
    unreadable = raw.filled & ~np.isfinite(of_row)
    if not raw.filled.any() or unreadable.sum() > UNREADABLE_MAX * raw.filled.sum():
        odd = [raw.levels[code] for code in np.unique(raw.codes[unreadable])[:3]]
        raise UsageError(
            "BadTime",
            f'The column "{name}" cannot be read as time: {int(unreadable.sum()):,} of {int(raw.filled.sum()):,} values'
            + (f", such as {', '.join(odd)}." if odd else "."),
            "Write dates as 2026-03-02, or name another --time column.",
        )
    _tell(name, of_row, raw, int(unreadable.sum()), notes)
    if dates and len(dates.forms) > 1:
        notes.append(f'"{name}" holds dates of {len(dates.forms)} forms: {", ".join(dates.forms)}.')
    if dates and dates.ambiguous:
        read = "day first" if dates.day_first else "month first"
        notes.append(f'{dates.ambiguous:,} values of "{name}" could be read in two ways; they were read {read}.')
    if len(np.unique(of_row[np.isfinite(of_row)])) < 2:
        notes.append(f'"{name}" is the same in every row: the order of the file decides.')
        return np.where(np.isfinite(of_row), np.arange(table.rows), np.nan), False
    return of_row, dates is not None


def _tell(name: str, of_row: np.ndarray, raw: RawColumn, unreadable: int, notes: list[str]) -> None:
    known = of_row[np.isfinite(of_row)]
    if unreadable:
        notes.append(f'{unreadable:,} rows were left out: their "{name}" cannot be read as time.')
    blank = int((~raw.filled).sum())
    if blank:
        notes.append(f'{blank:,} rows were left out: their "{name}" is blank.')
    if len(known) and np.any(np.diff(known) < 0):
        notes.append(f'The file is not in the order of "{name}"; it was put in order.')
