"""The SLA report: who is late, who adopts, in whose hours; owners by the names that people know."""

from __future__ import annotations

from datetime import UTC, date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from syncer.core.business_hours import Calendar
from syncer.report.periods import Every, periods
from syncer.report.sla import sla
from syncer.report.sla_view import sla_view
from syncer.stages.gathering import OWNERS
from syncer.store import Store
from syncer.store.rows import SchemaRow
from tests.report.report_world import DAY_MS, at, hand_off

CALENDAR = Calendar(ZoneInfo("UTC"), dict.fromkeys(range(5), ((540, 1020),)))
MONDAY = at("2026-11-02T09:00")
HOUR_MS = 3_600_000
NOW_MS = at("2026-11-20T12:00")
ROWS = [
    hand_off(1, "accepted", MONDAY, answered_ms=MONDAY + 2 * HOUR_MS),
    hand_off(2, "accepted", MONDAY, answered_ms=MONDAY + 9 * HOUR_MS + 15 * HOUR_MS, breached_ms=MONDAY + DAY_MS),
    hand_off(3, "rejected", MONDAY, answered_ms=MONDAY + HOUR_MS, reason="no budget", owner_id="005bob"),
    hand_off(4, "sent", MONDAY, breached_ms=MONDAY + DAY_MS, owner_id="005bob"),
    hand_off(5, "owed", MONDAY, sent_ms=0, owner_id="", status="SQL"),
    hand_off(6, "sent", at("2026-10-30T09:00"), status="SQL"),
    hand_off(7, "accepted", at("2026-08-01T09:00"), answered_ms=at("2026-08-03T10:00")),  # before the first period
]


@pytest.fixture
def found(store: Store) -> dict[str, Any]:
    with store.transaction() as tx:
        tx.hand_offs.add(ROWS)
        tx.schemas.put(SchemaRow("left", OWNERS, "h", {"005ann": "ann@acme.example"}, 1))
        return sla(tx, CALENDAR, periods(Every.MONTH, date(2026, 10, 1), NOW_MS, UTC), NOW_MS)


def test_every_hand_off_of_the_time_is_counted_once(found: dict[str, Any]) -> None:
    told = {
        name: found["all"][name] for name in ("made", "handed_over", "kept", "breached", "running", "owed", "ended")
    }
    assert told == {"made": 6, "handed_over": 5, "kept": 2, "breached": 2, "running": 1, "owed": 1, "ended": 0}
    assert [(one["period"], one["made"]) for one in found["by_period"]] == [("2026-10", 1), ("2026-11", 5)]
    assert {name: one["made"] for name, one in found["by_status"].items()} == {"MQL": 4, "SQL": 2}


def test_adoption_is_accepted_among_all_that_were_handed_over(found: dict[str, Any]) -> None:
    assert (found["all"]["adoption"], found["all"]["adopted"]) == (0.4, 0.6667)
    assert found["all"]["median_h"] == 2.0
    assert found["reasons"] == [{"reason": "no budget", "count": 1}]


def test_owners_are_named_where_they_are_known_and_late_ones_are_listed(found: dict[str, Any]) -> None:
    assert [(one["owner"], one["email"], one["made"]) for one in found["by_owner"]] == [
        ("", "", 1), ("005ann", "ann@acme.example", 3), ("005bob", "", 2),
    ]  # fmt: skip
    (late,) = found["late"]
    assert (late["link"], late["owner"], late["due_ms"], found["late_count"]) == ("l4", "005bob", MONDAY + DAY_MS, 1)
    view = sla_view(found)
    assert view.tone == "warn" and "1 are late and still unanswered." in view.headline
    assert "SLA kept in 2 of 4 (50.0 %); answered after 2.0 business hours in the median." in view.headline[0]


def test_a_state_without_hand_offs_says_so(store: Store) -> None:
    with store.snapshot() as tx:
        empty = sla(tx, CALENDAR, periods(Every.WEEK, date(2026, 11, 1), NOW_MS, UTC), NOW_MS)
    assert (empty["all"]["made"], empty["all"]["adoption"], empty["by_owner"]) == (0, None, [])
    assert sla_view(empty).headline == ("Nothing was handed over in this time.",)
