"""From a vendor's word to the canonical value of a field: its type, its options, its currency; or why it has none."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from babel import Locale

from syncer.core.canon import canoniser
from syncer.core.claims import Value
from syncer.core.fields import FieldMap, FieldType
from syncer.core.identity.contacts import email, phone
from syncer.core.identity.domains import registrable_domain
from syncer.core.identity.fold import words
from syncer.core.identity.industries import industry
from syncer.core.identity.money import Money, NoRateError, converted, money
from syncer.core.identity.places import country
from syncer.core.identity.sizes import head_count
from syncer.core.values import UncanonicalError

LONGEST: Final = 2_000  # characters of one text
MOST: Final = 500  # members of one list
MOST_PEOPLE: Final = 10_000_000  # the end of a band without one: nobody employs more
MOST_NUMBER: Final = Decimal(10) ** 15
_SMALL: Final = frozenset(("and", "the", "of"))
_COUNTRIES: Final = Locale("en").territories


class UnreadableError(ValueError):
    """A vendor's word that the field cannot hold; `reason` is a code, and the text never repeats the word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Target:
    """The field that a word is read for. `mapped` None: no CRM holds it. `options`: canonical, for choice fields."""

    name: str
    mapped: FieldMap | None = None
    options: Collection[str] = ()
    currency: str = "USD"
    rates: Mapping[str, Decimal] = field(default_factory=dict)


def read(target: Target, value: Any, unit: str = "") -> tuple[Value, str]:
    """The value and its unit. Raises UnreadableError for what the field cannot hold. Nothing is ever guessed."""
    kind = target.mapped.type if target.mapped is not None else _kind_by_name(target.name, value)
    made = _READERS[kind](target, value, unit)
    if made is None or made in ("", frozenset()):
        raise UnreadableError("blank")
    return made, (target.currency if kind is FieldType.MONEY else "")


def _kind_by_name(name: str, value: Any) -> FieldType:
    """What a field that no mapping declares holds, by its name and by what came."""
    if name.endswith(("employees", "_size", "_count")):
        return FieldType.INTEGER
    if name.endswith(("revenue", "funding", "_raised")):
        return FieldType.MONEY
    if isinstance(value, bool):
        return FieldType.BOOLEAN
    if isinstance(value, int | float | Decimal):
        return FieldType.NUMBER
    if isinstance(value, tuple | list | set | frozenset):
        return FieldType.CHOICES
    return FieldType.TEXT


