"""What the state says of every linked person, as claims, and who would change status under another definition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from syncer.core.canon import canoniser
from syncer.core.claims import Authority, Claim, by_field, claim
from syncer.core.fields import FieldMap, FieldType, KindMap, SideName, other
from syncer.core.qualification import Verdict, needed_ids, qualify, unmet
from syncer.core.qualification_terms import APART, LADDER, STATUSES, Definition, fields_named
from syncer.core.values import BLANK, MISSING, Base, Canonical, UncanonicalError
from syncer.report.subjects import names_of
from syncer.stages.gathering import Pair, account_lookups, pairs_of
from syncer.store.ports import Tx
from syncer.store.rows import LinkRow, ShadowRow

BATCH: Final = 500
_SOURCES: Final[Mapping[SideName, str]] = {"left": "salesforce", "right": "hubspot"}
_ORDER: Final = {name: place for place, name in enumerate(STATUSES)}


@dataclass(frozen=True, slots=True)
class SubjectClaims:
    """One linked person with everything that both sides hold of it and of its account, by field."""

    link: LinkRow
    account: LinkRow | None
    claims: Mapping[str, Sequence[Claim]]
    unreadable: int  # values that their declared type cannot read, and that count as unknown


def subjects_with_claims(
    tx: Tx, kinds: Sequence[KindMap], wanted: Collection[str], now_ms: int
) -> Iterator[SubjectClaims]:
    """Every linked person, by link id, in batches. `wanted`: the fields asked for, as definitions name them.

    A value is a person's word where the base was last set by a person, or was edited since; a copy that the engine made
    of the other side says nothing of its own; everything else is an import. Its time is that of the record.
    """
    by_kind = {kind.kind: kind for kind in kinds}
    person = by_kind["person"]
    after_id = ""
    while batch := tx.links.iterate("person", ["linked"], after_id, BATCH):
        after_id = batch[-1].link_id
        pairs = pairs_of(tx, batch)
        shadows = tx.shadows.get_many([link.link_id for link in batch])
        account_of = _accounts(tx, person, pairs)
        accounts = tx.links.get_many(sorted(set(account_of.values())))
        firms: dict[str, _Told] = {}
        if accounts and "account" in by_kind:
            account_pairs = pairs_of(tx, accounts.values())
            account_shadows = tx.shadows.get_many(list(accounts))
            firms = {
                link_id: _told(
                    by_kind["account"], link, account_pairs[link_id], account_shadows.get(link_id), wanted, now_ms
                )
                for link_id, link in accounts.items()
            }
        for link in batch:
            own = _told(person, link, pairs[link.link_id], shadows.get(link.link_id), wanted, now_ms)
            firm = firms.get(account_of.get(link.link_id, ""))
            account = accounts.get(account_of.get(link.link_id, ""))
            unreadable = own.unreadable + (firm.unreadable if firm is not None else 0)
            yield SubjectClaims(link, account, _together(own, firm, person, now_ms), unreadable)


@dataclass(slots=True)
class _Told:
    claims: list[Claim] = field(default_factory=list)
    unreadable: int = 0


def _accounts(tx: Tx, person: KindMap, pairs: Mapping[str, Pair]) -> dict[str, str]:
    """Link of a person -> link of its account; where the two sides name different ones, Salesforce's."""
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


def _told(
    kind: KindMap, link: LinkRow, pair: Pair, shadow: ShadowRow | None, wanted: Collection[str], now_ms: int
) -> _Told:
    told = _Told()
    rows = {row.side: row for row in pair if row is not None and row.presence == "live"}
    for item in kind.fields:
        if item.type is FieldType.REFERENCE or not (item.name in wanted or f"{kind.kind}.{item.name}" in wanted):
            continue
        values = {side: _value(item, side, row.object, row.values, told) for side, row in rows.items()}
        for side, value in values.items():
            if value is BLANK:
                continue
            writer = _writer(item, side, value, shadow)
            if writer == "engine" and values.get(other(side)) == value:
                continue
            authority = Authority.HUMAN if writer == "human" else Authority.IMPORT
            at_ms = min(rows[side].mod_ms, now_ms)  # a clock of theirs that is ahead makes nothing unsaid
            made = claim(link.link_id, item.name, value, authority, _SOURCES[side], at_ms)
            told.claims.append(made)
    return told


def _value(item: FieldMap, side: SideName, object_name: str, values: Mapping[str, Any], told: _Told) -> Canonical:
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


