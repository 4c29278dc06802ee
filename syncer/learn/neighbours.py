"""Who is nearest to whom: exact search by blocks of a matrix product, and the guard against hubs.

A row is a point; nearer means a smaller squared distance. There is no index to build and nothing to tune: at a million
rows an index pays only after tens of thousands of questions, and then misses some of the nearest.
"""

from __future__ import annotations

from typing import Final

import numpy as np

BLOCK: Final = 40_000  # rows whose products are held at once
TILE: Final = 2_000  # of them are compared at a time, so that the products are still in the cache
ASKED: Final = 1_000  # questions that are answered together
SPARE: Final = 8  # times `count`: candidates that are kept until the threshold is drawn tighter


def nearest(rows: np.ndarray, asked: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of the `count` nearest rows for each question, nearest first, and their squared distances.

    Exact in float32. Memory: the rows, and one block of products. Ties are broken by place, so that the answer does
    not depend on the size of the blocks. Where there are fewer rows than `count`, all of them.
    """
    rows, asked = np.ascontiguousarray(rows, np.float32), np.ascontiguousarray(asked, np.float32)
    count = min(count, len(rows))
    half = np.einsum("ij,ij->i", rows, rows) / 2
    places = np.empty((len(asked), count), np.int64)
    scores = np.empty((len(asked), count), np.float32)
    for start in range(0, len(asked), ASKED):
        part = slice(start, start + ASKED)
        places[part], scores[part] = _nearest(rows, half, asked[part], count)
    norms = np.einsum("ij,ij->i", asked, asked)[:, None]
    return places, np.maximum(norms - 2 * scores, 0)


def _nearest(rows: np.ndarray, half: np.ndarray, asked: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """By the score `row . question - |row|^2 / 2`, which grows as the distance falls."""
    best = _Best(len(asked), count)
    best.bound[:] = _first_bound(rows, half, asked, count)
    product = np.empty((min(BLOCK, len(rows)), len(asked)), np.float32)
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        found = np.matmul(block, asked.T, out=product[: len(block)])
        for low in range(0, len(block), TILE):
            tile = found[low : low + TILE]
            # the norm moves over to the bound, tile by tile, while the products are still near
            tile -= half[start + low : start + low + len(tile), None]
            best.offer(tile, start + low)
    return best.sorted()


def _first_bound(rows: np.ndarray, half: np.ndarray, asked: np.ndarray, count: int) -> np.ndarray:
    """A score that `count` rows reach at least: the one that so many of a few rows reach."""
    if len(rows) < 2 * count:
        return np.full(len(asked), -np.inf, np.float32)
    some = np.linspace(0, len(rows) - 1, min(len(rows), max(4_000, 4 * count))).astype(int)
    some = np.unique(some)
    score = asked @ rows[some].T - half[some]
    # products of other shapes are rounded otherwise: a hair lower, so that nobody is shut out by rounding
    bound = np.partition(score, len(some) - count, axis=1)[:, len(some) - count]
    return (bound - 1e-4 * np.maximum(1, np.abs(bound))).astype(np.float32)


class _Best:
    """The best scores so far of each question, with a bound that only what may still enter has to reach."""

    def __init__(self, asked: int, count: int) -> None:
        self.count = count
        self.bound = np.full(asked, -np.inf, np.float32)
        self._questions: list[np.ndarray] = []
        self._places: list[np.ndarray] = []
        self._scores: list[np.ndarray] = []
        self._held = 0

    def offer(self, scores: np.ndarray, first: int) -> None:
        """Scores of rows (down) for questions (across); `first` is the place of the first row."""
        flat = np.flatnonzero(scores >= self.bound)
        if not len(flat):
            return
        place, question = np.divmod(flat, scores.shape[1])
        self._questions.append(question)
        self._places.append(place + first)
        self._scores.append(scores.ravel()[flat])
        self._held += len(flat)
        if self._held > SPARE * self.count * len(self.bound):
            self._tighten()

    def _tighten(self) -> None:
        question, place, score = self._joined()
        rank = np.arange(len(question)) - np.searchsorted(question, question)
        keep = rank < self.count
        full = rank == self.count - 1
        self.bound[question[full]] = score[full]
        self._questions, self._places, self._scores = [question[keep]], [place[keep]], [score[keep]]
        self._held = int(keep.sum())

    def _joined(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """By question, then from the best score, then by place."""
        question, place = np.concatenate(self._questions), np.concatenate(self._places)
        score = np.concatenate(self._scores)
        order = np.lexsort((place, -score, question))
        return question[order], place[order], score[order]

    def sorted(self) -> tuple[np.ndarray, np.ndarray]:
        self._tighten()
        shape = (len(self.bound), self.count)
        return self._places[0].reshape(shape), self._scores[0].reshape(shape)


def guard_hubs(places: np.ndarray, likeness: np.ndarray, cap: int) -> np.ndarray:
    """Which of the supports stand when no row may support more than `cap` questions: its likest ones keep it.

    In many dimensions a few rows are near to everybody; what rests on them is one opinion told a thousand times.
    """
    flat, told = places.ravel(), likeness.ravel()
    order = np.lexsort((np.arange(len(flat)), -told, flat))
    ordered = flat[order]
    rank = np.arange(len(flat)) - np.searchsorted(ordered, ordered)
    stands = np.zeros(len(flat), dtype=bool)
    stands[order] = rank < cap
    return (stands & (flat >= 0)).reshape(places.shape)


def share_of_ten(places: np.ndarray) -> float:
    """Which share of all supports the ten most used rows give."""
    used = places[places >= 0]
    if not len(used):
        return 0.0
    counts = np.sort(np.bincount(used))[::-1]
    return float(counts[:10].sum() / counts.sum())
