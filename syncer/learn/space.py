"""The space in which accounts lie: fitted on what marks them, without any outcome, so that near means alike.

For the search each account is one point of at most 64 numbers, whose squared distance is about the weighted sum of all
differences; `alike` compares the few that were found term by term.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from syncer.core.lookalike import Feature, FeatureKind
from syncer.learn.marks import LEVELS, Marks, Vocabulary, fit_vocabulary, words_of

SEED: Final = 20_260
TEXT_PARTS: Final = 24
FIT_MAX: Final = 20_000  # accounts that words and parts are taken from
CHUNK: Final = 10_000
LEVEL_SHARES: Final = (0.4, 0.2, 0.2, 0.2)  # of two industries alike in 2, 3, 4, 6 digits: 0.4, 0.6, 0.8, 1
SPANS: Final = {  # a difference as large makes two numbers wholly unlike
    FeatureKind.AMOUNT: float(np.log(64)),
    FeatureKind.YEAR: 25.0,
    FeatureKind.SENIORITY: 1.0,
    FeatureKind.ENGAGEMENT: float(np.log(16)),
}
_SIZES: Final = {FeatureKind.INDUSTRY: 12, FeatureKind.CHOICE: 5, FeatureKind.OPTIONS: 8}


@dataclass(frozen=True, slots=True)
class TextPlane:
    """Texts as a few numbers: the directions in which their words vary most."""

    words: Vocabulary
    parts: np.ndarray

    def read(self, texts: Sequence[str]) -> np.ndarray:
        """Of length one; all zero where no word is known."""
        out = np.zeros((len(texts), self.parts.shape[1]), dtype=np.float32)
        for start in range(0, len(texts), CHUNK):
            lists = [words_of(text) for text in texts[start : start + CHUNK]]
            out[start : start + CHUNK] = unit(self.words.matrix(lists, counted=True) @ self.parts)
        return out


@dataclass(frozen=True, slots=True)
class Space:
    """`random_likeness`: quantiles of the likeness of random pairs, filled in by `alike`."""

    features: tuple[Feature, ...]
    options: Mapping[str, Vocabulary]
    texts: Mapping[str, TextPlane]

    def points(self, marks: Marks) -> np.ndarray:
        """One row an account, in float32; blanks at the origin of their part."""
        blocks = []
        for one in self.features:
            scale = np.float32(np.sqrt(one.weight / 2))
            if one.kind is FeatureKind.INDUSTRY:
                blocks.append(scale * _industries(marks.codes[one.name]))
            elif one.kind is FeatureKind.CHOICE:
                blocks.append(scale * directions(marks.codes[one.name], _SIZES[one.kind]))
            elif one.kind is FeatureKind.OPTIONS:
                known = unit(self.options[one.name].matrix(marks.words[one.name], counted=False))
                blocks.append(scale * (known @ directions(np.arange(1, known.shape[1] + 1), _SIZES[one.kind])))
            elif one.kind is FeatureKind.TEXT:
                blocks.append(scale * self.texts[one.name].read(marks.words[one.name]))
            else:
                numbers = marks.numbers[one.name] / SPANS[one.kind]
                middle = np.nan_to_num(numbers - _CENTRES[one.kind] / SPANS[one.kind], nan=0.0)
                blocks.append((np.sqrt(one.weight) * np.clip(middle, -2, 2)).astype(np.float32)[:, None])
        return np.ascontiguousarray(np.hstack(blocks), dtype=np.float32)


_CENTRES: Final = {  # where blanks lie: about where companies are
    FeatureKind.AMOUNT: 5.0,
    FeatureKind.YEAR: 2005.0,
    FeatureKind.SENIORITY: 0.4,
    FeatureKind.ENGAGEMENT: 0.0,
}


def fit_space(features: tuple[Feature, ...], marks: Marks) -> Space:
    """Words, rarities and text parts from a sample of the accounts; the same for the same accounts."""
    drawn = np.arange(marks.rows)
    if marks.rows > FIT_MAX:
        drawn = np.sort(np.random.default_rng(SEED).choice(marks.rows, FIT_MAX, replace=False))
    options, texts = {}, {}
    for one in features:
        if one.kind is FeatureKind.OPTIONS:
            lists = [marks.words[one.name][place] for place in drawn]
            options[one.name] = fit_vocabulary(lists, most=300, at_least=2, at_most=1.0)
        elif one.kind is FeatureKind.TEXT:
            texts[one.name] = _fit_text([words_of(marks.words[one.name][place]) for place in drawn])
    return Space(features, options, texts)


def _fit_text(lists: Sequence[Sequence[str]]) -> TextPlane:
    from scipy.sparse.linalg import svds

    words = fit_vocabulary(lists, most=4_000, at_least=2 if len(lists) < 2_000 else 5, at_most=0.5)
    weights = unit(words.matrix(lists, counted=True))
    size = min(TEXT_PARTS, min(weights.shape) - 1)
    if size < 2 or not weights.nnz:
        return TextPlane(words, np.zeros((len(words.words), 1), dtype=np.float32))
    start = np.random.default_rng(SEED).standard_normal(min(weights.shape))
    _, _, parts = svds(weights.astype(np.float64), k=size, v0=start)
    parts = parts[::-1]
    signs = np.sign(parts[np.arange(size), np.abs(parts).argmax(axis=1)])
    return TextPlane(words, np.ascontiguousarray((parts * signs[:, None]).T, dtype=np.float32))


def unit(rows):  # type: ignore[no-untyped-def]
    """Rows, dense or sparse, of length one; zero ones stay so."""
    from scipy.sparse import diags, issparse

    if issparse(rows):
        norms = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
        return (diags(1 / np.maximum(norms, 1e-9)) @ rows).astype(np.float32).tocsr()
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.maximum(norms, 1e-9)).astype(np.float32)


def directions(codes: np.ndarray, size: int) -> np.ndarray:
    """A direction of its own for each code, of length one and the same for ever; code 0 has none."""
    if not len(codes):
        return np.zeros((0, size), dtype=np.float32)
    if not codes.size:
        return np.zeros((0, size), dtype=np.float32)
    distinct, place = np.unique(codes, return_inverse=True)
    table = np.stack([np.random.default_rng(int(code)).standard_normal(size) for code in distinct])
    table = unit(table)
    table[distinct == 0] = 0
    return table[place.reshape(-1)]


def _industries(codes: np.ndarray) -> np.ndarray:
    """The levels added up; our own name of an industry stands for digits that are missing at the last."""
    out = np.zeros((len(codes), _SIZES[FeatureKind.INDUSTRY]), dtype=np.float32)
    for level, share in enumerate(LEVEL_SHARES):
        last = level == len(LEVELS) - 1
        held = np.where(codes[:, level] > 0, codes[:, level], codes[:, -1] if last else 0)
        out += np.float32(np.sqrt(share)) * directions(held * 8 + np.where(held > 0, level, 0), out.shape[1])
    return out
