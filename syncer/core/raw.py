"""From canonical values to raw ones, as one side's field can hold them, or a reason why it cannot.

Nothing is cut, rounded or replaced to make it fit: a value that would come back different is refused with
UnmappableError, the cell is reported, and the rest of the record goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, Protocol

from syncer.core.fields import FieldMap, FieldType, SideName
from syncer.core.instants import format_hubspot, format_salesforce, parse_day
from syncer.core.values import BLANK, Canonical, Lookup, Raw, UnmappableError


class TargetField(Protocol):
    """What is known of the field that shall hold the value; a live schema's field is one."""

    @property
    def type(self) -> str: ...
    @property
    def max_length(self) -> int | None: ...
    @property
    def options(self) -> tuple[tuple[str, str], ...] | None: ...
    @property
    def restricted(self) -> bool: ...
    @property
    def scale(self) -> int | None: ...


_EMAIL: Final = re.compile(r"[^\s@<>(),;:\"\[\]\\]+@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[\w-]*[^\W\d_][\w-]*")
_DIGITS_MAX: Final = 18  # integer and fraction digits of a Salesforce number
_INT_MAX: Final = 2**31 - 1
_FIRST_DAY, _LAST_DAY = "1700-01-01", "4000-12-31"  # of a Salesforce date


def to_raw(
    field: FieldMap, side: SideName, value: Canonical, schema: TargetField | None, lookup: Lookup | None = None
) -> Raw:
    """The raw value that `side` has to be sent for a canonical one; BLANK clears.

    `schema` None checks nothing about the target. `lookup` is that side's raw id -> canonical, as `canon` takes it.
    Raises UnmappableError with reason too_long, unknown_option, separator, scale, out_of_range, invalid_email,
    unknown_reference or wrong_type. What is returned reads back as `value`.
    """
    if value is BLANK:
        return False if field.type is FieldType.BOOLEAN and side == "left" else None  # a checkbox has no blank
    raw = _WRITERS[field.type](field, side, value, schema, lookup)
    if isinstance(raw, str) and schema is not None:
        _fits(raw, side, schema)
        if schema.options is not None and schema.restricted and field.type is not FieldType.CHOICES:
            _offered(raw, schema)
    return raw


def _fits(text: str, side: SideName, schema: TargetField) -> None:
    limit = schema.max_length
    if not limit or len(text) * 2 <= limit:
        return
    # Salesforce counts UTF-16 units as far as is known, so that an emoji is two
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2 if side == "left" else len(text)
    if length > limit:
        raise UnmappableError("too_long", f"{length} characters, and the field holds {limit}")


def _offered(option: str, schema: TargetField) -> None:
    if option not in (known for known, _label in schema.options or ()):
        raise UnmappableError("unknown_option", "the field does not offer this option")


def _text(field: FieldMap, side: SideName, value: Canonical, schema: TargetField | None, lookup: object) -> Raw:
    if not isinstance(value, str):
        raise UnmappableError("wrong_type", f"a {type(value).__name__} is no text")
    return value


def _email(field: FieldMap, side: SideName, value: Canonical, schema: TargetField | None, lookup: object) -> Raw:
    if not isinstance(value, str) or ".." in value or value.startswith(".") or not _EMAIL.fullmatch(value):
        raise UnmappableError("invalid_email", "not an e-mail address")
    return value


def _phone(field: FieldMap, side: SideName, value: Canonical, schema: TargetField | None, lookup: object) -> Raw:
    return str(value).replace(";ext=", " ext. ", 1)


def _number(field: FieldMap, side: SideName, value: Canonical, schema: TargetField | None, lookup: object) -> Raw:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise UnmappableError("wrong_type", f"a {type(value).__name__} is no number")
    number = Decimal(value)
    scale = 0 if schema is not None and schema.type == "int" else schema.scale if schema is not None else None
    whole = number == number.to_integral_value()
    if scale is not None and number != round(number, scale):
        raise UnmappableError("scale", f"the field holds {scale} digits after the point")
    if side == "right":
        return format(number, "f")
    limit = _INT_MAX if schema is not None and schema.type == "int" else 10 ** (_DIGITS_MAX - (scale or 0))
    if abs(number) > limit:
        raise UnmappableError("out_of_range", "more digits than the field holds")
    raw = int(number) if whole else float(number)
    if Decimal(str(raw)) != number:
        raise UnmappableError("out_of_range", "more digits than the field holds")
    return raw


