"""The kinds of model that may be asked, each fitted on encoded rows and answering in log-odds."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from syncer.learn.encode import Encoded

NEAREST: Final = 15
PRIOR_STRENGTH: Final = 8.0  # rows that the next coarser segment counts for
LEARNED_MAX: Final = 20_000  # rows that neighbours are looked for among
SPACE: Final = 64  # features that make two rows alike, the weightiest ones
BLOCK: Final = 2_000
LOGIT_MAX: Final = 8.0


class Family(Protocol):
    """One fitted model."""

    def logit(self, rows: Encoded) -> np.ndarray: ...


@dataclass(frozen=True, slots=True)
class TreeShape:
    """How trees are grown; `rounds` is what inner validation found to be enough."""

    rate: float = 0.08
    leaves: int = 15
    leaf_rows: int = 30
    shrink: float = 1.0
    rounds: int = 200


def logit_of(probability: np.ndarray) -> np.ndarray:
    held = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.clip(np.log(held / (1 - held)), -LOGIT_MAX, LOGIT_MAX)


def probability_of(logit: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(logit, -30, 30)))


@dataclass(frozen=True, slots=True)
class Linear:
    weights: np.ndarray
    base: float

    def logit(self, rows: Encoded) -> np.ndarray:
        return np.clip(np.asarray(rows.linear() @ self.weights).ravel() + self.base, -LOGIT_MAX, LOGIT_MAX)


def fit_linear(rows: Encoded, outcome: np.ndarray, weight: np.ndarray, strength: float) -> Linear:
    """Logistic regression with a squared penalty; `strength` is its inverse."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, solver="lbfgs", max_iter=150, tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # near enough: what counts is judged on rows it never saw
        model.fit(rows.linear(), outcome, sample_weight=weight)
    return Linear(model.coef_.ravel().astype(np.float32), float(model.intercept_[0]))


@dataclass(frozen=True, slots=True)
class Trees:
    model: Any
    seed: int

    def logit(self, rows: Encoded) -> np.ndarray:
        asked = [self.model.decision_function(filled).ravel() for filled in rows.fillings(self.seed)]
        return np.clip(np.mean(asked, axis=0), -LOGIT_MAX, LOGIT_MAX)


def fit_trees(
    rows: Encoded,
    outcome: np.ndarray,
    weight: np.ndarray,
    shape: TreeShape,
    seed: int,
    check: tuple[Encoded, np.ndarray] | None = None,
) -> Trees:
    """Gradient boosting. With `check` it stops when those later rows are not predicted better any more."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    numbers, choices = rows.numbers.shape[1], len(rows.sizes)
    model = HistGradientBoostingClassifier(
        learning_rate=shape.rate,
        max_leaf_nodes=shape.leaves,
        min_samples_leaf=max(5, min(shape.leaf_rows, len(rows) // 40)),
        l2_regularization=shape.shrink,
        max_iter=shape.rounds,
        max_bins=64,
        categorical_features=list(range(numbers, numbers + choices)) if choices else None,
        early_stopping=check is not None,
        n_iter_no_change=20,
        scoring="loss",
        random_state=seed,
    )
    if check is None:
        model.fit(rows.filled(seed), outcome, sample_weight=_uneven(weight))
    else:
        later, then = check
        model.fit(rows.filled(seed), outcome, sample_weight=_uneven(weight), X_val=later.filled(seed + 1), y_val=then)
    return Trees(model, seed)


def _uneven(weight: np.ndarray) -> np.ndarray | None:
    """Equal weights are none: bins are found twenty times faster then."""
    return None if not len(weight) or np.all(weight == weight[0]) else weight


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest learned rows, in a space where a feature counts as much as it weighs for the outcome."""

    places: np.ndarray
    scale: np.ndarray
    learned: np.ndarray
    outcome: np.ndarray
    prior: float

    def logit(self, rows: Encoded) -> np.ndarray:
        positives = self.outcome[self.nearest(rows)].sum(axis=1)
        known = min(NEAREST, len(self.outcome))
        return logit_of((positives + PRIOR_STRENGTH * self.prior) / (known + PRIOR_STRENGTH))

    def nearest(self, rows: Encoded) -> np.ndarray:
        """Places of the nearest learned rows, for each row; exact, in blocks."""
        asked = _space(rows.without_blanks(None), self.places, self.scale)
        count = min(NEAREST, len(self.outcome))
        norms = np.einsum("ij,ij->i", self.learned, self.learned)
        found = np.empty((len(asked), count), dtype=np.int64)
        for start in range(0, len(asked), BLOCK):
            far = norms - 2 * (asked[start : start + BLOCK] @ self.learned.T)
            found[start : start + BLOCK] = np.argpartition(far, count - 1, axis=1)[:, :count]
        return found


