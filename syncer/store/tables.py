"""The tables: STRICT on SQLite, the same on PostgreSQL. Text, 64-bit integers and nothing else.

JSON is kept as canonical text (sorted keys) on both databases, so that equal content is equal text and a value can be
redacted in place; ids sort by bytes on both (collation "C"), so that the same state gives the same plan. Nothing is
NULL: empty text and zero mean "none". Constraints carry names, which `errors` turns into sentences.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, Integer, MetaData, Table, Text, text

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

TEXT = Text().with_variant(Text(collation="C"), "postgresql")
INTEGER = BigInteger().with_variant(Integer, "sqlite")

OPEN_STATES = ("planned", "sent", "unknown", "applied")
OPEN = "state IN ('planned', 'sent', 'unknown', 'applied')"
LIVE_LINK = "state <> 'tombstone'"
MATCHING_LINK = "match_key <> '' AND state IN ('creating_left', 'creating_right', 'linked')"


def _key(*names: str) -> list[Column]:
    return [Column(name, TEXT, primary_key=True, nullable=False) for name in names]


def _text(*names: str) -> list[Column]:
    return [Column(name, TEXT, nullable=False) for name in names]


def _int(*names: str) -> list[Column]:
    return [Column(name, INTEGER, nullable=False) for name in names]


def _flag(name: str) -> Column:
    """0 or 1."""
    return Column(name, INTEGER, nullable=False, info={"form": "flag"})


def _json(name: str, form: str = "json") -> Column:
    """Canonical JSON text. `form`, in a row: json (as it is), items (a tuple), pairs (a tuple of tuples)."""
    return Column(name, TEXT, nullable=False, info={"form": form})


def _table(name: str, *columns: Column | list[Column], **options: object) -> Table:
    flat = [one for item in columns for one in (item if isinstance(item, list) else [item])]
    return Table(name, metadata, *flat, sqlite_strict=True, **options)


def _index(name: str, *columns: Column, unique: bool = False, where: str = "") -> Index:
    condition = text(where) if where else None
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


record = _table(
    "record",
    _key("side", "object", "id"),
    _int("mod_ms", "read_start_ms"),
    _json("values"),
    _text("presence", "sync_key"),
    _json("keys", "pairs"),
    _json("successor"),
    _json("merged_ids", "items"),
    _int("gone_since_ms", "settled_ms", "dirty_seq", "planned_seq"),
)
_index("ix_record_dirty", record.c.dirty_seq, where="dirty_seq > planned_seq")
_index("ix_record_ended", record.c.side, record.c.object, where="presence <> 'live'")
_index("ix_record_sync_key", record.c.sync_key, where="sync_key <> ''")
_index("ix_record_gone", record.c.side, record.c.object, record.c.id, where="gone_since_ms > 0")

record_key = _table("record_key", _key("side", "object", "id", "name", "value"), sqlite_with_rowid=False)
_index("ix_record_key_value", record_key.c.name, record_key.c.value)

counter = _table("counter", _key("name"), _int("value"))

link = _table(
    "link",
    _key("link_id"),
    _text("kind", "state", "sync_key", "left_object", "left_id", "right_object", "right_id", "match_key", "reason"),
    _int("version", "created_ms"),
)
_index("uq_link_left", link.c.left_object, link.c.left_id, unique=True, where=f"left_id <> '' AND {LIVE_LINK}")
_index("uq_link_right", link.c.right_object, link.c.right_id, unique=True, where=f"right_id <> '' AND {LIVE_LINK}")
_index("uq_link_sync_key", link.c.sync_key, unique=True, where="sync_key <> ''")
_index("uq_link_match_key", link.c.kind, link.c.match_key, unique=True, where=MATCHING_LINK)
_index("ix_link_state", link.c.kind, link.c.state, link.c.link_id)

alias = _table(
    "alias",
    _key("side", "object", "id"),
    _text("link_id", "reason"),
    _int("since_ms"),
    [ForeignKeyConstraint(["link_id"], ["link.link_id"], deferrable=True, initially="DEFERRED")],
)
_index("ix_alias_link", alias.c.link_id)

shadow = _table(
    "shadow",
    _key("link_id"),
    _json("left"),
    _json("right"),
    _json("cells"),
    _int("rule_epoch", "settled_seq"),
    [ForeignKeyConstraint(["link_id"], ["link.link_id"], deferrable=True, initially="DEFERRED")],
)

intent = _table(
    "intent",
    _key("intent_id"),
    _text("run_id", "link_id", "kind", "side", "op", "object", "remote_id", "key"),
    _json("fields"),
    _int("guard_ms"),
    _text("state", "klass", "code"),
    _int("attempts", "not_before_ms"),
    _text("attempt_id"),
    _int("sent_ms"),
    _text("basis_hash"),
    _flag("gated"),
    _int("created_ms", "closed_ms"),
    _flag("guarded"),
)
_index("uq_intent_open", intent.c.link_id, unique=True, where=OPEN)
_index("ix_intent_open", intent.c.state, intent.c.intent_id, where=OPEN)
_index(
    "ix_intent_due",  # in the order of sending, so that a batch is read off it
    *(intent.c[name] for name in ("side", "kind", "op", "object", "created_ms", "intent_id", "not_before_ms")),
    where="state = 'planned' AND gated = 1",
)
_index("ix_intent_sent", intent.c.sent_ms, where="sent_ms > 0")
_index("ix_intent_link", intent.c.link_id, intent.c.created_ms)
_index("ix_intent_run", intent.c.run_id)

attempt = _table("attempt", _key("attempt_id"), _text("side", "endpoint"), _int("sent_ms", "items"), _text("outcome"))
_index("ix_attempt_open", attempt.c.attempt_id, where="outcome = ''")

journal = _table(
    "journal",
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    _text("run_id", "link_id", "side", "object", "remote_id", "field"),
    _json("loser"),
    _json("winner"),
    _json("base"),
    _text("rule", "reason"),
    _int("loser_at_ms", "winner_at_ms"),
    _text("state", "intent_id"),
    _int("at_ms"),
    sqlite_autoincrement=True,
)
_index("ix_journal_link", journal.c.link_id, journal.c.field)
_index("ix_journal_run", journal.c.run_id)
_index("ix_journal_proposed", journal.c.intent_id, where="state = 'proposed'")

quarantine = _table(
    "quarantine",
    _key("link_id", "side", "field"),
    _text("klass", "code", "message", "action", "input_fingerprint"),
    _int("attempts", "next_ms", "since_ms"),
)
_index("ix_quarantine_next", quarantine.c.next_ms)

dependency = _table("dependency", _key("child_link", "field"), _text("parent_side", "parent_object", "parent_id"))
_index("ix_dependency_parent", dependency.c.parent_side, dependency.c.parent_object, dependency.c.parent_id)

hold = _table(
    "hold",
    _key("plan_hash"),
    _text("kind", "side", "op", "field", "value"),
    _int("count", "total", "allowed"),
    _text("message"),
    _json("sample", "items"),
    _int("created_ms"),
    _text("approved_by"),
    _int("approved_ms", "expires_ms"),
)

review = _table(
    "review",
    _key("review_id"),
    _text("kind", "link_id", "side", "object", "remote_id", "field"),
    _json("payload"),
    _text("state"),
    _int("created_ms"),
    _text("decided_by"),
    _int("decided_ms"),
)
_index("ix_review_state", review.c.state, review.c.review_id)

suspended = _table("suspended", _key("side", "object", "field"), _text("klass", "reason", "action"), _int("since_ms"))

stream_cursor = _table(
    "stream_cursor",
    _key("side", "object", "stream"),
    _int("watermark_ms", "window_lo_ms", "window_hi_ms"),
    _text("page_token"),
    _flag("complete"),
    _int("started_ms", "finished_ms"),
)

schema_snapshot = _table("schema_snapshot", _key("side", "object"), _text("hash"), _json("json"), _int("seen_ms"))

meta = _table(
    "meta",
    Column("one", INTEGER, primary_key=True, autoincrement=False),
    _text("left_org", "right_portal"),
    _int("rule_epoch"),
    _text("mapping_hash"),
    _flag("approved_first_sync"),
    _int("first_sync_done_ms"),
    _json("canary"),
)

run = _table(
    "run",
    _key("run_id"),
    _text("kind"),
    _int("started_ms", "ended_ms"),
    _text("outcome"),
    _json("counts"),
    _json("calls"),
    _json("problems", "items"),
)
_index("ix_run_started", run.c.started_ms)

lease = _table("lease", _key("shard"), _text("holder"), _int("token", "since_ms"))
