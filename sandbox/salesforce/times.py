"""Instants as the API writes them: UTC, whole seconds. Text order is time order."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE)


@lru_cache(maxsize=65_536)
def _text(at_s: int) -> str:
    return (_EPOCH + timedelta(seconds=at_s)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def stamp(at_ms: int) -> str:
    """`2026-01-01T00:00:00.000+0000`, seconds rounded down."""
    return _text(at_ms // 1000)


@lru_cache(maxsize=65_536)
def stamp_s(text: str) -> int:
    """Seconds since 1970 of a stored stamp."""
    return (datetime.fromisoformat(text) - _EPOCH) // _SECOND


def parse_instant(text: str) -> int | None:
    """ms of an instant in any spelling the API takes (no zone: UTC), None for what is none."""
    if not _INSTANT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" +", "+"))
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def http_date(at_s: int) -> str:
    return format_datetime(_EPOCH + timedelta(seconds=at_s), usegmt=True)


def parse_http_date(text: str) -> int | None:
    """Seconds since 1970, None for what is no HTTP date."""
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - _EPOCH) // _SECOND
