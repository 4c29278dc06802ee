"""What waits for a subject: references that point at it, and documents that were heard of what it has taken over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connectors.base import SideName
from syncer.store.ports import Tx


def wake_dependents(tx: Tx, side: SideName, object_name: str, ids: Sequence[str]) -> int:
    """Makes the waiting links dirty and forgets that they waited; how many there were.

    Part of the transaction that links the parent, so that no wake-up is lost with a crash.
    """
    waiting = tx.dependencies.waiting_for(side, object_name, ids)
    tx.links.touch(sorted({row.child_link for row in waiting}))
    tx.dependencies.drop([(row.child_link, row.field) for row in waiting])
    return len(waiting)


_DOCUMENTS: Final = 10_000  # of one person


def wake_documents(tx: Tx, link_id: str) -> None:
    """Has what was said of the link's records heard again: some of it was claimed of another link so far."""
    rows = tx.documents.of_subject(link_id, _DOCUMENTS)
    heard = [row.doc_id for row in rows if row.state == "heard"]
    if heard:
        tx.documents.set_state(heard, "new", "")
