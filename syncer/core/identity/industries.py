"""Industries: our own short list, each with its place in NAICS 2022, read from codes, labels and words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from syncer.core.identity.fold import words


@dataclass(frozen=True, slots=True)
class Industry:
    """`name` is our own word; `naics` the narrowest code that holds all of it (two to four digits)."""

    name: str
    naics: str
    sector: str  # the first two digits, by which NAICS groups


_SECTOR_RANGES: Final = {"32": "31", "33": "31", "45": "44", "49": "48"}  # codes that NAICS counts as one sector
_TECHNICAL: Final = re.compile(r"[_/&+,-]")
_SMALL: Final = frozenset(("and", "the", "of", "und", "et", "industry", "industries", "sector"))


def industry(text: str) -> Industry | None:
    """Reads a NAICS code of two to six digits, `COMPUTER_SOFTWARE`, `Computer & Network Security`, `SaaS / mobile`.

    The longest known phrase in the text counts; two different ones of one length are ambiguous, and None.
    """
    stripped = text.strip()
    if re.fullmatch(r"(?:naics\s*)?[1-9]\d{1,5}", stripped, re.IGNORECASE | re.ASCII):
        return _by_code(re.sub(r"\D", "", stripped))
    key = _key(text)
    if exact := _phrases().get(key):
        return exact
    padded, found = f" {key} ", {}
    for phrase, meant in _phrases().items():
        if f" {phrase} " in padded:
            found.setdefault(len(phrase.split()), set()).add(meant)
    best = found[max(found)] if found else set()
    return next(iter(best)) if len(best) == 1 else None


def _by_code(code: str) -> Industry | None:
    """The narrowest listed industry that holds the code; a listed whole sector holds all its branches."""
    sector = _SECTOR_RANGES.get(code[:2], code[:2])
    holding = [row for row in _rows() if code.startswith(row["naics"]) or row["naics"] == sector]
    if not holding:
        return None
    narrowest = max(len(row["naics"]) for row in holding)
    nearest = [row for row in holding if len(row["naics"]) == narrowest]
    return _as_industry(next((row for row in nearest if row.get("general")), nearest[0]))


def _key(text: str) -> str:
    return " ".join(word for word in words(_TECHNICAL.sub(" ", text)) if word not in _SMALL)


def _as_industry(row: Mapping[str, Any]) -> Industry:
    return Industry(row["name"], row["naics"], _SECTOR_RANGES.get(row["naics"][:2], row["naics"][:2]))


@lru_cache(maxsize=1)
def _rows() -> Sequence[Mapping[str, Any]]:
    return tomllib.loads(files(__package__).joinpath("data/industries.toml").read_text("utf-8"))["industry"]


@lru_cache(maxsize=1)
def _phrases() -> Mapping[str, Industry]:
    known: dict[str, Industry] = {}
    for row in _rows():
        for phrase in (row["name"], *row["words"]):
            known.setdefault(_key(phrase), _as_industry(row))
    return known
