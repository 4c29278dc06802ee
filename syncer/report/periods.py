"""Months, quarters and weeks as people of one time zone count them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final, TypeVar

Row = TypeVar("Row")
_MONTHS: Final = {"month": 1, "quarter": 3}


class Every(StrEnum):
    """How long a period is."""

    MONTH = "month"
    QUARTER = "quarter"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Period:
    """From `start_ms` on and before `end_ms`; `first` and `last` are its days."""

    name: str
    first: date
    last: date
    start_ms: int
    end_ms: int


def periods(every: Every, since: date, now_ms: int, zone: tzinfo) -> tuple[Period, ...]:
    """From the one that `since` is in to the one that runs now; that one alone where `since` is later."""
    today = day_at(now_ms, zone)
    start = first_day(every, min(since, today))
    found = []
    while start <= today:
        after = _next(every, start)
        name, last = _name(every, start), after - timedelta(days=1)
        found.append(Period(name, start, last, midnight_ms(start, zone), midnight_ms(after, zone)))
        start = after
    return tuple(found)


def back(every: Every, count: int, now_ms: int, zone: tzinfo) -> date:
    """The first day of the period that is `count` - 1 before the one that runs now."""
    start = first_day(every, day_at(now_ms, zone))
    for _ in range(count - 1):
        start = first_day(every, start - timedelta(days=1))
    return start


def in_periods(listed: Sequence[Period], rows: Iterable[Row], at_ms: Callable[[Row], int]) -> list[list[Row]]:
    """The rows of each period; those of none are left out."""
    starts = [one.start_ms for one in listed]
    found: list[list[Row]] = [[] for _ in listed]
    for row in rows:
        place = bisect_right(starts, at_ms(row)) - 1
        if place >= 0 and at_ms(row) < listed[place].end_ms:
            found[place].append(row)
    return found


def day_at(at_ms: int, zone: tzinfo) -> date:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).date()


def midnight_ms(day: date, zone: tzinfo) -> int:
    """When that day begins there."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


def first_day(every: Every, day: date) -> date:
    if every is Every.WEEK:
        return day - timedelta(days=day.weekday())
    months = _MONTHS[every]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _next(every: Every, start: date) -> date:
    if every is Every.WEEK:
        return start + timedelta(days=7)
    month = start.month - 1 + _MONTHS[every]
    return date(start.year + month // 12, month % 12 + 1, 1)


def _name(every: Every, start: date) -> str:
    if every is Every.WEEK:
        year, week, _ = start.isocalendar()
        return f"{year}-W{week:02}"
    return f"{start:%Y-%m}" if every is Every.MONTH else f"{start.year} Q{(start.month + 2) // 3}"
