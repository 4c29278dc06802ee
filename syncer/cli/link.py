"""`syncer link`: which account each lead belongs to, on two files; and weights that learn from what people decided."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Final

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from syncer.cli.link_duplicates import COLUMNS, link_duplicates
from syncer.cli.shell import WAIT_S, ConfigOption, JsonOption, WaitOption, command, console, emit, loaded, progress
from syncer.cli.tables import read_rows
from syncer.cli.words import counted
from syncer.errors import UsageError

if TYPE_CHECKING:
    from syncer.core.identity.match import Match

LEAD_SAYS: Final = ("company", "email", "website", "phone")
ACCOUNT_SAYS: Final = ("name", "company", "website")
SHOWN: Final = 50  # leads listed in the text before "and N more"
_COLOURS: Final = {"auto": "green", "review": "yellow", "none": "dim"}

LeadsOption = Annotated[Path, typer.Option("--leads", help=f"CSV of leads: {', '.join(COLUMNS)}.")]
AccountsOption = Annotated[Path, typer.Option("--accounts", help="CSV of accounts, with the same columns.")]
OutOption = Annotated[Path | None, typer.Option("-o", "--out", help="Write all matches to this file, as JSON.")]
OwnOption = Annotated[
    list[str] | None,
    typer.Option("--company-domain", help="A domain that is a company's although it is on the list of free mail."),
]


def register(app: typer.Typer) -> None:
    family = typer.Typer(
        no_args_is_help=True, help="Whose a person is, and doubled accounts: preview, refit, duplicates."
    )
    family.callback()(_family)
    family.command("preview")(link_preview)
    family.command("refit")(link_refit)
    family.command("duplicates")(link_duplicates)
    app.add_typer(family, name="link")


def _family() -> None:
    """Whose a person is, and doubled accounts: preview, refit, duplicates."""


@command
def link_preview(
    leads: LeadsOption,
    accounts: AccountsOption,
    out: OutOption = None,
    company_domain: OwnOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Shows for each lead the account it belongs to, or none, with score, reasons and candidates. Writes to no CRM."""
    if config is not None:
        loaded(config)
    counts: Counter[str] = Counter()
    first: list[Match] = []
    matches = _matches(leads, accounts, frozenset(company_domain or ()))
    with ExitStack() as open_files, progress(as_json) as told:
        sinks = [open_files.enter_context(_created(out))] if out else []
        sinks += [sys.stdout.buffer] if as_json else []
        _write(sinks, b'{"matches": [')
        for number, found in enumerate(matches):
            counts[found.decision.value] += 1
            if number % 1_000 == 0:
                told(f"lead {number}")
            if sinks:
                _write(sinks, (b",\n" if number else b"\n") + orjson.dumps(found.as_json()))
            if len(first) < SHOWN:
                first.append(found)
        numbers = {"leads": counts.total(), **{name: counts[name] for name in _COLOURS}}
        _write(sinks, b'\n], "counts": ' + orjson.dumps(numbers) + b"}\n")
    sys.stdout.flush()
    if not as_json:
        _show(console(), first, numbers, out)


@command
def link_refit(config: ConfigOption = None, as_json: JsonOption = False, wait: WaitOption = WAIT_S) -> None:
    """Lets the weights of matching learn from what people confirmed and rejected, if that is better. Asks no system."""
    from syncer.engine.desk import desk
    from syncer.stages.belong_refit import refit_weights

    with desk(loaded(config), wait) as context:
        told = refit_weights(context)
    emit(as_json, told, lambda out: _show_refit(out, told))


def _show_refit(out: Console, told: Mapping[str, Any]) -> None:
    out.print(f"People decided of {told['n']}: {told['confirmed']} confirmed, {told['rejected']} rejected.")
    for name in ("before", "after"):
        if name in told:
            fit = told[name]
            out.print(
                f"  {name:<7}linked by itself {fit['auto_right']} right, {fit['auto_wrong']} wrong of {told['n']}; "
                f"mean surprise {fit['surprise']:.4f}"
            )
    weights = "The new weights are in use" if told["refitted"] else "The shipped weights are in use"
    out.print(f"{weights if 'before' in told else 'Nothing was changed'}: {told['why']}")


def _matches(leads: Path, accounts: Path, companies: frozenset[str]) -> Iterator[Match]:
    """One lead at a time; both files are read and found good before the first. Raises UsageError."""
    from syncer.core.identity.candidates import index
    from syncer.core.identity.domains import registrable_domain
    from syncer.core.identity.match import match
    from syncer.core.identity.model import shipped_model
    from syncer.core.identity.profiles import account_profile, lead_profile

    for domain in companies:
        if registrable_domain(domain) != domain:
            raise UsageError(
                "BadDomain", f'"{domain}" is no registered domain.', "Write it as --company-domain acme.com."
            )
    known = index(account_profile(row, companies) for row in read_rows(accounts, COLUMNS, ("id",), ACCOUNT_SAYS))
    asking = [lead_profile(row, companies) for row in read_rows(leads, COLUMNS, ("id",), LEAD_SAYS)]
    model = shipped_model()
    return (match(lead, known, model) for lead in asking)


def _created(out: Path) -> BinaryIO:
    try:
        return out.open("wb")
    except OSError as error:
        raise UsageError("NotWritable", f"{out} cannot be written: {error.strerror}.", "Name another file.") from None


def _write(sinks: list[BinaryIO], chunk: bytes) -> None:
    for sink in sinks:
        sink.write(chunk)


def _show(out: Console, first: list[Match], counts: Mapping[str, Any], file: Path | None) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("lead", "account", "decision", "score", "why"):
        table.add_column(name, overflow="fold", justify="right" if name == "score" else "left")
    for found in first:
        name = found.candidates[0].name if found.account else ""
        table.add_row(
            _printable(found.lead),
            _printable(f"{found.account} {name}".strip()) if found.account else "-",
            f"[{_COLOURS[found.decision.value]}]{found.decision.value}[/]",
            f"{found.score:.2f}",
            _printable("; ".join(found.reasons)),
        )
    if first:
        out.print(table)
    if counts["leads"] > len(first):
        out.print(f"[dim]... and {counts['leads'] - len(first)} more; see them with -o FILE, or --json.[/]")
    out.print(
        f"{counted(counts['leads'], 'lead')}: {counts['auto']} with an account, {counts['none']} with none, "
        f"{counts['review']} for a person to decide."
    )
    if file is not None:
        out.print(f"All matches are in {escape(str(file))}.")


def _printable(text: str) -> str:
    """What stands in the files, without signs that would steer the terminal or rich."""
    return escape("".join(sign if sign.isprintable() else " " for sign in text))
