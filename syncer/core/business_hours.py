"""When something is due in the hours that a team works, and how much of that time has passed. Pure; DST is the zone's.

Business time runs only inside the spans of the calendar. A wall time that a change of the clocks skips or repeats is
read to the team's favour: a span covers only moments that the clock on the wall shows within the hours declared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

MINUTE_MS: Final = 60_000
DAY_MINUTES: Final = 1_440
_UNITS_MS: Final[Mapping[str, int]] = {"minutes": MINUTE_MS, "hours": 60 * MINUTE_MS}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
FURTHEST_DAYS: Final = 3_700  # ten years: what is due later is a mistake of whoever wrote it

Span = tuple[int, int]  # minutes after midnight, the end not included


class CalendarError(ValueError):
    """A time that the calendar never comes to: it has no hours, or the time is more than ten years off."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The hours of a team. `hours`: weekday (Monday 0) -> spans, in order and apart; `holidays`: ISO days."""

    zone: tzinfo
    hours: Mapping[int, tuple[Span, ...]]
    holidays: frozenset[str] = frozenset()

    def spans(self, day: date) -> list[tuple[int, int]]:
        """The open spans of one local day, as moments in ms."""
        if day.isoformat() in self.holidays:
            return []
        found = []
        for start, end in self.hours.get(day.weekday(), ()):
            from_ms, to_ms = max(self._moments(day, start)), min(self._moments(day, end))
            if from_ms < to_ms:
                found.append((from_ms, to_ms))
        return found

    def day_of(self, at_ms: int) -> date:
        return self.local(at_ms).date()

    def local(self, at_ms: int) -> datetime:
        return (_EPOCH + at_ms * _MS).astimezone(self.zone)

    def _moments(self, day: date, minutes: int) -> tuple[int, int]:
        """Both readings of a wall time; they differ only where the clocks change."""
        whole, rest = divmod(minutes, DAY_MINUTES)
        wall = datetime.combine(day + timedelta(days=whole), time(rest // 60, rest % 60))
        first, second = ((wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) - _EPOCH) // _MS for fold in (0, 1))
        return first, second


def due_ms(calendar: Calendar, start_ms: int, amount: int, unit: str, business: bool) -> int:
    """When `amount` of minutes, hours or days have passed since the start.

    Business hours count only open time. A business day ends as far into an open day as it began in its own; what
    begins outside the hours begins with the next ones. Plain minutes and hours run through the night, plain days end
    at the same time on the wall. Raises CalendarError.
    """
    if amount < 1 or amount * (_UNITS_MS.get(unit, DAY_MINUTES * MINUTE_MS)) > FURTHEST_DAYS * DAY_MINUTES * MINUTE_MS:
        raise CalendarError(f"{amount} {unit} is no time to wait")
    if business:
        return _after_days(calendar, start_ms, amount) if unit == "days" else _after_open(calendar, start_ms, amount)
    if unit in _UNITS_MS:
        return start_ms + amount * _UNITS_MS[unit]
    wall = calendar.local(start_ms).replace(tzinfo=None) + timedelta(days=amount)
    return (wall.replace(tzinfo=calendar.zone).astimezone(UTC) - _EPOCH) // _MS


def business_ms(calendar: Calendar, from_ms: int, to_ms: int) -> int:
    """The open time between two moments, in ms; 0 where the second is not later. Twenty years are the most."""
    total, last = 0, calendar.day_of(max(from_ms, to_ms))
    for day, spans in _days(calendar, from_ms):
        if day > last:
            break
        total += sum(max(0, min(end, to_ms) - max(start, from_ms)) for start, end in spans)
    return total


def _days(calendar: Calendar, from_ms: int) -> Iterator[tuple[date, list[tuple[int, int]]]]:
    first = calendar.day_of(from_ms)
    for step in range(FURTHEST_DAYS * 2):
        day = first + timedelta(days=step)
        yield day, calendar.spans(day)


def _after_open(calendar: Calendar, start_ms: int, hours: int) -> int:
    left_ms = hours * _UNITS_MS["hours"]
    for _, spans in _days(calendar, start_ms):
        for start, end in spans:
            open_ms = max(0, end - max(start, start_ms))
            if open_ms >= left_ms:
                return max(start, start_ms) + left_ms
            left_ms -= open_ms
    raise CalendarError("the calendar has too few hours")


def _after_days(calendar: Calendar, start_ms: int, days: int) -> int:
    """Open days are counted from the one in which the start lies, or that comes next."""
    into_ms, left = -1, days
    for _, spans in _days(calendar, start_ms):
        if into_ms < 0:
            if spans and spans[-1][1] > start_ms:
                into_ms = sum(max(0, min(end, start_ms) - start) for start, end in spans)
            continue
        if spans:
            left -= 1
        if spans and left == 0:
            return _into(spans, into_ms)
    raise CalendarError("the calendar has too few days")


def _into(spans: list[tuple[int, int]], into_ms: int) -> int:
    """The moment at which that much of the day's open time has passed, or its end."""
    for start, end in spans:
        if into_ms <= end - start:
            return start + into_ms
        into_ms -= end - start
    return spans[-1][1]
