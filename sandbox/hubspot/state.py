"""All that one portal remembers, and the few operations that every room of the model needs."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from sandbox.hubspot.associations import Associations
from sandbox.hubspot.auth import Tokens
from sandbox.hubspot.consent import Consent
from sandbox.hubspot.draws import Draws
from sandbox.hubspot.forms import Forms
from sandbox.hubspot.limits import Limits
from sandbox.hubspot.lists import Lists
from sandbox.hubspot.owners import Owners
from sandbox.hubspot.pipelines import Pipelines
from sandbox.hubspot.settings import PortalSettings
from sandbox.hubspot.store import ObjectStore, Source, StoredRecord
from sandbox.kernel import Ledger, SandboxClock

Changes = dict[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes an edit: the ledger's actor and the property history's source."""

    actor: str
    source: Source
    request_id: str = ""


CALCULATED = Author("automation", Source("CALCULATED", "PropertyCalculation", "Calculated", None))
WORKFLOW = Author("automation", Source("AUTOMATION_PLATFORM", "enrollmentId:1", "Workflow", None))


@dataclass(order=True, slots=True)
class Due:
    """Work the portal does later by itself: calculated properties, automatic associations."""

    at_ms: int
    number: int
    work: str = field(compare=False)
    object: str = field(compare=False)
    id: int = field(compare=False)


@dataclass(slots=True)
class PortalState:
    """The model's memory. Single-threaded; every change of a record goes through `sandbox.hubspot.records`."""

    settings: PortalSettings
    clock: SandboxClock
    draws: Draws
    ledger: Ledger
    stores: dict[str, ObjectStore]
    associations: Associations
    tokens: Tokens
    limits: Limits
    owners: Owners
    pipelines: Pipelines
    lists: Lists
    consent: Consent
    forms: Forms
    automation: Callable[[str, str, Mapping[str, tuple[Any, Any]], str], Mapping[str, Any] | None] | None = None
    agenda: list[Due] = field(default_factory=list)
    agenda_count: int = 0

    def now_ms(self) -> int:
        return self.clock.now_ms()

    def live_id(self, object_name: str, record_id: int) -> int | None:
        """The live record an id stands for, through merges."""
        record = self.stores[object_name].live(record_id)
        return None if record is None else record.id

    def author(self, actor: str, request_id: str = "") -> Author:
        """The author behind an actor of the ledger: people edit in the user interface, the rest by the API."""
        if actor.startswith("human:"):
            user_id = self.owners.user_id(actor.removeprefix("human:"))
            return Author(actor, Source("CRM_UI", f"userId:{user_id}", "CRM UI", user_id), request_id)
        if actor == "automation":
            return WORKFLOW
        app_id = self.settings.app_id if actor == "engine:syncer" else 500_000 + crc32(actor.encode()) % 100_000
        return Author(actor, Source("INTEGRATION", str(app_id), actor.rpartition(":")[2], None), request_id)

    def later(self, work: str, object_name: str, record_id: int, lag_ms: tuple[int, int], from_ms: int) -> None:
        """Puts work on the agenda; (0, 0) means never."""
        if lag_ms == (0, 0):
            return
        self.agenda_count += 1
        due_ms = from_ms + self.draws.between(f"lag.{work}", *lag_ms)
        heapq.heappush(self.agenda, Due(due_ms, self.agenda_count, work, object_name, record_id))

    def defer_search(self, store: ObjectStore, record: StoredRecord | None, record_id: int, now_ms: int) -> None:
        """Lets search see the record as it was until the index has caught up; call before the change."""
        low, high = self.settings.index_lag_ms
        if high <= 0:
            return
        visible_ms = now_ms + self.draws.between("index", low, high)
        store.index.defer(record_id, None if record is None or record.archived_ms else record.copy(), visible_ms)
