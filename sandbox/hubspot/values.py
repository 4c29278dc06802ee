"""What a property accepts and what it then stores: one validator for each property type.

Sources: the rules of the properties and search sections of the reference; codes as recorded where they were.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.hubspot.definitions import Definition
from sandbox.hubspot.times import day_text, iso, parse_day, parse_instant

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one property's value was refused, as the portal words it."""

    name: str
    code: str
    message: str


class Invalid(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\s@<>()\[\],;:\\\"]+\.[^\s@<>()\[\],;:\\\".\d][^\s@<>()\[\],;:\\\".]*\Z")
_DROPPED = re.compile(
    r"<!--.*?-->|<(script|style|iframe|object|form)\b.*?</\1\s*>|</?(script|style|iframe|object|form)\b[^>]*>",
    re.S | re.I,
)
_HANDLER = re.compile(r"""\s+on\w+\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.I)
_SCRIPT_URL = re.compile(r"""\s+(href|src)\s*=\s*("\s*javascript:[^"]*"|'\s*javascript:[^']*')""", re.I)


def text_of(raw: Value) -> str:
    """The string a JSON value stands for: HubSpot takes numbers and booleans, and stores text."""
    if isinstance(raw, str):
        return raw
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return repr(raw) if isinstance(raw, float) else str(raw)


def sanitise(html: str) -> str:
    """HTML as the portal keeps it: no scripts, styles, comments or event handlers."""
    return _SCRIPT_URL.sub("", _HANDLER.sub("", _DROPPED.sub("", html)))


def _string(definition: Definition, text: str) -> str:
    if len(text) > definition.max_length:
        raise Invalid("INVALID_LENGTH", f"Property value exceeds the limit of {definition.max_length} characters")
    return sanitise(text).strip() if definition.field_type == "html" else text.strip()


def _number(definition: Definition, text: str) -> str:
    if not _NUMBER.match(text.strip()):
        raise Invalid("INVALID_INTEGER", f"{text} was not a valid number.")
    return text.strip()


def _bool(definition: Definition, text: str) -> str:
    folded = text.strip().lower()
    if folded not in ("true", "false"):
        raise Invalid("INVALID_OPTION", f"{text} was not one of the allowed options: [true, false]")
    return folded


def _option(definition: Definition, text: str) -> str:
    if not definition.options or text in definition.values:
        return text
    if not definition.multiple:
        raise Invalid("INVALID_OPTION", f"{text} was not one of the allowed options: [{_allowed(definition)}]")
    parts = list(dict.fromkeys(filter(None, text.split(";"))))
    for part in parts:
        if part not in definition.values:
            raise Invalid("INVALID_OPTION", f"{part} was not one of the allowed options: [{_allowed(definition)}]")
    return ";".join(parts)


def _allowed(definition: Definition) -> str:
    return ", ".join(option.value for option in definition.options)


def _date(definition: Definition, text: str) -> str:
    at_ms = parse_day(text.strip())
    if at_ms is None:
        raise Invalid("INVALID_DATE", f"{text} was not a valid date.")
    return day_text(at_ms)


def _datetime(definition: Definition, text: str) -> str:
    at_ms = parse_instant(text.strip())
    if at_ms is None:
        raise Invalid("INVALID_LONG", f"{text} was not a valid long.")
    return iso(at_ms)


_BY_TYPE: dict[str, Callable[[Definition, str], str]] = {
    "string": _string,
    "number": _number,
    "bool": _bool,
    "enumeration": _option,
    "date": _date,
    "datetime": _datetime,
    "phone_number": _string,
    "json": _string,
}


def normalise(definition: Definition, raw: Value, stored: str) -> str:
    """The text that is stored for `raw`; empty clears. Raises Invalid.

    A leading `;` appends to a multi-checkbox instead of replacing it.
    """
    text = text_of(raw)
    if not text:
        return ""
    if definition.multiple and text[0] == ";":
        text = f"{stored};{text[1:]}" if stored else text[1:]
    return _BY_TYPE[definition.type](definition, text)


def normalise_email(text: str) -> str:
    """Lower case, trimmed. Raises Invalid for what is no address."""
    folded = text.strip().lower()
    if not _EMAIL.match(folded):
        raise Invalid("INVALID_EMAIL", f"Email address {text} is invalid")
    return folded


def normalise_domain(text: str) -> str:
    """A bare host in lower case: no scheme, no `www.`, no path, no port."""
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", text.strip().lower())
    host = re.split(r"[/?#]", host, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    return host.removeprefix("www.").rstrip(".")
