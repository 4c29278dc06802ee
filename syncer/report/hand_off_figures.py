"""How the agreement between marketing and sales is kept: hand-offs answered in time, late, not at all, and adopted.

Pure functions over the rows, so that any period and any group can be asked for. Times to answer count business hours
only: a lead that came on Friday evening and was called on Monday morning was not left for three days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from syncer.core.business_hours import Calendar, business_ms
from syncer.store.knowledge_rows import HandOffRow

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class HandOffFigures:
    """Of one group of hand-offs. `made` = `owed` + `running` + `kept` + `breached` + `ended`.

    `running`: sent, unanswered, and in time still. `breached`: answered late, or not yet and too late. `adopted`:
    accepted ones among those accepted or rejected, None where there are none; likewise `kept_share` among kept and
    breached. `median_h`: business hours from Task to answer.
    """

    made: int = 0
    owed: int = 0
    running: int = 0
    kept: int = 0
    breached: int = 0
    ended: int = 0
    accepted: int = 0
    rejected: int = 0
    median_h: float | None = None
    kept_share: float | None = None
    adopted: float | None = None


def hand_off_figures(rows: Iterable[HandOffRow], calendar: Calendar) -> HandOffFigures:
    """The figures of these rows together; all zero of none."""
    rows = list(rows)
    fates = Counter(map(_fate, rows))
    accepted = sum(row.state == "accepted" for row in rows)
    rejected = sum(is_rejected(row) for row in rows)
    hours = [business_ms(calendar, row.sent_ms, row.answered_ms) / HOUR_MS for row in rows if row.answered_ms]
    return HandOffFigures(
        made=len(rows),
        **fates,
        accepted=accepted,
        rejected=rejected,
        median_h=round(median(hours), 2) if hours else None,
        kept_share=_share(fates["kept"], fates["breached"]),
        adopted=_share(accepted, rejected),
    )


def figures_by(
    rows: Iterable[HandOffRow], calendar: Calendar, group: Callable[[HandOffRow], str]
) -> dict[str, HandOffFigures]:
    """The figures of each group, by name; such as `by_status`, `by_owner`."""
    return {name: hand_off_figures(some, calendar) for name, some in grouped(rows, group).items()}


def grouped(rows: Iterable[HandOffRow], group: Callable[[HandOffRow], str]) -> dict[str, list[HandOffRow]]:
    """By the names of the groups, in their order."""
    found: dict[str, list[HandOffRow]] = {}
    for row in rows:
        found.setdefault(group(row), []).append(row)
    return dict(sorted(found.items()))


def by_status(row: HandOffRow) -> str:
    return row.status


def by_owner(row: HandOffRow) -> str:
    """Who has it now, by Salesforce id; empty while nobody has."""
    return str(row.payload.get("with", row.owner_id))


def reasons(rows: Iterable[HandOffRow]) -> Mapping[str, int]:
    """For what sales rejected, commonest first."""
    return dict(Counter(row.reason for row in rows if is_rejected(row)).most_common())


def is_rejected(row: HandOffRow) -> bool:
    return row.state in ("rejected", "recycling")


def _fate(row: HandOffRow) -> str:
    if row.breached_ms:
        return "breached"
    if row.state == "owed":
        return "owed"
    if row.answered_ms:
        return "kept"
    return "ended" if row.state == "ended" else "running"


def _share(part: int, rest: int) -> float | None:
    return round(part / (part + rest), 4) if part + rest else None
