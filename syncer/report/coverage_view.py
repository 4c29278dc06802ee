"""What is known, in words, tables and charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from syncer.report.charts import Bar, bars
from syncer.report.views import Column, Section, Table, View, made_of, number, percent

MANY = {"person": "people", "account": "accounts"}
CHARTED = 25  # fields of one kind, those that gained most first
CREDITS = 2  # digits
AGREEMENTS = (
    (
        "agreement",
        "Agreement between providers",
        "Pairs of values on one field of one subject. Numbers agree within the tolerance of the field.",
    ),
    (
        "lists_in_common",
        "Lists of two providers with something in common",
        "Such as technologies. Nobody sees all of them, so having nothing in common contradicts nothing.",
    ),
)


def coverage_view(found: Mapping[str, Any]) -> View:
    fields, providers = found["fields"], found["providers"]
    subjects = ", ".join(f"{count:,} {MANY[kind]}" for kind, count in found["subjects"].items())
    gained = sum(one["after"] - one["before"] for one in fields)
    says = [f"Linked: {subjects}. Blanks that are known by what was claimed: {gained:,}, in {len(fields):,} fields."]
    if pairs := sum(one["pairs"] for one in found["agreement"]):
        agreed = sum(one["agree"] for one in found["agreement"])
        says.append(f"Two providers on one field agreed in {agreed:,} of {pairs:,} cases ({percent(agreed / pairs)}).")
    spent, filled = sum(one["credits"] for one in providers), sum(one["filled"] for one in providers)
    if spent:
        each = f", {spent / filled:.2f} for each of {filled:,} blanks that they fill" if filled else ""
        says.append(f"Providers cost {number(spent, CREDITS)} credits{each}.")
    open_ = [one["provider"] for one in providers if one["breaker_open"]]
    if open_:
        says.append(f"Not asked now: {', '.join(open_)}.")
    sections = [_fields(found, kind) for kind in found["subjects"]]
    sections += [_ages(fields), _providers(providers)]
    sections += [_agreement(*told, found[key]) for key, *told in AGREEMENTS]
    return View(
        title="Coverage",
        headline=tuple(says),
        sections=tuple(filter(None, sections)),
        made=made_of(found),
        tone="warn" if open_ else "plain",
    )


def _fields(found: Mapping[str, Any], kind: str) -> Section | None:
    fields = [one for one in found["fields"] if one["kind"] == kind and one["after"]]
    if not fields:
        return None
    says = (
        "Before: brought into a CRM by somebody else than us. After: that, or claimed; predictions count for nothing. "
        "Mostly by: whose word stands strongest.",
    )
    rows = [
        (
            one["field"] + ("" if one["mapped"] else " *"),
            percent(one["before_share"]),
            percent(one["after_share"]),
            number(one["after"] - one["before"]),
            ", ".join(f"{name} {count:,}" for name, count in _largest(one["by_authority"])),
        )
        for one in sorted(fields, key=lambda one: -one["after"])
    ]
    if any(not one["mapped"] for one in fields):
        says += ("* In no mapping: known by claims alone.",)
    gained = sorted(fields, key=lambda one: (one["before"] - one["after"], -one["after"]))[:CHARTED]
    marks = [_bar(one) for one in gained]
    head = (
        Column("field", folds=True),
        *(Column(name, right=True) for name in ("before", "after", "gained")),
        Column("mostly by", folds=True),
    )
    chart = bars(f"Fill rate of fields of {MANY[kind]}, before and after", marks, 100)
    caption = f"Fill rate of {MANY[kind]}; strong: before, pale: after"
    return Section(f"Fields of {MANY[kind]}", says, Table(head, rows), ((caption, chart),))


def _bar(one: Mapping[str, Any]) -> Bar:
    before, after = (one["before_share"] or 0) * 100, (one["after_share"] or 0) * 100
    told = f"{before:.0f} to {after:.0f} %" if one["after"] > one["before"] else f"{after:.0f} %"
    return Bar(one["field"], after, told, before)


def _largest(counts: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: -pair[1])[:3]


def _ages(fields: Sequence[Mapping[str, Any]]) -> Section | None:
    rows = [
        (
            one["kind"],
            one["field"],
            number(one["median_age_days"]),
            number(one["fresh_days"]),
            f"{one['stale']:,} of {one['after']:,}",
        )
        for one in fields
        if one["fresh_days"] and one["after"]
    ]
    if not rows:
        return None
    says = ("What the definition judges by: how old it is in the median, and how much a criterion finds too old.",)
    head = (
        Column("kind"),
        Column("field", folds=True),
        *(Column(name, right=True) for name in ("median days", "at most", "too old")),
    )
    return Section("Freshness", says, Table(head, rows))


def _providers(providers: Sequence[Mapping[str, Any]]) -> Section | None:
    if not providers:
        return None
    says = (
        "Fills: blanks of the CRMs for which its word stands now. Refused: questions that ended neither with an answer "
        "nor with a miss.",
    )
    rows = [
        (
            one["provider"],
            *(number(one[name]) for name in ("asked", "hits", "misses", "refused", "filled")),
            number(one["credits"], CREDITS),
            number(one["credits_per_filled"], CREDITS) if one["credits"] else "-",
            _breaker(one),
        )
        for one in providers
    ]
    heads = ("asked", "hits", "misses", "refused", "fills", "credits", "each")
    head = (
        Column("provider", folds=True),
        *(Column(name, right=True) for name in heads),
        Column("breaker", folds=True),
    )
    cost = [
        Bar(one["provider"], one["filled"], f"{one['filled']:,} for {number(one['credits'], CREDITS)}")
        for one in providers
    ]
    chart = bars("Blanks filled by provider, and credits", cost)
    return Section("Providers", says, Table(head, rows), (("Fills, and credits", chart),))


def _breaker(one: Mapping[str, Any]) -> str:
    if one["breaker_open"]:
        at = datetime.fromtimestamp(one["breaker_until_ms"] / 1000, UTC)
        return f"open until {at:%Y-%m-%d %H:%M} UTC: {one['breaker_reason']}"
    return f"closed, {one['failures']} failures" if one["failures"] else "closed"


def _agreement(title: str, said: str, rows: Sequence[Mapping[str, Any]]) -> Section | None:
    if not rows:
        return None
    told = [
        (" and ".join(one["providers"]), number(one["pairs"]), number(one["agree"]), percent(one["share"]))
        for one in rows
    ]
    head = (Column("providers", folds=True), *(Column(name, right=True) for name in ("pairs", "agree", "share")))
    return Section(title, (said,), Table(head, told))
