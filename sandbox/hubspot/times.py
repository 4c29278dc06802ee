"""HubSpot's spellings of time: ISO 8601 with Z and a zero fraction dropped, epoch milliseconds, zone-less dates."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)\Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_DIGITS = re.compile(r"-?\d{1,15}\Z")


@lru_cache(maxsize=4096)
def _day(number: int) -> str:
    return date.fromordinal(719_163 + number).isoformat()


@lru_cache(maxsize=65_536)
def iso(at_ms: int) -> str:
    """`2026-01-05T10:11:12.345Z`; the fraction is left out when it is zero, as the portal does."""
    day, rest = divmod(at_ms, DAY_MS)
    seconds, millis = divmod(rest, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    fraction = f".{millis:03d}" if millis else ""
    return f"{_day(day)}T{hour:02d}:{minute:02d}:{second:02d}{fraction}Z"


def parse_instant(text: str) -> int | None:
    """Milliseconds of a datetime in ISO 8601 with a zone, of epoch milliseconds, or of a plain day; None if neither."""
    if _DIGITS.match(text):
        return int(text)
    if _DAY.match(text):
        return parse_day(text)
    if not _ISO.match(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    delta = moment - _EPOCH
    return delta.days * DAY_MS + delta.seconds * 1000 + delta.microseconds // 1000


def parse_day(text: str) -> int | None:
    """Milliseconds at midnight UTC, from `YYYY-MM-DD` or epoch milliseconds of just that; None if neither."""
    if _DIGITS.match(text):
        number = int(text)
        return number if number % DAY_MS == 0 else None
    if not _DAY.match(text):
        return None
    try:
        return (date.fromisoformat(text).toordinal() - 719_163) * DAY_MS
    except ValueError:
        return None


def day_text(at_ms: int) -> str:
    return _day(at_ms // DAY_MS)


def next_midnight_ms(at_ms: int, zone: str) -> int:
    """The next midnight in the portal's time zone: when daily counters reset."""
    local = datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone))
    following = date.fromordinal(local.date().toordinal() + 1)
    midnight = datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(zone))
    return int(midnight.timestamp() * 1000)


_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@lru_cache(maxsize=1024)
def http_date(at_s: int) -> str:
    """The Date header of an answer, from whole seconds."""
    moment = datetime.fromtimestamp(at_s, UTC)
    day = f"{_WEEKDAYS[moment.weekday()]}, {moment.day:02d} {_MONTHS[moment.month - 1]} {moment.year}"
    return f"{day} {moment.hour:02d}:{moment.minute:02d}:{moment.second:02d} GMT"
