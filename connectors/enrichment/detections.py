"""One sign of a technology, and what several signs of it are worth together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Final

from connectors.enrichment.provider import Found

LONGEST_TEXT: Final = 120
SUREST: Final = 0.95
FIELD: Final = "technologies"


@dataclass(frozen=True, slots=True)
class Detection:
    """`rule` names what fitted, `place` the kind of place, `text` what stood there, cut at 120 characters."""

    technology: str
    rule: str
    place: str
    text: str
    share: float = 1.0  # of the trust in its place that this rule deserves

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", " ".join(self.text.split())[:LONGEST_TEXT])


def as_found(detections: Iterable[Detection], sureness: Mapping[str, float], url: str = "") -> tuple[Found, ...]:
    """A value for each technology, as sure as its kinds of place together: the same place twice is one witness."""
    by_technology: dict[str, dict[str, Detection]] = {}
    for one in detections:
        by_technology.setdefault(one.technology, {}).setdefault(one.place, one)
    return tuple(
        Found(
            FIELD,
            (technology,),
            round(min(SUREST, 1 - prod(1 - sureness[place] * one.share for place, one in seen.items())), 4),
            evidence="; ".join(f"{place}: {one.text} [{one.rule}]" for place, one in seen.items()),
            url=url,
        )
        for technology, seen in sorted(by_technology.items())
    )
