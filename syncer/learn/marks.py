"""What marks accounts, as columns of numbers: read from their resolved values, the same way for old and new ones.

A value that is not known is blank (0 for codes, NaN for numbers, an empty row for options and texts) and stays so: it
is left out wherever two accounts are compared, and nothing is ever learned from its being blank.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import numpy as np

from syncer.core.identity.industries import industry
from syncer.core.identity.sizes import head_count
from syncer.core.lookalike import Feature, FeatureKind

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

LEVELS: Final = (2, 3, 4, 6)  # digits of NAICS
SECTORS: Final = {"32": "31", "33": "31", "45": "44", "49": "48"}  # codes that NAICS counts as one sector
WORD: Final = re.compile(r"[^\W_]{2,}")
Values = Mapping[str, Any]
_CODES: Final = (FeatureKind.INDUSTRY, FeatureKind.CHOICE)
_NUMBERS: Final = (FeatureKind.AMOUNT, FeatureKind.YEAR, FeatureKind.SENIORITY, FeatureKind.ENGAGEMENT)


@dataclass(frozen=True, slots=True)
class Marks:
    """One entry a feature; `words` holds the options or the text of each account as they were written."""

    codes: Mapping[str, np.ndarray]  # of industries one column a level of NAICS and one for our own name of it
    numbers: Mapping[str, np.ndarray]
    words: Mapping[str, Sequence[Any]]
    rows: int

    def take(self, places: np.ndarray) -> Marks:
        return Marks(
            {name: codes[places] for name, codes in self.codes.items()},
            {name: numbers[places] for name, numbers in self.numbers.items()},
            {name: [words[place] for place in places] for name, words in self.words.items()},
            len(places),
        )


def read_marks(features: Sequence[Feature], accounts: Sequence[Values]) -> Marks:
    """`accounts`: by field name what is known of each; fields that are not known are missing, None or empty."""
    codes: dict[str, np.ndarray] = {}
    numbers: dict[str, np.ndarray] = {}
    words: dict[str, Sequence[Any]] = {}
    for one in features:
        if one.kind is FeatureKind.INDUSTRY:
            told = {}
            codes[one.name] = np.array(
                [_industry(_all(one, values), told) for values in accounts], dtype=np.int64
            ).reshape(len(accounts), len(LEVELS) + 1)
        elif one.kind is FeatureKind.CHOICE:
            codes[one.name] = np.array([code_of(_first(one, values)) for values in accounts], dtype=np.int64)
        elif one.kind in _NUMBERS:
            numbers[one.name] = np.array([_number(one.kind, _first(one, values)) for values in accounts], dtype=float)
        elif one.kind is FeatureKind.OPTIONS:
            words[one.name] = [_options(_all(one, values)) for values in accounts]
        else:
            words[one.name] = [" ".join(map(str, _all(one, values))) for values in accounts]
    return Marks(codes, numbers, words, len(accounts))


def _first(one: Feature, values: Values) -> Any:
    return next((values[name] for name in one.fields if values.get(name) not in (None, "", frozenset())), None)


def _all(one: Feature, values: Values) -> list[Any]:
    return [values[name] for name in one.fields if values.get(name) not in (None, "", frozenset())]


def code_of(value: Any) -> int:
    """A number for each word, whatever its case; 0: blank."""
    text = "" if value is None else str(value).strip().casefold()
    return crc32(text.encode("utf-8", "surrogatepass")) + 1 if text else 0


def _industry(told: Sequence[Any], known: dict[tuple[str, ...], list[int]]) -> list[int]:
    """The digits as numbers, level by level, and our own name of the industry; 0 where they are not known."""
    key = tuple(map(str, told))
    if key not in known:
        digits = next((text for text in key if re.fullmatch(r"\d{2,6}", text, re.ASCII)), "")
        found = [named for text in key if not text.isdecimal() and (named := industry(text)) is not None]
        named = next((one for one in found if len(one.naics) > 2), found[0] if found else None)
        if named is not None and len(named.naics) > len(digits):
            digits = named.naics
        sector = SECTORS.get(digits[:2], digits[:2])
        levels = [int(digits[:size]) if len(digits) >= size else 0 for size in LEVELS]
        if digits:
            levels[0] = int(sector)
        known[key] = [*levels, code_of(named.name) if named is not None else 0]
    return known[key]


def _number(kind: FeatureKind, value: Any) -> float:
    if value is None or isinstance(value, bool):
        return float("nan")
    try:
        number = float(value) if isinstance(value, int | float | Decimal) else _written(str(value))
    except (TypeError, ValueError, OverflowError):
        return float("nan")
    if not math.isfinite(number):
        return float("nan")
    if kind is FeatureKind.AMOUNT:
        return math.log(number) if number > 0 else float("nan")
    if kind is FeatureKind.YEAR:
        return number if 1000 < number < 3000 else float("nan")
    return math.log1p(number) if kind is FeatureKind.ENGAGEMENT else number


def _written(text: str) -> float:
    """Numbers, years, and ranges such as 51-200, of which the middle counts."""
    try:
        return float(text.replace(",", "").strip())
    except ValueError:
        found = head_count(text)
        if found is None:
            return float("nan")
        return math.sqrt(max(1, found.low) * found.high) if found.high else float(found.low)


def _options(told: Iterable[Any]) -> frozenset[str]:
    found: set[str] = set()
    for value in told:
        found |= (
            {str(one) for one in value}
            if isinstance(value, Collection) and not isinstance(value, str)
            else {part.strip() for part in re.split(r"[;,\n]", str(value)) if part.strip()}
        )
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words or options that several accounts have, with a weight that grows as they get rarer."""

    words: Mapping[str, int]
    rarity: np.ndarray

    def matrix(self, lists: Sequence[Iterable[str]], *, counted: bool) -> csr_matrix:
        """One row an account: the weight of each word it has; `counted`: more for words that come again."""
        from scipy.sparse import csr_matrix

        ends, columns, values = [0], [], []
        for words in lists:
            seen: dict[int, int] = {}
            for word in words:
                place = self.words.get(word)
                if place is not None:
                    seen[place] = seen.get(place, 0) + 1
            for place in sorted(seen):
                columns.append(place)
                values.append(1 + math.log(seen[place]) if counted else 1.0)
            ends.append(len(columns))
        place = np.array(columns, dtype=np.int32)
        weights = np.array(values, dtype=np.float32) * self.rarity[place].astype(np.float32)
        return csr_matrix((weights, place, ends), shape=(len(lists), len(self.words)))


def fit_vocabulary(lists: Sequence[Iterable[str]], *, most: int, at_least: int, at_most: float) -> Vocabulary:
    """`at_least` accounts have the word, and at most that share of those that have any."""
    counts: dict[str, int] = {}
    filled = 0
    for words in lists:
        distinct = set(words)
        filled += bool(distinct)
        for word in distinct:
            counts[word] = counts.get(word, 0) + 1
    kept = [word for word, count in counts.items() if at_least <= count <= at_most * filled]
    kept = sorted(kept, key=lambda word: (-counts[word], word))[:most]
    rarity = np.array([math.log((1 + filled) / (1 + counts[word])) + 0.05 for word in kept], dtype=float)
    return Vocabulary({word: place for place, word in enumerate(sorted(kept))}, _ordered(kept, rarity))


def _ordered(words: Sequence[str], rarity: np.ndarray) -> np.ndarray:
    return rarity[np.argsort(np.array(words, dtype=object), kind="stable")] if len(words) else rarity


def words_of(text: str) -> list[str]:
    return WORD.findall(text.casefold())
