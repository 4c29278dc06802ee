"""A report as people read it: sentences, tables and charts in their order, whatever shows them, terminal or page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from markupsafe import Markup

Tone = Literal["plain", "good", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Column:
    """`right`: numbers, which stand under each other. `folds`: text that may be broken over lines."""

    title: str
    right: bool = False
    folds: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of plain text, a cell for each column."""

    columns: tuple[Column, ...]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading. `quotes`: who or what, and the words; `charts`: for pages only."""

    title: str
    says: tuple[str, ...] = ()
    table: Table | None = None
    charts: tuple[tuple[str, Markup], ...] = ()
    quotes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """`headline`: what matters, in sentences. `made`: when, and of what."""

    title: str
    headline: tuple[str, ...]
    sections: tuple[Section, ...]
    made: str
    tone: Tone = "plain"


def percent(share: float | None) -> str:
    """`12.5 %`; a dash where there is no share."""
    return "-" if share is None else f"{share * 100:.1f} %"


def number(value: float | None, digits: int = 0) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def cut(text: str, longest: int) -> str:
    """The text on one line, without signs that would steer a terminal, and not longer than that."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def made_of(found: Mapping[str, Any]) -> str:
    """When the report was made, and by which definition things were judged."""
    at = datetime.fromtimestamp(found["made_ms"] / 1000, UTC)
    judged = found.get("definition")
    by = f", judged by {judged['name']} {judged['version']}" if judged else ""
    since = f", since {found['since']}" if found.get("since") else ""
    return f"Made {at:%Y-%m-%d %H:%M} UTC{since}{by}."
