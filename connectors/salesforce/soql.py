"""SOQL text: identifiers are checked, values are quoted, nothing is pasted in otherwise."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import quote_plus

from connectors.base import DataError, SchemaError
from connectors.salesforce.words import QUERY_BYTES

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}(?:\.[A-Za-z][A-Za-z0-9_]{0,79}){0,5}", re.ASCII)
LONGEST_TEXT: Final = 4_000  # characters of one string in WHERE
_ESCAPES: Final = str.maketrans(
    {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)


def name(identifier: str) -> str:
    """The identifier, unchanged. Raises SchemaError where it could be anything but a field or object name."""
    if _NAME.fullmatch(identifier) is None:
        raise SchemaError(f"no API name: {identifier[:80]!r}", side="left", code="INVALID_FIELD")
    return identifier


def literal(value: str | int | float | bool | None) -> str:
    """A SOQL literal of a value; instants and dates are not quoted and come from `times`. Raises DataError."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise DataError("a number that is not finite", side="left")
        return f"{value:f}"
    if len(value) > LONGEST_TEXT:
        raise DataError("a text too long to look for", side="left")
    return "'" + value.replace("\0", "").translate(_ESCAPES) + "'"


def select(fields: Sequence[str], object_name: str, where: Sequence[str] = (), order: str = "") -> str:
    """`SELECT … FROM … WHERE … AND … ORDER BY …`; conditions are ready-made, each in its own parentheses if mixed."""
    text = f"SELECT {','.join(map(name, fields))} FROM {name(object_name)}"  # noqa: S608 - names are checked
    if where:
        text += " WHERE " + " AND ".join(where)
    return f"{text} ORDER BY {order}" if order else text


def within(field_name: str, values: Sequence[str]) -> str:
    return f"{name(field_name)} IN ({','.join(map(literal, values))})"


def encoded_size(text: str) -> int:
    """Bytes of the text in a URL."""
    return len(quote_plus(text))


def chunks_that_fit(values: Sequence[str], room: int = QUERY_BYTES) -> Iterator[list[str]]:
    """Cuts values so that each chunk, quoted and encoded, fits the room; a single one always goes alone at worst."""
    chunk: list[str] = []
    used = 0
    for value in values:
        size = encoded_size(literal(value)) + 3  # the comma
        if chunk and used + size > room:
            yield chunk
            chunk, used = [], 0
        chunk.append(value)
        used += size
    if chunk:
        yield chunk
