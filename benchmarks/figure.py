"""One line of the table: what was measured, the limit measured beside it, and the bar it is held to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """`most` is the bar in the figure's own unit; None where nothing is promised and the figure is for the record."""

    scenario: str
    name: str
    unit: str
    value: float
    limit: float | None = None
    most: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.limit if self.limit else None

    @property
    def ok(self) -> bool:
        return self.most is None or self.value <= self.most

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio, "ok": self.ok}
