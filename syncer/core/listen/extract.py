"""The rule extractor: reads a text sentence by sentence, in time that grows with its length and no faster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final

from syncer.core.listen import facts, naming
from syncer.core.listen.amounts import amounts, shown
from syncer.core.listen.declared import Calls, FactType
from syncer.core.listen.findings import Finding, Heard, Modality, Status, Value, judged
from syncer.core.listen.language import language_of
from syncer.core.listen.modality import Tone
from syncer.core.listen.phrases import Hit
from syncer.core.listen.sentences import Party, Sentence, sentences
from syncer.core.listen.text import View, view_of
from syncer.core.listen.times import durations, in_unit
from syncer.core.listen.vocabulary import Owner, Vocabulary, vocabulary

LONGEST: Final = 4_000_000  # characters read of one text; what is beyond is reported
_OBJECTS: Final = (Modality.QUESTION, Modality.QUESTION_BY_REP, Modality.FUTURE, Modality.PAST)
_ORDER: Final = "an instruction"
_STANDING: Final = {
    naming.Standing.NAMED: "named, but not said to be in use",
    naming.Standing.LEFT: "no longer in use",
}
_FOLLOWS: Final = "follows an instruction in the same paragraph"

ready = lru_cache(maxsize=4)(vocabulary)


def extract(text: str, calls: Calls, *, call: date | None = None, reps: tuple[str, ...] = ()) -> Heard:
    """Everything that the rules hear in the text.

    `call` is the day on which it was said; `reps` are names of our own people. Offsets count characters of `text`.
    Never raises for any text.
    """
    view = view_of(text[:LONGEST])
    language = language_of(view.read)
    refused: list[Finding] = []
    if len(text) > LONGEST:
        refused.append(_note(f"only the first {LONGEST} characters were read"))
    if language != "en":
        reason = "no text" if language == "none" else "language: unsupported"
        return Heard(text, language, (), (), (*refused, _note(reason)), view.suspicious)
    words = ready(calls)
    found: list[Finding] = []
    suspicious = list(view.suspicious)
    told = -1  # the paragraph in which an instruction stood
    for sentence in sentences(view.read, words.speakers(reps)):
        tone = Tone(sentence)
        if tone.instructs:
            told = sentence.line
        if (tone.instructs or sentence.party is Party.MACHINE) and _ORDER not in suspicious:
            suspicious.append(_ORDER)
        doubt = _FOLLOWS if told == sentence.line else ""
        found += _read(sentence, tone, words, view, text, call, doubt)
    found = _once(found, words.single)
    good = [finding for finding in found if finding.status is not Status.REFUSED]
    refused += [finding for finding in found if finding.status is Status.REFUSED]
    objections = tuple(finding for finding in good if finding.field == "objection")
    return Heard(
        text, language, tuple(f for f in good if f.field != "objection"), objections, tuple(refused), tuple(suspicious)
    )


def _note(reason: str) -> Finding:
    return Finding("", None, "", "", 0, 0, Modality.ASSERTED, Status.REFUSED, reason)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes findings of one sentence; a quote that does not stand in the text cannot be made."""

    sentence: Sentence
    tone: Tone
    view: View
    text: str
    doubt: str
    own: frozenset[str]  # fields whose words hold a "not" of their own

    def __call__(
        self, field: str, value: Value, unit: str, first: int, last: int, *, doubt: str = "", plan: bool = False,
        scope: str = "subject", negatable: bool = True,
    ) -> Finding | None:  # fmt: skip
        modality = self.tone.modality(first, last, plan=plan, segment_fact=scope == "segment")
        if negatable and modality is Modality.ASSERTED and self.tone.negates(first, last, inside=field not in self.own):
            modality = Modality.NEGATED
        if field == "objection" and modality in _OBJECTS and self.sentence.party is not Party.REP:
            modality = Modality.ASSERTED  # "aren't you like the market leader?" is how they come
        if self.sentence.party is Party.STRANGER:
            doubt = doubt or "it is not known whose side the speaker is on"
        status, reason = judged(modality, doubt or self.doubt)
        if value is None and status is Status.ACCEPTED:
            status, reason = Status.PROPOSAL, "no value"
        start, end = self.view.span(self.sentence.start, self.sentence.end)
        quote = self.text[start:end]
        return Finding(field, value, unit, quote, start, end, modality, status, reason, self.sentence.speaker, scope)


