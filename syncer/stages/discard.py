"""Takes a plan back that nobody is going to send: planned intents, and links that only stood for a planned create."""

from __future__ import annotations

from syncer.stages.context import Context
from syncer.stages.intents import CREATING, drop_planned

PAGE = 500


def discard_plan(context: Context) -> None:
    """Leaves the state as if nothing had been planned; the records are dirty again. A crash leaves a part for later."""
    after = ""
    while True:
        with context.store.transaction() as tx:
            rows = tx.intents.planned("", after, PAGE)
            drop_planned(tx, [row.intent_id for row in rows])
            tx.links.touch([row.link_id for row in rows])
        if not rows:
            break
        after = rows[-1].intent_id
    after = ""
    while True:
        with context.store.transaction() as tx:
            links = tx.links.iterate("", tuple(CREATING), after, PAGE)
            made = [link.link_id for link in links if link.reason != "chosen"]  # what a person decided stays decided
            idle = [link_id for link_id in made if not tx.intents.of_link(link_id, 1)]
            tx.links.touch(idle)
            tx.links.delete(idle)
        if not links:
            return
        after = links[-1].link_id