def _together(own: _Told, firm: _Told | None, person: KindMap, now_ms: int) -> dict[str, Sequence[Claim]]:
    """By field. A name that both have means the person's; `account.NAME` and `person.NAME` say which."""
    mine = by_field(own.claims, now_ms)
    theirs = by_field(firm.claims, now_ms) if firm is not None else {}
    names = {item.name for item in person.fields}
    found: dict[str, Sequence[Claim]] = {name: claims for name, claims in theirs.items() if name not in names}
    found |= mine
    found |= {f"person.{name}": claims for name, claims in mine.items()}
    found |= {f"account.{name}": claims for name, claims in theirs.items()}
    return found


def preview(tx: Tx, kinds: Sequence[KindMap], proposed: Definition, active: Definition, now_ms: int) -> dict[str, Any]:
    """Who would change status if `proposed` were active, in both directions, with the lines that decide."""
    totals = {"active": Counter[str](), "proposed": Counter[str]()}
    flips: list[dict[str, Any]] = []
    problems: Counter[str] = Counter()
    unreadable = 0
    for subject in subjects_with_claims(tx, kinds, fields_named(proposed) | fields_named(active), now_ms):
        before, after = (qualify(one, subject.claims, now_ms) for one in (active, proposed))
        totals["active"][before.status] += 1
        totals["proposed"][after.status] += 1
        problems.update(after.problems)
        unreadable += subject.unreadable
        if before.status != after.status:
            flips.append(_flip(subject, before, after, active, proposed))
    names = names_of(tx, [flip["link"] for flip in flips])
    for flip in flips:
        flip["subject"] = names[flip["link"]]
    flips.sort(key=lambda flip: (flip["direction"], -_ORDER[flip["to"]], flip["subject"], flip["link"]))
    directions = Counter(flip["direction"] for flip in flips)
    return {
        "definition": _about(proposed),
        "active": _about(active),
        "same_version": (proposed.name, proposed.version) == (active.name, active.version)
        and proposed.content != active.content,
        "judged_ms": now_ms,
        "subjects": sum(totals["active"].values()),
        "totals": {side: {name: count[name] for name in STATUSES if count[name]} for side, count in totals.items()},
        "up": directions["up"],
        "down": directions["down"],
        "flips": flips,
        "problems": [{"says": says, "count": count} for says, count in sorted(problems.items())],
        "unreadable": unreadable,
    }


def _about(definition: Definition) -> dict[str, Any]:
    return {
        "name": definition.name,
        "version": definition.version,
        "content": definition.content,
        "file": definition.path,
        "unsigned": list(definition.unsigned),
    }


def _flip(
    subject: SubjectClaims, before: Verdict, after: Verdict, active: Definition, proposed: Definition
) -> dict[str, Any]:
    """Down counts every step to a lower status, and out to recycled or disqualified."""
    up = _height(after.status) > _height(before.status)
    return {
        "subject": "",
        "link": subject.link.link_id,
        "left": {"object": subject.link.left_object, "id": subject.link.left_id},
        "right": {"object": subject.link.right_object, "id": subject.link.right_id},
        "account": subject.account.link_id if subject.account is not None else "",
        "from": before.status,
        "to": after.status,
        "direction": "up" if up else "down",
        "why": _why(before, after, active, proposed, up),
        "line": after.line,
        "criteria": list(after.lines()),
        "active_line": before.line,
        "active_criteria": list(before.lines()),
        "next_question": after.next_question,
    }


def _height(status: str) -> int:
    return LADDER.index(status) if status in LADDER else -1


def _why(before: Verdict, after: Verdict, active: Definition, proposed: Definition, up: bool) -> list[str]:
    """The lines that decide: what carries the higher status, and what keeps it from the subject on the other side."""
    for when, verdict in (("now", before), ("then", after)):
        if verdict.status in APART:
            return [f"{when}: {verdict.status}" + (f" for {verdict.reason}" if verdict.reason else "")]
    now, then = ("now", before, active), ("then", after, proposed)
    (here, high, held), (there, low, other_one) = (then, now) if up else (now, then)
    carried = set(needed_ids(held, high.status))
    met = [one.line(high.at_ms) for one in (*high.criteria, *high.signals) if one.id in carried and one.truth == "met"]
    missing: Sequence[str] = (f"there is no status {high.status}",)
    if other_one.status(high.status) is not None:
        missing = unmet(high.status, low, other_one)
    return [f"{here}: {line}" for line in met] + [f"{there}: {line}" for line in missing]
