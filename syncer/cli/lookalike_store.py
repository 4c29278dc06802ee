"""How accounts that are alike, and what became of predictions, are shown on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table


def show_like(console: Console, found: Mapping[str, Any]) -> None:
    """One line an account; those that are not like enough for a prediction are dim."""
    console.print(
        f"[bold]{escape(found['account'])}[/] beside {found['compared_with']:,} other accounts; "
        f"alike is from {found['enough']:.2f} on, {escape(found['enough_is'])}."
    )
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("likeness", "account", "domain", "status", "because"):
        table.add_column(name, justify="right" if name == "likeness" else "left")
    for row in found["like"]:
        style = None if row["enough"] else "dim"
        told = (row["account"], row["domain"], row["status"], row["reasons"])
        table.add_row(f"{row['likeness']:.2f}", *map(escape, told), style=style)
    console.print(table)
