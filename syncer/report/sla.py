"""How the agreement between marketing and sales is kept: by status, by owner, by period, and what sales rejects for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from syncer.core.business_hours import Calendar
from syncer.report.hand_off_figures import by_owner, by_status, grouped, hand_off_figures, reasons
from syncer.report.periods import Period, in_periods
from syncer.report.subjects import names_of
from syncer.stages.gathering import OWNERS
from syncer.store.knowledge_rows import HandOffRow
from syncer.store.ports import Tx

FORM: Final = 1
LISTED: Final = 50  # of those that are late and unanswered, the longest late first


def sla(tx: Tx, calendar: Calendar, listed: Sequence[Period], now_ms: int) -> dict[str, Any]:
    """The report as one document, of the hand-offs made in these periods. Hours are business hours of the calendar."""
    rows = tx.hand_offs.list(listed[0].start_ms, listed[-1].end_ms)
    emails = owners(tx)
    by_period = zip(listed, in_periods(listed, rows, lambda row: row.made_ms), strict=True)
    late = [row for row in rows if row.breached_ms and not row.answered_ms and row.state == "sent"]
    late.sort(key=lambda row: (row.due_ms, row.hand_off_id))
    names = names_of(tx, [row.link_id for row in late[:LISTED]])
    return {
        "form": FORM,
        "made_ms": now_ms,
        "since": listed[0].first.isoformat(),
        "zone": str(calendar.zone),
        "all": figures(rows, calendar),
        "by_status": {name: figures(some, calendar) for name, some in grouped(rows, by_status).items()},
        "by_owner": [
            {"owner": owner, "email": emails.get(owner, ""), **figures(some, calendar)}
            for owner, some in grouped(rows, by_owner).items()
        ],
        "by_period": [{"period": one.name, **figures(some, calendar)} for one, some in by_period],
        "reasons": [{"reason": reason, "count": count} for reason, count in reasons(rows).items()],
        "late": [_late(row, names, emails) for row in late[:LISTED]],
        "late_count": len(late),
    }


def figures(rows: Sequence[HandOffRow], calendar: Calendar) -> dict[str, Any]:
    """`adoption`: accepted among all that were handed over, whether answered or not; `adopted`: among the answered."""
    handed = [row for row in rows if row.sent_ms]
    found = asdict(hand_off_figures(rows, calendar))
    adoption = round(found["accepted"] / len(handed), 4) if handed else None
    return {"handed_over": len(handed), "adoption": adoption, **found}


def owners(tx: Tx) -> Mapping[str, str]:
    """Salesforce user -> e-mail address, as last read."""
    row = tx.schemas.get("left", OWNERS)
    return {str(name): str(email) for name, email in row.json.items()} if row is not None else {}


def _late(row: HandOffRow, names: Mapping[str, str], emails: Mapping[str, str]) -> dict[str, Any]:
    owner = by_owner(row)
    return {
        "subject": names.get(row.link_id, row.link_id),
        "link": row.link_id,
        "status": row.status,
        "first_step": row.first_step,
        "due_ms": row.due_ms,
        "owner": owner,
        "email": emails.get(owner, ""),
        "task": row.task_id,
    }
