"""Charts of the lookalike report as inline SVG: numbers in, marks out; colours come from the page's style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from syncer.report.charts import BOTTOM, HEIGHT, TOP, across_to, chart, dot, line, nice, points, text, up_to


def reliability_chart(bins: Sequence[Mapping[str, Any]]) -> Markup:
    """Claimed against realised share in bins of equal count; on the diagonal claims come true."""
    top = nice(max([0.05, *(bin["claimed"] for bin in bins), *(bin["high"] for bin in bins)]))
    across, up = across_to(0, top), up_to(0, top)
    marks = [line("diagonal", across(0), up(0), across(top), up(top))]
    for bin in bins:
        x = across(bin["claimed"])
        marks.append(line("whisker", x, up(bin["low"]), x, up(bin["high"])))
        told = f"claimed {bin['claimed']:.2f}, came true {bin['realised']:.2f}, n = {bin['n']:,}"
        marks.append(dot(x, up(bin["realised"]), told))
    return chart(
        "Claimed against realised share, ten bins of equal count", marks, (0, top), (0, top), "claimed", "came true"
    )


def coverage_chart(curve: Sequence[Mapping[str, Any]], base: float, coverage: float | None) -> Markup:
    """Precision among the highest claims as more rows are taken, with interval, base rate and what is deployed."""
    top = nice(max([base, *(point["high"] for point in curve)]))
    across, up = across_to(0, 1), up_to(0, top)
    band = [(across(p["coverage"]), up(p["high"])) for p in curve] + [
        (across(p["coverage"]), up(p["low"])) for p in reversed(curve)
    ]
    marks = [
        Markup('<polygon class="band" points="{}"/>').format(points(band)),
        line("diagonal", across(0), up(base), across(1), up(base)),
        Markup('<polyline class="curve" points="{}"/>').format(
            points([(across(p["coverage"]), up(p["precision"])) for p in curve])
        ),
    ]
    if coverage is not None:
        marks.append(line("chosen", across(coverage), up(0), across(coverage), up(top)))
        marks.append(text(across(min(coverage, 0.85)) + 4, TOP + 10, "deployed", "start"))
    marks += [
        dot(
            across(p["coverage"]),
            up(p["precision"]),
            f"{p['coverage']:.0%} of rows: {p['precision']:.2f} right, n = {p['n']:,}",
        )
        for p in curve
    ]
    return chart(
        "Precision by coverage", marks, (0, 1), (0, top), "share of rows taken, highest claims first", "came true"
    )


def time_chart(steps: Sequence[Mapping[str, Any]]) -> Markup:
    """Claimed and realised share over time: where they part, the world has moved."""
    top = nice(max([0.05, *(s["claimed"] for s in steps), *(s["realised"] for s in steps)]))
    last = max(1, len(steps) - 1)
    across, up = across_to(0, last), up_to(0, top)
    marks = []
    for style, name in (("curve", "realised"), ("claim", "claimed")):
        marks.append(
            Markup('<polyline class="{}" points="{}"/>').format(
                style, points([(across(number), up(step[name])) for number, step in enumerate(steps)])
            )
        )
    for number, step in enumerate(steps):
        marks.append(dot(across(number), up(step["realised"]), f"{step['from']} to {step['to']}: n = {step['n']:,}"))
    for place, anchor in ((0, "start"), (last, "end")):
        if place < len(steps):
            marks.append(text(across(place), HEIGHT - BOTTOM + 14, steps[place]["from" if not place else "to"], anchor))
    return chart(
        "Claimed and realised share over time", marks, None, (0, top), "dashed: claimed, full: came true", "share"
    )
