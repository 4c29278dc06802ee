"""Which technologies a page shows, by rules; each with the rule that fitted, where, and what stood there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from connectors.enrichment.detections import Detection
from connectors.enrichment.fingerprints import Fingerprint, Pack, Pattern
from connectors.enrichment.page import Page

SURENESS: Final[Mapping[str, float]] = {
    "header": 0.85, "cookie": 0.75, "meta": 0.85, "script": 0.85, "inline script": 0.7, "html": 0.65, "text": 0.5,
    "url": 0.6, "implied": 0.5,
}  # fmt: skip
PATTERN_S: Final = 0.1  # that one pattern may take on one text
PAGE_S: Final = 10.0  # that all of them may take together
_AROUND: Final = 20  # characters beside what fitted that make it readable


def scan(page: Page, pack: Pack, now_ms: Callable[[], int]) -> tuple[list[Detection], list[str]]:
    """What was detected, and the rules that were stopped because they took too long.

    The same page and rules give the same detections, in the order of the rules, as long as nothing is stopped.
    """
    until_ms = now_ms() + int(PAGE_S * 1000)
    found: dict[str, list[Detection]] = {}
    stopped: list[str] = []
    for one in pack.fingerprints:
        if now_ms() > until_ms:
            stopped.append("all rules after " + one.technology)
            break
        seen = [made for pattern in one.patterns if (made := _fits(one, pattern, page, stopped)) is not None]
        if seen:
            found[one.technology] = seen
    return _with_others(found, pack), stopped


def _fits(one: Fingerprint, pattern: Pattern, page: Page, stopped: list[str]) -> Detection | None:
    for text in _texts(pattern, page):
        try:
            hit = pattern.search.search(text, timeout=PATTERN_S)
        except TimeoutError:
            stopped.append(f"{one.technology} ({pattern.place})")
            return None
        if hit is not None:
            rule = f"{one.technology}/{pattern.place}" + (f":{pattern.key}" if pattern.key else "")
            shown = text[max(0, hit.start() - _AROUND) : hit.end() + _AROUND] if hit[0] else text
            place = f"{pattern.place} {pattern.key}".strip()
            return Detection(one.technology, rule, pattern.place, f"{place}: {shown}", pattern.share)
    return None


def _texts(pattern: Pattern, page: Page) -> Iterator[str]:
    named: Mapping[str, Mapping[str, str]] = {"header": page.headers, "cookie": page.cookies}
    if pattern.place in named:
        if pattern.key in named[pattern.place]:
            yield named[pattern.place][pattern.key]
        elif pattern.key.endswith("*"):  # `_dc_gtm_UA-*`
            yield from (text for key, text in named[pattern.place].items() if key.startswith(pattern.key[:-1]))
    elif pattern.place == "meta":
        yield from page.meta.get(pattern.key, ())
    else:
        many = {"script": page.scripts, "inline script": page.inline}
        one = {"html": page.html, "text": page.text, "url": page.url}
        yield from many[pattern.place] if pattern.place in many else (one[pattern.place],)


def _with_others(found: Mapping[str, list[Detection]], pack: Pack) -> list[Detection]:
    """Less what is excluded or lacks what it requires, plus what the rest implies, one step far."""
    excluded = {name for technology in found for name in pack.by_name[technology].excludes}
    kept = {
        technology: seen
        for technology, seen in found.items()
        if technology not in excluded and all(name in found for name in pack.by_name[technology].requires)
    }
    made = [detection for seen in kept.values() for detection in seen]
    for technology, seen in kept.items():
        for name, share in pack.by_name[technology].implies:
            if name not in kept and name not in excluded:
                made.append(
                    replace(seen[0], technology=name, rule=f"{technology}/implies", place="implied", share=share)
                )
    return made
