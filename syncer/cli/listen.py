"""`syncer listen try`: what the extractor finds in a text, for those who edit mappings/calls.toml."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from syncer.cli.shell import ConfigOption, JsonOption, command, emit, loaded
from syncer.cli.words import printable
from syncer.config import Loaded
from syncer.core.listen.declared import Calls
from syncer.core.listen.findings import Finding, Heard, Modality, Status
from syncer.core.listen.verify import Answer
from syncer.errors import UsageError

_COLOURS: Final = {Status.ACCEPTED: "green", Status.PROPOSAL: "yellow", Status.REFUSED: "dim"}
CallDateOption = Annotated[
    str | None, typer.Option("--call-date", help="Day of the call, such as 2026-03-02: relative dates count from it.")
]
ModelOption = Annotated[
    bool, typer.Option("--with-model", help="Ask the endpoint of [extraction], and hold its answers against the text.")
]
RepOption = Annotated[list[str] | None, typer.Option("--rep", help="Name of one of our own people in the text.")]


def register(app: typer.Typer) -> None:
    family = typer.Typer(no_args_is_help=True, help="What is heard in calls, notes and forms: try.")
    family.callback()(_family)
    family.command("try")(listen_try)
    app.add_typer(family, name="listen")


def _family() -> None:
    """What is heard in calls, notes and forms: try."""


@command
def listen_try(
    file: Annotated[Path, typer.Argument(help="A text, or the HTML of a note.")],
    call_date: CallDateOption = None,
    rep: RepOption = None,
    with_model: ModelOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Shows what is found in one text: field, value, verbatim quote, start, end. Writes nothing."""
    from syncer.core.listen import extract, verify, visible_text
    from syncer.core.listen.text import looks_like_html
    from syncer.mapping.calls import load_calls

    configuration = loaded(config)
    calls = load_calls(configuration.mappings_dir())
    text = read_text(file)
    if file.suffix.lower() in (".html", ".htm") or looks_like_html(text):
        text = visible_text(text)
    call, reps = day_of(call_date), tuple(rep or ())
    if with_model:
        heard = verify(text, _model_answers(configuration, calls, text), calls, call=call, reps=reps)
    else:
        heard = extract(text, calls, call=call, reps=reps)
    emit(as_json, heard.as_json(), lambda console: _show(console, heard))


def _model_answers(configuration: Loaded, calls: Calls, text: str) -> Sequence[Answer]:
    """What the configured endpoint says of the text. Raises UsageError, SecretError, RemoteError."""
    from syncer.engine.extraction import asker, extraction_endpoint
    from syncer.engine.system import SystemClock, SystemEntropy

    endpoint = extraction_endpoint(configuration, SystemClock(), SystemEntropy())
    try:
        return asker(endpoint, calls)(text)
    finally:
        endpoint.close()


def read_text(file: Path) -> str:
    """The text as it stands in the file, so that offsets hold. Raises UsageError."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise UsageError("FileMissing", f"{file} cannot be read: {error.strerror}.", "Name a text file.") from None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise UsageError("NotText", f"{file} is no UTF-8 text.", "Save it as UTF-8 and try again.") from None


def day_of(given: str | None) -> date | None:
    """Raises UsageError for what is no day."""
    if given is None:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise UsageError(
            "BadDate", f'"{given}" is no day.', "Write the day of the call as --call-date 2026-03-02."
        ) from None


def _show(console: Console, heard: Heard) -> None:
    """Every sentence that holds something, highlighted, with what was found in it below."""
    findings = sorted((*heard.facts, *heard.objections, *heard.refused), key=lambda found: (found.start, found.end))
    if not findings:
        console.print("Nothing was found that mappings/calls.toml declares.")
    for (start, end), group in groupby(findings, key=lambda found: (found.start, found.end)):
        rows = list(group)
        speaker = f"{escape(rows[0].speaker)}: " if rows[0].speaker else ""
        quote = f"[reverse]{escape(printable(rows[0].quote))}[/]" if end else "(the whole text)"
        console.print(f"{speaker}{quote} [dim]{start} to {end}[/]")
        console.print(_table(rows))
    for sign in heard.suspicious:
        console.print(f"[yellow]suspicious[/]: {escape(sign)}")


def _table(findings: Sequence[Finding]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(width=1)
    for _ in range(4):
        table.add_column(overflow="fold")
    for finding in findings:
        status = f"[{_COLOURS[finding.status]}]{finding.status.value}[/]"
        value = f"{_in_words(finding)} {finding.unit}".strip()
        told = "" if finding.modality is Modality.ASSERTED else f"{finding.modality.value.replace('_', ' ')}: "
        table.add_row("", finding.field or "-", escape(value), status, told + finding.reason)
    return table


def _in_words(finding: Finding) -> str:
    if finding.value is None:
        return "-"
    return " to ".join(map(str, finding.value)) if isinstance(finding.value, list) else str(finding.value)
