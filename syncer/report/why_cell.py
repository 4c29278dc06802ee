"""One cell explained: what both sides hold and held, which rule binds it, and in words why they agree or differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from connectors.base import FieldSchema, ObjectSchema, Raw, SideName
from syncer.core.fields import SIDES, FieldMap, FieldType, KindMap, Rule, other
from syncer.core.shown import imposed
from syncer.core.values import BLANK
from syncer.stages.fitting import resolve_fields
from syncer.stages.gathering import Pair, account_lookups
from syncer.stages.intents import CREATING
from syncer.stages.plan import Inputs, LinkPlan
from syncer.stages.plan_link import objects_of, plan_link
from syncer.stages.telling import ledger
from syncer.store.ports import Tx
from syncer.store.rows import HoldRow, IntentRow, LinkRow, QuarantineRow, ReviewRow, ShadowRow, SuspendedRow

NAMES: Mapping[SideName, str] = {"left": "Salesforce", "right": "HubSpot"}


@dataclass(frozen=True, slots=True)
class CellView:
    """One mapped field of a subject. `state` is for scripts, `says` for people; no base: the sides never met in it."""

    field: str
    state: str
    says: str
    rule: str
    place: str  # file:line of the rule
    left_field: str | None
    right_field: str | None
    left: Raw
    right: Raw
    met: bool
    left_base: Raw
    right_base: Raw
    agreed: bool
    left_writer: str
    right_writer: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the state knows of one link, read once for all its cells."""

    link: LinkRow
    pair: Pair
    shadow: ShadowRow | None
    intent: IntentRow | None  # the open one
    inputs: Inputs
    parked: Mapping[tuple[SideName, str], QuarantineRow]
    suspended: Mapping[tuple[SideName, str, str], SuspendedRow]
    holds: Sequence[HoldRow]
    reviews: Mapping[str, ReviewRow] = field(default_factory=dict)  # field -> the question about it


def facts_of(tx: Tx, kind: KindMap, link: LinkRow, pair: Pair, now_ms: int, currency: str = "USD") -> Facts:
    """Everything that `explain_cell` needs."""
    parked = tx.quarantine.for_links([link.link_id])
    suspended = {(row.side, row.object, row.field): row for row in tx.suspended.list()}
    inputs = Inputs(
        kind=kind,
        schemas=_schemas(tx, kind),
        lookups=account_lookups(tx, kind, [pair]),
        suspended=frozenset(suspended),
        quarantined={(row.link_id, row.side, row.field): row for row in parked},
        now_ms=now_ms,
        offsets_ms={},
        rule_epoch=tx.meta.get().rule_epoch,
        skew_ms=1_000,
        resolved={link.link_id: resolve_fields(kind, ledger(tx, [link.link_id])[link.link_id], now_ms, currency)[0]},
        imposed={row.link_id: imposed(kind.fields, row.shown) for row in tx.verdicts.get_many([link.link_id]).values()},
    )
    reviews = {name: f"conflict-{link.link_id}-{name}" for name in (item.name for item in kind.fields)}
    return Facts(
        link=link,
        pair=pair,
        shadow=tx.shadows.get_many([link.link_id]).get(link.link_id),
        intent=tx.intents.open_for([link.link_id]).get(link.link_id),
        inputs=inputs,
        parked={(row.side, row.field): row for row in parked},
        suspended=suspended,
        holds=[row for row in tx.holds.list() if not (row.approved_by and row.expires_ms > now_ms)],
        reviews={name: row for name, found in reviews.items() if (row := tx.reviews.get(found)) is not None},
    )


def _schemas(tx: Tx, kind: KindMap) -> dict[tuple[SideName, str], ObjectSchema]:
    """The schemas as they were last described."""
    schemas: dict[tuple[SideName, str], ObjectSchema] = {}
    for side in SIDES:
        for name in kind.objects(side):
            row = tx.schemas.get(side, name)
            if row is not None:
                fields = {key: _field_schema(item) for key, item in row.json["fields"].items()}
                schemas[side, name] = ObjectSchema(name, row.json["label"], fields, createable=True, updateable=True)
    return schemas


def _field_schema(item: Mapping[str, Any]) -> FieldSchema:
    options = item["options"]
    made = {**item, "options": None if options is None else tuple((value, label) for value, label in options)}
    return FieldSchema(**{**made, "reference_to": tuple(item["reference_to"])})


