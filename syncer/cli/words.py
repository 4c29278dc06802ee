"""How people read what the state holds: times, values and sides in a few words."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

SIDE_NAMES: Final = {"left": "Salesforce", "right": "HubSpot"}
BLANK: Final = "∅"
LONGEST: Final = 60
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"))


def when(at_ms: int, now_ms: int) -> str:
    """Local time to the minute, with how long ago or how soon that is."""
    if not at_ms:
        return "never"
    stamp = datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M")
    distance = now_ms - at_ms
    if abs(distance) < 1_000:
        return f"{stamp} (now)"
    return f"{stamp} ({lasting(distance)} ago)" if distance > 0 else f"{stamp} (in {lasting(-distance)})"


def lasting(duration_ms: int) -> str:
    """A duration in its two largest units."""
    seconds = abs(duration_ms) // 1000
    for place, (size, unit) in enumerate(_UNITS):
        if seconds >= size:
            rest = seconds % size
            lower, name = _UNITS[place + 1] if place + 1 < len(_UNITS) else (1, "s")
            return f"{seconds // size} {unit}" + (f" {rest // lower} {name}" if rest // lower else "")
    return f"{seconds} s"


def shown(value: Any, longest: int = LONGEST) -> str:
    """A raw value in one short line; `∅` where there is none."""
    if value in (None, ""):
        return BLANK
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = " ".join(str(value).split())
    return text if len(text) <= longest else text[: longest - 3] + "..."


def printable(quote: str) -> str:
    """The quote on one line, without signs that would steer the terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in quote)


def record_name(record: Mapping[str, Any]) -> str:
    """`Salesforce Lead 00Q...`."""
    return f"{SIDE_NAMES[record['side']]} {record['object']} {record['id']}"


def file_place(place: str) -> str:
    """A file, or `file:line`, as seen from here where that is shorter."""
    here = os.path.relpath(place)
    return here if len(here) < len(place) else place


def counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
