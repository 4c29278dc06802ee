"""Objections in words, tables and charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from syncer.report.charts import Bar, bars, columns
from syncer.report.views import Column, Section, Table, Tone, View, cut, made_of, number, percent

NO_SOURCE = "(no root source)"
KINDS_SHOWN = 4  # of a root source


def objections_view(found: Mapping[str, Any]) -> View:
    latest = found["targets"][-1] if found["targets"] else None
    says = [f"{found['objections']:,} objections were heard in this time."]
    says += [_target_in_words(one, latest["against"]) for one in latest["kinds"]] if latest else []
    if latest is not None and not latest["kinds"]:
        says.append(f"None was heard in {latest['against']}, so there is nothing to make rarer in {latest['quarter']}.")
    sections = [_targets(found), _quarters(found), _sources(found), _quotes(found)]
    return View(
        title="Objections",
        headline=tuple(says),
        sections=tuple(filter(None, sections)),
        made=made_of(found),
        tone=_tone(latest["kinds"] if latest else ()),
    )


def _target_in_words(one: Mapping[str, Any], against: str) -> str:
    pace = f", {one['pace']:.0f} at this pace" if one["pace"] is not None else ""
    told = f"{one['now']:,} so far{pace}; at most {one['at_most']:,} ({one['before']:,} in {against})"
    return f'"{cut(one["kind"], 40)}", {one["state"]}: {told}.'


def _tone(kinds: Sequence[Mapping[str, Any]]) -> Tone:
    states = {one["state"] for one in kinds}
    if states & {"missed", "not on track"}:
        return "warn"
    return "good" if states and states <= {"met", "on track"} else "plain"


def _targets(found: Mapping[str, Any]) -> Section | None:
    rows = [
        (
            told["quarter"],
            cut(one["kind"], 30),
            number(one["before"]),
            number(one["now"]),
            number(one["at_most"]),
            number(one["pace"]),
            _change(one["change"]),
            one["state"],
        )
        for told in reversed(found["targets"])
        for one in told["kinds"]
    ]
    if not rows:
        return None
    says = (
        f"The {found['top']} commonest kinds of each quarter are each to be rarer by {percent(found['fewer_by'])} in "
        "the next. A running quarter is judged by its pace; small counts move by chance.",
    )
    heads = ("before", "now", "at most", "at this pace", "change")
    head = (Column("quarter"), Column("kind", folds=True), *(Column(name, right=True) for name in heads), Column(""))
    return Section("Rarer, as promised?", says, Table(head, rows))


def _change(share: float | None) -> str:
    return "-" if share is None else "as before" if not share else f"{share * 100:+.0f} %"


def _quarters(found: Mapping[str, Any]) -> Section | None:
    if not found["kinds"]:
        return None
    names = [one["quarter"] for one in found["quarters"]]
    rows = [
        (
            cut(one["kind"], 30),
            *(number(told["by_kind"].get(one["kind"], 0)) for told in found["quarters"]),
            number(one["count"]),
        )
        for one in found["kinds"]
    ]
    rows.append(("all", *(number(told["objections"]) for told in found["quarters"]), number(found["objections"])))
    heard = [told["heard"] for told in found["quarters"]]
    rows.append(("calls, notes, forms heard", *map(number, heard), number(sum(heard))))
    head = (Column("kind", folds=True), *(Column(name, right=True) for name in names), Column("all", right=True))
    all_of = [
        Bar(told["quarter"], told["objections"], f"{told['quarter']}: {told['objections']:,}")
        for told in found["quarters"]
    ]
    by_kind = [Bar(one["kind"], one["count"], f"{one['count']:,}") for one in found["kinds"]]
    charts = (
        ("By quarter", columns("Objections by quarter", all_of)),
        ("By kind", bars("Objections by kind", by_kind)),
    )
    return Section("By kind and quarter", (), Table(head, rows), charts)


def _sources(found: Mapping[str, Any]) -> Section | None:
    if not found["by_root_source"]:
        return None
    rows = [
        (cut(one["root_source"], 30) or NO_SOURCE, number(one["count"]), _most(one["by_kind"]))
        for one in found["by_root_source"]
    ]
    head = (Column("root source", folds=True), Column("objections", right=True), Column("of them", folds=True))
    return Section("By root source", (), Table(head, rows))


def _most(by_kind: Mapping[str, int]) -> str:
    told = [f"{cut(kind, 30)} {count:,}" for kind, count in list(by_kind.items())[:KINDS_SHOWN]]
    more = len(by_kind) - KINDS_SHOWN
    return ", ".join(told) + (f" and {more} more kinds" if more > 0 else "")


def _quotes(found: Mapping[str, Any]) -> Section | None:
    quotes = tuple(
        (_about(one["kind"], said), said["quote"])
        for one in found["kinds"][: found["top"]]
        for said in found["quotes"][one["kind"]]
    )
    return Section("In their words", ("The newest of the commonest kinds.",), quotes=quotes) if quotes else None


def _about(kind: str, said: Mapping[str, Any]) -> str:
    on = datetime.fromtimestamp(said["said_ms"] / 1000, UTC).date()
    return f"{cut(kind, 30)}, {on}, {cut(said['root_source'], 30) or NO_SOURCE}:"
