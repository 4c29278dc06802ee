"""Plan and apply: a cycle that stops before it sends, and one that sends only what a person has seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from syncer.core.fields import SIDES, SideName
from syncer.engine.begin import WrongAccountError
from syncer.engine.cycle import Progress, approve_first_sync, look, noted_run, plan
from syncer.report.plan_view import entry_key, plan_document
from syncer.stages.context import Context
from syncer.stages.discard import discard_plan
from syncer.stages.dispatch import dispatch
from syncer.stages.enrich import heed_new_policy, wake_due_asks
from syncer.stages.enrich_plan import PlannedSpend, plan_enrichment
from syncer.stages.intents import drop_planned
from syncer.stages.link import link

Entry = Mapping[str, Any]


def make_plan(context: Context, progress: Progress = lambda stage: None) -> dict[str, Any]:
    """The plan as a document; the state is left as if nothing had been planned. Writes to no CRM."""
    context.report.run_id = context.entropy.token()
    context.later, context.looking = [], True
    try:
        look(context, progress)
        heed_new_policy(context)
        wake_due_asks(context)
        with _dirty_again(context):
            spending = _spending(context, progress)
            plan(context, progress)
        return {**plan_document(context), "enrichment": [one.as_json() for one in spending]}
    finally:
        discard_plan(context)


def _spending(context: Context, progress: Progress) -> list[PlannedSpend]:
    """What the next run would ask of whom, at what cost; told once all subjects are known, before any is planned."""
    for kind in context.kinds:
        progress(f"link {kind.kind}")
        link(context, kind)
    return plan_enrichment(context)


@contextmanager
def _dirty_again(context: Context) -> Iterator[None]:
    """What is dirty now is dirty again at the end: planning asks nobody, so nobody's turn is used up by it."""
    objects = [(side, name) for kind in context.kinds for side in SIDES for name in kind.objects(side)]
    held: dict[tuple[SideName, str], list[str]] = {}
    after = 0
    with context.store.snapshot() as tx:
        while rows := tx.records.dirty(objects, context.settings.batch_size, after_seq=after):
            for row in rows:
                held.setdefault((row.side, row.object), []).append(row.id)
            after = rows[-1].dirty_seq
    try:
        yield
    finally:
        for (side, name), ids in held.items():
            for start in range(0, len(ids), context.settings.batch_size):
                with context.store.transaction() as tx:
                    tx.records.touch(side, name, ids[start : start + context.settings.batch_size])


def apply_plan(context: Context, document: Entry, progress: Progress = lambda stage: None) -> list[Entry]:
    """Sends the writes of the document that would still be planned exactly so; returns those that would not.

    Applying the first plan of a pair is the approval of its first sync. The breaker holds what it would hold anyway.
    Raises WrongAccountError for a plan of other accounts.
    """
    with noted_run(context, "apply"):
        look(context, progress)
        with context.store.snapshot() as tx:
            meta = tx.meta.get()
        if (document["left_org"], document["right_portal"]) != (meta.left_org, meta.right_portal):
            raise WrongAccountError(
                "PlanOfOtherAccount",
                "The plan was made for another org or portal.",
                "Make a new plan with this configuration.",
            )
        approve_first_sync(context)
        wanted = {entry_key(entry): entry for entry in document["writes"]}
        made: set[tuple[Any, ...]] = set()
        with _dirty_again(context):
            for _ in range(context.settings.rounds_max):
                plan(context, progress)
                kept = _keep_only(context, wanted)
                if not kept - made:
                    break
                made |= kept
                for kind in context.kinds:
                    progress(f"write {kind.kind}")
                    for side in SIDES:
                        dispatch(context, kind, side)
        discard_plan(context)
    return [entry for key, entry in wanted.items() if key not in made]


def _keep_only(context: Context, wanted: Mapping[tuple[Any, ...], Entry]) -> set[tuple[Any, ...]]:
    """Drops every planned intent that is not in the plan; the keys of those that are."""
    kept: set[tuple[Any, ...]] = set()
    planned = plan_document(context)["writes"]
    keys = {entry["intent"]: entry_key(entry) for entry in planned}
    surplus = [intent_id for intent_id, key in keys.items() if key not in wanted]
    kept.update(key for key in keys.values() if key in wanted)
    with context.store.transaction() as tx:
        rows = tx.intents.get_many(surplus)
        drop_planned(tx, sorted(rows))
        tx.links.touch(sorted({row.link_id for row in rows.values()}))
    return kept
