"""Runs one script to its end and says which promise it broke, if any."""

from __future__ import annotations

import traceback

from simulation.claimed import check_claims
from simulation.fate import check_fates
from simulation.judged import check_verdicts
from simulation.rest import check_rest, open_work
from simulation.script import Result, Script
from simulation.witness import Violation
from simulation.world import World
from syncer.stages.undo import restore

QUIET_CYCLES_MAX = 40
QUIET_INTERVAL_MS = 150_000
DAY_MS = 86_400_000
RESTORED_MAX = 2


def run(script: Script) -> Result:
    """Plays, quietens, checks. A broken promise, an assertion or any unforeseen error is the result's failure."""
    world = World(script)
    failure = ""
    try:
        world.play()
        _to_rest(world)
        check_rest(world)
        check_fates(world)
        _check_knowledge(world)
        _fixpoint(world)
        _check_knowledge(world)
        _restore_all(world)
    except Violation as violation:
        failure = str(violation)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        failure = f"{type(error).__name__} at {last.name}, {last.filename.rpartition('/')[2]}:{last.lineno}: {error}"
    world.tally.points = world.points.count
    lines = [f"{at_ms / 1000:9.1f}  {_column(side, text)}" for at_ms, side, text in world.timeline]
    result = Result(script, failure, world.points.trace, world.tally, lines, world.points.names)
    world.store.close()
    return result


def expect_clean(script: Script) -> Result:
    """For tests: raises with the failure and the timeline."""
    result = run(script)
    assert not result.failure, "\n".join(
        [result.failure, f"seed {script.seed}, trace {result.trace}", *result.timeline]
    )
    return result


def _column(side: str, text: str) -> str:
    return f"{'':40}{text}" if side == "right" else text


def _to_rest(world: World) -> None:
    """Liveness: within 40 quiet cycles nothing moves any more; what is parked gets its time at once."""
    world.calm()
    jumps, days_ms = 0, DAY_MS * int(world.script.setting("days_pass", 0))
    for count in range(QUIET_CYCLES_MAX):
        before = len(world.ledger)
        report = world.cycle()
        if report.paused:
            if count > 3:
                raise Violation(f"liveness: paused without a fault: {report.paused}")
        elif len(world.ledger) == before and not open_work(world):
            wait_ms = _parked_ms(world) or days_ms
            days_ms = 0
            if not wait_ms or jumps >= 2:
                world.tally.quiet_cycles = count + 1
                return
            jumps += 1
            world.pass_time(wait_ms)
        world.pass_time(QUIET_INTERVAL_MS)
    raise Violation(f"liveness: not at rest after {QUIET_CYCLES_MAX} quiet cycles: {'; '.join(open_work(world))}")


def _check_knowledge(world: World) -> None:
    if world.script.claims:
        check_claims(world)
        check_verdicts(world)


def _parked_ms(world: World) -> int:
    """How long until every quarantined cell has been due."""
    with world.store.snapshot() as tx:
        newest = max((row.next_ms for row in tx.quarantine.list()), default=0)
    return max(0, newest - world.clock.now_ms() + 1)


def _fixpoint(world: World) -> None:
    """I8: two more cycles, each with a full sweep, change nothing and send no write."""
    for _ in range(2):
        edits, sent = len(world.ledger), {side: counts[1] for side, counts in world.wire.items()}
        with world.store.snapshot() as tx:
            due = len(tx.quarantine.due(world.clock.now_ms() + 60_000, 1000))
        world.cycle(whole=True)
        if len(world.ledger) != edits:
            raise Violation(f"I8 a quiet cycle wrote: {world.ledger.since(edits)[0]}")
        again = sum(counts[1] - sent[side] for side, counts in world.wire.items())
        if again > due:
            raise Violation(f"I8 a quiet cycle sent {again} writes")
        check_rest(world)
        world.pass_time(1_000)


def _restore_all(world: World) -> None:
    """I4: journal rows in force can be put back: the record then holds the loser."""
    with world.store.snapshot() as tx:
        rows = tx.journal.list(states=("effective",))
        links = tx.links.get_many(sorted({row.link_id for row in rows}))
    rows = [row for row in rows if links[row.link_id].state == "linked" and row.reason != "lead_only"]
    for row in rows[:RESTORED_MAX]:
        world.cycle()
        world.pass_time(10_000)
        link = links[row.link_id]
        kind = next(kind for kind in world.kinds if kind.kind == link.kind)
        target = (link.left_object, link.left_id) if row.side == "left" else (link.right_object, link.right_id)
        name = kind.field_named(row.field).on(row.side, target[0])
        record = world.models[row.side].record(*target)
        if name is None or record is None:
            continue
        context = world.context()
        from syncer.engine.begin import begin
        from syncer.stages.comparing import same_value

        begin(context)
        world.restored.add((row.link_id, row.field))
        restore(context, row)
        now = world.models[row.side].record(*target).get(name)
        if not same_value(kind, row.side, row.field, now, row.loser):
            raise Violation(f"I4 {row.field} of {row.side} {target[1]} was not restored to {row.loser!r}: {now!r}")
