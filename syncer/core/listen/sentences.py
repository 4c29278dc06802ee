"""Cuts a text into sentences of bounded length, and says who speaks each one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from syncer.core.listen.phrases import WORD, Token

LONGEST: Final = 600  # characters of one sentence: the bound on the work that any pattern can make
_LINE: Final = re.compile(r"[^\n]+")
_STOP: Final = re.compile(r"[.!?][\"')\]]{0,3}(?=\s)|;(?=\s)| (?:\||//|--) ")
_ABBREVIATIONS: Final = re.compile(
    r"\b(?:mr|mrs|ms|dr|inc|ltd|co|corp|approx|ca|vs|e\.g|i\.e|etc|no|p\.a|a\.m|p\.m|min|max|incl|st|jr|sr|est|avg|jan|feb|"
    r"mar|apr|jun|jul|aug|sep|sept|oct|nov|dec)\.$",
    re.I,
)
_BULLET: Final = re.compile(r"[\s>]*(?:(?:[-*+\u2022\u25cf\u25aa#]+|\d{1,2}[.)]|\[[ xX]\])\s+)*")
_STAMP: Final = r"(?:[\[(]?\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]m)?[\])]?\s*-?\s*)"
_LABEL: Final = re.compile(
    rf"[ \t>*]{{0,8}}{_STAMP}?(?P<name>[A-Za-z][\w.'-]{{0,30}}(?: [\w.'&/-]{{1,30}}){{0,3}})"
    rf"(?: ?[(\[](?P<role>[^()\[\]\n:]{{1,40}})[)\]])?(?: {_STAMP})?[ *]{{0,3}}:(?=\s|$)[ *]{{0,3}}"
)
_MACHINES: Final = frozenset(
    [
        "system",
        "assistant",
        "admin",
        "administrator",
        "ai",
        "bot",
        "developer",
        "syncer",
        "tool",
        "user",
        "instructions",
    ]
)
_SOFT_WRAP: Final = 40  # a line at least this long may go on in the next one


class Party(StrEnum):
    """Whose words a sentence is."""

    REP = "rep"
    PROSPECT = "prospect"
    NOTE = "note"  # nobody is named: the rep's own note about the prospect, or the prospect's own text
    STRANGER = "stranger"  # a named speaker of whom we do not know the side
    MACHINE = "machine"  # calls itself a system: no party to the talk


@dataclass(frozen=True, slots=True)
class Sentence:
    """`tokens` have offsets in the view. `line` tells which sentences stand in one paragraph."""

    read: str
    start: int
    end: int
    tokens: tuple[Token, ...]
    party: Party
    speaker: str
    line: int

    @property
    def text(self) -> str:
        return self.read[self.start : self.end]

    @property
    def asks(self) -> bool:
        return self.text.rstrip("\"') ]").endswith("?")

    def between(self, left: int, right: int) -> str:
        """What stands between two words."""
        return self.read[self.tokens[left].end : self.tokens[right].start]


@dataclass(frozen=True, slots=True)
class Speakers:
    """Labels of both sides in lower case; `reps` are names of our people, where known."""

    rep_labels: frozenset[str]
    prospect_labels: frozenset[str]
    reps: frozenset[str] = frozenset()

    def party(self, name: str, role: str) -> Party:
        words = {name.lower(), role.lower()}
        first, _, rest = name.partition(" ")
        if rest[:1].isupper() or rest.isdigit():  # Rep Anna, Prospect 2; but Lead time is no speaker
            words.add(first.lower())
        if self.reps & {name.lower(), *name.lower().split()}:
            return Party.REP
        if words & self.rep_labels:
            return Party.REP
        if words & self.prospect_labels:
            return Party.PROSPECT
        return Party.MACHINE if words & _MACHINES else Party.STRANGER


def sentences(read: str, speakers: Speakers) -> Iterator[Sentence]:
    """Every sentence in order; empty lines end a paragraph, a label at the head of a line names the speaker."""
    labels = _labels(read, speakers)
    party, name = Party.NOTE, ""
    for number, (start, end) in enumerate(_paragraphs(read, labels)):
        label = labels.get(start)
        if label:
            party, name = label.party, label.name
            start = label.end
        elif party is Party.MACHINE and read[max(0, start - 2) : start] == "\n\n":
            party, name = Party.NOTE, ""
        for first, last in _cuts(read, start, end):
            tokens = tuple(
                Token(match[0].lower(), match.start(), match.end()) for match in WORD.finditer(read, first, last)
            )
            if tokens:
                yield Sentence(read, first, last, tokens, party, name, number)


@dataclass(frozen=True, slots=True)
class _Label:
    name: str
    party: Party
    end: int


def _labels(read: str, speakers: Speakers) -> dict[int, _Label]:
    """Where speakers begin, by line start. A name counts as one if its side is known, or if it comes again."""
    found = [
        (line.start(), match)
        for line in _LINE.finditer(read)
        if (match := _LABEL.match(read, line.start(), line.end()))
    ]
    times = Counter(match["name"].lower() for _, match in found)
    known = {start: (match, speakers.party(match["name"], match["role"] or "")) for start, match in found}
    sure = any(party in (Party.REP, Party.PROSPECT) for _, party in known.values())
    return {
        start: _Label(match["name"], party, match.end())
        for start, (match, party) in known.items()
        if party is not Party.STRANGER or _is_name(match["name"], times, sure)
    }


def _is_name(name: str, times: Counter[str], sure: bool) -> bool:
    capitals = all(word[0].isupper() for word in name.split())
    return capitals and (times[name.lower()] > 1 or (sure and len(name.split()) == 2))


def _paragraphs(read: str, labels: dict[int, _Label]) -> Iterator[tuple[int, int]]:
    """Lines, joined where a line was only wrapped."""
    start = end = -1
    for line in _LINE.finditer(read):
        wrapped = (
            start >= 0
            and line.start() not in labels
            and line.start() == end + 1
            and end - start >= _SOFT_WRAP
            and read[end - 1] not in ".!?:;|"
            and (read[line.start()].islower() or read[line.start()] in "$€£" or read[line.start()].isdigit())
            and not _BULLET.match(read, line.start(), line.end())[0].strip()  # type: ignore[index]
        )
        if not wrapped:
            if start >= 0:
                yield start, end
            start = line.start()
        end = line.end()
    if start >= 0:
        yield start, end


def _cuts(read: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences of one paragraph, without bullets and blanks around them."""
    at = start
    for stop in _stops(read, start, end):
        yield from _trimmed(read, at, stop)
        at = stop


def _stops(read: str, start: int, end: int) -> Iterable[int]:
    for stop in _STOP.finditer(read, start, end):
        if stop[0] != "." or not _ABBREVIATIONS.search(read, max(start, stop.end() - 10), stop.end()):
            yield stop.end()
    yield end


def _trimmed(read: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    bullet = _BULLET.match(read, start, end)
    start = bullet.end() if bullet else start
    while start < end:
        stop = end
        if end - start > LONGEST:
            blank = read.rfind(" ", start + 1, start + LONGEST)
            stop = blank if blank > start else start + LONGEST
        last = stop
        while last > start and (read[last - 1].isspace() or read[last - 1] in ";|/*"):
            last -= 1
        if last > start:
            yield start, last
        start = stop
        while start < end and read[start].isspace():
            start += 1
