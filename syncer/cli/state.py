"""`syncer state`: the care of the state file or database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from syncer.cli.shell import ConfigOption, JsonOption, command, emit, loaded
from syncer.cli.words import counted
from syncer.errors import Exit


def register(app: typer.Typer) -> None:
    family = typer.Typer(no_args_is_help=True, help="The state: migrate, backup, verify.")
    family.command("migrate")(migrate)
    family.command("backup")(backup)
    family.command("verify")(verify)
    app.add_typer(family, name="state")


@command
def migrate(config: ConfigOption = None, as_json: JsonOption = False) -> Exit:
    """Brings an older state to this program's schema, with a copy first; does nothing where it is."""
    from syncer.store.migrate import migrate as bring_up

    done = bring_up(loaded(config).state_url())
    document = {"before": done.before, "after": done.after, "backup": str(done.backup) if done.backup else None}
    emit(as_json, document, lambda console: _show_migrated(console, document))
    return Exit.DONE


def _show_migrated(console: Console, document: Mapping[str, Any]) -> None:
    if document["before"] == document["after"]:
        console.print(f"The state has the newest schema already ({document['after']}).")
        return
    console.print(f"The state went from schema {document['before'] or 'none'} to {document['after']}.")
    if document["backup"]:
        console.print(f"It is kept as it was in {escape(document['backup'])}")


@command
def backup(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Where the copy goes; must not exist.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> Exit:
    """Copies the state, also while an instance runs."""
    from syncer.store.backup import backup as copy

    made = copy(loaded(config).state_url(), path)
    document = {"backup": str(made), "bytes": made.stat().st_size}
    size = f"{document['bytes'] / 1_048_576:.1f} MiB"
    emit(as_json, document, lambda console: console.print(f"The copy is in {escape(str(made))} ({size})."))
    return Exit.DONE


@command
def verify(config: ConfigOption = None, as_json: JsonOption = False) -> Exit:
    """Looks the whole state over, also while an instance runs; exit code 1 when something is wrong."""
    from syncer.store.verify import verify as look

    findings = [asdict(finding) for finding in look(loaded(config).state_url())]
    emit(as_json, {"findings": findings}, lambda console: _show_findings(console, findings))
    return Exit.FAILED if findings else Exit.DONE


def _show_findings(console: Console, findings: list[dict[str, Any]]) -> None:
    if not findings:
        console.print("The state is whole, and keeps its promises.")
    for row in findings:
        console.print(f"[red]{row['name']}[/] {escape(row['message'])} ({counted(row['count'], 'time')})")
        if row["sample"]:
            console.print(f"  such as {escape(', '.join(row['sample']))}", no_wrap=True, overflow="ellipsis")
        console.print(f"  {escape(row['action'])}")
