"""The plan of one cell: what both sides hold and held last, through the merge, to writes, losses and the new base."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.base import Raw, SideName
from syncer.core.canon import Canoniser, canoniser, to_raw
from syncer.core.fields import SIDES, FieldMap, FieldType, Rule, other
from syncer.core.merge import ANY_TIME, NOOP, Decision, SideState, adopt, fresh, merge
from syncer.core.resolve import OF_CLAIMS, combine, impose
from syncer.core.values import BLANK, MISSING, Base, Canonical, UncanonicalError, UnmappableError
from syncer.stages.plan import (
    MOD,
    Cell,
    FieldWrite,
    Inputs,
    LinkPlan,
    Obstacle,
    PlannedLoss,
    Proposal,
    cell_fingerprint,
    rule_fingerprint,
)

States = dict[SideName, SideState]


def plan_cell(
    inputs: Inputs,
    plan: LinkPlan,
    cell: Cell,
    bases: Mapping[SideName, dict[str, Raw]],
    cells: dict[str, Any],
) -> bool:
    """Decides one cell, adds to the plan, adopts in place; true when the shadow has to be stored anew."""
    name = cell.item.name
    meta = cells.get(name)
    rule = rule_fingerprint(cell.item)
    known = (
        meta if meta is not None and meta.get("rule") == rule and all(name in bases[side] for side in SIDES) else None
    )
    states: States = {}
    for side in SIDES:
        try:
            states[side] = _state(inputs, plan.link.link_id, cell, side, bases[side].get(name), known, cells.get(MOD))
        except UncanonicalError as error:
            _unreadable(inputs, plan, cell, side, error)
            return False
        plan.fresh[side] |= fresh(states[side])
    decision = _decide(inputs, plan.link.link_id, cell.item, states)
    if _clears_what_has_no_blank(cell, states, decision):
        decision = Decision("at_rest")
    if decision.verdict == "hold":
        plan.obstacles.append(_held(inputs, cell, decision))
        return False
    if decision.verdict == "review":
        plan.proposals.append(Proposal(name, cell.raws["left"], cell.raws["right"]))
        return False
    if decision.verdict == "write":
        _plan_writes(inputs, plan, cell, states, decision, bases, rule)
        return False
    plan.suppressed += decision.verdict == "suppressed"
    return _adopt(cell, states, decision, bases, cells, meta, rule)


def _decide(inputs: Inputs, link_id: str, item: FieldMap, states: States) -> Decision:
    """The merge of both sides, and what the worker has to add: its own fields, and what is claimed of the others."""
    left, right = states["left"], states["right"]
    if item.rule is Rule.ALWAYS_SYNCER:
        shown = inputs.imposed.get(link_id)
        if shown is not None and item.name in shown:
            return impose(item, left, right, shown[item.name])
    resolved = inputs.resolved.get(link_id)
    if not resolved or item.name not in resolved:
        return merge(item, left, right, skew_ms=inputs.skew_ms)
    return combine(item, left, right, resolved[item.name], inputs.now_ms, skew_ms=inputs.skew_ms)


def _clears_what_has_no_blank(cell: Cell, states: States, decision: Decision) -> bool:
    """A checkbox of Salesforce that is off already is as blank as it can be."""
    clears = decision.left is BLANK and decision.right is NOOP
    return clears and cell.item.type is FieldType.BOOLEAN and states["left"].cur is False


def _adopt(
    cell: Cell,
    states: States,
    decision: Decision,
    bases: Mapping[SideName, dict[str, Raw]],
    cells: dict[str, Any],
    meta: Mapping[str, Any] | None,
    rule: str,
) -> bool:
    if None in cell.records.values():
        return False  # a create: its bases are seeded when it settles
    name = cell.item.name
    left, right = adopt(cell.item, states["left"], states["right"], decision)
    adopted = {"rule": rule, "agreed": left.agreed, "left_writer": left.writer, "right_writer": right.writer}
    for side in SIDES:  # who wrote a value is not forgotten because its rule is another: a copy stays a copy
        if meta is not None and adopted[f"{side}_writer"] == "unknown" and bases[side].get(name) == cell.raws[side]:
            adopted[f"{side}_writer"] = meta.get(f"{side}_writer", "unknown")
    if meta == adopted and all(bases[side].get(name) == cell.raws[side] for side in SIDES):
        return False
    cells[name] = adopted
    for side in SIDES:
        bases[side][name] = cell.raws[side]
    return True


def _state(
    inputs: Inputs,
    link_id: str,
    cell: Cell,
    side: SideName,
    base: Raw,
    known: Mapping[str, Any] | None,
    stamps: Mapping[str, int] | None,
) -> SideState:
    """Raises UncanonicalError for a value that its type cannot read."""
    canon = canoniser(cell.item, side)
    lookup = _lookup(inputs, cell, side)
    record = cell.records[side]
    cur: Canonical = BLANK if record is None else canon(cell.raws[side], lookup)
    return SideState(
        cur=cur,
        base=MISSING if known is None else cur if base == cell.raws[side] else _base(canon, base, lookup),
        agreed=bool(known and known["agreed"]),
        writer=known[f"{side}_writer"] if known else "unknown",
        when=_when(inputs, link_id, cell, side, stamps if known else None),
    )


def _base(canon: Canoniser, base: Raw, lookup: Mapping[str, str] | None) -> Base:
    """A base that cannot be read, or points at nobody any more, is as good as none: first contact, with journal."""
    try:
        return canon(base, lookup)
    except UncanonicalError:
        return MISSING


def _when(
    inputs: Inputs, link_id: str, cell: Cell, side: SideName, stamps: Mapping[str, int] | None
) -> tuple[int, int]:
    """The interval of the edit on our clock: exact from history, else from the last settled stamp to the newest."""
    record = cell.records[side]
    if record is None:
        return ANY_TIME
    offset = inputs.offsets_ms.get(side, 0)
    exact = inputs.edited_ms.get((link_id, cell.item.name)) if side == "right" else None
    if exact is not None:
        return exact - offset, exact - offset
    since = 0 if stamps is None else stamps.get(side, 0)
    return min(since, record.mod_ms) - offset, record.mod_ms - offset


def _lookup(inputs: Inputs, cell: Cell, side: SideName) -> Mapping[str, str] | None:
    return inputs.lookups.get((side, cell.item.to), {}) if cell.item.type is FieldType.REFERENCE else None


def _plan_writes(
    inputs: Inputs,
    plan: LinkPlan,
    cell: Cell,
    states: States,
    decision: Decision,
    bases: Mapping[SideName, dict[str, Raw]],
    rule: str,
) -> None:
    both_edited = fresh(states["left"]) and fresh(states["right"])
    datable = cell.item.rule is Rule.TWO_WAY and both_edited
    if datable and (plan.link.link_id, cell.item.name) not in inputs.edited_ms:
        plan.undated.append(cell.item.name)
    targets = [side for side in SIDES if decision.on(side) is not NOOP]
    owed = len(targets) == 2 and decision.reason not in OF_CLAIMS  # what a claim gives is no edit of either side
    for side in targets:
        _plan_write(inputs, plan, cell, side, states, decision, rule, owed=owed)
        for loss in decision.losses:
            if loss.side == side and any(write.name == cell.item.name for write in plan.writes[side]):
                plan.losses.append(
                    PlannedLoss(
                        name=cell.item.name,
                        side=side,
                        loser=cell.raws[side],
                        base=bases[side].get(cell.item.name),
                        rule=cell.item.rule.value,
                        reason=loss.reason,
                        loser_at_ms=states[side].when[1] if cell.records[side] else 0,
                        winner_at_ms=states[other(side)].when[1] if cell.records[other(side)] else 0,
                    )
                )


def _plan_write(
    inputs: Inputs,
    plan: LinkPlan,
    cell: Cell,
    side: SideName,
    states: States,
    decision: Decision,
    rule: str,
    *,
    owed: bool,
) -> None:
    name, value = cell.item.name, decision.on(side)
    assert not isinstance(value, type(NOOP))
    schema = inputs.schemas.get((side, cell.objects[side]))
    print_ = cell_fingerprint(inputs, cell, side)
    parked = inputs.quarantined.get((plan.link.link_id, side, name))
    if parked is not None and parked.input_fingerprint == print_ and parked.next_ms > inputs.now_ms:
        plan.parked.add((side, name))
        return
    try:
        raw = to_raw(
            cell.item, side, value, schema.fields.get(cell.names[side]) if schema else None, _lookup(inputs, cell, side)
        )
    except UnmappableError as error:
        if error.reason == "unknown_reference" and cell.item.to == "owner":
            plan.ownerless += 1  # planned again when the users of a side change
            return
        if error.reason == "unknown_reference":  # the parent is not on that side yet: it wakes this link when it is
            plan.unresolved.append((name, other(side), str(cell.raws[other(side)])))
            return
        action = f"Change the value, or let {cell.objects[side]}.{cell.names[side]} hold it."
        plan.obstacles.append(Obstacle(name, side, "data", error.reason, str(error), action, print_))
        return
    source = states[other(side)]
    plan.writes[side].append(
        FieldWrite(
            name=name,
            remote_field=cell.names[side],
            expected=cell.raws[side],
            new=raw,
            effect="clear" if value is BLANK else "fill" if states[side].cur is BLANK else "overwrite",
            source=cell.raws[other(side)],
            source_writer="human" if fresh(source) else source.writer,
            owed=owed,
            rule=rule,
            print=print_,
        )
    )


def _unreadable(inputs: Inputs, plan: LinkPlan, cell: Cell, side: SideName, error: UncanonicalError) -> None:
    if cell.item.type is FieldType.REFERENCE and cell.item.to == "owner":
        return  # an owner who is not active any more has no e-mail address to be known by: it stays where it is
    if cell.item.type is FieldType.REFERENCE:
        plan.unresolved.append((cell.item.name, side, str(cell.raws[side])))
        return
    action = (
        f"Correct {cell.names[side]} in the {side} record, "
        f"or change the field's type in the mapping (now {cell.item.type.value})."
    )
    print_ = cell_fingerprint(inputs, cell, side)
    plan.obstacles.append(Obstacle(cell.item.name, side, "data", "UNREADABLE_VALUE", str(error), action, print_))


def _held(inputs: Inputs, cell: Cell, decision: Decision) -> Obstacle:
    action = f"Add the value to the order of {cell.item.name} in the mapping."
    print_ = cell_fingerprint(inputs, cell, "left")
    return Obstacle(cell.item.name, "left", "data", "UNMAPPED_OPTION", decision.reason, action, print_)
