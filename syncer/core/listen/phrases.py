"""The phrase language of mappings/calls.toml, matched on words: bounded work for each word, whatever an admin writes.

Words stand apart by blanks. `a|b` either; `word*` any ending; `word?` may be missing; `...` up to four words between.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, TypeVar

WORD: Final = re.compile(r"\w+(?:'\w+)*")
_SHAPE: Final = re.compile(r"(?:\w+(?:'\w+)*\*?)(?:\|\w+(?:'\w+)*\*?)*\??")
_GAP: Final = "..."
_GAP_WORDS: Final = 4
_PHRASE_WORDS: Final = 12

O = TypeVar("O")  # noqa: E741 - whoever a phrase belongs to


class PhraseError(ValueError):
    """A phrase that the language does not know; the message says why."""


class Token(NamedTuple):
    """A word in lower case, and where it stands."""

    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Step:
    exact: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    optional: bool = False
    gap: bool = False

    def takes(self, word: str) -> bool:
        return word in self.exact or word.startswith(self.prefixes)


Phrase = tuple[_Step, ...]


def parse_phrase(text: str) -> Phrase:
    """Raises PhraseError."""
    parts = text.lower().split()
    if not parts:
        raise PhraseError("a phrase needs a word")
    if len(parts) > _PHRASE_WORDS:
        raise PhraseError(f"a phrase has at most {_PHRASE_WORDS} words")
    steps = tuple(_step(part) for part in parts)
    if steps[0].gap or steps[0].optional or steps[-1].gap:
        raise PhraseError("a phrase begins with a word that must be there, and does not end with ...")
    if sum(step.gap for step in steps) > 2:
        raise PhraseError("a phrase has at most two ...")
    return steps


def _step(part: str) -> _Step:
    if part == _GAP:
        return _Step(gap=True)
    if not _SHAPE.fullmatch(part):
        raise PhraseError(f'"{part}" is no word; write word, word*, word?, a|b or ...')
    words = part.removesuffix("?").split("|")
    prefixes = tuple(word[:-1] for word in words if word.endswith("*"))
    if any(len(prefix) < 2 for prefix in prefixes):
        raise PhraseError(f'"{part}" would match nearly anything; write two letters before the *')
    return _Step(frozenset(word for word in words if not word.endswith("*")), prefixes, part.endswith("?"))


def _end(phrase: Phrase, tokens: Sequence[Token], at: int, step: int = 0) -> int | None:
    """Where a match that begins at `at` ends (exclusive), or nothing."""
    while step < len(phrase):
        one = phrase[step]
        if one.gap:
            for skipped in range(_GAP_WORDS + 1):
                found = _end(phrase, tokens, at + skipped, step + 1)
                if found is not None:
                    return found
            return None
        taken = at < len(tokens) and one.takes(tokens[at].word)
        if one.optional and taken:
            found = _end(phrase, tokens, at + 1, step + 1)
            if found is not None:
                return found
        elif not one.optional:
            if not taken:
                return None
            at += 1
        step += 1
    return at


@dataclass(frozen=True, slots=True)
class Hit(Generic[O]):
    """A phrase of `owner` on the words `first` to `last`, exclusive."""

    owner: O
    first: int
    last: int


@dataclass(slots=True)
class Matcher(Generic[O]):
    """All phrases at once, found by their first word."""

    _exact: dict[str, list[tuple[Phrase, O]]] = field(default_factory=dict)
    _prefix: dict[str, list[tuple[Phrase, O]]] = field(default_factory=dict)

    def add(self, owner: O, phrases: Iterable[str]) -> None:
        """Raises PhraseError."""
        for text in phrases:
            phrase = parse_phrase(text)
            for word in phrase[0].exact:
                self._exact.setdefault(word, []).append((phrase, owner))
            for prefix in phrase[0].prefixes:
                self._prefix.setdefault(prefix, []).append((phrase, owner))

    def hits(self, tokens: Sequence[Token]) -> list[Hit[O]]:
        """Every match, by where it begins; of one owner's matches at one place the longest."""
        found: dict[tuple[int, O], Hit[O]] = {}
        for at, token in enumerate(tokens):
            for phrase, owner in self._starting(token.word):
                last = _end(phrase, tokens, at)
                if last is not None and (old := found.get((at, owner)), old is None or old.last < last)[1]:
                    found[at, owner] = Hit(owner, at, last)
        return list(found.values())

    def _starting(self, word: str) -> list[tuple[Phrase, O]]:
        found = list(self._exact.get(word, ()))
        for length in range(2, min(len(word), 16) + 1):
            found += self._prefix.get(word[:length], ())
        return found
