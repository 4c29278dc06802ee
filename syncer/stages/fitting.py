"""Which stored claims a mapped field can hold, as the field would read them, and what they come to by field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from syncer.core.canon import canoniser
from syncer.core.claims import Claim
from syncer.core.fields import FieldMap, FieldType, KindMap
from syncer.core.resolve import Resolved, resolve, rule_of
from syncer.core.values import BLANK, UncanonicalError

_PYTHON: Final[Mapping[FieldType, tuple[type, ...]]] = {
    FieldType.INTEGER: (int,),
    FieldType.NUMBER: (int, Decimal),
    FieldType.MONEY: (int, Decimal),
    FieldType.BOOLEAN: (bool,),
    FieldType.YES_NO: (bool,),
    FieldType.DATETIME: (int,),
    FieldType.CHOICES: (frozenset, str),
}
_WRITTEN: Final = (FieldType.TEXT, FieldType.EMAIL, FieldType.PHONE, FieldType.URL, FieldType.DOMAIN)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def resolve_fields(
    kind: KindMap, stored: Sequence[Claim], now_ms: int, currency: str
) -> tuple[dict[str, Resolved], int]:
    """By mapped field, from the ledger alone: what the records say has its turn in the merge. And how many misfits."""
    if not stored:
        return {}, 0
    unfit = 0
    said: dict[str, list[Claim]] = {}
    for item in stored:
        said.setdefault(item.field, []).append(item)
    found: dict[str, Resolved] = {}
    for item in kind.fields:
        if item.name not in said:
            continue
        fitting = [
            read
            for one in said[item.name]
            if one.stance != "holds" or fits(item, one, currency)
            if (read := _as_read(item, one)) is not None
        ]
        unfit += len(said[item.name]) - len(fitting)
        given = tuple(one.value for one in fitting if one.value is not BLANK)
        found[item.name] = resolve(rule_of(item), fitting, now_ms)._replace(given=given)
    return found, unfit


def _as_read(item: FieldMap, said: Claim) -> Claim | None:
    """The claim as its field would be read: what only differs in letters from what a side holds is no other value.

    None for text that the field's type cannot read.
    """
    if item.type not in _WRITTEN or not isinstance(said.value, str):
        return _as_listed(item, said)
    try:
        value = canoniser(item, "left")(said.value)
    except UncanonicalError:
        return None
    return said if value == said.value else replace(said, value=value)


def _as_listed(item: FieldMap, said: Claim) -> Claim:
    """An option in whatever case it was said becomes the option as the mapping writes it."""
    if item.type is not FieldType.CHOICE or not isinstance(said.value, str) or said.value in item.choices:
        return said
    folded = {label.casefold(): label for label in item.choices} | {
        value.casefold(): label for label, value in reversed(item.choices.items())
    }
    label = folded.get(said.value.casefold())
    return said if label is None else replace(said, value=label)


def fits(item: FieldMap, said: Claim, currency: str) -> bool:
    """Whether the field can hold such a value at all; an amount in a currency without a known rate cannot be told."""
    if item.type is FieldType.MONEY and said.unit and said.unit.partition("/")[0] != currency:
        return False
    if item.type is FieldType.DATE and not _DAY.fullmatch(str(said.value)):
        return False  # "next week" is no day: it stays a claim and goes into no field
    allowed = _PYTHON.get(item.type, (str,))
    return isinstance(said.value, allowed) and (bool in allowed or not isinstance(said.value, bool))
