"""The weights of the match, fitted anew by what people confirmed and rejected; apart, because it needs NumPy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from syncer.core.identity.features import FEATURES, Values
from syncer.core.identity.model import LOGIT_MAX, Model

STEPS_MAX: Final = 100
CLOSE_ENOUGH: Final = 1e-8


@dataclass(frozen=True, slots=True)
class Example:
    """What people said of one lead: its candidates, and which of them is right; None if none of these is.

    A confirmed or rejected link by itself is an example of one candidate.
    """

    candidates: Sequence[Values]
    right: int | None


def refit(examples: Iterable[Example], start: Model, pull: float = 1.0) -> Model:
    """The model that fits the examples best without going far from `start`.

    Candidates of one example compete, as they do in a match. `pull` holds each weight at its start, in examples: with
    few of them little moves, with many they decide. Their order does not matter. None at all: `start` as it is.
    """
    told = [example for example in examples if example.candidates]
    if not told:
        return start
    rows = [[1.0, *(values.get(f, 0.0) for f in FEATURES)] for example in told for values in example.candidates]
    truth = [float(place == example.right) for example in told for place in range(len(example.candidates))]
    starts = np.cumsum([0, *(len(example.candidates) for example in told[:-1])])
    origin = np.array([start.bias, *(start.weights[feature] for feature in FEATURES)])
    found = _fitted(_Told(np.array(rows), np.array(truth), starts), origin, pull)
    return Model(float(found[0]), {feature: float(w) for feature, w in zip(FEATURES, found[1:], strict=True)})


@dataclass(frozen=True, slots=True)
class _Told:
    """All candidates, one below the other; `starts` says where each example begins."""

    rows: np.ndarray
    truth: np.ndarray
    starts: np.ndarray

    def totals(self, of_rows: np.ndarray) -> np.ndarray:
        """Per example."""
        return np.add.reduceat(of_rows, self.starts, axis=0)

    def odds(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of each candidate by itself, and per example of any of them or none."""
        odds = np.exp(np.clip(self.rows @ weights, -LOGIT_MAX, LOGIT_MAX))
        return odds, 1 + self.totals(odds)


def _fitted(told: _Told, origin: np.ndarray, pull: float) -> np.ndarray:
    """Newton's method, with a halved step where a whole one would lead away."""
    weights, loss = origin.copy(), _loss(told, origin, origin, pull)
    sizes = np.diff([*told.starts, len(told.rows)])
    for _ in range(STEPS_MAX):
        odds, total = told.odds(weights)
        chance = odds / np.repeat(total, sizes)
        slope = told.rows.T @ (chance - told.truth) + pull * (weights - origin)
        means = told.totals(told.rows * chance[:, None])
        curve = (told.rows * chance[:, None]).T @ told.rows - means.T @ means + pull * np.eye(len(weights))
        step = np.linalg.solve(curve, slope)
        while (after := _loss(told, weights - step, origin, pull)) > loss and np.abs(step).max() > CLOSE_ENOUGH:
            step = step / 2
        if np.abs(step).max() <= CLOSE_ENOUGH:
            break
        weights, loss = weights - step, after
    return weights


def _loss(told: _Told, weights: np.ndarray, origin: np.ndarray, pull: float) -> float:
    _, total = told.odds(weights)
    surprise = np.log(total).sum() - (told.rows @ weights) @ told.truth
    return float(surprise + pull / 2 * ((weights - origin) ** 2).sum())
