"""How a thing is said: English signs of negation, possibility, others, past, future, questions and instructions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

from syncer.core.listen.findings import Modality
from syncer.core.listen.phrases import Hit, Matcher, Token
from syncer.core.listen.sentences import Party, Sentence
from syncer.core.listen.signs import SIGNS

_CODE: Final = ("{", "}", '":', "':", "==", "=>", "<|", "|>", "</", "[INST", "```", "###", ":=")
_OPENERS: Final = frozenset(
    [
        "do",
        "does",
        "did",
        "is",
        "are",
        "can",
        "could",
        "would",
        "will",
        "have",
        "has",
        "what",
        "who",
        "when",
        "how",
        "which",
        "why",
        "any",
    ]
)


@cache
def sign_matcher() -> Matcher[str]:
    matcher: Matcher[str] = Matcher()
    for name, phrases in SIGNS.items():
        matcher.add(name, phrases)
    return matcher


class Tone:
    """The signs of one sentence, and what they say of a range of its words."""

    def __init__(self, sentence: Sentence) -> None:
        self._sentence = sentence
        self._hits: dict[str, list[Hit[str]]] = {}
        for hit in sign_matcher().hits(sentence.tokens):
            self._hits.setdefault(hit.owner, []).append(hit)
        self._turns = self._cut("turn")
        self._clauses = self._cut("turn", "rejoin", commas=True)

    @property
    def instructs(self) -> bool:
        return "instruction" in self._hits or _is_code(self._sentence.text)

    def segment(self, first: int) -> tuple[int, int]:
        """The part of the sentence, up to a turn such as "but", that the word stands in."""
        return _around(self._turns, first, len(self._sentence.tokens))

    def modality(self, first: int, last: int, *, plan: bool = False, segment_fact: bool = False) -> Modality:
        """How the words from `first` to `last` are said; negation is `negates`, for it turns values round."""
        if self.instructs:
            return Modality.INSTRUCTION
        sentence = self._sentence
        if sentence.asks:
            by_rep = sentence.party is Party.REP or (sentence.party is Party.NOTE and self._asks_prospect())
            return Modality.QUESTION_BY_REP if by_rep else Modality.QUESTION
        if sentence.party is Party.MACHINE or self._sign("third", first, last):
            return Modality.THIRD_PARTY
        if not segment_fact and self._sign("generic", first, last):
            return Modality.THIRD_PARTY
        if self._possible(first, last):
            return Modality.HYPOTHETICAL
        if sentence.party is Party.REP:
            return Modality.REP_STATEMENT
        if self._sign("past", first, last):
            return Modality.PAST
        if not plan and self._sign("future", first, last):
            return Modality.FUTURE
        return Modality.ASSERTED

    def negates(self, first: int, last: int, *, inside: bool = True) -> bool:
        """Whether a "not" governs these words from their own clause, or, with `inside`, stands between them."""
        begin, _ = _around(self._clauses, first, len(self._sentence.tokens))
        harmless = {place for hit in self._hits.get("harmless", ()) for place in range(hit.first, hit.last)}
        return any(
            begin <= hit.first < (last if inside else first) and first - hit.first <= 8 and hit.first not in harmless
            for hit in self._hits.get("negator", ())
            if not (hit.first == 0 and self._comma(hit.last))  # "No, we have ..."
        )

    def _sign(self, name: str, first: int, last: int) -> bool:
        begin, end = self.segment(first)
        return any(
            begin <= hit.first < end and not (first <= hit.first and hit.last <= last)
            for hit in self._hits.get(name, ())
        )

    def _possible(self, first: int, last: int) -> bool:
        firm = {hit.first for hit in self._hits.get("firm", ())}
        begin, end = self.segment(first)
        return any(
            begin <= hit.first < end and hit.first not in firm and not (first <= hit.first and hit.last <= last)
            for hit in self._hits.get("if", ())
        )

    def _asks_prospect(self) -> bool:
        words = self._sentence.tokens
        return words[0].word in _OPENERS or any(token.word in ("you", "your") for token in words)

    def _comma(self, place: int) -> bool:
        tokens = self._sentence.tokens
        return 0 < place < len(tokens) and "," in self._sentence.between(place - 1, place)

    def _cut(self, *names: str, commas: bool = False) -> list[int]:
        """Places before which the sentence is cut."""
        cuts = {hit.first for name in names for hit in self._hits.get(name, ())}
        tokens: Sequence[Token] = self._sentence.tokens
        for place in range(1, len(tokens)):
            gap = self._sentence.read[tokens[place - 1].end : tokens[place].start]
            inside_number = gap == "," and tokens[place].word[0].isdigit()
            marks = (";", " - ", "\u2014", *(",:(" if commas and not inside_number else ""))
            if any(mark in gap for mark in marks):
                cuts.add(place)
        return sorted(cuts)


def _around(cuts: Sequence[int], place: int, count: int) -> tuple[int, int]:
    begin = max((cut for cut in cuts if cut <= place), default=0)
    end = min((cut for cut in cuts if cut > place), default=count)
    return begin, end


def _is_code(text: str) -> bool:
    """Machine speech: braces, JSON pairs, fences, chat markers."""
    return any(sign in text for sign in _CODE)
