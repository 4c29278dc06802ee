"""Periods: as people of the team's zone count them, over the change of clocks and the turn of the year."""

from __future__ import annotations

from datetime import UTC, date
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from syncer.report.periods import Every, back, in_periods, periods
from tests.report.report_world import at

NEW_YORK = ZoneInfo("America/New_York")
NOW_MS = at("2027-01-05T12:00")


@pytest.mark.parametrize(
    ("every", "since", "names"),
    [
        (Every.MONTH, date(2026, 11, 17), ["2026-11", "2026-12", "2027-01"]),
        (Every.QUARTER, date(2026, 9, 30), ["2026 Q3", "2026 Q4", "2027 Q1"]),
        (Every.WEEK, date(2026, 12, 27), ["2026-W52", "2026-W53", "2027-W01"]),
        (Every.MONTH, date(2030, 1, 1), ["2027-01"]),
    ],
)
def test_periods_go_from_the_one_of_the_first_day_to_the_one_that_runs(
    every: Every, since: date, names: list[str]
) -> None:
    listed = periods(every, since, NOW_MS, UTC)
    assert [one.name for one in listed] == names
    assert all(one.end_ms == after.start_ms for one, after in pairwise(listed))
    assert listed[0].first <= since or len(names) == 1
    assert back(every, len(names), NOW_MS, UTC) == listed[0].first


def test_a_day_begins_at_midnight_of_the_team_and_not_of_greenwich() -> None:
    (november, december) = periods(Every.MONTH, date(2026, 11, 1), at("2026-12-02T00:00"), NEW_YORK)
    assert (november.start_ms, november.end_ms) == (at("2026-11-01T04:00"), at("2026-12-01T05:00")), "clocks change"
    moments = [at("2026-11-01T03:59"), at("2026-12-01T04:59"), at("2026-12-01T05:00"), at("2027-01-01T05:00")]
    assert in_periods([november, december], moments, lambda moment: moment) == [[moments[1]], [moments[2]]]
