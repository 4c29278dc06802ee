"""The tables: STRICT on SQLite, the same on PostgreSQL. Text, 64-bit integers and nothing else.

JSON is kept as canonical text (sorted keys) on both databases, so that equal content is equal text and a value can be
redacted in place; ids sort by bytes on both (collation "C"), so that the same state gives the same plan. Nothing is
NULL: empty text and zero mean "none". Constraints carry names, which `errors` turns into sentences.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint

from syncer.store import knowledge_tables  # noqa: F401  where these are known, all tables of a state are
from syncer.store.columns import INTEGER, flag, index, ints, json, key, table, texts
from syncer.store.columns import metadata as metadata  # with all tables in it

OPEN_STATES = ("planned", "sent", "unknown", "applied")
OPEN = "state IN ('planned', 'sent', 'unknown', 'applied')"
LIVE_LINK = "state <> 'tombstone'"
MATCHING_LINK = "match_key <> '' AND state IN ('creating_left', 'creating_right', 'linked')"


record = table(
    "record",
    key("side", "object", "id"),
    ints("mod_ms", "read_start_ms"),
    json("values"),
    texts("presence", "sync_key"),
    json("keys", "pairs"),
    json("successor"),
    json("merged_ids", "items"),
    ints("gone_since_ms", "settled_ms", "dirty_seq", "planned_seq"),
)
index("ix_record_dirty", record.c.dirty_seq, where="dirty_seq > planned_seq")
index("ix_record_ended", record.c.side, record.c.object, where="presence <> 'live'")
index("ix_record_sync_key", record.c.sync_key, where="sync_key <> ''")
index("ix_record_gone", record.c.side, record.c.object, record.c.id, where="gone_since_ms > 0")

record_key = table("record_key", key("side", "object", "id", "name", "value"), sqlite_with_rowid=False)
index("ix_record_key_value", record_key.c.name, record_key.c.value)

counter = table("counter", key("name"), ints("value"))

link = table(
    "link",
    key("link_id"),
    texts("kind", "state", "sync_key", "left_object", "left_id", "right_object", "right_id", "match_key", "reason"),
    ints("version", "created_ms"),
)
index("uq_link_left", link.c.left_object, link.c.left_id, unique=True, where=f"left_id <> '' AND {LIVE_LINK}")
index("uq_link_right", link.c.right_object, link.c.right_id, unique=True, where=f"right_id <> '' AND {LIVE_LINK}")
index("uq_link_sync_key", link.c.sync_key, unique=True, where="sync_key <> ''")
index("uq_link_match_key", link.c.kind, link.c.match_key, unique=True, where=MATCHING_LINK)
index("ix_link_state", link.c.kind, link.c.state, link.c.link_id)

alias = table(
    "alias",
    key("side", "object", "id"),
    texts("link_id", "reason"),
    ints("since_ms"),
    [ForeignKeyConstraint(["link_id"], ["link.link_id"], deferrable=True, initially="DEFERRED")],
)
index("ix_alias_link", alias.c.link_id)

shadow = table(
    "shadow",
    key("link_id"),
    json("left"),
    json("right"),
    json("cells"),
    ints("rule_epoch", "settled_seq"),
    [ForeignKeyConstraint(["link_id"], ["link.link_id"], deferrable=True, initially="DEFERRED")],
)

intent = table(
    "intent",
    key("intent_id"),
    texts("run_id", "link_id", "kind", "side", "op", "object", "remote_id", "key"),
    json("fields"),
    ints("guard_ms"),
    texts("state", "klass", "code"),
    ints("attempts", "not_before_ms"),
    texts("attempt_id"),
    ints("sent_ms"),
    texts("basis_hash"),
    flag("gated"),
    ints("created_ms", "closed_ms"),
    flag("guarded"),
)
index("uq_intent_open", intent.c.link_id, unique=True, where=OPEN)
index("ix_intent_open", intent.c.state, intent.c.intent_id, where=OPEN)
index(
    "ix_intent_due",  # in the order of sending, so that a batch is read off it
    *(intent.c[name] for name in ("side", "kind", "op", "object", "created_ms", "intent_id", "not_before_ms")),
    where="state = 'planned' AND gated = 1",
)
index("ix_intent_sent", intent.c.sent_ms, where="sent_ms > 0")
index("ix_intent_link", intent.c.link_id, intent.c.created_ms)
index("ix_intent_run", intent.c.run_id)

attempt = table("attempt", key("attempt_id"), texts("side", "endpoint"), ints("sent_ms", "items"), texts("outcome"))
index("ix_attempt_open", attempt.c.attempt_id, where="outcome = ''")

journal = table(
    "journal",
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    texts("run_id", "link_id", "side", "object", "remote_id", "field"),
    json("loser"),
    json("winner"),
    json("base"),
    texts("rule", "reason"),
    ints("loser_at_ms", "winner_at_ms"),
    texts("state", "intent_id"),
    ints("at_ms"),
    sqlite_autoincrement=True,
)
index("ix_journal_link", journal.c.link_id, journal.c.field)
index("ix_journal_run", journal.c.run_id)
index("ix_journal_proposed", journal.c.intent_id, where="state = 'proposed'")

quarantine = table(
    "quarantine",
    key("link_id", "side", "field"),
    texts("klass", "code", "message", "action", "input_fingerprint"),
    ints("attempts", "next_ms", "since_ms"),
)
index("ix_quarantine_next", quarantine.c.next_ms)

dependency = table("dependency", key("child_link", "field"), texts("parent_side", "parent_object", "parent_id"))
index("ix_dependency_parent", dependency.c.parent_side, dependency.c.parent_object, dependency.c.parent_id)

hold = table(
    "hold",
    key("plan_hash"),
    texts("kind", "side", "op", "field", "value"),
    ints("count", "total", "allowed"),
    texts("message"),
    json("sample", "items"),
    ints("created_ms"),
    texts("approved_by"),
    ints("approved_ms", "expires_ms"),
    json("cells", "items"),
)

review = table(
    "review",
    key("review_id"),
    texts("kind", "link_id", "side", "object", "remote_id", "field"),
    json("payload"),
    texts("state"),
    ints("created_ms"),
    texts("decided_by"),
    ints("decided_ms"),
)
index("ix_review_state", review.c.state, review.c.review_id)

suspended = table("suspended", key("side", "object", "field"), texts("klass", "reason", "action"), ints("since_ms"))

stream_cursor = table(
    "stream_cursor",
    key("side", "object", "stream"),
    ints("watermark_ms", "window_lo_ms", "window_hi_ms"),
    texts("page_token"),
    flag("complete"),
    ints("started_ms", "finished_ms"),
)

schema_snapshot = table("schema_snapshot", key("side", "object"), texts("hash"), json("json"), ints("seen_ms"))

meta = table(
    "meta",
    Column("one", INTEGER, primary_key=True, autoincrement=False),
    texts("left_org", "right_portal"),
    ints("rule_epoch"),
    texts("mapping_hash"),
    flag("approved_first_sync"),
    ints("first_sync_done_ms"),
    json("canary"),
)

run = table(
    "run",
    key("run_id"),
    texts("kind"),
    ints("started_ms", "ended_ms"),
    texts("outcome"),
    json("counts"),
    json("calls"),
    json("problems", "items"),
)
index("ix_run_started", run.c.started_ms)

lease = table("lease", key("shard"), texts("holder"), ints("token", "since_ms"))
