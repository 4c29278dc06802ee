"""What Salesforce says about the day's calls: `Sforce-Limit-Info` on every answer, and the limits resource."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from connectors.base import Usage
from connectors.salesforce.words import BURST_BUDGET, DAY_BUDGET

_PAIR: Final = re.compile(r"([\w-]+)=(\d+)/(\d+)(?:\(appName=([^)]*)\))?")
_NAMES: Final[Mapping[str, str]] = {"api-usage": DAY_BUDGET, "api-bursts": BURST_BUDGET}

# of the limits resource -> our names
_LIMITS: Final[Mapping[str, str]] = {
    "DailyApiRequests": DAY_BUDGET,
    "DailyBulkV2QueryJobs": "sf.bulk_queries",
    "DailyBulkApiBatches": "sf.bulk_batches",
}


def usage_of_header(header: str) -> Iterator[Usage]:
    """Every figure in the header, whatever its form: `api-usage=18/5000; per-app-api-usage=17/250(appName=x)`."""
    for name, used, limit, app in _PAIR.findall(header):
        ours = f"sf.app:{app}" if name == "per-app-api-usage" else _NAMES.get(name)
        if ours is not None:
            yield Usage(ours, int(used), int(limit), None)  # rolling 24 hours: no moment of reset


def usage_of_limits(limits: Mapping[str, Any]) -> Iterator[Usage]:
    """Figures of `GET /limits`; they lag real use by minutes."""
    for name, ours in _LIMITS.items():
        entry = limits.get(name)
        if isinstance(entry, Mapping) and "Max" in entry and "Remaining" in entry:
            yield Usage(ours, int(entry["Max"]) - int(entry["Remaining"]), int(entry["Max"]), None)