def explain_cell(facts: Facts, item: FieldMap) -> CellView:
    """The cell as the next run would see it."""
    objects = objects_of(facts.inputs.kind, facts.link)
    names = {side: item.on(side, objects[side]) for side in SIDES}
    raws: dict[SideName, Raw] = {}
    for side, row in zip(SIDES, facts.pair, strict=True):
        raws[side] = row.values.get(names[side] or "") if row is not None else None
    state, says = _verdict(facts, item, objects, names, raws)
    shadow = facts.shadow
    cell = shadow.cells.get(item.name) if shadow is not None else None
    return CellView(
        field=item.name,
        state=state,
        says=says,
        rule=item.rule.value,
        place=f"{facts.inputs.kind.path}:{item.line}",
        left_field=names["left"],
        right_field=names["right"],
        left=raws["left"],
        right=raws["right"],
        met=cell is not None,
        left_base=shadow.left.get(item.name) if shadow is not None else None,
        right_base=shadow.right.get(item.name) if shadow is not None else None,
        agreed=bool(cell and cell["agreed"]),
        left_writer=_writer(facts, item.name, "left", raws["left"]),
        right_writer=_writer(facts, item.name, "right", raws["right"]),
    )


def _writer(facts: Facts, name: str, side: SideName, raw: Raw) -> str:
    """engine: we wrote it; human: an edit that a run has seen; edited: one that no run has settled; unknown: older."""
    shadow = facts.shadow
    cell = shadow.cells.get(name) if shadow is not None else None
    if shadow is None or cell is None:
        return "unknown"
    base = (shadow.left if side == "left" else shadow.right).get(name)
    return str(cell.get(f"{side}_writer", "unknown")) if base == raw else "edited"


def sentence(text: str) -> str:
    """What a system said may end without a full stop."""
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _verdict(
    facts: Facts,
    item: FieldMap,
    objects: Mapping[SideName, str],
    names: Mapping[SideName, str | None],
    raws: Mapping[SideName, Raw],
) -> tuple[str, str]:
    if item.rule is Rule.DONT_SYNC:
        return "not_mapped", "The rule is dont-sync: each side keeps its own."
    for side in SIDES:
        if names[side] is None:
            return "not_mapped", f"{objects[side]} in {NAMES[side]} has no counterpart for it in the mapping."
        row = facts.suspended.get((side, objects[side], names[side] or ""))
        if row is not None:
            return "suspended", f"{row.reason} {row.action}"
    if facts.link.state != "linked" and facts.link.state not in CREATING:
        return "apart", f"The record is {facts.link.state}: nothing travels before that is settled."
    return _waiting(facts, item) or _planned(facts, item, raws)


def _waiting(facts: Facts, item: FieldMap) -> tuple[str, str] | None:
    """What already stands in the state about the cell."""
    for side in SIDES:
        row = facts.parked.get((side, item.name)) or facts.parked.get((side, "*"))
        if row is not None:
            return "quarantined", f"In quarantine ({row.code}): {sentence(row.message)} {row.action}"
    intent = facts.intent
    if intent is None or item.name not in intent.fields:
        return None
    where = NAMES[intent.side]
    if intent.state == "planned":
        return "waits", f"Waits to be written to {where}."
    if intent.state == "applied":
        return "in_flight", f"Written to {where}, and not read back yet: the next run does."
    return "in_flight", f"Sent to {where}, and nobody heard the outcome: the next run settles it by reading."


def _planned(facts: Facts, item: FieldMap, raws: Mapping[SideName, Raw]) -> tuple[str, str]:
    """What the next run would decide."""
    if item.to == "owner" and raws["left"] and raws["right"]:
        return _owner(facts, item, raws)
    left, right = facts.pair
    inputs = replace(facts.inputs, kind=replace(facts.inputs.kind, fields=(item,)))
    plan = plan_link(inputs, facts.link, left, right, facts.shadow)
    if plan.obstacles:
        obstacle = plan.obstacles[0]
        return "cannot_travel", f"{sentence(obstacle.message)} {obstacle.action}"
    if plan.proposals:
        found = facts.reviews.get(item.name)
        if found is None:
            return "in_review", "The rule leaves it to a person: the next run asks."
        if found.state == "rejected":
            return "at_rest", f"{found.decided_by} decided to leave both values as they are."
        ask = f"syncer review accept {found.review_id} --value left|right"
        return "in_review", f"The rule leaves it to a person: {ask}"
    if plan.unresolved:
        _, side, raw = plan.unresolved[0]
        return "waiting_for_reference", f"Waits until what {NAMES[side]} points at ({raw}) is linked on both sides."
    for side in SIDES:
        for write in plan.writes[side]:
            return _write(facts, plan, side, item, write.new, write.effect)
    if any(row is not None for row in facts.pair) and None in facts.pair and facts.link.state in CREATING:
        return "blank", "Blank, so a create leaves it out."
    if plan.suppressed:
        return "suppressed", _at_rest(item, raws, edited=True)
    return (
        ("in_step", "In step.") if _same(plan, facts, item, raws) else ("at_rest", _at_rest(item, raws, edited=False))
    )


