"""The tables of what is known beyond the records: claims, documents, providers, verdicts, hand-offs, predictions.

What was said, heard or bought is kept as JSON text even where it is plain text: PostgreSQL takes no NUL in text, JSON
escapes it. So are numbers with a fraction.
"""

from __future__ import annotations

from sqlalchemy import Column

from syncer.store.columns import INTEGER, flag, index, ints, json, key, table, texts

claim = table(
    "claim",
    key("claim_id"),
    texts("subject", "field", "authority", "source"),
    ints("observed_ms"),
    texts("doc_id", "run_id"),
    json("claim"),
    flag("redacted"),
)
index("ix_claim_subject", claim.c.subject, claim.c.observed_ms, claim.c.claim_id)
index("ix_claim_document", claim.c.doc_id, claim.c.claim_id, where="doc_id <> ''")
index("ix_claim_source", claim.c.source, claim.c.claim_id)

document = table(
    "document",
    key("doc_id"),
    texts("side", "object", "remote_id", "kind"),
    ints("said_ms"),
    json("title"),
    json("text"),
    json("speaker"),
    json("meta"),
    texts("text_hash"),
    ints("read_ms"),
    texts("state", "heard_by"),
    json("about", "pairs"),
    flag("redacted"),
)
index("ix_document_state", document.c.state, document.c.doc_id)
index("ix_document_heard", document.c.heard_by, document.c.state, document.c.doc_id, where="heard_by <> ''")

document_about = table("document_about", key("doc_id", "side", "object", "id"), sqlite_with_rowid=False)
index("ix_document_about_record", *(document_about.c[name] for name in ("side", "object", "id", "doc_id")))

objection = table(
    "objection",
    key("doc_id"),
    Column("ordinal", INTEGER, primary_key=True, nullable=False, autoincrement=False),
    texts("subject", "kind", "root_source"),
    json("quote"),
    ints("start", "end", "said_ms"),
)
index("ix_objection_said", objection.c.said_ms, objection.c.doc_id, objection.c.ordinal)
index("ix_objection_subject", objection.c.subject, objection.c.said_ms)

ask = table(
    "ask",
    key("provider", "key"),
    json("fields", "items"),
    texts("state"),
    ints("asked_ms", "until_ms", "misses"),
    texts("inputs", "ref"),
)
index("ix_ask_due", ask.c.until_ms, ask.c.provider, ask.c.key, where="until_ms > 0")
index("ix_ask_key", ask.c.key, ask.c.provider)
index("ix_ask_state", ask.c.provider, ask.c.state)

spend = table(
    "spend",
    key("spend_id"),
    texts("provider", "run_id", "day"),
    ints("reserved", "spent"),
    texts("state"),
    ints("at_ms", "questions"),
)
index("ix_spend_day", spend.c.day, spend.c.at_ms, spend.c.spend_id)
index("ix_spend_open", spend.c.spend_id, where="state = 'reserved'")
index("ix_spend_provider", spend.c.provider, spend.c.day, spend.c.run_id)
index("ix_spend_run", spend.c.run_id, spend.c.provider)

provider = table(
    "provider",
    key("provider"),
    ints("open_until_ms"),
    texts("reason"),
    ints("failures", "hits", "misses", "asked"),
)

verdict = table(
    "verdict",
    key("link_id"),
    texts("kind", "definition", "version", "content", "status", "stage", "line"),
    json("verdict"),
    json("shown"),
    ints("at_ms", "due_ms"),
    texts("run_id"),
)
index("ix_verdict_due", verdict.c.due_ms, verdict.c.link_id, where="due_ms > 0")
index("ix_verdict_kind", verdict.c.kind, verdict.c.link_id)
index("ix_verdict_status", verdict.c.kind, verdict.c.status)

verdict_history = table(
    "verdict_history",
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    texts("link_id", "kind", "definition", "version", "content", "from_status", "to_status", "reason"),
    ints("at_ms"),
    texts("run_id"),
    json("verdict"),
    sqlite_autoincrement=True,
)
index("ix_verdict_history_link", verdict_history.c.link_id, verdict_history.c.seq)
index("ix_verdict_history_moves", verdict_history.c.at_ms, verdict_history.c.seq, where="from_status <> to_status")

membership = table(
    "membership",
    key("person_link", "account_link"),
    texts("how"),
    json("score"),
    json("reasons"),
    ints("at_ms"),
)
index("ix_membership_account", membership.c.account_link, membership.c.person_link)

account_key = table("account_key", key("kind", "value", "link_id"), sqlite_with_rowid=False)
index("ix_account_key_link", account_key.c.link_id)

hand_off = table(
    "hand_off",
    key("hand_off_id"),
    texts("link_id", "status", "state", "owner_id", "task_id", "first_step"),
    ints("made_ms", "due_ms", "sent_ms", "answered_ms", "ended_ms"),
    texts("reason"),
    json("payload"),
    texts("pool"),
    ints("breached_ms"),
)
index("ix_hand_off_link", hand_off.c.link_id, hand_off.c.made_ms)
index("ix_hand_off_made", hand_off.c.made_ms, hand_off.c.hand_off_id)
index("ix_hand_off_pool", hand_off.c.pool, hand_off.c.made_ms, where="owner_id <> ''")
index("ix_hand_off_state", hand_off.c.state, hand_off.c.made_ms, hand_off.c.hand_off_id)

notice = table(
    "notice",
    key("notice_id"),
    texts("hand_off_id", "channel", "state"),
    ints("attempts", "next_ms"),
    json("payload"),
)
index("ix_notice_due", notice.c.next_ms, notice.c.notice_id, where="state = 'owed'")

prediction = table(
    "prediction",
    key("prediction_id"),
    texts("subject", "fact"),
    json("value"),
    json("probability"),
    json("interval", "items"),
    json("basis"),
    texts("model_id"),
    ints("made_ms", "expires_ms"),
    texts("state"),
    flag("shown"),
    json("answer"),
    ints("answered_ms"),
    texts("account_key"),
)
index("ix_prediction_state", prediction.c.state, prediction.c.prediction_id)
index("ix_prediction_subject", prediction.c.subject, prediction.c.made_ms)
index("ix_prediction_fact", prediction.c.fact, prediction.c.prediction_id, where="state = 'open'")

model = table("model", key("model_id"), texts("fact"), ints("made_ms"), flag("live"), texts("why"), json("report"))
index("uq_model_live", model.c.fact, unique=True, where="live = 1")

kept_list = table(
    "kept_list",
    key("list_key"),
    texts("side", "object", "name", "remote_id", "state", "declared"),
    ints("made_ms", "looked_ms"),
)
list_member = table(
    "list_member", key("list_key", "link_id"), texts("object", "remote_id", "state"), sqlite_with_rowid=False
)
