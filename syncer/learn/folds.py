"""Who is learned from and who is tested: by time, by chance, by a rolling window; the same row never on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

FORWARD: Final = 3  # inner folds, as far as the past reaches
PAST_MIN: Final = 0.45  # share of the past that every inner fold learns from at least
SHUFFLED: Final = 3
TEST_SHARE: Final = 0.2

Fold = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, slots=True)
class Split:
    """Rows to learn from, in order, and rows to test on; `left_out` were the same as a learned row in every column."""

    learned: np.ndarray
    tested: np.ndarray
    left_out: int = 0


def forward_folds(rows: np.ndarray, twin: np.ndarray, horizon: float) -> list[Fold]:
    """Each learns from everything before the rows it is held against.

    A fold reaches as far ahead as the real test will, `horizon` as a share of the rows learned from: else a model would
    be calibrated for being staler, or fresher, than it is when it counts.
    """
    count = max(1, min(FORWARD, int((1 - PAST_MIN) / horizon)))
    ends = [round((1 - horizon * step) * len(rows)) for step in range(count, -1, -1)]
    return [_apart(rows[:start], rows[start:end], twin)[:2] for start, end in pairwise(ends)]


def shuffled_folds(rows: np.ndarray, twin: np.ndarray, seed: int) -> list[Fold]:
    """By chance; rows that are the same fall into the same fold."""
    place = _chance(twin[rows], seed)
    fold = np.minimum((place * SHUFFLED).astype(int), SHUFFLED - 1)
    return [(rows[fold != number], rows[fold == number]) for number in range(SHUFFLED)]


def time_split(order: np.ndarray, moment: np.ndarray, twin: np.ndarray) -> Split:
    """The last fifth is tested; rows of one moment stay together, on the side that brings it nearest to a fifth."""
    want = round((1 - TEST_SHARE) * len(order))
    ordered = moment[order]
    low = int(np.searchsorted(ordered, ordered[min(want, len(order) - 1)], side="left"))
    high = int(np.searchsorted(ordered, ordered[min(want, len(order) - 1)], side="right"))
    cut = low if want - low <= high - want else high
    if not 0.5 * len(order) <= cut <= 0.95 * len(order):
        cut = want  # too few moments to keep each whole
    return Split(*_apart(order[:cut], order[cut:], twin))


def random_split(rows: np.ndarray, twin: np.ndarray, seed: int) -> Split:
    """A fifth by chance, rows that are the same on one side."""
    tested = _chance(twin[rows], seed) < TEST_SHARE
    shuffled = np.random.default_rng(seed).permutation(len(rows))
    rows, tested = rows[shuffled], tested[shuffled]
    return Split(rows[~tested], rows[tested])


def rolling_splits(order: np.ndarray, twin: np.ndarray, window: int, step: int) -> list[Split]:
    """Learn from `window` rows, test the next `step`, move on by `step`. The last one may be shorter."""
    return [
        Split(*_apart(order[start - window : start], order[start : start + step], twin))
        for start in range(window, len(order), step)
    ]


def _apart(learned: np.ndarray, tested: np.ndarray, twin: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    fresh = ~np.isin(twin[tested], twin[learned])
    return learned, tested[fresh], int((~fresh).sum())


def _chance(group: np.ndarray, seed: int) -> np.ndarray:
    """A number from 0 to 1 for each group, the same wherever the group stands."""
    groups, place = np.unique(group, return_inverse=True)
    return np.random.default_rng(seed).random(len(groups))[place.reshape(-1)]
