"""Stamps of both vendors to and from milliseconds since 1970 in UTC. There is no clock in here."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_DAY_MS = 86_400_000
_MS = timedelta(milliseconds=1)


def parse_instant_ms(text: str) -> int:
    """Milliseconds of an ISO 8601 stamp with or without fraction, or of epoch milliseconds written as digits.

    Salesforce writes `2026-01-15T10:00:00.000+0000`, HubSpot `2026-01-15T10:00:00Z`, with a fraction, or digits.
    A stamp without zone is UTC. Raises ValueError for anything else.
    """
    if text.isascii() and text.removeprefix("-").isdigit():
        return int(text)
    stamp = datetime.fromisoformat(text)
    if stamp.tzinfo is None:
        stamp = stamp.replace(tzinfo=UTC)
    return (stamp - _EPOCH) // _MS


def format_salesforce(instant_ms: int) -> str:
    """As Salesforce writes it: whole seconds, zero fraction, `+0000`."""
    return f"{_EPOCH + timedelta(seconds=instant_ms // 1000):%Y-%m-%dT%H:%M:%S}.000+0000"


def format_hubspot(instant_ms: int) -> str:
    """As HubSpot writes it: milliseconds and `Z`."""
    seconds, fraction = divmod(instant_ms, 1000)
    return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.{fraction:03d}Z"


def parse_day(text: str) -> str:
    """ISO day of `YYYY-MM-DD`, of a stamp at midnight UTC, or of epoch milliseconds at midnight UTC.

    A day has no zone. A stamp that is not midnight raises ValueError, because shifting it would change the day.
    """
    if len(text) == 10 and text[4] == "-":
        return date.fromisoformat(text).isoformat()
    day, rest_ms = divmod(parse_instant_ms(text), _DAY_MS)
    if rest_ms:
        raise ValueError("not midnight")
    try:
        return date.fromordinal(day + _EPOCH_DAY).isoformat()
    except OverflowError as error:
        raise ValueError("out of range") from error
