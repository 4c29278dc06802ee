"""Which records are one subject: the evidence for a batch of unlinked records, and the verdict on each.

Order of evidence: our key on the record, the id that the other record names, natural keys from the strongest on; the
first that names anything decides. More than one candidate, or one that belongs to somebody else, is `Ambiguous`: never
the first. Only records read before count, so nothing here asks a remote.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from connectors.base import Record, SideName
from syncer.core.fields import SIDES, KindMap, other
from syncer.stages.context import LEFT_CROSS_REFERENCE, Context
from syncer.stages.dependents import wake_dependents
from syncer.stages.intents import drop_planned
from syncer.store.ports import Tx
from syncer.store.rows import IntentRow, LinkRow, RecordRow, ReviewRow

Ref = tuple[SideName, str, str]  # side, object, id


@dataclass(frozen=True, slots=True)
class Pair:
    """The record and one free record of the other side."""

    candidate: RecordRow
    match_key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Join:
    """The record is what the link was about to create, or what stands in for a record that is gone."""

    link: LinkRow
    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing on the other side; `twins` are other live records of this side with the same natural key."""

    match_key: str
    twins: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Ambiguous:
    reason: str
    candidates: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """The link has a write of unknown outcome, which may be this very record: recovery decides first."""

    link: LinkRow


Verdict = Pair | Join | Unknown | Ambiguous | Wait


def ref_of(row: RecordRow) -> Ref:
    return row.side, row.object, row.id


def end_of(link: LinkRow, side: SideName) -> tuple[str, str]:
    """(object, id) of the link's record on that side; empty where there is none."""
    return (link.left_object, link.left_id) if side == "left" else (link.right_object, link.right_id)


def end_changes(side: SideName, object_name: str, record_id: str) -> dict[str, str]:
    """The columns that put a record on that side of a link."""
    return {f"{side}_object": object_name, f"{side}_id": record_id}


@dataclass(slots=True)
class Evidence:
    """Everything that may identify the records of one batch, gathered in a few queries."""

    links: dict[Ref, LinkRow] = field(default_factory=dict)
    by_sync_key: dict[str, LinkRow] = field(default_factory=dict)
    carriers: dict[str, list[RecordRow]] = field(default_factory=dict)  # sync key -> live records that carry it
    holders: dict[tuple[str, str], list[RecordRow]] = field(default_factory=dict)  # natural key -> live records
    named: dict[str, RecordRow] = field(default_factory=dict)  # right id -> live record that a left one names
    ends: dict[Ref, RecordRow] = field(default_factory=dict)  # records of the links found by sync key
    by_match_key: dict[str, LinkRow] = field(default_factory=dict)  # links that hold one of the natural keys
    busy: dict[str, IntentRow] = field(default_factory=dict)  # link id -> open intent


def gather(tx: Tx, kind: KindMap, rows: Sequence[RecordRow]) -> Evidence:
    """The evidence for live records of one kind."""
    found = Evidence()
    objects = [(side, name) for side in SIDES for name in kind.objects(side)]
    _gather_keys(tx, kind, rows, found)
    # What a candidate carries counts too: a new link must not take a key that another one has.
    seen = [*rows, *(row for group in found.holders.values() for row in group), *found.named.values()]
    sync_keys = sorted({row.sync_key for row in seen if row.sync_key})
    if sync_keys:
        found.by_sync_key = tx.links.by_sync_keys(sync_keys)
        for carrier in tx.records.with_sync_key(objects, sync_keys):
            if carrier.presence == "live":
                found.carriers.setdefault(carrier.sync_key, []).append(carrier)
    candidates = {ref_of(row): row for group in found.carriers.values() for row in group}
    candidates |= {ref_of(row): row for group in found.holders.values() for row in group}
    candidates |= {ref_of(row): row for row in found.named.values()}
    for side, name in objects:
        ids = sorted({ref[2] for ref in candidates if ref[:2] == (side, name)})
        for record_id, link in tx.links.by_records(side, name, ids).items() if ids else ():
            found.links[side, name, record_id] = link
        ends = sorted({end_of(link, side)[1] for link in found.by_sync_key.values() if end_of(link, side)[0] == name})
        for row in tx.records.get_many(side, name, ends).values() if ends else ():
            found.ends[ref_of(row)] = row
    links = {link.link_id for link in (*found.links.values(), *found.by_sync_key.values())}
    found.busy = tx.intents.open_for(sorted(links)) if links else {}
    return found


