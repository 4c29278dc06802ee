"""Conflicts under the review rule: the value that a person chose is written to the other side, through the outbox.

What it overwrites is in the journal before it is sent; it is verified, marked sent and read back like any other write,
and a crash on the way leaves an open intent that the next run settles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.base import ObjectSchema, Raw, SideName
from syncer.core.canon import canoniser, to_raw
from syncer.core.fields import FieldMap, FieldType, KindMap
from syncer.core.values import UncanonicalError, UnmappableError
from syncer.errors import UsageError
from syncer.stages.comparing import same_value
from syncer.stages.context import Context
from syncer.stages.decide import open_review
from syncer.stages.gathering import account_lookups, load_owners, load_schemas, pairs_of
from syncer.stages.undo import put_cell, put_intent, send_now
from syncer.store.ports import Tx
from syncer.store.rows import IntentRow, JournalRow, LinkRow, RecordRow, ReviewRow


@dataclass(frozen=True, slots=True)
class _Case:
    """The conflict as it stands: `winner` and `loser` are the records whose values win and lose."""

    kind: KindMap
    item: FieldMap
    link: LinkRow
    winner: RecordRow
    loser: RecordRow

    def value(self, row: RecordRow) -> Raw:
        return row.values[self.field(row)]

    def field(self, row: RecordRow) -> str:
        return str(self.item.on(row.side, row.object))


def arbitrate(context: Context, name: str, side: SideName) -> bool:
    """Writes that side's value to the other side; false where the other side did not take it now.

    The observations must be fresh: run a look before. Raises UsageError where the record or its values are not those
    that were asked about, and where the other side cannot hold the value.
    """
    with context.store.snapshot() as tx:
        review = open_review(tx, name)
        kind = context.known_kind(_link_of(tx, review).kind)
        if kind is None or not kind.knows(review.field):
            raise UsageError("FieldUnmapped", f"{review.field} is not mapped any more.", "Reject the question.")
    schemas, owners = load_schemas(context, kind), load_owners(context, kind)
    with context.store.transaction() as tx:
        review = open_review(tx, name)
        case = _case(tx, kind, review, _link_of(tx, review), side)
        pair = (case.winner, case.loser) if side == "left" else (case.loser, case.winner)
        lookups = {**owners, **account_lookups(tx, kind, [pair])}
        new = _translated(case, schemas.get((case.loser.side, case.loser.object)), lookups)
        intent = _plan(context, tx, case, pair, new)
    send_now(context, [intent])
    with context.store.transaction() as tx:
        done = tx.intents.get_many([intent.intent_id]).get(intent.intent_id)
        if done is None or done.state != "settled":
            return False
        tx.reviews.drop([name])
    return True


def _link_of(tx: Tx, review: ReviewRow) -> LinkRow:
    link = tx.links.get_many([review.link_id]).get(review.link_id) if review.kind == "conflict" else None
    if link is None:
        raise UsageError("NoConflict", f"{review.review_id} asks for no value.", "Accept it with --choose or --create.")
    return link


def _case(tx: Tx, kind: KindMap, review: ReviewRow, link: LinkRow, side: SideName) -> _Case:
    again = "Run `syncer sync`, then look at `syncer review list` again."
    left, right = pairs_of(tx, [link])[link.link_id]
    if link.state != "linked" or left is None or right is None or {left.presence, right.presence} != {"live"}:
        raise UsageError("RecordGone", "One of the two records is not there any more.", again)
    if tx.intents.open_for([link.link_id]):
        raise UsageError("WriteOpen", "A write of this record has no outcome yet.", again)
    winner, loser = (left, right) if side == "left" else (right, left)
    case = _Case(kind, kind.field_named(review.field), link, winner, loser)
    for row in (left, right):
        asked = review.payload[row.side]
        if case.field(row) not in row.values or not same_value(kind, row.side, review.field, case.value(row), asked):
            raise UsageError("ValueChanged", f"{review.field} was edited since this question was asked.", again)
    return case


def _translated(
    case: _Case, schema: ObjectSchema | None, lookups: Mapping[tuple[SideName, str], Mapping[str, str]]
) -> Raw:
    item, source, target = case.item, case.winner.side, case.loser.side
    seen, there = (
        lookups.get((side, item.to), {}) if item.type is FieldType.REFERENCE else None for side in (source, target)
    )
    try:
        value = canoniser(item, source)(case.value(case.winner), seen)
        return to_raw(item, target, value, schema.fields.get(case.field(case.loser)) if schema else None, there)
    except (UncanonicalError, UnmappableError) as error:
        raise UsageError(
            "ValueUnfit",
            f"The other side cannot hold this value of {item.name}: {error}.",
            "Choose the other value, or correct it in its own system.",
        ) from None


def _plan(
    context: Context, tx: Tx, case: _Case, pair: tuple[RecordRow | None, RecordRow | None], new: Raw
) -> IntentRow:
    loser, name = case.loser, case.item.name
    now, source = case.value(loser), case.value(case.winner)
    cell: dict[str, Any] = {
        **put_cell(case.item, case.field(loser), now, new, source, "settled"),
        "source_writer": "human",
        "loses": True,
    }
    intent = put_intent(context, case.link.link_id, case.kind.kind, loser.side, loser, {name: cell}, False, pair)
    tx.intents.plan([intent])
    tx.journal.propose(
        [
            JournalRow(
                seq=0,
                run_id=intent.run_id,
                link_id=intent.link_id,
                side=loser.side,
                object=loser.object,
                remote_id=loser.id,
                field=name,
                loser=now,
                winner=new,
                base=None,
                rule=case.item.rule.value,
                reason="decided",
                loser_at_ms=loser.mod_ms,
                winner_at_ms=case.winner.mod_ms,
                state="proposed",
                intent_id=intent.intent_id,
                at_ms=intent.created_ms,
            )
        ]
    )
    tx.intents.gate([intent.intent_id])
    return intent
