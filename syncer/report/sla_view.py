"""The agreement in words, tables and charts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from syncer.report.charts import Bar, bars
from syncer.report.views import Column, Section, Table, View, cut, made_of, number, percent

HEADS = ("made", "kept", "late", "open", "owed", "ended", "kept %", "hours", "adopted")


def sla_view(found: Mapping[str, Any]) -> View:
    whole = found["all"]
    says = [_kept(whole), _adopted(whole)] if whole["made"] else ["Nothing was handed over in this time."]
    if found["late_count"]:
        says.append(f"{found['late_count']:,} are late and still unanswered.")
    return View(
        title="SLA",
        headline=tuple(says),
        sections=tuple(
            filter(None, (_statuses(found), _owners(found), _periods(found), _reasons(found), _late(found)))
        ),
        made=made_of(found),
        tone="warn" if found["late_count"] else "plain",
    )


def _kept(whole: Mapping[str, Any]) -> str:
    judged = whole["kept"] + whole["breached"]
    if not judged:
        return f"{whole['made']:,} hand-offs, none of them answered or due yet."
    hours = f"; answered after {number(whole['median_h'], 1)} business hours in the median" if whole["median_h"] else ""
    kept = f"{whole['kept']:,} of {judged:,} ({percent(whole['kept_share'])})"
    return f"{whole['made']:,} hand-offs. SLA kept in {kept}{hours}."


def _adopted(whole: Mapping[str, Any]) -> str:
    if not whole["handed_over"]:
        return "None of them is with sales yet."
    if not whole["accepted"] + whole["rejected"]:
        return f"Adopted by sales: nothing yet; none of {whole['handed_over']:,} handed over is accepted or rejected."
    handed = f"{whole['accepted']:,} of {whole['handed_over']:,} handed over ({percent(whole['adoption'])})"
    answered = whole["accepted"] + whole["rejected"]
    return f"Adopted by sales: {handed}; of the {answered:,} accepted or rejected, {percent(whole['adopted'])}."


def _statuses(found: Mapping[str, Any]) -> Section:
    says = (
        "Late: answered after the due time, or still unanswered then. Open: in time still. Owed: no owner or task yet. "
        "Ended: nobody has to answer any more.",
        f"Hours are business hours ({found['zone']}) from the task to the answer, in the median. Adopted: accepted "
        "among all that were handed over.",
    )
    rows = [(name, *_cells(one)) for name, one in found["by_status"].items()]
    rows.append(("all", *_cells(found["all"])))
    whole = found["all"]
    fates = [("kept", "kept"), ("late", "breached"), ("open", "running"), ("owed", "owed"), ("ended", "ended")]
    chart = bars("Hand-offs by what became of them", [Bar(name, whole[key], f"{whole[key]:,}") for name, key in fates])
    return Section("By status", says, _table("status", rows), (("What became of them", chart),))


def _owners(found: Mapping[str, Any]) -> Section | None:
    rows = [(cut(one["email"] or one["owner"] or "nobody yet", 30), *_cells(one)) for one in found["by_owner"]]
    return Section("By owner", (), _table("owner", rows)) if rows else None


def _periods(found: Mapping[str, Any]) -> Section | None:
    rows = [(one["period"], *_cells(one)) for one in found["by_period"] if one["made"]]
    return Section("By when they were made", (), _table("period", rows)) if rows else None


def _reasons(found: Mapping[str, Any]) -> Section | None:
    listed = found["reasons"]
    if not listed:
        return None
    rows = [(cut(one["reason"], 60), number(one["count"])) for one in listed]
    chart = bars("Reasons of rejection", [Bar(one["reason"], one["count"], f"{one['count']:,}") for one in listed])
    table = Table((Column("reason", folds=True), Column("rejected", right=True)), rows)
    return Section("Why sales rejected", (), table, (("Reasons", chart),))


def _late(found: Mapping[str, Any]) -> Section | None:
    if not found["late"]:
        return None
    rows = [
        (
            cut(one["subject"], 40),
            one["status"],
            cut(one["first_step"], 12),
            f"{datetime.fromtimestamp(one['due_ms'] / 1000, UTC):%Y-%m-%d %H:%M}",
            cut(one["email"] or one["owner"], 30),
        )
        for one in found["late"]
    ]
    head = (
        Column("subject", folds=True),
        Column("status"),
        Column("step"),
        Column("due (UTC)"),
        Column("owner", folds=True),
    )
    return Section("Late and unanswered, the oldest first", (), Table(head, rows))


def _table(first: str, rows: Iterable[tuple[str, ...]]) -> Table:
    return Table((Column(first, folds=True), *(Column(name, right=True) for name in HEADS)), list(rows))


def _cells(one: Mapping[str, Any]) -> tuple[str, ...]:
    counts = [number(one[name]) for name in ("made", "kept", "breached", "running", "owed", "ended")]
    return (*counts, percent(one["kept_share"]), number(one["median_h"], 1), percent(one["adoption"]))
