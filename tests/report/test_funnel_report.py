"""The funnel: conversions by cohort and age, bands that a team agreed on, alarms that chance does not explain."""

from __future__ import annotations

from datetime import UTC, date
from typing import Any

import pytest

from syncer.mapping.reports import ReportsPolicy
from syncer.report.funnel import cohorts_of, difference_interval, episodes_of, funnel, trend
from syncer.report.funnel_view import funnel_view
from syncer.report.periods import Every, periods
from syncer.store import Store
from syncer.store.knowledge_rows import StatusStepRow
from tests.report.report_world import DAY_MS, at, move, verdict
from tests.report.shipped import definition

NOW_MS = at("2026-12-15T00:00")
MONTHS = periods(Every.MONTH, date(2026, 9, 1), NOW_MS, UTC)
PLAIN = ReportsPolicy()
SEPTEMBER, OCTOBER, DECEMBER = at("2026-09-10T00:00"), at("2026-10-10T00:00"), at("2026-12-01T00:00")


def step(link: str, before: str, after: str, at_ms: int, run: str = "later") -> StatusStepRow:
    return StatusStepRow(0, link, before, after, at_ms, run)


def mqls(month_ms: int, count: int, converted: int, after_days: int = 5) -> list[StatusStepRow]:
    """So many who became MQL then, and how many of them became SQL so many days later."""
    found = []
    for place in range(count):
        link = f"{month_ms}.{place}"
        found.append(step(link, "prospect", "MQL", month_ms))
        if place < converted:
            found.append(step(link, "MQL", "SQL", month_ms + after_days * DAY_MS))
    return found


STORIES: dict[str, tuple[list[StatusStepRow], dict[str, Any]]] = {
    "converted in time": (mqls(SEPTEMBER, 4, 1), {"mql": 4, "converted": 1, "n": 4, "in_time": 1, "rate": 0.25}),
    "converted too late": (mqls(SEPTEMBER, 4, 1, 31), {"converted": 1, "n": 4, "in_time": 0, "rate": 0.0}),
    "on the last moment": (mqls(SEPTEMBER, 1, 1, 30), {"in_time": 1, "rate": 1.0}),
    "accepted by inside sales first": (
        [step("p", "", "MQL", SEPTEMBER), step("p", "MQL", "SAL", SEPTEMBER + 1), step("p", "SAL", "SQL", OCTOBER)],
        {"mql": 1, "converted": 1, "in_time": 1},
    ),
    "straight on to TRUE lead": (
        [step("p", "", "MQL", SEPTEMBER), step("p", "MQL", "TRUE lead", SEPTEMBER + 2)],
        {"mql": 1, "converted": 1, "in_time": 1},
    ),
    "twice up is one conversion": (
        [step("p", "", "MQL", SEPTEMBER), step("p", "MQL", "SQL", OCTOBER), step("p", "SQL", "TRUE lead", DECEMBER)],
        {"mql": 1, "converted": 1, "past_mql": 0},
    ),
    "disqualified before": (
        [step("p", "prospect", "MQL", SEPTEMBER), step("p", "MQL", "disqualified", SEPTEMBER + 5)],
        {"mql": 1, "ended": 1, "waiting": 0, "n": 1, "in_time": 0},
    ),
    "recycled, and an MQL once more": (
        [
            step("p", "prospect", "MQL", SEPTEMBER),
            step("p", "MQL", "recycled", SEPTEMBER + 5),
            step("p", "recycled", "MQL", SEPTEMBER + 9),
            step("p", "MQL", "SQL", SEPTEMBER + 12),
        ],
        {"mql": 2, "ended": 1, "converted": 1, "in_time": 1, "n": 2},
    ),
    "never an MQL": ([step("p", "prospect", "SQL", SEPTEMBER)], {"mql": 0, "n": 0, "rate": None, "past_mql": 1}),
    "an MQL before the first period": ([step("p", "MQL", "SQL", SEPTEMBER)], {"mql": 0, "converted": 0, "past_mql": 0}),
    "an MQL when judging began": (
        [step("p", "", "MQL", SEPTEMBER, "first"), step("p", "MQL", "SQL", SEPTEMBER + 2)],
        {"mql": 0, "converted": 0, "past_mql": 0},
    ),
    "an SQL when judging began": ([step("p", "", "SQL", SEPTEMBER, "first")], {"mql": 0, "past_mql": 0}),
}  # fmt: skip


@pytest.mark.parametrize(("steps", "told"), STORIES.values(), ids=STORIES)
def test_who_counts_as_converted(steps: list[StatusStepRow], told: dict[str, Any]) -> None:
    cohort = cohorts_of(steps, "first", MONTHS, PLAIN, NOW_MS)[0]
    assert cohort.period == "2026-09"
    assert {name: getattr(cohort, name) for name in told} == told


def test_who_has_not_had_the_time_is_waited_for_also_where_it_went_fast() -> None:
    steps = [*mqls(DECEMBER, 10, 8), *mqls(at("2026-11-15T00:00"), 2, 1)]
    november, december = cohorts_of(steps, "first", MONTHS, PLAIN, NOW_MS)[2:]
    assert (december.mql, december.converted, december.waiting, december.n, december.rate) == (10, 8, 2, 0, None)
    assert (november.n, november.rate) == (2, 0.5), "thirty days to the day"


BANDS = [
    ((None, None), 40, 4, "", False),
    ((0.13, None), 20, 1, "too low", False),
    ((0.13, None), 400, 10, "too low", True),
    ((None, 0.5), 400, 320, "too high", True),
    ((0.1, 0.5), 400, 100, "within", True),
    ((0.1, 0.5), 10, 2, "within", False),
]


