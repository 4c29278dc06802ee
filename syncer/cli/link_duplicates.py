"""`syncer link duplicates`: accounts of a file that may be one company. It proposes and never merges."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape

from syncer.cli.shell import ConfigOption, JsonOption, command, emit, loaded
from syncer.cli.tables import read_rows
from syncer.cli.words import counted, printable

COLUMNS: Final = ("id", "name", "email", "company", "website", "phone", "city", "state", "country")
SHOWN: Final = 50

AccountsOption = Annotated[Path, typer.Option("--accounts", help=f"CSV of accounts: {', '.join(COLUMNS)}.")]


@command
def link_duplicates(accounts: AccountsOption, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Shows pairs of accounts that may be one company, likeliest first; merges nothing. Needs the extra `dedupe`."""
    from syncer.learn.duplicates import duplicates

    if config is not None:
        loaded(config)
    rows = list(read_rows(accounts, COLUMNS, ("id",), ("name", "company", "website")))
    found = [pair.as_json() for pair in duplicates(rows)]
    emit(as_json, {"accounts": len(rows), "pairs": found}, lambda out: _show(out, found, len(rows)))


def _show(out: Console, pairs: list[dict[str, Any]], accounts: int) -> None:
    for pair in pairs[:SHOWN]:
        names = " and ".join(printable(f"{one['account']} {one['name']}".strip()) for one in pair["accounts"])
        out.print(f"{pair['score']:.2f}  {escape(names)} [dim]{escape(printable('; '.join(pair['reasons'])))}[/]")
    if len(pairs) > SHOWN:
        out.print(f"[dim]... and {len(pairs) - SHOWN} more; see them with --json.[/]")
    out.print(f"{counted(accounts, 'account')}: {counted(len(pairs), 'pair')} may be one company. Nothing was merged.")
