"""From log-odds to claims: moved by what was said of past rows that the model had not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from syncer.learn.families import probability_of

EACH_MIN: Final = 30  # positives, and negatives, that a calibration needs


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt: a slope and a shift in log-odds; `how` says whether there was enough to fit them."""

    slope: float
    shift: float
    how: str
    positives: int = 0
    negatives: int = 0

    @classmethod
    def none(cls) -> Calibration:
        return cls(1.0, 0.0, "none")

    def apply(self, logit: np.ndarray) -> np.ndarray:
        return probability_of(self.slope * logit + self.shift)


def fit_calibration(logit: np.ndarray, outcome: np.ndarray) -> Calibration:
    """Out of fold, and only with enough of both; a slope below zero would turn the ranking round and becomes zero."""
    from sklearn.linear_model import LogisticRegression

    positives, negatives = int(outcome.sum()), int(len(outcome) - outcome.sum())
    if min(positives, negatives) < EACH_MIN:
        return Calibration(1.0, 0.0, "none", positives, negatives)
    model = LogisticRegression(C=1e3).fit(logit[:, None], outcome)
    slope, shift = float(model.coef_[0, 0]), float(model.intercept_[0])
    if slope <= 0:
        rate = positives / len(outcome)
        return Calibration(0.0, float(np.log(rate / (1 - rate))), "base rate", positives, negatives)
    return Calibration(slope, shift, "Platt", positives, negatives)
