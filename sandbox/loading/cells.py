"""From the text of a cell to the value that a field takes. Nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final


class BadCell(ValueError):
    """The text is no value of this field."""


@dataclass(frozen=True, slots=True)
class Column:
    """One field that a file may fill. `options`: label or value, in lower case -> value."""

    name: str
    label: str
    type: str
    writable: bool = True
    required: bool = False
    multiple: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    refers_to: tuple[str, ...] = ()  # object names; "owners" for HubSpot's


_TRUE: Final = frozenset({"true", "yes", "1", "ja", "wahr"})
_FALSE: Final = frozenset({"false", "no", "0", "nein", "falsch"})
_NUMBER: Final = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?([eE][+-]?\d+)?\Z")


def _boolean(text: str) -> bool:
    folded = text.lower()
    if folded not in _TRUE | _FALSE:
        raise BadCell(f"{text!r} is neither true nor false")
    return folded in _TRUE


def _float(text: str) -> float:
    if not _NUMBER.match(text):
        raise BadCell(f"{text!r} is no number (a point separates decimals)")
    return float(text.replace(",", ""))


def _number_text(text: str) -> str:
    _float(text)
    return text.replace(",", "")


def _integer(text: str) -> int:
    value = _float(text)
    if value != int(value):
        raise BadCell(f"{text!r} is no whole number")
    return int(value)


def day(text: str) -> str:
    """Raises BadCell."""
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        raise BadCell(f"{text!r} is no date: write it as 2026-01-31") from None


def instant_ms(text: str) -> int:
    """A moment in ms UTC; text without an offset is UTC. Raises BadCell."""
    try:
        at = datetime.fromisoformat(re.sub(r"([+-]\d\d)(\d\d)\Z", r"\1:\2", text))
    except ValueError:
        raise BadCell(f"{text!r} is no time: write it as 2026-01-31T09:30:00Z") from None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def _instant(text: str) -> str:
    return datetime.fromtimestamp(instant_ms(text) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


_SALESFORCE: Final[Mapping[str, Callable[[str], Any]]] = {
    "boolean": _boolean,
    "int": _integer,
    "double": _float,
    "currency": _float,
    "percent": _float,
    "date": day,
    "datetime": _instant,
}
_HUBSPOT: Final[Mapping[str, Callable[[str], Any]]] = {
    "bool": lambda text: "true" if _boolean(text) else "false",
    "number": _number_text,
    "date": day,
    "datetime": lambda text: str(instant_ms(text)),
}
_READERS: Final = {"salesforce": _SALESFORCE, "hubspot": _HUBSPOT}


def value_of(system: str, column: Column, text: str) -> Any:
    """The value of a cell that is not empty. Raises BadCell."""
    if column.options and column.type not in ("bool", "boolean"):
        return _option(column, text)
    reader = _READERS[system].get(column.type)
    return text if reader is None else reader(text)


def _option(column: Column, text: str) -> str:
    """A label becomes its value; what is neither stays for the model to judge: not every picklist is restricted."""
    if not column.multiple:
        return column.options.get(text.lower(), text)
    parts = [part.strip() for part in text.split(";")]
    return ";".join(column.options.get(part.lower(), part) for part in parts if part)
