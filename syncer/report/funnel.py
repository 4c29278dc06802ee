"""The funnel: who stands where now, how many MQLs become SQLs, TRUE leads, and what marketing did before them.

A conversion is counted by cohort: of those who became MQL in a period, how many were an SQL `within_days` later. Only
those who have had that time count for the rate, so that the newest period is held against the older ones at the same
age. Who already stood there when judging began is left out: nobody knows since when.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from syncer.core.qualification_terms import APART, FUNNEL, STATUSES, Definition, questions_in
from syncer.learn.measures import wilson
from syncer.mapping.reports import ReportsPolicy
from syncer.report.periods import Every, Period, in_periods
from syncer.store.knowledge_rows import StatusStepRow
from syncer.store.ports import Tx

FORM: Final = 1
TOP: Final = "TRUE lead"
MQLS: Final = ("MQL", "SAL")  # an MQL that inside sales accepted is one
SQLS: Final = ("SQL", TOP)
DAY_MS: Final = 86_400_000
ENOUGH: Final = 10  # of a cohort: with fewer, no trend is told
PERSON: Final = "person"


@dataclass(slots=True)
class Episode:
    """One time of being an MQL. `ended_ms`: recycled or disqualified before it was an SQL."""

    start_ms: int
    at_start: bool  # stood there when judging began
    converted_ms: int = 0
    ended_ms: int = 0


@dataclass(frozen=True, slots=True)
class Cohort:
    """Those who became MQL in one period. `n`: those who have had the time; `in_time`: of them, an SQL by then.

    `rate` = `in_time` / `n`, with its 95 % interval. `band`: low, high or within; `sure`: the whole interval is there.
    `past_mql`: people who became SQL in that period without ever having been an MQL.
    """

    period: str
    first: str
    last: str
    mql: int
    converted: int
    ended: int
    waiting: int
    n: int
    in_time: int
    rate: float | None
    low: float | None
    high: float | None
    band: str
    sure: bool
    past_mql: int


def funnel(
    tx: Tx,
    definition: Definition | None,
    policy: ReportsPolicy,
    every: Every,
    listed: Sequence[Period],
    now_ms: int,
    answers: Collection[str] = (),
) -> dict[str, Any]:
    """The report as one document. Periods before judging began are left out: nothing is known of them.

    `answers`: fields that sales answers in, which are no activity of marketing.
    """
    until_ms = listed[-1].end_ms
    first = tx.verdicts.first()
    began = first.run_id if first is not None else ""
    listed = [one for one in listed if first is None or one.end_ms > first.at_ms] or listed[-1:]
    steps = tx.verdicts.steps(PERSON, [*MQLS, *SQLS, *APART], listed[0].start_ms, until_ms)
    counts, stages = tx.verdicts.count_by_status(PERSON), tx.verdicts.count_by_stage(PERSON)
    tops = [step for step in steps if step.to_status == TOP]
    cohorts = cohorts_of(steps, began, listed, policy, now_ms)
    return {
        "form": FORM,
        "made_ms": now_ms,
        "definition": {"name": definition.name, "version": definition.version} if definition else None,
        "period": every.value,
        "since": listed[0].first.isoformat(),
        "judged_since_ms": first.at_ms if first is not None else 0,
        "people": sum(counts.values()),
        "statuses": {name: counts.get(name, 0) for name in STATUSES},
        "stages": {name: stages.get(name, 0) for name in FUNNEL} | {"none": stages.get("", 0)},
        "conversion": {
            "within_days": policy.within_days,
            "too_low": policy.too_low,
            "too_high": policy.too_high,
            "periods": [asdict(cohort) for cohort in cohorts],
            "so_far": {"mql": sum(one.mql for one in cohorts), "converted": sum(one.converted for one in cohorts)},
            "there_at_start": sum(step.to_status in MQLS and _at_start(step, began) for step in steps),
            "trend": trend(cohorts),
        },
        "true_leads": _true_leads(tops, began, listed),
        "activities": activities(tx, definition, tops, answers),
    }


def cohorts_of(
    steps: Iterable[StatusStepRow], began: str, listed: Sequence[Period], policy: ReportsPolicy, now_ms: int
) -> list[Cohort]:
    """One for each period. `steps`: by time; `began`: the run that judged first."""
    episodes, past = episodes_of(steps, began)
    known = in_periods(listed, [one for one in episodes if not one.at_start], lambda one: one.start_ms)
    skipped = in_periods(listed, past, lambda at_ms: at_ms)
    return [
        _cohort(one, members, len(skips), policy, now_ms)
        for one, members, skips in zip(listed, known, skipped, strict=True)
    ]


def episodes_of(steps: Iterable[StatusStepRow], began: str) -> tuple[list[Episode], list[int]]:
    """Every time somebody was an MQL, and when somebody became SQL who was none before."""
    found: list[Episode] = []
    past: list[int] = []
    open_: dict[str, Episode] = {}
    for step in steps:
        was_in = step.from_status in (*MQLS, *SQLS)
        if step.to_status in MQLS:
            if not was_in:
                open_[step.link_id] = Episode(step.at_ms, _at_start(step, began))
                found.append(open_[step.link_id])
            continue
        episode = open_.get(step.link_id)
        if step.to_status in SQLS:
            if episode is not None:
                episode.converted_ms = episode.converted_ms or step.at_ms
            elif not was_in and not _at_start(step, began):
                past.append(step.at_ms)
        elif episode is not None:
            episode.ended_ms = 0 if episode.converted_ms else step.at_ms
            del open_[step.link_id]
    return found, past


def trend(cohorts: Sequence[Cohort]) -> dict[str, Any]:
    """The latest cohort against all before it: an alarm where the 95 % interval of the difference leaves out zero.

    The interval is Newcombe's, of both Wilson intervals: it knows how few the latest and how many those before are.
    """
    known = [cohort for cohort in cohorts if cohort.n]
    if not known:
        return {"says": "unknown", "latest": None, "before": None, "difference": None, "low": None, "high": None}
    latest = known[-1]
    before_n, before_k = sum(one.n for one in known[:-1]), sum(one.in_time for one in known[:-1])
    told: dict[str, Any] = {
        "latest": {"period": latest.period, "in_time": latest.in_time, "n": latest.n},
        "before": {"periods": len(known) - 1, "in_time": before_k, "n": before_n},
    }
    if min(latest.n, before_n) < ENOUGH:
        return {"says": "too few", **told, "difference": None, "low": None, "high": None}
    low, high = difference_interval(latest.in_time, latest.n, before_k, before_n)
    says = "falling" if high < 0 else "rising" if low > 0 else "steady"
    gap = latest.in_time / latest.n - before_k / before_n
    return {"says": says, **told, "difference": round(gap, 4), "low": round(low, 4), "high": round(high, 4)}


def difference_interval(hits: int, n: int, other_hits: int, other_n: int) -> tuple[float, float]:
    """95 % interval of one share less another one, by Newcombe's hybrid score method."""
    one, other = hits / n, other_hits / other_n
    (low, high), (other_low, other_high) = wilson(hits, n), wilson(other_hits, other_n)
    return (
        one - other - ((one - low) ** 2 + (other_high - other) ** 2) ** 0.5,
        one - other + ((high - one) ** 2 + (other - other_low) ** 2) ** 0.5,
    )