def fit_neighbours(rows: Encoded, outcome: np.ndarray, linear: Linear, seed: int) -> Neighbours:
    """Of more rows than can be searched the latest are kept. Rows are not alike because both are blank."""
    kept = np.arange(max(0, len(rows) - LEARNED_MAX), len(rows))
    places = np.sort(np.argsort(-np.abs(linear.weights), kind="stable")[:SPACE])
    scale = np.abs(linear.weights[places])
    return Neighbours(
        places, scale, _space(rows.take(kept).without_blanks(seed), places, scale), outcome[kept], float(outcome.mean())
    )


def _space(rows: Encoded, places: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(rows.linear()[:, places].toarray() * scale, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rates of segments, each drawn towards the next coarser one: all, a choice, that choice with another.

    Kept as steps in log-odds away from the rows in which the choice is known, so that a blank is a step of none.
    """

    prior: float
    first: int
    second: int
    steps: np.ndarray

    def logit(self, rows: Encoded) -> np.ndarray:
        base = np.full(len(rows), float(logit_of(np.array(self.prior))))
        return base + self.steps[_step(rows, self.first), _step(rows, self.second)] if self.first >= 0 else base


def fit_ladder(rows: Encoded, outcome: np.ndarray) -> Ladder:
    """The two choices that tell most about the outcome in these rows make the segments."""
    prior = float(outcome.mean())
    told = [_told(rows.places[:, column], outcome, size) for column, size in enumerate(rows.sizes)]
    best = np.argsort(-np.array(told), kind="stable")[:2]
    if not len(best):
        return Ladder(prior, -1, -1, np.zeros((0, 0)))
    first, second = int(best[0]), int(best[-1])
    count, hits = np.zeros((2, rows.sizes[first] + 1, rows.sizes[second] + 1))
    np.add.at(count, (_step(rows, first), _step(rows, second)), 1)
    np.add.at(hits, (_step(rows, first), _step(rows, second)), outcome)
    steps = np.zeros_like(count)
    steps[:-1, :] = _away(hits[:-1].sum(axis=1), count[:-1].sum(axis=1), prior)[:, None]
    for place in range(rows.sizes[first]) if second != first else ():
        steps[place, :-1] += _away(hits[place, :-1], count[place, :-1], prior)
    return Ladder(prior, first, second, steps)


def _away(hits: np.ndarray, count: np.ndarray, prior: float) -> np.ndarray:
    """How far the rate of each segment lies from that of all of them together, drawn towards it."""
    together = (hits.sum() + PRIOR_STRENGTH * prior) / (count.sum() + PRIOR_STRENGTH)
    return logit_of((hits + PRIOR_STRENGTH * together) / (count + PRIOR_STRENGTH)) - logit_of(together)


def _step(rows: Encoded, column: int) -> np.ndarray:
    places = rows.places[:, column]
    return np.where(places >= 0, places, rows.sizes[column])


def _told(places: np.ndarray, outcome: np.ndarray, size: int) -> float:
    """How much of the variance of the outcome lies between the choices, less what chance alone would put there."""
    known = places >= 0
    if not known.any():
        return 0.0
    count = np.bincount(places[known], minlength=size)
    hits = np.bincount(places[known], outcome[known], minlength=size)
    rate = hits / np.maximum(count, 1)
    mean = hits.sum() / count.sum()
    return float((count * (rate - mean) ** 2).sum() - size * mean * (1 - mean))
