"""`syncer sync`: one cycle, for cron and for hands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from syncer.cli.shell import ConfigOption, JsonOption, YesOption, command, emit, loaded, progress
from syncer.cli.words import SIDE_NAMES, counted
from syncer.errors import Exit


class Stage(StrEnum):
    """The part of a cycle that can be run alone; writing always goes with what it rests on."""

    OBSERVE = "observe"
    AUDIT = "audit"
    INFER = "infer"


def register(app: typer.Typer) -> None:
    app.command("sync")(sync)


@command
def sync(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    yes: YesOption = False,
    stage: Annotated[Stage | None, typer.Option("--stage", help="Run only this stage.")] = None,
) -> Exit:
    """One cycle: read what changed on both sides, write what is owed. The first one wants approval (--yes)."""
    from syncer.engine.cycle import approve_first_sync, look
    from syncer.engine.cycle import sync as cycle
    from syncer.engine.session import session
    from syncer.report.summary import summary
    from syncer.stages.audit import audit
    from syncer.stages.infer import infer

    with session(loaded(config)) as context, progress(as_json) as told:
        if stage is not None:
            look(context, told)
            if stage is Stage.AUDIT:
                audit(context)
            if stage is Stage.INFER:
                infer(context, anew=True, told=told)
        else:
            if yes:
                approve_first_sync(context)
            cycle(context, told)
        document = summary(context)
    emit(as_json, document, lambda console: show_run(console, document))
    return Exit(document["exit_code"])


def show_run(console: Console, document: Mapping[str, Any]) -> None:
    """The run as a table of writes, then everything that a person has to know or do."""
    counts = document["counts"]
    if counts.get("awaits_first_approval"):
        console.print(f"The first sync would make {counts.get('planned', 0)} writes. Nothing was written yet.")
        console.print("See them with: syncer plan. Then let it go on with: syncer sync --yes")
    else:
        console.print(_writes(counts))
    for label, name in _NOTES:
        if counts.get(name):
            console.print(f"{label}: {counts[name]}")
    for problem in document["problems"]:
        console.print(f"[yellow]{escape(problem['name'])}[/]: {escape(problem['message'])} {escape(problem['action'])}")
    for side, error in document["paused"].items():
        console.print(f"[red]{SIDE_NAMES[side]} is paused[/]: {escape(error['message'])} {escape(error['action'])}")
        if error["resume_ms"]:
            until = datetime.fromtimestamp(error["resume_ms"] / 1000).astimezone().isoformat(timespec="minutes")
            console.print(f"    It is worth trying again from {until}.")
    for held in document["held"]:
        console.print(f"[yellow]held[/]: {escape(held['message'])}")
        console.print(f"    approve it with: {held['approve']}")
    if document["quarantined"]:
        console.print(f"{counted(document['quarantined'], 'cell')} in quarantine: syncer quarantine list")
    if document["reviews"]:
        console.print(f"{counted(document['reviews'], 'question')} for you: syncer review list")


_NOTES = (
    ("values left apart, in conflict or held back by their rule", "suppressed"),
    ("records left by themselves, by the inclusion of their mapping", "excluded"),
    ("edits overwritten in a race, found in the history and kept in the journal", "race_recovered"),
    ("writes made without the guard of Salesforce", "unguarded"),
    ("plans outrun by somebody's edit and made anew", "stale"),
    ("writes of which nobody heard the outcome, to be settled by reading", "unknown"),
)


def _writes(counts: Mapping[str, int]) -> Table | str:
    rows = sorted({tuple(name.split(".")[1:]) for name in counts if name.split(".")[0] in _OPS and "." in name})
    if not rows:
        return "Nothing to write: both sides are in step."
    table = Table(box=None, pad_edge=False)
    table.add_column("written")
    for title in _OPS.values():
        table.add_column(title, justify="right")
    for side, kind in rows:
        values = (str(counts.get(f"{op}.{side}.{kind}", "-")) for op in _OPS)
        table.add_row(f"{kind} in {SIDE_NAMES[side]}", *values)
    return table


_OPS = {"creates": "created", "updates": "updated", "archives": "archived"}
