"""What is claimed of a subject: what the ledger holds of it, and what both records say, with who probably wrote that.

The claims of records are worked out when they are needed and never stored. A value is a person's word where the base
was last set by a person, or was edited since; what the engine wrote says nothing of its own; all else is an import.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from syncer.core.canon import canoniser
from syncer.core.claims import Authority, Claim, by_field, claim, from_ledger, value_from_json, value_to_json
from syncer.core.fields import FieldMap, FieldType, KindMap, Rule, SideName, other
from syncer.core.values import BLANK, MISSING, Base, Canonical, UncanonicalError
from syncer.stages.gathering import Pair, account_lookups, pairs_of
from syncer.store.ports import Tx
from syncer.store.rows import LinkRow, ShadowRow

SOURCES: Final[Mapping[SideName, str]] = {"left": "salesforce", "right": "hubspot"}
Seen = Mapping[str, Sequence[Any]]  # "left.FIELD" -> value, kind of claim, when it was first seen so


@dataclass(slots=True)
class Told:
    """What the two records of one subject say. `seen`: the same, to be kept until the next look."""

    claims: list[Claim] = field(default_factory=list)
    seen: dict[str, list[Any]] = field(default_factory=dict)
    unreadable: int = 0  # values that their declared type cannot read, and that count as unknown


def ledger(tx: Tx, subjects: Sequence[str]) -> dict[str, list[Claim]]:
    """The stored claims of each subject, in the order in which they were observed."""
    return {subject: [from_ledger(row.claim) for row in rows] for subject, rows in tx.claims.of(subjects).items()}


def told_by_records(
    kind: KindMap,
    link: LinkRow,
    pair: Pair,
    shadow: ShadowRow | None,
    wanted: Collection[str],
    now_ms: int,
    seen: Seen | None = None,
    claimed: Mapping[str, Collection[Any]] | None = None,
) -> Told:
    """The wanted fields of both records as claims. `seen`: as an earlier look kept it; a value that stands since then
    is as old as it was, whatever else of the record was edited. `claimed`: values that the ledger holds, by field: what
    the engine wrote for one of them is that claim, and no word of the record's own.
    """
    told = Told()
    rows = {row.side: row for row in pair if row is not None and row.presence == "live"}
    for item in kind.fields:
        if item.type is FieldType.REFERENCE or item.rule is Rule.ALWAYS_SYNCER:
            continue
        if not (item.name in wanted or f"{kind.kind}.{item.name}" in wanted):
            continue
        values = {side: _value(item, side, row.object, row.values, told) for side, row in rows.items()}
        for side, value in values.items():
            if value is BLANK:
                continue
            writer = _writer(item, side, value, shadow)
            copied = values.get(other(side)) == value or value in (claimed or {}).get(item.name, ())
            if writer == "engine" and copied:
                continue
            authority = Authority.HUMAN if writer == "human" else Authority.IMPORT
            at_ms = min(rows[side].mod_ms, now_ms)  # a clock of theirs that is ahead makes nothing unsaid
            key, mark = f"{side}.{item.name}", [value_to_json(value), authority.value]
            known = (seen or {}).get(key)
            if known is not None and list(known[:2]) == mark:
                at_ms = int(known[2])
            told.seen[key] = [*mark, at_ms]
            told.claims.append(claim(link.link_id, item.name, value, authority, SOURCES[side], at_ms))
    return told


def _value(item: FieldMap, side: SideName, object_name: str, values: Mapping[str, Any], told: Told) -> Canonical:
    name = item.on(side, object_name)
    if name is None:
        return BLANK
    try:
        return canoniser(item, side)(values.get(name))
    except UncanonicalError:
        told.unreadable += 1
        return BLANK


def _writer(item: FieldMap, side: SideName, value: Canonical, shadow: ShadowRow | None) -> str:
    """engine, human or unknown; what differs from the base was edited by someone since."""
    if shadow is None or item.name not in shadow.cells:
        return "unknown"
    base: Base = MISSING
    held = shadow.left if side == "left" else shadow.right
    if item.name in held:
        try:
            base = canoniser(item, side)(held[item.name])
        except UncanonicalError:
            base = MISSING
    if base is not MISSING and base != value:
        return "human"
    return str(shadow.cells[item.name].get(f"{side}_writer", "unknown"))


def accounts_of(tx: Tx, person: KindMap, pairs: Mapping[str, Pair]) -> dict[str, str]:
    """Link of a person -> link of the account that its records name, Salesforce's where the sides name two."""
    lookups = account_lookups(tx, person, pairs.values())
    pointing = [item for item in person.fields if item.type is FieldType.REFERENCE and item.to == "account"]
    found: dict[str, str] = {}
    for link_id, pair in pairs.items():
        for row in pair:
            for item in pointing if row is not None else ():
                name = item.on(row.side, row.object)
                account = lookups[row.side, "account"].get(str(row.values.get(name))) if name else None
                if account is not None:
                    found.setdefault(link_id, account)
    return found


