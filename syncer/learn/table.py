"""A table of any size as distinct values and codes: memory follows what differs, not what repeats."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any, Final

import numpy as np

MISSING_WORDS: Final = frozenset(
    ("", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "--", "?", "<na>", "nat", "select", "(blank)")
)
ROWS_MAX: Final = 400_000
CELLS_MAX: Final = 16_000_000


@dataclass(frozen=True, slots=True)
class RawColumn:
    """`codes[row]` points into `levels`, the distinct values as written; -1 where the cell is blank or says so."""

    name: str
    codes: np.ndarray
    levels: tuple[str, ...]

    @property
    def filled(self) -> np.ndarray:
        return self.codes >= 0

    def values(self, rows: np.ndarray) -> list[str]:
        return [self.levels[code] if code >= 0 else "" for code in self.codes[rows]]


@dataclass(frozen=True)
class Table:
    """Columns of equal length; `identity[row]` is the same for rows that are the same in every column."""

    columns: Mapping[str, RawColumn]
    identity: np.ndarray

    @property
    def rows(self) -> int:
        return len(self.identity)

    @cached_property
    def twin_of(self) -> np.ndarray:
        """For each row the first row that is the same in every column; itself where there is none."""
        _, first, inverse = np.unique(self.identity, return_index=True, return_inverse=True)
        return first[inverse.reshape(-1)]

    def without_rows(self, keep: np.ndarray) -> Table:
        """Only the rows of `keep`, in its order."""
        columns = {name: RawColumn(name, raw.codes[keep], raw.levels) for name, raw in self.columns.items()}
        return Table(columns, self.identity[keep])


class TableBuilder:
    """Takes rows one at a time and keeps at most `rows_max`.

    Beyond that it thins by the content of the row: half of what is kept goes, the same half for every file of the same
    rows, and rows that are the same stay or go together. So a file of any size is read in one pass and bounded memory.
    """

    def __init__(self, names: Sequence[str], rows_max: int = ROWS_MAX, cells_max: int = CELLS_MAX) -> None:
        self.names = tuple(names)
        self.rows_max = max(1_000, min(rows_max, cells_max // max(1, len(names))))
        self.seen = 0
        self.share = 1  # one of so many rows is kept
        self._codes = [array("i") for _ in names]
        self._levels: list[dict[str, int]] = [{} for _ in names]
        self._identity = array("q")
        self._next = -1

    def add(self, cells: Sequence[str]) -> None:
        self.seen += 1
        joined = "\x1f".join(cells).encode("utf-8", "surrogatepass")
        identity = int.from_bytes(blake2b(joined, digest_size=8).digest(), "big", signed=True)
        if identity % self.share:
            return
        self._identity.append(identity)
        for codes, levels, cell in zip(self._codes, self._levels, cells, strict=True):
            code = levels.get(cell)
            if code is None:
                code = levels[cell] = self._code_of(cell, levels)
            codes.append(code)
        if len(self._identity) > self.rows_max:
            self._thin()

    def _code_of(self, cell: str, levels: dict[str, int]) -> int:
        """Cells that differ in outer blanks are one value."""
        plain = cell.strip()
        if plain.casefold() in MISSING_WORDS:
            return -1
        if plain in levels:
            return levels[plain]
        self._next += 1
        levels[plain] = self._next
        return self._next

    def _thin(self) -> None:
        self.share *= 2
        identity = np.array(self._identity, dtype=np.int64)
        keep = np.flatnonzero(identity % self.share == 0)
        self._codes = [array("i", np.array(codes, dtype=np.int32)[keep].tobytes()) for codes in self._codes]
        self._identity = array("q", identity[keep].tobytes())
        self._levels = [
            {cell: code for cell, code in levels.items() if code < 0 or code in used}
            for levels, used in zip(self._levels, map(set, self._codes), strict=True)
        ]

    def build(self) -> Table:
        columns = {
            name: _compact(name, np.array(codes, dtype=np.int32), levels)
            for name, codes, levels in zip(self.names, self._codes, self._levels, strict=True)
        }
        return Table(columns, np.array(self._identity, dtype=np.int64))


def table_of(columns: Mapping[str, Iterable[Any]]) -> Table:
    """A table of values that are in memory already: None and NaN are blank, everything else is taken as written."""
    names = list(columns)
    builder = TableBuilder(names, rows_max=2**31, cells_max=2**62)
    for cells in zip(*columns.values(), strict=True):
        builder.add(["" if cell is None else str(cell) for cell in cells])
    return builder.build()


def _compact(name: str, codes: np.ndarray, levels: Mapping[str, int]) -> RawColumn:
    """Levels that no row holds any more are let go; the rest keep the order in which they were first seen."""
    spelled: dict[int, str] = {}
    for cell, code in levels.items():
        spelled.setdefault(code, cell.strip())
    used = np.unique(codes[codes >= 0])
    place = np.full(int(used[-1]) + 1 if len(used) else 1, -1, dtype=np.int32)
    place[used] = np.arange(len(used), dtype=np.int32)
    return RawColumn(
        name,
        np.where(codes >= 0, place[np.maximum(codes, 0)], -1).astype(np.int32),
        tuple(spelled[int(c)] for c in used),
    )