@pytest.mark.parametrize(("band", "count", "converted", "says", "sure"), BANDS)
def test_a_rate_is_judged_by_the_bands_of_the_team_and_by_no_other(
    band: tuple[float | None, float | None], count: int, converted: int, says: str, sure: bool
) -> None:
    policy = ReportsPolicy(30, *band)
    cohort = cohorts_of(mqls(SEPTEMBER, count, converted), "first", MONTHS, policy, NOW_MS)[0]
    assert (cohort.band, cohort.sure) == (says, sure)


TRENDS = [
    ((400, 60), (100, 14), "steady"),
    ((400, 60), (100, 4), "falling"),
    ((400, 60), (100, 28), "rising"),
    ((400, 60), (9, 9), "too few"),
    ((9, 0), (400, 400), "too few"),
]


@pytest.mark.parametrize(("before", "latest", "says"), TRENDS)
def test_an_alarm_is_given_where_chance_does_not_explain_it(
    before: tuple[int, int], latest: tuple[int, int], says: str
) -> None:
    steps = [*mqls(SEPTEMBER, *before), *mqls(OCTOBER, *latest)]
    told = trend(cohorts_of(steps, "first", MONTHS, PLAIN, NOW_MS))
    assert (told["says"], told["latest"]["n"], told["before"]["n"]) == (says, latest[0], before[0])
    assert told["latest"]["period"] == "2026-10", "later months have nobody who has had the time"
    if says in ("falling", "rising"):
        assert (told["high"] < 0) == (says == "falling")


def test_the_interval_of_a_difference_is_that_of_the_textbook() -> None:
    """56 of 70 against 48 of 80: 0.0524 to 0.3339 (Newcombe 1998, method 10)."""
    low, high = difference_interval(56, 70, 48, 80)
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def test_two_episodes_of_one_person_do_not_touch_each_other() -> None:
    steps = [
        step("p", "prospect", "MQL", 1), step("p", "MQL", "SQL", 2), step("p", "SQL", "recycled", 3),
        step("p", "recycled", "MQL", 4),
    ]  # fmt: skip
    first, second = episodes_of(steps, "first")[0]
    assert (first.converted_ms, first.ended_ms) == (2, 0)
    assert (second.converted_ms, second.ended_ms) == (0, 0)


def signals(*met: str, unknown: str = "webinar") -> list[dict[str, Any]]:
    return [{"id": one, "truth": "met"} for one in met] + [{"id": unknown, "truth": "unknown"}]


@pytest.fixture
def found(store: Store) -> dict[str, Any]:
    with store.transaction() as tx:
        tx.verdicts.put(
            [verdict("p1", "TRUE lead", "conversion"), verdict("p2", "MQL", "interest"), verdict("p3", "MQL")]
        )
        tx.verdicts.note([
            move("p0", "", "TRUE lead", SEPTEMBER, "first", signals=signals("download")),
            move("p9", "", "prospect", SEPTEMBER, "first"),
            move("p1", "prospect", "MQL", OCTOBER),
            move("p1", "MQL", "TRUE lead", OCTOBER + DAY_MS, signals=signals("pricing_page", "accepted")),
            move("p4", "prospect", "TRUE lead", DECEMBER, signals=signals()),
            move("p4", "TRUE lead", "recycled", DECEMBER + 1),
            move("p4", "recycled", "TRUE lead", DECEMBER + 2, signals=signals("download")),
        ])  # fmt: skip
        listed = periods(Every.MONTH, date(2026, 1, 1), NOW_MS, UTC)
        return funnel(tx, definition(), PLAIN, Every.MONTH, listed, NOW_MS, ("sales_accepted", "recycle_reason"))


def test_the_document_counts_who_stands_where_and_begins_where_judging_began(found: dict[str, Any]) -> None:
    assert found["people"] == 3
    assert {name: n for name, n in found["statuses"].items() if n} == {"MQL": 2, "TRUE lead": 1}
    assert {name: n for name, n in found["stages"].items() if n} == {"interest": 1, "conversion": 1, "none": 1}
    assert [one["period"] for one in found["conversion"]["periods"]] == ["2026-09", "2026-10", "2026-11", "2026-12"]
    assert found["true_leads"] == {
        "periods": [{"period": f"2026-{month:02}", "reached": n} for month, n in ((9, 0), (10, 1), (11, 0), (12, 2))],
        "reached": 3,
        "there_at_start": 1,
    }


def test_activities_are_counted_by_kind_once_for_a_lead_and_answers_of_sales_are_none(found: dict[str, Any]) -> None:
    told = found["activities"]
    assert {one["kind"]: one["true_leads"] for one in told["kinds"]} == {
        "pricing_page": 1, "demo_watched": 0, "webinar": 0, "download": 1,
    }  # fmt: skip
    assert (told["true_leads"], told["without_any"], told["per_true_lead"]) == (3, 1, 0.67)


def test_without_bands_the_report_says_so_and_names_no_norm(found: dict[str, Any]) -> None:
    view = funnel_view(found)
    told = " ".join([*view.headline, *(sentence for section in view.sections for sentence in section.says)])
    assert "No band is agreed" in told and "13" not in told
    assert "1 of 1 who became MQL in 2026-10 were SQL within 30 days (100.0 %, 95 % interval 20.6 % to 100.0 %)" in told
    assert view.tone == "plain"
