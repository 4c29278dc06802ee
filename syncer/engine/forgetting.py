"""What is too old to be undone or put back is let go of, so that the state stays as large as the pair."""

from __future__ import annotations

from syncer.stages.context import Context

DAY_MS = 86_400_000


def forget(context: Context) -> None:
    """Deletes writes, attempts and runs past their time, and the journal past its own. One transaction."""
    now_ms, keep = context.clock.now_ms(), context.settings
    with context.store.transaction() as tx:
        gone = tx.intents.prune(now_ms - keep.keep_writes_ms)
        gone += tx.attempts.prune(now_ms - keep.keep_writes_ms)
        gone += tx.runs.prune(now_ms - keep.keep_writes_ms)
        gone += tx.journal.prune(now_ms - keep.keep_journal_ms)
    context.report.count("forgotten", gone)


def forget_daily(context: Context) -> None:
    """Forgets once a run is a day past its time: for pairs that nobody audits, at a day's distance and no oftener."""
    with context.store.snapshot() as tx:
        oldest_ms = tx.runs.oldest_ms()
    if oldest_ms is not None and oldest_ms < context.clock.now_ms() - context.settings.keep_writes_ms - DAY_MS:
        forget(context)
