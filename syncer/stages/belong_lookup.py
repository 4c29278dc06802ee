"""Which accounts are worth a look for each person: found by kept keys, read and weighed like the whole list would be.

Cost follows the people that are asked about: a key that many accounts have is counted up to a bound and not followed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rapidfuzz.distance import OSA

from syncer.core.fields import KindMap
from syncer.core.identity.candidates import FUZZY, PER_KEY, PER_WORD, AccountIndex
from syncer.core.identity.keys import (
    DOMAIN,
    EDGE,
    LABEL,
    NAME,
    PHONE,
    STRONG,
    WAITS,
    WAITS_NEAR,
    WORD,
    Key,
    edges,
    values,
)
from syncer.core.identity.profiles import Profile, account_profile, lead_profile
from syncer.stages.enrich_identity import identifying
from syncer.stages.gathering import Pair, pairs_of
from syncer.store.ports import Tx

LIVING: Final = ("linked", "creating_left", "creating_right")
NEAR: Final = 0.7  # likeness of names below which a new account is no news to who waits
COUNTED: Final = 10_000  # a value of more accounts than that is as common as can be
_PERSON: Final[Mapping[str, tuple[str, ...]]] = {
    "email": ("email",),
    "company": ("company",),
    "website": ("company_website", "website", "domain"),
    "phone": ("phone", "mobile_phone"),
    "city": ("city",),
    "state": ("state",),
    "country": ("country",),
}
_ACCOUNT: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name",),
    "website": ("domain", "website"),
    "phone": ("phone",),
    "city": ("city",),
    "state": ("state",),
    "country": ("country",),
}
READ: Final = frozenset(name for table in (_PERSON, _ACCOUNT) for names in table.values() for name in names)


def profile_of(kind: KindMap, link_id: str, pair: Pair) -> Profile:
    """What the records of the link say of their company, Salesforce's word before HubSpot's."""
    told = identifying(kind, pair, READ)
    table, make = (_ACCOUNT, account_profile) if kind.kind == "account" else (_PERSON, lead_profile)
    row = {column: next((told[name] for name in names if told.get(name)), "") for column, names in table.items()}
    return make({"id": link_id, **row})


@dataclass(slots=True)
class Nearby:
    """The accounts that were found, as an index of them, and whose candidates they are, by place in it."""

    known: AccountIndex
    places: Mapping[str, Sequence[int]]


@dataclass(slots=True)
class _Keys:
    """What is known of the keys asked about: how many accounts have each, and which, where these are few."""

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    held: dict[str, dict[str, list[str]]] = field(default_factory=dict)


def nearby(
    tx: Tx, accounts: KindMap, leads: Sequence[Profile], also: Mapping[str, Collection[str]] | None = None
) -> Nearby:
    """The candidates of each lead, and the accounts named in `also`, by lead, whether a key leads to them or not."""
    found, total = _Keys(), tx.account_keys.total()
    for kind in STRONG:
        _hold(tx, found, kind, {one for lead in leads for one in values(lead, kind)}, PER_KEY, first=True)
    _hold(tx, found, WORD, {word for lead in leads for word in values(lead, WORD)}, PER_WORD, first=False)
    blank = AccountIndex((), {}, {}, {}, {}, _sizes(found.counts[WORD]), {}, total)
    chosen: dict[str, dict[str, None]] = {}
    slips: list[Profile] = []
    for lead in leads:
        strong = {link_id for kind in STRONG for one in values(lead, kind) for link_id in found.held[kind].get(one, ())}
        chosen[lead.id] = dict.fromkeys((*sorted(strong), *_by_words(lead, found, blank)))
        if not any(one in found.held[kind] for kind in (DOMAIN, NAME) for one in values(lead, kind)):
            slips.append(lead)
    for link_id, near in _by_edges(tx, slips).items():
        chosen[link_id].update(dict.fromkeys(near))
    for lead_id, named in (also or {}).items():
        chosen[lead_id].update(dict.fromkeys(sorted(named)))
    profiles = _profiles(tx, accounts, {link_id for ids in chosen.values() for link_id in ids})
    words = {word for profile in profiles for word in values(profile, WORD)} - set(found.counts[WORD])
    found.counts[WORD] |= tx.account_keys.counts(WORD, sorted(words), COUNTED)
    place_of = {profile.id: place for place, profile in enumerate(profiles)}
    sizes = {kind: _sizes(found.counts[kind]) for kind in (DOMAIN, LABEL, PHONE, NAME, WORD)}
    known = AccountIndex(
        profiles, sizes[DOMAIN], sizes[LABEL], sizes[PHONE], sizes[NAME], sizes[WORD], {}, total
    )  # fmt: skip
    return Nearby(known, {lead: [place_of[one] for one in ids if one in place_of] for lead, ids in chosen.items()})


def _sizes(counts: Mapping[str, int]) -> dict[str, range]:
    return {value: range(count) for value, count in counts.items()}


def _hold(tx: Tx, found: _Keys, kind: str, asked: Collection[str], most: int, *, first: bool) -> None:
    """`first`: of a value that more have than `most`, the first of them, else none."""
    counts = found.counts[kind] = tx.account_keys.counts(kind, sorted(asked), COUNTED)
    held = found.held[kind] = {}
    for value, link_id in tx.account_keys.holders(kind, sorted(one for one in counts if counts[one] <= most)):
        held.setdefault(value, []).append(link_id)
    for value in sorted(one for one in counts if first and counts[one] > most):
        held[value] = tx.account_keys.first_holders(kind, value, most)


def _by_words(lead: Profile, found: _Keys, words: AccountIndex) -> list[str]:
    weights: Counter[str] = Counter()
    for word in values(lead, WORD):
        rarity = words.rarity(word)
        for link_id in found.held[WORD].get(word, ()):
            weights[link_id] += rarity  # type: ignore[assignment]
    return sorted(weights, key=lambda link_id: (-weights[link_id], link_id))[:FUZZY]


def _by_edges(tx: Tx, leads: Sequence[Profile]) -> dict[str, list[str]]:
    """Lead -> the accounts whose name begins or ends like theirs and is nearest to it, best first."""
    found = {}
    texts_of = {lead.id: tuple(dict.fromkeys(lead.compacts or lead.labels)) for lead in leads}
    asked = {edge for texts in texts_of.values() for edge in edges(texts)}
    counts = tx.account_keys.counts(EDGE, sorted(asked), PER_WORD + 1)
    for lead_id, texts in texts_of.items():
        few = sorted(edge for edge in edges(texts) if 0 < counts.get(edge, 0) <= PER_WORD)
        near: dict[str, float] = {}
        for link_id, label in tx.account_keys.other_keys(EDGE, few, LABEL):
            closeness = max(OSA.normalized_similarity(text, label) for text in texts)
            near[link_id] = max(near.get(link_id, 0.0), closeness)
        found[lead_id] = sorted(near, key=lambda link_id: (-near[link_id], link_id))[:FUZZY]
    return found


def _profiles(tx: Tx, accounts: KindMap, link_ids: Iterable[str]) -> list[Profile]:
    links = [link for link in tx.links.get_many(sorted(link_ids)).values() if link.state in LIVING]
    return [profile_of(accounts, link_id, pair) for link_id, pair in pairs_of(tx, links).items()]


def waiting_for(tx: Tx, came: Collection[Key]) -> set[str]:
    """The people who wait under these keys that accounts got, or under a name that is near to one of them."""
    got = {kind: sorted(value for name, value in came if name == kind) for kind in WAITS}
    people = {person for kind, waits in WAITS.items() for _, person in tx.account_keys.holders(waits, got[kind])}
    asked = {label: edges((label,)) for label in got[LABEL]}
    counts = tx.account_keys.counts(WAITS_NEAR, sorted(frozenset().union(*asked.values())), PER_WORD + 1)
    for label, ends in asked.items():
        few = sorted(edge for edge in ends if 0 < counts.get(edge, 0) <= PER_WORD)
        near = tx.account_keys.other_keys(WAITS_NEAR, few, WAITS[LABEL])
        people |= {person for person, text in near if OSA.normalized_similarity(label, text) >= NEAR}
    return people
