"""The plan of one link, purely: two observed records and a base in, writes, losses and adoptions out.

No clock, no store, no network: `reconcile` gathers the inputs and commits the outcome, so that the same inputs always
give the same plan (I8) and a crash between the two costs nothing but the computation.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.base import Raw, SideName
from syncer.core.fields import FieldMap, KindMap, Rule
from syncer.stages.plan import MOD, Cell, Inputs, LinkPlan
from syncer.stages.plan_cell import plan_cell
from syncer.store.rows import LinkRow, RecordRow, ShadowRow


def plan_link(
    inputs: Inputs, link: LinkRow, left: RecordRow | None, right: RecordRow | None, shadow: ShadowRow | None
) -> LinkPlan:
    """Merges every mapped cell of the link; a side without record is a create and counts as blank.

    Total over its inputs: a cell that cannot be read or written becomes an obstacle, never an exception.
    """
    plan = LinkPlan(link)
    objects = objects_of(inputs.kind, link)
    records: Mapping[SideName, RecordRow | None] = {"left": left, "right": right}
    cells = dict(shadow.cells) if shadow else {}
    bases: dict[SideName, dict[str, Raw]] = {
        "left": dict(shadow.left) if shadow else {},
        "right": dict(shadow.right) if shadow else {},
    }
    changed = False
    for item in inputs.kind.fields:
        cell = _cell(inputs, item, objects, records)
        if cell is not None:
            changed |= plan_cell(inputs, plan, cell, bases, cells)
    if changed and left is not None and right is not None:
        cells[MOD] = {"left": left.mod_ms, "right": right.mod_ms}
        plan.shadow = ShadowRow(link.link_id, bases["left"], bases["right"], cells, inputs.rule_epoch, 0)
    return plan


def objects_of(kind: KindMap, link: LinkRow) -> dict[SideName, str]:
    """The object on each side, the one to be created where there is none yet."""
    return {
        "left": link.left_object or kind.left_create or kind.left_objects[0],
        "right": link.right_object or kind.right_create or kind.right_objects[0],
    }


def _cell(
    inputs: Inputs,
    item: FieldMap,
    objects: Mapping[SideName, str],
    records: Mapping[SideName, RecordRow | None],
) -> Cell | None:
    """The cell, or None where it takes no part: not mapped on these objects, suspended, or not read."""
    left, right = item.on("left", objects["left"]), item.on("right", objects["right"])
    if left is None or right is None or item.rule is Rule.DONT_SYNC:
        return None
    suspended = inputs.suspended
    if suspended and (("left", objects["left"], left) in suspended or ("right", objects["right"], right) in suspended):
        return None
    raws: dict[SideName, Raw] = {}
    for side, name in (("left", left), ("right", right)):
        record = records[side]
        if record is None:
            raws[side] = None
        elif name in record.values:
            raws[side] = record.values[name]
        else:
            return None
    return Cell(item, {"left": left, "right": right}, objects, raws, records)
