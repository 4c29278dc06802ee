"""`syncer report extraction`: how well the listener hears, measured on notes that people marked by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from syncer.cli.shell import ConfigOption, JsonOption, command, emit, loaded
from syncer.cli.words import counted
from syncer.errors import Exit
from syncer.report.extraction import ExtractionReport

GoldOption = Annotated[
    Path | None, typer.Option("--gold", help="Folder with gold notes of your own; else those that ship.")
]


@command
def extraction(gold: GoldOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> Exit:
    """Precision and recall per field over gold notes, every error by name. Ends with 1 if a quote is not verbatim."""
    from syncer.config.load import packaged
    from syncer.mapping.calls import load_calls
    from syncer.report.extraction import evaluate, gold_files

    calls = load_calls(loaded(config).mappings_dir())
    report = evaluate(gold_files(gold or packaged("tests/listen/gold")), calls)
    emit(as_json, report.as_json(), lambda console: _show(console, report))
    return Exit.FAILED if report.not_verbatim else Exit.DONE


def _show(console: Console, report: ExtractionReport) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("field")
    for name in ("precision", "recall", "right", "wrong", "missed", "proposed"):
        table.add_column(name, justify="right")
    for name, score in sorted(report.scores.items()):
        counts = (score.right, score.wrong, score.missed, score.proposed)
        table.add_row(name, _share(score.precision), _share(score.recall), *map(str, counts))
    console.print(table)
    console.print(f"{counted(report.notes, 'note')}; {counted(report.not_verbatim, 'quote')} not verbatim.")
    for title, rows in (("misheard", report.misheard), ("missed", report.missed)):
        for note, field, value, quote in rows:
            line = " ".join(quote.split())
            console.print(f"[yellow]{title}[/] {escape(f'{note}: {field} = {value} in {line!r}')}")
    for note in report.wrong_language:
        console.print(f"[yellow]wrong language[/] {escape(note)}")


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.2f}"
