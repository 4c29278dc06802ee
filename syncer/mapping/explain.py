"""`mapping test`: what each cell of one pair of records would do, at first contact, without any system or state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.base import ObjectSchema
from syncer.core.canon import canon
from syncer.core.fields import SIDES, FieldMap, KindMap, SideName
from syncer.core.merge import NOOP, SideState, merge
from syncer.core.raw import to_raw
from syncer.core.values import MISSING, Canonical, Lookup, Raw, UncanonicalError, UnmappableError

Place = tuple[SideName, str]  # side and object
Lookups = Mapping[SideName, Lookup]
Schemas = Mapping[Place, ObjectSchema]


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
    lookups: Lookups | None = None,
    schemas: Schemas | None = None,
) -> list[CellRow]:
    """One row a field, in the order of the mapping.

    `lookups`: raw id -> canonical, for references. With `schemas` it is checked too that the target can hold the value.
    """
    held = {("left", left_object): left_values, ("right", right_object): right_values}
    return [_explain(field, held, lookups or {}, schemas or {}) for field in kind.fields]


def _explain(field: FieldMap, held: Mapping[Place, Mapping[str, Raw]], lookups: Lookups, schemas: Schemas) -> CellRow:
    names = {side: field.on(side, object_name) for side, object_name in held}
    raws = {side: values.get(names[side]) for (side, _), values in held.items()}
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
    states = {side: SideState(found[side], MISSING, agreed=False) for side in SIDES}
    decision = merge(field, states["left"], states["right"])
    row |= {**found, "does": decision.verdict, "reason": decision.reason}
    row["loses"] = tuple(loss.side for loss in decision.losses)
    writes: dict[SideName, Raw] = {}
    for side, object_name in held:
        value, schema = decision.on(side), schemas.get((side, object_name))
        if value is NOOP:
            continue
        try:
            target = schema.fields.get(names[side]) if schema else None
            writes[side] = to_raw(field, side, value, target, lookups.get(side))
        except UnmappableError as error:
            return CellRow(**{**row, "does": "unmappable", "reason": f"{side}: {error}", "loses": ()})
    return CellRow(**row, write_left=writes.get("left"), write_right=writes.get("right"), writes=tuple(writes))
