"""Succession: merged and converted records hand their place in a link on; no incoming id ever looks like a new record.

All that follows from one event (aliases, ends, base, dropped plans, split links) is one transaction (T8), so that no
state has two owners. An event whose link has a write of unknown outcome waits, with its record left dirty.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.base import Presence, SideName
from syncer.core.fields import SIDES, KindMap, other
from syncer.stages.belong_ends import leave
from syncer.stages.context import Context
from syncer.stages.conversion import INTO_LINKED, convert, rivals, take_over
from syncer.stages.dependents import wake_documents
from syncer.stages.identify import Ref, busy, end_changes, end_of, ref_of, review_id, wake_ends
from syncer.stages.intents import CREATING
from syncer.stages.observation import note_merged
from syncer.stages.rebase import differing, taken_from, without
from syncer.stages.vanish import end_link, heal_link, wake_namesakes
from syncer.store.ports import Tx
from syncer.store.rows import AliasRow, LinkRow, RecordRow, ReviewRow

_ENDED = frozenset({Presence.DELETED.value, Presence.ARCHIVED.value})


def follow(context: Context, kind: KindMap) -> set[Ref]:
    """Carries out what became known of merges, conversions, ends and returns of the kind's records.

    Returns the records whose predecessors still wait for the outcome of a write: nothing may be linked or created for
    them before.
    """
    objects = [(side, name) for side in SIDES for name in kind.objects(side)]
    after, held = 0, set()
    while True:
        with context.store.snapshot() as tx:
            rows = tx.records.dirty(objects, context.settings.batch_size, after_seq=after)
            broken = _broken(tx, rows) if tx.links.iterate(kind.kind, ["broken"], "", 1) else frozenset()
        if not rows:
            return held
        after = rows[-1].dirty_seq
        events = [row for row in rows if row.presence != "live" or row.merged_ids or ref_of(row) in broken]
        if events:
            with context.store.transaction() as tx:
                held |= {heir for row in events if (heir := _follow_one(context, tx, kind, row)) is not None}


def _broken(tx: Tx, rows: Sequence[RecordRow]) -> frozenset[Ref]:
    """Which of the records belong to a broken link and may heal it."""
    groups: dict[tuple[SideName, str], list[str]] = {}
    for row in rows:
        groups.setdefault((row.side, row.object), []).append(row.id)
    return frozenset(
        (side, name, record_id)
        for (side, name), ids in groups.items()
        for record_id, link in tx.links.by_records(side, name, ids).items()
        if link.state == "broken"
    )


def _follow_one(context: Context, tx: Tx, kind: KindMap, row: RecordRow) -> Ref | None:
    """Carries out one event; the record that has to wait for it, if it cannot be done yet."""
    if row.presence == Presence.MERGED.value:
        survivor = row.successor.get(row.object)
        if survivor and not merge(context, tx, kind, row.side, row.object, survivor, [row.id]):
            return row.side, row.object, survivor
    elif row.presence == Presence.CONVERTED.value:
        if not convert(context, tx, kind, row):
            return row.side, "Contact", row.successor.get("Contact", "")
    elif row.presence in _ENDED:
        link = _link_of(tx, row)
        if link is not None and end_link(context, tx, link, row) and end_of(link, row.side) != (row.object, row.id):
            tx.records.mark_planned([(*ref_of(row), row.dirty_seq)])
    else:
        if row.merged_ids and not merge(context, tx, kind, row.side, row.object, row.id, row.merged_ids):
            return ref_of(row)
        link = _link_of(tx, row)
        if link is not None and link.state == "broken":
            heal_link(context, tx, link, row)
    return None


def _link_of(tx: Tx, row: RecordRow) -> LinkRow | None:
    return tx.links.by_records(row.side, row.object, [row.id]).get(row.id)


def merge(
    context: Context,
    tx: Tx,
    kind: KindMap,
    side: SideName,
    object_name: str,
    survivor_id: str,
    loser_ids: Sequence[str],
) -> bool:
    """One record consumed others: the survivor's link, else the first loser's, goes on with the survivor.

    A link that is only about to create something yields to one that has both sides. Links that fall together on this
    side leave the other side's surplus record `split`: kept, unsynced, reported. False where a write must settle first.
    """
    note_merged(tx, side, object_name, dict.fromkeys(loser_ids, survivor_id), context.clock.now_ms())
    links = tx.links.by_records(side, object_name, [survivor_id, *loser_ids])
    ordered = [links[record_id] for record_id in (survivor_id, *loser_ids) if record_id in links]
    if not ordered:
        return True  # nobody's; the losers end in the link stage
    answer = _answered(tx, side, ordered)
    target = answer or next((link for link in ordered if link.state not in CREATING), ordered[0])
    surplus = list({link.link_id: link for link in ordered if link.link_id != target.link_id}.values())
    losers = tx.records.get_many(side, object_name, loser_ids)
    moved = end_of(target, side) != (object_name, survivor_id)
    unknown = [loser for loser in loser_ids if loser not in links or links[loser].link_id != target.link_id]
    if moved or unknown or surplus:
        if busy(tx, [target, *surplus]):
            return False
        for link in surplus:
            _collapse(context, tx, link, side, target)
        _hand_over(context, tx, kind, target, side, (object_name, survivor_id), losers)
        if answer is not None:
            tx.links.update(target.link_id, state="linked", reason="merged")
            tx.reviews.drop([review_id(("left", *end_of(target, "left")))])
        now_ms = context.clock.now_ms()
        aliases = [AliasRow(side, object_name, item, target.link_id, "merged", now_ms) for item in loser_ids]
        tx.links.add_aliases(aliases)
        wake_documents(tx, target.link_id)
        tx.links.touch([target.link_id])
        wake_ends(tx, [(side, object_name, survivor_id)])
        wake_namesakes(tx, kind, list(losers.values()))
        context.report.count("merged", len(loser_ids))
    fresh = tx.records.get_many(side, object_name, loser_ids).values()
    tx.records.mark_planned([(*ref_of(row), row.dirty_seq) for row in fresh])
    return True


def _answered(tx: Tx, side: SideName, links: Sequence[LinkRow]) -> LinkRow | None:
    """The contact's link, where a merge on the right follows a conversion that had made the two one on the left."""
    doubtful = [link for link in links if (link.state, link.reason) == ("ambiguous", INTO_LINKED)]
    if side == "left" or not doubtful:
        return None
    leads = tx.records.get_many("left", "Lead", [link.left_id for link in doubtful if link.left_object == "Lead"])
    heirs = {lead.successor.get("Contact") for lead in leads.values()}
    return next((link for link in doubtful if link.left_object == "Contact" and link.left_id in heirs), None)


