"""Undo from a person's side: which run or journal entry is meant, what it would put back, and doing it as a run."""

from __future__ import annotations

from typing import Any

from syncer.engine.cycle import Progress, look, noted_run
from syncer.errors import UsageError
from syncer.report.subjects import names_of
from syncer.stages.context import Context
from syncer.stages.undo import restore, undo_run
from syncer.store.ports import Tx
from syncer.store.rows import IntentRow, JournalRow, RunRow

RUNS = 2_000
WROTE = ("settled",)


def run_named(tx: Tx, text: str) -> RunRow:
    """The run of that id, the one whose id begins so, or the `last` one that wrote. Raises UsageError."""
    see = "See `syncer status --json` for the ids of runs."
    rows = tx.runs.list(RUNS)
    if text == "last":
        mine = (row for row in rows if row.kind != "undo" and tx.intents.of_run(row.run_id, WROTE))
        if (found := next(mine, None)) is None:
            raise UsageError("NothingToUndo", "No run in the log wrote anything.", see)
        return found
    exact = tx.runs.get(text)
    found_rows = [exact] if exact is not None else [row for row in rows if text and row.run_id.startswith(text)]
    if len(found_rows) != 1:
        many = f"{len(found_rows)} runs begin with" if found_rows else "There is no run"
        raise UsageError("NoSuchRun", f"{many} {text}.", see)
    return found_rows[0]


def entry_named(tx: Tx, text: str) -> JournalRow:
    """The journal's entry of that number, where its value really was overwritten. Raises UsageError."""
    entry = tx.journal.get(int(text)) if text.isdigit() and len(text) < 19 else None
    if entry is None:
        raise UsageError("NoSuchEntry", f"The journal has no entry {text}.", "`syncer why SUBJECT` lists entries.")
    if entry.state != "effective":
        said = {"restored": "was put back already", "withdrawn": "never happened: the write was not made"}
        says = said.get(entry.state, "is not settled yet")
        raise UsageError("EntryNotEffective", f"What entry {text} tells {says}.", "`syncer why SUBJECT` lists entries.")
    return entry


def would_put_back(tx: Tx, what: RunRow | JournalRow) -> dict[str, Any]:
    """The writes as a document, before anything is looked at again."""
    if isinstance(what, JournalRow):
        name = names_of(tx, [what.link_id]).get(what.link_id, what.remote_id)
        cell = {"field": what.field, "now": what.winner, "before": what.loser}
        write = {"side": what.side, "object": what.object, "id": what.remote_id, "op": "update"}
        return {"run": "", "kind": "", "at_ms": what.at_ms, "writes": [{**write, "subject": name, "fields": [cell]}]}
    rows = sorted(tx.intents.of_run(what.run_id, WROTE), key=lambda row: (-row.closed_ms, row.intent_id))
    names = names_of(tx, [row.link_id for row in rows])
    writes = [_write(row, names.get(row.link_id, row.remote_id)) for row in rows]
    return {"run": what.run_id, "kind": what.kind, "at_ms": what.started_ms, "writes": writes}


def _write(row: IntentRow, subject: str) -> dict[str, Any]:
    cells = [
        {"field": name, "now": cell["new"], "before": cell["expected"]}
        for name, cell in sorted(row.fields.items())
        if not name.startswith("_")
    ]
    where = {"side": row.side, "object": row.object, "id": row.remote_id, "op": row.op}
    return {**where, "subject": subject, "fields": cells}


def put_back(context: Context, run: RunRow, progress: Progress) -> list[dict[str, str]]:
    """Undoes the run, as a run of kind "undo"; what it left as it is, and why."""
    with noted_run(context, "undo") as noted:
        look(context, progress)
        progress("undo")
        untaken = undo_run(context, run.run_id)
        noted.outcome = "paused" if context.report.paused else "done"
    with context.store.snapshot() as tx:
        names = names_of(tx, [row.link_id for row in untaken])
    return [
        {"subject": names.get(row.link_id, row.link_id), "side": row.side, "field": row.field, "reason": row.reason}
        for row in untaken
    ]


def restore_entry(context: Context, entry: JournalRow, progress: Progress) -> list[dict[str, str]]:
    """Writes one journaled value back as an edit of its side; why not, where it could not be done."""
    with noted_run(context, "undo") as noted:
        look(context, progress)
        progress("restore")
        done = restore(context, entry)
        noted.outcome = "paused" if context.report.paused else "done"
    if done:
        return []
    with context.store.snapshot() as tx:
        name = names_of(tx, [entry.link_id]).get(entry.link_id, entry.link_id)
    reason = "the record is gone, or has a write whose outcome is open, or its field is not mapped any more"
    return [{"subject": name, "side": entry.side, "field": entry.field, "reason": reason}]
