"""The report of predictions as sentences and tables: refusals stand as plainly as what is live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncer.report.lookalike_charts import coverage_chart, reliability_chart
from syncer.report.lookalike_words import told
from syncer.report.views import Column, Section, Table, View, made_of, number


def live_view(found: Mapping[str, Any]) -> View:
    return View(
        "Predictions from accounts that are alike",
        _headline(found),
        (_facts(found), *_charts(found), _outcomes(found), _months(found), _rest(found)),
        made_of(found),
        "good" if any(one["verdict"] == "live" for one in found["facts"]) else "warn",
    )


def _headline(found: Mapping[str, Any]) -> tuple[str, ...]:
    head = found["headline"]
    live = [one["says"] for one in found["facts"] if one["verdict"] == "live"]
    controls = head["lift_over_controls"]
    said = [
        f"Live: {', '.join(live)}." if live else "No fact is live: nothing is shown to anybody.",
        f"Came true of what people saw: {told(head['precision'])}; claimed was {told(head['claimed'])}.",
        f"Claimed less came true: {told(head['gap'])}.",
        f"Accounts with a prediction: {told(head['coverage'])}.",
        f"Of those kept back to compare with came true: {told(controls['controls'])}. {controls['says']}".strip(),
        f"Predictions among the claims, where one could reach a field of people: {head['predictions_among_claims']}.",
    ]
    return tuple(said)


def _facts(found: Mapping[str, Any]) -> Section:
    columns = (
        *(
            Column("fact", folds=True),
            Column("verdict"),
            Column("because", folds=True),
            Column("learned from", right=True),
        ),
        *(Column("reps", right=True), Column("hold-out", right=True), Column("lift"), Column("Brier skill")),
        *(Column("claimed"), Column("came true"), Column("age, days", right=True)),
    )
    rows = []
    for one in found["facts"]:
        tests = one["hold_out"]
        figures = [
            told(tests[key]) if tests.get(key) else "-" for key in ("lift", "brier_skill", "claimed", "realised")
        ]
        rows.append(
            (
                one["says"], one["verdict"], one["why"].removeprefix("refused: "), number(one["learned"]),
                number(one["reps"]), number(one["held_out"]), *figures, number(one["age_days"]),
            )
        )  # fmt: skip
    said = "Tested on accounts that answered and were never learned from. The first rule that fails decides."
    return Section("What may be shown", (said,), Table(columns, rows))


def _charts(found: Mapping[str, Any]) -> list[Section]:
    sections = []
    for one in found["facts"]:
        if one["reliability"] and one["coverage_curve"]:
            base = (one["hold_out"].get("base_rate") or {}).get("value") or 0.0
            charts = (
                ("Reliability on the hold-out", reliability_chart(one["reliability"])),
                ("Precision and coverage", coverage_chart(one["coverage_curve"], base, None)),
            )
            sections.append(Section(one["says"], (), None, charts))
    return sections


def _outcomes(found: Mapping[str, Any]) -> Section:
    columns = (
        *(Column("fact", folds=True), Column("shown", right=True), Column("kept back", right=True)),
        *(Column("confirmed", right=True), Column("refuted", right=True), Column("expired", right=True)),
        *(Column("withdrawn", right=True), Column("claimed"), Column("came true"), Column("claimed less came true")),
    )
    rows = [
        (
            one["says"], *(number(one[key]) for key in ("shown", "controls", "confirmed", "refuted", "expired")),
            number(one["withdrawn"]), told(one["claimed"]), told(one["came_true"]), told(one["gap"]),
        )
        for one in found["facts"]
    ]  # fmt: skip
    said = tuple(
        f"{one['fact']}: withdrawn after refutations in {', '.join(one['segments'])}."
        for one in found["segments_withdrawn"]
    )
    return Section("What became of predictions", said, Table(columns, rows))


def _months(found: Mapping[str, Any]) -> Section:
    rows = [(one["month"], f"{one['claimed']:.2f}", told(one["came_true"])) for one in found["by_month"]]
    columns = (Column("answered in"), Column("claimed", right=True), Column("came true"))
    return Section("Over time", () if rows else ("Nothing was answered yet.",), Table(columns, rows))


def _rest(found: Mapping[str, Any]) -> Section:
    hubs, made = found["hubs"], found["reproduction"]
    said = [*found["notes"]]
    if hubs["value"] is not None:
        said.append(
            f"{hubs['accounts']:,} accounts hold the open predictions up; the ten most used give "
            f"{hubs['value'] * 100:.0f} % of all support."
        )
    said.append(
        f"From {made['answers']:,} answers of {made['accounts']:,} accounts; policy {made['policy']}, "
        f"model {made['model'] or 'none'}, syncer {made['program']}. Again with: {made['command']}"
    )
    return Section("Notes", tuple(said))
