"""The part of the demo that shows what was learned: claims, verdicts, one TRUE lead with its evidence, hand-offs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

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
