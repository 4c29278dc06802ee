"""Dispatch: verify-read, mark sent, send, record the outcome; then settle (T4 to T7).

The order of commits is the promise: journal before sent, sent before the network, read-back before adoption. A process
that dies after `sent` leaves an unknown outcome, which `recover` resolves by reading; nothing is sent twice blindly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.base import Op, SideName, Write
from syncer.core.fields import KindMap
from syncer.stages.context import KEY_FIELD, Context
from syncer.stages.outcomes import record_outcomes
from syncer.stages.settle import settle
from syncer.stages.verify import verify
from syncer.store.ports import Tx
from syncer.store.rows import AttemptRow, IntentRow


def dispatch(context: Context, kind: KindMap, side: SideName) -> int:
    """Sends what is planned, gated and due for one side; returns how many writes were settled.

    Ends when nothing is due or the side was paused. Intents that cool down are waited for, since the wait is bounded by
    the cool-down itself.
    """
    settled = 0
    while context.active(side):
        batch = _due(context, kind, side)
        if not batch:
            break
        ready = verify(context, kind, side, batch)
        if not ready:
            continue
        sent = _mark_sent(context, side, ready)
        context.probe("sent")
        outcomes = context.remotes[side].write([as_write(side, row) for row in sent])
        context.probe("answered")
        applied = record_outcomes(context, kind, side, sent, outcomes)
        settled += settle(context, kind, side, applied)
    return settled


def _due(context: Context, kind: KindMap, side: SideName) -> list[IntentRow]:
    """The next batch, all of one operation and object so that it fits one call; waits out a cool-down."""
    while True:
        now_ms = context.clock.now_ms()
        with context.store.snapshot() as tx:
            rows = tx.intents.next_batch(side, kind.kind, now_ms, context.settings.verify_batch)
            soonest_ms = None if rows else tx.intents.next_due_ms(side, kind.kind)
        if rows:
            return [row for row in rows if (row.op, row.object) == (rows[0].op, rows[0].object)]
        if soonest_ms is None or soonest_ms - now_ms > context.settings.cool_down_ms:
            return []
        context.clock.sleep(max(soonest_ms - now_ms, 1) / 1000)


def _mark_sent(context: Context, side: SideName, rows: Sequence[IntentRow]) -> list[IntentRow]:
    """Commits "this may have happened" before the network hears of it (T5)."""
    attempt_id, now_ms = context.entropy.token(), context.clock.now_ms()
    endpoint = f"{rows[0].object} {rows[0].op}"
    with context.store.transaction() as tx:
        for row in rows:
            _assert_journaled(tx, row)
        tx.attempts.open(AttemptRow(attempt_id, side, endpoint, now_ms, len(rows), ""))
        tx.intents.update_many([row.intent_id for row in rows], state="sent", attempt_id=attempt_id, sent_ms=now_ms)
    return [replace(row, state="sent", attempt_id=attempt_id, sent_ms=now_ms) for row in rows]


def _assert_journaled(tx: Tx, row: IntentRow) -> None:
    """I3: what would be lost is durable before the network can hear of the write."""
    losing = {name for name, cell in row.fields.items() if cell.get("loses")}
    if losing:
        proposed = tx.journal.list(link_id=row.link_id, states=("proposed",))
        assert losing <= {item.field for item in proposed if item.intent_id == row.intent_id}, "a loss without journal"


def as_write(side: SideName, row: IntentRow) -> Write:
    """The intent in the connector's words; absolute values only."""
    create = row.op == Op.CREATE.value
    values: Mapping[str, Any] = {cell["field"]: cell["new"] for cell in row.fields.values()}
    return Write(
        write_id=row.intent_id,
        op=Op(row.op),
        object=row.object,
        values=values,
        id=None if create else row.remote_id,
        key_field=KEY_FIELD[side] if create else None,
        key=row.key if create else None,
        unmodified_since_ms=row.guard_ms if row.guard_ms and side == "left" and not create else None,
    )
