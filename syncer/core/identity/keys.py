"""By what an account can be looked up where it is kept: few keys of each, so that a million accounts stay cheap.

In the place of the many pieces of a name that `candidates` knows stand its two edges: one slip of the pen leaves the
beginning or the end of a name as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from syncer.core.identity.profiles import Profile

DOMAIN, LABEL, NAME, PHONE, WORD, EDGE = "domain", "label", "name", "phone", "word", "edge"
STRONG: Final = (DOMAIN, NAME, LABEL, PHONE)  # in the order in which candidates are listed
WAITS: Final[Mapping[str, str]] = {DOMAIN: "waits-domain", NAME: "waits-name", PHONE: "waits-phone"}
Key = tuple[str, str]
_EDGE_MIN, _EDGE_MAX, _EDGED_MIN = 3, 5, 4  # letters of an edge, and of a text that has edges


def account_keys(account: Profile) -> frozenset[Key]:
    """Under which the account is kept."""
    kept = {(kind, value) for kind in STRONG for value in values(account, kind)}
    kept |= {(WORD, word) for word in values(account, WORD)}
    kept |= {(EDGE, edge) for text in values(account, LABEL) for edge in _edges(text, len(text))}
    return frozenset(kept)


def waiting_keys(lead: Profile) -> frozenset[Key]:
    """Under which a person without an account waits: a new account with one of them may be theirs."""
    return frozenset((name, value) for kind, name in WAITS.items() for value in values(lead, kind))


def values(of: Profile, kind: str) -> tuple[str, ...]:
    """What the profile says of that kind, each once."""
    if kind == DOMAIN:
        return of.domains
    if kind == NAME:
        return tuple(dict.fromkeys(of.compacts))
    if kind == LABEL:
        return tuple(dict.fromkeys((*of.labels, *of.compacts)))
    if kind == PHONE:
        return (of.phone,) if of.phone else ()
    return tuple(dict.fromkeys(word for name in of.names for word in name))


def edges(texts: tuple[str, ...]) -> frozenset[str]:
    """To look up: also those of a text that had a letter more or less before the slip."""
    return frozenset(
        edge for text in texts for length in range(len(text) - 1, len(text) + 2) for edge in _edges(text, length)
    )


def _edges(text: str, length: int) -> tuple[str, ...]:
    if length < _EDGED_MIN:
        return ()
    size = max(_EDGE_MIN, min(_EDGE_MAX, (length - 1) // 2))
    return f"^{text[:size]}", f"{text[-size:]}$"
