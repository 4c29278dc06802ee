"""Holds what a model says against the text: the quote must stand in it, and its value must follow from the quote.

A model proposes, this decides. Offsets are computed here, modality is read off the whole sentence here, and what the
rules cannot derive from the quote by themselves is at most a proposal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from syncer.core.listen.declared import RESERVED, Calls, Fact, FactType
from syncer.core.listen.extract import LONGEST, extract, ready
from syncer.core.listen.facts import candidates, words_of
from syncer.core.listen.findings import Finding, Heard, Modality, Status, Value, judged
from syncer.core.listen.modality import Tone
from syncer.core.listen.sentences import Party, Sentence, sentences
from syncer.core.listen.text import View, view_of

LONGEST_QUOTE: Final = 600
_MARKUP: Final = re.compile(r"https?://|www\.|[<>{}]|javascript:", re.I)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said of the text; `value` as its JSON had it."""

    field: str
    value: object
    quote: str


def verify(
    text: str, answers: Iterable[Answer], calls: Calls, *, call: date | None = None, reps: tuple[str, ...] = ()
) -> Heard:
    """The answers that stand, as findings of the text; everything else is in `refused` with the reason."""
    heard = extract(text, calls, call=call, reps=reps)
    if heard.language != "en":
        return heard
    view = view_of(text[:LONGEST])
    reader = _Reader(view, tuple(sentences(view.read, ready(calls).speakers(reps))), calls, call)
    found = [_judge(text, answer, calls, heard, reader) for answer in answers]
    good = [finding for finding in found if finding.status is not Status.REFUSED]
    return replace(
        heard,
        facts=tuple(finding for finding in good if finding.field != "objection"),
        objections=tuple(finding for finding in good if finding.field == "objection"),
        refused=tuple(finding for finding in found if finding.status is Status.REFUSED),
    )


def _judge(text: str, answer: Answer, calls: Calls, heard: Heard, reader: _Reader) -> Finding:
    declared = calls.fact(answer.field)
    if declared is None and answer.field not in RESERVED:
        return _refused(answer, "this field is not declared")
    if not isinstance(answer.value, str | int | float | bool | list) or (
        isinstance(answer.value, str) and _MARKUP.search(answer.value)
    ):
        return _refused(answer, "a value of this kind is never taken")
    place = _place(text, answer.quote)
    if place is None:
        return _refused(answer, "the quote does not stand in the text")
    start, end = place
    same = [
        f
        for f in (*heard.facts, *heard.objections, *heard.refused)
        if f.field == answer.field and f.start < end and start < f.end
    ]
    for finding in same:
        if _equal(finding.value, answer.value):
            return replace(finding, by="model")
    if declared is None or same:
        return _refused(answer, "the value does not follow from the quote", start, end, text)
    return _alone(text, answer, declared, start, end, reader)


def _alone(text: str, answer: Answer, fact: Fact, start: int, end: int, reader: _Reader) -> Finding:
    """What the rules did not find: the value must be in the quote, and a person decides what it is about."""
    if fact.type is FactType.BOOLEAN and not isinstance(answer.value, bool):
        return _refused(answer, "the fact is yes or no", start, end, text)
    words = fact.type in (FactType.TEXT, FactType.WHO)
    if words and (not isinstance(answer.value, str) or answer.value not in text[start:end]):
        return _refused(answer, "the value does not stand in the quote", start, end, text)
    for sentence in reader.over(start, end):
        place = reader.place(sentence, start, end, fact, answer.value)
        if place is None:
            continue
        first, last, unit = place
        modality = Tone(sentence).modality(first, last, plan=True, segment_fact=fact.scope == "segment")
        if sentence.party is Party.STRANGER:
            modality = Modality.THIRD_PARTY
        status, reason = judged(modality, "only a model reads it so")
        value: Value = answer.value  # type: ignore[assignment]
        speaker = sentence.speaker
        return Finding(
            answer.field,
            value,
            unit,
            text[start:end],
            start,
            end,
            modality,
            status,
            reason,
            speaker,
            fact.scope,
            "model",
        )
    return _refused(answer, "the value does not follow from the quote", start, end, text)


@dataclass(frozen=True, slots=True)
class _Reader:
    """The sentences of the text, read once for all answers."""

    view: View
    sentences: tuple[Sentence, ...]
    calls: Calls
    call: date | None

    def over(self, start: int, end: int) -> Iterator[Sentence]:
        for sentence in self.sentences:
            begin, stop = self.view.span(sentence.start, sentence.end)
            if begin < end and start < stop:
                yield sentence

    def place(self, sentence: Sentence, start: int, end: int, fact: Fact, value: object) -> tuple[int, int, str] | None:
        """The words of the sentence that carry the value, by the normaliser of its type; yes and no stand on all."""
        if fact.type in (FactType.BOOLEAN, FactType.TEXT, FactType.WHO):
            return 0, len(sentence.tokens), ""
        for candidate in candidates(sentence, fact, self.calls, self.call):
            begin, stop = self.view.span(candidate.start, candidate.end)
            if _equal(candidate.value, value) and start <= begin and stop <= end:
                return *words_of(sentence, candidate.start, candidate.end), candidate.unit
        return None


def _refused(answer: Answer, reason: str, start: int = 0, end: int = 0, text: str = "") -> Finding:
    """What is not in the text is not repeated either: an invented quote goes no further."""
    field = answer.field if answer.field.isidentifier() else ""
    return Finding(
        field[:60], None, "", text[start:end], start, end, Modality.ASSERTED, Status.REFUSED, reason, by="model"
    )


def _place(text: str, quote: str) -> tuple[int, int] | None:
    """Where the quote stands, word for word; runs of white space count as one."""
    words = quote.split()
    if not words or len(quote) > LONGEST_QUOTE:
        return None
    found = re.search(r"\s+".join(map(re.escape, words)), text)
    return found.span() if found else None


def _equal(value: Value, said: object) -> bool:
    if isinstance(value, bool) or isinstance(said, bool):
        return value is said
    if isinstance(value, str) and isinstance(said, str):
        return value.casefold() == said.casefold()
    return value == said
