"""`syncer report`: what the state and both systems say when they are counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape

from syncer.cli import report_figures
from syncer.cli.report_extraction import extraction
from syncer.cli.shell import ConfigOption, JsonOption, command, emit, loaded, progress
from syncer.cli.words import SIDE_NAMES, counted
from syncer.errors import Exit

if TYPE_CHECKING:
    from syncer.stages.audit import AuditReport

HELP = "Counts and comparisons: funnel, sla, objections, coverage, disqualified, audit, extraction."


def register(app: typer.Typer) -> None:
    family = typer.Typer(no_args_is_help=True, help=HELP)
    family.callback()(_family)
    report_figures.register(family)
    family.command("audit")(audit)
    family.command("extraction")(extraction)
    app.add_typer(family, name="report")


def _family() -> None:
    """What the state says when it is counted."""


@command
def audit(config: ConfigOption = None, as_json: JsonOption = False) -> Exit:
    """Reads every record of both sides again, compares every field, and says why sides differ. Writes to no CRM."""
    from syncer.engine.auditing import run_audit
    from syncer.engine.session import session
    from syncer.report.subjects import names_of

    with session(loaded(config)) as context, progress(as_json) as told:
        report = run_audit(context, told)
        with context.store.snapshot() as tx:
            names = names_of(tx, [link_id for link_id, _ in report.unexplained])
        paused = list(context.report.paused.values())
    document = as_document(report, names)
    emit(as_json, document, lambda console: show(console, document))
    if paused:
        raise paused[0]
    return Exit.LEFTOVERS if document["unexplained"] else Exit.DONE


def as_document(report: AuditReport, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "sentence": report.sentence(),
        "records": report.records,
        "pairs": report.pairs,
        "fields": report.fields,
        "differences": dict(report.differences),
        "missed": {f"{side}.{name}": count for (side, name), count in report.missed.items() if count},
        "vanished": {f"{side}.{name}": count for (side, name), count in report.vanished.items() if count},
        "unexplained": [{"subject": names.get(link, link), "field": field} for link, field in report.unexplained],
        "complete": report.complete,
    }


def show(console: Console, document: Mapping[str, Any]) -> None:
    console.print(document["sentence"])
    console.print(f"{counted(document['pairs'], 'pair')} compared, field by field.")
    told = (
        ("missed", "change", "that no stream had told of; now known"),
        ("vanished", "record", "gone without a word"),
    )
    for name, what, words in told:
        for place, count in document[name].items():
            side, _, object_name = place.partition(".")
            console.print(f"{SIDE_NAMES[side]} {object_name}: {counted(count, what)} {words}")
    for row in document["unexplained"]:
        console.print(f"[yellow]unexplained[/] {escape(row['subject'])} {row['field']}; the next run plans it anew")
    if not document["complete"]:
        console.print("[yellow]The audit is not complete:[/] a side stopped answering on the way.")
