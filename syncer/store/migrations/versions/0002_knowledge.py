"""Claims, documents, providers, verdicts, hand-offs and predictions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INTEGER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _text(*names: str) -> list[sa.Column]:
    return [sa.Column(name, TEXT, nullable=False) for name in names]


def _int(*names: str) -> list[sa.Column]:
    return [sa.Column(name, INTEGER, nullable=False) for name in names]


def _primary(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=f"pk_{table}")


def _index(name: str, table: str, *columns: str, unique: bool = False, where: str = "") -> None:
    condition = sa.text(where) if where else None
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def _said() -> None:
    op.create_table(
        "claim",
        *_text("claim_id", "subject", "field", "authority", "source"),
        *_int("observed_ms"),
        *_text("doc_id", "run_id", "claim"),
        *_int("redacted"),
        _primary("claim", "claim_id"),
        sqlite_strict=True,
    )
    _index("ix_claim_document", "claim", "doc_id", "claim_id", where="doc_id <> ''")
    _index("ix_claim_source", "claim", "source", "claim_id")
    _index("ix_claim_subject", "claim", "subject", "observed_ms", "claim_id")
    op.create_table(
        "document",
        *_text("doc_id", "side", "object", "remote_id", "kind"),
        *_int("said_ms"),
        *_text("title", "text", "speaker", "meta", "text_hash"),
        *_int("read_ms"),
        *_text("state", "heard_by", "about"),
        *_int("redacted"),
        _primary("document", "doc_id"),
        sqlite_strict=True,
    )
    _index("ix_document_heard", "document", "heard_by", "state", "doc_id", where="heard_by <> ''")
    _index("ix_document_state", "document", "state", "doc_id")
    op.create_table(
        "document_about",
        *_text("doc_id", "side", "object", "id"),
        _primary("document_about", "doc_id", "side", "object", "id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    _index("ix_document_about_record", "document_about", "side", "object", "id", "doc_id")
    op.create_table(
        "objection",
        *_text("doc_id"),
        sa.Column("ordinal", INTEGER, nullable=False, autoincrement=False),
        *_text("subject", "kind", "root_source", "quote"),
        *_int("start", "end", "said_ms"),
        _primary("objection", "doc_id", "ordinal"),
        sqlite_strict=True,
    )
    _index("ix_objection_said", "objection", "said_ms", "doc_id", "ordinal")
    _index("ix_objection_subject", "objection", "subject", "said_ms")


def _bought() -> None:
    op.create_table(
        "ask",
        *_text("provider", "key", "fields", "state"),
        *_int("asked_ms", "until_ms", "misses"),
        *_text("inputs", "ref"),
        _primary("ask", "provider", "key"),
        sqlite_strict=True,
    )
    _index("ix_ask_due", "ask", "until_ms", "provider", "key", where="until_ms > 0")
    _index("ix_ask_key", "ask", "key", "provider")
    _index("ix_ask_state", "ask", "provider", "state")
    op.create_table(
        "spend",
        *_text("spend_id", "provider", "run_id", "day"),
        *_int("reserved", "spent"),
        *_text("state"),
        *_int("at_ms", "questions"),
        _primary("spend", "spend_id"),
        sqlite_strict=True,
    )
    _index("ix_spend_day", "spend", "day", "at_ms", "spend_id")
    _index("ix_spend_open", "spend", "spend_id", where="state = 'reserved'")
    _index("ix_spend_provider", "spend", "provider", "day", "run_id")
    _index("ix_spend_run", "spend", "run_id", "provider")
    op.create_table(
        "provider",
        *_text("provider"),
        *_int("open_until_ms"),
        *_text("reason"),
        *_int("failures", "hits", "misses", "asked"),
        _primary("provider", "provider"),
        sqlite_strict=True,
    )


def _judged() -> None:
    op.create_table(
        "verdict",
        *_text("link_id", "kind", "definition", "version", "content", "status", "stage", "line", "verdict", "shown"),
        *_int("at_ms", "due_ms"),
        *_text("run_id"),
        _primary("verdict", "link_id"),
        sqlite_strict=True,
    )
    _index("ix_verdict_due", "verdict", "due_ms", "link_id", where="due_ms > 0")
    _index("ix_verdict_kind", "verdict", "kind", "link_id")
    _index("ix_verdict_status", "verdict", "kind", "status")
    op.create_table(
        "verdict_history",
        sa.Column("seq", INTEGER, nullable=False, autoincrement=True),
        *_text("link_id", "kind", "definition", "version", "content", "from_status", "to_status", "reason"),
        *_int("at_ms"),
        *_text("run_id", "verdict"),
        _primary("verdict_history", "seq"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    _index("ix_verdict_history_link", "verdict_history", "link_id", "seq")
    _index("ix_verdict_history_moves", "verdict_history", "at_ms", "seq", where="from_status <> to_status")
    op.create_table(
        "membership",
        *_text("person_link", "account_link", "how", "score", "reasons"),
        *_int("at_ms"),
        _primary("membership", "person_link", "account_link"),
        sqlite_strict=True,
    )
    _index("ix_membership_account", "membership", "account_link", "person_link")


def _handed_over() -> None:
    op.create_table(
        "hand_off",
        *_text("hand_off_id", "link_id", "status", "state", "owner_id", "task_id", "first_step"),
        *_int("made_ms", "due_ms", "sent_ms", "answered_ms", "ended_ms"),
        *_text("reason", "payload", "pool"),
        *_int("breached_ms"),
        _primary("hand_off", "hand_off_id"),
        sqlite_strict=True,
    )
    _index("ix_hand_off_link", "hand_off", "link_id", "made_ms")
    _index("ix_hand_off_made", "hand_off", "made_ms", "hand_off_id")
    _index("ix_hand_off_pool", "hand_off", "pool", "made_ms", where="owner_id <> ''")
    _index("ix_hand_off_state", "hand_off", "state", "made_ms", "hand_off_id")
    op.create_table(
        "notice",
        *_text("notice_id", "hand_off_id", "channel", "state"),
        *_int("attempts", "next_ms"),
        *_text("payload"),
        _primary("notice", "notice_id"),
        sqlite_strict=True,
    )
    _index("ix_notice_due", "notice", "next_ms", "notice_id", where="state = 'owed'")


def _guessed() -> None:
    op.create_table(
        "prediction",
        *_text("prediction_id", "subject", "fact", "value", "probability", "interval", "basis", "model_id"),
        *_int("made_ms", "expires_ms"),
        *_text("state"),
        *_int("shown"),
        *_text("answer"),
        *_int("answered_ms"),
        *_text("account_key"),
        _primary("prediction", "prediction_id"),
        sqlite_strict=True,
    )
    _index("ix_prediction_state", "prediction", "state", "prediction_id")
    _index("ix_prediction_subject", "prediction", "subject", "made_ms")
    op.create_table(
        "model",
        *_text("model_id", "fact"),
        *_int("made_ms", "live"),
        *_text("why", "report"),
        _primary("model", "model_id"),
        sqlite_strict=True,
    )
    _index("uq_model_live", "model", "fact", unique=True, where="live = 1")


def upgrade() -> None:
    _said()
    _bought()
    _judged()
    _handed_over()
    _guessed()
