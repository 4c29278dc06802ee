"""From a link's plan to the one write it owes next, and to the journal rows that must be durable before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b

import orjson

from connectors.base import ObjectSchema, Op, SideName
from syncer.core.fields import other
from syncer.stages.context import KEY_FIELD, LEFT_CROSS_REFERENCE
from syncer.stages.plan import Inputs, LinkPlan, Obstacle, rule_fingerprint
from syncer.store.ports import Tx
from syncer.store.rows import IntentRow, JournalRow, RecordRow

CREATING: Mapping[str, SideName] = {"creating_left": "left", "creating_right": "right"}


def next_side(plan: LinkPlan) -> SideName | None:
    """The side to write next: the one that lacks its record, else the left before the right."""
    return CREATING.get(plan.link.state) or plan.next_side()


def build_intent(
    inputs: Inputs,
    plan: LinkPlan,
    side: SideName,
    left: RecordRow | None,
    right: RecordRow | None,
    intent_id: str,
    run_id: str,
) -> IntentRow | Obstacle | None:
    """The write that this link owes to a side; an Obstacle where a create lacks what its object requires."""
    creating = CREATING.get(plan.link.state) == side
    source, target = (right, left) if side == "left" else (left, right)
    writes = plan.writes[side]
    lost = {loss.name for loss in plan.losses if loss.side == side}
    fields = {item.name: {**item.as_json(), **({"loses": True} if item.name in lost else {})} for item in writes}
    object_name = target.object if target is not None else inputs.kind.create_object(side)
    if object_name is None:
        return None
    if creating:
        obstacle = _complete(inputs, plan, side, object_name, fields)
        if obstacle is not None:
            return obstacle
        if side == "left" and source is not None:
            fields["_cross_reference"] = {"field": LEFT_CROSS_REFERENCE, "expected": None, "new": source.id}
    return IntentRow(
        intent_id=intent_id,
        run_id=run_id,
        link_id=plan.link.link_id,
        kind=inputs.kind.kind,
        side=side,
        op=(Op.CREATE if creating else Op.UPDATE).value,
        object=object_name,
        remote_id="" if target is None else target.id,
        key=plan.link.sync_key if creating else "",
        fields=fields,
        guard_ms=0 if target is None else target.mod_ms,
        state="planned",
        klass="",
        code="",
        attempts=0,
        not_before_ms=0,
        attempt_id="",
        sent_ms=0,
        basis_hash=basis_of(left, right),
        gated=False,
        created_ms=inputs.now_ms,
    )


def basis_of(*records: RecordRow | None) -> str:
    """What the plan was derived from: a later look that differs makes it stale."""
    facts = [[record.id, record.mod_ms, record.values] if record else None for record in records]
    return blake2b(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()


def missing_required(schema: ObjectSchema | None, fields: Mapping[str, Mapping], given: Sequence[str]) -> list[str]:
    """Fields that a create needs and the plan does not give."""
    if schema is None:
        return []
    present = {item["field"] for item in fields.values() if item["new"] not in (None, "")} | set(given)
    return sorted(name for name, known in schema.fields.items() if known.required and name not in present)


def _complete(
    inputs: Inputs,
    plan: LinkPlan,
    side: SideName,
    object_name: str,
    fields: dict[str, dict],
) -> Obstacle | None:
    """Fills what the object requires from the mapping's declared `create_default`, and refuses what has none."""
    for name in missing_required(inputs.schemas.get((side, object_name)), fields, [KEY_FIELD[side]]):
        item = next((item for item in inputs.kind.fields if item.on(side, object_name) == name), None)
        if item is None or not item.create_default:
            return Obstacle(
                "*",
                side,
                "data",
                "REQUIRED_FIELD_MISSING",
                f"{object_name} needs {name}, and the {other(side)} record has no value for it.",
                f"Fill the field that maps to {name}, or give it a create_default in the mapping.",
                blake2b(f"{plan.link.link_id} {name} {inputs.rule_epoch}".encode(), digest_size=12).hexdigest(),
            )
        fields[item.name] = {  # the other side stays blank: the two differ at rest, and the stopgap does not travel
            "field": name,
            "expected": None,
            "new": item.create_default,
            "effect": "fill",
            "source": None,
            "source_writer": "unknown",
            "owed": False,
            "rule": rule_fingerprint(item),
            "print": "",
        }
    return None


def journal_of(plan: LinkPlan, intent: IntentRow) -> list[JournalRow]:
    """The losses of this intent's side, to be committed before it is sent (I3)."""
    return [
        JournalRow(
            seq=0,
            run_id=intent.run_id,
            link_id=intent.link_id,
            side=loss.side,
            object=intent.object,
            remote_id=intent.remote_id,
            field=loss.name,
            loser=loss.loser,
            winner=intent.fields[loss.name]["new"],
            base=loss.base,
            rule=loss.rule,
            reason=loss.reason,
            loser_at_ms=loss.loser_at_ms,
            winner_at_ms=loss.winner_at_ms,
            state="proposed",
            intent_id=intent.intent_id,
            at_ms=intent.created_ms,
        )
        for loss in plan.losses
        if loss.side == intent.side and loss.name in intent.fields
    ]


def drop_planned(tx: Tx, intent_ids: Sequence[str]) -> None:
    """Forgets writes that were planned and never sent: they are derived, and their journal rows never happened."""
    for intent_id in intent_ids:
        tx.journal.set_state(intent_id, "withdrawn")
    tx.intents.drop_planned(list(intent_ids))
