"""Rows to tuples of columns and back: canonical JSON text, flags as 0 and 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Generic, TypeVar

import orjson
from sqlalchemy import Table

Row = TypeVar("Row")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")


def to_json(value: Any) -> str:
    """Canonical: sorted keys, no spaces; equal content gives equal text."""
    if not value:  # most successors and merges; not worth a call
        if type(value) is dict:
            return "{}"
        if type(value) is tuple:
            return "[]"
    return orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS).decode()


def _items(text: str) -> tuple[Any, ...]:
    return () if text == "[]" else tuple(orjson.loads(text))


def _pairs(text: str) -> tuple[tuple[str, ...], ...]:
    return () if text == "[]" else tuple(map(tuple, orjson.loads(text)))


ENCODERS: Mapping[str, Callable[[Any], Any]] = {"json": to_json, "items": to_json, "pairs": to_json, "flag": int}
DECODERS: Mapping[str, Callable[[Any], Any]] = {"json": orjson.loads, "items": _items, "pairs": _pairs, "flag": bool}


class Codec(Generic[Row]):
    """How one row class lies in its table; the columns are named as the fields are."""

    def __init__(self, row_class: type[Row], table: Table) -> None:
        self.row_class = row_class
        self.table = table
        self.names = tuple(item.name for item in fields(row_class))  # type: ignore[arg-type]
        self.columns = [table.c[name] for name in self.names]
        self._values = attrgetter(*self.names)
        forms = [(place, column.info.get("form")) for place, column in enumerate(self.columns)]
        self._encoders = [(place, ENCODERS[form]) for place, form in forms if form]
        self._decoders = [(place, DECODERS[form]) for place, form in forms if form]

    def encode(self, row: Row) -> list[Any]:
        values = list(self._values(row))
        for place, encoder in self._encoders:
            values[place] = encoder(values[place])
        return values

    def decode(self, values: Sequence[Any]) -> Row:
        plain = list(values)
        for place, decoder in self._decoders:
            plain[place] = decoder(plain[place])
        return self.row_class(*plain)

    def decode_all(self, rows: Sequence[Sequence[Any]]) -> list[Row]:
        return [self.decode(row) for row in rows]

    def encode_changes(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Column values of a partial row. Raises TypeError for a name that the row does not have."""
        unknown = sorted(set(changes) - set(self.names))
        if unknown:
            raise TypeError(f"{self.row_class.__name__} has no {', '.join(unknown)}")
        form_of = {name: self.table.c[name].info.get("form") for name in changes}
        return {name: ENCODERS[form_of[name]](value) if form_of[name] else value for name, value in changes.items()}
