"""How many people work there: head counts as people write them, and the bands that both CRMs' users think in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from syncer.core.identity.fold import fold

BANDS: Final = (
    ("1-10", 1, 10),
    ("11-50", 11, 50),
    ("51-200", 51, 200),
    ("201-500", 201, 500),
    ("501-1000", 501, 1_000),
    ("1001-5000", 1_001, 5_000),
    ("5001-10000", 5_001, 10_000),
    ("10001+", 10_001, None),
)
_NUMBER: Final = re.compile(r"(\d{1,3}(?:[,.' \u2019]\d{3})+|\d{1,9})(?:\s?[.,](\d{1,2}))?\s?(k\b|m\b|thousand\b)?")
_SCALES: Final = {"k": 1_000, "thousand": 1_000, "m": 1_000_000}
_OPEN: Final = re.compile(
    r"\+|\bor more\b|\band more\b|\bover\b|\bmore than\b|>|\bat least\b|\buber\b|\bab\b|\bplus de\b"
)
_BELOW: Final = re.compile(r"<|\bunder\b|\bless than\b|\bup to\b|\bfewer than\b|\bunter\b|\bbis zu\b")


@dataclass(frozen=True, slots=True)
class HeadCount:
    """From `low` to `high` people, both included; `high` is None where the text sets no end."""

    low: int
    high: int | None


def head_count(text: str) -> HeadCount | None:
    """Reads `120`, `51-200 employees`, `1,001 to 5,000`, `10K+`, `< 50`; None where no or too many numbers stand."""
    plain = fold(text)
    found = [_read(match) for match in _NUMBER.finditer(plain)]
    if not 1 <= len(found) <= 2:
        return None
    if len(found) == 2:
        return HeadCount(*found) if found[0] <= found[1] else None
    only = found[0]
    if _BELOW.search(plain):
        return HeadCount(0, only)
    return HeadCount(only, None if _OPEN.search(plain) else only)


def employee_band(count: HeadCount | None) -> str:
    """The band that holds the whole count; "" for none, and for a count that lies in more than one."""
    if count is None:
        return ""
    for band, low, high in BANDS:
        if high is None and count.low >= low - 1:  # `10,000+` is what lists call the last band
            return band if count.high is None or count.low >= low else ""
        if high is not None and max(count.low, 1) >= low and count.high is not None and count.high <= high:
            return band if count.high >= low else ""
    return ""


def _read(match: re.Match[str]) -> int:
    """A number; a fraction counts only before a scale, as in `1.5k`."""
    whole, fraction, scale = match.groups()
    digits = "".join(sign for sign in whole if sign.isdecimal())
    factor = _SCALES.get(scale or "", 1)
    if factor > 1 and fraction is None and (parts := re.fullmatch(r"(\d+)[.,](\d{3})", whole)):
        return int(parts[1]) * factor + int(parts[2]) * factor // 1_000
    tail = int(fraction) * factor // 10 ** len(fraction) if fraction and factor > 1 else 0
    return int(digits) * factor + tail
