"""The audit behind a write: did someone edit between our verify-read and our write?

HubSpot has no conditional write, but its history lists every value of a property: what lies directly below our entry is
what our write replaced. Where that is not what the verify-read saw, an edit was overwritten, and it goes to the journal
before the link is clean (I1 d).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.base import HistoryEntry, Record
from syncer.core.fields import KindMap
from syncer.stages.comparing import same_value
from syncer.stages.context import Context
from syncer.store.rows import IntentRow, JournalRow


def raced_edits(context: Context, kind: KindMap, row: IntentRow, record: Record) -> list[JournalRow]:
    """Journal rows for the edits that this write went over; none where the side keeps no history."""
    if record.history is None:
        return []
    found: list[JournalRow] = []
    for name, cell in row.fields.items():
        if name.startswith("_"):
            continue
        entries = record.history.get(str(cell["field"]), ())
        place = _ours(context, kind, row, name, entries)
        if place is None or place + 1 >= len(entries):
            continue
        below = entries[place + 1]
        if same_value(kind, row.side, name, below.value, cell["expected"]):
            continue
        if same_value(kind, row.side, name, below.value, cell["new"]):
            continue
        found.append(
            JournalRow(
                seq=0,
                run_id=row.run_id,
                link_id=row.link_id,
                side=row.side,
                object=row.object,
                remote_id=row.remote_id,
                field=name,
                loser=below.value,
                winner=cell["new"],
                base=cell["expected"],
                rule=kind.field_named(name).rule.value,
                reason="raced",
                loser_at_ms=below.at_ms,
                winner_at_ms=entries[place].at_ms,
                state="effective",
                intent_id=row.intent_id,
                at_ms=context.clock.now_ms(),
            )
        )
    context.report.count("race_recovered", len(found))
    return found


def learn_own_app(
    context: Context, kind: KindMap, rows: Sequence[IntentRow], found: Mapping[str, Record | None]
) -> None:
    """Notes under which id HubSpot's history keeps our writes: a private app's token does not tell it.

    Only an entry that holds exactly what we sent, not older than the sending, is evidence. Until one is found every
    integration counts as ours, which errs towards "the side coerced it" and never towards a loss.
    """
    if context.user_ids.get("right"):
        return
    for row in rows:
        record = found.get(row.remote_id)
        if row.side != "right" or record is None or record.history is None:
            continue
        since_ms = row.sent_ms + context.offsets_ms.get("right", 0) - context.settings.skew_ms
        for name, cell in row.fields.items():
            for entry in () if name.startswith("_") else record.history.get(str(cell["field"]), ())[:1]:
                own = entry.source_type == "INTEGRATION" and entry.at_ms >= since_ms
                if own and entry.source_id and same_value(kind, "right", name, entry.value, cell["new"]):
                    context.user_ids["right"] = entry.source_id
                    return


def arrived(context: Context, kind: KindMap, row: IntentRow, record: Record, name: str) -> bool:
    """Whether the history shows that our value reached the cell, whatever is there by now."""
    since_ms = row.sent_ms + context.offsets_ms.get(row.side, 0) - context.settings.skew_ms
    entries = (record.history or {}).get(str(row.fields[name]["field"]), ())
    return any(
        entry.at_ms >= since_ms
        and context.is_ours(entry)
        and same_value(kind, row.side, name, entry.value, row.fields[name]["new"])
        for entry in entries
    )


def _ours(context: Context, kind: KindMap, row: IntentRow, name: str, entries: tuple[HistoryEntry, ...]) -> int | None:
    """The place of our write's entry: the newest one of ours that holds what we sent, or the newest of ours at all."""
    mine = [place for place, entry in enumerate(entries) if context.is_ours(entry)]
    new = row.fields[name]["new"]
    exact = [place for place in mine if same_value(kind, row.side, name, entries[place].value, new)]
    return exact[0] if exact else mine[0] if mine else None