def _gather_keys(tx: Tx, kind: KindMap, rows: Sequence[RecordRow], found: Evidence) -> None:
    objects = [(side, name) for side in SIDES for name in kind.objects(side)]
    wanted: dict[str, set[str]] = {}
    for row in rows:
        for name, value in row.keys:
            wanted.setdefault(name, set()).add(value)
        if row.side == "right":
            wanted.setdefault(LEFT_CROSS_REFERENCE, set()).add(row.id)
    named = sorted({value for row in rows for name, value in row.keys if name == LEFT_CROSS_REFERENCE})
    for name, values in sorted(wanted.items()):
        where = [("left", left) for left in kind.left_objects] if name == LEFT_CROSS_REFERENCE else objects
        for holder in tx.records.with_key(where, name, sorted(values)):
            for key in holder.keys:
                if key[0] == name and key[1] in values:
                    found.holders.setdefault(key, []).append(holder)
    match_keys = sorted({match_key_of(key) for row in rows for key in row.keys if key[0] != LEFT_CROSS_REFERENCE})
    found.by_match_key = tx.links.by_match_keys(kind.kind, match_keys) if match_keys else {}
    if named:
        for name in kind.right_objects:
            live = tx.records.get_many("right", name, named).values()
            found.named.update((row.id, row) for row in live if row.presence == "live")


def identify(kind: KindMap, row: RecordRow, found: Evidence) -> Verdict:
    """The verdict on one live record that belongs to no link."""
    verdict = _by_sync_key(row, found) or _by_cross_reference(row, found)
    if verdict is not None:
        return verdict
    twins: list[RecordRow] = []
    first_key = ""
    for name in kind.match:
        keys = [key for key in row.keys if key[0] == name]
        if not keys:
            continue
        first_key = first_key or match_key_of(keys[0])
        holders = _distinct(holder for key in keys for holder in found.holders.get(key, ()))
        same = [holder for holder in holders if holder.side == row.side and ref_of(holder) != ref_of(row)]
        across = [holder for holder in holders if holder.side != row.side]
        if across:
            shared = next(key for key in keys if any(holder in across for holder in found.holders.get(key, ())))
            return _choose(row, across, same, found, match_key_of(shared), name)
        twins += same
    return Unknown(first_key, tuple(ref_of(twin) for twin in _distinct(twins)))


def match_key_of(key: tuple[str, str]) -> str:
    return f"{key[0]}={key[1]}"


def _by_sync_key(row: RecordRow, found: Evidence) -> Verdict | None:
    if not row.sync_key:
        return None
    carriers = found.carriers.get(row.sync_key, [])
    copies = [ref_of(copy) for copy in carriers if copy.side == row.side and ref_of(copy) != ref_of(row)]
    if copies:
        return Ambiguous("copied_key", tuple(copies))
    link = found.by_sync_key.get(row.sync_key)
    if link is None or link.state == "tombstone":
        across = [carrier for carrier in carriers if carrier.side != row.side]
        return _choose(row, across, [], found, _own_match_key(row), "key") if across else None
    object_name, record_id = end_of(link, row.side)
    if record_id:
        holder = found.ends.get((row.side, object_name, record_id))
        if holder is None or holder.presence == "live":
            return Ambiguous("copied_key", ((row.side, object_name, record_id),))
    return Wait(link) if _is_busy(link, found) else Join(link, "key")


def _by_cross_reference(row: RecordRow, found: Evidence) -> Verdict | None:
    if row.side == "right":
        across = found.holders.get((LEFT_CROSS_REFERENCE, row.id), [])
        return _choose(row, across, [], found, _own_match_key(row), "cross_reference") if across else None
    for name, value in row.keys:
        if name == LEFT_CROSS_REFERENCE and (target := found.named.get(value)) is not None:
            holders = found.holders.get((name, value), [])
            same = [holder for holder in holders if ref_of(holder) != ref_of(row)]
            return _choose(row, [target], same, found, _own_match_key(row), "cross_reference")
    return None


def _own_match_key(row: RecordRow) -> str:
    return next((match_key_of(key) for key in row.keys if key[0] != LEFT_CROSS_REFERENCE), "")