def answer_conversion(context: Context, tx: Tx, kind: KindMap, review: ReviewRow, chosen: RecordRow) -> LinkRow:
    """A person says which right record the contact goes on with; the others are left over, as after a merge.

    Part of the caller's transaction, which has seen that no write of these links is open.
    """
    links = rivals(tx, review)
    target = next(link for link in links if end_of(link, chosen.side) == (chosen.object, chosen.id))
    for link in links:
        if link.link_id != target.link_id:
            _collapse(context, tx, link, "left", target)
    if end_of(target, "left") != (review.object, review.remote_id):
        take_over(context, tx, kind, target, review.remote_id)
    tx.links.update(target.link_id, state="linked", reason="chosen")
    tx.links.touch([target.link_id])
    wake_ends(tx, [(review.side, review.object, review.remote_id), ref_of(chosen)])
    return tx.links.get_many([target.link_id])[target.link_id]


def _collapse(context: Context, tx: Tx, link: LinkRow, side: SideName, target: LinkRow) -> None:
    """Takes this side out of a link that fell together with another; its ids become the other's."""
    now_ms = context.clock.now_ms()
    object_name, record_id = end_of(link, other(side))
    ids = [(alias.object, alias.id) for alias in tx.links.aliases_of(link.link_id) if alias.side == side]
    if end_of(link, side)[1]:
        ids.append(end_of(link, side))
    converted = (link.state, link.reason, object_name) == ("ambiguous", INTO_LINKED, "Lead")
    if converted:
        tx.links.add_aliases([AliasRow(other(side), object_name, record_id, target.link_id, "converted", now_ms)])
    alone = not record_id or converted or link.state in CREATING
    tx.links.update(
        link.link_id,
        state="tombstone" if alone else "split",
        match_key="",
        reason=f"merged_into {target.link_id}",
        **end_changes(side, "", ""),
    )
    tx.links.add_aliases([AliasRow(side, name, item, target.link_id, "merged", now_ms) for name, item in ids])
    leave(tx, link.link_id, heir=target.link_id)
    if alone:
        tx.reviews.drop([f"split-{link.link_id}"])
        return
    tx.reviews.add(
        ReviewRow(
            review_id=f"split-{link.link_id}",
            kind="split",
            link_id=link.link_id,
            side=other(side),
            object=object_name,
            remote_id=record_id,
            field="",
            payload={"merged_into": target.link_id, "merged_on": side},
            state="open",
            created_ms=now_ms,
        )
    )
    context.report.count("split")


def _hand_over(
    context: Context,
    tx: Tx,
    kind: KindMap,
    link: LinkRow,
    side: SideName,
    survivor: tuple[str, str],
    losers: dict[str, RecordRow],
) -> None:
    """The survivor takes the link's end; fields that are not what this side last held meet as if for the first time."""
    row = tx.records.get_many(side, survivor[0], [survivor[1]]).get(survivor[1])
    shadow = tx.shadows.get_many([link.link_id]).get(link.link_id)
    before = end_of(link, side)
    if before != survivor:
        changes = end_changes(side, *survivor)
        if link.state == "broken" and link.reason == f"{side}_gone":
            changes |= {"state": "linked", "reason": "merged"}
        tx.links.update(link.link_id, **changes)
        if before[1]:
            moved = AliasRow(side, *before, link.link_id, "merged", context.clock.now_ms())
            tx.links.add_aliases([moved])
    tx.reviews.drop([review_id((side, *survivor)), *(review_id(ref_of(loser)) for loser in losers.values())])
    if shadow is None:
        return
    if row is None:
        tx.shadows.delete([link.link_id])
        return
    changed = differing(kind, shadow, side, row)
    if before == survivor:
        changed &= taken_from(kind, row, list(losers.values()))
    opposite = end_of(link, other(side))
    facing = tx.records.get_many(other(side), opposite[0], [opposite[1]]).get(opposite[1])
    if facing is not None:  # an edit over there, a clear above all, stays one only against the base: both are conflicts
        changed -= differing(kind, shadow, other(side), facing)
    if changed:
        tx.shadows.put([without(shadow, changed)])
