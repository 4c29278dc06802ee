"""Objections: by kind, source and quarter; the commonest must become rarer, and a running quarter has a pace."""

from __future__ import annotations

from datetime import UTC, date

import pytest

from syncer.mapping.reports import ReportsPolicy
from syncer.report.objections import objections
from syncer.report.objections_view import objections_view
from syncer.report.periods import Every, periods
from syncer.store import Store
from syncer.store.knowledge_rows import REDACTED
from tests.report.report_world import at, call, objection

SUMMER, AUTUMN = at("2026-08-15T00:00"), at("2026-10-05T00:00")
HALF = at("2026-11-16T00:00")  # half of the fourth quarter is gone
OVER = at("2027-01-02T00:00")

TARGETS = [
    (HALF, 8, 3, "on track", 6),
    (HALF, 8, 4, "not on track", 6),
    (HALF, 8, 7, "missed", 6),
    (HALF, 8, 0, "on track", 6),
    (HALF, 1, 0, "on track", 0),
    (at("2026-10-06T00:00"), 8, 3, "too early", 6),
    (OVER, 8, 6, "met", 6),
    (OVER, 8, 7, "missed", 6),
    (OVER, 5, 4, "missed", 3),
]


@pytest.mark.parametrize(("now_ms", "before", "now", "state", "at_most"), TARGETS)
def test_each_of_the_commonest_is_to_be_a_quarter_rarer(
    store: Store, now_ms: int, before: int, now: int, state: str, at_most: int
) -> None:
    rows = [objection(n, "no budget", SUMMER) for n in range(before)]
    rows += [objection(100 + n, "no budget", AUTUMN) for n in range(now)]
    with store.transaction() as tx:
        for row in rows:
            tx.objections.replace(row.doc_id, [row])
        found = objections(tx, ReportsPolicy(), periods(Every.QUARTER, date(2026, 7, 1), now_ms, UTC), now_ms)
    target = next(one for one in found["targets"] if one["quarter"] == "2026 Q4")
    (told,) = target["kinds"]
    assert (told["state"], told["at_most"], told["before"], told["now"]) == (state, at_most, before, now)
    assert target["against"] == "2026 Q3"


def test_only_the_commonest_of_the_quarter_before_have_a_target(store: Store) -> None:
    rows = [objection(n, kind, SUMMER) for n, kind in enumerate(["a", "b", "b", "c", "c", "c", "d", "d"])]
    with store.transaction() as tx:
        for row in [*rows, objection(90, "e", AUTUMN)]:
            tx.objections.replace(row.doc_id, [row])
        found = objections(tx, ReportsPolicy(), periods(Every.QUARTER, date(2026, 7, 1), HALF, UTC), HALF)
    (targets,) = found["targets"]
    assert [(one["kind"], one["before"], one["now"]) for one in targets["kinds"]] == [
        ("c", 3, 0),
        ("b", 2, 0),
        ("d", 2, 0),
    ]


def test_counts_stand_by_quarter_and_source_beside_what_was_heard(store: Store) -> None:
    rows = [objection(1, "no budget", SUMMER), objection(2, "no budget", AUTUMN, ""), objection(3, "no time", AUTUMN)]
    with store.transaction() as tx:
        for row in rows:
            tx.objections.replace(row.doc_id, [row])
        tx.documents.put([call(n, AUTUMN) for n in range(1, 6)])
        tx.documents.set_state([f"left:Task:{n}" for n in range(1, 5)], "heard", "f")
        found = objections(tx, ReportsPolicy(), periods(Every.QUARTER, date(2026, 7, 1), HALF, UTC), HALF)
    assert [(one["quarter"], one["objections"], one["heard"]) for one in found["quarters"]] == [
        ("2026 Q3", 1, 0), ("2026 Q4", 2, 4),
    ]  # fmt: skip
    assert found["by_root_source"] == [
        {"root_source": "Web", "count": 2, "by_kind": {"no budget": 1, "no time": 1}},
        {"root_source": "", "count": 1, "by_kind": {"no budget": 1}},
    ]
    assert found["quarters"][1]["by_root_source"] == {"": 1, "Web": 1}


def test_quotes_are_the_newest_cut_on_one_line_each_once_and_none_that_was_erased(store: Store) -> None:
    said = ["older", "x" * 500, "two\nlines \x1b[31mred", "two\nlines \x1b[31mred", REDACTED]
    with store.transaction() as tx:
        for n, quote in enumerate(said):
            tx.objections.replace(f"left:Task:{n}", [objection(n, "price", AUTUMN + n, quote=quote)])
        found = objections(tx, ReportsPolicy(), periods(Every.QUARTER, date(2026, 7, 1), HALF, UTC), HALF)
    assert [one["quote"] for one in found["quotes"]["price"]] == ["two lines [31mred", "x" * 159 + "…", "older"]
    (section,) = [one for one in objections_view(found).sections if one.quotes]
    assert section.quotes[0] == ("price, 2026-10-05, Web:", "two lines [31mred")
