"""Charts of the lookalike report as inline SVG: numbers in, marks out; colours come from the page's style."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup, escape

WIDTH: Final = 460
HEIGHT: Final = 300
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 40
Scale = Callable[[float], float]


def reliability_chart(bins: Sequence[Mapping[str, Any]]) -> Markup:
    """Claimed against realised share in bins of equal count; on the diagonal claims come true."""
    top = _nice(max([0.05, *(bin["claimed"] for bin in bins), *(bin["high"] for bin in bins)]))
    across, up = _across(0, top), _up(0, top)
    marks = [_line("diagonal", across(0), up(0), across(top), up(top))]
    for bin in bins:
        x = across(bin["claimed"])
        marks.append(_line("whisker", x, up(bin["low"]), x, up(bin["high"])))
        told = f"claimed {bin['claimed']:.2f}, came true {bin['realised']:.2f}, n = {bin['n']:,}"
        marks.append(_dot(x, up(bin["realised"]), told))
    return _chart(
        "Claimed against realised share, ten bins of equal count", marks, (0, top), (0, top), "claimed", "came true"
    )


def coverage_chart(curve: Sequence[Mapping[str, Any]], base: float, coverage: float | None) -> Markup:
    """Precision among the highest claims as more rows are taken, with interval, base rate and what is deployed."""
    top = _nice(max([base, *(point["high"] for point in curve)]))
    across, up = _across(0, 1), _up(0, top)
    band = [(across(p["coverage"]), up(p["high"])) for p in curve] + [
        (across(p["coverage"]), up(p["low"])) for p in reversed(curve)
    ]
    marks = [
        Markup('<polygon class="band" points="{}"/>').format(_points(band)),
        _line("diagonal", across(0), up(base), across(1), up(base)),
        Markup('<polyline class="curve" points="{}"/>').format(
            _points([(across(p["coverage"]), up(p["precision"])) for p in curve])
        ),
    ]
    if coverage is not None:
        marks.append(_line("chosen", across(coverage), up(0), across(coverage), up(top)))
        marks.append(_text(across(min(coverage, 0.85)) + 4, TOP + 10, "deployed", "start"))
    marks += [
        _dot(
            across(p["coverage"]),
            up(p["precision"]),
            f"{p['coverage']:.0%} of rows: {p['precision']:.2f} right, n = {p['n']:,}",
        )
        for p in curve
    ]
    return _chart(
        "Precision by coverage", marks, (0, 1), (0, top), "share of rows taken, highest claims first", "came true"
    )


def time_chart(steps: Sequence[Mapping[str, Any]]) -> Markup:
    """Claimed and realised share over time: where they part, the world has moved."""
    top = _nice(max([0.05, *(s["claimed"] for s in steps), *(s["realised"] for s in steps)]))
    last = max(1, len(steps) - 1)
    across, up = _across(0, last), _up(0, top)
    marks = []
    for style, name in (("curve", "realised"), ("claim", "claimed")):
        marks.append(
            Markup('<polyline class="{}" points="{}"/>').format(
                style, _points([(across(number), up(step[name])) for number, step in enumerate(steps)])
            )
        )
    for number, step in enumerate(steps):
        marks.append(_dot(across(number), up(step["realised"]), f"{step['from']} to {step['to']}: n = {step['n']:,}"))
    for place, anchor in ((0, "start"), (last, "end")):
        if place < len(steps):
            marks.append(
                _text(across(place), HEIGHT - BOTTOM + 14, steps[place]["from" if not place else "to"], anchor)
            )
    return _chart(
        "Claimed and realised share over time", marks, None, (0, top), "dashed: claimed, full: came true", "share"
    )


def _chart(
    title: str,
    marks: Sequence[Markup],
    across: tuple[float, float] | None,
    up: tuple[float, float],
    below: str,
    beside: str,
) -> Markup:
    grid = []
    for step in range(5):
        value = up[0] + (up[1] - up[0]) * step / 4
        y = _up(*up)(value)
        grid += [_line("grid", LEFT, y, WIDTH - RIGHT, y), _text(LEFT - 6, y + 4, f"{value:.2f}", "end")]
        if across:
            value = across[0] + (across[1] - across[0]) * step / 4
            grid.append(_text(_across(*across)(value), HEIGHT - BOTTOM + 14, f"{value:.2f}", "middle"))
    words = [
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, below, "middle"),
        Markup('<text class="word" transform="translate(11 {:.0f}) rotate(-90)" text-anchor="middle">{}</text>').format(
            (TOP + HEIGHT - BOTTOM) / 2, beside
        ),
    ]
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, title, Markup("").join([*grid, *words, *marks])
    )


def _across(low: float, high: float) -> Scale:
    return lambda value: LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)


def _up(low: float, high: float) -> Scale:
    return lambda value: HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)


def _nice(value: float) -> float:
    """The next of a few round ends of an axis."""
    return next((end for end in (0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if value <= end), 1.0)


def _line(style: str, x: float, y: float, to_x: float, to_y: float) -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(style, x, y, to_x, to_y)


def _dot(x: float, y: float, told: str) -> Markup:
    return Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="3.5"><title>{}</title></circle>').format(x, y, told)


def _text(x: float, y: float, said: str, anchor: str) -> Markup:
    return Markup('<text class="word" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        x, y, anchor, escape(said)
    )


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
