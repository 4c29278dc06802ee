"""Whether two names are one legal name: registers answer with what is alike, and alike is not the same."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LETTERS: Final = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ß": "ss"})
_WORD: Final = re.compile(r"[^\W_]+")
_DOTTED: Final = re.compile(r"\b(?:\w\.){2,}(?:\w\b)?")
_LEGAL: Final = (
    "inc incorporated corp corporation co company llc llp lp ltd limited plc gmbh mbh ag kg kgaa ug ohg se sa sas sasu "
    "sarl eurl snc ab publ as asa aps oy oyj bv nv spa srl sl slu sau pty pte dac clg lda ltda sro doo zoo kft kk "
    "unlimited aktiengesellschaft aktiebolag"
)
_FORMS: Final = frozenset(_LEGAL.split())
_WEAK: Final = frozenset({"the", "and", "und", "et"})
LONGEST: Final = 300


def words_of(name: str) -> tuple[str, ...]:
    """The name's words without case, accents, legal form and punctuation; never nothing where there was something."""
    folded = unicodedata.normalize("NFKD", name[:LONGEST].casefold().translate(_LETTERS))
    plain = "".join(sign for sign in folded if unicodedata.category(sign) not in ("Mn", "Cf")).replace("&", " and ")
    joined = _DOTTED.sub(lambda found: found[0].replace(".", ""), plain.replace("'", "").replace("’", ""))
    words = _WORD.findall(joined)
    kept = [word for word in words if word not in _WEAK]
    while len(kept) > 1 and kept[-1] in _FORMS:
        kept.pop()
    return tuple(kept or words)


def same_name(left: str, right: str) -> bool:
    """Equal but for case, accents, punctuation and the legal form; two blank names are not the same."""
    mine = words_of(left)
    return bool(mine) and mine == words_of(right)


def sureness(asked_country: str, countries: tuple[str, ...]) -> float:
    """How sure a bearer of the same name is the company meant: 0 where the countries say it is another one."""
    if not asked_country or not any(countries):
        return 0.7
    return 0.92 if asked_country in countries else 0.0
