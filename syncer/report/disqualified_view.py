"""The disqualified in words, tables and charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from syncer.report.charts import Bar, bars
from syncer.report.views import Column, Section, Table, View, cut, made_of, number

NO_REASON = "(no reason)"
NO_SOURCE = "(no root source)"
LACKS = {
    "reason": "reason",
    "root_source": "root source",
    "reason_of_the_list": "reason is not of the list",
}


def disqualified_view(found: Mapping[str, Any]) -> View:
    lacking = found["lacking"]
    says = [f"People who are disqualified: {found['disqualified']:,}."]
    for name, words in (
        ("reason", "Without a reason"),
        ("root_source", "Without a root source"),
        ("reason_of_the_list", "For a reason that is not on the agreed list"),
    ):
        if lacking[name]:
            says.append(f"{words}: {lacking[name]:,}.")
    sections = [_both(found), _missing(found["missing"])] if found["disqualified"] else []
    return View(
        title="Disqualified",
        headline=tuple(says),
        sections=tuple(filter(None, sections)),
        made=made_of(found),
        tone="warn" if any(lacking.values()) else "plain",
    )


def _both(found: Mapping[str, Any]) -> Section:
    reasons = [(one["reason"] or NO_REASON, one["count"]) for one in found["by_reason"]]
    sources = [(one["root_source"] or NO_SOURCE, one["count"]) for one in found["by_root_source"]]
    rows = [
        (cut(one["reason"], 40) or NO_REASON, cut(one["root_source"], 40) or NO_SOURCE, number(one["count"]))
        for one in found["by_both"]
    ]
    head = (Column("reason", folds=True), Column("root source", folds=True), Column("people", right=True))
    charts = (("By reason", _bars("By reason", reasons)), ("By root source", _bars("By root source", sources)))
    return Section("By reason and root source", (), Table(head, rows), charts)


def _bars(title: str, rows: Sequence[tuple[str, int]]) -> Any:
    return bars(title, [Bar(name, count, f"{count:,}") for name, count in rows])


def _missing(missing: Sequence[Mapping[str, Any]]) -> Section | None:
    if not missing:
        return None
    rows = [
        (
            cut(one["subject"], 50),
            one["left"]["id"] if one["left"] else "",
            one["right"]["id"] if one["right"] else "",
            ", ".join(LACKS[name] for name in one["lacks"]),
        )
        for one in missing
    ]
    head = (Column("subject", folds=True), Column("Salesforce"), Column("HubSpot"), Column("missing", folds=True))
    says = ("Ask whoever disqualified them: without both, nobody learns where bad leads come from.",)
    return Section("With something missing", says, Table(head, rows))
