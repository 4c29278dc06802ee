"""Audit: every record of both sides is read again by id, and every field of every pair is compared.

The sweep catches what no stream tells: formula fields, changes that a search index forgot, records purged in silence.
The comparison then says for each difference why it is there. What nothing explains is made dirty, so that the next
cycle plans it; nothing else is repaired here. A crash costs the audit, not the state: it starts again.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from connectors.base import ObjectSchema, SideName
from syncer.core.canon import canoniser
from syncer.core.fields import SIDES, FieldMap, FieldType, KindMap, Rule
from syncer.core.values import BLANK, UncanonicalError
from syncer.stages.context import Context
from syncer.stages.gathering import account_lookups, load_owners, load_schemas, pairs_of
from syncer.stages.observation import asked_fields
from syncer.stages.observe import guarded, observe, store_page
from syncer.stages.plan import Inputs, LinkPlan
from syncer.stages.plan_link import plan_link
from syncer.stages.vanish import look_first, vanish
from syncer.store.ports import Tx
from syncer.store.rows import CursorRow, IntentRow, LinkRow, RecordRow

_SAMPLES = 50
_LOOKED_UP = 500
_ONE_WAY = frozenset({Rule.ALWAYS_SALESFORCE, Rule.ALWAYS_HUBSPOT, Rule.FILL_BLANK, Rule.FORWARD_ONLY})


@dataclass(slots=True)
class AuditReport:
    """What the audit found. `differences`: cause -> cells; `missed`: (side, object) -> changes no stream had told."""

    records: int = 0  # remote records read again
    pairs: int = 0
    fields: int = 0  # cells compared
    differences: Counter[str] = field(default_factory=Counter)
    missed: Counter[tuple[SideName, str]] = field(default_factory=Counter)
    vanished: Counter[tuple[SideName, str]] = field(default_factory=Counter)
    unexplained: list[tuple[str, str]] = field(default_factory=list)  # (link id, field), the first ones
    complete: bool = True  # False: a side was paused on the way

    def sentence(self) -> str:
        """For people: N records, N fields, N differences, by cause."""
        total = sum(self.differences.values())
        causes = ", ".join(f"{count} {cause.replace('_', ' ')}" for cause, count in sorted(self.differences.items()))
        found = f"{self.records} records, {self.fields} fields, {total} differences"
        return f"{found} ({causes})" if causes else found


def audit(context: Context) -> AuditReport:
    """Sweeps and compares; the report counts, `context.report` tells of what stood in the way."""
    report = AuditReport()
    observe(context)  # so that an ordinary change of the last minutes is not counted as missed
    for kind, side, name in context.objects():
        guarded(context, side, name, lambda k=kind, s=side, o=name: _sweep(context, report, k, s, o))
    vanish(context)
    for kind in context.kinds:
        _compare(context, report, kind)
    report.complete = not context.report.paused
    return report


def _sweep(context: Context, report: AuditReport, kind: KindMap, side: SideName, object_name: str) -> bool:
    """Reads everything in pages; of each id seen eight bytes are kept."""
    with context.store.snapshot() as tx:
        fields = asked_fields(context, tx, kind, side, object_name)
        incremental = tx.cursors.get(side, object_name, "incremental")
    known_until_ms = incremental.watermark_ms if incremental else 0
    started_ms, token, seen = context.clock.now_ms(), None, array("Q")
    while True:
        page = context.remotes[side].scan(object_name, fields, token)
        seen.extend(_mark(record.id) for record in page.records)
        report.records += len(page.records)
        old = [record for record in page.records if record.modified_ms <= known_until_ms]
        new = [record for record in page.records if record.modified_ms > known_until_ms]
        with context.store.transaction() as tx:
            report.missed[side, object_name] += store_page(context, tx, kind, side, object_name, old)
            store_page(context, tx, kind, side, object_name, new)
        token = page.next_token
        if token is None:
            break
    for ids in _unseen(context, side, object_name, array("Q", sorted(seen)), started_ms):
        report.vanished[side, object_name] += look_first(context, kind, side, object_name, ids)
    with context.store.transaction() as tx:
        finished_ms = context.clock.now_ms()
        tx.cursors.put(
            CursorRow(side, object_name, "sweep", complete=True, started_ms=started_ms, finished_ms=finished_ms)
        )
    return False


def _mark(record_id: str) -> int:
    return int.from_bytes(blake2b(record_id.encode(), digest_size=8).digest(), "big")


def _unseen(context: Context, side: SideName, object_name: str, seen: array[int], started_ms: int) -> list[list[str]]:
    """Ids of live records that the sweep did not show, in groups for one read each."""
    missing: list[str] = []
    after = ""
    while True:
        with context.store.snapshot() as tx:
            rows = tx.records.iterate(side, object_name, after, 1_000)
        if not rows:
            return [missing[start : start + _LOOKED_UP] for start in range(0, len(missing), _LOOKED_UP)]
        after = rows[-1].id
        missing += [
            row.id
            for row in rows
            if row.presence == "live" and row.read_start_ms < started_ms and not _holds(seen, _mark(row.id))
        ]


def _holds(marks: array[int], mark: int) -> bool:
    place = bisect_left(marks, mark)
    return place < len(marks) and marks[place] == mark


def _compare(context: Context, report: AuditReport, kind: KindMap) -> None:
    """Every linked pair of the kind, a batch at a time."""
    schemas, owners = load_schemas(context, kind), load_owners(context, kind)
    after = ""
    while True:
        with context.store.transaction() as tx:
            links = tx.links.iterate(kind.kind, ["linked"], after, context.settings.batch_size)
            if not links:
                return
            after = links[-1].link_id
            doubtful = _compare_batch(context, tx, report, kind, links, schemas, owners)
            tx.links.touch(doubtful)


def _compare_batch(
    context: Context,
    tx: Tx,
    report: AuditReport,
    kind: KindMap,
    links: list[LinkRow],
    schemas: Mapping[tuple[SideName, str], ObjectSchema],
    owners: Mapping[tuple[SideName, str], Mapping[str, str]],
) -> list[str]:
    """Counts the batch's differences; the links that have one which nothing explains."""
    ids = [link.link_id for link in links]
    pairs, shadows, busy = pairs_of(tx, links), tx.shadows.get_many(ids), tx.intents.open_for(ids)
    parked = tx.quarantine.for_links(ids)
    inputs = Inputs(
        kind=kind,
        schemas=schemas,
        lookups={**owners, **account_lookups(tx, kind, pairs.values(), shadows.values())},
        suspended=frozenset((row.side, row.object, row.field) for row in tx.suspended.list()),
        quarantined={(row.link_id, row.side, row.field): row for row in parked},
        now_ms=context.clock.now_ms(),
        offsets_ms=context.offsets_ms,
        rule_epoch=context.rule_epoch,
        skew_ms=context.settings.skew_ms,
    )
    doubtful = []
    for link in links:
        left, right = pairs[link.link_id]
        if left is None or right is None:
            continue
        report.pairs += 1
        plan = plan_link(inputs, link, left, right, shadows.get(link.link_id))
        cells = {row.field for row in parked if row.link_id == link.link_id}
        unexplained = []
        for item in kind.fields:
            differs = _differs(inputs, item, left, right)
            if differs is None:
                continue
            report.fields += 1
            if differs:
                cause = _cause(item, left, right, plan, busy.get(link.link_id), cells)
                report.differences[cause] += 1
                if cause == "unexplained":
                    unexplained.append((link.link_id, item.name))
        if unexplained:
            doubtful.append(link.link_id)
            report.unexplained += unexplained[: _SAMPLES - len(report.unexplained)]
    return doubtful


