"""The part of the demo that shows what was learned: claims, verdicts, one TRUE lead with its evidence, hand-offs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from syncer.cli.shell import line
from syncer.cli.why_knowledge import MARKS
from syncer.core.qualification_terms import STATUSES
from syncer.report.subjects import names_of

TOP = "TRUE lead"


def show_learned(out: Console, run: Mapping[str, Any]) -> None:
    """One line of what a run asked, heard and judged."""
    counts = run["counts"]
    asked, found = counts.get("enrich_questions", 0), counts.get("enrich_hit", 0) + counts.get("enrich_partial", 0)
    heard = sum(count for name, count in counts.items() if name.startswith("heard"))
    parts = [f"asked {asked} questions of {len(SOURCES)} sources, {found} answered"] if asked else []
    parts += [f"heard {heard} calls, meetings, notes and forms"] if heard else []
    moved = sum(count for name, count in counts.items() if name.startswith("status."))
    parts += [f"{moved} subjects got a status"] if moved else []
    if parts:
        out.print(f"  {'; '.join(parts)}")


SOURCES = (
    "pdl", "apollo", "hunter", "builtwith", "gleif", "edgar", "companies_house", "dns", "job_boards", "site",
)  # fmt: skip


def what_is_known(context: Any) -> dict[str, Any]:
    """The verdicts by status, the lead that got furthest, and what was handed over."""
    with context.store.snapshot() as tx:
        statuses = tx.verdicts.count_by_status("person")
        best, after = None, ""
        while rows := tx.verdicts.iterate("person", after, 500):
            after = rows[-1].link_id
            for row in rows:
                met = sum(one["truth"] == "met" for one in row.verdict["criteria"])
                if row.status in STATUSES[:5]:
                    rank = (STATUSES.index(row.status), met, row.link_id)
                    best = max(best, (rank, row), key=lambda pair: pair[0]) if best else (rank, row)
        hand_offs = tx.hand_offs.by_state(("sent", "accepted", "rejected"), 1_000)
        example = _example(tx, best[1]) if best is not None and best[1].status == TOP else None
        claims = tx.claims.count()
    return {
        "statuses": {name: statuses[name] for name in STATUSES if statuses.get(name)},
        "example": example,
        "handed_over": len(hand_offs),
        "hand_offs": [{"status": row.status, "first_step": row.first_step, "due_ms": row.due_ms} for row in hand_offs],
        "claims": claims,
    }


def _example(tx: Any, row: Any) -> dict[str, Any]:
    return {
        "email": names_of(tx, [row.link_id])[row.link_id],
        "status": row.status,
        "line": row.line,
        "criteria": [{"truth": one["truth"], "line": one["line"]} for one in row.verdict["criteria"]],
        "definition": f"{row.definition} {row.version}",
    }


def what_is_predicted(context: Any) -> list[dict[str, Any]]:
    """Each fact that may travel: whether its predictions are shown, by which rule, and what became of them."""
    from syncer.report.lookalike_live import live_document

    if context.lookalike is None:
        return []
    with context.store.snapshot() as tx:
        found = live_document(tx, context.lookalike, "", context.clock.now_ms())
    kept = ("says", "verdict", "why", "learned", "shown", "confirmed", "refuted", "claimed", "came_true")
    return [{name: one[name] for name in kept} for one in found["facts"]]


def show_predicted(out: Console, facts: list[Mapping[str, Any]]) -> None:
    """Those that are live, with claimed beside realised; where none is, by which rule."""
    live = [one for one in facts if one["shown"] or one["verdict"] == "live"]
    if not live:
        tested = [one for one in facts if one["learned"]]
        out.print(f"  {len(tested)} facts were tested, and none may be shown yet: it takes more answers. Such as:")
        for one in tested[:2]:
            line(out, f"  [dim]{escape(one['says'])}, learned from {one['learned']}: {escape(one['why'])}[/]")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("fact", "learned from", "predicted", "confirmed", "refuted", "claimed", "came true"):
        table.add_column(title, justify="left" if title == "fact" else "right")
    for one in live:
        counts = (str(one[name]) for name in ("learned", "shown", "confirmed", "refuted"))
        table.add_row(escape(one["says"]), *counts, *(_share(one[name]) for name in ("claimed", "came_true")))
    out.print(table)


def _share(told: Mapping[str, Any]) -> str:
    return "-" if told["value"] is None else f"{told['value']:.2f} (n = {told['n']})"


def show_known(out: Console, known: Mapping[str, Any]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("status of people")
    table.add_column("", justify="right")
    for name, count in known["statuses"].items():
        table.add_row(name, str(count))
    out.print(table)
    example = known["example"]
    if example:
        out.print(f"\n[bold]{escape(example['email'])}[/] is a {example['status']}: {escape(example['line'])}")
        lines = Table(box=None, pad_edge=False, show_header=False)
        lines.add_column()
        lines.add_column(overflow="fold")
        for one in example["criteria"]:
            lines.add_row(f"  {MARKS[one['truth']]}", escape(one["line"].partition(": ")[2]))
        out.print(lines)
    due = sorted(known["hand_offs"], key=lambda one: one["due_ms"])[:3]
    if due:
        out.print(f"\n{known['handed_over']} hand-offs to sales, as Salesforce tasks; the next ones are due:")
    for one in due:
        at = datetime.fromtimestamp(one["due_ms"] / 1000, UTC)
        out.print(f"  {at:%a %d %b %H:%M} UTC  {one['first_step']:<8} {one['status']}")
