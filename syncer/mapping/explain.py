"""`mapping test`: what each cell of one pair of records would do, at first contact, without any system or state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from syncer.core.canon import canon
from syncer.core.fields import SIDES, FieldMap, KindMap, SideName
from syncer.core.merge import NOOP, SideState, merge
from syncer.core.raw import to_raw
from syncer.core.values import MISSING, Canonical, Lookup, Raw, UncanonicalError, UnmappableError


@dataclass(frozen=True, slots=True)
class CellRow:
    """One field of the pair: what both sides hold, what it means, and what would be written where."""

    field: str
    rule: str
    left_field: str | None
    right_field: str | None
    left_raw: Raw = None
    right_raw: Raw = None
    left: Canonical = None
    right: Canonical = None
    does: str = ""  # absent, unreadable, unmappable, or the verdict of the merge
    reason: str = ""
    write_left: Raw = None  # with `writes`: what would be sent
    write_right: Raw = None
    writes: tuple[SideName, ...] = ()
    loses: tuple[SideName, ...] = ()  # sides whose value would be overwritten, and kept in the journal


def explain_cells(
    kind: KindMap,
    left_object: str,
    left_values: Mapping[str, Raw],
    right_object: str,
    right_values: Mapping[str, Raw],
    lookups: Mapping[SideName, Lookup] | None = None,
) -> list[CellRow]:
    """One row a field, in the order of the mapping. `lookups`: raw id -> canonical, for references."""
    return [
        _explain(field, left_object, left_values, right_object, right_values, lookups or {}) for field in kind.fields
    ]


def _explain(
    field: FieldMap,
    left_object: str,
    left_values: Mapping[str, Raw],
    right_object: str,
    right_values: Mapping[str, Raw],
    lookups: Mapping[SideName, Lookup],
) -> CellRow:
    names = {"left": field.on("left", left_object), "right": field.on("right", right_object)}
    raws: dict[SideName, Raw] = {"left": left_values.get(names["left"]), "right": right_values.get(names["right"])}
    row = {
        "field": field.name,
        "rule": str(field.rule),
        "left_field": names["left"],
        "right_field": names["right"],
        "left_raw": raws["left"],
        "right_raw": raws["right"],
    }
    if None in names.values():
        return CellRow(**row, does="absent", reason="one of the two objects has no such field")
    found: dict[SideName, Canonical] = {}
    for side in SIDES:
        try:
            found[side] = canon(field, side, raws[side], lookups.get(side))
        except UncanonicalError as error:
            return CellRow(**row, does="unreadable", reason=f"{side}: {error}")
    row |= found
    states = {side: SideState(found[side], MISSING, agreed=False) for side in SIDES}
    decision = merge(field, states["left"], states["right"])
    row |= {"does": decision.verdict, "reason": decision.reason, "loses": tuple(loss.side for loss in decision.losses)}
    writes: dict[SideName, Raw] = {}
    for side in SIDES:
        value = decision.on(side)
        if value is NOOP:
            continue
        try:
            writes[side] = to_raw(field, side, value, None, lookups.get(side))
        except UnmappableError as error:
            return CellRow(**{**row, "does": "unmappable", "reason": f"{side}: {error}"})
    return CellRow(**row, write_left=writes.get("left"), write_right=writes.get("right"), writes=tuple(writes))
