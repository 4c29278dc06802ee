"""What belongs to a person or an account that is no subject any more: its keys, its question, and who was matched with
it.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from typing import Final

from syncer.store.ports import Tx

KIND: Final = "membership"  # of a question
MATCHED, CONFIRMED, REJECTED = "matched", "confirmed", "rejected"
DECIDED: Final = (CONFIRMED, REJECTED)


def question_id(person_link: str) -> str:
    """One for each person; it sorts after the questions that hold a record up."""
    return f"whose-{blake2b(person_link.encode(), digest_size=6).hexdigest()}"


def leave(tx: Tx, link_id: str, heir: str = "") -> None:
    """The link ended: nobody finds it or waits for it; its people, or its accounts, are looked at again.

    What people decided of it goes on with `heir`, the link that it was merged into. Part of the transaction that ends
    it. A link that is healed becomes dirty, and gets its keys again.
    """
    tx.account_keys.replace({link_id: frozenset()})
    members = [row for row in tx.memberships.of_accounts([link_id]) if row.how != REJECTED]
    mine = [row.account_link for row in tx.memberships.get_many([link_id])[link_id] if row.how != REJECTED]
    tx.links.touch(sorted({*mine, *(row.person_link for row in members)}))
    asked = tx.reviews.get(question_id(link_id))
    if asked is not None and asked.state == "open":
        tx.reviews.drop([asked.review_id])
    if not heir:
        return
    confirmed = [row for row in members if row.how == CONFIRMED]
    tx.memberships.drop([row.person_link for row in confirmed], [CONFIRMED])
    tx.memberships.put([replace(row, account_link=heir) for row in confirmed])
    _inherit(tx, link_id, heir)


def _inherit(tx: Tx, person_link: str, heir: str) -> None:
    """Of two people who are one, what was decided of the one that is left counts before what was of the other."""
    told = tx.memberships.get_many([person_link, heir])
    known = {row.account_link for row in told[heir] if row.how in DECIDED}
    sure = any(row.how == CONFIRMED for row in told[heir])
    decided = [row for row in told[person_link] if row.how in DECIDED]
    tx.memberships.drop([person_link], DECIDED)
    tx.memberships.put(
        [
            replace(row, person_link=heir)
            for row in decided
            if row.account_link not in known and not (sure and row.how == CONFIRMED)
        ]
    )
    tx.links.touch([heir])
