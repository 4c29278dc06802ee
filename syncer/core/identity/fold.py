"""One spelling for comparison: no case, no accents, no punctuation; scripts other than Latin stay as they are."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "’": "'", "‘": "'", "`": "'"}
)
_WORD: Final = re.compile(r"[^\W_]+")
LONGEST: Final = 400  # signs of one value that are read: a name beyond that is a text


def fold(text: str) -> str:
    """Lower case without accents and invisible signs; punctuation and spaces stay."""
    text = text[:LONGEST]
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold()).casefold()
    kept = "".join(sign for sign in plain if unicodedata.category(sign) not in ("Mn", "Cf"))
    return unicodedata.normalize("NFC", kept.translate(_LETTERS))


def words(text: str) -> list[str]:
    """The folded words of a text; an apostrophe does not part a word."""
    return _WORD.findall(fold(text).replace("'", ""))


def squeezed(text: str) -> str:
    """The folded words as one, parted by single spaces: the key of small tables."""
    return " ".join(words(text))