def together(
    own: Iterable[Claim], firm: Iterable[Claim] | None, person: KindMap, now_ms: int
) -> dict[str, Sequence[Claim]]:
    """By field. A name of both mappings means the person's; `account.NAME` and `person.NAME` say which.

    What is no field of persons is told of the company, whoever was asked: a word about a lead that had no account yet
    stands beside what is known of the account it has now, and hides none of it.
    """
    mine = by_field(own, now_ms)
    theirs = by_field(firm, now_ms) if firm is not None else {}
    names = {item.name for item in person.fields}
    found: dict[str, Sequence[Claim]] = {name: claims for name, claims in theirs.items() if name not in names}
    found |= {name: [*claims, *found[name]] if name in found else claims for name, claims in mine.items()}
    found |= {f"person.{name}": claims for name, claims in mine.items()}
    found |= {f"account.{name}": claims for name, claims in theirs.items()}
    return found


@dataclass(frozen=True, slots=True)
class SubjectClaims:
    """One subject with everything that is claimed of it, and of its account if it is a person, by field."""

    link: LinkRow
    account: LinkRow | None
    claims: Mapping[str, Sequence[Claim]]
    ledger: Sequence[Claim]  # its own stored ones
    seen: Mapping[str, Sequence[Any]]
    unreadable: int
    firm_ledger: Sequence[Claim] = ()
    firm_seen: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def gather(
    tx: Tx,
    kinds: Sequence[KindMap],
    kind: KindMap,
    links: Sequence[LinkRow],
    pairs: Mapping[str, Pair],
    shadows: Mapping[str, ShadowRow],
    wanted: Collection[str],
    now_ms: int,
) -> dict[str, SubjectClaims]:
    """Link id -> what is claimed of it; in as few queries as the batch allows. `wanted`: fields, as definitions say."""
    ids = [link.link_id for link in links]
    told = _told_of(tx, kind, links, pairs, shadows, wanted, now_ms)
    if kind.kind != "person":
        return {
            link.link_id: SubjectClaims(
                link, None, by_field(mine.claims + stored, now_ms), stored, mine.seen, mine.unreadable
            )
            for link in links
            for mine, stored in (told[link.link_id],)
        }
    account_of = {**matched_accounts(tx, ids), **accounts_of(tx, kind, pairs)}
    accounts = tx.links.get_many(sorted(set(account_of.values())))
    firm_kind = next((one for one in kinds if one.kind == "account"), None)
    firms: dict[str, tuple[Told, list[Claim]]] = {}
    if accounts and firm_kind is not None:
        firm_links = list(accounts.values())
        firm_shadows = tx.shadows.get_many(list(accounts))
        firms = _told_of(tx, firm_kind, firm_links, pairs_of(tx, firm_links), firm_shadows, wanted, now_ms)
    found: dict[str, SubjectClaims] = {}
    for link in links:
        mine, stored = told[link.link_id]
        account_id = account_of.get(link.link_id, "")
        theirs, firm_stored = firms.get(account_id, (None, []))
        claims = together(mine.claims + stored, theirs and theirs.claims + firm_stored, kind, now_ms)
        unreadable = mine.unreadable + (theirs.unreadable if theirs else 0)
        found[link.link_id] = SubjectClaims(
            link,
            accounts.get(account_id),
            claims,
            stored,
            mine.seen,
            unreadable,
            firm_stored,
            theirs.seen if theirs else {},
        )
    return found


def claims_again(
    kind: KindMap,
    link_id: str,
    account_id: str,
    seen: Mapping[str, Seen],
    ledger: Mapping[str, Sequence[Claim]],
    at_ms: int,
) -> dict[str, Sequence[Claim]]:
    """The claims of an earlier look by field: `seen` and `ledger` as it kept them, under "own" and "firm"."""
    own = [*_seen_claims(link_id, seen["own"]), *ledger["own"]]
    if kind.kind != "person":
        return by_field(own, at_ms)
    firm = [*_seen_claims(account_id, seen["firm"]), *ledger["firm"]] if account_id else None
    return together(own, firm, kind, at_ms)


def _seen_claims(link_id: str, seen: Seen) -> list[Claim]:
    return [
        claim(link_id, name, value_from_json(value), Authority(kind), SOURCES[side], int(at_ms))
        for key, (value, kind, at_ms) in seen.items()
        for side, _, name in (key.partition("."),)
    ]


def _told_of(
    tx: Tx,
    kind: KindMap,
    links: Sequence[LinkRow],
    pairs: Mapping[str, Pair],
    shadows: Mapping[str, ShadowRow],
    wanted: Collection[str],
    now_ms: int,
) -> dict[str, tuple[Told, list[Claim]]]:
    ids = [link.link_id for link in links]
    stored = ledger(tx, ids)
    before = tx.verdicts.get_many(ids)
    found = {}
    for link in links:
        link_id = link.link_id
        claimed: dict[str, list[Any]] = {}
        for item in stored[link_id]:
            claimed.setdefault(item.field, []).append(item.value)
        seen = before[link_id].verdict.get("seen", {}) if link_id in before else {}
        shadow = shadows.get(link_id)
        told = told_by_records(kind, link, pairs[link_id], shadow, wanted, now_ms, seen, claimed)
        found[link_id] = (told, stored[link_id])
    return found


def matched_accounts(tx: Tx, person_links: Sequence[str]) -> dict[str, str]:
    """Link of a person -> link of the account that it was matched with, or that a person confirmed."""
    found: dict[str, str] = {}
    for link_id, rows in tx.memberships.get_many(person_links).items():
        good = [row for row in rows if row.how in ("confirmed", "matched")]
        if good:
            found[link_id] = min(good, key=lambda row: (row.how, -row.score, row.account_link)).account_link
    return found
