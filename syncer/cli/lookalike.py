"""`syncer lookalike evaluate`: would predictions for rows like these come true? Tested on rows not learned from."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from syncer.cli.shell import ConfigOption, JsonOption, command, emit, progress
from syncer.errors import UsageError

if TYPE_CHECKING:
    from syncer.config import Loaded
    from syncer.core.lookalike import Lookalike
    from syncer.learn.question import Question

family = typer.Typer(
    help="Accounts that are alike, and what is predicted of them.", no_args_is_help=True, rich_markup_mode=None
)


def register(app: typer.Typer) -> None:
    app.add_typer(family, name="lookalike")


@family.callback()
def _family() -> None:
    """A family of commands, even while it has one member."""


@command
def evaluate(
    data: Annotated[
        Path | None, typer.Option("--data", help="A CSV file of rows whose outcome is known; else the state.")
    ] = None,
    label: Annotated[str, typer.Option("--label", help="With --data: the column that holds the outcome.")] = "",
    positive: Annotated[str, typer.Option("--positive", help="The value to predict; all others are negative.")] = "",
    time: Annotated[
        str, typer.Option("--time", help="The column of the moment of each row; else the order of the file.")
    ] = "",
    drop: Annotated[str, typer.Option("--drop", help="Columns to leave out, with commas between them.")] = "",
    keep: Annotated[
        str, typer.Option("--keep", help="Columns known before the outcome, whatever the leak check says.")
    ] = "",
    split: Annotated[str, typer.Option("--split", help="time, rolling or random.")] = "time",
    window: Annotated[int, typer.Option("--window", min=100, help="Rolling: rows to learn from.")] = 20_000,
    step: Annotated[int, typer.Option("--step", min=1, help="Rolling: rows to test before learning anew.")] = 1_000,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Write the report to this file, as HTML.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """How predictions do: those in the state, or with --data those that a labelled table would give. Asks no CRM."""
    if data is None:
        if label:
            raise UsageError("DataNeeded", "--label names a column, and there is no file.", "Add --data FILE.csv.")
        _live(config, out, as_json)
        return
    if not label:
        raise UsageError("LabelNeeded", "Which column of the file holds the outcome?", "Add --label COLUMN.")
    from syncer.learn.evaluate import evaluate as test
    from syncer.learn.read import read_table
    from syncer.report.lookalike_document import document

    question = _question(label, positive, time, drop, keep, split, window, step)
    with progress(as_json) as told:
        table, reading = read_table(data, label, told)
        found = test(table, question, told)
    told_document = document(found, reading, data.name, shlex.join(["syncer", *sys.argv[1:]]))
    if out is not None:
        _write(out, told_document)
    emit(as_json, told_document, lambda console: _show(console, told_document, out))


family.command("evaluate")(evaluate)


def _live(config: Path | None, out: Path | None, as_json: bool) -> None:
    from syncer.cli.report_figures import sight, tell
    from syncer.report.lookalike_live import live_document
    from syncer.report.lookalike_live_view import live_view

    with sight(config) as seen:
        document = live_document(seen.tx, policy_of(seen.loaded), "syncer lookalike evaluate", seen.now_ms)
    tell(document, live_view, out, as_json)


@command
def insights(
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Write the report to this file, as HTML.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """What was heard in each segment of mappings/segments, with n, interval and quotes. Asks no CRM."""
    from syncer.cli.report_figures import sight, tell
    from syncer.report.segment_insights import insights as look
    from syncer.report.segment_insights import insights_view

    with sight(config) as seen:
        document = look(seen.tx, seen.loaded.mappings().kinds, policy_of(seen.loaded), seen.now_ms)
    tell(document, insights_view, out, as_json)


family.command("insights")(insights)


@command
def outbound(
    quiet: Annotated[int, typer.Option("--quiet-days", min=1, help="Without a word for so many days.")] = 90,
    count: Annotated[int, typer.Option("--count", min=1, max=10_000, help="How many of each.")] = 50,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Write the report to this file, as HTML.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Whom to call: accounts that fit without activity, and people who escaped through the cracks. Asks no CRM."""
    from syncer.cli.report_figures import sight, tell
    from syncer.report.outbound import outbound as look
    from syncer.report.outbound import outbound_view

    with sight(config) as seen:
        document = look(seen.tx, quiet, count, seen.now_ms)
    tell(document, outbound_view, out, as_json)


