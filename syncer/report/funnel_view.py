"""The funnel in words, tables and charts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncer.report.charts import Bar, Rate, bars, columns, rates
from syncer.report.funnel import latest_known
from syncer.report.views import Column, Section, Table, Tone, View, made_of, number, percent

NO_BANDS = "No band is agreed, so no rate is called good or bad. Agree on one in mappings/reports.toml ([mql_to_sql])."
TRENDS = {
    "steady": "No change against the {periods} periods before that chance would not explain",
    "rising": "ALARM, rising: {latest} in {name} against {before} in the {periods} periods before",
    "falling": "ALARM, falling: {latest} in {name} against {before} in the {periods} periods before",
}


def funnel_view(found: Mapping[str, Any]) -> View:
    conversion = found["conversion"]
    last = latest_known(conversion["periods"])
    says = [_rate_in_words(conversion, last), _trend_in_words(conversion["trend"])]
    says = [_people(found), *filter(None, says)]
    return View(
        title="Funnel",
        headline=tuple(says),
        sections=(_standing(found), _conversion(found), _true_leads(found), _activities(found["activities"])),
        made=made_of(found),
        tone=_tone(conversion, last),
    )


def _people(found: Mapping[str, Any]) -> str:
    top = found["statuses"]["TRUE lead"]
    return f"{found['people']:,} people, {top:,} of them TRUE leads now."


def _rate_in_words(conversion: Mapping[str, Any], last: Mapping[str, Any] | None) -> str:
    days = conversion["within_days"]
    if last is None:
        so_far = conversion["so_far"]
        if not so_far["mql"]:
            return "MQL to SQL: no rate yet, for nobody became an MQL in this time."
        told = f"{so_far['converted']:,} of {so_far['mql']:,} so far, none of them MQL for {days} days yet"
        return f"MQL to SQL: no rate yet ({told})."
    rate = f"{last['in_time']:,} of {last['n']:,} who became MQL in {last['period']} were SQL within {days} days"
    interval = f"{percent(last['rate'])}, 95 % interval {percent(last['low'])} to {percent(last['high'])}"
    return f"MQL to SQL: {rate} ({interval}){_verdict(last)}."


def _verdict(cohort: Mapping[str, Any]) -> str:
    if not cohort["band"]:
        return ""
    if cohort["band"] == "within":
        return ", within the band that the team agreed"
    return f", {cohort['band']}" + ("" if cohort["sure"] else " (n is small: it may be chance)")


def _trend_in_words(trend: Mapping[str, Any]) -> str:
    if trend["says"] == "unknown":
        return ""
    latest, before = trend["latest"], trend["before"]
    if trend["says"] == "too few":
        return f"Trend: too few to tell (n = {latest['n']:,} in {latest['period']}, {before['n']:,} before)."
    share = {name: percent(one["in_time"] / one["n"]) for name, one in (("latest", latest), ("before", before))}
    told = TRENDS[trend["says"]].format(**share, name=latest["period"], periods=before["periods"])
    gap = f"difference {trend['difference'] * 100:+.1f} points"
    between = f"95 % interval {trend['low'] * 100:+.1f} to {trend['high'] * 100:+.1f}"
    return f"Trend: {told} ({gap}, {between}, n = {latest['n']:,} and {before['n']:,})."


def _tone(conversion: Mapping[str, Any], last: Mapping[str, Any] | None) -> Tone:
    if conversion["trend"]["says"] in ("rising", "falling") or (last and last["band"] in ("too low", "too high")):
        return "warn"
    return "good" if last and last["band"] == "within" else "plain"


def _standing(found: Mapping[str, Any]) -> Section:
    statuses, stages = found["statuses"], found["stages"]
    rows = [
        ("status", name, number(count), percent(count / found["people"] if found["people"] else None))
        for name, count in statuses.items()
    ]
    shown = {name: count for name, count in stages.items() if name != "none" or count}
    rows += [
        ("stage", name, number(count), percent(count / found["people"] if found["people"] else None))
        for name, count in shown.items()
    ]
    charts = (
        ("By status", bars("People by status", [Bar(name, n, f"{n:,}") for name, n in statuses.items()])),
        ("By funnel stage", bars("People by funnel stage", [Bar(name, n, f"{n:,}") for name, n in shown.items()])),
    )
    head = (Column(""), Column("name"), Column("people", right=True), Column("share", right=True))
    return Section("Where people stand now", (), Table(head, rows), charts)


def _conversion(found: Mapping[str, Any]) -> Section:
    conversion = found["conversion"]
    days = conversion["within_days"]
    says = [
        f"Of those who became MQL in a {found['period']}, how many were SQL within {days} days. Those who have "
        "not had that time yet are waited for, and count in no rate."
    ]
    if conversion["too_low"] is None and conversion["too_high"] is None:
        says.append(NO_BANDS)
    else:
        low, high = percent(conversion["too_low"]), percent(conversion["too_high"])
        says.append(
            f"Agreed by the team: below {low} is too low, above {high} is too high. A ? means: it may be chance."
        )
    if conversion["there_at_start"]:
        says.append(f"Left out, MQL when judging began, nobody knows since when: {conversion['there_at_start']:,}.")
    if past := sum(one["past_mql"] for one in conversion["periods"]):
        says.append(f"SQL without having been an MQL, known well enough before any interest was seen: {past:,}.")
    heads = ("MQL", "SQL", "ended", "open", f"in {days} days", "rate", "95 %")
    head = (Column(found["period"]), *(Column(name, right=True) for name in heads), Column("band"))
    rows = [
        (
            one["period"],
            *(number(one[name]) for name in ("mql", "converted", "ended", "waiting")),
            f"{one['in_time']:,} of {one['n']:,}" if one["n"] else "-",
            percent(one["rate"]),
            f"{one['low'] * 100:.0f} to {one['high'] * 100:.0f} %" if one["n"] else "-",
            one["band"] + ("" if one["sure"] or one["band"] in ("", "within") else " ?"),
        )
        for one in conversion["periods"]
    ]
    points = [_point(one) for one in conversion["periods"]]
    chart = rates("MQL to SQL by period", points, conversion["too_low"], conversion["too_high"], "became MQL in")
    charts = (("MQL to SQL, with 95 % intervals", chart),) if any(one["n"] for one in conversion["periods"]) else ()
    return Section("MQL to SQL", tuple(says), Table(head, rows), charts)


def _point(one: Mapping[str, Any]) -> Rate:
    told = f"{one['period']}: {percent(one['rate'])}, n = {one['n']:,}"
    return Rate(one["period"], one["rate"], one["low"] or 0.0, one["high"] or 0.0, told)


def _true_leads(found: Mapping[str, Any]) -> Section:
    told = found["true_leads"]
    says = [f"Became TRUE leads in this time: {told['reached']:,}."]
    if told["there_at_start"]:
        says.append(f"TRUE leads when judging began, nobody knows since when: {told['there_at_start']:,}.")
    rows = [(one["period"], number(one["reached"])) for one in told["periods"]]
    chart = columns(
        "TRUE leads by period",
        [Bar(one["period"], one["reached"], f"{one['period']}: {one['reached']:,}") for one in told["periods"]],
    )
    head = (Column(found["period"]), Column("TRUE leads", right=True))
    return Section("TRUE leads", tuple(says), Table(head, rows), (("Became TRUE leads", chart),))


def _activities(told: Mapping[str, Any]) -> Section:
    leads = told["true_leads"]
    if not leads:
        return Section("What marketing did before", ("There is no TRUE lead in this time to look back from.",))
    each = f"{number(told['per_true_lead'], 1)} kinds per TRUE lead; {told['without_any']:,} without any that is known."
    says = (
        f"What they had done before they were TRUE leads (n = {leads:,}): a kind once for each lead, no weights.",
        f"In the mean {each}",
    )
    rows = [(one["says"], number(one["true_leads"]), f"{one['true_leads']:,} of {leads:,}") for one in told["kinds"]]
    chart = bars(
        "Activities before TRUE leads",
        [Bar(one["kind"].replace("_", " "), one["true_leads"], f"{one['true_leads']:,}") for one in told["kinds"]],
        leads,
    )
    head = (Column("activity"), Column("TRUE leads", right=True), Column("of", right=True))
    return Section("What marketing did before", says, Table(head, rows), (("Before TRUE leads", chart),))
