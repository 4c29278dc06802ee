"""Whom to call, as a report with names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from syncer.report.subjects import names_of
from syncer.report.views import Column, Section, Table, View, made_of
from syncer.stages.infer_values import account_names
from syncer.stages.outreach import fitting, forgotten
from syncer.store.ports import Tx

DAY_MS: Final = 86_400_000


def outbound(tx: Tx, quiet_days: int, count: int, now_ms: int) -> dict[str, Any]:
    """Both lists, the most promising first. `quiet_days`: without a word for so long counts as forgotten."""
    since_ms = now_ms - quiet_days * DAY_MS
    return {
        "form": 1,
        "made_ms": now_ms,
        "quiet_days": quiet_days,
        "fit_without_activity": _named_accounts(tx, fitting(tx, since_ms, count)),
        "escaped": _named_people(tx, forgotten(tx, since_ms, count)),
    }


def _named_accounts(tx: Tx, found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    names = account_names(tx, list(tx.links.get_many([one["link"] for one in found]).values()))
    for one in found:
        one["account"], one["domain"] = names.get(one["link"], (one["link"], ""))
    return list(found)


def _named_people(tx: Tx, found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    names = names_of(tx, [one["link"] for one in found])
    return [{"person": names.get(one["link"], one["link"]), **one} for one in found]


def outbound_view(found: Mapping[str, Any]) -> View:
    fit, gone = found["fit_without_activity"], found["escaped"]
    headline = (
        f"{len(fit)} accounts fit and nobody spoke with them in {found['quiet_days']} days.",
        f"{len(gone)} people qualified, and nobody spoke with them since {found['quiet_days']} days ago or longer.",
    )
    return View(
        "Whom to call",
        headline,
        (
            Section("Fit without activity", (), _table(fit, ("account", "domain", "because"))),
            Section(
                "Escaped through the cracks",
                (),
                _table(gone, ("person", "status", "since", "last_heard", "next_question")),
            ),
        ),
        made_of(found),
    )


def _table(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Table:
    columns = tuple(Column(name.replace("_", " "), folds=name in ("because", "next_question")) for name in names)
    return Table(columns, [tuple(str(row[name] or "-") for name in names) for row in rows])
