"""Dates of a query: literals to the wire's spelling, and relative words to a span of days in the user's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

_UNITS: Final = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR")
_DAYS_OF_WORD: Final = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}


def wire_instant(moment: datetime) -> str:
    """`2026-01-31T00:00:00.000+0000`: fixed width, therefore ordered as text."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def parse_instant(text: str) -> str:
    """A datetime literal with any offset as the wire spells it. Raises ValueError for a day or hour that is none."""
    return wire_instant(datetime.fromisoformat(text.upper()))


def parse_day(text: str) -> str:
    """Raises ValueError for a day that is none."""
    return date.fromisoformat(text).isoformat()


def known_span(name: str, counted: bool) -> bool:
    """True for a word of the language: `counted` ones end in `:n`."""
    if not counted:
        return name in _DAYS_OF_WORD or name in ("LAST_90_DAYS", "NEXT_90_DAYS") or _plain(name) is not None
    return _counted(name) is not None


def _plain(name: str) -> tuple[str, str] | None:
    head, _, unit = name.partition("_")
    return (head, unit) if head in ("LAST", "THIS", "NEXT") and unit in _UNITS[1:] else None


def _counted(name: str) -> tuple[str, str] | None:
    if name.endswith("S_AGO") and name.startswith("N_") and name[2:-5] in _UNITS:
        return "AGO", name[2:-5]
    head, _, unit = name.partition("_N_")
    return (head, unit[:-1]) if head in ("LAST", "NEXT") and unit.endswith("S") and unit[:-1] in _UNITS else None


def span_days(name: str, count: int, today: date) -> tuple[date, date]:
    """First day, and the day after the last one."""
    if name in _DAYS_OF_WORD:
        first = today + timedelta(days=_DAYS_OF_WORD[name])
        return first, first + timedelta(days=1)
    if name in ("LAST_90_DAYS", "NEXT_90_DAYS"):
        name, count = f"{name[:4]}_N_DAYS", 90
    plain = _plain(name)
    if plain is not None:
        steps = {"LAST": -1, "THIS": 0, "NEXT": 1}[plain[0]]
        return _start(plain[1], today, steps), _start(plain[1], today, steps + 1)
    counted = _counted(name)
    if counted is None:
        raise ValueError(f"no date word: {name}")
    head, unit = counted
    if head == "AGO":
        return _start(unit, today, -count), _start(unit, today, 1 - count)
    if head == "LAST":  # days end with today, other units before the current one
        return _start(unit, today, -count), _start(unit, today, 1 if unit == "DAY" else 0)
    return _start(unit, today, 1), _start(unit, today, count + 1)


def _start(unit: str, today: date, steps: int) -> date:
    """First day of the unit that lies `steps` away from the current one; fiscal years are calendar years here."""
    unit = unit.removeprefix("FISCAL_")
    if unit == "DAY":
        return today + timedelta(days=steps)
    if unit == "WEEK":  # begins on Sunday
        return today - timedelta(days=(today.weekday() + 1) % 7) + timedelta(weeks=steps)
    months = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit]
    first = (today.month - 1) // months * months + today.year * 12 + steps * months
    return date(first // 12, first % 12 + 1, 1)


def today_in(zone: tzinfo, now_ms: int) -> date:
    return datetime.fromtimestamp(now_ms / 1000, zone).date()


def midnight(day: date, zone: tzinfo) -> str:
    """The instant a day begins in the zone, as the wire spells it."""
    return wire_instant(datetime(day.year, day.month, day.day, tzinfo=zone))
