"""What is known of accounts before anybody there answered: the values that their likeness is read from.

Records first, then what providers claimed; never what a call or a form said, because only those who answered would have
it. Values are read as of a moment: the newest claim of that time or, where there was none, the first one after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from syncer.core.canon import canoniser
from syncer.core.claims import Authority, Claim, standing
from syncer.core.fields import FieldMap, FieldType, KindMap, SideName
from syncer.core.identity.titles import Seniority, role
from syncer.core.lookalike import FeatureKind, Lookalike
from syncer.core.values import BLANK, UncanonicalError
from syncer.stages.gathering import Pair, pairs_of
from syncer.stages.telling import ledger
from syncer.store.ports import Tx
from syncer.store.rows import LinkRow

STATES: Final = ("linked", "creating_left", "creating_right")
PAGE: Final = 1_000
_MARKS: Final = (Authority.HUMAN, Authority.IMPORT, Authority.PROVIDER)
_SENIORS: Final = frozenset(("owner", "partner", "executive", "vp", "director"))
_SENIOR_TITLES: Final = frozenset((Seniority.OWNER, Seniority.C_LEVEL, Seniority.VP, Seniority.DIRECTOR))


@dataclass(slots=True)
class Known:
    """Of one account: what its records say, what was claimed, the rank of its people, when they filled forms in."""

    link: LinkRow
    held: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, list[Claim]] = field(default_factory=dict)
    seniors: list[bool] = field(default_factory=list)
    forms_ms: list[int] = field(default_factory=list)
    persons: tuple[str, ...] = ()

    def at(self, policy: Lookalike, at_ms: int) -> dict[str, Any]:
        """By field name, as `read_marks` takes them, and under the names of features that are worked out."""
        found: dict[str, Any] = dict(self.held)
        for name, said in self.claims.items():
            early = [item for item in said if item.observed_ms <= at_ms]
            item = early[-1] if early else said[0]
            if isinstance(item.value, frozenset):
                found[name] = frozenset(item.value) | _as_set(found.get(name))
            elif found.get(name) in (None, ()):
                found[name] = item.value if not isinstance(item.value, tuple) else _middle(item.value)
        for one in policy.features:
            if one.kind is FeatureKind.SENIORITY and self.seniors:
                found[one.name] = sum(self.seniors) / len(self.seniors)
            if one.kind is FeatureKind.ENGAGEMENT:
                found[one.name] = sum(moment < at_ms for moment in self.forms_ms)
        return found


def _as_set(value: Any) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset((str(value),)) if value else frozenset()


def _middle(value: tuple[Any, Any]) -> float:
    low, high = float(value[0]), float(value[1])
    return (low * high) ** 0.5 if low > 0 else (low + high) / 2


def wanted_fields(policy: Lookalike) -> frozenset[str]:
    """Fields of features and of the conditions of segments."""
    features = {name for one in policy.features for name in one.fields}
    return frozenset(features | {one.field for segment in policy.segments for one in segment.conditions})


def every_account(tx: Tx, kinds: Sequence[KindMap], policy: Lookalike) -> Iterator[dict[str, Known]]:
    """All accounts, a page at a time, by link id."""
    after = ""
    while links := tx.links.iterate("account", list(STATES), after, PAGE):
        after = links[-1].link_id
        yield known_of(tx, kinds, policy, links)


def known_of(tx: Tx, kinds: Sequence[KindMap], policy: Lookalike, links: Sequence[LinkRow]) -> dict[str, Known]:
    """Link id -> what is known of that account, in as few queries as the batch allows."""
    account = next((one for one in kinds if one.kind == "account"), None)
    person = next((one for one in kinds if one.kind == "person"), None)
    if account is None:
        return {}
    ids = [link.link_id for link in links]
    reads = _readers(account, wanted_fields(policy), policy)
    found = {link.link_id: Known(link) for link in links}
    for link_id, pair in pairs_of(tx, links).items():
        found[link_id].held = _held(pair, reads, policy)
    said = ledger(tx, ids)
    wanted = wanted_fields(policy)
    for link_id in ids:
        for item in standing(said[link_id], 2**62):
            if item.field in wanted and item.authority in _MARKS and item.value is not BLANK:
                found[link_id].claims.setdefault(item.field, []).append(item)
        for items in found[link_id].claims.values():
            items.sort(key=lambda item: (item.observed_ms, item.claim_id))
    if person is not None:
        _add_people(tx, person, found)
    return found


_Reader = tuple[FieldMap, SideName, Callable[[Any], Any]]


def _readers(kind: KindMap, wanted: frozenset[str], policy: Lookalike) -> list[_Reader]:
    fields = [item for item in kind.fields if item.name in wanted and item.type is not FieldType.REFERENCE]
    return [(item, side, canoniser(item, side)) for item in fields for side in _SIDES]


_SIDES: Final[tuple[SideName, SideName]] = ("left", "right")


def _held(pair: Pair, reads: Sequence[_Reader], policy: Lookalike) -> dict[str, Any]:
    """Salesforce's value, else HubSpot's; of an industry both, because one list is finer than the other."""
    both = {name for one in policy.features if one.kind is FeatureKind.INDUSTRY for name in one.fields}
    rows = {row.side: row for row in pair if row is not None and row.presence == "live"}
    found: dict[str, Any] = {}
    for item, side, canonical in reads:
        row = rows.get(side)
        name = item.on(side, row.object) if row is not None else None
        if row is None or name is None:
            continue
        try:
            value = canonical(row.values.get(name))
        except UncanonicalError:
            continue
        if value is BLANK:
            continue
        if item.name in both:
            found[item.name] = tuple(dict.fromkeys((*found.get(item.name, ()), str(value))))
        elif isinstance(value, frozenset):
            found[item.name] = value | _as_set(found.get(item.name))
        else:
            found.setdefault(item.name, value)
    return found


def _add_people(tx: Tx, person: KindMap, found: Mapping[str, Known]) -> None:
    members = [row for row in tx.memberships.of_accounts(list(found)) if row.how != "rejected"]
    for row in members:
        found[row.account_link].persons += (row.person_link,)
    people = tx.links.get_many(sorted({row.person_link for row in members}))
    pairs = pairs_of(tx, people.values())
    said = tx.claims.of(list(people))
    ranks = {link_id: _senior(person, pair) for link_id, pair in pairs.items()}
    for known in found.values():
        for person_link in known.persons:
            rank = ranks.get(person_link)
            if rank is not None:
                known.seniors.append(rank)
            known.forms_ms += [row.observed_ms for row in said.get(person_link, []) if row.authority == "form"]


def _senior(person: KindMap, pair: Pair) -> bool | None:
    """By the seniority of either record, else by the title; None where neither says."""
    for name in ("seniority", "job_title"):
        item = person.field_named(name) if person.knows(name) else None
        for row in pair if item is not None else ():
            remote = item.on(row.side, row.object) if item is not None and row is not None else None
            text = str(row.values.get(remote) or "") if row is not None and remote else ""
            if not text:
                continue
            if name == "seniority":
                return text.casefold() in _SENIORS
            rank = role(text).seniority
            if rank is not Seniority.UNKNOWN:
                return rank in _SENIOR_TITLES
    return None


def account_names(tx: Tx, links: Sequence[LinkRow]) -> dict[str, tuple[str, str]]:
    """Link id -> name and domain of the account, as either record has them."""
    found = {}
    for link_id, pair in pairs_of(tx, links).items():
        name = next(
            (str(row.values[key]) for row in pair if row for key in ("Name", "name") if row.values.get(key)), ""
        )
        domain = next((value for row in pair if row for key, value in row.keys if key == "domain"), "")
        found[link_id] = (name or domain or link_id, domain)
    return found
