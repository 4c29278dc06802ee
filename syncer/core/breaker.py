"""The mass-change breaker: weighs a whole plan before anything of it is sent. Pure.

A mapping error or a wiped system shows as many writes of one kind. What trips is taken out of the plan and held for a
person, who approves it by its hash; everything else goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, Literal

from syncer.core.fields import SideName

Effect = Literal["create", "fill", "overwrite", "clear", "delete"]
Watched = Literal["create", "overwrite", "clear", "delete", "same_value", "all_changed"]

WATCHED: Final[tuple[Watched, ...]] = ("create", "overwrite", "clear", "delete", "same_value", "all_changed")


@dataclass(frozen=True, slots=True)
class Limit:
    """Trips above both: an absolute number and a share of the records of that kind on that side."""

    floor: int
    share: float

    def allowed(self, total: int) -> int:
        return max(self.floor, int(total * self.share))


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """What one run, together with the 24 hours before it, may do without being asked."""

    enabled: bool = True
    delete: Limit = Limit(10, 0.01)
    clear: Limit = Limit(50, 0.02)
    overwrite: Limit = Limit(200, 0.10)
    create: Limit = Limit(100, 0.10)
    same_value: Limit = Limit(100, 0.10)  # one field of many records going to one same value
    all_changed: Limit = Limit(50, 0.99)  # every observed record of a side changed at once


@dataclass(frozen=True, slots=True)
class PlannedCell:
    """One planned write of one cell; a create or delete is one cell with field `*`."""

    link_id: str
    side: SideName
    kind: str
    field: str
    effect: Effect
    value: str  # the new value as text, compared only for sameness; of a create the record it is made from


@dataclass(frozen=True, slots=True)
class Count:
    """How much of one class a plan holds. `earlier`: what was sent of it in the 24 hours before."""

    side: SideName
    kind: str
    op: Watched
    field: str
    count: int
    total: int
    earlier: int = 0
    value: str = field(default="", repr=False)  # same_value: which one


@dataclass(frozen=True, slots=True)
class Trip:
    """One class that must not be sent before a person says so."""

    count: Count
    allowed: int
    message: str
    but: frozenset[str] = frozenset()  # digests of cells that a person has approved

    def holds(self, cell: PlannedCell) -> bool:
        """Whether that planned cell belongs to what tripped."""
        return belongs(self.count, cell) and not (self.but and digest(cell) in self.but)


def belongs(count: Count, cell: PlannedCell) -> bool:
    """Whether the cell is of that class."""
    if (cell.side, cell.kind) != (count.side, count.kind):
        return False
    if count.op == "all_changed":
        return True
    if cell.field != count.field:
        return False
    return cell.value == count.value if count.op == "same_value" else cell.effect == count.op


def digest(cell: PlannedCell) -> str:
    """Names one planned cell by its content, so that it is known again when it is planned again."""
    return blake2b("\x1f".join(_content(cell)).encode(), digest_size=8).hexdigest()


def tally(
    cells: Iterable[PlannedCell],
    totals: Mapping[tuple[SideName, str], int],
    earlier: Mapping[tuple[SideName, str, str, str], int] | None = None,
) -> list[Count]:
    """Counts a plan by class: totals by (side, kind), earlier sends by (side, kind, op, field)."""
    effects: Counter[tuple[SideName, str, Effect, str]] = Counter()
    values: Counter[tuple[SideName, str, str, str]] = Counter()
    for cell in cells:
        effects[cell.side, cell.kind, cell.effect, cell.field] += 1
        if cell.effect == "overwrite":
            values[cell.side, cell.kind, cell.field, cell.value] += 1
    counts = [
        Count(side, kind, op, name, count, totals.get((side, kind), 0), (earlier or {}).get((side, kind, op, name), 0))
        for (side, kind, op, name), count in sorted(effects.items())
        if op != "fill"
    ]
    counts += [
        Count(side, kind, "same_value", name, count, totals.get((side, kind), 0), value=value)
        for (side, kind, name, value), count in sorted(values.items())
    ]
    return counts


def evaluate(limits: BreakerLimits, counts: Iterable[Count]) -> list[Trip]:
    """The classes above their limit, in the order given; none when the breaker is off.

    `all_changed` is counted by the caller as records changed by others on the side a write would be drawn from, and
    names the side that would be written.
    """
    if not limits.enabled:
        return []
    trips = []
    for count in counts:
        limit: Limit = getattr(limits, count.op)
        allowed = limit.allowed(count.total)
        if count.count + count.earlier > allowed:
            trips.append(Trip(count, allowed, _message(count, allowed)))
    return trips


def plan_hash(trip: Trip, cells: Iterable[PlannedCell]) -> str:
    """Names what is held, by content: the same plan made again has the same hash, so that an approval fits it."""
    mine = trip.count
    digest = blake2b("\x1f".join((mine.side, mine.kind, mine.op, mine.field)).encode(), digest_size=6)
    for line in sorted("\x1f".join(_content(cell)) for cell in cells if trip.holds(cell)):
        digest.update(b"\x1e" + line.encode())
    return digest.hexdigest()


def _content(cell: PlannedCell) -> tuple[str, str, str]:
    """A link that stands for a planned create may be made anew with the next plan; the record it is made from stays."""
    return ("" if cell.effect == "create" else cell.link_id, cell.field, cell.value)


_SYSTEMS: Final[Mapping[SideName, str]] = {"left": "Salesforce", "right": "HubSpot"}
_SAYS: Final[Mapping[Watched, str]] = {
    "create": "would create {count} {kind} records in {system}",
    "delete": "would delete {count} {kind} records in {system}",
    "clear": "would clear {field} in {count} {kind} records in {system}",
    "overwrite": "would overwrite {field} in {count} {kind} records in {system}",
    "same_value": "would set {field} to one same value in {count} {kind} records in {system}",
    "all_changed": "would write to {system} because {count} {kind} records, all that were looked at, changed at once",
}


def _message(count: Count, allowed: int) -> str:
    says = _SAYS[count.op].format(count=count.count, kind=count.kind, system=_SYSTEMS[count.side], field=count.field)
    before = f" after {count.earlier} in the last 24 hours" if count.earlier else ""
    return f"The plan {says}{before}; {allowed} of {count.total} are allowed without approval."