def _owner(facts: Facts, item: FieldMap, raws: Mapping[SideName, Raw]) -> tuple[str, str]:
    """Owners are told apart by the users' e-mail addresses, which only a run asks for."""
    shadow = facts.shadow
    cell = shadow.cells.get(item.name) if shadow is not None else None
    if shadow is None or cell is None:
        return "waits", "The next run compares the owners by their e-mail addresses."
    if (shadow.left.get(item.name), shadow.right.get(item.name)) != (raws["left"], raws["right"]):
        return "waits", "Changed since the last run: the next one compares the owners by their e-mail addresses."
    return ("in_step", "In step.") if cell["agreed"] else ("at_rest", _at_rest(item, raws, edited=False))


def _write(facts: Facts, plan: LinkPlan, side: SideName, item: FieldMap, new: Raw, effect: str) -> tuple[str, str]:
    does = {"fill": "fills it", "clear": "clears it"}.get(effect, "overwrites it")
    for hold in facts.holds:
        if (hold.kind, hold.side) == (facts.link.kind, side) and _holds(hold, facts.link, item.name, new, effect):
            ask = f"syncer review accept {hold.plan_hash}"
            return "held", f"Held by the breaker: {hold.message} Approve it with: {ask}"
    lost = any(loss.side == side for loss in plan.losses)
    kept = "; the value there goes to the journal first" if lost else ""
    if facts.intent is not None:
        return "waits", f"Waits until the open write of this record is settled; then a run {does} in {NAMES[side]}."
    if item.name in plan.undated:
        return "waits", f"Edited on both sides: the next run lets the newer edit win, by HubSpot's history{kept}."
    if facts.link.state in CREATING:
        return "waits", f"Goes to {NAMES[side]} with the record that is to be created there."
    return "waits", f"The next run {does} in {NAMES[side]}{kept}."


def _holds(hold: HoldRow, link: LinkRow, name: str, new: Raw, effect: str) -> bool:
    if hold.op == "all_changed" or (hold.op == "create" and link.state in CREATING):
        return True
    if hold.field != name:
        return False
    return hold.value == str(new) if hold.op == "same_value" else hold.op == effect


def _same(plan: LinkPlan, facts: Facts, item: FieldMap, raws: Mapping[SideName, Raw]) -> bool:
    """Whether the two mean the same: as the plan's adoption says, else as the base does."""
    shadow = plan.shadow or facts.shadow
    cell = shadow.cells.get(item.name) if shadow is not None else None
    if cell is not None:
        return bool(cell["agreed"])
    return item.type is FieldType.REFERENCE or all(raw in (BLANK, "") for raw in raws.values())


_ONE_WAY: Mapping[Rule, SideName] = {Rule.ALWAYS_SALESFORCE: "left", Rule.ALWAYS_HUBSPOT: "right"}


def _at_rest(item: FieldMap, raws: Mapping[SideName, Raw], *, edited: bool) -> str:
    blank = next((side for side in SIDES if raws[side] in (BLANK, "")), None)
    if item.rule in _ONE_WAY:
        lead = _ONE_WAY[item.rule]
        return f"Kept apart by the rule: only {NAMES[lead]} may change {NAMES[other(lead)]}."
    if item.read_only:
        return f"Kept apart: the mapping says that {NAMES[item.read_only]} takes no writes here."
    if item.rule is Rule.FILL_BLANK and blank is None:
        return "Kept apart by the rule: fill-blank fills what is blank, and overwrites nothing."
    if item.rule is Rule.FORWARD_ONLY:
        return "Kept apart by the rule: a stage only moves forward."
    if blank is not None and item.blank == "keep":
        return f'Blank in {NAMES[blank]}, and blank = "keep": clearing one side does not clear the other.'
    if edited:
        return "The rule keeps the edit from travelling."
    return "They differ, and nobody has edited either side since; so neither is overwritten."
