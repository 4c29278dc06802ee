"""From raw values to canonical ones: what a vendor's JSON means, so that two sides can be compared (back: `to_raw`).

A field is compiled once for each side (`canoniser`), because this runs for every cell of every record. Reading never
repairs: a raw value that its type cannot hold raises UncanonicalError, and the cell is reported instead of guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

import phonenumbers

from syncer.core.fields import FieldMap, FieldType, SideName
from syncer.core.instants import parse_day, parse_instant_ms
from syncer.core.raw import to_raw
from syncer.core.values import BLANK, Canonical, Lookup, Raw, UncanonicalError

__all__ = ["Canoniser", "canon", "canoniser", "representative", "same", "to_raw"]

Canoniser = Callable[..., Canonical]  # (raw, lookup=None)

_WIDE: Final = Context(prec=64)  # normalising must not round
_CACHE_MAX: Final = 4096
_cache: dict[tuple[int, str], tuple[FieldMap, Canoniser]] = {}


def canon(field: FieldMap, side: SideName, raw: Raw, lookup: Lookup | None = None) -> Canonical:
    """The canonical value of one cell; see `canoniser`, which is the form for loops."""
    return canoniser(field, side)(raw, lookup)


def canoniser(field: FieldMap, side: SideName) -> Canoniser:
    """The compiled reader of a field on one side: `(raw, lookup=None) -> Canonical`.

    None and text of nothing but space are BLANK. Only references need `lookup`. The reader raises UncanonicalError for
    what the type cannot read and for a reference that the lookup does not know.
    """
    key = (id(field), side)
    known = _cache.get(key)
    if known is None:  # the entry keeps the field alive, so that its id stays its own
        if len(_cache) >= _CACHE_MAX:
            _cache.clear()
        known = _cache[key] = (field, _compile(field, side))
    return known[1]


def same(a: Canonical, b: Canonical) -> bool:
    """Equality of canonical values; BLANK equals only BLANK."""
    return a == b


def representative(field: FieldMap) -> Mapping[str, str]:
    """Right option -> canonical option. Left labels that share a right value count as the first of them.

    Without this a label that maps like another one could never agree with the right, and would be written for ever.
    """
    chosen: dict[str, str] = {}
    for label, value in field.choices.items():
        chosen.setdefault(value, label)
    return chosen


def _compile(field: FieldMap, side: SideName) -> Canoniser:
    if field.type in (FieldType.CHOICE, FieldType.CHOICES):
        options = _options(field, side)
        return _choice(options) if field.type is FieldType.CHOICE else _choices(options)
    if field.type is FieldType.PHONE:
        region = field.region
        return lambda raw, lookup=None: None if raw is None or not (text := _trimmed(raw)) else _phone(text, region)
    return _READERS[field.type]


def _options(field: FieldMap, side: SideName) -> Mapping[str, str]:
    """Raw option of that side -> canonical option, where they differ."""
    chosen = representative(field)
    if side == "right":
        return chosen
    return {**chosen, **{label: chosen[value] for label, value in field.choices.items()}}


def _trimmed(raw: Raw) -> str:
    if raw.__class__ is str:
        return raw.strip()
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int | float):
        return format(_decimal(str(raw)), "f")
    raise UncanonicalError(f"a {type(raw).__name__} is no value of a field")


def _text(raw: Raw, lookup: Lookup | None = None) -> Canonical:
    if raw is None:
        return BLANK
    text = raw.strip() if raw.__class__ is str else _trimmed(raw)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text or BLANK


def _email(raw: Raw, lookup: Lookup | None = None) -> Canonical:
    return BLANK if raw is None else _trimmed(raw).lower() or BLANK


def _url(raw: Raw, lookup: Lookup | None = None) -> Canonical:
    """Scheme and host in lower case, no slash at the end; the path keeps its case, which servers may tell apart."""
    if raw is None or not (text := _trimmed(raw)):
        return BLANK
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "", text
    end = min((place for mark in "/?#" if (place := rest.find(mark)) >= 0), default=len(rest))
    address = f"{scheme.lower()}{separator}{rest[:end].lower()}{rest[end:]}"
    return address.rstrip("/").rstrip() or BLANK


def _domain(raw: Raw, lookup: Lookup | None = None) -> Canonical:
    """The bare host: no scheme, user, port, path, `www.` or closing dot."""
    if raw is None:
        return BLANK
    text = _trimmed(raw).lower().rpartition("://")[2]
    for mark in "/?#":
        text = text.partition(mark)[0]
    host = text.rpartition("@")[2].partition(":")[0].strip().strip(".")
    while host.startswith("www."):
        host = host[4:].lstrip(".")
    return host or BLANK


@lru_cache(maxsize=65_536)
def _phone(text: str, region: str) -> str:
    """E.164, with `;ext=` for an extension; a number that cannot exist stays as written, its runs of space as one."""
    written = " ".join(text.split())
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return written
    if not phonenumbers.is_possible_number(number):
        return written
    extension = number.extension
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{plain};ext={extension}" if extension else plain


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise UncanonicalError("not a number") from None
    if not value.is_finite() or "_" in text:
        raise UncanonicalError("not a number")
    if value.adjusted() > 60 or len(value.as_tuple().digits) > 60:
        raise UncanonicalError("a number beyond any field")
    value = value.normalize(_WIDE)
    return value if value else Decimal(0)  # no minus zero


def _number(raw: Raw, lookup: Lookup | None = None) -> Canonical:
    if raw is None:
        return BLANK
    if isinstance(raw, bool):
        raise UncanonicalError("a boolean is not a number")
    text = str(raw).strip()
    return _decimal(text) if text else BLANK


def _integer(raw: Raw, lookup: Lookup | None = None) -> Canonical:
    """An int; a value with a fraction stays a Decimal, readable where it is and refused where it cannot go."""
    if raw.__class__ is int:
        return raw
    value = _number(raw)
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value


def _boolean(raw: Raw, lookup: Lookup | None = None) -> Canonical:
    if raw is None or isinstance(raw, bool):
        return raw
    text = str(raw).strip().lower()
    if not text:
        return BLANK
    if text not in _BOOLEANS:
        raise UncanonicalError("neither true nor false")
    return _BOOLEANS[text]


def _yes_no(raw: Raw, lookup: Lookup | None = None) -> Canonical:
    text = raw.strip().lower() if isinstance(raw, str) else raw
    return text == "yes" if text in ("yes", "no") else _boolean(raw)


_BOOLEANS: Final = {"true": True, "false": False, "1": True, "0": False}


def _date(raw: Raw, lookup: Lookup | None = None) -> Canonical:
    if raw is None or not (text := _trimmed(raw)):
        return BLANK
    try:
        return parse_day(text)
    except ValueError:
        raise UncanonicalError("not a day") from None


def _datetime(raw: Raw, lookup: Lookup | None = None) -> Canonical:
    """Whole seconds, in ms: Salesforce stores no more, so a fraction on the right is no difference."""
    if raw is None or not (text := _trimmed(raw)):
        return BLANK
    try:
        return parse_instant_ms(text) // 1000 * 1000
    except (ValueError, OverflowError):
        raise UncanonicalError("not an instant") from None


def _reference(raw: Raw, lookup: Lookup | None = None) -> Canonical:
    if raw is None or not (text := _trimmed(raw)):
        return BLANK
    known = None if lookup is None else lookup.get(text)
    if known is None:
        raise UncanonicalError("points at a record that is not linked")
    return known


def _choice(options: Mapping[str, str]) -> Canoniser:
    def read(raw: Raw, lookup: Lookup | None = None) -> Canonical:
        if raw is None or not (text := _trimmed(raw)):
            return BLANK
        return options.get(text, text)

    return read


def _choices(options: Mapping[str, str]) -> Canoniser:
    def read(raw: Raw, lookup: Lookup | None = None) -> Canonical:
        if raw is None:
            return BLANK
        parts = (part.strip() for part in _trimmed(raw).split(";"))
        return frozenset(options.get(part, part) for part in parts if part) or BLANK

    return read


_READERS: Final[Mapping[FieldType, Canoniser]] = {
    FieldType.TEXT: _text,
    FieldType.INTEGER: _integer,
    FieldType.NUMBER: _number,
    FieldType.MONEY: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.YES_NO: _yes_no,
    FieldType.DATE: _date,
    FieldType.DATETIME: _datetime,
    FieldType.EMAIL: _email,
    FieldType.URL: _url,
    FieldType.DOMAIN: _domain,
    FieldType.REFERENCE: _reference,
}
