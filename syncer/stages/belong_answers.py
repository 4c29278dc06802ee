"""What people say to the question whose a person is. Their word is kept with the pair, and no match overrules it.

An answer is part of the transaction of `decide` and writes to no CRM.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from syncer.errors import UsageError
from syncer.stages.belong_ends import CONFIRMED, MATCHED, REJECTED
from syncer.stages.belong_lookup import LIVING
from syncer.stages.context import Context
from syncer.store.knowledge_rows import MembershipRow
from syncer.store.ports import Tx
from syncer.store.rows import ReviewRow


def confirm_account(context: Context, tx: Tx, review: ReviewRow, account: str, by: str) -> dict[str, Any]:
    """The person belongs to that account, which is given by our id or by one of its records: our id and its name.

    Raises UsageError for what is no candidate, or not there any more.
    """
    name, candidates = review.review_id, {str(one["account"]): one for one in review.payload["candidates"]}
    links = tx.links.get_many(sorted(candidates))
    chosen = next((one for one in links.values() if account in (one.link_id, one.left_id, one.right_id)), None)
    if chosen is None:
        known = ", ".join(one.left_id or one.right_id or one.link_id for one in links.values())
        raise UsageError(
            "NoCandidate",
            f"{account} is no candidate for {name}; the candidates are: {known}.",
            "Choose one of them, or reject the question.",
        )
    if chosen.state not in LIVING:
        raise UsageError("CandidateGone", f"{account} is not there any more.", "Run `syncer sync`, then look again.")
    told = candidates[chosen.link_id]
    _say(context, tx, review, CONFIRMED, [told], by)
    tx.reviews.decide(name, "accepted", by, context.clock.now_ms())
    return {"account": chosen.link_id, "name": told["name"]}


def reject_accounts(context: Context, tx: Tx, review: ReviewRow, by: str) -> None:
    """The person belongs to none of the candidates: none of these pairs is matched or asked about again."""
    _say(context, tx, review, REJECTED, review.payload["candidates"], by)


def _say(context: Context, tx: Tx, review: ReviewRow, how: str, candidates: Sequence[dict[str, Any]], by: str) -> None:
    now_ms, person = context.clock.now_ms(), review.link_id
    tx.memberships.drop([person], [MATCHED])
    rows = []
    for one in candidates:
        told = {"because": one["reasons"], "by": by}
        rows.append(MembershipRow(person, str(one["account"]), how, float(one["score"]), told, now_ms))
    tx.memberships.put(rows)
    tx.links.touch([person])