def _differs(inputs: Inputs, item: FieldMap, left: RecordRow, right: RecordRow) -> bool | None:
    """Whether the two sides hold another value; None where the field takes no part in this pair."""
    names = {"left": item.on("left", left.object), "right": item.on("right", right.object)}
    if item.rule is Rule.DONT_SYNC:
        return None
    found: dict[str, Any] = {}
    for side, row in (("left", left), ("right", right)):
        name = names[side]
        if name is None or name not in row.values or (side, row.object, name) in inputs.suspended:
            return None
        lookup = inputs.lookups.get((side, item.to), {}) if item.type is FieldType.REFERENCE else None
        try:
            found[side] = canoniser(item, side)(row.values[name], lookup)
        except UncanonicalError:
            found[side] = object()  # equal to nothing
    return found["left"] != found["right"]


def _cause(
    item: FieldMap, left: RecordRow, right: RecordRow, plan: LinkPlan, intent: IntentRow | None, parked: set[str]
) -> str:
    """Why two sides differ; the first that applies."""
    name = item.name
    if name in parked or "*" in parked or any(obstacle.name == name for obstacle in plan.obstacles):
        return "quarantined"
    if intent is not None or any(row.dirty_seq > row.planned_seq for row in (left, right)):
        return "in_flight"
    if any(proposal.name == name for proposal in plan.proposals):
        return "in_review"
    if any(waiting[0] == name for waiting in plan.unresolved):
        return "waiting_for_reference"
    if any(write.name == name for side in SIDES for write in plan.writes[side]) or name in plan.undated:
        return "unexplained"
    return "suppressed" if _kept_by_rule(item, left, right) else "at_rest"


def _kept_by_rule(item: FieldMap, left: RecordRow, right: RecordRow) -> bool:
    if item.rule in _ONE_WAY or item.read_only:
        return True
    raws = (left.values[item.on("left", left.object) or ""], right.values[item.on("right", right.object) or ""])
    return item.blank == "keep" and any(raw is BLANK or raw == "" for raw in raws)
