"""Which accounts are worth a look for a lead: found by keys that they share, never by comparing all with all.

Keys: registrable domain, the label of the domain, telephone, the whole name, its rare words, and (only where neither
domain nor whole name hits) pieces of three letters, which survive a slip of the pen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from rapidfuzz.distance import OSA

from syncer.core.identity.profiles import Profile

PER_KEY: Final = 40  # accounts looked at under one strong key
PER_WORD: Final = 400  # a word of more accounts than that tells nothing
PER_PIECE: Final = 1_500
PIECES: Final = 8  # the rarest of a name that are looked up
PRE_RANKED: Final = 60  # accounts that share most pieces, of which the nearest are kept
FUZZY: Final = 10  # accounts kept of those found by pieces, and of those by words

Postings = Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class AccountIndex:
    """The accounts and where to find them; memory is a few hundred bytes per account and key.

    Where `accounts` are only some, `total` says how many there are, and postings tell by their length alone how many
    have a key.
    """

    accounts: Sequence[Profile]
    domains: Postings
    labels: Postings
    phones: Postings
    names: Postings  # by name without spaces
    words: Postings
    pieces: Postings
    total: int

    def rarity(self, word: str) -> float:
        """0 for a word that every account has, up to 1 for one that none has."""
        count = self.total + 1
        return log(count / (len(self.words.get(word, ())) + 1)) / log(count) if count > 1 else 1.0


def index(accounts: Iterable[Profile]) -> AccountIndex:
    listed = list(accounts)
    found: dict[str, defaultdict[str, list[int]]] = {key: defaultdict(list) for key in AccountIndex.__slots__[1:-1]}
    for place, account in enumerate(listed):
        for table, keys in (
            ("domains", account.domains),
            ("labels", (*account.labels, *account.compacts)),
            ("phones", (account.phone,) if account.phone else ()),
            ("names", account.compacts),
            ("words", (word for name in account.names for word in name)),
            ("pieces", (piece for name in (*account.compacts, *account.labels) for piece in pieces(name))),
        ):
            for key in dict.fromkeys(keys):
                found[table][key].append(place)
    return AccountIndex(listed, **{table: dict(postings) for table, postings in found.items()}, total=len(listed))


def candidates(lead: Profile, known: AccountIndex) -> list[int]:
    """Places in `known.accounts`, each once, those under strong keys first."""
    strong: dict[int, None] = {}
    for postings, keys in (
        (known.domains, lead.domains),
        (known.names, lead.compacts),
        (known.labels, (*lead.labels, *lead.compacts)),
        (known.phones, (lead.phone,)),
    ):
        for key in keys:
            strong.update(dict.fromkeys(postings.get(key, ())[:PER_KEY]))
    exact = any(known.domains.get(domain) for domain in lead.domains) or any(map(known.names.get, lead.compacts))
    fuzzy = _by_words(lead, known)
    if not exact:
        fuzzy += _by_pieces(lead, known)
    return list(dict.fromkeys((*strong, *fuzzy)))


def pieces(text: str) -> set[str]:
    """Three letters each, the ends marked, so that short names have some too."""
    padded = f"^{text}$"
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def _by_words(lead: Profile, known: AccountIndex) -> list[int]:
    weights: Counter[int] = Counter()
    for word in {word for name in lead.names for word in name}:
        places = known.words.get(word, ())
        if len(places) <= PER_WORD:
            rarity = known.rarity(word)
            for place in places:
                weights[place] += rarity
    return [place for place, _ in weights.most_common(FUZZY)]


def _by_pieces(lead: Profile, known: AccountIndex) -> list[int]:
    counted: Counter[int] = Counter()
    for text in lead.compacts or lead.labels:
        own = sorted((len(known.pieces[piece]), piece) for piece in pieces(text) if piece in known.pieces)
        for count, piece in own[:PIECES]:
            if count <= PER_PIECE:
                counted.update(known.pieces[piece])
    likely = [place for place, hits in counted.most_common(PRE_RANKED) if hits > 1]
    return sorted(likely, key=lambda place: -_closeness(lead, known.accounts[place]))[:FUZZY]


def _closeness(lead: Profile, account: Profile) -> float:
    texts = lead.compacts or lead.labels
    return max(
        OSA.normalized_similarity(mine, theirs) for mine in texts for theirs in account.compacts or account.labels
    )
