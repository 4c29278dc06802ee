"""Ties the values of a sentence to the declared facts that its words speak of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from syncer.core.listen.amounts import PER_YEAR, Amount, amounts, shown
from syncer.core.listen.declared import Calls, Fact, FactType
from syncer.core.listen.findings import Value
from syncer.core.listen.naming import person_near
from syncer.core.listen.phrases import Hit
from syncer.core.listen.sentences import Sentence
from syncer.core.listen.times import Span, dates, durations, in_unit
from syncer.core.listen.vocabulary import Owner

_YEARLY: Final = frozenset(["annual", "annually", "yearly", "year"])
_ARTICLES: Final = frozenset(["a", "an", "some", "better", "more"])
_THIS_YEAR: Final = frozenset(["this", "fy", "fiscal"])
_MONTHLY: Final = frozenset(["monthly"])
_FOR_NOW: Final = frozenset(["until", "till", "til", "yet", "quarter", "before", "q1", "q2", "q3", "q4"])
_BOUND: Final = frozenset(["under", "below", "max", "maximum"])
_SCORE_CROWD: Final = re.compile(
    r"\s+(?:customers|people|users|times|companies|clients|firms|teams|reps|deals|respondents)\b", re.I
)
_COUNTED: Final = re.compile(
    r"\s(?!(?:out|of|on|after|for|from|and|because|in|this|today|easily|points?|overall|but|as|when|at|so|with|right|is|was"
    r"|to|since|already|again|or|now|live|ok|happy)\b)[a-z]",
    re.I,
)
_OUT_OF: Final = re.compile(r"\s?(?:out of|of|/)\s?(?P<top>10|ten|100|5)\b", re.I)
_PAUSE: Final = 4  # as if two words further away
_TEXT_WORDS: Final = 14
_TEXT_END: Final = re.compile(r"[,;:()!?]|\s-\s|\.(?=\s|$)|\u2014")


@dataclass(frozen=True, slots=True)
class Heard:
    """A value with the words that carry it, before anyone asked how it was said."""

    field: str
    value: Value
    unit: str
    first: int
    last: int
    doubt: str = ""
    fact: Fact | None = None
    negatable: bool = True  # False: the "not" is in the value already


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that could be that of a fact, and the characters it stands on."""

    start: int
    end: int
    value: Value
    unit: str
    doubt: str = ""
    figure: bool = False  # a bare number, which needs its cue close by


def declared_facts(
    sentence: Sentence, hits: Sequence[Hit[Owner]], calls: Calls, call: date | None, segments: Sequence[tuple[int, int]]
) -> Iterator[Heard]:
    """What the sentence says of each declared fact. `segments` are the parts of the sentence, as ranges of words."""
    by: dict[Owner, list[Hit[Owner]]] = {}
    for hit in hits:
        by.setdefault(hit.owner, []).append(hit)
    taken: dict[tuple[int, str], int] = {}  # a value speaks of one fact of its kind: the one whose cue is nearest
    bound: list[tuple[int, int, Heard]] = []
    for fact in calls.facts:
        if by.get(Owner("unless", fact.name)):
            continue
        cues = by.get(Owner("cue", fact.name), [])
        yield from _by_words(sentence, fact, by)
        if not cues or fact.type is FactType.BOOLEAN:
            continue
        if fact.type is FactType.TEXT:
            yield from _texts(sentence, fact, cues)
        elif fact.type is FactType.WHO:
            yield from _who(sentence, fact, cues, hits)
        else:
            found = list(candidates(sentence, fact, calls, call))
            for distance, place, heard in _bind(sentence, fact, cues, found, segments):
                taken[place, fact.type] = min(distance, taken.get((place, fact.type), distance))
                bound.append((distance, place, heard))
    for distance, place, heard in bound:
        assert heard.fact is not None
        if distance == taken[place, heard.fact.type]:
            yield heard


def _by_words(sentence: Sentence, fact: Fact, by: dict[Owner, list[Hit[Owner]]]) -> Iterator[Heard]:
    """Phrases that say it all: yes, no, none."""
    yes, no = by.get(Owner("yes", fact.name), []), by.get(Owner("no", fact.name), [])
    for hit in no:
        boolean = fact.type is FactType.BOOLEAN
        for_now = not boolean and any(token.word in _FOR_NOW for token in sentence.tokens)
        doubt = "for a time only" if for_now else ""
        yield Heard(fact.name, False if boolean else 0, "", hit.first, hit.last, doubt, fact, negatable=False)
    for hit in yes:
        if not any(other.first < hit.last and hit.first < other.last for other in no):
            yield Heard(fact.name, True, "", hit.first, hit.last, fact=fact)