family.command("outbound")(outbound)


@command
def like(
    account: Annotated[str, typer.Argument(metavar="DOMAIN", help="Domain or id of an account.")],
    count: Annotated[int, typer.Option("--count", min=1, max=500, help="How many.")] = 10,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """The accounts that are most like this one, with scores and reasons. Asks no CRM, takes no lock."""
    from syncer.cli.lookalike_store import show_like
    from syncer.cli.report_figures import sight
    from syncer.report.lookalike_like import like as look

    with progress(as_json) as told, sight(config) as seen:
        policy, kinds = policy_of(seen.loaded), seen.loaded.mappings().kinds
        document = look(seen.tx, kinds, policy, account, count, seen.now_ms, told)
    emit(as_json, document, lambda console: show_like(console, document))


def policy_of(found: Loaded) -> Lookalike:
    """Raises UsageError where the mappings have none."""
    from syncer.engine.learning import lookalike_policy

    policy = lookalike_policy(found)
    if policy is None:
        raise UsageError(
            "NoLookalikes",
            "The mappings have no lookalike.toml, so nothing says what makes accounts alike.",
            "Copy mappings/lookalike.toml of the distribution into the folder of your mappings.",
        )
    return policy


family.command("like")(like)


def _question(
    label: str, positive: str, time: str, drop: str, keep: str, split: str, window: int, step: int
) -> Question:
    from syncer.learn.question import Question, SplitKind

    try:
        kind = SplitKind(split)
    except ValueError:
        raise UsageError("UnknownSplit", f'There is no split "{split}".', "Write time, rolling or random.") from None
    return Question(label, positive, time, _names(drop), _names(keep), kind, window, step)


def _names(listed: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in listed.split(",") if name.strip())


def _write(out: Path, found: Mapping[str, Any]) -> None:
    from syncer.report.lookalike_page import page

    try:
        out.write_text(page(found), encoding="utf-8")
    except OSError as error:
        raise UsageError("NotWritable", f"{out} cannot be written: {error.strerror}.", "Name another file.") from None


def _show(console: Console, found: Mapping[str, Any], out: Path | None) -> None:
    """The verdict and its rules first, then the figures, the leaks and the notes."""
    from syncer.report.lookalike_words import told

    verdict = found["verdict"]
    colour = "green" if verdict["live"] else "red"
    console.print(f"[bold {colour}]{escape(verdict['says'])}[/] ({escape(verdict['wording'])})")
    for rule in verdict["rules"]:
        held = "[green]holds[/]" if rule["holds"] else "[red]fails[/]"
        console.print(f"  {held}  {escape(rule['rule'])}: {escape(rule['says'])}")
    console.print(_table(found))
    leaks = found["leaks"]
    for suspect in leaks["suspects"]:
        state = "left out" if suspect["left_out"] else "kept"
        console.print(
            f"[yellow]{escape(suspect['column'])}[/] ({state}, {escape(suspect['rule'])}): {escape(suspect['says'])}"
        )
    console.print(f"Whether cells are filled in, alone: AUC {told(leaks['missingness_only_auc'])}.")
    if leaks["auc_with_columns_left_out"]:
        console.print(f"With the columns left out: AUC {told(leaks['auc_with_columns_left_out'])}.")
    for note in found["notes"]:
        console.print(f"[dim]{escape(note)}[/]")
    if out is not None:
        console.print(f"The report is in {escape(str(out))}.")


def _table(found: Mapping[str, Any]) -> Table:
    from syncer.report.lookalike_words import FIGURES, told

    (beside, other) = next(iter(found["beside"].items()))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("", f"{found['split']['kind']} split", f"{beside} split, beside it"):
        table.add_column(name)
    for name, words in FIGURES.items():
        table.add_row(words, told(found["hold_out"][name]), told(other[name]))
    table.add_row("claimed - came true", told(found["hold_out"]["deployed"]["gap"]), told(other["gap"]))
    return table
