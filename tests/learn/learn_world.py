"""Tables whose truth is known: made from a formula, so that the best possible answer can be computed."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

INDUSTRIES = ("security", "retail", "health", "banking", "media")


@dataclass(frozen=True, slots=True)
class World:
    """Columns by name, the label in `converted`, and the true chance of each row."""

    columns: Mapping[str, Sequence[object]]
    chance: np.ndarray

    def write(self, file: Path, delimiter: str = ",", encoding: str = "utf-8") -> Path:
        with file.open("w", newline="", encoding=encoding) as out:
            writer = csv.writer(out, delimiter=delimiter)
            writer.writerow(self.columns)
            writer.writerows(zip(*self.columns.values(), strict=True))
        return file

    def plus(self, **more: Sequence[object]) -> World:
        return World({**self.columns, **more}, self.chance)


def leads(rows: int, seed: int = 1, *, blank: float = 0.0, noise: bool = False, drift: float = 0.0) -> World:
    """Leads in order of time. With `drift` what counts turns round as time goes by; with `noise` nothing counts."""
    draw = np.random.default_rng(seed)
    size, visits, age = draw.normal(size=rows), draw.exponential(size=rows), draw.normal(size=rows)
    industry = draw.integers(0, len(INDUSTRIES), rows)
    time = np.linspace(0, 1, rows)
    logit = -1.6 + 1.1 * size + 0.5 * visits + np.array([1.0, -0.8, 0.2, 0.0, -0.5])[industry]
    logit += drift * np.sin(9 * time) * age
    chance = np.full(rows, 0.25) if noise else 1 / (1 + np.exp(-logit))
    answer = draw.random(rows) < chance
    created = [date(2023, 1, 1) + timedelta(days=int(700 * moment)) for moment in time]

    def shown(values: Sequence[object]) -> list[object]:
        return ["" if hidden else value for value, hidden in zip(values, draw.random(rows) < blank, strict=True)]

    return World(
        {
            "created": created,
            "size": shown([f"{value:.4f}" for value in size]),
            "visits": shown([f"{value:.3f}" for value in visits]),
            "age": shown([f"{value:.3f}" for value in age]),
            "industry": shown([INDUSTRIES[code] for code in industry]),
            "converted": ["yes" if hit else "no" for hit in answer],
        },
        chance,
    )