def _text(target: Target, value: Any, unit: str) -> Value:
    """Plain text without control and bidirectional characters. A formula is a text like any other."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise UnreadableError("not_text")
    kept = (sign for sign in str(value) if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cf", "Cs"))
    text = "".join(kept).strip()
    if len(text) > LONGEST:
        raise UnreadableError("too_long")
    if target.name.endswith("country"):
        code = country(text)
        return str(_COUNTRIES.get(code, text)) if code else text
    return text


def _integer(target: Target, value: Any, unit: str) -> Value:
    """A number, or the range that a band is."""
    if isinstance(value, str):
        count = head_count(value)
        if count is None:
            raise UnreadableError("not_a_number")
        low, high = count.low, MOST_PEOPLE if count.high is None else count.high
        return low if low == high else (low, high)
    number = _decimal(value)
    if number != number.to_integral_value() or number < 0:
        raise UnreadableError("not_a_count")
    return int(number)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise UnreadableError("not_a_number")
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except ArithmeticError:
        raise UnreadableError("not_a_number") from None
    if not number.is_finite() or abs(number) > MOST_NUMBER:
        raise UnreadableError("out_of_range")
    return number


def _number(target: Target, value: Any, unit: str) -> Value:
    number = _decimal(value)
    return int(number) if number == number.to_integral_value() else number.normalize()


def _money(target: Target, value: Any, unit: str) -> Value:
    """In the currency of the policy. An amount in another one needs a rate that the admin gave."""
    if isinstance(value, str):
        amount = money(value)
        if amount is None:
            raise UnreadableError("not_an_amount")
    else:
        number = _decimal(value)
        amount = Money(number, number, "")
    amount = Money(amount.low, amount.high, amount.currency or unit.strip().upper() or target.currency)
    rates = {(code, target.currency): rate for code, rate in target.rates.items()}
    try:
        amount = converted(amount, target.currency, rates)
    except NoRateError:
        raise UnreadableError("no_rate") from None
    low, high = (round(end, 2).normalize() for end in (amount.low, amount.high))
    if low < 0 or high > MOST_NUMBER:
        raise UnreadableError("out_of_range")
    ends = tuple(int(end) if end == end.to_integral_value() else end for end in (low, high))
    return ends[0] if ends[0] == ends[1] else (ends[0], ends[1])


def _boolean(target: Target, value: Any, unit: str) -> Value:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    found = known.get(str(value).strip().lower())
    if found is None:
        raise UnreadableError("neither_true_nor_false")
    return found


def option_key(text: str) -> str:
    """`COMPUTER_NETWORK_SECURITY` and `Computer & Network Security` are one option."""
    return " ".join(word for word in words(text) if word not in _SMALL)


def _known(target: Target) -> dict[str, str]:
    """Folded word -> canonical option; labels, values and options of both sides."""
    found = {option_key(option): option for option in target.options}
    if target.mapped is not None:
        read_right, read_left = canoniser(target.mapped, "right"), canoniser(target.mapped, "left")
        for label, right in target.mapped.choices.items():
            for word, reader in ((right, read_right), (label, read_left)):
                made = reader(word)
                if isinstance(made, frozenset):
                    found |= {option_key(word): one for one in made}
                elif made:
                    found[option_key(word)] = str(made)
    return found


def _option(target: Target, text: str, known: Mapping[str, str]) -> str:
    """The option that is meant; empty: none. An industry may be meant by another word for the same trade."""
    key = option_key(text)
    if key in known:
        return known[key]
    if target.name.endswith("industry") and (meant := industry(text)) is not None:
        same = {option for option in known.values() if industry(option) == meant}
        if len(same) == 1:
            return same.pop()
    return ""


def _choice(target: Target, value: Any, unit: str) -> Value:
    text = _text(target, value, unit)
    known = _known(target)
    if not known:
        return text
    option = _option(target, str(text), known)
    if not option:
        raise UnreadableError("unknown_option")
    return option


def _choices(target: Target, value: Any, unit: str) -> Value:
    """The options among the members; `Salesforce Sales Cloud` counts as `Salesforce`. Others have no place here."""
    members = members_of(value)
    known = _known(target)
    if not known:
        return frozenset(members)
    found = set()
    for member in members:
        key = option_key(member)
        lead = [option for start, option in known.items() if key == start or key.startswith(f"{start} ")]
        found.update(lead[:1])
    if members and not found:
        raise UnreadableError("unknown_option")
    return frozenset(found)


def members_of(value: Any) -> tuple[str, ...]:
    """The members of a list as a vendor gave it, each once, as clean text."""
    if isinstance(value, str):
        value = [part for mark in ";|" if mark in value for part in value.split(mark)] or value.split(",")
    if not isinstance(value, tuple | list | set | frozenset):
        raise UnreadableError("not_a_list")
    listed = sorted(value) if isinstance(value, set | frozenset) else value
    plain = Target("")
    cleaned = (str(_text(plain, item, "")).replace(";", " ") for item in listed[:MOST] if isinstance(item, str))
    return tuple(dict.fromkeys(text for text in cleaned if text))


def _address(reader: Callable[[Target, str], str]) -> Callable[[Target, Any, str], Value]:
    def made(target: Target, value: Any, unit: str) -> Value:
        found = reader(target, str(_text(target, value, unit)))
        if not found:
            raise UnreadableError("no_address")
        return found

    return made


def _canonical(target: Target, value: Any, unit: str) -> Value:
    text = _text(target, value, unit)
    if target.mapped is None:
        return text
    try:
        return canoniser(target.mapped, "left")(str(text))
    except UncanonicalError:
        raise UnreadableError("not_of_its_type") from None


def _reference(target: Target, value: Any, unit: str) -> Value:
    raise UnreadableError("a_reference")


_READERS: Final[Mapping[FieldType, Callable[[Target, Any, str], Value]]] = {
    FieldType.TEXT: _text,
    FieldType.INTEGER: _integer,
    FieldType.NUMBER: _number,
    FieldType.MONEY: _money,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATE: _canonical,
    FieldType.DATETIME: _canonical,
    FieldType.CHOICE: _choice,
    FieldType.CHOICES: _choices,
    FieldType.EMAIL: _address(lambda target, text: found.address if (found := email(text)) else ""),
    FieldType.PHONE: _address(lambda target, text: phone(text)),
    FieldType.URL: _canonical,
    FieldType.DOMAIN: _address(lambda target, text: registrable_domain(text)),
    FieldType.REFERENCE: _reference,
}
