"""Tools and people by name: declared products, roles, and names that stand beside a role."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

from syncer.core.listen.declared import Calls, Tool
from syncer.core.listen.phrases import Hit
from syncer.core.listen.sentences import Sentence
from syncer.core.listen.vocabulary import Owner

_NO_NAMES = frozenset(
    [
        "the",
        "a",
        "an",
        "our",
        "their",
        "his",
        "her",
        "my",
        "your",
        "its",
        "this",
        "that",
        "he",
        "she",
        "they",
        "we",
        "i",
        "and",
        "or",
        "but",
        "if",
        "so",
        "on",
        "in",
        "at",
        "by",
        "to",
        "of",
        "for",
        "from",
        "with",
        "as",
        "new",
        "old",
        "mr",
        "mrs",
        "ms",
        "dr",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "yes",
        "no",
        "budget",
        "call",
        "notes",
        "note",
        "spoke",
        "met",
        "talked",
        "asked",
        "said",
        "says",
    ]
)


class Standing(StrEnum):
    """How a tool stands with the prospect."""

    USED = "used"
    RIVAL = "rival"  # in the race against us
    LEFT = "left"
    NAMED = "named"  # no more than that


# Mark before a name: how many words may lie between, and what it says.
_MARKS: Final = {
    "uses": (6, Standing.USED),
    "near": (1, Standing.USED),
    "aside": (1, Standing.NAMED),
    "rival": (3, Standing.RIVAL),
    "leaves": (1, Standing.LEFT),
}
Found = tuple[str, int, int]  # value, first word, last word (exclusive)


def tools(sentence: Sentence, hits: Sequence[Hit[Owner]], calls: Calls) -> Iterator[tuple[Tool, int, int, Standing]]:
    """Each declared tool that is named: the tool, its words, and how it stands."""
    declared = {tool.name: tool for tool in calls.tools}
    found = [hit for hit in hits if hit.owner.kind == "tool"]
    previous: tuple[int, Standing] | None = None
    for hit in sorted(found, key=lambda hit: hit.first):
        tool = declared[hit.owner.name]
        covered = any(
            other is not hit
            and other.first <= hit.first
            and hit.last <= other.last
            and other.last - other.first > hit.last - hit.first
            for other in found
        )
        if covered or (tool.exact and not _as_written(sentence, hit)):
            continue
        standing = _standing(hit, hits, tool)
        if standing is Standing.NAMED and previous is not None:
            standing = _inherited(sentence, previous, hit)
        previous = (hit.last, standing)
        yield tool, hit.first, hit.last, standing


def _inherited(sentence: Sentence, previous: tuple[int, Standing], hit: Hit[Owner]) -> Standing:
    """In a list, what holds for one holds for the next; from one to the next is a move."""
    last, standing = previous
    between = [token.word for token in sentence.tokens[last : hit.first]]
    if between == ["to"] and standing is Standing.LEFT:
        return Standing.USED
    return standing if between in ([], ["and"], ["or"], ["plus"]) else Standing.NAMED


def _standing(hit: Hit[Owner], hits: Sequence[Hit[Owner]], tool: Tool) -> Standing:
    """What the words around the name say of it; what stands nearest before it wins."""
    before = [(hit.first - mark.last, mark.owner.kind) for mark in hits if mark.last <= hit.first]
    after = [(mark.first - hit.last, mark.owner.kind) for mark in hits if mark.first >= hit.last]
    near = sorted((gap, _MARKS[kind][1]) for gap, kind in before if kind in _MARKS and gap <= _MARKS[kind][0])
    if near and (near[0][1] is not Standing.RIVAL or tool.competitor):
        return near[0][1]
    used = any(kind == "used" and gap <= 3 for gap, kind in after)
    return Standing.USED if used else Standing.NAMED


def _as_written(sentence: Sentence, hit: Hit[Owner]) -> bool:
    """A capital in the middle of a sentence: slack is a rope, Slack is not."""
    text = sentence.read[sentence.tokens[hit.first].start : sentence.tokens[hit.first].end]
    return text[0].isupper() and hit.first > 0


def people(sentence: Sentence, roles: Sequence[Hit[Owner]]) -> Iterator[Found]:
    """Names beside a role: "Jane Doe, CFO", "our CFO Jane Doe", "Jane Doe (VP Sales)", "Jane is the CFO"."""
    for role in _longest(roles):
        name = _name_after(sentence, role.last) or _name_before(sentence, role.first)
        if name:
            text, first, last = name
            yield f"{text}, {role.owner.name}", min(first, role.first), max(last, role.last)


def person_near(sentence: Sentence, roles: Sequence[Hit[Owner]], first: int, last: int, reach: int) -> Found | None:
    """Who stands nearest to these words: a role, with its name if one is told; else a full name."""
    near = sorted(
        (hit for hit in _longest(roles) if _gap(hit.first, hit.last, first, last) <= reach),
        key=lambda hit: _gap(hit.first, hit.last, first, last),
    )
    if near:
        role = near[0]
        name = _name_after(sentence, role.last) or _name_before(sentence, role.first)
        value = f"{name[0]}, {role.owner.name}" if name else role.owner.name
        return value, role.first, role.last
    found = _capitals(sentence, last, min(last + 3, len(sentence.tokens))) or _capitals_before(sentence, first)
    return found if found and found[2] - found[1] >= 2 else None


def _longest(roles: Sequence[Hit[Owner]]) -> list[Hit[Owner]]:
    return [
        hit
        for hit in roles
        if not any(
            o is not hit and o.first <= hit.first and hit.last <= o.last and o.last - o.first > hit.last - hit.first
            for o in roles
        )
    ]


def _gap(first: int, last: int, other_first: int, other_last: int) -> int:
    return max(first - other_last, other_first - last, 0)


def _is_name(sentence: Sentence, place: int) -> bool:
    token = sentence.tokens[place]
    text = sentence.read[token.start : token.end]
    return (
        text[0].isupper() and text[1:].replace("'", "").isalpha() and not text.isupper() and token.word not in _NO_NAMES
    )


def _capitals(sentence: Sentence, first: int, limit: int) -> Found | None:
    last = first
    while (
        last < min(first + 3, limit)
        and _is_name(sentence, last)
        and (last == first or sentence.between(last - 1, last) == " ")
    ):
        last += 1
    if last == first:
        return None
    return sentence.read[sentence.tokens[first].start : sentence.tokens[last - 1].end], first, last


def _capitals_before(sentence: Sentence, last: int) -> Found | None:
    first = last
    while (
        first > max(0, last - 3)
        and _is_name(sentence, first - 1)
        and (first == last or sentence.between(first - 1, first) == " ")
    ):
        first -= 1
    if first == last:
        return None
    return sentence.read[sentence.tokens[first].start : sentence.tokens[last - 1].end], first, last


def _name_after(sentence: Sentence, place: int) -> Found | None:
    if place >= len(sentence.tokens) or sentence.between(place - 1, place).strip() not in ("", ",", ":", "(", "is"):
        return None
    found = _capitals(sentence, place, len(sentence.tokens))
    return found if found and (found[2] - found[1] >= 2 or sentence.between(place - 1, place) == " ") else None


def _name_before(sentence: Sentence, place: int) -> Found | None:
    """Over "is", "our", "the" and a comma: Jane Doe, our CFO."""
    at, skipped = place, 0
    while at > 0 and skipped < 3 and sentence.tokens[at - 1].word in ("the", "our", "their", "is", "as", "a", "an"):
        at -= 1
        skipped += 1
    if at == 0:
        return None
    gap = sentence.between(at - 1, at).strip() if at < len(sentence.tokens) else ""
    linked = skipped > 0 or gap in (",", "(", "-", "/", ", (")
    found = _capitals_before(sentence, at) if linked and gap in ("", ",", "(", "-", "/") else None
    return found if found and (found[2] - found[1] >= 2 or gap) else None
