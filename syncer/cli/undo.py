"""`syncer undo`: puts back what a run wrote, or one value that the journal kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from syncer.cli.shell import (
    WAIT_S,
    ConfigOption,
    JsonOption,
    WaitOption,
    YesOption,
    command,
    confirm,
    emit,
    loaded,
    progress,
)
from syncer.cli.words import SIDE_NAMES, counted, shown, when
from syncer.errors import Exit

SHOWN = 20


def register(app: typer.Typer) -> None:
    app.command("undo")(undo)


@command
def undo(
    what: Annotated[
        str,
        typer.Argument(metavar="RUN", help="A run (its id or how it begins), `last`, or journal:SEQ for one value."),
    ],
    config: ConfigOption = None,
    as_json: JsonOption = False,
    yes: YesOption = False,
    wait: WaitOption = WAIT_S,
) -> Exit:
    """Puts back what a run wrote, except what someone edited since. Records it created are archived."""
    from syncer.engine.reversal import entry_named, put_back, restore_entry, run_named, would_put_back
    from syncer.engine.session import session
    from syncer.engine.system import SystemClock
    from syncer.report.summary import summary
    from syncer.store import open_store
    from syncer.store.rows import RunRow

    found = loaded(config)
    head, _, rest = what.partition(":")
    reading = open_store(found.state_url(), exclusive=False)  # nobody is kept waiting while a person thinks
    try:
        with reading.snapshot() as tx:
            meant = entry_named(tx, rest) if head == "journal" else run_named(tx, what)
            document = would_put_back(tx, meant)
    finally:
        reading.close()
    if not as_json:
        emit(False, document, lambda console: show_proposal(console, document, SystemClock().now_ms()))
    if document["writes"] and not confirm("Put this back?", yes, as_json):
        raise typer.Exit(int(Exit.DONE))
    with session(found, wait_s=wait) as context, progress(as_json) as told:
        left = put_back(context, meant, told) if isinstance(meant, RunRow) else restore_entry(context, meant, told)
        result = {**document, "left": left, "summary": summary(context)}
        paused = list(context.report.paused.values())
    emit(as_json, result, lambda console: show_result(console, result))
    if paused:
        raise paused[0]
    return Exit.LEFTOVERS if left else Exit.DONE


def show_proposal(console: Console, document: Mapping[str, Any], now_ms: int) -> None:
    if document["run"]:
        console.print(f"Run {document['run'][:12]} ({document['kind']}), {when(document['at_ms'], now_ms)}")
    if not document["writes"]:
        console.print("It wrote nothing that could be put back.")
    for write in document["writes"][:SHOWN]:
        where = f"{SIDE_NAMES[write['side']]} {write['object']} {escape(write['subject'])} [dim]{write['id']}[/]"
        if write["op"] == "create":
            console.print(f"  archive {where}, which it created")
            continue
        console.print(f"  {where}")
        for cell in write["fields"]:
            console.print(f"    {cell['field']}: {escape(shown(cell['now']))} back to {escape(shown(cell['before']))}")
    if len(document["writes"]) > SHOWN:
        console.print(f"  ... and {len(document['writes']) - SHOWN} more records")


def show_result(console: Console, result: Mapping[str, Any]) -> None:
    counts: Mapping[str, int] = result["summary"]["counts"]
    done = _counted(counts, "updates."), _counted(counts, "archives.")
    if result["writes"]:
        console.print(f"Put back: {counted(done[0], 'record')} updated, {done[1]} archived.")
    _show_left(console, result["left"])


def _counted(counts: Mapping[str, int], head: str) -> int:
    return sum(count for name, count in counts.items() if name.startswith(head))


def _show_left(console: Console, left: Sequence[Mapping[str, Any]]) -> None:
    for row in left[:SHOWN]:
        field = "" if row["field"] == "*" else f" {row['field']}"
        console.print(
            f"  left as it is: {escape(row['subject'])}{field} in {SIDE_NAMES[row['side']]}: {escape(row['reason'])}"
        )
    if len(left) > SHOWN:
        console.print(f"  ... and {len(left) - SHOWN} more; see them with --json")
