"""`syncer why`: where each value comes from, and why a record did not sync."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from syncer.cli.record_ids import SUBJECT
from syncer.cli.shell import ConfigOption, JsonOption, command, emit, loaded
from syncer.cli.why_knowledge import show_accounts, show_claims, show_verdict
from syncer.cli.words import SIDE_NAMES, counted, file_place, record_name, shown, when
from syncer.errors import Exit

WORDS = {"engine": "syncer", "human": "a person", "edited": "someone, since the last run", "unknown": "before we met"}
CALM = ("in_step", "at_rest", "not_mapped", "blank", "apart")


def register(app: typer.Typer) -> None:
    app.command("why")(why)


@command
def why(
    subject: Annotated[str, SUBJECT],
    field: Annotated[str, typer.Argument(metavar="FIELD", help="Only this field, in all detail.")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> Exit:
    """Where each value comes from, and why both sides agree or differ. Asks no system, takes no lock."""
    from syncer.engine.begin import mapping_hash
    from syncer.engine.system import SystemClock
    from syncer.report.why import why as explain
    from syncer.store.database import open_store

    found = loaded(config)
    kinds = found.mappings().kinds
    store = open_store(found.state_url(), exclusive=False)
    try:
        with store.snapshot() as tx:
            document = explain(tx, kinds, mapping_hash(kinds), subject, field, SystemClock().now_ms())
    finally:
        store.close()
    emit(as_json, document, lambda console: show(console, document, in_detail=bool(field)))
    return Exit.DONE


def show(console: Console, document: Mapping[str, Any], *, in_detail: bool) -> None:
    if document["unseen"]:
        console.print(escape(document["unseen"]))
    if document["mapping_changed"]:
        console.print("[yellow]The mappings changed since the last run;[/] below they are as they are now.")
    for place, subject in enumerate(document["subjects"]):
        if place:
            console.print()
        if subject["link"] is None:
            _show_unlinked(console, subject, document["now_ms"])
        else:
            _show_link(console, subject, document["now_ms"], in_detail)


def _show_unlinked(console: Console, subject: Mapping[str, Any], now_ms: int) -> None:
    record = subject["record"]
    console.print(f"[bold]{escape(subject['name'] or record['id'])}[/] is not in step with the other side.")
    console.print(f"  {record_name(record)}, read {when(record['read_ms'], now_ms)}")
    console.print(f"  {escape(subject['says'])}")
    if subject["review"]:
        console.print(f"  decide with: syncer review list, then syncer review accept {escape(subject['review'])} ...")


def _show_link(console: Console, subject: Mapping[str, Any], now_ms: int, in_detail: bool) -> None:
    link = subject["link"]
    state = "linked" if link["state"] == "linked" else f"[yellow]{link['state'].replace('_', ' ')}[/]"
    console.print(f"[bold]{escape(subject['name'])}[/], {link['kind']}, {state} ({escape(link['says'])})")
    for end in link["ends"]:
        changed = ", changed since the last run" if end["changed"] else ""
        gone = "" if end["presence"] == "live" else f", {end['presence']}"
        console.print(f"  {record_name(end)}, edited {when(end['modified_ms'], now_ms)}{gone}{changed}")
    for alias in link["aliases"]:
        console.print(f"  once {record_name(alias)}, {alias['reason']} {when(alias['since_ms'], now_ms)}")
    console.print(f"  [dim]our id {link['id']}[/]")
    if link["review"]:
        console.print(f"  it waits for you: syncer review list {link['review']}")
    show_accounts(console, subject["accounts"], subject["whose"])
    for row in subject["quarantine"]:
        _show_parked(console, row, now_ms)
    if not in_detail:
        show_verdict(console, subject["verdict"], now_ms)
    console.print()
    if in_detail:
        for cell in subject["cells"]:
            _show_cell(console, cell)
    else:
        _show_cells(console, subject["cells"])
    show_claims(console, subject["claims"], now_ms)
    _show_history(console, subject, now_ms)


def _show_parked(console: Console, row: Mapping[str, Any], now_ms: int) -> None:
    what = "the whole record" if row["field"] == "*" else row["field"]
    console.print(f"  [yellow]quarantined[/] {escape(what)} ({escape(row['code'])}): {escape(row['message'])}")
    console.print(
        f"    {escape(row['action'])} Tried {counted(row['attempts'], 'time')}, next {when(row['next_ms'], now_ms)}."
    )


def _show_cells(console: Console, cells: list[Mapping[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title, width in (("field", None), ("Salesforce", 26), ("HubSpot", 26)):
        table.add_column(title, max_width=width, no_wrap=True, overflow="ellipsis")
    table.add_column("state")
    empty = [cell["field"] for cell in cells if cell["state"] in ("in_step", "blank") and _blank(cell)]
    for cell in cells:
        if cell["field"] in empty:
            continue
        style = "dim" if cell["state"] == "not_mapped" else None
        state = cell["state"].replace("_", " ")
        text = state if cell["state"] in CALM else f"[yellow]{state}[/]"
        values = (escape(shown(cell[side])) for side in ("left", "right"))
        table.add_row(cell["field"], *values, text, style=style)
    console.print(table)
    if empty:
        console.print(f"[dim]blank on both sides: {', '.join(empty)}[/]")
    told = [cell for cell in cells if cell["state"] not in ("in_step", "not_mapped", "blank", "apart")]
    if told:
        console.print()
    for cell in told:
        console.print(
            f"{cell['field']}: {escape(cell['says'])} [dim]{cell['rule']}, {escape(file_place(cell['place']))}[/]"
        )


def _blank(cell: Mapping[str, Any]) -> bool:
    return all(cell[side] in (None, "") for side in ("left", "right"))


def _show_cell(console: Console, cell: Mapping[str, Any]) -> None:
    console.print(f"[bold]{cell['field']}[/]: {escape(cell['says'])}")
    console.print(f"  rule {cell['rule']}, {escape(file_place(cell['place']))}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("", "Salesforce", "HubSpot"):
        table.add_column(title)
    table.add_row("field", *(cell[f"{side}_field"] or "not mapped" for side in ("left", "right")))
    table.add_row("holds", *(escape(shown(cell[side])) for side in ("left", "right")))
    held = (escape(shown(cell[f"{side}_base"])) if cell["met"] else "not met yet" for side in ("left", "right"))
    table.add_row("held when last settled", *held)
    table.add_row("written by", *(WORDS[cell[f"{side}_writer"]] for side in ("left", "right")))
    console.print(table)
    if cell["met"]:
        console.print(f"  when last settled, both sides {'agreed' if cell['agreed'] else 'differed'}")


def _show_history(console: Console, subject: Mapping[str, Any], now_ms: int) -> None:
    if subject["intents"]:
        console.print("\n[bold]writes[/]")
    for row in subject["intents"]:
        cells = ", ".join(
            f"{name}: {shown(cell['from'], 24)} -> {shown(cell['to'], 24)}" for name, cell in row["fields"].items()
        )
        head = f"{row['op']} in {SIDE_NAMES[row['side']]}, {row['state']}, run {row['run'][:12]}"
        console.print(f"  {when(row['at_ms'], now_ms)} {head}")
        if cells:
            console.print(f"    {escape(cells)}", no_wrap=True, overflow="ellipsis")
    if subject["journal"]:
        console.print("\n[bold]journal[/]: values that were overwritten, and can be put back")
    for row in subject["journal"]:
        head = f"{when(row['at_ms'], now_ms)} {row['field']} in {SIDE_NAMES[row['side']]}"
        change = f"{shown(row['loser'], 30)} lost to {shown(row['winner'], 30)}"
        console.print(f"  {head}: {escape(change)} ({row['reason'].replace('_', ' ')}, {row['state']})")
        if row["state"] == "effective":
            console.print(f"    put it back with: {row['restore']}")