def candidates(sentence: Sentence, fact: Fact, calls: Calls, call: date | None) -> Iterator[Candidate]:
    """Every value of the type of the fact that stands in the sentence, whatever it is about."""
    read, start, end = sentence.read, sentence.start, sentence.end
    if fact.type is FactType.MONEY:
        for amount in amounts(read, start, end):
            yield from _money(sentence, fact, amount, calls.currency)
    elif fact.type is FactType.DURATION:
        for span in durations(read, start, end):
            yield Candidate(span.start, span.end, in_unit(span, fact.unit or "months"), fact.unit, span.doubt)
    elif fact.type is FactType.DATE:
        for span in dates(read, start, end, call, calls.fiscal_year_starts):
            yield _date(span)
    else:
        for amount in amounts(read, start, end):
            yield from _count(sentence, fact, amount)


def _date(span: Span) -> Candidate:
    assert not isinstance(span.value, tuple)
    return Candidate(span.start, span.end, span.value, span.unit, span.doubt)


def _money(sentence: Sentence, fact: Fact, amount: Amount, currency: str) -> Iterator[Candidate]:
    """An amount for the period that the fact is declared in; what is not said is a doubt, not a guess."""
    figure = not amount.currency and not amount.scaled
    if (figure and (amount.high < 1000 or amount.spelled)) or _is_year(sentence, amount):
        return
    period, doubt = amount.period, amount.doubt
    if period not in (*PER_YEAR, "", "total"):
        return  # a price per seat is no budget
    if fact.unit and not period:
        period = _period_said(sentence, amount)
    times = Decimal(1)
    if fact.unit == "year":
        if period in PER_YEAR:
            times = Decimal(PER_YEAR[period])
        else:
            doubt = doubt or "no period was said"
    if _bounded(sentence, amount):
        doubt = doubt or "an upper bound only"
    value = shown(amount.low * times, amount.high * times)
    unit = (amount.currency or currency) + (f"/{fact.unit}" if fact.unit and period in PER_YEAR else "")
    yield Candidate(amount.start, amount.end, value, unit, doubt, figure)


def _bounded(sentence: Sentence, amount: Amount) -> bool:
    """Whether the words before say that it is less."""
    if _word_before(sentence, amount.start) in _BOUND:
        return True
    before = sentence.read[max(sentence.start, amount.start - 16) : amount.start]
    return re.search(r"\b(?:less|no more|fewer|not more|smaller|not even)(?: than)?\s*$", before, re.I) is not None


def _period_said(sentence: Sentence, amount: Amount) -> str:
    """The period by a word elsewhere in the sentence: annual budget, yearly, this year."""
    words = [token.word for token in sentence.tokens]
    for place, word in enumerate(words):
        if word in _MONTHLY:
            return "month"
        if word in _YEARLY and word != "year":
            return "year"
        if word == "year" and place and words[place - 1] in {*_THIS_YEAR, "per", "a", "each", "every"}:
            return "year"
        if re.fullmatch(r"fy(?:20)?\d\d", word):
            return "year"
    return ""


def _is_year(sentence: Sentence, amount: Amount) -> bool:
    return (
        not amount.currency
        and not amount.scaled
        and 1990 <= amount.low <= 2100
        and "," not in sentence.read[amount.start : amount.end]
    )


def _count(sentence: Sentence, fact: Fact, amount: Amount) -> Iterator[Candidate]:
    """A bare number within the bounds of the fact; scores may come as 9 out of 10 or 9/10."""
    if amount.currency or (amount.period and fact.high is not None):
        return
    doubt = amount.doubt
    end = amount.end
    if fact.high is not None:
        out = _OUT_OF.match(sentence.read, amount.end, sentence.end)
        if out:
            if out["top"].lower() not in (str(fact.high), "ten" if fact.high == 10 else ""):
                return
            end = out.end()
        if not out and _COUNTED.match(sentence.read, end, sentence.end):
            return  # gave us 2 weeks
        if _SCORE_CROWD.match(sentence.read, end, sentence.end):
            return
        if amount.low < (fact.low or 0) or amount.high > fact.high:
            return
        if amount.ranged and (amount.low, amount.high) == (fact.low, fact.high):
            return  # the scale itself: from 0 to 10
        if amount.high == fact.high and re.search(
            r"(?:out of|of|/)\s?$", sentence.read[max(sentence.start, amount.start - 7) : amount.start], re.I
        ):
            return  # the 10 of "9 out of 10"
        if amount.ranged or amount.low != int(amount.low):
            doubt = doubt or "not one whole number"
    elif _is_year(sentence, amount) or (fact.low is not None and amount.low < fact.low):
        return
    if sentence.read[amount.end : amount.end + 1] == "%":
        return
    doubt = doubt or ("an upper bound only" if _bounded(sentence, amount) else "")
    yield Candidate(amount.start, end, shown(amount.low, amount.high), fact.unit, doubt, True)


