"""Pieces of charts as inline SVG: numbers in, marks out; colours come from the page's style, and no script runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

WIDTH: Final = 460
HEIGHT: Final = 300
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 40
LABEL: Final = 150  # room for the names of bars
FIGURE: Final = 84  # and for the figures behind them
BAR: Final = 24
NAME_MAX: Final = 22
TICKS_MAX: Final = 6
Scale = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Bar:
    """`part`: how much of the value is of the first kind; `told`: what a reader is told of it in words."""

    name: str
    value: float
    told: str
    part: float | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its interval; None where nothing can be said of that place yet."""

    name: str
    value: float | None
    low: float
    high: float
    told: str


def bars(title: str, rows: Sequence[Bar], top: float | None = None) -> Markup:
    """One bar under the other, with what each is worth behind it. `top`: where the axis ends; else at the longest."""
    end = top or max([1.0, *(row.value for row in rows)])
    room = WIDTH - LABEL - FIGURE
    marks = []
    for place, row in enumerate(rows):
        y, length = place * BAR + 4, row.value / end * room
        marks.append(text(LABEL - 8, y + 13, _cut(row.name), "end"))
        marks.append(_box("bar", LABEL, y, length, row.told))
        if row.part is not None:
            marks.append(_box("part", LABEL, y, row.part / end * room, row.told))
        marks.append(text(LABEL + length + 6, y + 13, row.told, "start"))
    return picture(title, marks, len(rows) * BAR + 8)


def columns(title: str, rows: Sequence[Bar], below: str = "") -> Markup:
    """A column for each place, in their order; every figure stands above its column."""
    end = max([1.0, *(row.value for row in rows)])
    up, width = up_to(0, end * 1.1), (WIDTH - LEFT - RIGHT) / max(1, len(rows))
    marks = [line("axis", LEFT, up(0), WIDTH - RIGHT, up(0))]
    for place, row in enumerate(rows):
        x = LEFT + place * width
        height = up(0) - up(row.value)
        shape = Markup('<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}">{}</rect>')
        marks.append(shape.format(x + width * 0.15, up(row.value), width * 0.7, height, _title(row.told)))
        marks.append(text(x + width / 2, up(row.value) - 4, f"{row.value:g}", "middle"))
    marks += _names([row.name for row in rows], [LEFT + (place + 0.5) * width for place in range(len(rows))])
    return picture(title, [*marks, text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, below, "middle")], HEIGHT)


def rates(title: str, points: Sequence[Rate], low: float | None, high: float | None, below: str = "") -> Markup:
    """Shares in their order with intervals, and the band that they should stay in."""
    known = [point for point in points if point.value is not None]
    top = nice(max([0.05, *(point.high for point in known), *(edge for edge in (low, high) if edge is not None)]))
    width, up = (WIDTH - LEFT - RIGHT) / max(1, len(points)), up_to(0, top)
    marks = []
    for style, edge in (("edge", low), ("edge", high)):
        if edge is not None:
            marks.append(line(style, LEFT, up(edge), WIDTH - RIGHT, up(edge)))
    for place, point in enumerate(points):
        if point.value is not None:
            x = LEFT + (place + 0.5) * width
            marks.append(line("whisker", x, up(point.low), x, up(point.high)))
            marks.append(dot(x, up(point.value), point.told))
    marks += _names([point.name for point in points], [LEFT + (place + 0.5) * width for place in range(len(points))])
    return chart(title, marks, None, (0, top), below, "share")


def chart(
    title: str,
    marks: Sequence[Markup],
    across: tuple[float, float] | None,
    up: tuple[float, float],
    below: str,
    beside: str,
) -> Markup:
    """The marks on a grid with numbers. `across`, `up`: the ends of the axes; no numbers below without `across`."""
    grid = []
    for step in range(5):
        value = up[0] + (up[1] - up[0]) * step / 4
        y = up_to(*up)(value)
        grid += [line("grid", LEFT, y, WIDTH - RIGHT, y), text(LEFT - 6, y + 4, f"{value:.2f}", "end")]
        if across:
            value = across[0] + (across[1] - across[0]) * step / 4
            grid.append(text(across_to(*across)(value), HEIGHT - BOTTOM + 14, f"{value:.2f}", "middle"))
    words = [
        text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, below, "middle"),
        Markup('<text class="word" transform="translate(11 {:.0f}) rotate(-90)" text-anchor="middle">{}</text>').format(
            (TOP + HEIGHT - BOTTOM) / 2, beside
        ),
    ]
    return picture(title, [*grid, *words, *marks], HEIGHT)


def picture(title: str, marks: Sequence[Markup], height: float) -> Markup:
    """The marks as one image, which readers that see none are told by its title."""
    return Markup('<svg viewBox="0 0 {} {:.0f}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, height, title, Markup("").join(marks)
    )


def across_to(low: float, high: float) -> Scale:
    return lambda value: LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)


def up_to(low: float, high: float) -> Scale:
    return lambda value: HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)


def nice(value: float) -> float:
    """The next of a few round ends of an axis."""
    return next((end for end in (0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if value <= end), 1.0)


def line(style: str, x: float, y: float, to_x: float, to_y: float) -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(style, x, y, to_x, to_y)


def dot(x: float, y: float, told: str) -> Markup:
    return Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="3.5">{}</circle>').format(x, y, _title(told))


def text(x: float, y: float, said: str, anchor: str) -> Markup:
    return Markup('<text class="word" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        x, y, anchor, escape(said)
    )


def points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _box(style: str, x: float, y: float, width: float, told: str) -> Markup:
    shape = Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.0f}">{}</rect>')
    return shape.format(style, x, y, max(width, 0.5), BAR - 8, _title(told))


def _title(told: str) -> Markup:
    return Markup("<title>{}</title>").format(told)


def _names(names: Sequence[str], places: Sequence[float]) -> list[Markup]:
    """As many of them as there is room for, the last one always."""
    every = -(-len(names) // TICKS_MAX) or 1
    return [
        text(x, HEIGHT - BOTTOM + 14, name, "middle")
        for place, (name, x) in enumerate(zip(names, places, strict=True))
        if (len(names) - 1 - place) % every == 0
    ]


def _cut(name: str) -> str:
    return name if len(name) <= NAME_MAX else name[: NAME_MAX - 1] + "…"
