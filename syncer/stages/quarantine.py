"""Quarantine: one cell that cannot travel is parked with what it was refused with; everything else flows on.

Released when its input changes (another fingerprint), or when its time comes; never in a hot loop.
"""

from __future__ import annotations

from syncer.stages.context import Context
from syncer.stages.intents import CREATING
from syncer.stages.plan import LinkPlan, Obstacle
from syncer.store.ports import Tx
from syncer.store.rows import QuarantineRow


def quarantine(context: Context, tx: Tx, link_id: str, obstacle: Obstacle) -> None:
    """Parks the cell; refused again with the same input it waits twice as long, up to a day."""
    before = tx.quarantine.get(link_id, obstacle.side, obstacle.name)
    now = context.clock.now_ms()
    same = before is not None and before.input_fingerprint == obstacle.fingerprint
    if before is not None and same and before.next_ms > now:
        return
    attempts = before.attempts + 1 if before is not None and same else 1
    wait_ms = min(context.settings.retry_first_ms * 2 ** min(attempts - 1, 20), context.settings.retry_last_ms)
    row = QuarantineRow(
        link_id=link_id,
        side=obstacle.side,
        field=obstacle.name,
        klass=obstacle.klass,
        code=obstacle.code,
        message=obstacle.message,
        action=obstacle.action,
        input_fingerprint=obstacle.fingerprint,
        attempts=attempts,
        next_ms=now + wait_ms,
        since_ms=before.since_ms if before is not None else now,
    )
    tx.quarantine.put([row])
    context.report.count("quarantined")


def release(tx: Tx, plan: LinkPlan, rows: list[QuarantineRow]) -> None:
    """Forgets the cells of a link that have no obstacle any more, and a refused record that owes nothing any more."""
    standing = plan.parked | {(item.side, item.name) for item in plan.obstacles}
    written = {(side, item.name) for side, writes in plan.writes.items() for item in writes}
    owed = {side for side, writes in plan.writes.items() if writes} | {CREATING.get(plan.link.state)}
    over = [
        row
        for row in rows
        if (row.side not in owed if row.field == "*" else (row.side, row.field) not in standing | written)
    ]
    tx.quarantine.drop([(row.link_id, row.side, row.field) for row in over])


def wake_due(context: Context, limit: int = 10_000) -> int:
    """Makes the links of cells whose waiting time is over dirty, so that they are tried once more."""
    with context.store.transaction() as tx:
        due = tx.quarantine.due(context.clock.now_ms(), limit)
        tx.links.touch(sorted({row.link_id for row in due}))
    return len(due)
