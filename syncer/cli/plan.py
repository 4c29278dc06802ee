"""`syncer plan` and `syncer apply`: see the exact writes before they are made, then make just those."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from syncer.cli.shell import (
    WAIT_S,
    ConfigOption,
    JsonOption,
    WaitOption,
    YesOption,
    command,
    confirm,
    emit,
    line,
    loaded,
    progress,
)
from syncer.errors import Exit, UsageError

SHOWN = 20  # writes listed in the text before "and N more"
SIDE_NAMES = {"left": "Salesforce", "right": "HubSpot"}


def register(app: typer.Typer) -> None:
    app.command("plan")(plan)
    app.command("apply")(apply)


@command
def plan(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Write the plan to this file, for `apply`.")] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 3 when changes are pending.")] = False,
    full: Annotated[bool, typer.Option("--all", help="List every write, not only the first.")] = False,
    wait: WaitOption = WAIT_S,
) -> Exit:
    """The exact field-level writes a run would make; writes to no CRM."""
    from syncer.engine.planning import make_plan
    from syncer.engine.session import session

    with session(loaded(config), wait_s=wait) as context, progress(as_json) as told:
        document = make_plan(context, told)
        paused = dict(context.report.paused)
    if out is not None:
        out.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    emit(as_json, document, lambda console: show_plan(console, document, None if full else SHOWN, out))
    for error in paused.values():
        raise error
    if exit_code and (document["writes"] or document["held"]):
        return Exit.PENDING
    return Exit.DONE


def show_plan(console: Console, document: Mapping[str, Any], most: int | None, out: Path | None = None) -> None:
    writes = document["writes"]
    if document["excluded"]:
        console.print(f"records left by themselves, by the inclusion of their mapping: {document['excluded']}")
    _show_spending(console, document.get("enrichment", ()))
    if not writes and not document["held"]:
        console.print("Nothing to write: both sides are in step.")
        return
    console.print(_totals(writes))
    for entry in writes[:most]:
        _show_write(console, entry)
    if most is not None and len(writes) > most:
        console.print(f"[dim]... and {len(writes) - most} more; see them with --all, or -o FILE.[/]")
    for held in document["held"]:
        console.print(f"[yellow]held[/] {escape(held['message'])}")
        console.print(f"     approve it with: syncer review accept {held['hash']}")
    if document["quarantined"] or document["reviews"]:
        console.print(f"{document['quarantined']} cells in quarantine, {document['reviews']} questions under review.")
    if out is not None:
        console.print(f"The plan is in {out}; make just these writes with: syncer apply {out}")


def _totals(writes: list[Mapping[str, Any]]) -> Table:
    counted: Counter[tuple[str, str]] = Counter()
    for entry in writes:
        row = f"{entry['kind']} in {SIDE_NAMES[entry['side']]}"
        counted[row, entry["op"]] += 1
        for item in entry["fields"]:
            if entry["op"] == "update":
                counted[row, item["effect"]] += 1
            counted[row, "journaled"] += bool(item["journaled"])
    columns = ("create", "update", "fill", "overwrite", "clear", "journaled")
    table = Table(box=None, pad_edge=False)
    table.add_column("planned")
    for column in ("creates", "updates", "filled", "overwritten", "cleared", "journaled"):
        table.add_column(column, justify="right")
    for row in sorted({row for row, _ in counted}):
        table.add_row(row, *(str(counted[row, column] or "-") for column in columns))
    return table


def _show_spending(console: Console, spending: Sequence[Mapping[str, Any]]) -> None:
    """Whom a run would ask, and what for: with their price where there is one."""
    asked = [one for one in spending if one["questions_at_most"]]
    if not asked:
        return
    told = []
    for one in asked:
        price = f", {one['credits']} to {one['credits_at_most']} credits" if float(one["credits_at_most"]) else ""
        told.append(f"{one['provider']} {one['questions']} to {one['questions_at_most']} questions{price}")
    console.print("would ask  " + "; ".join(told))


def _show_write(console: Console, entry: Mapping[str, Any]) -> None:
    place = entry["id"] or f"new, from {entry['source_object']} {entry['source_id']}"
    record = f"{SIDE_NAMES[entry['side']]} {entry['object']} {escape(entry['subject'])}"
    line(console, f"[bold]{entry['op']}[/] {record} [dim]{place}[/]")
    if entry["op"] == "create":
        cells = ", ".join(
            f"{item['field']} = {shown(item['to'])}" for item in entry["fields"] if item["to"] is not None
        )
        line(console, f"    {escape(cells)}")
        return
    for item in entry["fields"]:
        journaled = "; the old value goes to the journal" if item["journaled"] else ""
        console.print(
            f"    {escape(item['field'])}: {escape(shown(item['from']))} -> {escape(shown(item['to']))}"
            f" [dim]({item['rule']}{journaled})[/]"
        )


def shown(value: Any) -> str:
    """A raw value as a person reads it, in one short line."""
    if value in (None, ""):
        return "∅"
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:57] + "..."


@command
def apply(
    file: Annotated[Path, typer.Argument(metavar="PLAN", help="A file that `syncer plan -o` wrote.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
    yes: YesOption = False,
    wait: WaitOption = WAIT_S,
) -> Exit:
    """Makes just the writes of a plan; what changed since then is left out and told."""
    from syncer.cli.sync import show_run
    from syncer.engine.planning import apply_plan
    from syncer.engine.session import session
    from syncer.report.summary import summary

    document = read_plan(file)
    confirm(f"Make {len(document['writes'])} writes?", yes, as_json) or _declined()
    with session(loaded(config), wait_s=wait) as context, progress(as_json) as told:
        left_out = apply_plan(context, document, told)
        result = {**summary(context), "left_out": left_out}

    def show(console: Console) -> None:
        show_run(console, result)
        for entry in left_out[:SHOWN]:
            console.print(f"left out, it changed since the plan: {entry['side']} {entry['object']} {entry['subject']}")

    emit(as_json, result, show)
    return Exit(result["exit_code"])


def _declined() -> None:
    raise typer.Exit(int(Exit.DONE))


def read_plan(file: Path) -> dict[str, Any]:
    """Raises UsageError for a file that is no plan of this version."""
    action = f"Make a new one: syncer plan -o {file}"
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError("PlanMissing", f"{file} cannot be read: {error.strerror}.", action) from None
    except ValueError:
        raise UsageError("PlanBroken", f"{file} is no plan: it is not JSON.", action) from None
    if not isinstance(document, dict) or document.get("format") != 1 or not isinstance(document.get("writes"), list):
        raise UsageError("PlanBroken", f"{file} is no plan of this version of syncer.", action)
    return document
