"""The loop breaker: a value that is sent again and again is answered by something, and more sending will not end it.

An automation on one side that answers our write, and one on the other that answers its answer, would duel with us for
ever. Such a cell is frozen in quarantine, with all its values in the journal, until a person looks or it goes quiet.
"""

from __future__ import annotations

from syncer.core.fields import SIDES
from syncer.stages.context import Context
from syncer.stages.plan import LinkPlan, Obstacle
from syncer.store.ports import Tx
from syncer.store.rows import ShadowRow


def break_loops(context: Context, tx: Tx, plan: LinkPlan, shadow: ShadowRow | None) -> None:
    """Takes writes out of the plan whose very value was sent `loop_max` times within `loop_window_ms`."""
    if shadow is None:
        return
    since_ms = context.clock.now_ms() - context.settings.loop_window_ms
    for side in SIDES:
        known = [write for write in plan.writes[side] if write.name in shadow.cells]
        if not known:
            continue
        sent = [row for row in tx.intents.sent_values(plan.link.link_id, side, since_ms) if row.state == "settled"]
        for write in known:
            times = sum(write.name in row.fields and row.fields[write.name]["new"] == write.new for row in sent)
            if times < context.settings.loop_max:
                continue
            plan.writes[side].remove(write)
            plan.losses = [loss for loss in plan.losses if (loss.side, loss.name) != (side, write.name)]
            plan.obstacles.append(
                Obstacle(
                    write.name,
                    side,
                    "data",
                    "WRITE_LOOP",
                    f"The same value was written to {write.remote_field} {times} times and changed back each time.",
                    f"Look for a flow or workflow on the {side} that answers our write, and change it or the rule.",
                    write.print,
                )
            )
            context.report.count("loops_broken")
