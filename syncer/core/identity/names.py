"""The name of a company without what varies: legal form, article, punctuation, accents, brackets, former names.

Nothing is ever stripped to nothing: `The Company` stays `the company`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Final

from rapidfuzz.distance import OSA

from syncer.core.identity.fold import fold, words
from syncer.core.identity.legal_forms import AT_THE_END, AT_THE_START, GLUED, LONGEST_FORM

_OTHERWISE: Final = re.compile(
    r"[\s,;(\[/–—-]*\b(?:formerly(?:\s+known\s+as)?|formally\s+known\s+as|previously(?:\s+known\s+as)?|f\s?/\s?k\s?/\s?a|fka|f\.k\.a\.?"
    r"|n\s?/\s?k\s?/\s?a|nka|now(?:\s+known\s+as)?(?=\s+\S)|doing\s+business\s+as|d\s?/\s?b\s?/\s?a|dba|d\.b\.a\.?"
    r"|trading\s+as|t/a|also\s+known\s+as|a\s?/\s?k\s?/\s?a|aka|a\.k\.a\.?|ehemals|vormals|fruher|anciennement"
    r"|antes|antigua(?:mente)?|anteriormente|voorheen|tidigare|ex(?=[-\s]))\s*[:,-]?\s+",
)
_BRACKETS: Final = re.compile(r"[(\[{<][^()\[\]{}<>]*[)\]}>]")
_WEB_ENDING: Final = re.compile(r"(?<=\w)\.(?:com|net|org|io|ai|co)\b")
_JOINING: Final = frozenset(("and", "und", "et"))
_LONG_FORMS: Final = ("corporation", "incorporated", "limited", "company", "aktiengesellschaft")
_ARTICLES: Final = frozenset(("the",))


@dataclass(frozen=True, slots=True)
class CompanyName:
    """`words` is the name itself; `others` are names that the text says it had or trades under."""

    words: tuple[str, ...]
    others: tuple[tuple[str, ...], ...] = ()

    @property
    def key(self) -> str:
        return " ".join(self.words)

    @property
    def compact(self) -> str:
        """Without spaces, so that `Face Book` equals `Facebook`."""
        return "".join(self.words)


@lru_cache(maxsize=65_536)
def company_name(text: str) -> CompanyName:
    """The normal form; no words where the text holds no letter or digit."""
    plain = fold(text)
    for form in GLUED:
        plain = plain.replace(form, " ")
    parts = [part for part in _OTHERWISE.split(plain) if part.strip()]
    if not parts:
        return CompanyName(tuple(words(text)))
    names = [name for part in parts if (name := _bare(part))]
    if not names:
        return CompanyName(())
    return CompanyName(names[0], tuple(dict.fromkeys(name for name in names[1:] if name != names[0])))


def _bare(text: str) -> tuple[str, ...]:
    """The words of one name that tell it from others."""
    unbracketed = _BRACKETS.sub(" ", text)
    text = unbracketed if words(unbracketed) else text
    text = _WEB_ENDING.sub("", text).replace("&", " and ").replace("+", " and ")
    found = _letters_joined(words(text))
    joined = [word for word in found if word not in _JOINING]
    return tuple(_without_forms(joined or found))


def _letters_joined(found: list[str]) -> list[str]:
    """`a o smith` -> `ao smith`, `s p a` -> `spa`: single letters in a row are an abbreviation."""
    joined: list[str] = []
    for single, run in groupby(found, key=lambda word: len(word) == 1 and word.isalpha()):
        letters = list(run)
        joined.extend(["".join(letters)] if single else letters)
    return joined


def _without_forms(found: list[str]) -> list[str]:
    start, end = 0, len(found)
    if end > 1 and found[end - 1] in _ARTICLES:
        end -= 1
    while (cut := _form_length(found, end)) and found[: end - cut] != ["the"]:
        end -= cut
    while start < end - 1 and (found[start] in _ARTICLES or found[start] in AT_THE_START):
        start += 1
    return found[start:end]


def _form_length(found: list[str], end: int) -> int:
    """How many words at the end are one legal form, the longest first; never the whole name."""
    for length in range(min(LONGEST_FORM, end - 1), 0, -1):
        if tuple(found[end - length : end]) in AT_THE_END:
            return length
    return int(end > 1 and _misspelt_form(found[end - 1]))


def _misspelt_form(word: str) -> bool:
    """`Corpoartion`: the long forms with one slip."""
    return any(len(word) > 5 and OSA.distance(word, form, score_cutoff=1) <= 1 for form in _LONG_FORMS)
