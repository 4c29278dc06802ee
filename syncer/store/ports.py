"""What the stages may ask of a store, whatever database it stands on.

Every method runs inside the transaction that `Tx` stands for: all of it is committed or none. Whatever feeds a decision
comes back in a fixed order (by id, or as said), so that the same state always gives the same plan.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from connectors.base import SideName
from syncer.store.knowledge_ports import (
    AccountKeys,
    Asks,
    Claims,
    Documents,
    HandOffs,
    Lists,
    Memberships,
    Models,
    Notices,
    Objections,
    Predictions,
    Providers,
    Spends,
    Verdicts,
)
from syncer.store.rows import (
    AliasRow,
    AttemptRow,
    CursorRow,
    DependencyRow,
    HoldRow,
    IntentRow,
    JournalRow,
    LinkRow,
    MetaRow,
    QuarantineRow,
    RecordRow,
    ReviewRow,
    RunRow,
    SchemaRow,
    ShadowRow,
    SuspendedRow,
)

Objects = Sequence[tuple[SideName, str]]


class Records(Protocol):
    def upsert(self, rows: Sequence[RecordRow]) -> int:
        """Stores observations, monotonically; how many records became dirty by it.

        A row is dropped when its mod_ms is lower than the stored one, when at an equal stamp its read began earlier,
        and when its read began before `settled_ms`. A record becomes dirty (next dirty_seq) only when values,
        presence, sync_key, successor or merged_ids differ from what is stored; keys are replaced with it, and whoever
        still carries a natural key that is given up so becomes dirty as well.
        dirty_seq, planned_seq, settled_ms and gone_since_ms of the rows given are ignored.
        """

    def get_many(self, side: SideName, object_name: str, ids: Sequence[str]) -> dict[str, RecordRow]: ...
    def dirty(self, objects: Objects, limit: int, after_seq: int = 0) -> list[RecordRow]:
        """Records with dirty_seq > planned_seq, in dirty_seq order."""

    def dirty_unlinked(self, objects: Objects, limit: int, after_seq: int = 0) -> list[RecordRow]:
        """Those of `dirty` that belong to no link, neither directly nor by alias."""

    def mark_planned(self, keys: Sequence[tuple[SideName, str, str, int]]) -> None:
        """(side, object, id, dirty_seq as read): planned_seq := that dirty_seq, so a later change stays dirty."""

    def touch(self, side: SideName, object_name: str, ids: Sequence[str]) -> None:
        """Makes records dirty again without a change."""

    def touch_all(self, objects: Objects) -> int: ...
    def mark_gone(self, side: SideName, object_name: str, ids: Sequence[str], at_ms: int) -> None:
        """Notes the first positive evidence (gone_since_ms, kept if set); presence stays."""

    def clear_gone(self, side: SideName, object_name: str, ids: Sequence[str]) -> None: ...
    def suspected(self, limit: int) -> list[RecordRow]:
        """Records with gone_since_ms > 0 whose presence is still live."""

    def set_presence(self, side: SideName, object_name: str, ids: Sequence[str], presence: str) -> None:
        """Sets it and makes them dirty where it differs."""

    def set_settled(self, keys: Sequence[tuple[SideName, str, str]], at_ms: int) -> None: ...
    def with_key(self, objects: Objects, name: str, values: Sequence[str]) -> list[RecordRow]:
        """Live records whose natural key `name` is one of the values, by (side, object, id)."""

    def with_sync_key(self, objects: Objects, sync_keys: Sequence[str]) -> list[RecordRow]: ...
    def iterate(self, side: SideName, object_name: str, after_id: str, limit: int) -> list[RecordRow]:
        """In id order, whatever the presence."""

    def count(self, side: SideName, object_name: str) -> int:
        """Live ones."""

    def count_dirty(self) -> int: ...


class Links(Protocol):
    def get_many(self, link_ids: Sequence[str]) -> dict[str, LinkRow]: ...
    def by_records(self, side: SideName, object_name: str, ids: Sequence[str]) -> dict[str, LinkRow]:
        """Remote id -> its link, directly or through an alias; tombstones left out."""

    def by_sync_keys(self, sync_keys: Sequence[str]) -> dict[str, LinkRow]: ...
    def by_match_keys(self, kind: str, match_keys: Sequence[str]) -> dict[str, LinkRow]:
        """Links in creating_* or linked."""

    def insert(self, rows: Sequence[LinkRow]) -> None:
        """Raises StoreConflictError where a live remote id, a sync_key or a match_key is already taken."""

    def update(self, link_id: str, **changes: Any) -> None:
        """Sets columns of LinkRow and adds one to `version`. Raises StoreConflictError as `insert`."""

    def delete(self, link_ids: Sequence[str]) -> None:
        """Forgets links that never led to a write."""

    def touch(self, link_ids: Sequence[str]) -> None:
        """Makes the records of these links dirty."""

    def iterate(self, kind: str, states: Sequence[str], after_id: str, limit: int) -> list[LinkRow]:
        """By link_id; `kind` empty: every kind."""

    def count_by_state(self) -> dict[tuple[str, str], int]:
        """(kind, state) -> number."""

    def add_aliases(self, rows: Sequence[AliasRow]) -> None:
        """An id that already is an alias is pointed anew."""

    def aliases_of(self, link_id: str) -> list[AliasRow]: ...


class Shadows(Protocol):
    def get_many(self, link_ids: Sequence[str]) -> dict[str, ShadowRow]: ...
    def put(self, rows: Sequence[ShadowRow]) -> None: ...
    def delete(self, link_ids: Sequence[str]) -> None: ...


class Intents(Protocol):
    def plan(self, rows: Sequence[IntentRow]) -> None:
        """Raises StoreConflictError where a link has an open intent already (one open intent per link)."""

    def get_many(self, intent_ids: Sequence[str]) -> dict[str, IntentRow]: ...
    def open_for(self, link_ids: Sequence[str]) -> dict[str, IntentRow]:
        """link_id -> its intent in planned, sent, unknown or applied."""

    def planned(self, kind: str, after_id: str, limit: int) -> list[IntentRow]:
        """Planned ones by intent_id, gated or not; `kind` empty: every kind."""

    def drop_planned(self, intent_ids: Sequence[str]) -> None:
        """Deletes them where still planned."""

    def gate(self, intent_ids: Sequence[str]) -> None:
        """The breaker let them pass."""

    def next_batch(self, side: SideName, kind: str, now_ms: int, limit: int) -> list[IntentRow]:
        """Planned, gated, not_before_ms <= now, ordered (op, object, created_ms, intent_id)."""

    def next_due_ms(self, side: SideName, kind: str) -> int | None:
        """The smallest not_before_ms of planned, gated ones."""

    def unresolved(self, side: SideName, states: Sequence[str], limit: int, after_id: str = "") -> list[IntentRow]:
        """By intent_id: sent, unknown, applied."""

    def update(self, intent_id: str, **changes: Any) -> None: ...
    def update_many(self, intent_ids: Sequence[str], **changes: Any) -> None: ...
    def of_run(self, run_id: str, states: Sequence[str]) -> list[IntentRow]: ...
    def of_link(self, link_id: str, limit: int) -> list[IntentRow]:
        """Newest first."""

    def sent_values(self, link_id: str, side: SideName, since_ms: int) -> list[IntentRow]:
        """Closed ones sent since then, newest first: coercion loops and zombies are told by them."""

    def earlier_counts(self, since_ms: int) -> dict[tuple[SideName, str, str, str], int]:
        """(side, kind, effect, field) -> cells sent since then; creates and archives count as field `*`.

        Cells marked `approved` were a person's word and do not count.
        """

    def count_open(self) -> dict[tuple[SideName, str], int]:
        """(side, state) -> number."""

    def prune(self, before_ms: int) -> int:
        """Deletes closed ones older than that."""


class Attempts(Protocol):
    def open(self, row: AttemptRow) -> None: ...
    def close(self, attempt_id: str, outcome: str) -> None: ...
    def prune(self, before_ms: int) -> int:
        """Deletes those sent before that."""


class Journal(Protocol):
    def propose(self, rows: Sequence[JournalRow]) -> None:
        """`seq` is given by the store."""

    def add(self, rows: Sequence[JournalRow]) -> None:
        """As they are, state included (races found after the write)."""

    def set_state(self, intent_id: str, state: str, fields: Sequence[str] | None = None) -> None:
        """Of rows of that intent that are still proposed; `fields` limits it to some."""

    def mark(self, seq: int, state: str) -> None: ...
    def prune(self, before_ms: int) -> int:
        """Deletes rows older than that, but for those whose write is still open."""

    def get(self, seq: int) -> JournalRow | None: ...
    def list(
        self, link_id: str = "", run_id: str = "", states: Sequence[str] = (), limit: int = 1000
    ) -> list[JournalRow]:
        """Newest first; empty arguments do not restrict."""


class Quarantine(Protocol):
    def get(self, link_id: str, side: SideName, field: str) -> QuarantineRow | None: ...
    def for_links(self, link_ids: Sequence[str]) -> list[QuarantineRow]: ...
    def put(self, rows: Sequence[QuarantineRow]) -> None: ...
    def drop(self, keys: Sequence[tuple[str, SideName, str]]) -> None: ...
    def list(self, limit: int = 1000) -> list[QuarantineRow]: ...
    def due(self, now_ms: int, limit: int) -> list[QuarantineRow]: ...
    def count(self) -> int: ...


class Dependencies(Protocol):
    def put(self, row: DependencyRow) -> None: ...
    def waiting_for(self, side: SideName, object_name: str, ids: Sequence[str]) -> list[DependencyRow]: ...
    def drop(self, keys: Sequence[tuple[str, str]]) -> None: ...


class Reviews(Protocol):
    def add(self, row: ReviewRow) -> None:
        """Keeps one that is there, unless it is closed and its payload differs: then it is open again."""

    def get(self, review_id: str) -> ReviewRow | None: ...
    def list(self, state: str = "open", limit: int = 1000) -> list[ReviewRow]: ...
    def open_about(self, kind: str, side: SideName, object_name: str, ids: Sequence[str]) -> builtins.list[ReviewRow]:
        """Open ones of that kind about these remote ids, by review_id."""

    def decide(self, review_id: str, state: str, by: str, at_ms: int) -> None: ...
    def drop(self, review_ids: Sequence[str]) -> None: ...
    def count_open(self) -> int:
        """Those for which a record waits: proposals and whose a person is hold nothing up, and are left out."""


class Suspended(Protocol):
    def list(self) -> list[SuspendedRow]: ...
    def put(self, rows: Sequence[SuspendedRow]) -> None: ...
    def drop(self, keys: Sequence[tuple[SideName, str, str]]) -> None: ...


class Holds(Protocol):
    def put(self, rows: Sequence[HoldRow]) -> None:
        """An approval that is there is kept."""

    def get(self, plan_hash: str) -> HoldRow | None: ...
    def list(self) -> list[HoldRow]: ...
    def approve(self, plan_hash: str, by: str, at_ms: int, expires_ms: int) -> None: ...
    def drop(self, plan_hashes: Sequence[str]) -> None: ...


class Cursors(Protocol):
    def get(self, side: SideName, object_name: str, stream: str) -> CursorRow | None: ...
    def put(self, row: CursorRow) -> None: ...
    def list(self) -> list[CursorRow]: ...


class Schemas(Protocol):
    def get(self, side: SideName, object_name: str) -> SchemaRow | None: ...
    def put(self, row: SchemaRow) -> None: ...


class Meta(Protocol):
    def get(self) -> MetaRow: ...
    def put(self, row: MetaRow) -> None: ...


class Runs(Protocol):
    def put(self, row: RunRow) -> None:
        """Inserts or replaces."""

    def get(self, run_id: str) -> RunRow | None: ...
    def list(self, limit: int) -> list[RunRow]:
        """Newest first."""

    def oldest_ms(self) -> int | None:
        """When the first of those that are kept began."""

    def prune(self, before_ms: int) -> int:
        """Deletes those begun before that."""


class Tx(Protocol):
    """One transaction's view of the store."""

    records: Records
    links: Links
    shadows: Shadows
    intents: Intents
    attempts: Attempts
    journal: Journal
    quarantine: Quarantine
    dependencies: Dependencies
    reviews: Reviews
    suspended: Suspended
    holds: Holds
    cursors: Cursors
    schemas: Schemas
    meta: Meta
    runs: Runs
    claims: Claims
    documents: Documents
    objections: Objections
    asks: Asks
    spends: Spends
    providers: Providers
    verdicts: Verdicts
    memberships: Memberships
    account_keys: AccountKeys
    hand_offs: HandOffs
    notices: Notices
    predictions: Predictions
    models: Models
    lists: Lists


class Store(Protocol):
    """The state of one pair of systems."""

    def transaction(self) -> AbstractContextManager[Tx]:
        """Everything in it is committed at its end, or nothing when it raises. One writer at a time."""

    def snapshot(self) -> AbstractContextManager[Tx]:
        """A consistent view for reading; writing through it raises."""

    def close(self) -> None: ...


__all__ = ["Objects", "Store", "Tx"]
