"""The lookalike report as one HTML page: nothing is loaded from elsewhere, and no script runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncer.report.lookalike_charts import coverage_chart, reliability_chart, time_chart
from syncer.report.lookalike_words import FIGURES, told
from syncer.report.pages import render


def page(found: Mapping[str, Any]) -> str:
    """The page of a document; whatever stands in the data is text in it, never markup."""
    hold_out = found["hold_out"]
    (other_name, other) = next(iter(found["beside"].items()))
    tested = found["split"]
    return render(
        "lookalike_page.html.j2",
        found=found,
        told=told,
        figures=FIGURES,
        other_name=other_name,
        other=other,
        reliability=reliability_chart(hold_out["reliability"]),
        coverage=coverage_chart(
            hold_out["coverage_curve"],
            tested["tested_positives"] / max(1, tested["tested"]),
            hold_out["deployed"]["coverage"]["value"],
        ),
        over_time=time_chart(found["over_time"]),
    )
