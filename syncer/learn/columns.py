"""What each column is: a number, a choice, a text, a date, an identity, or nothing to learn from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from syncer.learn.dates import Dates, parse_dates
from syncer.learn.table import RawColumn, Table

_NUMBER: Final = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?([eE][-+]?\d+)?%?$")
_COMMA_NUMBER: Final = re.compile(r"[-+]?(\d{1,3}(\.\d{3})+|\d+),\d+$")
_MONEY: Final = str.maketrans("", "", "$€£ \u00a0'")
_ID_NAME: Final = re.compile(
    r"(^|[\W_])(id|uuid|guid|key|nr|no|number|code|hash|email|e[\W_]?mail|phone|mobile|url|name)s?($|[\W_])|Id$|ID$",
    re.I,
)
MOSTLY: Final = 0.98  # of the distinct values: what makes a column a number or a date
FILLED_MIN: Final = 20
WORDS_MIN: Final = 3.0  # mean words of a text
LEVELS_FEW: Final = 20  # a number with so few values beside more rows may still be one
ID_SHARE: Final = 0.9  # distinct values by filled rows


class Kind(StrEnum):
    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"
    DATE = "date"
    ID = "id-like"
    CONSTANT = "constant"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its kind; `numbers` per level for numbers and dates (seconds), NaN where the level is none."""

    raw: RawColumn
    kind: Kind
    numbers: np.ndarray | None = None
    dates: Dates | None = None

    @property
    def name(self) -> str:
        return self.raw.name

    def number_of_rows(self) -> np.ndarray:
        """The number of each row, NaN where there is none."""
        if self.numbers is None or not len(self.numbers):
            return np.full(len(self.raw.codes), np.nan)
        return np.where(self.raw.codes >= 0, self.numbers[np.maximum(self.raw.codes, 0)], np.nan)


def judge_columns(table: Table) -> dict[str, Column]:
    """Looks at values and at names, never at the label."""
    return {name: judge(raw) for name, raw in table.columns.items()}


def judge(raw: RawColumn) -> Column:
    filled, distinct = int(raw.filled.sum()), len(raw.levels)
    if not filled:
        return Column(raw, Kind.BLANK)
    if distinct == 1:
        return Column(raw, Kind.CONSTANT)
    unique = distinct / filled
    numbers = to_numbers(raw.levels)
    if np.isfinite(numbers).mean() >= MOSTLY:
        return Column(raw, Kind.ID if _counts_rows(raw.name, numbers, filled) else Kind.NUMBER, numbers)
    if _looks_dated(raw.levels):
        dates = parse_dates(raw.levels)
        if dates.share >= MOSTLY:
            return Column(raw, Kind.DATE, dates.seconds, dates)
    words = float(np.mean([level.count(" ") + 1 for level in raw.levels[:2_000]]))
    if words >= WORDS_MIN and distinct > max(50, 0.1 * filled):
        return Column(raw, Kind.TEXT)
    if distinct > FILLED_MIN and (unique > ID_SHARE or (unique > 0.5 and _ID_NAME.search(raw.name))):
        return Column(raw, Kind.ID)
    return Column(raw, Kind.CHOICE)


def to_numbers(levels: tuple[str, ...]) -> np.ndarray:
    """Numbers with thousands marks, currency or per cent; a comma is the decimal mark where the column shows it."""
    decimal_comma = any(_COMMA_NUMBER.match(level) for level in levels) and not any(
        re.search(r",\d{3}($|[,.])", level) or re.search(r"\.\d{1,2}$", level) for level in levels
    )
    return np.array([_number(level, decimal_comma) for level in levels], dtype=float)


def _number(text: str, decimal_comma: bool) -> float:
    plain = text.translate(_MONEY)
    if decimal_comma:
        plain = plain.replace(".", "").replace(",", ".")
    if not plain or not _NUMBER.match(plain) or not any(sign.isdigit() for sign in plain):
        return float("nan")
    value = float(plain.rstrip("%").replace(",", ""))
    return value if abs(value) < 1e300 else float("nan")


def _looks_dated(levels: tuple[str, ...]) -> bool:
    """A glance before all are parsed."""
    glance = levels[:: max(1, len(levels) // 50)]
    return parse_dates(glance).share >= MOSTLY - 0.1


def _counts_rows(name: str, numbers: np.ndarray, filled: int) -> bool:
    """Whole numbers, all different, that are named like a key or run without gaps."""
    finite = numbers[np.isfinite(numbers)]
    if len(finite) <= FILLED_MIN or len(finite) < 0.98 * filled or not np.all(finite == np.round(finite)):
        return False
    return bool(_ID_NAME.search(name)) or float(finite.max() - finite.min()) < 1.5 * len(finite)