def _choose(
    row: RecordRow,
    across: Sequence[RecordRow],
    same: Sequence[RecordRow],
    found: Evidence,
    match_key: str,
    reason: str,
) -> Verdict:
    """The one candidate, if there is exactly one, it is free, and nobody on this side claims it as well."""
    everyone = tuple(ref_of(item) for item in (*across, *same))
    if len(across) > 1:
        return Ambiguous("several_candidates", everyone)
    if same:
        return Ambiguous("several_claim_it", everyone)
    candidate = across[0]
    link = found.links.get(ref_of(candidate))
    if link is None:
        return Pair(candidate, match_key, reason)
    if link.state != f"creating_{row.side}":
        return Ambiguous("already_linked", everyone)
    return Wait(link) if _is_busy(link, found) else Join(link, reason)


def _is_busy(link: LinkRow, found: Evidence) -> bool:
    intent = found.busy.get(link.link_id)
    return intent is not None and intent.state != "planned"


def busy(tx: Tx, links: Sequence[LinkRow]) -> bool:
    """Whether one of them has a write whose outcome is open, to be waited for; if not, what was planned is dropped."""
    found = tx.intents.open_for([link.link_id for link in links]).values()
    if any(intent.state != "planned" for intent in found):
        return True
    drop_planned(tx, [intent.intent_id for intent in found])
    return False


def _distinct(rows: Iterable[RecordRow]) -> list[RecordRow]:
    return list({ref_of(row): row for row in rows}.values())


def join(context: Context, tx: Tx, link: LinkRow, row: RecordRow, reason: str) -> None:
    """Puts the record on its side of the link, which becomes linked; what was planned for the link is planned anew."""
    planned = [intent for intent in tx.intents.open_for([link.link_id]).values() if intent.state == "planned"]
    drop_planned(tx, [intent.intent_id for intent in planned])
    changes = end_changes(row.side, row.object, row.id)
    tx.links.update(link.link_id, state="linked", reason=reason, **changes)
    if end_of(link, row.side)[1]:
        tx.shadows.delete([link.link_id])  # another record stands there now: first contact
    tx.links.touch([link.link_id])
    tx.reviews.drop([review_id(ref_of(row))])
    wake_ends(tx, [ref_of(row), (other(row.side), *end_of(link, other(row.side)))])
    context.report.count("linked")


def wake_ends(tx: Tx, refs: Sequence[Ref]) -> None:
    """References that waited for these records are planned again."""
    for side, object_name in sorted({ref[:2] for ref in refs}):
        wake_dependents(tx, side, object_name, [ref[2] for ref in refs if ref[:2] == (side, object_name)])


def relink_found(context: Context, tx: Tx, link_id: str, side: SideName, records: Sequence[Record]) -> None:
    """A create found its target there already. One that is free is linked; anything else a person decides.

    Part of the caller's transaction, which has stored the records.
    """
    link = tx.links.get_many([link_id])[link_id]
    if end_of(link, side)[1]:
        return  # linked meanwhile
    rows: dict[Ref, RecordRow] = {}
    owners: dict[Ref, LinkRow] = {}
    for object_name in sorted({record.object for record in records}):
        ids = sorted({record.id for record in records if record.object == object_name})
        rows.update((ref_of(row), row) for row in tx.records.get_many(side, object_name, ids).values())
        owners.update(
            ((side, object_name, record_id), owner)
            for record_id, owner in tx.links.by_records(side, object_name, ids).items()
            if owner.link_id != link_id
        )
    if len(rows) == 1 and not owners:
        join(context, tx, link, next(iter(rows.values())), "found")
        return
    refs = sorted({(side, record.object, record.id) for record in records})
    reason = "already_linked" if owners else "several_candidates"
    tx.links.update(link_id, state="ambiguous", reason=reason)
    source = (other(side), *end_of(link, other(side)))
    review_link(context, tx, source, link, Ambiguous(reason, tuple(refs)), owners)


def review_id(ref: Ref) -> str:
    return f"link-{'-'.join(ref)}"


def review_link(
    context: Context, tx: Tx, ref: Ref, link: LinkRow | None, verdict: Ambiguous, owners: dict[Ref, LinkRow]
) -> None:
    """Asks a person which record it is; the same question once."""
    candidates = [
        {"side": side, "object": name, "id": record_id, "link": owner.link_id if owner else ""}
        for side, name, record_id in verdict.candidates
        for owner in [owners.get((side, name, record_id))]
    ]
    tx.reviews.add(
        ReviewRow(
            review_id=review_id(ref),
            kind="link",
            link_id=link.link_id if link else "",
            side=ref[0],
            object=ref[1],
            remote_id=ref[2],
            field="",
            payload={"reason": verdict.reason, "candidates": candidates},
            state="open",
            created_ms=context.clock.now_ms(),
        )
    )
    context.report.count("ambiguous")
