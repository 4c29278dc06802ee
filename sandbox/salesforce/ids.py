"""Record ids: three characters of prefix, two of instance, ten of a number, and the suffix that survives loss of case.

Digits, capitals, small letters: the order of the alphabet is the order of ASCII, so that ids sort as their numbers.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUES: Final = {letter: value for value, letter in enumerate(_ALPHABET)}
_SUFFIX: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE: Final = re.compile(r"[0-9A-Za-z]{15}(?:[A-Z0-5]{3})?", re.ASCII)
INSTANCE: Final = "Ws"
_DIGITS: Final = 10


def suffix(id15: str) -> str:
    """The three characters that tell which of the fifteen are capitals."""
    marks = (sum(1 << place for place in range(5) if "A" <= id15[at + place] <= "Z") for at in (0, 5, 10))
    return "".join(_SUFFIX[mark] for mark in marks)


def made(prefix: str, number: int) -> str:
    """The 18-character id of the nth record of a kind."""
    digits = []
    for _ in range(_DIGITS):
        number, value = divmod(number, 62)
        digits.append(_ALPHABET[value])
    id15 = prefix + INSTANCE + "".join(reversed(digits))
    return id15 + suffix(id15)


def number_of(record_id: str) -> int:
    number = 0
    for letter in record_id[5:15]:
        number = number * 62 + _VALUES[letter]
    return number


@lru_cache(maxsize=65_536)
def to18(text: object) -> str | None:
    """The 18-character form of an id, None for what is no id (a wrong suffix included)."""
    if not isinstance(text, str) or not _SHAPE.fullmatch(text):
        return None
    full = text[:15] + suffix(text[:15])
    return full if len(text) == 15 or text == full else None
