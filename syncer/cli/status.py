"""`syncer status`: last runs, lag, what waits and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from syncer.cli.shell import ConfigOption, JsonOption, command, emit, loaded
from syncer.cli.words import SIDE_NAMES, counted, lasting, when
from syncer.errors import Exit

RUNS = 5


def register(app: typer.Typer) -> None:
    app.command("status")(status)


@command
def status(config: ConfigOption = None, as_json: JsonOption = False) -> Exit:
    """Last runs, lag, dirty records, open writes, calls, quarantine. Asks no system, takes no lock."""
    from syncer.engine.system import SystemClock
    from syncer.report.status import status as read
    from syncer.store.database import open_store

    found = loaded(config)
    shares = {"left": found.config.salesforce.api_share, "right": found.config.hubspot.api_share}
    store = open_store(found.state_url(), exclusive=False)
    try:
        with store.snapshot() as tx:
            document = read(tx, SystemClock().now_ms(), shares)
    finally:
        store.close()
    emit(as_json, document, lambda console: show(console, document))
    return Exit.DONE


def show(console: Console, document: Mapping[str, Any]) -> None:
    now_ms = document["now_ms"]
    org, portal = document["left_org"] or "not met yet", document["right_portal"] or "not met yet"
    console.print(f"Salesforce org {org}, HubSpot portal {portal}")
    if not document["first_sync"]["approved"]:
        console.print("[yellow]The first sync has not been approved.[/] See `syncer plan`, then: syncer sync --yes")
    console.print()
    console.print(_runs(document["runs"][:RUNS], now_ms) if document["runs"] else "No run yet.")
    _show_problems(console, document["runs"])
    console.print()
    console.print(_streams(document["streams"], now_ms))
    console.print()
    console.print(_figures(document))
    for hold in document["holds"]:
        _show_hold(console, hold, now_ms)
    for row in document["suspended"]:
        console.print(f"[yellow]suspended[/] {escape(row['reason'])} {escape(row['action'])}")
    if document["quarantined"]:
        console.print(f"{counted(document['quarantined'], 'cell')} in quarantine: syncer quarantine list")
    if document["reviews"]:
        console.print(f"{counted(document['reviews'], 'question')} for you: syncer review list")


def _runs(runs: list[Mapping[str, Any]], now_ms: int) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("run", "kind", "began", "took", "outcome"):
        table.add_column(title, no_wrap=title != "began")  # on a narrow screen that one is broken, no figure is cut
    for title in ("writes", "calls"):
        table.add_column(title, justify="right", no_wrap=True)
    for run in runs:
        ended_ms = run["ended_ms"] or now_ms
        row = (run["kind"], when(run["started_ms"], now_ms), lasting(ended_ms - run["started_ms"]), run["outcome"])
        table.add_row(run["run"][:12], *row, str(run["writes"]), str(run["calls"]))
    return table


def _show_problems(console: Console, runs: list[Mapping[str, Any]]) -> None:
    for problem in runs[0]["problems"] if runs else ():
        if problem["name"] != "FieldSuspended":  # listed below, while it lasts
            console.print(
                f"[yellow]{escape(problem['name'])}[/] {escape(problem['message'])} {escape(problem['action'])}"
            )


def _streams(streams: list[Mapping[str, Any]], now_ms: int) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("stream", "lag", "read whole", "last audited"):
        table.add_column(title, no_wrap=True)
    for row in streams:
        lag = lasting(row["lag_ms"]) if row["lag_ms"] is not None else "not begun"
        whole = "yes" if row["complete"] else "not yet"
        table.add_row(f"{SIDE_NAMES[row['side']]} {row['object']}", lag, whole, when(row["swept_ms"], now_ms))
    return table


def _figures(document: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column()
    links = [_link_words(name, count) for name, count in sorted(document["links"].items())]
    table.add_row("links", ", ".join(links) or "none")
    table.add_row("changed, not planned yet", counted(document["dirty"], "record"))
    table.add_row("open writes", _open(document["open_intents"]))
    calls = document["calls"]
    spent = [
        f"{SIDE_NAMES[side]} {entry['last_24_hours']} (we stop when {entry['api_share']:.0%} of its day are used)"
        for side, entry in calls.items()
    ]
    table.add_row("our calls in 24 hours", "\n".join(spent))
    table.add_row("unguarded writes", f"{document['unguarded']} in the last run")
    return table


def _link_words(name: str, count: int) -> str:
    kind, _, state = name.partition(".")
    words = {"creating_left": "to be created in Salesforce", "creating_right": "to be created in HubSpot"}
    return f"{count} {kind} {words.get(state, state)}"


def _open(intents: Mapping[str, int]) -> str:
    words = ((count, *name.split(".")) for name, count in intents.items())
    return ", ".join(f"{count} {state} for {SIDE_NAMES[side]}" for count, side, state in words) or "none"


def _show_hold(console: Console, hold: Mapping[str, Any], now_ms: int) -> None:
    if hold["approved_by"] and hold["expires_ms"] > now_ms:
        until = when(hold["expires_ms"], now_ms)
        console.print(f"[green]approved[/] by {escape(hold['approved_by'])} until {until}: {escape(hold['message'])}")
        return
    console.print(f"[yellow]held[/] {escape(hold['message'])}")
    console.print(f"     approve it with: syncer review accept {hold['hash']}")
