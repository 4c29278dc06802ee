"""Whose a person is: the question, its candidates and what speaks for each, for people to answer or to understand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncer.stages.belong_ends import question_id
from syncer.store.ports import Tx
from syncer.store.rows import LinkRow, ReviewRow


def account_question(tx: Tx, row: ReviewRow) -> dict[str, Any]:
    """What the question says, each candidate with score and reasons, and the commands that answer it."""
    links = tx.links.get_many([str(one["account"]) for one in row.payload["candidates"]])
    candidates = [{**one, "choose": _choice(links.get(str(one["account"])))} for one in row.payload["candidates"]]
    accept = f"syncer review accept {row.review_id}"
    answers = [f"{accept} --choose {one['choose']}   ({one['name']})" for one in candidates if one["choose"]]
    return {
        "says": "Which account does this person belong to?",
        "reasons": list(row.payload["reasons"]),
        "candidates": candidates,
        "answers": [*answers, f"syncer review reject {row.review_id}   (none of them)"],
    }


def _choice(link: LinkRow | None) -> str:
    """The id by which people know the account; "" for one that is gone."""
    if link is None:
        return ""
    return link.left_id or (f"hs:{link.right_id}" if link.right_id else link.link_id)


def open_question(tx: Tx, person_link: str) -> Mapping[str, Any] | None:
    """The question that waits for a person, for `why`."""
    row = tx.reviews.get(question_id(person_link))
    return {"id": row.review_id, **account_question(tx, row)} if row is not None and row.state == "open" else None
