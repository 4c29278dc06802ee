"""The part of `why` that shows what is claimed, and the verdict with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from syncer.cli.words import printable, when

MARKS = {"met": "[green]met[/]", "not met": "[red]not met[/]", "unknown": "[yellow]unknown[/]"}


def show_verdict(console: Console, verdict: Mapping[str, Any] | None, now_ms: int) -> None:
    if verdict is None:
        return
    through = f" through {escape(verdict['through'])}" if verdict["through"] else ""
    named = f"{escape(verdict['definition'])} {escape(verdict['version'])}"
    console.print(
        f"\n[bold]{escape(verdict['status'])}[/]{through}: {escape(verdict['line'])} [dim]({named}, "
        f"{when(verdict['since_ms'], now_ms)})[/]"
    )
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(overflow="fold")
    for one in verdict["criteria"]:
        table.add_row(f"  {MARKS[one['truth']]}", escape(one["line"].partition(": ")[2]))
    console.print(table)
    if verdict["next_question"]:
        console.print(f"  ask next: {escape(verdict['next_question'])}")
    for problem in verdict["problems"]:
        console.print(f"  [yellow]{escape(problem)}[/]")
    for move in verdict["history"][:3]:
        console.print(
            f"  [dim]{when(move['at_ms'], now_ms)} {escape(move['from'] or 'new')} -> {escape(move['to'])}: "
            f"{escape(move['reason'])}[/]"
        )


def show_claims(console: Console, claims: list[Mapping[str, Any]], now_ms: int) -> None:
    """One line a claim, and its words below."""
    if not claims:
        return
    console.print("\n[bold]claims[/]")
    for one in claims:
        style = "bold" if one["stands"] == "wins" else "dim" if one["stands"] not in ("agrees", "differs") else ""
        head = f"  {one['field']} = {escape(one['shown'])}, {one['authority']} {escape(one['source'])}"
        head += f", {when(one['since_ms'], now_ms)}, sure {one['confidence']:.2f}: {one['says']}"
        console.print(head, style=style or None)
        for evidence in one["evidence"]:
            if evidence["quote"]:
                place = f"{evidence['document']} {evidence['start']}-{evidence['end']}" if evidence["document"] else ""
                console.print(f'      "{escape(evidence["quote"])}" [dim]{escape(place or evidence["url"])}[/]')


def show_candidates(console: Console, question: Mapping[str, Any]) -> None:
    """The accounts that a person may belong to, what speaks for each, and how to answer."""
    for one in question["candidates"]:
        reasons = printable("; ".join(one["reasons"]))
        console.print(f"    {escape(printable(one['name']))} at {one['score']:.2f} [dim]{escape(reasons)}[/]")
    for answer in question["answers"]:
        console.print(f"  answer: {escape(printable(answer))}")


def show_accounts(
    console: Console, accounts: list[Mapping[str, Any]], question: Mapping[str, Any] | None = None
) -> None:
    for one in accounts:
        reasons = printable("; ".join(one["reasons"].get("because", ())))
        by = f" ({escape(one['reasons']['by'])})" if "by" in one["reasons"] else ""
        said = {"contact": "as its record says", "matched": "matched", "confirmed": "confirmed by a person"}
        said["rejected"] = "not this one, a person said"
        text = said.get(one["how"], one["how"].replace("_", " "))
        score = f" at {one['score']:.2f}" if one["how"] in ("matched", "rejected") else ""
        console.print(f"  account {escape(one['name'] or one['account'])}, {text}{by}{score} [dim]{escape(reasons)}[/]")
        for other in one["reasons"].get("candidates", ())[1:]:
            why = printable("; ".join(other["reasons"]))
            name = escape(printable(other["name"]))
            console.print(f"    [dim]rather than {name} at {other['score']:.2f}: {escape(why)}[/]")
    if question is not None:
        console.print(f"  {question['says']} [dim]{question['id']}[/]")
        show_candidates(console, question)
