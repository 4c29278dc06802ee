"""The rows that stages and store exchange: plain data, one class a table.

Times are ms since 1970 in UTC, ids are text, `values` and the like are JSON objects. Empty text means "none" in id and
key columns of these classes; the tables may store NULL there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.base import Raw, SideName


@dataclass(slots=True)  # made for every record of every page: a frozen one costs five times as much to make
class RecordRow:
    """The newest observation of one remote record. Never changed, only replaced."""

    side: SideName
    object: str
    id: str
    mod_ms: int  # the remote's own stamp
    read_start_ms: int  # our clock before the read left
    values: Mapping[str, Raw]
    presence: str  # connectors.base.Presence, or "invisible"
    sync_key: str = ""  # our key as the record carries it
    keys: tuple[tuple[str, str], ...] = ()  # natural keys, canonical: (("email", "a@b.c"), ...)
    successor: Mapping[str, str] = field(default_factory=dict)  # merged or converted: object -> id that goes on
    merged_ids: tuple[str, ...] = ()  # ids that this record consumed
    gone_since_ms: int = 0  # first positive evidence that it is gone; 0: none
    settled_ms: int = 0  # reads started before this are older than our own last settled write
    dirty_seq: int = 0
    planned_seq: int = 0


@dataclass(frozen=True, slots=True)
class LinkRow:
    """The identity of one subject on both sides.

    States: creating_left, creating_right, linked, broken (a side is gone), split (two links fell together),
    ambiguous (a person decides), tombstone.
    """

    link_id: str
    kind: str
    state: str
    sync_key: str
    left_object: str = ""
    left_id: str = ""
    right_object: str = ""
    right_id: str = ""
    match_key: str = ""  # natural key it was matched by; unique per kind while creating or linked
    reason: str = ""  # how it was matched, or why it is not linked
    version: int = 1
    created_ms: int = 0


@dataclass(frozen=True, slots=True)
class AliasRow:
    """An id that a link once had: merge losers, converted leads."""

    side: SideName
    object: str
    id: str
    link_id: str
    reason: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class ShadowRow:
    """The base: what each side held when the link was last settled, by canonical field name, raw as stored there.

    `cells`: field name -> {"rule", "agreed", "left_writer", "right_writer"}; "_mod": {"left", "right"} stamps then.
    """

    link_id: str
    left: Mapping[str, Raw]
    right: Mapping[str, Raw]
    cells: Mapping[str, Any]
    rule_epoch: int
    settled_seq: int


@dataclass(frozen=True, slots=True)
class IntentRow:
    """One write we owe or may have made.

    States: planned, sent, unknown (open); applied (answered, not yet read back, open); settled, stale, superseded,
    quarantined, rejected (closed). `fields`: canonical name -> {"field", "expected", "new", "effect"}; names with a
    leading "_" are ours (cross-reference) and not part of the base.
    """

    intent_id: str
    run_id: str
    link_id: str
    kind: str
    side: SideName
    op: str  # connectors.base.Op
    object: str
    remote_id: str
    key: str
    fields: Mapping[str, Mapping[str, Any]]
    guard_ms: int
    state: str
    klass: str
    code: str
    attempts: int
    not_before_ms: int
    attempt_id: str
    sent_ms: int
    basis_hash: str
    gated: bool
    created_ms: int
    closed_ms: int = 0
    guarded: bool = False  # the guard was sent and honoured


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One call that carries writes; open while its outcome is unknown (`outcome` empty)."""

    attempt_id: str
    side: SideName
    endpoint: str
    sent_ms: int
    items: int
    outcome: str


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A value that was overwritten though nobody agreed to lose it.

    States: proposed (with the intent), effective (applied), withdrawn (never happened), restored.
    """

    seq: int
    run_id: str
    link_id: str
    side: SideName
    object: str
    remote_id: str
    field: str
    loser: Raw
    winner: Raw
    base: Raw
    rule: str
    reason: str
    loser_at_ms: int
    winner_at_ms: int
    state: str
    intent_id: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """One cell (field `*`: the record) that cannot travel; retried when its input changes or `next_ms` has come."""

    link_id: str
    side: SideName
    field: str
    klass: str
    code: str
    message: str
    action: str
    input_fingerprint: str
    attempts: int
    next_ms: int
    since_ms: int


@dataclass(frozen=True, slots=True)
class DependencyRow:
    """A reference that waits for its target to be linked: (child link, field) -> parent record."""

    child_link: str
    field: str
    parent_side: SideName
    parent_object: str
    parent_id: str


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A class of writes that the breaker took out of a plan. `cells`: sample for people."""

    plan_hash: str
    kind: str
    side: SideName
    op: str
    field: str
    value: str
    count: int
    total: int
    allowed: int
    message: str
    sample: tuple[Mapping[str, Any], ...]
    created_ms: int
    approved_by: str = ""
    approved_ms: int = 0
    expires_ms: int = 0
    cells: tuple[str, ...] = ()  # what was held, each cell by its digest: an approval is for these and no others


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """Something that a person decides: an ambiguous link, a conflict under the review rule, a split pair.

    States: open, accepted, rejected.
    """

    review_id: str
    kind: str
    link_id: str
    side: SideName
    object: str
    remote_id: str
    field: str
    payload: Mapping[str, Any]
    state: str
    created_ms: int
    decided_by: str = ""
    decided_ms: int = 0


@dataclass(frozen=True, slots=True)
class SuspendedRow:
    """A mapped field that a side no longer has, or refuses to us: not read, not written, never taken for blank."""

    side: SideName
    object: str
    field: str  # the remote's name
    klass: str  # schema | permission
    reason: str
    action: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class CursorRow:
    """How far a stream was read. Streams: incremental, vanished, backfill, sweep."""

    side: SideName
    object: str
    stream: str
    watermark_ms: int = 0
    window_lo_ms: int = 0
    window_hi_ms: int = 0
    page_token: str = ""  # empty with window_hi_ms > 0: at the start of the window
    complete: bool = False  # backfill, sweep: read to the end once
    started_ms: int = 0
    finished_ms: int = 0


@dataclass(frozen=True, slots=True)
class SchemaRow:
    side: SideName
    object: str
    hash: str
    json: Mapping[str, Any]
    seen_ms: int


@dataclass(frozen=True, slots=True)
class MetaRow:
    """What this state belongs to. Empty account ids: a state that has met no system yet."""

    left_org: str = ""
    right_portal: str = ""
    rule_epoch: int = 1
    mapping_hash: str = ""
    approved_first_sync: bool = False
    first_sync_done_ms: int = 0
    canary: Mapping[str, Any] = field(default_factory=dict)  # kind -> link id read each run


@dataclass(frozen=True, slots=True)
class RunRow:
    run_id: str
    kind: str  # sync | apply | undo | audit
    started_ms: int
    ended_ms: int
    outcome: str  # running, done, paused, failed, interrupted
    counts: Mapping[str, int]
    calls: Mapping[str, int]
    problems: tuple[Mapping[str, Any], ...] = ()
