"""What happens to a base when another record takes a place in the link: purely, from shadow to shadow."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from connectors.base import Raw, SideName
from syncer.core.canon import canoniser
from syncer.core.fields import FieldMap, FieldType, KindMap
from syncer.core.values import UncanonicalError
from syncer.store.rows import RecordRow, ShadowRow


def without(shadow: ShadowRow, names: Collection[str]) -> ShadowRow:
    """The base without some fields: they meet as if for the first time, so that what differs is journaled."""
    return replace(
        shadow,
        left={name: raw for name, raw in shadow.left.items() if name not in names},
        right={name: raw for name, raw in shadow.right.items() if name not in names},
        cells={name: cell for name, cell in shadow.cells.items() if name not in names},
    )


def differing(kind: KindMap, shadow: ShadowRow, side: SideName, row: RecordRow) -> set[str]:
    """Fields whose value in the record is not the base of that side."""
    bases = shadow.left if side == "left" else shadow.right
    return {item.name for item in kind.fields if item.name in bases and not _equal(item, row, bases[item.name])}


def taken_from(kind: KindMap, row: RecordRow, losers: Collection[RecordRow]) -> set[str]:
    """Fields whose value in the record is that of a record merged into it."""
    found = set()
    for item in kind.fields:
        name = item.on(row.side, row.object)
        held = [loser.values[at] for loser in losers if (at := item.on(row.side, loser.object)) in loser.values]
        if name in row.values and any(raw not in (None, "") and _equal(item, row, raw) for raw in held):
            found.add(item.name)
    return found


def _equal(item: FieldMap, row: RecordRow, raw: Raw) -> bool:
    """Canonically; a reference by its raw id, what cannot be read not at all."""
    name = item.on(row.side, row.object)
    if name is None or name not in row.values:
        return True  # nothing is known that differs
    if row.values[name] == raw:
        return True
    if item.type is FieldType.REFERENCE:
        return False
    try:
        read = canoniser(item, row.side)
        return read(row.values[name]) == read(raw)
    except UncanonicalError:
        return False
