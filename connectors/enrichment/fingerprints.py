"""Rules that tell a technology by the marks it leaves on a page, in the schema of Wappalyzer's technology files.

Read are headers, cookies, meta, scriptSrc, scripts, html, text, url, implies, requires and excludes; what needs a
running page (js, dom, xhr, css) is left out. Rules come from files that others wrote: a pattern that could run for
ever is refused when the file is read, and one that is merely slow is stopped when it runs.
"""

from __future__ import annotations

import re
import re._constants as sre
import re._parser as sre_parser
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import orjson
import regex

from connectors.base import AuthError

LONGEST_FILE: Final = 64_000_000  # bytes
_LONGEST_PATTERN: Final = 2_000
_NAMED: Final = {"headers": "header", "cookies": "cookie", "meta": "meta"}
_PLAIN: Final = {"scriptSrc": "script", "scripts": "inline script", "html": "html", "text": "text", "url": "url"}


class FingerprintError(AuthError):
    """A file of fingerprints that cannot be used; the text names the technology and what is wrong with it."""

    usual_action = "Correct the file that rules in [enrichment.site] names, or leave rules out."

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"{name}: {what}", code=name)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern; `key` is the header, cookie or meta it is for, in lower case, or empty."""

    place: str
    key: str
    search: regex.Pattern[str]
    share: float  # of the trust in its place


@dataclass(frozen=True, slots=True)
class Fingerprint:
    technology: str
    patterns: tuple[Pattern, ...]
    implies: tuple[tuple[str, float], ...] = ()
    requires: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """All rules of a file; `unread` counts technologies without a mark that we can see."""

    fingerprints: Sequence[Fingerprint]
    unread: int = 0
    by_name: Mapping[str, Fingerprint] = field(default_factory=dict)


@lru_cache(maxsize=1)
def shipped() -> Pack:
    """Our own rules."""
    return parsed(files("connectors.enrichment").joinpath("data/technologies.json").read_bytes())


def read(path: str) -> Pack:
    """The rules of a file that an admin names. Raises FingerprintError."""
    try:
        place = Path(path)
        if place.stat().st_size > LONGEST_FILE:
            raise FingerprintError("FINGERPRINTS_TOO_LONG", f"{path} has more than {LONGEST_FILE // 10**6} MB")
        return parsed(place.read_bytes())
    except OSError as error:
        raise FingerprintError("FINGERPRINTS_UNREADABLE", f"{path}: {error.strerror}") from None


def parsed(raw: bytes) -> Pack:
    """Technologies under `technologies`, or at the top as in the split files. Raises FingerprintError."""
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise FingerprintError("FINGERPRINTS_NO_JSON", f"the file is no JSON document: {error}") from None
    listed = document.get("technologies", document) if isinstance(document, dict) else None
    if not isinstance(listed, dict) or not listed or not all(isinstance(rule, dict) for rule in listed.values()):
        raise FingerprintError("FINGERPRINTS_NO_TECHNOLOGIES", "the file is no table of technologies")
    made = [_fingerprint(name, rule) for name, rule in listed.items()]
    seen = [one for one in made if one.patterns]
    return Pack(seen, len(made) - len(seen), {one.technology: one for one in made})


def _fingerprint(name: str, rule: Mapping[str, Any]) -> Fingerprint:
    patterns = [
        _pattern(name, place, key.lower(), text)
        for kind, place in _NAMED.items()
        for key, texts in _table(name, kind, rule.get(kind)).items()
        for text in _texts(name, kind, texts)
    ]
    patterns += [
        _pattern(name, place, "", text) for kind, place in _PLAIN.items() for text in _texts(name, kind, rule.get(kind))
    ]
    implied = [text.split("\\;") for text in _texts(name, "implies", rule.get("implies"))]
    return Fingerprint(
        name,
        tuple(patterns),
        tuple((parts[0], _share(parts[1:])) for parts in implied),
        tuple(_texts(name, "requires", rule.get("requires"))),
        tuple(text.split("\\;")[0] for text in _texts(name, "excludes", rule.get("excludes"))),
    )


def _table(name: str, kind: str, value: Any) -> Mapping[str, Any]:
    if value is not None and not isinstance(value, dict):
        raise FingerprintError("FINGERPRINTS_NO_TABLE", f"{name}, {kind}: a table of name and pattern is needed")
    return value or {}


def _texts(name: str, kind: str, value: Any) -> Iterator[str]:
    """One text or a list of them."""
    for item in value if isinstance(value, list) else () if value is None else (value,):
        if not isinstance(item, str):
            raise FingerprintError("FINGERPRINTS_NO_TEXT", f"{name}, {kind}: a pattern is a text or a list of texts")
        yield item


def _pattern(name: str, place: str, key: str, text: str) -> Pattern:
    body, *more = text.split("\\;")
    if len(body) > _LONGEST_PATTERN:
        raise FingerprintError("FINGERPRINTS_PATTERN_TOO_LONG", f"{name}, {place}: a pattern has {len(body)} signs")
    try:
        if runs_away(sre_parser.parse(body)):
            said = f"{name}, {place}: the pattern {body[:80]!r} repeats a repetition and could run for ever"
            raise FingerprintError("FINGERPRINTS_PATTERN_RUNS_AWAY", said)
        compiled = regex.compile(body, regex.IGNORECASE)
    except (re.error, regex.error, OverflowError, RecursionError) as error:
        said = f"{name}, {place}: {body[:80]!r} is no pattern: {error}"
        raise FingerprintError("FINGERPRINTS_PATTERN_BROKEN", said) from None
    return Pattern(place, key, compiled, _share(more))


def _share(more: Iterable[str]) -> float:
    """`confidence:50` is half."""
    for one in more:
        kind, _, number = one.partition(":")
        if kind == "confidence" and number.isdecimal():
            return min(100, int(number)) / 100
    return 1.0


_REPEATS: Final = (sre.MAX_REPEAT, sre.MIN_REPEAT)


def runs_away(parts: Iterable[Any]) -> bool:
    """Whether a repetition without end holds nothing, in one of its branches, that must stand between its repetitions.

    `(a+)+`, `(\\w+\\s?)*` and `(.*|x)*` do; `(?:[\\w-]+\\.)+` does not. What else is slow is left to the time limit.
    """
    for kind, value in parts:
        if kind in _REPEATS and value[1] == sre.MAXREPEAT and any(_slack(branch) for branch in _branches(value[2])):
            return True
        if any(runs_away(inner) for inner in _inner(value)):
            return True
    return False


def _branches(parts: Iterable[Any]) -> list[list[Any]]:
    """The ways through a group, groups in groups opened."""
    opened = list(parts)
    while len(opened) == 1 and opened[0][0] is sre.SUBPATTERN:
        opened = list(opened[0][1][3])
    if len(opened) == 1 and opened[0][0] is sre.BRANCH:
        return [way for branch in opened[0][1][1] for way in _branches(branch)]
    return [opened]


def _slack(parts: Sequence[Any]) -> bool:
    """A repetition without end beside nothing but what may be missing."""
    endless = [one for one in parts if one[0] in _REPEATS and one[1][1] == sre.MAXREPEAT]
    return bool(endless) and all(one[0] in _REPEATS and (one in endless or one[1][0] == 0) for one in parts)


def _inner(value: Any) -> Iterator[Iterable[Any]]:
    """The parts within a part, however it keeps them."""
    for item in value if isinstance(value, (tuple, list)) else (value,):
        if isinstance(item, sre_parser.SubPattern):
            yield item
        elif isinstance(item, (tuple, list)):
            yield from _inner(item)
