"""CSV as Bulk writes and reads it: every value quoted, null is blank, the dialect is the job's."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from sandbox.kernel import Refusal
from sandbox.salesforce.soql.world import Column

DELIMITERS: Final = {"COMMA": ",", "SEMICOLON": ";", "TAB": "\t", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
ENDINGS: Final = {"LF": "\n", "CRLF": "\r\n"}
_PLAIN_BELOW: Final = 1e7  # larger and very small numbers carry an exponent
_PLAIN_FROM: Final = 1e-3
_LARGEST_CELL: Final = 1 << 27

csv.field_size_limit(_LARGEST_CELL)


class BadCsv(Exception):
    """A file that cannot be read; the text becomes the job's error message."""


def write(header: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str, ending: str) -> bytes:
    """The file with its header row, UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=DELIMITERS[delimiter], lineterminator=ENDINGS[ending], quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", "surrogatepass")


def read(body: bytes, delimiter: str, ending: str) -> tuple[list[str], list[list[str]]]:
    """(header, rows) of an upload. Raises BadCsv."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadCsv("InvalidBatch : The CSV file is not encoded in UTF-8") from None
    if not text:
        raise BadCsv("InvalidBatch : Unable to find any headers in CSV file")
    first_break = text.find("\n")
    if first_break >= 0 and (text[first_break - 1 : first_break] == "\r") != (ending == "CRLF"):
        raise BadCsv(f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {ending}")
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[delimiter], strict=True))
    except csv.Error as error:
        raise BadCsv(f"InvalidBatch : Failed to parse CSV: {error}") from None
    header, rows = lines[0] if lines else [], [line for line in lines[1:] if line]
    for number, line in enumerate(rows, 1):
        if len(line) != len(header):
            why = f"Failed to process row {number}: {len(header)} columns expected, {len(line)} found"
            raise BadCsv(f"InvalidBatch : {why}")
    return header, rows


def cells(columns: Sequence[Column], stored: bool) -> Callable[[dict[str, Any]], tuple[str, ...]]:
    """A function from a row to its cells."""
    spellings = [_SPELLINGS.get(column.type, _text) for column in columns]
    if stored and all(spelling is _text for spelling in spellings):
        names = [column.label for column in columns]
        return lambda row: tuple(row.get(name) or "" for name in names)
    pairs = list(zip([column.read for column in columns], spellings, strict=True))
    return lambda row: tuple("" if (value := reader(row)) is None else spell(value) for reader, spell in pairs)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def number(value: float) -> str:
    """As Java prints a double: `10.0`, `9.12260031E8`."""
    if value == 0 or _PLAIN_FROM <= abs(value) < _PLAIN_BELOW:
        return repr(float(value))
    sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    text = "".join(map(str, digits))
    power = len(text) - 1 + int(exponent)
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{power}"


def no_dialect(name: str, value: object) -> Refusal:
    return Refusal(400, "INVALIDJOB", f"InvalidJob : {name} is not supported: {value}")


_SPELLINGS: Final[dict[str, Callable[[Any], str]]] = {
    "boolean": lambda value: "true" if value else "false",
    "datetime": lambda value: value[:-5] + "Z" if value.endswith("+0000") else value,
    "double": number,
    "currency": number,
    "percent": number,
    "int": str,
}
