"""What a run did and left, as one document and one exit code."""

from __future__ import annotations

from typing import Any

from connectors.base import RemoteError
from syncer.errors import Exit
from syncer.stages.context import Context

_AUTH = frozenset({"auth", "permission"})
_BUGS = frozenset({"bug", "schema", "data"})


def summary(context: Context) -> dict[str, Any]:
    """Counts of this run, and what stands open in the state after it."""
    report = context.report
    with context.store.snapshot() as tx:
        quarantined, reviews = tx.quarantine.count(), tx.reviews.count_open()
        open_intents = {f"{side}.{state}": count for (side, state), count in tx.intents.count_open().items()}
        holds = [row for row in tx.holds.list() if row.plan_hash in report.held]
    document: dict[str, Any] = {
        "run": report.run_id,
        "counts": {name: count for name, count in sorted(report.counts.items()) if count},
        "problems": [problem.as_json() for problem in report.problems],
        "paused": {side: _paused(error, context.clock.now_ms()) for side, error in report.paused.items()},
        "held": [
            {"hash": row.plan_hash, "message": row.message, "approve": f"syncer review accept {row.plan_hash}"}
            for row in holds
        ],
        "quarantined": quarantined,
        "reviews": reviews,
        "open_intents": open_intents,
        "calls": {side: sum(context.calls(side).values()) for side in ("left", "right")},
    }
    document["exit_code"] = int(exit_of(context, quarantined + reviews))
    return document


def _paused(error: RemoteError, now_ms: int) -> dict[str, Any]:
    resume_ms = now_ms + int((error.retry_after_s or 60) * 1000)
    return {
        "name": type(error).__name__,
        "code": error.code,
        "message": error.message,
        "action": error.action,
        "resume_ms": resume_ms if error.kind in ("quota", "transient", "unknown") else None,
    }


def exit_of(context: Context, leftovers: int) -> Exit:
    """The gravest thing that happened decides: a bug, a log-in, a wait, a held plan, leftovers or a suspended field."""
    report = context.report
    kinds = {error.kind for error in report.paused.values()}
    if kinds & _BUGS:
        return Exit.FAILED
    if kinds & _AUTH or any(problem.name == "ObjectUnavailable" for problem in report.problems):
        return Exit.DENIED
    if kinds:
        return Exit.TEMPORARY
    if report.held or report.counts.get("awaits_first_approval"):
        return Exit.BREAKER
    suspended = any(problem.name == "FieldSuspended" for problem in report.problems)
    return Exit.LEFTOVERS if leftovers or suspended else Exit.DONE
