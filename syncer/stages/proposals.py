"""Questions of what was heard: a person says whether it is so, and then it is that person's word.

A question has one id for one sentence of one document, so that an answer is remembered and asked for again only where
the words change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from hashlib import blake2b
from typing import Any, Final

from connectors.base import SideName
from syncer.core.claims import Authority, Evidence, claim, to_json, value_from_json, value_to_json
from syncer.errors import UsageError
from syncer.stages.context import Context
from syncer.stages.decide import open_review
from syncer.stages.hearing import Statement, follows
from syncer.store.knowledge_rows import ClaimRow, DocumentRow
from syncer.store.ports import Tx
from syncer.store.rows import ReviewRow

KIND: Final = "proposal"


def _review_id(said: Statement) -> str:
    place = (said.evidence.doc_id, said.evidence.start, said.evidence.end, said.subject, said.field)
    content = repr((place, said.evidence.quote, value_to_json(said.value), said.unit))
    return f"words-{blake2b(content.encode('utf-8', 'replace'), digest_size=6).hexdigest()}"


def ask(context: Context, tx: Tx, row: DocumentRow, questions: Iterable[Statement]) -> int:
    """How many there are; one that was answered stays answered. Their ids sort after those of all other questions."""
    asked = {_review_id(said): said for said in questions}
    for name, said in sorted(asked.items()):
        payload = {
            "doc_id": row.doc_id,
            "title": row.title,
            "said_in": row.kind,
            "value": value_to_json(said.value),
            "unit": said.unit,
            "reason": said.reason,
            "evidence": asdict(said.evidence),
        }
        tx.reviews.add(
            ReviewRow(
                review_id=name,
                kind=KIND,
                link_id=said.subject,
                side=row.side,
                object=row.object,
                remote_id=row.remote_id,
                field=said.field,
                payload=payload,
                state="open",
                created_ms=context.clock.now_ms(),
            )
        )
    return len(asked)


def forget_questions(tx: Tx, rows: Sequence[DocumentRow], asked: Iterable[Statement]) -> None:
    """Drops open questions of these documents that are not asked any more: the words have changed."""
    kept = {_review_id(said) for said in asked}
    held: dict[tuple[SideName, str], list[str]] = {}
    for row in rows:
        held.setdefault((row.side, row.object), []).append(row.remote_id)
    known = [one.review_id for place, ids in sorted(held.items()) for one in tx.reviews.open_about(KIND, *place, ids)]
    gone = [name for name in known if name not in kept]
    if gone:
        tx.reviews.drop(gone)


def accept_proposal(context: Context, name: str, by: str) -> dict[str, Any] | None:
    """Makes the proposal the claim of the person `by`; field and value, or None for a question of another kind.

    Writes to no CRM. Raises UsageError for what is no open question, and where its subject is gone.
    """
    with context.store.transaction() as tx:
        review = open_review(tx, name)
        if review.kind != KIND:
            return None
        link = tx.links.get_many([review.link_id]).get(review.link_id)
        if link is None or link.state == "tombstone":
            raise UsageError("SubjectGone", "The subject is not there any more.", f"Reject {name}.")
        said = Statement(
            review.link_id,
            review.field,
            value_from_json(review.payload["value"]),
            review.payload["unit"],
            Evidence(**review.payload["evidence"]),
        )
        rows = [_claim(context, one, by) for one in (said, *follows(said, context.known_kind("person")))]
        tx.claims.add(rows)
        tx.reviews.decide(name, "accepted", by, context.clock.now_ms())
        tx.links.touch([review.link_id])
    return {"field": review.field, "value": review.payload["value"], "unit": review.payload["unit"]}


def _claim(context: Context, said: Statement, by: str) -> ClaimRow:
    made = claim(
        said.subject, said.field, said.value, Authority.HUMAN, f"human:{by}", context.clock.now_ms(),
        unit=said.unit, evidence=(said.evidence,),
    )  # fmt: skip
    return ClaimRow(
        made.claim_id, made.subject, made.field, made.authority.value, made.source, made.observed_ms,
        said.evidence.doc_id, context.report.run_id, to_json(made),
    )  # fmt: skip
