"""What marks accounts as the columns that the estimator learns from; the same columns for accounts that come later.

Likeness and estimator read the same marks. A blank stays a blank in every column, so that nothing can be learned from
it: whether a list of technologies is known at all is not told, only what stands in one that is.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from syncer.core.lookalike import FeatureKind
from syncer.learn.alike import Prepared
from syncer.learn.columns import Column, Kind
from syncer.learn.marks import LEVELS
from syncer.learn.table import RawColumn

OPTIONS_MAX: Final = 40  # options that have a column of their own, the most common ones
BANDS: Final = float(np.log(4))  # a size band ends at four times where it begins


def columns_of(prepared: Prepared) -> dict[str, Column]:
    """By name; a feature may give several."""
    marks = prepared.marks
    found: dict[str, Column] = {}
    for one in prepared.space.features:
        name = one.name
        if one.kind is FeatureKind.INDUSTRY:
            for level, digits in enumerate(LEVELS[:3]):
                found[f"{name} {digits}"] = _choice(f"{name} {digits}", marks.codes[name][:, level])
            found[f"{name} name"] = _choice(f"{name} name", marks.codes[name][:, -1])
        elif one.kind is FeatureKind.CHOICE:
            found[name] = _choice(name, marks.codes[name])
        elif one.kind is FeatureKind.OPTIONS:
            found |= _options(prepared, name)
        elif one.kind is FeatureKind.TEXT:
            told = prepared.texts[name].astype(float)
            told[~told.any(axis=1)] = np.nan
            found |= {f"{name} {part}": _number(f"{name} {part}", told[:, part]) for part in range(told.shape[1])}
        else:
            found[name] = _number(name, marks.numbers[name])
            if one.kind is FeatureKind.AMOUNT:
                bands = np.nan_to_num(np.floor(marks.numbers[name] / BANDS) + 1_000, nan=0).astype(np.int64)
                found[f"{name} band"] = _choice(f"{name} band", bands)
    return found


def _number(name: str, values: np.ndarray) -> Column:
    known = np.isfinite(values)
    codes = np.where(known, np.arange(len(values)), -1).astype(np.int32)
    return Column(RawColumn(name, codes, ()), Kind.NUMBER, np.where(known, values, np.nan))


def _choice(name: str, codes: np.ndarray) -> Column:
    """Code 0 is blank."""
    levels, place = np.unique(codes, return_inverse=True)
    place = place.reshape(-1)
    if len(levels) and levels[0] == 0:
        levels, place = levels[1:], place - 1
    return Column(RawColumn(name, place.astype(np.int32), tuple(str(code) for code in levels)), Kind.CHOICE)


def _options(prepared: Prepared, name: str) -> dict[str, Column]:
    vocabulary, matrix = prepared.space.options[name], prepared.options[name]
    common = sorted(vocabulary.words, key=lambda word: (vocabulary.rarity[vocabulary.words[word]], word))[:OPTIONS_MAX]
    listed = np.array([bool(words) for words in prepared.marks.words[name]])
    found = {}
    for word in common:
        has = np.asarray(matrix[:, vocabulary.words[word]].todense()).ravel() > 0  # type: ignore[index]
        found[f"{name} {word}"] = _number(f"{name} {word}", np.where(listed, has.astype(float), np.nan))
    return found