def activities(
    tx: Tx, definition: Definition | None, tops: Sequence[StatusStepRow], answers: Collection[str]
) -> dict[str, Any]:
    """Which signals of the definition were met before each TRUE lead was one: counts, one for each kind and lead."""
    signals = [] if definition is None else [one for one in definition.signals if not _named(one, answers)]
    counts: Counter[str] = Counter()
    none = 0
    first = {step.link_id: step.seq for step in reversed(tops)}
    for note in tx.verdicts.notes(sorted(first.values())):
        met = {one["id"] for one in note.verdict.get("signals", ()) if one["truth"] == "met"}
        counts.update(one.id for one in signals if one.id in met)
        none += not met & {one.id for one in signals}
    leads = len(first)
    return {
        "true_leads": leads,
        "without_any": none,
        "per_true_lead": round(counts.total() / leads, 2) if leads else None,
        "kinds": [{"kind": one.id, "says": one.says, "true_leads": counts[one.id]} for one in signals],
    }


def _cohort(period: Period, members: Sequence[Episode], past: int, policy: ReportsPolicy, now_ms: int) -> Cohort:
    span_ms = policy.within_days * DAY_MS
    ripe = [one for one in members if now_ms - one.start_ms >= span_ms]
    in_time = sum(0 < one.converted_ms <= one.start_ms + span_ms for one in ripe)
    low, high = wilson(in_time, len(ripe)) if ripe else (None, None)
    rate = in_time / len(ripe) if ripe else None
    band, sure = _band(rate, low, high, policy)
    return Cohort(
        period=period.name,
        first=period.first.isoformat(),
        last=period.last.isoformat(),
        mql=len(members),
        converted=sum(one.converted_ms > 0 for one in members),
        ended=sum(one.ended_ms > 0 for one in members),
        waiting=sum(not one.converted_ms and not one.ended_ms for one in members),
        n=len(ripe),
        in_time=in_time,
        rate=_rounded(rate),
        low=_rounded(low),
        high=_rounded(high),
        band=band,
        sure=sure,
        past_mql=past,
    )


def _band(rate: float | None, low: float | None, high: float | None, policy: ReportsPolicy) -> tuple[str, bool]:
    """Where the rate lies, and whether its whole interval lies there; nothing where no band is agreed."""
    if rate is None or low is None or high is None or (policy.too_low is None and policy.too_high is None):
        return "", False
    bottom, top = policy.too_low or 0.0, 1.0 if policy.too_high is None else policy.too_high
    if rate < bottom:
        return "too low", high < bottom
    if rate > top:
        return "too high", low > top
    return "within", low >= bottom and high <= top


def _true_leads(tops: Sequence[StatusStepRow], began: str, listed: Sequence[Period]) -> dict[str, Any]:
    reached = in_periods(listed, [step for step in tops if not _at_start(step, began)], lambda step: step.at_ms)
    periods = [{"period": one.name, "reached": len(some)} for one, some in zip(listed, reached, strict=True)]
    return {
        "periods": periods,
        "reached": sum(map(len, reached)),
        "there_at_start": sum(_at_start(step, began) for step in tops),
    }


def _at_start(step: StatusStepRow, began: str) -> bool:
    return not step.from_status and step.run_id == began


def _named(signal: Any, fields: Collection[str]) -> bool:
    return any(name in fields for question in questions_in(signal.when) for name in question.fields)


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def latest_known(cohorts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The latest cohort of which a rate is known."""
    return next((one for one in reversed(cohorts) if one["n"]), None)
