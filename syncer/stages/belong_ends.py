"""What belongs to a person or an account that is no subject any more: its keys, its question, and who was matched with
it.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from syncer.store.ports import Tx

KIND: Final = "membership"  # of a question
MATCHED, CONFIRMED, REJECTED = "matched", "confirmed", "rejected"


def question_id(person_link: str) -> str:
    """One for each person; it sorts after the questions that hold a record up."""
    return f"whose-{blake2b(person_link.encode(), digest_size=6).hexdigest()}"


def leave(tx: Tx, link_id: str) -> None:
    """The link ended: nobody finds it or waits for it, and its people are looked at again.

    Part of the transaction that ends it. A link that is healed becomes dirty, and gets its keys again.
    """
    tx.account_keys.replace({link_id: frozenset()})
    members = tx.memberships.of_accounts([link_id])
    tx.links.touch(sorted(row.person_link for row in members if row.how != REJECTED))
    asked = tx.reviews.get(question_id(link_id))
    if asked is not None and asked.state == "open":
        tx.reviews.drop([asked.review_id])
