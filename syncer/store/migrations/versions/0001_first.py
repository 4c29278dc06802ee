"""All tables of the first state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INTEGER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _text(*names: str) -> list[sa.Column]:
    return [sa.Column(name, TEXT, nullable=False) for name in names]


def _int(*names: str) -> list[sa.Column]:
    return [sa.Column(name, INTEGER, nullable=False) for name in names]


def _primary(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=f"pk_{table}")


def _of_link(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_link"
    return sa.ForeignKeyConstraint(["link_id"], ["link.link_id"], name=name, deferrable=True, initially="DEFERRED")


def _index(name: str, table: str, *columns: str, unique: bool = False, where: str = "") -> None:
    condition = sa.text(where) if where else None
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def _observations() -> None:
    op.create_table(
        "record",
        *_text("side", "object", "id"),
        *_int("mod_ms", "read_start_ms"),
        *_text("values", "presence", "sync_key", "keys", "successor", "merged_ids"),
        *_int("gone_since_ms", "settled_ms", "dirty_seq", "planned_seq"),
        _primary("record", "side", "object", "id"),
        sqlite_strict=True,
    )
    _index("ix_record_dirty", "record", "dirty_seq", where="dirty_seq > planned_seq")
    _index("ix_record_ended", "record", "side", "object", where="presence <> 'live'")
    _index("ix_record_gone", "record", "side", "object", "id", where="gone_since_ms > 0")
    _index("ix_record_sync_key", "record", "sync_key", where="sync_key <> ''")
    op.create_table(
        "record_key",
        *_text("side", "object", "id", "name", "value"),
        _primary("record_key", "side", "object", "id", "name", "value"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    _index("ix_record_key_value", "record_key", "name", "value")
    op.create_table(
        "counter",
        *_text("name"),
        *_int("value"),
        _primary("counter", "name"),
        sqlite_strict=True,
    )


def _positions() -> None:
    op.create_table(
        "stream_cursor",
        *_text("side", "object", "stream"),
        *_int("watermark_ms", "window_lo_ms", "window_hi_ms"),
        *_text("page_token"),
        *_int("complete", "started_ms", "finished_ms"),
        _primary("stream_cursor", "side", "object", "stream"),
        sqlite_strict=True,
    )
    op.create_table(
        "schema_snapshot",
        *_text("side", "object", "hash", "json"),
        *_int("seen_ms"),
        _primary("schema_snapshot", "side", "object"),
        sqlite_strict=True,
    )
    op.create_table(
        "suspended",
        *_text("side", "object", "field", "klass", "reason", "action"),
        *_int("since_ms"),
        _primary("suspended", "side", "object", "field"),
        sqlite_strict=True,
    )
    op.create_table(
        "meta",
        sa.Column("one", INTEGER, nullable=False, autoincrement=False),
        *_text("left_org", "right_portal"),
        *_int("rule_epoch"),
        *_text("mapping_hash"),
        *_int("approved_first_sync", "first_sync_done_ms"),
        *_text("canary"),
        _primary("meta", "one"),
        sqlite_strict=True,
    )
    op.create_table(
        "run",
        *_text("run_id", "kind"),
        *_int("started_ms", "ended_ms"),
        *_text("outcome", "counts", "calls", "problems"),
        _primary("run", "run_id"),
        sqlite_strict=True,
    )
    _index("ix_run_started", "run", "started_ms")
    op.create_table(
        "lease",
        *_text("shard", "holder"),
        *_int("token", "since_ms"),
        _primary("lease", "shard"),
        sqlite_strict=True,
    )


def _identity() -> None:
    op.create_table(
        "link",
        *_text(
            "link_id",
            "kind",
            "state",
            "sync_key",
            "left_object",
            "left_id",
            "right_object",
            "right_id",
            "match_key",
            "reason",
        ),
        *_int("version", "created_ms"),
        _primary("link", "link_id"),
        sqlite_strict=True,
    )
    _index("ix_link_state", "link", "kind", "state", "link_id")
    _index(
        "uq_link_left", "link", "left_object", "left_id", unique=True, where="left_id <> '' AND state <> 'tombstone'"
    )
    _index(
        "uq_link_match_key",
        "link",
        "kind",
        "match_key",
        unique=True,
        where="match_key <> '' AND state IN ('creating_left', 'creating_right', 'linked')",
    )
    _index(
        "uq_link_right",
        "link",
        "right_object",
        "right_id",
        unique=True,
        where="right_id <> '' AND state <> 'tombstone'",
    )
    _index("uq_link_sync_key", "link", "sync_key", unique=True, where="sync_key <> ''")
    op.create_table(
        "alias",
        *_text("side", "object", "id", "link_id", "reason"),
        *_int("since_ms"),
        _primary("alias", "side", "object", "id"),
        _of_link("alias"),
        sqlite_strict=True,
    )
    _index("ix_alias_link", "alias", "link_id")
    op.create_table(
        "shadow",
        *_text("link_id", "left", "right", "cells"),
        *_int("rule_epoch", "settled_seq"),
        _primary("shadow", "link_id"),
        _of_link("shadow"),
        sqlite_strict=True,
    )


def _references() -> None:
    op.create_table(
        "dependency",
        *_text("child_link", "field", "parent_side", "parent_object", "parent_id"),
        _primary("dependency", "child_link", "field"),
        sqlite_strict=True,
    )
    _index("ix_dependency_parent", "dependency", "parent_side", "parent_object", "parent_id")


def _outbox() -> None:
    op.create_table(
        "intent",
        *_text("intent_id", "run_id", "link_id", "kind", "side", "op", "object", "remote_id", "key", "fields"),
        *_int("guard_ms"),
        *_text("state", "klass", "code"),
        *_int("attempts", "not_before_ms"),
        *_text("attempt_id"),
        *_int("sent_ms"),
        *_text("basis_hash"),
        *_int("gated", "created_ms", "closed_ms", "guarded"),
        _primary("intent", "intent_id"),
        sqlite_strict=True,
    )
    _index(
        "ix_intent_due",
        "intent",
        "side",
        "kind",
        "op",
        "object",
        "created_ms",
        "intent_id",
        "not_before_ms",
        where="state = 'planned' AND gated = 1",
    )
    _index("ix_intent_link", "intent", "link_id", "created_ms")
    _index("ix_intent_open", "intent", "state", "intent_id", where="state IN ('planned', 'sent', 'unknown', 'applied')")
    _index("ix_intent_run", "intent", "run_id")
    _index("ix_intent_sent", "intent", "sent_ms", where="sent_ms > 0")
    _index(
        "uq_intent_open", "intent", "link_id", unique=True, where="state IN ('planned', 'sent', 'unknown', 'applied')"
    )
    op.create_table(
        "attempt",
        *_text("attempt_id", "side", "endpoint"),
        *_int("sent_ms", "items"),
        *_text("outcome"),
        _primary("attempt", "attempt_id"),
        sqlite_strict=True,
    )
    _index("ix_attempt_open", "attempt", "attempt_id", where="outcome = ''")


def _losses() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", INTEGER, nullable=False, autoincrement=True),
        *_text(
            "run_id", "link_id", "side", "object", "remote_id", "field", "loser", "winner", "base", "rule", "reason"
        ),
        *_int("loser_at_ms", "winner_at_ms"),
        *_text("state", "intent_id"),
        *_int("at_ms"),
        _primary("journal", "seq"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    _index("ix_journal_link", "journal", "link_id", "field")
    _index("ix_journal_proposed", "journal", "intent_id", where="state = 'proposed'")
    _index("ix_journal_run", "journal", "run_id")


def _decisions() -> None:
    op.create_table(
        "quarantine",
        *_text("link_id", "side", "field", "klass", "code", "message", "action", "input_fingerprint"),
        *_int("attempts", "next_ms", "since_ms"),
        _primary("quarantine", "link_id", "side", "field"),
        sqlite_strict=True,
    )
    _index("ix_quarantine_next", "quarantine", "next_ms")
    op.create_table(
        "review",
        *_text("review_id", "kind", "link_id", "side", "object", "remote_id", "field", "payload", "state"),
        *_int("created_ms"),
        *_text("decided_by"),
        *_int("decided_ms"),
        _primary("review", "review_id"),
        sqlite_strict=True,
    )
    _index("ix_review_state", "review", "state", "review_id")
    op.create_table(
        "hold",
        *_text("plan_hash", "kind", "side", "op", "field", "value"),
        *_int("count", "total", "allowed"),
        *_text("message", "sample"),
        *_int("created_ms"),
        *_text("approved_by"),
        *_int("approved_ms", "expires_ms"),
        _primary("hold", "plan_hash"),
        sqlite_strict=True,
    )


def upgrade() -> None:
    _observations()
    _positions()
    _identity()
    _references()
    _outbox()
    _losses()
    _decisions()
    op.execute("INSERT INTO counter (name, value) VALUES ('dirty', 0)")
    op.execute("INSERT INTO lease (shard, holder, token, since_ms) VALUES ('state', '', 0, 0)")
