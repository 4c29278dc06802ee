"""How alike two accounts are, term by term, and in words.

A weighted mean over what is known of both (Gower's): what is missing on either side is left out and the rest counts for
more, with a deduction, because two of whom little is known have had little chance to differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from syncer.core.lookalike import Feature, FeatureKind
from syncer.learn.marks import LEVELS, Marks
from syncer.learn.neighbours import guard_hubs, nearest
from syncer.learn.space import SEED, SPANS, Space

RERANKED: Final = 500
PENALTY: Final = 0.25  # power of the known share of all weights
REASON_MIN: Final = 0.55  # likeness of a term that is worth telling
PAIRS: Final = 400_000  # that are compared at a time
RANDOM_PAIRS: Final = 20_000
_WORDS: Final = {
    FeatureKind.AMOUNT: "similar {}",
    FeatureKind.YEAR: "founded about the same time",
    FeatureKind.TEXT: "describe themselves alike",
    FeatureKind.SENIORITY: "people of similar rank",
    FeatureKind.ENGAGEMENT: "similarly active",
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """Marks with the weights of their options and the places of their texts, so that pairs are compared quickly."""

    space: Space
    marks: Marks
    options: dict[str, object]
    texts: dict[str, np.ndarray]

    @classmethod
    def of(cls, space: Space, marks: Marks) -> Prepared:
        return cls(
            space,
            marks,
            {name: known.matrix(marks.words[name], counted=False) for name, known in space.options.items()},
            {name: plane.read(marks.words[name]) for name, plane in space.texts.items()},
        )

    def take(self, rows: np.ndarray) -> Prepared:
        """Only these rows, in this order; nothing is read anew."""
        return Prepared(
            self.space,
            self.marks.take(rows),
            {name: matrix[rows] for name, matrix in self.options.items()},  # type: ignore[index]
            {name: told[rows] for name, told in self.texts.items()},
        )


def terms(one: Prepared, left: np.ndarray, other: Prepared, right: np.ndarray) -> np.ndarray:
    """For each pair of rows and each feature how alike they are, from 0 to 1; NaN where a side is blank."""
    return np.column_stack([_term(feature, one, left, other, right) for feature in one.space.features])


def likeness(space: Space, found: np.ndarray) -> np.ndarray:
    """From the terms of each pair to one number from 0 to 1."""
    weights = np.array([feature.weight for feature in space.features])
    known = np.where(np.isnan(found), 0.0, weights)
    total = known.sum(axis=1)
    mean = np.nansum(np.nan_to_num(found) * known, axis=1) / np.maximum(total, 1e-9)
    return mean * (total / weights.sum()) ** PENALTY


def _term(feature: Feature, one: Prepared, left: np.ndarray, other: Prepared, right: np.ndarray) -> np.ndarray:
    name, kind = feature.name, feature.kind
    if kind is FeatureKind.INDUSTRY:
        return _industries(one.marks.codes[name][left], other.marks.codes[name][right])
    if kind is FeatureKind.CHOICE:
        a, b = one.marks.codes[name][left], other.marks.codes[name][right]
        return np.where((a == 0) | (b == 0), np.nan, (a == b).astype(float))
    if kind is FeatureKind.OPTIONS:
        a, b = one.options[name][left], other.options[name][right]  # type: ignore[index]
        both = np.asarray(a.minimum(b).sum(axis=1)).ravel()
        sizes = [np.asarray(side.sum(axis=1)).ravel() for side in (a, b)]
        any_of = sizes[0] + sizes[1] - both
        return np.where((sizes[0] == 0) | (sizes[1] == 0), np.nan, both / np.maximum(any_of, 1e-9))
    if kind is FeatureKind.TEXT:
        a, b = one.texts[name][left], other.texts[name][right]
        blank = ~a.any(axis=1) | ~b.any(axis=1)
        return np.where(blank, np.nan, np.clip(np.einsum("ij,ij->i", a, b), 0, 1))
    apart = np.abs(one.marks.numbers[name][left] - other.marks.numbers[name][right])
    return np.clip(1 - apart / SPANS[kind], 0, 1)


def _industries(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """0.4, 0.6, 0.8 and 1 for two, three, four and six digits in common; 1 for the same name of ours."""
    out = np.zeros(len(a))
    for level, value in enumerate((0.4, 0.6, 0.8, 1.0)):
        out[(a[:, level] > 0) & (a[:, level] == b[:, level])] = value
    out[(a[:, -1] > 0) & (a[:, -1] == b[:, -1])] = 1.0
    blank = (a[:, [0, -1]].max(axis=1) == 0) | (b[:, [0, -1]].max(axis=1) == 0)
    out[blank] = np.nan
    return out


def random_quantile(prepared: Prepared, share: float) -> float:
    """Likeness that this share of random pairs does not reach; the bar below which two are not alike enough."""
    rows = prepared.marks.rows
    if rows < 2:
        return 1.0
    draw = np.random.default_rng(SEED)
    left = draw.integers(0, rows, RANDOM_PAIRS)
    right = (left + draw.integers(1, rows, RANDOM_PAIRS)) % rows
    return float(np.quantile(likeness(prepared.space, terms(prepared, left, prepared, right)), share))


@dataclass(frozen=True, slots=True)
class Supports:
    """For each asked account the places of the likest ones, likest first; -1 where the guard took one away."""

    places: np.ndarray
    likeness: np.ndarray


def likest(
    asked: Prepared,
    asked_points: np.ndarray,
    known: Prepared,
    known_points: np.ndarray,
    count: int,
    *,
    reranked: int = RERANKED,
    apart: tuple[np.ndarray, np.ndarray] | None = None,
    hub_cap: int = 0,
) -> Supports:
    """The `count` likest known accounts for each asked one: found by points, put in order term by term.

    `apart`: identities of asked and known rows, so that nobody is found to be like themselves. `hub_cap`: how many of
    the asked ones a known account may support; 0: any number.
    """
    found, _ = nearest(known_points, asked_points, max(reranked, count + 1))
    width = min(count, found.shape[1])
    places = np.full((len(found), width), -1, np.int64)
    told = np.zeros((len(found), width))
    step = max(1, PAIRS // max(1, found.shape[1]))
    for start in range(0, len(found), step):
        part = found[start : start + step]
        left = np.repeat(np.arange(start, start + len(part)), part.shape[1])
        score = likeness(asked.space, terms(asked, left, known, part.ravel())).reshape(part.shape)
        if apart is not None:
            score[apart[0][start : start + len(part), None] == apart[1][part]] = -1
        order = np.argsort(-score, axis=1, kind="stable")[:, :width]
        told[start : start + len(part)] = np.take_along_axis(score, order, axis=1)
        places[start : start + len(part)] = np.take_along_axis(part, order, axis=1)
    places[told < 0] = -1
    if hub_cap:
        places[~guard_hubs(places, told, hub_cap)] = -1
    return Supports(places, np.where(places < 0, 0.0, told))


def reasons(one: Prepared, left: Sequence[int], other: Prepared, right: Sequence[int], most: int = 3) -> list[str]:
    """For each pair the largest terms in words: "same industry, similar size, both use Salesforce and Zendesk"."""
    if not len(left):
        return []
    found = terms(one, np.asarray(left), other, np.asarray(right))
    features = one.space.features
    weights = np.array([feature.weight for feature in features])
    counted = np.array([feature.kind is FeatureKind.OPTIONS for feature in features])
    weighed = np.where(np.isfinite(found) & ((found >= REASON_MIN) | counted), found * weights, -1.0)
    told = []
    for pair, order in enumerate(np.argsort(-weighed, axis=1, kind="stable").tolist()):
        words: list[str] = []
        for place in order:
            if weighed[pair, place] <= 0 or len(words) == most:
                break
            said = _said(features[place], one, left[pair], other, right[pair], found[pair, place])
            if said and said not in words:
                words.append(said)
        told.append(", ".join(words) or "little in common")
    return told


def _said(feature: Feature, one: Prepared, left: int, other: Prepared, right: int, value: float) -> str:
    if feature.kind is FeatureKind.INDUSTRY:
        return "same industry" if value >= 0.8 else "neighbouring industry"
    if feature.kind is FeatureKind.CHOICE:
        return f"same {feature.says}"
    if feature.kind is FeatureKind.OPTIONS:
        known = one.space.options[feature.name]
        shared = set(one.marks.words[feature.name][left]) & set(other.marks.words[feature.name][right])
        rare = sorted(
            (word for word in shared if word in known.words), key=lambda w: (-known.rarity[known.words[w]], w)
        )
        return f"both {feature.says} {listed(rare[:3])}" if rare else ""
    return _WORDS[feature.kind].format(feature.says)


def listed(words: Sequence[str]) -> str:
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)


__all__ = ["LEVELS", "Prepared", "Supports", "likeness", "likest", "random_quantile", "reasons", "terms"]
