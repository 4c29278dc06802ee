"""Rows as numbers, by what the training rows alone hold; a blank cell stands at the average and is no sign of its own.

That a field was filled in often tells the outcome by itself (somebody asked, because the lead was good), and it stops
being true as soon as the prediction is used. So blanks are hidden from every family: for the linear one they lie at the
mean of the column, for trees they are filled with values of other rows. A choice never seen before counts as blank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import numpy as np

from syncer.learn.columns import Column, Kind

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

LEVELS_MAX: Final = 40
LEVEL_ROWS_MIN: Final = 8  # a choice that fewer training rows made shares a place with other rare ones
RARE_PLACES: Final = 6
OUTLIER: Final = 5.0  # standard deviations; beyond, a number counts as that far
SKEW_MIN: Final = 2.0
WORDS_MAX: Final = 4_000
TEXT_PARTS: Final = 24
DRAWS: Final = 5  # fillings of a blank that a prediction of trees is averaged over
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class NumberPart:
    name: str
    logarithmic: bool
    mean: float
    spread: float
    held: np.ndarray  # quantiles of the training values, scaled: what blanks are filled from

    def read(self, values: np.ndarray) -> np.ndarray:
        shaped = np.sign(values) * np.log1p(np.abs(values)) if self.logarithmic else values
        return np.clip((shaped - self.mean) / self.spread, -OUTLIER, OUTLIER).astype(np.float32)


@dataclass(frozen=True, slots=True)
class ChoicePart:
    name: str
    places: Mapping[str, int]
    rare: int  # places for rare ones, after those of `places`
    shares: np.ndarray

    def read(self, levels: Sequence[str]) -> np.ndarray:
        return np.array([self.places.get(level, -1) for level in levels], dtype=np.int32)


@dataclass(frozen=True, slots=True)
class TextPart:
    name: str
    words: Any
    parts: Any
    spread: np.ndarray
    mean: np.ndarray


@dataclass(frozen=True, slots=True)
class Encoded:
    """`numbers` with NaN for blanks, `places` with -1 for blanks and the unseen, `texts` at zero for blanks."""

    numbers: np.ndarray
    places: np.ndarray
    texts: np.ndarray
    sizes: tuple[int, ...]
    shares: tuple[np.ndarray, ...]
    held: tuple[np.ndarray, ...]

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: np.ndarray) -> Encoded:
        return Encoded(self.numbers[rows], self.places[rows], self.texts[rows], self.sizes, self.shares, self.held)

    def linear(self) -> csr_matrix:
        """One column per number, text part and choice; blanks at the mean."""
        from scipy.sparse import csr_matrix, hstack

        dense = np.hstack([np.nan_to_num(self.numbers, nan=0.0), self.texts])
        blocks = [csr_matrix(dense)]
        for column, (size, shares) in enumerate(zip(self.sizes, self.shares, strict=True)):
            blocks.append(_one_hot(self.places[:, column], size, shares))
        return hstack(blocks, format="csr", dtype=np.float32)

    def filled(self, seed: int) -> np.ndarray:
        """For a fit: each blank takes the value of some training row, so that blank looks like any other."""
        draw = np.random.default_rng(seed)
        out = self._stacked()
        for column, held in enumerate(self.held):
            blank = np.isnan(out[:, column])
            out[blank, column] = draw.choice(held, int(blank.sum())) if len(held) else 0.0
        return out

    def without_blanks(self, seed: int | None) -> Encoded:
        """For the fit of neighbours, as `filled` does; without a seed every blank takes its column's middle value."""
        if seed is None:
            middle = [held[len(held) // 2] if len(held) else 0.0 for held in self.held]
            stacked = self._stacked()
            full = np.where(np.isnan(stacked), np.array(middle, dtype=np.float32), stacked)
        else:
            full = self.filled(seed)
        width = self.numbers.shape[1]
        places = full[:, width : width + len(self.sizes)].astype(np.int32)
        return Encoded(full[:, :width], places, self.texts, self.sizes, self.shares, self.held)

    def fillings(self, seed: int) -> list[np.ndarray]:
        """For a prediction of trees: the same few fillings for every row, whatever rows stand beside it."""
        stacked = self._stacked()
        if not np.isnan(stacked).any():
            return [stacked]
        draw = np.random.default_rng(seed)
        ranks = (np.arange(DRAWS) + 0.5) / DRAWS
        picks = [
            held[(draw.permutation(ranks) * len(held)).astype(int)] if len(held) else np.zeros(DRAWS)
            for held in self.held
        ]
        out = []
        for number in range(DRAWS):
            one = stacked.copy()
            for column, pick in enumerate(picks):
                blank = np.isnan(one[:, column])
                one[blank, column] = pick[number]
            out.append(one)
        return out

    def _stacked(self) -> np.ndarray:
        places = np.where(self.places >= 0, self.places, np.nan).astype(np.float32)
        return np.hstack([self.numbers, places, self.texts]).astype(np.float32)


def _one_hot(places: np.ndarray, size: int, shares: np.ndarray) -> csr_matrix:
    from scipy.sparse import csr_matrix

    known = places >= 0
    counts = np.where(known, 1, size)
    starts = np.concatenate([[0], np.cumsum(counts)])
    columns = np.empty(starts[-1], dtype=np.int32)
    values = np.ones(starts[-1], dtype=np.float32)
    columns[starts[:-1][known]] = places[known]
    blank = starts[:-1][~known][:, None] + np.arange(size)
    columns[blank] = np.arange(size)
    values[blank] = shares
    return csr_matrix((values, columns, starts), shape=(len(places), size))


@dataclass(frozen=True, slots=True)
class Encoder:
    """Fitted on training rows only; it encodes any table that has columns of these names."""

    numbers: tuple[NumberPart, ...]
    choices: tuple[ChoicePart, ...]
    texts: tuple[TextPart, ...]
    dates_from: str = ""

    def encode(self, columns: Mapping[str, Column], rows: np.ndarray) -> Encoded:
        numbers = [part.read(_values(columns, part.name, self.dates_from)[rows]) for part in self.numbers]
        places = []
        for part in self.choices:
            raw = columns[part.name].raw
            of_level = np.append(part.read(raw.levels), -1).astype(np.int32)
            places.append(of_level[raw.codes[rows]])
        texts = [_read_text(part, columns[part.name], rows) for part in self.texts]
        held_places = [np.repeat(np.arange(len(part.shares)), _counts(part.shares)) for part in self.choices]
        width = sum(block.shape[1] for block in texts)
        return Encoded(
            np.column_stack(numbers) if numbers else np.zeros((len(rows), 0), np.float32),
            np.column_stack(places) if places else np.zeros((len(rows), 0), np.int32),
            np.hstack(texts).astype(np.float32) if texts else np.zeros((len(rows), 0), np.float32),
            tuple(len(part.shares) for part in self.choices),
            tuple(part.shares for part in self.choices),
            (*(part.held for part in self.numbers), *held_places, *(np.zeros(0) for _ in range(width))),
        )

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(part.name for part in (*self.numbers, *self.choices, *self.texts))


def fit_encoder(columns: Mapping[str, Column], rows: np.ndarray, seed: int, dates_from: str = "") -> Encoder:
    """`dates_from` is the moment of each row: dates are told as days before it, and left out without it."""
    numbers: list[NumberPart] = []
    choices: list[ChoicePart] = []
    texts: list[TextPart] = []
    for name, column in columns.items():
        if column.kind is Kind.NUMBER or (column.kind is Kind.DATE and dates_from):
            numbers += _fit_number(name, _values(columns, name, dates_from)[rows])
        elif column.kind is Kind.CHOICE:
            choices += _fit_choice(column, rows)
        elif column.kind is Kind.TEXT:
            texts += _fit_text(column, rows, seed)
    return Encoder(tuple(numbers), tuple(choices), tuple(texts), dates_from)


def _values(columns: Mapping[str, Column], name: str, dates_from: str) -> np.ndarray:
    values = columns[name].number_of_rows()
    if columns[name].kind is Kind.DATE:
        age = (columns[dates_from].number_of_rows() - values) / _DAY_S
        return np.where(age >= 0, age, np.nan)  # what lies after the moment of the row is not known in it
    return values


def _fit_number(name: str, values: np.ndarray) -> list[NumberPart]:
    known = values[np.isfinite(values)]
    if len(known) < LEVEL_ROWS_MIN or known.min() == known.max():
        return []
    spread = float(known.std())
    skew = float(np.mean(((known - known.mean()) / spread) ** 3)) if 0 < spread < np.inf else 0.0
    logarithmic = abs(skew) > SKEW_MIN
    shaped = np.sign(known) * np.log1p(np.abs(known)) if logarithmic else known
    mean, spread = float(shaped.mean()), float(shaped.std())
    if not np.isfinite(spread) or spread <= 0:
        return []
    part = NumberPart(name, logarithmic, mean, spread, np.zeros(0))
    held = np.quantile(part.read(known), np.linspace(0, 1, 257), method="inverted_cdf")
    return [NumberPart(name, logarithmic, mean, spread, held.astype(np.float32))]


def _fit_choice(column: Column, rows: np.ndarray) -> list[ChoicePart]:
    codes = column.raw.codes[rows]
    counts = np.bincount(codes[codes >= 0], minlength=len(column.raw.levels))
    order = np.lexsort((np.arange(len(counts)), -counts))
    kept = [int(code) for code in order[:LEVELS_MAX] if counts[code] >= LEVEL_ROWS_MIN]
    if not kept:
        return []
    places = {column.raw.levels[code]: place for place, code in enumerate(kept)}
    scarce = [int(code) for code in np.flatnonzero(counts) if column.raw.levels[code] not in places]
    rare = min(RARE_PLACES, len(scarce))
    for code in scarce:
        level = column.raw.levels[code]
        places[level] = len(kept) + crc32(level.encode("utf-8", "surrogatepass")) % rare
    if len(kept) + rare < 2:
        return []
    held = np.bincount(
        [places[column.raw.levels[c]] for c in np.flatnonzero(counts)], counts[counts > 0], len(kept) + rare
    )
    return [ChoicePart(column.name, places, rare, (held / held.sum()).astype(np.float32))]


def _counts(shares: np.ndarray) -> np.ndarray:
    """About 512 stand-ins, in proportion; each place has one at least."""
    return np.maximum(1, np.round(shares * 512)).astype(int)


def _fit_text(column: Column, rows: np.ndarray, seed: int) -> list[TextPart]:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [text for text in column.raw.values(rows) if text]
    if len(texts) < 50:
        return []
    words = TfidfVectorizer(sublinear_tf=True, min_df=5, max_df=0.5, max_features=WORDS_MAX, dtype=np.float32)
    try:
        weights = words.fit_transform(texts)
    except ValueError:
        return []  # no word that several texts share: nothing to learn from
    size = min(TEXT_PARTS, weights.shape[1] - 1)
    if size < 2:
        return []
    parts = TruncatedSVD(size, n_iter=3, random_state=seed).fit(weights)
    seen = parts.transform(weights)
    return [TextPart(column.name, words, parts, np.maximum(seen.std(axis=0), 1e-6), seen.mean(axis=0))]


def _read_text(part: TextPart, column: Column, rows: np.ndarray) -> np.ndarray:
    texts = column.raw.values(rows)
    out = (part.parts.transform(part.words.transform(texts)) - part.mean) / part.spread
    out[[not text for text in texts]] = 0.0
    return np.clip(out, -OUTLIER, OUTLIER)