def _read(
    sentence: Sentence, tone: Tone, words: Vocabulary, view: View, text: str, call: date | None, doubt: str
) -> Iterator[Finding]:
    calls = words.calls
    hits = words.matcher.hits(sentence.tokens)
    make = _Maker(sentence, tone, view, text, doubt, words.own)
    made: list[Finding | None] = []
    segments = _segments(tone, len(sentence.tokens))
    about: set[FactType] = set()
    for heard in facts.declared_facts(sentence, hits, calls, call, segments):
        made.append(_declared(make, tone, heard))
        if heard.fact is not None:
            about.add(heard.fact.type)
    made += _tools(make, sentence, hits, calls)
    made += (make("person", name, "", first, last, plan=True) for name, first, last in _people(sentence, hits))
    made += _objections(make, hits)
    made += _loose(make, sentence, about, calls)
    yield from (finding for finding in made if finding is not None)


def _declared(make: _Maker, tone: Tone, heard: facts.Heard) -> Finding | None:
    fact = heard.fact
    assert fact is not None
    value, negatable = heard.value, heard.negatable
    if fact.type is FactType.BOOLEAN and negatable and tone.negates(heard.first, heard.last, inside=False):
        value, negatable = False, False  # the "not" is in the value now
    unit = heard.unit or ("" if fact.type is FactType.MONEY else fact.unit)
    return make(
        heard.field, value, unit, heard.first, heard.last, doubt=heard.doubt,
        plan=fact.plan or fact.type in (FactType.DATE, FactType.DURATION), scope=fact.scope,
        negatable=negatable and fact.type is not FactType.BOOLEAN,
    )  # fmt: skip


def _segments(tone: Tone, count: int) -> Sequence[tuple[int, int]]:
    found, place = [], 0
    while place < count:
        begin, end = tone.segment(place)
        found.append((begin, end))
        place = max(end, place + 1)
    return found


def _tools(make: _Maker, sentence: Sentence, hits: Sequence[Hit[Owner]], calls: Calls) -> Iterator[Finding | None]:
    for tool, first, last, standing in naming.tools(sentence, hits, calls):
        doubt = _STANDING.get(standing, "")
        yield make("competitor" if tool.competitor else "tool", tool.name, "", first, last, doubt=doubt)


def _people(sentence: Sentence, hits: Sequence[Hit[Owner]]) -> Iterator[naming.Found]:
    return naming.people(sentence, [hit for hit in hits if hit.owner.kind == "role"])


def _objections(make: _Maker, hits: Sequence[Hit[Owner]]) -> Iterator[Finding | None]:
    kinds = {hit.owner.name for hit in hits if hit.owner.kind == "other matter"}
    for hit in hits:
        if hit.owner.kind == "objection" and hit.owner.name not in kinds:
            kinds.add(hit.owner.name)
            yield make("objection", hit.owner.name, "", hit.first, hit.last)


def _loose(make: _Maker, sentence: Sentence, about: set[FactType], calls: Calls) -> Iterator[Finding | None]:
    """Money and durations that no declared fact claims: shown to a person, never taken."""
    said = "no declared fact speaks of it"
    if FactType.MONEY not in about:
        for amount in amounts(sentence.read, sentence.start, sentence.end):
            if amount.currency:
                unit = amount.currency + (f"/{amount.period}" if amount.period else "")
                first, last = facts.words_of(sentence, amount.start, amount.end)
                yield make("money", shown(amount.low, amount.high), unit, first, last, doubt=said)
    if FactType.DURATION not in about and FactType.MONEY not in about:
        for span in durations(sentence.read, sentence.start, sentence.end):
            first, last = facts.words_of(sentence, span.start, span.end)
            yield make("duration", in_unit(span, span.unit), f"{span.unit}s", first, last, doubt=said)


def _once(found: Sequence[Finding], single: frozenset[str]) -> list[Finding]:
    """The same said twice in one sentence counts once; a clash within one sentence is for a person to settle."""
    best: dict[tuple[str, str, int], Finding] = {}
    for finding in found:
        key = (finding.field, repr(finding.value), finding.start)
        old = best.get(key)
        if old is None or _rank(finding) < _rank(old):
            best[key] = finding
    values: dict[tuple[str, int], set[str]] = {}
    for finding in best.values():
        if finding.status is Status.ACCEPTED and finding.field in single:
            values.setdefault((finding.field, finding.start), set()).add(repr(finding.value))
    return [
        replace(finding, status=Status.PROPOSAL, reason="two values in one sentence")
        if finding.status is Status.ACCEPTED and len(values.get((finding.field, finding.start), ())) > 1
        else finding
        for finding in sorted(best.values(), key=lambda finding: finding.start)
    ]


def _rank(finding: Finding) -> int:
    return (Status.ACCEPTED, Status.PROPOSAL, Status.REFUSED).index(finding.status)
