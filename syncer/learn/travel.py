"""Facts that travel: fitted on accounts that answered, tested on others that answered, claimed of those that did not.

A yes or no, one value of several, or a status is asked of the estimator, for each value by itself. A number is the
weighted median of the likest accounts, in orders of magnitude, with an interval from how far it was off for each of
them when that one was left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from syncer.learn.alike import Prepared, Supports, likest
from syncer.learn.calibrate import Calibration, fit_calibration
from syncer.learn.columns import Column
from syncer.learn.encode import Encoder, fit_encoder
from syncer.learn.estimator import POSITIVES_MIN, SEED, STRENGTHS, one_thread
from syncer.learn.families import Family, Ladder, Linear, Neighbours, fit_ladder, fit_linear, fit_neighbours
from syncer.learn.folds import shuffled_folds
from syncer.learn.measures import auc

COVERED: Final = 0.8  # share of answers that an interval is meant to hold
RERANKED: Final = 60
_FOLD_MIN: Final = 2  # of each outcome, or a fold says nothing


@dataclass(frozen=True, slots=True)
class Asked:
    """A fitted yes-or-no question. `families` are averaged in log-odds.

    Where there is little to learn from, the rates of segments stand alone.
    """

    encoder: Encoder
    families: tuple[Family, ...]
    calibration: Calibration

    def claims(self, columns: Mapping[str, Column], rows: np.ndarray) -> np.ndarray:
        """A probability for each row, which does not depend on the rows beside it."""
        with one_thread():
            encoded = self.encoder.encode(columns, rows)
            return self.calibration.apply(np.mean([family.logit(encoded) for family in self.families], axis=0))


@dataclass(frozen=True, slots=True)
class Fitted:
    """`past_claims` were made of rows that were not learned from at the time."""

    asked: Asked
    past_claims: np.ndarray
    past_outcome: np.ndarray


def fit_question(
    columns: Mapping[str, Column], rows: np.ndarray, outcome: np.ndarray, weight: np.ndarray, seed: int = SEED
) -> Fitted:
    """`outcome` and `weight` have a place for each of `rows`. The strength is chosen on folds of these rows alone."""
    with one_thread():
        everyone = np.arange(len(rows))
        whole = fit_encoder(columns, rows, seed)
        fewest = int(min(outcome.sum(), len(outcome) - outcome.sum()))
        folds = [
            (past, later)
            for past, later in shuffled_folds(everyone, everyone, seed)
            if min(_fewest(outcome[past]), _fewest(outcome[later])) >= _FOLD_MIN
        ]
        if fewest < POSITIVES_MIN or len(folds) < 2:
            ladder = fit_ladder(whole.encode(columns, rows), outcome)
            return Fitted(Asked(whole, (ladder,), Calibration.none()), np.zeros(0), np.zeros(0))
        truth = np.concatenate([outcome[later] for _, later in folds])
        tried = {}
        for strength in STRENGTHS:
            said = []
            for past, later in folds:
                encoder = fit_encoder(columns, rows[past], seed)
                families = _families(encoder, columns, rows[past], outcome[past], weight[past], strength, seed)
                encoded = encoder.encode(columns, rows[later])
                said.append(np.mean([family.logit(encoded) for family in families], axis=0))
            tried[strength] = np.concatenate(said)
        best = max(STRENGTHS, key=lambda strength: auc(truth, tried[strength]))
        calibration = fit_calibration(tried[best], truth)
        families = _families(whole, columns, rows, outcome, weight, best, seed)
    return Fitted(Asked(whole, families, calibration), calibration.apply(tried[best]), truth)


def _fewest(outcome: np.ndarray) -> int:
    return int(min(outcome.sum(), len(outcome) - outcome.sum()))


def _families(
    encoder: Encoder,
    columns: Mapping[str, Column],
    rows: np.ndarray,
    outcome: np.ndarray,
    weight: np.ndarray,
    strength: float,
    seed: int,
) -> tuple[Linear, Neighbours, Ladder]:
    encoded = encoder.encode(columns, rows)
    linear = fit_linear(encoded, outcome, weight, strength)
    return linear, fit_neighbours(encoded, outcome, linear, seed), fit_ladder(encoded, outcome)


@dataclass(frozen=True, slots=True)
class Guess:
    """A number of each asked account, in the unit of the answers; NaN where too few are alike."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, slots=True)
class Measure:
    """A fitted number. `values` are logarithms of the answers of the learned accounts, `spread` the half width."""

    values: np.ndarray
    weight: np.ndarray
    spread: float
    middle: float

    def guess(self, supports: Supports, at_least: int) -> Guess:
        said = weighted_median(self.values, self.weight, supports)
        said = np.where((supports.places >= 0).sum(axis=1) >= at_least, said, np.nan)
        return Guess(np.exp(said), np.exp(said - self.spread), np.exp(said + self.spread))


def fit_measure(
    known: Prepared, points: np.ndarray, answers: np.ndarray, weight: np.ndarray, supporters: int
) -> Measure:
    """Answers must be positive numbers. Each account is guessed from the others, and the spread holds 80 % of them."""
    values = np.log(answers)
    ids = np.arange(len(values))
    others = likest(known, points, known, points, supporters, reranked=RERANKED, apart=(ids, ids))
    off = np.abs(values - weighted_median(values, weight, others))
    off = np.sort(off[np.isfinite(off)])
    rank = min(len(off) - 1, int(np.ceil(COVERED * (len(off) + 1))) - 1) if len(off) else 0
    spread = float(off[rank]) if len(off) else float("inf")
    return Measure(values, weight, spread, float(np.median(values)))


def weighted_median(values: np.ndarray, weight: np.ndarray, supports: Supports) -> np.ndarray:
    """Of the supporters of each row, the likest counting most; NaN without any."""
    stands = supports.places >= 0
    told = np.where(stands, values[supports.places], np.inf)
    counts = np.where(stands, weight[supports.places] * np.maximum(supports.likeness, 1e-6) ** 2, 0.0)
    order = np.argsort(told, axis=1, kind="stable")
    told, counts = np.take_along_axis(told, order, axis=1), np.take_along_axis(counts, order, axis=1)
    reached = np.cumsum(counts, axis=1) >= counts.sum(axis=1, keepdims=True) / 2 - 1e-12
    place = reached.argmax(axis=1)
    found = told[np.arange(len(told)), place]
    return np.where(stands.any(axis=1), found, np.nan)
