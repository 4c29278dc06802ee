"""Adoption: what a settled write makes of the base, cell by cell.

The written side's base becomes what it stored, the other side's base what the write was derived from; an edit that came
meanwhile on either side differs from that base and is planned next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import Raw
from syncer.core.canon import canoniser, to_raw
from syncer.core.fields import FieldType, KindMap, SideName, other
from syncer.core.values import UncanonicalError
from syncer.stages.context import Context
from syncer.stages.gathering import pairs_of
from syncer.stages.plan import MOD
from syncer.store.ports import Tx
from syncer.store.rows import IntentRow, ShadowRow


@dataclass(frozen=True, slots=True)
class Settled:
    """One written cell and what the remote made of it."""

    name: str
    intent: IntentRow
    cell: Mapping[str, Any]
    stored: Raw
    coerced: bool


def adopt_settled(context: Context, tx: Tx, kind: KindMap, cells: Sequence[Settled]) -> None:
    """Moves the bases of one link; a restored value leaves them, being still to travel.

    After a union's first half both bases are what the other side held: all of it is in what was written, and what was
    written beyond or without it is this side's edit, still to travel. So an element that somebody takes out there
    meanwhile stays out.
    """
    moving = [item for item in cells if _moves(item)]
    if not moving:
        return
    intent = moving[0].intent
    link = tx.links.get_many([intent.link_id])[intent.link_id]
    left, right = pairs_of(tx, [link])[intent.link_id]
    before = tx.shadows.get_many([intent.link_id]).get(intent.link_id)
    bases: dict[SideName, dict[str, Raw]] = {
        "left": dict(before.left) if before else {},
        "right": dict(before.right) if before else {},
    }
    meta = dict(before.cells) if before else {}
    side, opposite = intent.side, other(intent.side)
    for item in moving:
        source = item.cell["source"]
        half = item.cell.get("owed") and not item.coerced
        bases[side][item.name] = _in_words_of(kind, side, item.name, source) if half else item.stored
        bases[opposite][item.name] = source
        meta[item.name] = {
            "rule": item.cell["rule"],
            "agreed": bool(half) or _agreed(kind, item, source),
            f"{side}_writer": "engine",
            f"{opposite}_writer": item.cell["source_writer"],
        }
    meta[MOD] = {"left": left.mod_ms if left else 0, "right": right.mod_ms if right else 0}
    tx.shadows.put([ShadowRow(intent.link_id, bases["left"], bases["right"], meta, context.rule_epoch, 0)])


def _moves(item: Settled) -> bool:
    return item.cell.get("adopt") != "none"


def _in_words_of(kind: KindMap, side: SideName, name: str, source: Raw) -> Raw:
    """What the other side holds, as this side would hold it."""
    field = kind.field_named(name)
    return to_raw(field, side, canoniser(field, other(side))(source), None)


def _agreed(kind: KindMap, item: Settled, source: Raw) -> bool:
    """Whether both sides hold the same now; an undone write leaves them apart on purpose."""
    field = kind.field_named(item.name)
    if field.type is FieldType.REFERENCE:
        return not item.coerced and item.cell.get("adopt") != "at_rest"
    side = item.intent.side
    try:
        return canoniser(field, side)(item.stored) == canoniser(field, other(side))(source)
    except UncanonicalError:
        return False
