"""Orders as the server does: text without case, nulls first unless told otherwise, ties left as they came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import nlargest, nsmallest
from typing import Any

from sandbox.salesforce.soql.ast import Sort
from sandbox.salesforce.soql.world import Column, Reader
from sandbox.salesforce.store import Row

_STRIDE = 7


def sorted_rows(rows: Iterable[Row], order: Sequence[tuple[Column, Sort]], first: int | None = None) -> list[Row]:
    """A new list, of at least the `first` rows asked for; the last key is sorted first, as stable sorting allows."""
    made = list(rows)
    for column, sort in reversed(order):
        read = column.read

        exact = column.type in ("id", "reference")

        def key(row: Row, read: Reader = read, exact: bool = exact) -> Any:
            value = read(row)
            return value.lower() if isinstance(value, str) and not exact else value

        nulls = [row for row in made if read(row) is None]
        filled = made if not nulls else [row for row in made if read(row) is not None]
        if first is None or len(order) > 1:
            filled = sorted(filled, key=key, reverse=sort.descending)
        else:
            filled = (nlargest if sort.descending else nsmallest)(first, filled, key=key)
        made = filled + nulls if sort.nulls_last else nulls + filled
    return made


def shuffled(rows: list[Row]) -> list[Row]:
    """Without ORDER BY no order is promised: the same one each time, and never the one that callers hope for."""
    return [row for start in (3, 0, 5, 1, 6, 2, 4) for row in rows[start::_STRIDE]]
