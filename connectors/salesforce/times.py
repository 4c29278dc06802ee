"""Instants in Salesforce's spellings. Its stamps have whole seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from connectors.base import ProtocolError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_ms(text: str) -> int:
    """`2026-05-20T20:49:32.000+0000` or `...Z` as ms. Raises ProtocolError on anything else."""
    try:
        since = datetime.fromisoformat(text) - _EPOCH
    except (TypeError, ValueError):
        raise ProtocolError("a Salesforce instant in an unknown form", side="left") from None
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def soql_instant(at_ms: int) -> str:
    """A bare SOQL datetime literal, down to the second."""
    return _moment(at_ms).strftime("%Y-%m-%dT%H:%M:%SZ")


def url_instant(at_ms: int) -> str:
    """For getUpdated and getDeleted, which want an explicit offset."""
    return _moment(at_ms).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def http_date(at_ms: int) -> str:
    return format_datetime(_moment(at_ms), usegmt=True)


def _moment(at_ms: int) -> datetime:
    return _EPOCH + timedelta(seconds=at_ms // 1000)
