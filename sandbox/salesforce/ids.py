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
_PAIR, _FIVE = 62**2, 62**5
_PAIRS: Final = [
    (one + two, one.isupper() | two.isupper() << 1) for one in _ALPHABET for two in _ALPHABET
]  # two digits, and which of them are capitals


def suffix(id15: str) -> str:
    """The three characters that tell which of the fifteen are capitals."""
    marks = (sum(1 << place for place in range(5) if "A" <= id15[at + place] <= "Z") for at in (0, 5, 10))
    return "".join(_SUFFIX[mark] for mark in marks)


def made(prefix: str, number: int) -> str:
    """The 18-character id of the nth record of a kind."""
    high, low = divmod(number, _FIVE)
    (head, first), (middle, second), (tail, third) = _head(prefix), _upper_five(high), _five(low)
    return head + middle + tail + first + second + third


@lru_cache(maxsize=1_024)
def _head(prefix: str) -> tuple[str, str]:
    return prefix + INSTANCE, suffix(prefix + INSTANCE + "0" * _DIGITS)[0]


def _five(number: int) -> tuple[str, str]:
    """Five digits, and the character that tells which of them are capitals; two digits are looked up at a time."""
    rest, low = divmod(number, _PAIR)
    top, middle = divmod(rest, _PAIR)
    (text1, marks1), (text2, marks2), (text3, marks3) = _PAIRS[top], _PAIRS[middle], _PAIRS[low]
    return text1[1] + text2 + text3, _SUFFIX[marks1 >> 1 | marks2 << 1 | marks3 << 3]


_upper_five = lru_cache(maxsize=1_024)(_five)


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
