"""The SLA in figures: what was kept, what was late, how long an answer takes, and what sales adopts."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from syncer.core.business_hours import Calendar
from syncer.report.hand_off_figures import (
    HandOffFigures,
    by_owner,
    by_status,
    figures_by,
    hand_off_figures,
    reasons,
)
from syncer.store.knowledge_rows import HandOffRow

HOUR_MS = 3_600_000
MONDAY_MS = 1_780_304_400_000  # 2026-06-01 09:00 UTC
NINE_TO_FIVE = Calendar(ZoneInfo("UTC"), dict.fromkeys(range(5), ((540, 1020),)))


def row(number: int = 0, state: str = "sent", **more: Any) -> HandOffRow:
    told: dict[str, Any] = {
        "hand_off_id": f"h{number}", "link_id": f"l{number}", "status": "MQL", "state": state, "owner_id": "ann",
        "task_id": "t", "first_step": "call", "made_ms": MONDAY_MS, "due_ms": MONDAY_MS + 8 * HOUR_MS,
        "sent_ms": MONDAY_MS, "answered_ms": 0, "ended_ms": 0, "reason": "", "payload": {},
    }  # fmt: skip
    return HandOffRow(**(told | more))


ROWS = [
    row(1, "owed", owner_id=""),
    row(2),
    row(3, "accepted", answered_ms=MONDAY_MS + 2 * HOUR_MS),
    row(4, "accepted", answered_ms=MONDAY_MS + 24 * HOUR_MS, breached_ms=MONDAY_MS + 8 * HOUR_MS),
    row(5, "recycling", answered_ms=MONDAY_MS + HOUR_MS, reason="no budget", payload={"with": "bob"}),
    row(6, breached_ms=MONDAY_MS + 8 * HOUR_MS, status="SQL"),
    row(7, "ended"),
]


def test_every_hand_off_is_counted_once_and_time_is_counted_in_business_hours() -> None:
    assert hand_off_figures(ROWS, NINE_TO_FIVE) == HandOffFigures(
        made=7, owed=1, running=1, kept=2, breached=2, ended=1, accepted=2, rejected=1,
        median_h=2.0, kept_share=0.5, adopted=0.6667,
    )  # fmt: skip
    assert hand_off_figures(ROWS[3:4], NINE_TO_FIVE).median_h == 8.0, "a night is not waiting time"
    assert hand_off_figures([], NINE_TO_FIVE) == HandOffFigures()


def test_they_are_told_apart_by_status_and_by_who_has_them() -> None:
    assert {name: one.made for name, one in figures_by(ROWS, NINE_TO_FIVE, by_status).items()} == {"MQL": 6, "SQL": 1}
    by = figures_by(ROWS, NINE_TO_FIVE, by_owner)
    assert {name: (one.made, one.rejected) for name, one in by.items()} == {"": (1, 0), "ann": (5, 0), "bob": (1, 1)}
    assert reasons(ROWS) == {"no budget": 1}


@given(st.lists(st.tuples(st.sampled_from(("owed", "sent", "accepted", "rejected", "recycling", "ended")),
                          st.booleans(), st.booleans())))  # fmt: skip
def test_no_hand_off_is_lost_or_counted_twice(made: list[tuple[str, bool, bool]]) -> None:
    rows = [
        row(number, state, answered_ms=answered and MONDAY_MS + HOUR_MS, breached_ms=late and MONDAY_MS)
        for number, (state, answered, late) in enumerate(made)
    ]
    found = hand_off_figures(rows, NINE_TO_FIVE)
    assert found.owed + found.running + found.kept + found.breached + found.ended == found.made == len(rows)
    assert found.accepted + found.rejected <= found.made
