"""When a hand-off is due: in the team's own hours, across nights, holidays and changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.business_hours import Calendar, CalendarError, business_ms, due_ms

HOUR_MS = 3_600_000
NINE_TO_FIVE = dict.fromkeys(range(5), ((9 * 60, 17 * 60),))
THANKSGIVING = frozenset({"2026-11-26", "2026-11-27"})
NEW_YORK = Calendar(ZoneInfo("America/New_York"), NINE_TO_FIVE, THANKSGIVING)
WITH_LUNCH = Calendar(
    ZoneInfo("Europe/Berlin"),
    {**dict.fromkeys(range(4), ((8 * 60 + 30, 12 * 60), (13 * 60, 18 * 60))), 4: ((9 * 60, 13 * 60),)},
)
UNHURRIED = settings(deadline=None)
ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns", "Africa/Cairo")


def at(text: str, calendar: Calendar) -> int:
    """The ms of a time on the wall of the team."""
    return int(datetime.fromisoformat(text).replace(tzinfo=calendar.zone).timestamp() * 1000)


def wall(ms: int, calendar: Calendar) -> str:
    return calendar.local(ms).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "amount", "unit", "business", "due", "calendar"),
    [
        ("2026-11-23 15:00", 1, "days", True, "2026-11-24 15:00", NEW_YORK),
        ("2026-11-25 15:00", 1, "days", True, "2026-11-30 15:00", NEW_YORK),  # two holidays and a weekend
        ("2026-11-28 03:00", 1, "days", True, "2026-12-01 09:00", NEW_YORK),  # Saturday counts from Monday
        ("2026-11-24 17:00", 1, "days", True, "2026-11-30 09:00", NEW_YORK),  # the day is over: from the next one
        ("2026-11-24 15:00", 4, "hours", True, "2026-11-25 11:00", NEW_YORK),
        ("2026-11-25 13:00", 4, "hours", True, "2026-11-25 17:00", NEW_YORK),  # the last minute of a day is in time
        ("2026-11-25 20:00", 1, "hours", True, "2026-11-30 10:00", NEW_YORK),
        ("2026-11-25 16:45", 30, "minutes", False, "2026-11-25 17:15", NEW_YORK),  # plain minutes know no hours
        ("2026-03-07 12:00", 1, "days", False, "2026-03-08 12:00", NEW_YORK),  # a day of 23 hours
        ("2026-03-06 16:00", 2, "hours", True, "2026-03-09 10:00", NEW_YORK),  # over the weekend the clocks change
        ("2026-10-30 16:00", 1, "days", True, "2026-11-02 16:00", NEW_YORK),
        ("2026-07-02 11:00", 2, "hours", True, "2026-07-02 14:00", WITH_LUNCH),  # nobody works through lunch
        ("2026-07-02 12:30", 1, "hours", True, "2026-07-02 14:00", WITH_LUNCH),
        ("2026-07-02 17:00", 1, "days", True, "2026-07-03 13:00", WITH_LUNCH),  # Friday is short
    ],
)
def test_it_is_due_when_the_team_has_had_its_time(
    start: str, amount: int, unit: str, business: bool, due: str, calendar: Calendar
) -> None:
    assert wall(due_ms(calendar, at(start, calendar), amount, unit, business), calendar) == due


def test_a_calendar_without_hours_and_a_time_without_end_are_refused() -> None:
    empty = Calendar(ZoneInfo("UTC"), {})
    for calendar, amount, unit in (
        (empty, 1, "days"),
        (empty, 1, "hours"),
        (NEW_YORK, 10**12, "days"),
        (NEW_YORK, 0, "days"),
    ):
        with pytest.raises(CalendarError):
            due_ms(calendar, 1_780_000_000_000, amount, unit, True)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    hours = {}
    for day in draw(st.sets(st.integers(0, 6), min_size=1)):
        marks = sorted(15 * mark for mark in draw(st.sets(st.integers(0, 96), min_size=2, max_size=4)))
        hours[day] = tuple(zip(marks[::2], marks[1::2], strict=False))
    days = [(date(2026, 1, 1) + timedelta(days=n)).isoformat() for n in draw(st.sets(st.integers(0, 400), max_size=8))]
    return Calendar(ZoneInfo(draw(st.sampled_from(ZONES))), hours, frozenset(days))


@st.composite
def moments(draw: st.DrawFn) -> int:
    """Any moment of 2026, and many in the weeks in which clocks change."""
    around = draw(st.sampled_from(("2026-03-08", "2026-11-01", "2026-03-29", "2026-10-25", "2026-04-05", "2026-07-01")))
    start = datetime.fromisoformat(around).replace(tzinfo=UTC)
    return int(start.timestamp() * 1000) + draw(st.integers(-4 * 24 * HOUR_MS, 4 * 24 * HOUR_MS))


def is_open(ms: int, calendar: Calendar) -> bool:
    """By the clock on the wall, worked out the other way round than the calendar does; a closing time counts."""
    for moment in (ms, ms - 1):
        local = calendar.local(moment)
        minute = local.hour * 60 + local.minute
        spans = calendar.hours.get(local.weekday(), ())
        if local.date().isoformat() not in calendar.holidays and any(low <= minute < high for low, high in spans):
            return True
    return False


waits = st.one_of(st.tuples(st.integers(1, 60), st.just("hours")), st.tuples(st.integers(1, 15), st.just("days")))


@UNHURRIED
@given(calendars(), moments(), waits)
def test_business_time_is_never_due_while_the_team_is_away(calendar: Calendar, start: int, wait: tuple) -> None:
    due = due_ms(calendar, start, *wait, business=True)
    assert due >= start
    assert is_open(due, calendar)


@UNHURRIED
@given(calendars(), moments(), st.integers(0, 100 * HOUR_MS), waits)
def test_who_is_handed_over_later_is_due_no_sooner(calendar: Calendar, start: int, later: int, wait: tuple) -> None:
    assert due_ms(calendar, start, *wait, business=True) <= due_ms(calendar, start + later, *wait, business=True)


@UNHURRIED
@given(calendars(), moments(), st.integers(1, 60))
def test_exactly_the_hours_that_were_given_lie_before_the_due_time(calendar: Calendar, start: int, hours: int) -> None:
    due = due_ms(calendar, start, hours, "hours", business=True)
    assert business_ms(calendar, start, due) == hours * HOUR_MS


@UNHURRIED
@given(calendars(), moments(), st.integers(0, 90 * HOUR_MS), st.integers(0, 90 * HOUR_MS))
def test_open_time_adds_up(calendar: Calendar, start: int, first: int, second: int) -> None:
    middle, end = start + first, start + first + second
    whole = business_ms(calendar, start, end)
    assert business_ms(calendar, start, middle) + business_ms(calendar, middle, end) == whole <= first + second