def _word_before(sentence: Sentence, start: int) -> str:
    return next((token.word for token in reversed(sentence.tokens) if token.end <= start), "")


def _bind(
    sentence: Sentence,
    fact: Fact,
    cues: Sequence[Hit[Owner]],
    candidates: Sequence[Candidate],
    segments: Sequence[tuple[int, int]],
) -> Iterator[tuple[int, int, Heard]]:
    """Pairs each value with the nearest cue in its part of the sentence, and each cue with its nearest value."""
    pairs = []
    for candidate in candidates:
        first, last = words_of(sentence, candidate.start, candidate.end)
        for cue in cues:
            if not any(begin <= cue.first < end and begin <= first < end for begin, end in segments):
                continue
            inside = cue.first < last and first < cue.last
            gap = 0 if inside else first - cue.last if first >= cue.last else cue.first - last
            if gap > (min(fact.reach, 5) if candidate.figure and first < cue.first else fact.reach):
                continue
            weight = 2 * gap + (0 if first >= cue.first else 1) + _PAUSE * _pause(sentence, first, last, cue)
            pairs.append((weight, first, last, cue, candidate))
    used: set[int] = set()
    served: set[int] = set()
    for weight, first, last, cue, candidate in sorted(pairs, key=lambda pair: pair[:3]):
        if candidate.start in used or cue.first in served:
            continue
        used.add(candidate.start)
        served.add(cue.first)
        begin, end = min(first, cue.first), max(last, cue.last)
        heard = Heard(fact.name, candidate.value, candidate.unit, begin, end, candidate.doubt, fact)
        yield weight, candidate.start, heard


def _pause(sentence: Sentence, first: int, last: int, cue: Hit[Owner]) -> bool:
    """Whether a comma or the like parts value and cue."""
    left, right = (last - 1, cue.first) if last <= cue.first else (cue.last - 1, first)
    return left < right and any(sign in sentence.between(left, right) for sign in ",;()")


def words_of(sentence: Sentence, start: int, end: int) -> tuple[int, int]:
    """The words that overlap this range of characters."""
    inside = [place for place, token in enumerate(sentence.tokens) if token.start < end and start < token.end]
    if inside:
        return inside[0], inside[-1] + 1
    return 0, 1


def _texts(sentence: Sentence, fact: Fact, cues: Sequence[Hit[Owner]]) -> Iterator[Heard]:
    """The words after the cue, up to the next pause."""
    cue = min(cues, key=lambda hit: hit.first)
    begin = cue.last - (sentence.tokens[cue.last - 1].word in _ARTICLES)
    words = sentence.tokens[begin : begin + _TEXT_WORDS]
    if not words:
        return
    stop = _TEXT_END.search(sentence.read, words[0].start, sentence.end)
    limit = min(words[-1].end, stop.start() if stop else sentence.end)
    value = sentence.read[words[0].start : limit].strip()
    if len(value) < 4 or "://" in value or "<" in value or "www." in value:
        return
    last = begin + sum(token.end <= limit for token in words)
    yield Heard(fact.name, value, "", cue.first, max(last, cue.last), fact=fact)


def _who(sentence: Sentence, fact: Fact, cues: Sequence[Hit[Owner]], hits: Sequence[Hit[Owner]]) -> Iterator[Heard]:
    cue = min(cues, key=lambda hit: hit.first)
    roles = [hit for hit in hits if hit.owner.kind == "role"]
    found = person_near(sentence, roles, cue.first, cue.last, fact.reach)
    if found:
        value, first, last = found
        yield Heard(fact.name, value, "", min(first, cue.first), max(last, cue.last), fact=fact)
