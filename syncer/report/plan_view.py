"""A plan as a document: the exact field-level writes a run would make, and what holds some of them back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from syncer.stages.context import Context
from syncer.stages.gathering import pairs_of
from syncer.store.ports import Tx
from syncer.store.rows import IntentRow, LinkRow, RecordRow

FORMAT = 1
PAGE = 500


def plan_document(context: Context) -> dict[str, Any]:
    """What is planned in the store right now; `entry_key` tells the same write in a later plan."""
    with context.store.snapshot() as tx:
        entries = list(_entries(tx, context))
        holds = [row for row in tx.holds.list() if row.plan_hash in context.report.held]
        meta = tx.meta.get()
        leftovers = {"quarantined": tx.quarantine.count(), "reviews": tx.reviews.count_open()}
    return {
        "format": FORMAT,
        "made_ms": context.clock.now_ms(),
        "left_org": meta.left_org,
        "right_portal": meta.right_portal,
        "rule_epoch": meta.rule_epoch,
        "first_sync": not meta.approved_first_sync,
        "writes": entries,
        "held": [{"hash": row.plan_hash, "message": row.message, "count": row.count} for row in holds],
        "paused": {side: error.message for side, error in context.report.paused.items()},
        "excluded": context.report.counts.get("excluded", 0),
        **leftovers,
    }


def _entries(tx: Tx, context: Context) -> Iterator[dict[str, Any]]:
    """What is planned, and after it the second writes of links that owe one to both sides."""
    after = ""
    while rows := tx.intents.planned("", after, PAGE):
        after = rows[-1].intent_id
        yield from _described(tx, context, rows)
    later = sorted(context.later or (), key=lambda row: row.link_id)
    for start in range(0, len(later), PAGE):
        yield from _described(tx, context, [replace(row, gated=True) for row in later[start : start + PAGE]])


def _described(tx: Tx, context: Context, rows: Sequence[IntentRow]) -> Iterator[dict[str, Any]]:
    if rows:
        links = tx.links.get_many([row.link_id for row in rows])
        pairs = pairs_of(tx, links.values())
        for row in rows:
            yield _entry(row, links[row.link_id], pairs[row.link_id], context)


def _entry(
    row: IntentRow, link: LinkRow, pair: tuple[RecordRow | None, RecordRow | None], context: Context
) -> dict[str, Any]:
    source = pair[1] if row.side == "left" else pair[0]
    kind = context.kind(row.kind)
    fields = []
    for name, cell in sorted(row.fields.items()):
        if name.startswith("_"):
            continue
        fields.append(
            {
                "name": name,
                "field": cell["field"],
                "from": cell["expected"],
                "to": cell["new"],
                "effect": cell["effect"],
                "rule": kind.field_named(name).rule.value,
                "journaled": bool(cell.get("loses")),
            }
        )
    return {
        "intent": row.intent_id,
        "kind": row.kind,
        "side": row.side,
        "op": row.op,
        "object": row.object,
        "id": row.remote_id,
        "source_object": source.object if source else "",
        "source_id": source.id if source else "",
        "subject": _name(pair, link),
        "held": not row.gated,
        "fields": fields,
    }


def _name(pair: tuple[RecordRow | None, RecordRow | None], link: LinkRow) -> str:
    """What a person knows the subject by: its natural key, else the ids."""
    for row in pair:
        for name, value in row.keys if row is not None else ():
            if not name.endswith("__c"):
                return value
    return link.left_id or link.right_id


def entry_key(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    """The same write, made again: same record, or same source for a create, same values."""
    place = entry["id"] or f"{entry['source_object']}:{entry['source_id']}"
    fields = tuple((item["name"], str(item["from"]), str(item["to"])) for item in entry["fields"])
    return entry["side"], entry["op"], entry["object"], place, fields
