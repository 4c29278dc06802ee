"""The search index's lag: what search still sees of records that changed a moment ago.

The index is eventually consistent and gives no bound. Here each change becomes visible at a drawn moment, in the order
of a record's own changes; until then search sees the version before it, which may be no record at all.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.hubspot.store import StoredRecord


@dataclass(slots=True)
class SearchIndex:
    """Versions that search must still show instead of the stored ones, by record id."""

    pending: dict[int, deque[tuple[int, StoredRecord | None]]] = field(default_factory=dict)
    heap: list[tuple[int, int]] = field(default_factory=list)

    def defer(self, record_id: int, before: StoredRecord | None, visible_ms: int) -> None:
        """Keeps `before` visible until `visible_ms`; a later change of one record never shows before an earlier one."""
        versions = self.pending.setdefault(record_id, deque())
        if versions:
            visible_ms = max(visible_ms, versions[-1][0])
        versions.append((visible_ms, before))
        heapq.heappush(self.heap, (visible_ms, record_id))

    def drain(self, now_ms: int) -> bool:
        """Lets go of every version whose time is over; true when search now sees something else."""
        changed = False
        while self.heap and self.heap[0][0] <= now_ms:
            _, record_id = heapq.heappop(self.heap)
            versions = self.pending[record_id]
            versions.popleft()
            if not versions:
                del self.pending[record_id]
            changed = True
        return changed

    def shown(self, record_id: int) -> StoredRecord | None:
        """The version search shows of a pending record."""
        return self.pending[record_id][0][1]
