"""By what an account can be looked up where it is kept: few keys of each, so that a million accounts stay cheap.

In the place of the many pieces of a name that `candidates` knows stand its two edges: one slip of the pen leaves the
beginning or the end of a name as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from syncer.core.identity.profiles import Profile

DOMAIN, LABEL, NAME, PHONE, WORD, EDGE = "domain", "label", "name", "phone", "word", "edge"
STRONG: Final = (DOMAIN, NAME, LABEL, PHONE)  # in the order in which candidates are listed
WAITS: Final[Mapping[str, str]] = {DOMAIN: "waits-domain", LABEL: "waits-label", PHONE: "waits-phone"}
WAITS_NEAR: Final = "waits-edge"
Key = tuple[str, str]
_EDGE_MIN, _EDGE_MAX, _EDGED_MIN = 3, 5, 4  # letters of an edge, and of a text that has edges


def account_keys(account: Profile) -> frozenset[Key]:
    """Under which the account is kept."""
    kept = {(kind, value) for kind in (*STRONG, WORD) for value in values(account, kind)}
    return frozenset(kept | {(EDGE, edge) for edge in _own_edges(account)})


def waiting_keys(lead: Profile, *, near: bool) -> frozenset[Key]:
    """Under which a person whose account no person has confirmed waits: a new account with one of them may be theirs.

    `near`: also one whose name is only much alike.
    """
    waits = frozenset((name, value) for kind, name in WAITS.items() for value in values(lead, kind))
    return waits | {(WAITS_NEAR, edge) for edge in _own_edges(lead)} if near else waits


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


def edges(texts: Iterable[str]) -> frozenset[str]:
    """To look others up by: also those of a text that had a letter more or less before the slip."""
    return frozenset(
        edge for text in texts for length in range(len(text) - 1, len(text) + 2) for edge in _edges(text, length)
    )


def _own_edges(of: Profile) -> set[str]:
    return {edge for text in values(of, LABEL) for edge in _edges(text, len(text))}


def _edges(text: str, length: int) -> tuple[str, ...]:
    if length < _EDGED_MIN:
        return ()
    size = max(_EDGE_MIN, min(_EDGE_MAX, (length - 1) // 2))
    return f"^{text[:size]}", f"{text[-size:]}$"
