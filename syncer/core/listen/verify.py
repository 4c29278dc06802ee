"""Holds what a model says against the text: the quote must stand in it, and its value must follow from the quote.

A model proposes, this decides. Offsets are computed here, modality is read off the whole sentence here, and what the
rules cannot derive from the quote by themselves is at most a proposal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from syncer.core.listen.declared import RESERVED, Calls, FactType
from syncer.core.listen.extract import extract
from syncer.core.listen.findings import Finding, Heard, Modality, Status, Value

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
    found = [_judge(text, answer, calls, heard) for answer in answers]
    good = [finding for finding in found if finding.status is not Status.REFUSED]
    return replace(
        heard,
        facts=tuple(finding for finding in good if finding.field != "objection"),
        objections=tuple(finding for finding in good if finding.field == "objection"),
        refused=tuple(finding for finding in found if finding.status is Status.REFUSED),
    )


def _judge(text: str, answer: Answer, calls: Calls, heard: Heard) -> Finding:
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
    if same or declared is None or declared.type not in (FactType.BOOLEAN, FactType.TEXT, FactType.WHO):
        return _refused(answer, "the value does not follow from the quote", start, end, text)
    if declared.type is FactType.BOOLEAN and not isinstance(answer.value, bool):
        return _refused(answer, "the fact is yes or no", start, end, text)
    if declared.type is not FactType.BOOLEAN and str(answer.value) not in text[start:end]:
        return _refused(answer, "the value does not stand in the quote", start, end, text)
    value = answer.value if isinstance(answer.value, bool) else str(answer.value)
    reason = "only a model reads it so"
    return Finding(
        answer.field, value, "", text[start:end], start, end, Modality.ASSERTED, Status.PROPOSAL, reason, by="model"
    )


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
