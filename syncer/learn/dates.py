"""Dates as people and programs write them, to days and seconds; day and month are told apart by the whole column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        ("jan", "feb", "mar mär", "apr", "may mai", "jun", "jul", "aug", "sep", "oct okt", "nov", "dec dez"), 1
    )
    for name in names.split()
}
_CLOCK: Final = (
    r"(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp]\.?[Mm]\.?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$"
)
_YEAR_FIRST: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _CLOCK)
_PLAIN: Final = re.compile(r"((?:19|20)\d{2})(0[1-9]|1[0-2])([0-2]\d|3[01])$")
_YEAR_LAST: Final = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})" + _CLOCK)
_DAY_NAMED: Final = re.compile(r"(\d{1,2})[-. ]+([A-Za-zä]{3,9})\.?[-, ]+(\d{4}|\d{2})" + _CLOCK)
_MONTH_NAMED: Final = re.compile(r"([A-Za-zä]{3,9})\.? +(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})" + _CLOCK)
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Dates:
    """Seconds since 1970 for each text, NaN where it is no date; `ambiguous` of them could be day or month first."""

    seconds: np.ndarray
    forms: tuple[str, ...]
    ambiguous: int
    day_first: bool

    @property
    def share(self) -> float:
        return float(np.isfinite(self.seconds).mean()) if len(self.seconds) else 0.0


def parse_dates(texts: Sequence[str]) -> Dates:
    """Reads every text by itself, except that 03/04/2024 is read as the rest of the column is.

    Dots mean day first; else those dates decide that can be read in one way only, and where there are none it is
    month first, and the text counts as ambiguous.
    """
    slashed = [match for text in texts if (match := _YEAR_LAST.match(text)) and match[2] != "."]
    day_first = sum(int(match[1]) > 12 for match in slashed)
    month_first = sum(int(match[3]) > 12 for match in slashed)
    reads_day_first = day_first > month_first
    found = [_parse(text, reads_day_first) for text in texts]
    settled = (day_first > 0) != (month_first > 0)
    unclear = 0 if settled else sum(int(m[1]) <= 12 and int(m[3]) <= 12 and m[1] != m[3] for m in slashed)
    forms = tuple(sorted({form for _, form in found if form}))
    return Dates(np.array([seconds for seconds, _ in found], dtype=float), forms, unclear, reads_day_first)


def _parse(text: str, day_first: bool) -> tuple[float, str]:
    try:
        if match := _YEAR_FIRST.match(text):
            return _seconds(match[1], match[2], match[3], match.groups()[3:]), "year first"
        if match := _PLAIN.match(text):
            return _seconds(match[1], match[2], match[3], ()), "digits"
        if match := _YEAR_LAST.match(text):
            day, month = (match[1], match[3]) if day_first or match[2] == "." else (match[3], match[1])
            if int(month) > 12:
                day, month = month, day
            form = "day first" if day == match[1] else "month first"
            return _seconds(match[4], month, day, match.groups()[4:]), form
        if match := _DAY_NAMED.match(text):
            return _seconds(match[3], _month(match[2]), match[1], match.groups()[3:]), "named month"
        if match := _MONTH_NAMED.match(text):
            return _seconds(match[3], _month(match[1]), match[2], match.groups()[3:]), "named month"
    except (ValueError, KeyError):
        return float("nan"), ""
    return float("nan"), ""


def _month(name: str) -> str:
    return str(_MONTHS[name[:3].lower()])


def _seconds(year: str, month: str, day: str, clock: Sequence[str | None]) -> float:
    hour, minute, second, half, zone = (*clock, None, None, None, None, None)[:5]
    full = int(year) if len(year) == 4 else 2000 + int(year) - (100 if int(year) > 68 else 0)
    hours = int(hour or 0)
    if half:
        hours = hours % 12 + (12 if half[0] in "Pp" else 0)
    stamp = datetime(full, int(month), int(day), hours, int(minute or 0), int(second or 0), tzinfo=UTC).timestamp()
    if zone and zone[0] in "+-":
        digits = zone[1:].replace(":", "")
        stamp -= (1 if zone[0] == "+" else -1) * (int(digits[:2]) * 3600 + int(digits[2:]) * 60)
    return stamp


def days(seconds: np.ndarray) -> np.ndarray:
    return seconds / _DAY_S
