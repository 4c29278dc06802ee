"""What a person decides: which record is meant, that somebody is new, which value counts, that a held plan may go.

Each decision is one transaction and writes to no CRM; what follows from it is planned by the next run, and a value that
was chosen is written by `arbitrate`. After a crash a decision was made or was not; repeating it is refused or harmless.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from syncer.core.fields import other
from syncer.errors import UsageError
from syncer.stages.belong_answers import confirm_account, reject_accounts
from syncer.stages.belong_ends import KIND as MEMBERSHIP
from syncer.stages.context import Context
from syncer.stages.conversion import rivals
from syncer.stages.identify import end_changes, end_of, join, ref_of, review_id
from syncer.stages.succession import answer_conversion
from syncer.store.ports import Tx
from syncer.store.rows import HoldRow, LinkRow, QuarantineRow, RecordRow, ReviewRow


def open_review(tx: Tx, name: str) -> ReviewRow:
    """Raises UsageError for a question that there is not, or that was answered."""
    row = tx.reviews.get(name)
    if row is None:
        raise UsageError("NoSuchReview", f"There is no question {name}.", "See `syncer review list`.")
    if row.state != "open":
        raise UsageError("ReviewDecided", f"{row.decided_by} has {row.state} {name} already.", "See `syncer why`.")
    return row


def choose(context: Context, name: str, record_id: str) -> LinkRow:
    """Links the record in question with the candidate of that id; the link.

    Raises UsageError for an id that is no candidate, and for a candidate that belongs to somebody else.
    """
    with context.store.transaction() as tx:
        review = open_review(tx, name)
        row = _asked_about(tx, review)
        candidates = [item for item in review.payload.get("candidates", ()) if item["side"] != row.side]
        found = [item for item in candidates if item["id"] == record_id]
        if not found:
            known = ", ".join(str(item["id"]) for item in candidates) or "none on the other side"
            raise UsageError(
                "NoCandidate",
                f"{record_id} is no candidate for {name}; the candidates are: {known}.",
                "Choose one of them, say --create where it is somebody new, or reject the question.",
            )
        where = (found[0]["side"], found[0]["object"], record_id)
        candidate = tx.records.get_many(*where[:2], [record_id]).get(record_id)
        if candidate is None or candidate.presence != "live":
            raise UsageError(
                "CandidateGone", f"{record_id} is not there any more.", "Run `syncer sync`, then look again."
            )
        waiting = rivals(tx, review)
        if waiting:
            _idle(tx, waiting)
            link = answer_conversion(context, tx, context.kind_of(row.side, row.object), review, candidate)
        else:
            link = _tie(context, tx, review, row, candidate)
        tx.reviews.drop([name, review_id(ref_of(candidate))])
        return link


def choose_account(context: Context, name: str, account: str, by: str) -> dict[str, Any] | None:
    """Answers whose a person is, see `confirm_account`; None for a question of another kind. Raises UsageError."""
    with context.store.transaction() as tx:
        review = open_review(tx, name)
        return confirm_account(context, tx, review, account, by) if review.kind == MEMBERSHIP else None


def _asked_about(tx: Tx, review: ReviewRow) -> RecordRow:
    row = tx.records.get_many(review.side, review.object, [review.remote_id]).get(review.remote_id)
    if review.kind == MEMBERSHIP:
        raise UsageError("NotALink", f"{review.review_id} asks for an account.", "Accept it with --choose ACCOUNT.")
    if review.kind not in ("link", "split"):
        raise UsageError("NotALink", f"{review.review_id} asks for a value.", "Accept it with --value left or right.")
    if row is None or row.presence != "live":
        raise UsageError(
            "RecordGone", f"{review.remote_id} is not there any more.", "Run `syncer sync`; the question goes with it."
        )
    return row


def _tie(context: Context, tx: Tx, review: ReviewRow, row: RecordRow, candidate: RecordRow) -> LinkRow:
    """One link with both records: the ambiguous one, the one that was about to create this record, or a new one."""
    waiting = tx.links.by_records(row.side, row.object, [row.id]).get(row.id)
    taken = tx.links.by_records(candidate.side, candidate.object, [candidate.id]).get(candidate.id)
    if taken is not None and taken.state != f"creating_{row.side}":
        holder = end_of(taken, row.side)[1] or taken.state
        raise UsageError(
            "CandidateTaken",
            f"{candidate.id} belongs to another subject already ({holder}).",
            "Merge the two records in their own system: syncer follows the merge. Or reject the question.",
        )
    _idle(tx, [link for link in (waiting, taken) if link is not None])
    if taken is not None:
        if waiting is not None:
            _retire(tx, waiting)
        join(context, tx, taken, row, "chosen")
        return tx.links.get_many([taken.link_id])[taken.link_id]
    if waiting is not None:
        join(context, tx, waiting, candidate, "chosen")
        return tx.links.get_many([waiting.link_id])[waiting.link_id]
    link = _new_link(context, tx, row, "linked", candidate)
    tx.links.touch([link.link_id])
    return link


def _idle(tx: Tx, links: list[LinkRow]) -> None:
    """Raises UsageError while a write of theirs has no outcome yet."""
    if any(intent.state != "planned" for intent in tx.intents.open_for([link.link_id for link in links]).values()):
        raise UsageError("WriteOpen", "A write of this record has no outcome yet.", "Run `syncer sync`, then decide.")


def _retire(tx: Tx, link: LinkRow) -> None:
    """A link that gave its record away keeps no claim on it."""
    tx.links.update(
        link.link_id, state="tombstone", match_key="", **end_changes("left", "", ""), **end_changes("right", "", "")
    )


def _new_link(context: Context, tx: Tx, row: RecordRow, state: str, counterpart: RecordRow | None = None) -> LinkRow:
    """A link with a key of its own; a key that one of the records carries is taken if nobody has it."""
    ends = [item for item in (row, counterpart) if item is not None]
    carried = [item.sync_key for item in ends if item.sync_key]
    free = [key for key in carried if key not in tx.links.by_sync_keys(carried)]
    by_side = {item.side: item for item in ends}
    left, right = by_side.get("left"), by_side.get("right")
    link = LinkRow(
        link_id=context.entropy.token(),
        kind=context.kind_of(row.side, row.object).kind,
        state=state,
        sync_key=free[0] if free and counterpart is not None else context.entropy.token(),
        left_object=left.object if left else "",
        left_id=left.id if left else "",
        right_object=right.object if right else "",
        right_id=right.id if right else "",
        reason="chosen",
        created_ms=context.clock.now_ms(),
    )
    tx.links.insert([link])
    return link


def create_new(context: Context, name: str) -> LinkRow:
    """The record in question is somebody new: the next run creates it on the other side. Raises UsageError."""
    with context.store.transaction() as tx:
        review = open_review(tx, name)
        row = _asked_about(tx, review)
        if rivals(tx, review):
            raise UsageError(
                "NotSomebodyNew",
                f"{row.id} is what a lead was converted into, and one of the candidates is its counterpart.",
                "Accept it with --choose RECORD_ID, or reject the question.",
            )
        target = other(row.side)
        kind = context.kind_of(row.side, row.object)
        if kind.create_object(target) is None:
            raise UsageError(
                "NoCreate",
                f"The mapping creates no {kind.kind} on the {target}.",
                f"Set {target}.create in {kind.path}.",
            )
        waiting = tx.links.by_records(row.side, row.object, [row.id]).get(row.id)
        if waiting is None:
            link = _new_link(context, tx, row, f"creating_{target}")
        else:
            _idle(tx, [waiting])
            changes = {"state": f"creating_{target}", "reason": "chosen", **end_changes(target, "", "")}
            tx.links.update(waiting.link_id, **changes)
            tx.shadows.delete([waiting.link_id])
            link = tx.links.get_many([waiting.link_id])[waiting.link_id]
        tx.links.touch([link.link_id])
        tx.reviews.drop([name])
        return link


def reject(context: Context, name: str, by: str) -> ReviewRow:
    """Leaves everything as it is; the same question is not asked again while its facts stay the same."""
    with context.store.transaction() as tx:
        review = open_review(tx, name)
        tx.reviews.decide(name, "rejected", by, context.clock.now_ms())
        if review.kind == MEMBERSHIP:
            reject_accounts(context, tx, review, by)
        return review


def hold_named(tx: Tx, name: str) -> HoldRow | None:
    """The held plan of that hash, or of the one hash that begins so."""
    found = [row for row in tx.holds.list() if row.plan_hash.startswith(name)] if name else []
    return found[0] if len(found) == 1 else None


def approve_hold(context: Context, name: str, by: str) -> int:
    """Lets exactly that plan pass, until the ms returned."""
    with context.store.transaction() as tx:
        now_ms = context.clock.now_ms()
        expires_ms = now_ms + context.settings.hold_expires_ms
        tx.holds.approve(name, by, now_ms, expires_ms)
        return expires_ms


def drop_hold(context: Context, name: str) -> None:
    """Forgets the held plan, approved or not; it is held again when it is planned again."""
    with context.store.transaction() as tx:
        tx.holds.drop([name])


def retry_cells(context: Context, rows: list[QuarantineRow]) -> None:
    """The next run tries these cells once more, whatever they were refused with."""
    with context.store.transaction() as tx:
        tx.quarantine.put([replace(row, next_ms=context.clock.now_ms()) for row in rows])
        tx.links.touch(sorted({row.link_id for row in rows}))


def drop_cells(context: Context, rows: list[QuarantineRow]) -> None:
    """Forgets these cells; both sides stay as they are until one of them changes."""
    with context.store.transaction() as tx:
        tx.quarantine.drop([(row.link_id, row.side, row.field) for row in rows])
