"""One cycle: recover, observe, then rounds of link, reconcile, gate and dispatch until nothing moves (I7, I8).

Every stage commits its own work, so a cycle that dies anywhere is simply followed by another one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from connectors.base import RemoteError
from syncer.core.fields import SIDES, KindMap
from syncer.engine.begin import begin, check_canaries
from syncer.engine.forgetting import forget_daily
from syncer.engine.learned import find_accounts, hear, learn
from syncer.stages.context import Context, Problem, RunReport
from syncer.stages.discard import discard_plan
from syncer.stages.dispatch import dispatch
from syncer.stages.documents import observe_documents
from syncer.stages.drift import refresh_schemas
from syncer.stages.gate import gate
from syncer.stages.hand_off import hand_off
from syncer.stages.judging import wake_due_verdicts
from syncer.stages.link import link
from syncer.stages.lists import keep_lists
from syncer.stages.observe import barrier_open, observe
from syncer.stages.quarantine import wake_due
from syncer.stages.reconcile import reconcile
from syncer.stages.recover import recover
from syncer.stages.vanish import vanish
from syncer.store.rows import RunRow

Progress = Callable[[str], None]


def sync(context: Context, progress: Progress = lambda stage: None) -> RunReport:
    """Runs one cycle to its end. Raises SyncerError only for what makes a run impossible (wrong account).

    Without an approved first sync it stops before anything is sent; `report.counts` says what it would do.
    """
    with noted_run(context, "sync") as noted:
        look(context, progress)
        if not _may_write(context):
            context.looking = True
            plan(context, progress)
            discard_plan(context)
            context.report.count("awaits_first_approval")
            noted.outcome = "held"
            return context.report
        _write_rounds(context, progress)
        if context.hand_off_policy is not None:
            progress("hand off")
            hand_off(context, context.hand_off_policy, context.channels)
        keep_lists(context)
        _finish_first_sync(context)
        forget_daily(context)
        noted.outcome = "paused" if context.report.paused else "done"
    return context.report


def look(context: Context, progress: Progress = lambda stage: None) -> None:
    """Everything that comes before deciding: checks, recovery, schemas, changes, deletes. Writes to no CRM."""
    progress("begin")
    begin(context)
    progress("recover")
    recover(context)
    refresh_schemas(context)
    check_canaries(context)
    wake_due(context)
    wake_due_verdicts(context)
    progress("observe")
    observe(context)
    vanish(context)
    observe_documents(context)


def plan(context: Context, progress: Progress = lambda stage: None) -> None:
    """Links, reconciles and weighs every kind once; planned intents are left in the store, nothing is sent."""
    _hear(context, progress)
    for kind in context.kinds:
        progress(f"link {kind.kind}")
        link(context, kind)
        find_accounts(context, kind)
        progress(f"reconcile {kind.kind}")
        reconcile(context, kind)
        gate(context, kind)


def _hear(context: Context, progress: Progress) -> None:
    """What was said is heard once it is known of whom, so that one cycle brings it into both systems."""
    if context.hears is None:
        return
    for kind in context.kinds:
        progress(f"link {kind.kind}")
        link(context, kind)
    progress("listen")
    hear(context)


def _may_write(context: Context) -> bool:
    with context.store.snapshot() as tx:
        return tx.meta.get().approved_first_sync


def approve_first_sync(context: Context) -> None:
    """A person said yes to the first sync: its creates are not weighed by the breaker, everything else is."""
    with context.store.transaction() as tx:
        tx.meta.put(replace(tx.meta.get(), approved_first_sync=True))


def _write_rounds(context: Context, progress: Progress) -> None:
    """Accounts before persons within a round; a further round for what the one before made possible or void."""
    _hear(context, progress)
    for _ in range(context.settings.rounds_max):
        settled, before = 0, _moving(context)
        for kind in context.kinds:
            progress(f"link {kind.kind}")
            link(context, kind)
            find_accounts(context, kind)
            learn(context, kind, progress)
            progress(f"reconcile {kind.kind}")
            reconcile(context, kind)
            gate(context, kind)
            progress(f"write {kind.kind}")
            settled += _dispatch(context, kind)
        context.report.count("rounds")
        if not settled and _moving(context) == before:
            return


def _moving(context: Context) -> int:
    """What wants another round: plans overtaken or refused in part, and subjects that another one's verdict woke."""
    return sum(context.report.counts[name] for name in ("stale", "refused_in_part", "woken"))


def _dispatch(context: Context, kind: KindMap) -> int:
    settled = 0
    for side in SIDES:
        try:
            settled += dispatch(context, kind, side)
        except RemoteError as error:  # nothing of ours is in an unknown state: what was sent is marked sent
            context.report.pause(side, error)
    return settled


def _finish_first_sync(context: Context) -> None:
    """The first sync is over once both sides were read whole and nothing it planned is left."""
    if context.report.paused or not context.first_sync:
        return
    if not all(barrier_open(context, kind) for kind in context.kinds):
        return
    with context.store.transaction() as tx:
        if not any(state == "planned" for _, state in tx.intents.count_open()):
            tx.meta.put(replace(tx.meta.get(), first_sync_done_ms=context.clock.now_ms()))


@dataclass(slots=True)
class Noted:
    """How the run will be remembered."""

    outcome: str = "done"


@contextmanager
def noted_run(context: Context, kind: str) -> Iterator[Noted]:
    """Keeps the run log: begun before anything happens, ended with its outcome; an exception makes it "failed"."""
    context.report.run_id = context.report.run_id or context.entropy.token()
    started_ms, noted, before = context.clock.now_ms(), Noted(), _calls(context)
    _note(context, kind, started_ms, "running", before)
    try:
        yield noted
    except BaseException as error:
        noted.outcome = "failed" if isinstance(error, Exception) else "interrupted"
        raise
    finally:
        _note(context, kind, started_ms, noted.outcome, before)


def _calls(context: Context) -> Counter[str]:
    """Calls made since the connectors were built, which may have been runs ago."""
    return Counter({f"{side}.{name}": count for side in SIDES for name, count in context.calls(side).items()})


def _tell_shortcomings(context: Context) -> None:
    """What a system does not offer, and what going on without it costs: a problem of the run, once each."""
    for side in SIDES:
        for item in getattr(context.remotes[side], "shortcomings", ()):
            context.report.problem(Problem(item.name, item.message, item.action, side=side))


def _note(context: Context, kind: str, started_ms: int, outcome: str, before: Counter[str]) -> None:
    report, running = context.report, outcome == "running"
    if not running:
        _tell_shortcomings(context)
    calls = dict(_calls(context) - before)
    with context.store.transaction() as tx:
        if running:  # rows of processes that died are told by the next run
            for row in tx.runs.list(20):
                if row.outcome == "running" and row.run_id != report.run_id:
                    tx.runs.put(replace(row, outcome="interrupted"))
        tx.runs.put(
            RunRow(
                run_id=report.run_id,
                kind=kind,
                started_ms=started_ms,
                ended_ms=0 if running else context.clock.now_ms(),
                outcome=outcome,
                counts=dict(report.counts),
                calls=calls,
                problems=tuple(problem.as_json() for problem in report.problems),
            )
        )
