"""References that wait: when a record becomes a subject, the links that point at it are planned again."""

from __future__ import annotations

from collections.abc import Sequence

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
