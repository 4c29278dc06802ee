"""Where everything stands, read from the state alone: no system is asked, and nobody's run is disturbed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from syncer.store.ports import Tx
from syncer.store.rows import CursorRow, RunRow

DAY_MS = 86_400_000
RUNS_SHOWN = 10
RUNS_READ = 2_000  # a day of runs at one a minute


def status(tx: Tx, now_ms: int, api_shares: Mapping[str, float]) -> dict[str, Any]:
    """The whole picture as one document. `api_shares`: side -> share of its daily calls that may be used."""
    meta = tx.meta.get()
    runs = tx.runs.list(RUNS_READ)
    last = next((row for row in runs if row.kind in ("sync", "apply") and row.outcome != "running"), None)
    return {
        "now_ms": now_ms,
        "left_org": meta.left_org,
        "right_portal": meta.right_portal,
        "first_sync": {"approved": meta.approved_first_sync, "done_ms": meta.first_sync_done_ms},
        "runs": [_run(row) for row in runs[:RUNS_SHOWN]],
        "streams": _streams(tx.cursors.list(), now_ms),
        "dirty": tx.records.count_dirty(),
        "links": {f"{kind}.{state}": count for (kind, state), count in tx.links.count_by_state().items()},
        "open_intents": {f"{side}.{state}": count for (side, state), count in tx.intents.count_open().items()},
        "calls": _calls(runs, now_ms, api_shares),
        "quarantined": tx.quarantine.count(),
        "reviews": tx.reviews.count_open(),
        "holds": [
            {
                "hash": row.plan_hash,
                "message": row.message,
                "approved_by": row.approved_by,
                "expires_ms": row.expires_ms,
            }
            for row in tx.holds.list()
        ],
        "suspended": [
            {
                "side": row.side,
                "object": row.object,
                "field": row.field,
                "reason": row.reason,
                "action": row.action,
                "since_ms": row.since_ms,
            }
            for row in tx.suspended.list()
        ],
        "unguarded": last.counts.get("unguarded", 0) if last is not None else 0,
    }


def _run(row: RunRow) -> dict[str, Any]:
    return {
        "run": row.run_id,
        "kind": row.kind,
        "started_ms": row.started_ms,
        "ended_ms": row.ended_ms,
        "outcome": row.outcome,
        "writes": writes_of(row.counts),
        "calls": sum(row.calls.values()),
        "counts": dict(row.counts),
        "problems": [dict(problem) for problem in row.problems],
    }


def writes_of(counts: Mapping[str, int]) -> int:
    """Records that a run created, updated or archived."""
    return sum(count for name, count in counts.items() if name.startswith(("creates.", "updates.", "archives.")))


def _streams(cursors: list[CursorRow], now_ms: int) -> list[dict[str, Any]]:
    """One entry an object: how far behind it is, and whether it was read whole."""
    by_place: dict[tuple[str, str], dict[str, CursorRow]] = {}
    for row in cursors:
        by_place.setdefault((row.side, row.object), {})[row.stream] = row
    streams = []
    for (side, name), rows in sorted(by_place.items()):
        if "incremental" not in rows and "backfill" not in rows:
            continue  # a form: it is asked in turn with the others, and behind in no time that could be told
        incremental, backfill, sweep = (rows.get(stream) for stream in ("incremental", "backfill", "sweep"))
        watermark_ms = incremental.watermark_ms if incremental is not None else 0
        streams.append(
            {
                "side": side,
                "object": name,
                "watermark_ms": watermark_ms,
                "lag_ms": max(0, now_ms - watermark_ms) if watermark_ms else None,
                "complete": bool(backfill and backfill.complete),
                "swept_ms": sweep.finished_ms if sweep is not None else 0,
            }
        )
    return streams


def _calls(runs: list[RunRow], now_ms: int, api_shares: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    """What our own runs of the last 24 hours called; what others call on the same allowance is not known here."""
    spent: Counter[str] = Counter()
    for row in runs:
        if row.started_ms > now_ms - DAY_MS:
            for name, count in row.calls.items():
                spent[name.partition(".")[0]] += count
    return {side: {"last_24_hours": spent[side], "api_share": share} for side, share in api_shares.items()}
