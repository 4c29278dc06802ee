"""`syncer quarantine`: the cells that cannot travel, with who must do what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from syncer.cli.record_ids import SUBJECT
from syncer.cli.shell import WAIT_S, ConfigOption, JsonOption, WaitOption, command, emit, loaded
from syncer.cli.words import SIDE_NAMES, counted, when
from syncer.errors import Exit, UsageError

SHOWN = 50
FieldArgument = Annotated[str, typer.Argument(metavar="FIELD", help="Only this field.")]
AllOption = Annotated[bool, typer.Option("--all", help="Every cell in quarantine.")]
CodeOption = Annotated[str, typer.Option("--code", metavar="CODE", help="Every cell with this code.")]


def register(app: typer.Typer) -> None:
    family = typer.Typer(no_args_is_help=True, help="Cells that cannot travel as they are: list, retry, drop.")
    family.command("list")(list_)
    family.command("retry")(retry)
    family.command("drop")(drop)
    app.add_typer(family, name="quarantine")


@command
def list_(
    subject: Annotated[str, SUBJECT] = "",
    field: FieldArgument = "",
    code: CodeOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> Exit:
    """What is parked, why, who must do what, and when it is tried again. Asks no system, takes no lock."""
    from syncer.engine.system import SystemClock
    from syncer.report.parked import cells, described
    from syncer.store.database import open_store

    found = loaded(config)
    kinds = found.mappings().kinds
    store = open_store(found.state_url(), exclusive=False)
    try:
        with store.snapshot() as tx:
            rows = cells(tx, kinds, subject, field, code)
            document = {"now_ms": SystemClock().now_ms(), "total": tx.quarantine.count(), "cells": described(tx, rows)}
    finally:
        store.close()
    emit(as_json, document, lambda console: show(console, document))
    return Exit.DONE


def show(console: Console, document: Mapping[str, Any]) -> None:
    if not document["cells"]:
        console.print("Nothing is in quarantine." if not document["total"] else "No such cell is in quarantine.")
        return
    for row in document["cells"][:SHOWN]:
        what = "the whole record" if row["field"] == "*" else row["field"]
        where = f"{escape(row['subject'])}: {escape(what)} for {SIDE_NAMES[row['side']]}"
        console.print(f"[bold]{where}[/] [yellow]{escape(row['code'])}[/]")
        console.print(f"  {escape(row['message'])}")
        console.print(f"  {escape(row['action'])}")
        tried = f"tried {counted(row['attempts'], 'time')}, next {when(row['next_ms'], document['now_ms'])}"
        console.print(f"  [dim]{tried}; our id {row['link']}[/]")
    if len(document["cells"]) > SHOWN:
        console.print(f"... and {len(document['cells']) - SHOWN} more; see them with --json, or narrow with --code.")
    console.print("After a correction: syncer quarantine retry SUBJECT [FIELD], or wait for the next try.")


@command
def retry(
    subject: Annotated[str, SUBJECT] = "",
    field: FieldArgument = "",
    code: CodeOption = "",
    every: AllOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    wait: WaitOption = WAIT_S,
) -> Exit:
    """The next run tries these cells once more."""
    from syncer.stages.decide import retry_cells

    told = "The next run tries {}: syncer sync"
    return _change(config, as_json, wait, (subject, field, code), every, retry_cells, told)


@command
def drop(
    subject: Annotated[str, SUBJECT] = "",
    field: FieldArgument = "",
    code: CodeOption = "",
    every: AllOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    wait: WaitOption = WAIT_S,
) -> Exit:
    """Forgets these cells: both sides stay as they are until one of them changes, or an audit finds the difference."""
    from syncer.stages.decide import drop_cells

    told = "Forgot {}; both sides stay as they are until one of them changes."
    return _change(config, as_json, wait, (subject, field, code), every, drop_cells, told)


def _change(
    config: Any, as_json: bool, wait_s: float, chosen: Sequence[str], every: bool, change: Any, told: str
) -> Exit:
    from syncer.engine.desk import desk
    from syncer.report.parked import cells

    if every == any(chosen):
        raise UsageError("NothingChosen", "Say which cells.", "Give a SUBJECT, --code CODE, or --all alone.")
    with desk(loaded(config), wait_s) as context:
        with context.store.snapshot() as tx:
            rows = cells(tx, context.kinds, *chosen)
        if not rows:
            raise UsageError("NoSuchCell", "No such cell is in quarantine.", "See `syncer quarantine list`.")
        change(context, rows)
    said = told.format(counted(len(rows), "cell"))
    emit(as_json, {"cells": len(rows), "says": said}, lambda console: console.print(said))
    return Exit.DONE
