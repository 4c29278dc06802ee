"""The lookalike report as one HTML page: nothing is loaded from elsewhere, and no script runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, StrictUndefined

from syncer.report.lookalike_charts import coverage_chart, reliability_chart, time_chart
from syncer.report.lookalike_words import FIGURES, told

TEMPLATE: Final = Path(__file__).with_name("lookalike_page.html.j2")


def page(found: Mapping[str, Any]) -> str:
    """The page of a document; whatever stands in the data is text in it, never markup."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    hold_out = found["hold_out"]
    (other_name, other) = next(iter(found["beside"].items()))
    tested = found["split"]
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
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
