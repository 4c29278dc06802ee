"""Open cursors of queries: the ids that were found, served page by page for two days, also to those who ask again.

A cursor is plain data, so it outlives a restart with the rest of the org's memory. It holds ids and no values: a page
shows its rows as they are when it is served, and those deleted meanwhile are missing from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.kernel import Refusal
from sandbox.salesforce import ids
from sandbox.salesforce.state import OrgState

LIFE_MS: Final = 2 * 86_400_000
_MOST_IDS: Final = 20_000_000  # of all cursors together; the oldest give way
_NUMBERS: Final = 62**10


@dataclass(frozen=True, slots=True)
class Cursor:
    """One result. `text` is bound again for every page, for permissions may have changed since."""

    text: str
    deleted_too: bool
    tooling: bool
    ids: Sequence[str]
    made_ms: int


def keep(state: OrgState, cursor: Cursor) -> str:
    """The locator of a new cursor."""
    cursors: dict[str, Cursor] = state.cursors
    locator = ids.made("0r8", state.draw("cursor") % _NUMBERS)
    cursors[locator] = cursor
    held = sum(len(one.ids) for one in cursors.values())
    for name, one in list(cursors.items()):
        if one.made_ms + LIFE_MS > cursor.made_ms and held <= _MOST_IDS:
            break
        held -= len(one.ids)
        del cursors[name]
    return locator


def find(state: OrgState, locator: str) -> tuple[str, Cursor, int]:
    """(locator, cursor, offset) of `0r8…-2000`. Raises Refusal INVALID_QUERY_LOCATOR for a dead or garbled one."""
    name, _, offset = locator.partition("-")
    found: Cursor | None = state.cursors.get(name)
    if (
        found is None
        or found.made_ms + LIFE_MS <= state.now_ms()
        or not (offset.isascii() and offset.isdecimal())
        or not 0 < int(offset) < len(found.ids)
    ):
        raise Refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    return name, found, int(offset)