def _boolean(field: FieldMap, side: SideName, value: Canonical, schema: TargetField | None, lookup: object) -> Raw:
    if not isinstance(value, bool):
        raise UnmappableError("wrong_type", f"a {type(value).__name__} is no boolean")
    return value if side == "left" else "true" if value else "false"


def _yes_no(field: FieldMap, side: SideName, value: Canonical, schema: TargetField | None, lookup: object) -> Raw:
    """In a field of options the word, in a checkbox the value."""
    raw = _boolean(field, side, value, schema, lookup)
    ticked = schema is not None and schema.type in ("boolean", "bool")
    return raw if side == "right" or ticked else "Yes" if value else "No"


def _date(field: FieldMap, side: SideName, value: Canonical, schema: TargetField | None, lookup: object) -> Raw:
    if not isinstance(value, str):
        raise UnmappableError("wrong_type", f"a {type(value).__name__} is no day")
    try:
        parse_day(value)
    except ValueError:
        raise UnmappableError("wrong_type", "not a day") from None
    if side == "left" and not _FIRST_DAY <= value <= _LAST_DAY:
        raise UnmappableError("out_of_range", "a day that the field cannot hold")
    return value


def _datetime(field: FieldMap, side: SideName, value: Canonical, schema: TargetField | None, lookup: object) -> Raw:
    if isinstance(value, bool) or not isinstance(value, int):
        raise UnmappableError("wrong_type", f"a {type(value).__name__} is no instant")
    try:
        raw = format_salesforce(value) if side == "left" else format_hubspot(value)
    except OverflowError:
        raise UnmappableError("out_of_range", "an instant that the field cannot hold") from None
    if side == "left" and not _FIRST_DAY <= raw[:10] <= _LAST_DAY:
        raise UnmappableError("out_of_range", "an instant that the field cannot hold")
    return raw


def _option(field: FieldMap, side: SideName, option: str) -> str:
    return option if side == "left" else field.choices.get(option, option)


def _choice(field: FieldMap, side: SideName, value: Canonical, schema: TargetField | None, lookup: object) -> Raw:
    if not isinstance(value, str):
        raise UnmappableError("wrong_type", f"a {type(value).__name__} is no option")
    return _option(field, side, value)


def _choices(field: FieldMap, side: SideName, value: Canonical, schema: TargetField | None, lookup: object) -> Raw:
    if not isinstance(value, frozenset):
        raise UnmappableError("wrong_type", f"a {type(value).__name__} is no set of options")
    options = sorted({_option(field, side, item) for item in value})
    if any(";" in option for option in options):
        raise UnmappableError("separator", "an option that holds the separator")
    if schema is not None and schema.options is not None:
        place = {option: index for index, (option, _label) in enumerate(schema.options)}
        if schema.restricted:
            for option in options:
                _offered(option, schema)
        options.sort(key=lambda option: place.get(option, len(place)))
    return ";".join(options)


def _reference(field: FieldMap, side: SideName, value: Canonical, schema: object, lookup: Lookup | None) -> Raw:
    """The first raw id of that side that stands for the value."""
    for raw, known in (lookup or {}).items():
        if known == value:
            return raw
    raise UnmappableError("unknown_reference", "its target has no record on this side yet")


_WRITERS: Final[Mapping[FieldType, Callable[..., Raw]]] = {
    FieldType.TEXT: _text,
    FieldType.INTEGER: _number,
    FieldType.NUMBER: _number,
    FieldType.MONEY: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.YES_NO: _yes_no,
    FieldType.DATE: _date,
    FieldType.DATETIME: _datetime,
    FieldType.CHOICE: _choice,
    FieldType.CHOICES: _choices,
    FieldType.EMAIL: _email,
    FieldType.PHONE: _phone,
    FieldType.URL: _text,
    FieldType.DOMAIN: _text,
    FieldType.REFERENCE: _reference,
}
