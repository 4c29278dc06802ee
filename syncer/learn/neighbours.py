"""Who is nearest to whom: exact search by blocks of a matrix product, and the guard against hubs.

A row is a point; nearer means a smaller squared distance. There is no index to build and nothing to tune: at a million
rows an index pays only after tens of thousands of questions, and then misses some of the nearest.
"""

from __future__ import annotations

from typing import Final

import numpy as np

BLOCK: Final = 40_000  # rows whose products are held at once
GROUP: Final = 20  # rows of which only the best product is compared; the others only where that one may enter
TILE: Final = 2_000  # rows, in whole groups, whose products are gone through at a time
ASKED: Final = 1_000  # questions that are answered together
SPARE: Final = 3  # times `count`: candidates that are kept until the threshold is drawn tighter


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
    size, width = min(BLOCK, len(rows)), rows.shape[1]
    held = np.empty((size, width + 1), np.float32)  # the norm stands as one more number: the product takes it off
    questions = np.ascontiguousarray(np.hstack([asked, np.ones((len(asked), 1), np.float32)]).T)
    product = np.empty((size, len(asked)), np.float32)
    for start in range(0, len(rows), BLOCK):
        end = min(start + BLOCK, len(rows))
        block = held[: end - start]
        block[:, :width] = rows[start:end]
        block[:, width] = -half[start:end]
        best.offer(np.matmul(block, questions, out=product[: len(block)]), start)
    return best.sorted()


def _peaks(scores: np.ndarray) -> np.ndarray:
    """The best score of each whole group of rows, for each question."""
    groups = len(scores) // GROUP
    peaks = np.empty((groups, scores.shape[1]), np.float32)
    step = max(1, TILE // GROUP)
    for low in range(0, groups, step):
        part = scores[low * GROUP : min(low + step, groups) * GROUP]
        part.reshape(-1, GROUP, scores.shape[1]).max(axis=1, out=peaks[low : low + step])
    return peaks


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
        peaks = _peaks(scores)
        if not self._held and len(peaks) >= self.count:  # so many groups have a row as good as that, at least
            last = len(peaks) - self.count
            self.bound = np.partition(peaks, last, axis=0)[last]
        group, question = np.nonzero(peaks >= self.bound)
        inside = scores[group[:, None] * GROUP + np.arange(GROUP), question[:, None]]
        hit, row = np.nonzero(inside >= self.bound[question][:, None])
        self._keep(question[hit], group[hit] * GROUP + row + first, inside[hit, row])
        rest = len(peaks) * GROUP
        row, question = np.nonzero(scores[rest:] >= self.bound)
        self._keep(question, row + rest + first, scores[rest:][row, question])
        if self._held > SPARE * self.count * len(self.bound):
            self._tighten()

    def _keep(self, question: np.ndarray, place: np.ndarray, score: np.ndarray) -> None:
        self._questions.append(question)
        self._places.append(place)
        self._scores.append(score)
        self._held += len(question)

    def _tighten(self) -> None:
        question, place, score = self._joined()
        rank = np.arange(len(question)) - np.searchsorted(question, question)
        keep = rank < self.count
        full = rank == self.count - 1
        self.bound[question[full]] = score[full]
        self._questions, self._places, self._scores = [question[keep]], [place[keep]], [score[keep]]
        self._held = int(keep.sum())

    def _joined(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """By question, then from the best score; ties stay by place, as they came."""
        question, place = np.concatenate(self._questions), np.concatenate(self._places)
        score = np.concatenate(self._scores)
        bits = (score + np.float32(0)).view(np.uint32)  # no zero below zero
        falling = np.where(bits >> 31, bits, ~(bits | np.uint32(1 << 31)))
        order = np.argsort(question.astype(np.uint64) << np.uint64(32) | falling, kind="stable")
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
