"""One value on its way into a field: the type it must have, and what Salesforce makes of it before it stores it.

Text is trimmed and blank text is null; picklist values take the spelling of their option; numbers are rounded to the
field's scale; ids grow to 18 characters. Phones and addresses of pages are stored as sent.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from sandbox.kernel import Refusal
from sandbox.salesforce import ids
from sandbox.salesforce.definitions import FieldDef
from sandbox.salesforce.errors import bad_request, parser_error
from sandbox.salesforce.state import OrgState
from sandbox.salesforce.times import parse_instant, stamp

_MAIL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\u0080-\uffff-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
_DATE: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:T.*)?")
_JSON_WORDS: Final = {str: "VALUE_STRING", bool: "VALUE_TRUE", int: "VALUE_NUMBER_INT", float: "VALUE_NUMBER_FLOAT"}
_INT_DIGITS: Final = 10


def stored(state: OrgState, field: FieldDef, value: Any) -> Any:
    """The wire value that a field will hold. Raises Refusal."""
    if value is None or value == "":
        if field.type == "boolean":
            raise _wrong_type(field, "")
        return None
    return _KINDS.get(field.type, _text)(state, field, value)


def _text(state: OrgState, field: FieldDef, value: Any) -> str | None:
    text = _string(field, value).strip()
    if not text:
        return None
    if field.length and len(text.encode("utf-16-le", "surrogatepass")) // 2 > field.length:
        raise bad_request(
            "STRING_TOO_LONG",
            f"{field.label}: data value too large: {text} (max length={field.length})",
            [field.name],
        )
    return text


def _email(state: OrgState, field: FieldDef, value: Any) -> str | None:
    text = _string(field, value).strip()
    if text and not _MAIL.fullmatch(text):
        raise bad_request("INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {text}", [field.name])
    return _text(state, field, text)


def _picklist(state: OrgState, field: FieldDef, value: Any) -> str | None:
    text = _text(state, field, value)
    return None if text is None else _option(field, text)


def _multi(state: OrgState, field: FieldDef, value: Any) -> str | None:
    chosen = {_option(field, part.strip()) for part in _string(field, value).split(";") if part.strip()}
    order = {option.value: place for place, option in enumerate(field.options)}
    return ";".join(sorted(chosen, key=lambda text: (order.get(text, len(order)), text))) or None


def _option(field: FieldDef, text: str) -> str:
    """The option's own spelling; an unknown value stays where the list is not restricted."""
    folded = text.lower()
    for option in field.options:
        if option.value.lower() == folded and (option.active or not field.restricted):
            return option.value
    if field.restricted:
        raise bad_request(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"{field.label}: bad value for restricted picklist field: {text}",
            [field.name],
        )
    return text


def _boolean(state: OrgState, field: FieldDef, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false", "1", "0"):
        return value.lower() in ("true", "1")
    raise _unreadable("boolean", value)


def _number(state: OrgState, field: FieldDef, value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _unreadable(field.type, value)
    if isinstance(value, float) and not math.isfinite(value):
        raise _unreadable(field.type, value)
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise _unreadable(field.type, value) from None
    if not number.is_finite():
        raise _unreadable(field.type, value)
    whole = field.type == "int"
    digits = (field.length or _INT_DIGITS) if whole else field.precision - field.scale
    if number.adjusted() > 40 or abs(int(number)) >= 10**digits or (whole and abs(int(number)) >= 2**31):
        raise bad_request(
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{field.label}: value outside of valid range on numeric field: {value}",
            [field.name],
        )
    if whole and number != number.to_integral_value():
        raise _unreadable("int", value)
    if whole:
        return int(number)
    return float(number.quantize(Decimal(1).scaleb(-field.scale), rounding=ROUND_HALF_UP))


def _date(state: OrgState, field: FieldDef, value: Any) -> str:
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    try:
        return date.fromisoformat(match[1]).isoformat() if match else _never("date", value)
    except ValueError:
        raise _unreadable("date", value) from None


def _datetime(state: OrgState, field: FieldDef, value: Any) -> str:
    text = f"{value}T00:00:00Z" if isinstance(value, str) and len(value) == 10 else value
    at_ms = parse_instant(text) if isinstance(text, str) else None
    if at_ms is None:
        raise _unreadable("datetime", value)
    return stamp(at_ms)


def _reference(state: OrgState, field: FieldDef, value: Any) -> str:
    text = _string(field, value).strip()
    record_id = ids.to18(text)
    targets = [state.object(name) for name in field.reference_to]
    known = [target for target in targets if target is not None]
    if record_id is None or (known and all(target.key_prefix != record_id[:3] for target in known)):
        raise bad_request("MALFORMED_ID", f"{field.label}: id value of incorrect type: {text}", [field.name])
    target = next((target for target in known if target.key_prefix == record_id[:3]), None)
    if target is not None and state.row(target.name, record_id) is None:
        raise bad_request("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [field.name])
    return record_id


_KINDS: Final[dict[str, Callable[[OrgState, FieldDef, Any], Any]]] = {
    "email": _email,
    "picklist": _picklist,
    "multipicklist": _multi,
    "boolean": _boolean,
    "int": _number,
    "double": _number,
    "currency": _number,
    "percent": _number,
    "date": _date,
    "datetime": _datetime,
    "reference": _reference,
}


def _string(field: FieldDef, value: Any) -> str:
    if isinstance(value, str):
        return value
    raise _unreadable("string", value)


def _never(kind: str, value: Any) -> str:
    raise _unreadable(kind, value)


def _unreadable(kind: str, value: Any) -> Refusal:
    if isinstance(value, dict | list):
        word, shown = ("START_OBJECT" if isinstance(value, dict) else "START_ARRAY"), ""
    else:
        word = "VALUE_FALSE" if value is False else _JSON_WORDS.get(type(value), "VALUE_STRING")
        shown = f" value {str(value).lower() if isinstance(value, bool) else value}"
    return parser_error(
        f"Cannot deserialize instance of {kind} from {word}{shown} or request may be missing a required field at "
        "[line:1, column:2]"
    )


def _wrong_type(field: FieldDef, value: Any) -> Refusal:
    message = f"{field.label}: value not of required type: {value}"
    return bad_request("INVALID_TYPE_ON_FIELD_IN_RECORD", message, [field.name])
