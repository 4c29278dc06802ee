"""A labelled CSV of a stranger: any usual delimiter and encoding, read once, rows that fit no column counted."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from syncer.errors import UsageError
from syncer.learn.table import ROWS_MAX, Table, TableBuilder

DELIMITERS: Final = ",;\t|"
RAGGED_MAX: Final = 0.05  # share of rows that may be of another width before the file counts as broken
CELL_MAX: Final = 1_000_000  # letters
LINES_MAX: Final = 200  # of one row
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(slots=True)
class Reading:
    """How the file was read, for the report: rows seen, one of how many was kept, and what was odd about it."""

    rows: int = 0
    kept_one_of: int = 1
    encoding: str = "utf-8"
    delimiter: str = ","
    short_rows: int = 0
    long_rows: int = 0
    notes: list[str] = field(default_factory=list)


def read_table(
    file: Path, label: str, told: Callable[[str], None] = lambda stage: None, rows_max: int = ROWS_MAX
) -> tuple[Table, Reading]:
    """The file as a table. Bytes that are no UTF-8 make it be read again as cp1252, which is told.

    Raises UsageError: FileMissing, EmptyFile, NoRows, OneColumn, DoubledColumn, BadRow.
    """
    for encoding in _encodings(file):
        try:
            return _read(file, label, encoding, told, rows_max)
        except UnicodeError:
            continue  # latin-1, the last of them, takes any byte
    raise UsageError("NotText", f"{file} is no text.", "Export it as CSV in UTF-8.")


def _encodings(file: Path) -> tuple[str, ...]:
    try:
        with file.open("rb") as raw:
            wide = raw.read(2) in _UTF_16
    except OSError as error:
        raise UsageError("FileMissing", f"{file} cannot be read: {error.strerror}.", "Name a CSV file.") from None
    return ("utf-16",) if wide else ("utf-8-sig", "cp1252", "latin-1")


def _read(file: Path, label: str, encoding: str, said: Callable[[str], None], rows_max: int) -> tuple[Table, Reading]:
    csv.field_size_limit(CELL_MAX)
    with file.open(encoding=encoding, newline="") as text:
        delimiter = _delimiter(file, "".join(islice(text, 20)), label)
        text.seek(0)
        lines = (line.replace("\0", "") for line in text)
        reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
        told = _told(file, reader)
        header = next((cells for cells in told if any(cell.strip() for cell in cells)), None)
        if header is None:
            raise UsageError(
                "EmptyFile", f"{file} holds no line.", "Export it anew, with a first line of column names."
            )
        names = _names(file, header)
        reading = Reading(encoding=encoding.removesuffix("-sig"), delimiter=delimiter)
        builder = TableBuilder(names, rows_max)
        for cells in told:
            _take(cells, builder, reading)
            if builder.seen % 100_000 == 0:
                said(f"reading, {builder.seen:,} rows")
    reading.rows, reading.kept_one_of = builder.seen, builder.share
    _judge(file, reading, len(names))
    return builder.build(), reading


def _take(cells: list[str], builder: TableBuilder, reading: Reading) -> None:
    width = len(builder.names)
    if len(cells) == width:
        builder.add(cells)
    elif not any(cell.strip() for cell in cells):
        return
    elif len(cells) < width:
        reading.short_rows += 1
        builder.add(cells + [""] * (width - len(cells)))
    elif any(cell.strip() for cell in cells[width:]):
        reading.long_rows += 1  # which cell belongs to which column nobody knows
    else:
        builder.add(cells[:width])


def _judge(file: Path, reading: Reading, width: int) -> None:
    if not reading.rows:
        raise UsageError("NoRows", f"{file} has column names and no rows.", "Export it anew, with its rows.")
    ragged = reading.short_rows + reading.long_rows
    if ragged > RAGGED_MAX * (reading.rows + reading.long_rows) and ragged > 1:
        raise UsageError(
            "RaggedRows",
            f"{file}: {ragged} of {reading.rows + reading.long_rows} rows have more or less than {width} cells.",
            "Export it anew; put cells that hold the delimiter in quotes.",
        )
    if reading.short_rows:
        reading.notes.append(
            f"{reading.short_rows} rows are shorter than the first line: the cells they lack are blank."
        )
    if reading.long_rows:
        reading.notes.append(f"{reading.long_rows} rows are longer than the first line and were left out.")
    if reading.encoding in ("cp1252", "latin-1"):
        reading.notes.append(f"The file is no UTF-8 and was read as {reading.encoding}.")
    if reading.kept_one_of > 1:
        reading.notes.append(
            f"The file has {reading.rows:,} rows; one of {reading.kept_one_of} was kept, by a rule on its content."
        )


def _told(file: Path, reader: Any) -> Iterator[list[str]]:
    try:
        before = 0
        for cells in reader:
            if reader.line_num - before > LINES_MAX:
                raise csv.Error(f"the quote opened in line {before + 1} is not closed within {LINES_MAX} lines")
            before = reader.line_num
            yield cells
    except csv.Error as error:
        at = getattr(reader, "line_num", 0)
        raise UsageError("BadRow", f"{file}:{at} is no line of CSV: {error}.", "Export the file anew as CSV.") from None


def _delimiter(file: Path, head: str, label: str) -> str:
    """The one that gives the label a column; else the one that parts the first line into the most cells."""
    first = next((line for line in head.splitlines() if line.strip()), "")

    def fit(delimiter: str) -> tuple[bool, int]:
        cells = next(csv.reader([first], delimiter=delimiter, skipinitialspace=True), [])
        return (len(cells) > 1 and label in [cell.strip() for cell in cells], len(cells))

    found = max(DELIMITERS, key=fit)
    if first and fit(found)[1] < 2:
        raise UsageError(
            "OneColumn",
            f"{file} has a single column.",
            "Export it as CSV, with commas, semicolons, tabs or bars between its columns.",
        )
    return found


def _names(file: Path, header: list[str]) -> list[str]:
    names = [cell.strip() or f"column {place}" for place, cell in enumerate(header, 1)]
    for name in names:
        if names.count(name) > 1:
            raise UsageError("DoubledColumn", f'{file} has the column "{name}" twice.', "Rename or remove one of them.")
    return names
