"""Single values out of foreign JSON; what is not of the expected kind is blank, never an exception."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any


def text_of(holder: Any, name: str) -> str:
    value = holder.get(name) if isinstance(holder, Mapping) else None
    return " ".join(value.split()) if isinstance(value, str) else ""


def table_of(holder: Any, name: str) -> Mapping[str, Any]:
    value = holder.get(name) if isinstance(holder, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def list_of(holder: Any, name: str) -> list[Any]:
    value = holder.get(name) if isinstance(holder, Mapping) else None
    return value if isinstance(value, list) else []


def year_of(text: str) -> int:
    """The year at the beginning of an ISO date; 0 for what has none."""
    return int(text[:4]) if re.match(r"[12][0-9]{3}(?![0-9])", text) else 0


def instant_ms(text: str) -> int:
    """ISO 8601 in ms UTC; 0 for what is none."""
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1000)
    except (ValueError, OverflowError):
        return 0
