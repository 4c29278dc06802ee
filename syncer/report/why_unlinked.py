"""Why a record belongs to no subject: what the link stage would say of it now, and what a person can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.base import SideName
from syncer.core.fields import SIDES, KindMap, other
from syncer.core.inclusion import parse_inclusion
from syncer.stages.identify import Ambiguous, Join, Pair, Wait, gather, identify, ref_of, review_id
from syncer.stages.observation import inclusion_of, key_fields
from syncer.store.ports import Tx
from syncer.store.rows import RecordRow, ReviewRow

NAMES: Mapping[SideName, str] = {"left": "Salesforce", "right": "HubSpot"}
REASONS: Mapping[str, str] = {
    "copied_key": "another record of the same side carries the same key of ours",
    "several_candidates": "several records of the other side could be it",
    "several_claim_it": "another record of the same side claims the same counterpart",
    "already_linked": "its counterpart is linked to another record already",
    "several_share_the_key": "several records of this side share its natural key",
    "key_taken": "its natural key belongs to another subject",
    "identity_taken": "an identity that it would take belongs to another subject",
}


def why_unlinked(tx: Tx, kind: KindMap, row: RecordRow) -> dict[str, Any]:
    """`state` for scripts, `says` for people, `review` where a person is asked."""
    question = tx.reviews.get(review_id(ref_of(row)))
    state, says = _verdict(tx, kind, row, question)
    review = question.review_id if question is not None and question.state == "open" else ""
    return {"state": state, "says": says, "review": review}


def _verdict(tx: Tx, kind: KindMap, row: RecordRow, question: ReviewRow | None) -> tuple[str, str]:
    target = other(row.side)
    if row.presence != "live":
        return "not_live", f"It is {row.presence}, and was so before it could become a subject."
    for side in SIDES:
        for name in kind.objects(side):
            cursor = tx.cursors.get(side, name, "backfill")
            if cursor is None or not cursor.complete:
                where = f"{NAMES[side]} {name}"
                return "backfill_incomplete", f"{where} was not read whole yet; nothing is linked or created before."
    if question is not None and question.state == "open":
        reason = str(question.payload.get("reason", ""))
        return "ambiguous", f"Left to you: {REASONS.get(reason, reason)}."
    if question is not None and question.state == "rejected":
        return "rejected", f"{question.decided_by} decided that it stays by itself."
    verdict = identify(kind, row, gather(tx, kind, [row]))
    match verdict:
        case Pair() | Join():
            return "to_link", "Its counterpart is known: the next run links them."
        case Wait():
            return "waits", "A write that may have made its counterpart is still open: the next run settles it first."
        case Ambiguous():
            return "ambiguous", f"The next run asks you: {REASONS.get(verdict.reason, verdict.reason)}."
    return _no_counterpart(tx, kind, row, target)


def _no_counterpart(tx: Tx, kind: KindMap, row: RecordRow, target: SideName) -> tuple[str, str]:
    none = f"{NAMES[target]} has no counterpart"
    if kind.create_object(target) is None:
        return "no_create", f"{none}, and the mapping creates no {kind.kind} there ({target}.create in {kind.path})."
    inclusion = inclusion_of(kind, row.side)
    if not parse_inclusion(inclusion).holds(row.values):
        return (
            "excluded",
            f"{none}, and the inclusion keeps it out: {inclusion} ([inclusion] {row.side} in {kind.path}).",
        )
    missing = {(item.side, item.object, item.field) for item in tx.suspended.list() if item.klass == "schema"}
    for side in SIDES:
        for name in kind.objects(side):
            for key, field in key_fields(kind, side, name)[:1]:
                if (side, name, field) in missing:
                    return (
                        "match_field_missing",
                        f"{none} that can be seen: {name}.{field}, which holds {key}, is gone.",
                    )
    return "to_create", f"{none} yet: the next run creates it there."
