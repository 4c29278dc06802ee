"""Rows of a CSV file that a person exported: any usual delimiter, columns by name, errors with file and line."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import chain
from pathlib import Path
from typing import Final, TextIO

from syncer.errors import UsageError, nearest

DELIMITERS: Final = ",;\t|"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
TYPO_FROM: Final = 0.82  # likeness of a column to one that lacks
_CELL_MAX: Final = 1_000_000  # letters


def read_rows(
    file: Path, known: Sequence[str], need: Sequence[str], need_one_of: Sequence[str]
) -> Iterator[dict[str, str]]:
    """The rows with the known columns that the file has, cells trimmed; `id` is never blank and never twice.

    Columns count as the same whatever their case and punctuation (`E-Mail` is email); those not known are left out.
    Raises UsageError: FileMissing, NotText, EmptyFile, MissingColumn, DoubledColumn, BadRow, MissingId, DuplicateId.
    """
    with _opened(file) as text:
        try:
            yield from _rows(file, text, known, need, need_one_of)
        except UnicodeError:
            raise UsageError("NotText", f"{file} is no UTF-8 text.", 'Save it as "CSV UTF-8" and try again.') from None


def _opened(file: Path) -> TextIO:
    try:
        with file.open("rb") as raw:
            wide = raw.read(2) in _UTF_16
        return file.open(encoding="utf-16" if wide else "utf-8-sig", newline="")
    except OSError as error:
        raise UsageError("FileMissing", f"{file} cannot be read: {error.strerror}.", "Name a CSV file.") from None


def _rows(
    file: Path, text: TextIO, known: Sequence[str], need: Sequence[str], need_one_of: Sequence[str]
) -> Iterator[dict[str, str]]:
    first = text.readline()
    while first and not first.strip():
        first = text.readline()
    if not first:
        raise UsageError("EmptyFile", f"{file} holds no line.", f"Give it a first line such as: {','.join(known)}")
    csv.field_size_limit(_CELL_MAX)
    reader = csv.reader(chain((first,), text), delimiter=_delimiter(first, known))
    header: list[str] = []
    places: Mapping[str, int] = {}
    lines: dict[str, int] = {}
    for cells in _told(file, reader):
        if not any(cell.strip() for cell in cells):
            continue
        if not header:
            header = cells
            places = _places(file, header, known, need, need_one_of)
            continue
        if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
            raise UsageError(
                "BadRow",
                f"{file}:{reader.line_num} has {len(cells)} cells, and the first line names {len(header)} columns.",
                "Put cells that hold the delimiter in quotes.",
            )
        row = {column: cells[place].strip() if place < len(cells) else "" for column, place in places.items()}
        _check_id(file, row["id"], reader.line_num, lines)
        yield row


def _told(file: Path, reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        at = getattr(reader, "line_num", 0)
        raise UsageError("BadRow", f"{file}:{at} is no line of CSV: {error}.", "Export the file anew as CSV.") from None


def _delimiter(first: str, known: Iterable[str]) -> str:
    """The one that parts the first line into the most columns that we know; a comma where none does."""
    wanted = {_plain(column) for column in known}

    def hits(delimiter: str) -> int:
        return sum(_plain(cell) in wanted for cell in next(csv.reader([first], delimiter=delimiter), []))

    return max(DELIMITERS, key=hits)


def _plain(column: str) -> str:
    return "".join(sign for sign in column.casefold() if sign.isalnum())


def _places(
    file: Path, header: Sequence[str], known: Sequence[str], need: Sequence[str], need_one_of: Sequence[str]
) -> Mapping[str, int]:
    names = {_plain(column): column for column in known}
    places: dict[str, int] = {}
    for place, cell in enumerate(header):
        column = names.get(_plain(cell))
        if column in places:
            raise UsageError(
                "DoubledColumn", f'{file} has the column "{column}" twice.', "Rename or remove one of them."
            )
        if column:
            places[column] = place
    others = [cell.strip() for cell in header if cell.strip() and _plain(cell) not in names]
    for column in need:
        if column not in places:
            raise _missing(file, f'column "{column}"', column, others, header)
    for column in known:
        if column not in places and (misspelt := [cell for cell in others if _is_slip_of(column, _plain(cell))]):
            raise _missing(file, f'column "{column}"', column, misspelt, header)
    if need_one_of and not places.keys() & set(need_one_of):
        raise _missing(file, f"column of {', '.join(need_one_of)}", need_one_of[0], others, header)
    return places


def _is_slip_of(column: str, written: str) -> bool:
    """`emial` is one of email; `stage` and `status` are words of their own."""
    return sorted(written) == sorted(column) or bool(get_close_matches(column, [written], 1, TYPO_FROM))


def _missing(file: Path, what: str, column: str, others: Sequence[str], header: Sequence[str]) -> UsageError:
    listed = ", ".join(cell.strip() for cell in header)
    meant = nearest(column, others) or next((cell for cell in others if _plain(column) in _plain(cell)), "")
    action = (
        f'Rename the column "{meant}" to "{column}", or add an empty one.' if meant else f'Add a column "{column}".'
    )
    return UsageError("MissingColumn", f"{file} has no {what}; it has: {listed}.", action)


def _check_id(file: Path, identity: str, line: int, lines: dict[str, int]) -> None:
    if not identity:
        raise UsageError("MissingId", f"{file}:{line} has no id.", "Give every row an id of its own.")
    if identity in lines:
        raise UsageError(
            "DuplicateId",
            f'{file}:{line} has the id "{identity}", and so has line {lines[identity]}.',
            "Keep one of the rows, or give each an id of its own.",
        )
    lines[identity] = line
