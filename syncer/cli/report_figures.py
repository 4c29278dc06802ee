"""`syncer report funnel` and its kin: figures out of the state, as text, as one JSON document or as an HTML page.

They read a snapshot of the state, take no lock and ask no CRM.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from syncer.cli.shell import ConfigOption, JsonOption, command, emit, loaded
from syncer.errors import UsageError

if TYPE_CHECKING:
    from syncer.config import Loaded
    from syncer.core.hand_off_terms import HandOffPolicy
    from syncer.core.qualification_terms import Definition
    from syncer.report.periods import Every, Period
    from syncer.report.views import Section, View
    from syncer.store.ports import Tx

PERIODS, QUARTERS = 12, 5  # shown unless --since says otherwise
TONES = {"plain": "bold", "good": "bold green", "warn": "bold yellow", "bad": "bold red"}

OutOption = Annotated[Path | None, typer.Option("-o", "--out", help="Write the report to this file, as HTML.")]
SinceOption = Annotated[str, typer.Option("--since", metavar="DATE", help="The first day, such as 2026-03-02.")]
PeriodOption = Annotated[str, typer.Option("--period", help="month, quarter or week.")]


def register(family: typer.Typer) -> None:
    for one in (funnel, sla, objections, coverage, disqualified):
        family.command(one.__name__)(one)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a report looks at: a snapshot, by what is judged, whose days count, and now."""

    loaded: Loaded
    tx: Tx
    definition: Definition | None
    hand_off: HandOffPolicy | None
    zone: tzinfo
    now_ms: int

    def since(self, given: str, every: Every, count: int) -> date:
        from syncer.report.periods import back

        return day(given) if given else back(every, count, self.now_ms, self.zone)

    def periods(self, given: str, every: Every, count: int = PERIODS) -> tuple[Period, ...]:
        from syncer.report.periods import periods

        return periods(every, self.since(given, every, count), self.now_ms, self.zone)


@contextmanager
def sight(config: Path | None) -> Iterator[Sight]:
    from syncer.engine.knowing import hand_off_policy
    from syncer.engine.system import SystemClock
    from syncer.store.database import open_store

    found = loaded(config)
    definition = found.definition()
    hand_off = hand_off_policy(found, definition)
    zone = hand_off.calendar.zone if hand_off else UTC
    store = open_store(found.state_url(), exclusive=False)
    try:
        with store.snapshot() as tx:
            yield Sight(found, tx, definition, hand_off, zone, SystemClock().now_ms())
    finally:
        store.close()


@command
def funnel(
    period: PeriodOption = "month",
    since: SinceOption = "",
    out: OutOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who stands where, MQL to SQL by period, TRUE leads, and what marketing did before them. Asks no CRM."""
    from syncer.mapping.reports import load_reports
    from syncer.report.funnel import funnel as look
    from syncer.report.funnel_view import funnel_view

    every = every_of(period)
    with sight(config) as seen:
        policy = load_reports(seen.loaded.mappings_dir())
        answers = (seen.hand_off.answers.accepted_field, seen.hand_off.answers.rejected_field) if seen.hand_off else ()
        listed = seen.periods(since, every)
        document = look(seen.tx, seen.definition, policy, every, listed, seen.now_ms, answers)
    tell(document, funnel_view, out, as_json)


@command
def sla(
    period: PeriodOption = "month",
    since: SinceOption = "",
    out: OutOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand-offs kept, late and open, how long an answer takes, what sales adopts and why it rejects. Asks no CRM."""
    from syncer.report.sla import sla as look
    from syncer.report.sla_view import sla_view

    every = every_of(period)
    with sight(config) as seen:
        if seen.hand_off is None:
            raise UsageError(
                "NoHandOff",
                "Nothing is handed over: the mappings have no definition, or no hand-off.toml.",
                "Copy mappings/hand-off.toml of the distribution into the folder of your mappings.",
            )
        document = look(seen.tx, seen.hand_off.calendar, seen.periods(since, every), seen.now_ms)
    tell(document, sla_view, out, as_json)


@command
def objections(
    since: SinceOption = "",
    out: OutOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Objections by kind, root source and quarter, and whether the commonest become rarer. Asks no CRM."""
    from syncer.mapping.reports import load_reports
    from syncer.report.objections import objections as look
    from syncer.report.objections_view import objections_view
    from syncer.report.periods import Every

    with sight(config) as seen:
        policy = load_reports(seen.loaded.mappings_dir())
        document = look(seen.tx, policy, seen.periods(since, Every.QUARTER, QUARTERS), seen.now_ms)
    tell(document, objections_view, out, as_json)


@command
def coverage(
    since: SinceOption = "",
    out: OutOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """How full each field is before and after, by whose word, at what cost. --since: of the credits. Asks no CRM."""
    from syncer.report.coverage import coverage as look
    from syncer.report.coverage_view import coverage_view

    since_day = day(since).isoformat() if since else ""
    with sight(config) as seen:
        document = look(seen.tx, seen.loaded.mappings().kinds, seen.definition, since_day, seen.now_ms)
    tell(document, coverage_view, out, as_json)


@command
def disqualified(out: OutOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Who is disqualified, by reason and root source; who lacks either is named. Asks no CRM."""
    from syncer.report.disqualified import disqualified as look
    from syncer.report.disqualified_view import disqualified_view

    with sight(config) as seen:
        document = look(seen.tx, seen.definition, seen.now_ms)
    tell(document, disqualified_view, out, as_json)


def every_of(given: str) -> Every:
    """Raises UsageError."""
    from syncer.report.periods import Every

    try:
        return Every(given)
    except ValueError:
        raise UsageError("UnknownPeriod", f'There is no period "{given}".', "Write month, quarter or week.") from None


def day(given: str) -> date:
    """Raises UsageError for what is no day."""
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise UsageError("BadDate", f'"{given}" is no day.', "Write it as --since 2026-03-02.") from None


def tell(
    document: Mapping[str, Any], view_of: Callable[[Mapping[str, Any]], View], out: Path | None, as_json: bool
) -> None:
    """The document on stdout, as JSON or as text, and the page in its file."""
    view = view_of(document)
    if out is not None:
        write_page(out, view)
    emit(as_json, document, lambda console: show(console, view, out))


def write_page(out: Path, view: View) -> None:
    """Raises UsageError."""
    from syncer.report.pages import page

    try:
        out.write_text(page(view), encoding="utf-8")
    except OSError as error:
        raise UsageError("NotWritable", f"{out} cannot be written: {error.strerror}.", "Name another file.") from None


def show(console: Console, view: View, out: Path | None) -> None:
    for sentence in view.headline:
        console.print(escape(sentence), style=TONES[view.tone], soft_wrap=False)
    for section in view.sections:
        console.print()
        _show_section(console, section)
    console.print()
    console.print(escape(view.made), style="dim")
    if out is not None:
        console.print(f"The report is in {escape(str(out))}.")


def _show_section(console: Console, section: Section) -> None:
    console.print(f"[bold cyan]{escape(section.title)}[/]")
    for sentence in section.says:
        console.print(escape(sentence))
    if section.table is not None and section.table.rows:
        table = Table(box=None, pad_edge=False, header_style="dim")
        for column in section.table.columns:
            table.add_column(
                escape(column.title),
                justify="right" if column.right else "left",
                no_wrap=not column.folds,
                overflow="fold" if column.folds else "ellipsis",
            )
        for row in section.table.rows:
            table.add_row(*map(escape, row))
        console.print(table)
    for about, words in section.quotes:
        console.print(f'[bold]{escape(about)}[/] [italic]"{escape(words)}"[/]')
