"""`syncer qualify preview`: who would change status if another definition were active, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from syncer.cli.shell import ConfigOption, JsonOption, command, emit, line, loaded
from syncer.cli.words import counted, file_place
from syncer.errors import DefinitionError, Exit

if TYPE_CHECKING:
    from syncer.config import Loaded
    from syncer.core.qualification_terms import Definition

SHOWN = 20
family = typer.Typer(help="What is a qualified lead.", no_args_is_help=True, rich_markup_mode=None)
FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="A definition, or the name of one in mappings/qualification.")
]


def register(app: typer.Typer) -> None:
    family.command("preview")(preview)
    family.command("replay")(replay)
    app.add_typer(family, name="qualify")


@family.callback()
def _family() -> None:
    """A family of commands, even while it has one member."""


@command
def preview(file: FileArgument, config: ConfigOption = None, as_json: JsonOption = False) -> Exit:
    """What would change if this definition were active. Asks no system, takes no lock, writes nothing."""
    from syncer.engine.system import SystemClock
    from syncer.report.verdicts import preview as judge
    from syncer.store.database import open_store

    found = loaded(config)
    proposed, active = _definitions(found, file)
    store = open_store(found.state_url(), exclusive=False)
    try:
        with store.snapshot() as tx:
            document = judge(tx, found.mappings().kinds, proposed, active, SystemClock().now_ms())
    finally:
        store.close()
    emit(as_json, document, lambda console: show(console, document))
    return Exit.DONE


@command
def replay(file: FileArgument, config: ConfigOption = None, as_json: JsonOption = False) -> Exit:
    """Judges all stored verdicts of this version once more, from what was known then. Ends with 1 where one differs."""
    from syncer.report.replay import replay as judge_again
    from syncer.store.database import open_store

    found = loaded(config)
    definition, _ = _definitions(found, file)
    store = open_store(found.state_url(), exclusive=False)
    try:
        with store.snapshot() as tx:
            document = judge_again(tx, found.mappings().kinds, definition)
    finally:
        store.close()
    emit(as_json, document, lambda console: _show_replay(console, document))
    return Exit.FAILED if document["differing"] else Exit.DONE


def _show_replay(console: Console, document: Mapping[str, Any]) -> None:
    told = f"{counted(document['verdicts'], 'verdict')} of {_named(document['definition'])} judged again"
    console.print(f"{told}, {document['same']} came out the same.")
    for name, says in (("of_other_versions", "of other versions"), ("erased", "of erased subjects")):
        if document[name]:
            console.print(f"[dim]{document[name]} {says} were left out.[/]")
    for one in document["differing"][:SHOWN]:
        apart = ", ".join(f"{name} {then} -> {now}" for name, (then, now) in sorted(one["apart"].items()))
        line(
            console, f"  [red]{escape(one['subject'])}[/] {escape(' -> '.join(one['status']))} [dim]{escape(apart)}[/]"
        )


def _definitions(found: Loaded, file: Path) -> tuple[Definition, Definition]:
    """The one in the file and the active one. Raises DefinitionError with the problems of both."""
    from syncer.mapping.active import fields_to_judge_by
    from syncer.mapping.definition import definition_path, load_definition

    folder = found.mappings_dir()
    known = fields_to_judge_by(folder, found.mappings())
    by_name = definition_path(folder, file.name)
    paths = [
        by_name if not file.exists() and by_name.exists() else file,
        definition_path(folder, found.config.mappings.definition),
    ]
    if paths[0].resolve() == paths[1].resolve():
        only = load_definition(paths[0], known)
        return only, only
    made: list[Definition] = []
    problems = []
    for path in paths:
        try:
            made.append(load_definition(path, known))
        except DefinitionError as error:
            problems += error.problems
    if problems:
        raise DefinitionError(problems)
    return made[0], made[1]


def show(console: Console, document: Mapping[str, Any]) -> None:
    proposed, active = document["definition"], document["active"]
    console.print(f"[bold]{_named(proposed)}[/] against the active {_named(active)}")
    for about in (proposed, active):
        if about["unsigned"]:
            console.print(
                f"[yellow]{_named(about)} is unsigned[/] by {' and '.join(about['unsigned'])}: it can be previewed, "
                f"and becomes active when agreed in {escape(file_place(about['file']))}."
            )
    if document["same_version"]:
        console.print(
            f"[yellow]The file differs from the active definition and calls itself {_named(proposed)} as well:[/] "
            "count its version up, and let both teams sign it."
        )
    console.print()
    if not document["subjects"]:
        console.print("No person is linked so far: run `syncer sync` first.")
        return
    console.print(_totals(document["totals"]))
    console.print()
    console.print(
        f"{counted(document['subjects'], 'person', 'people')} judged, {document['up']} would move up, "
        f"{document['down']} would move down."
    )
    for direction in ("up", "down"):
        flips = [flip for flip in document["flips"] if flip["direction"] == direction]
        if flips:
            _show_flips(console, direction, flips)
    for problem in document["problems"]:
        console.print(f"[yellow]{counted(problem['count'], 'person', 'people')}[/]: {escape(problem['says'])}")
    if document["unreadable"]:
        console.print(f"[yellow]{counted(document['unreadable'], 'value')}[/] could not be read and count as unknown.")


def _named(about: Mapping[str, Any]) -> str:
    return escape(f"{about['name']} {about['version']}")


def _totals(totals: Mapping[str, Mapping[str, int]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("status")
    for title in ("now", "then", "change"):
        table.add_column(title, justify="right")
    for name in dict.fromkeys([*totals["active"], *totals["proposed"]]):
        now, then = totals["active"].get(name, 0), totals["proposed"].get(name, 0)
        table.add_row(name, str(now), str(then), f"{then - now:+d}" if then != now else "")
    return table


def _show_flips(console: Console, direction: str, flips: Sequence[Mapping[str, Any]]) -> None:
    console.print(f"\n[bold]{direction}[/]")
    for flip in flips[:SHOWN]:
        move = f"{flip['from']} -> {flip['to']}"
        line(console, f"  [bold]{escape(flip['subject'])}[/]  {escape(move)}  [dim]{escape(flip['line'])}[/]")
        for reason in flip["why"]:
            line(console, f"      {escape(reason)}")
        if flip["next_question"]:
            line(console, f"      ask: {escape(flip['next_question'])}")
    if len(flips) > SHOWN:
        console.print(f"  and {len(flips) - SHOWN} more: see them all with --json")
