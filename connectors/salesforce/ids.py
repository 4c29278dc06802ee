"""Record ids: 15 characters with case, or the same with 3 check characters. Inside, always 18."""

from __future__ import annotations

import re
from typing import Final

from connectors.base import DataError

_SUFFIX: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE: Final = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?", re.ASCII)
_BLOCKS: Final = (0, 5, 10)


def to18(record_id: str) -> str:
    """The 18-character form, which is safe in stores that ignore case. Raises DataError for what is no id at all.

    An 18-character id is taken as it came: its suffix was the server's.
    """
    if len(record_id) == 18 and record_id.isalnum() and record_id.isascii():
        return record_id
    if _SHAPE.fullmatch(record_id) is None:
        raise DataError(f"no Salesforce id: {record_id[:40]!r}", side="left", code="MALFORMED_ID")
    base = record_id[:15]
    return base + "".join(
        _SUFFIX[sum(1 << place for place, letter in enumerate(base[start : start + 5]) if "A" <= letter <= "Z")]
        for start in _BLOCKS
    )
