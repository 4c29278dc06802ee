"""Vanish: a record is gone only by positive evidence, and its link keeps what it knew.

The streams' word (deleted, archived) is confirmed by one read; "not there" by id alone needs two reads, Z apart.
Absence from a list or a search is no evidence. A link whose record is gone becomes broken: the other side's record is
kept as it is, edits and all, and stays tied to the link, so that nothing is ever created in its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.base import Presence, Record, RemoteError, SideName
from syncer.core.fields import KindMap, other
from syncer.stages.belong_ends import leave
from syncer.stages.context import Context
from syncer.stages.identify import busy, end_of, ref_of, review_id
from syncer.stages.intents import CREATING
from syncer.stages.observation import asked_fields, note_merged, observations
from syncer.store.ports import Tx
from syncer.store.rows import LinkRow, RecordRow

_SUSPECTS = 10_000  # looked at in one run
_READ = 500  # ids of one call and transaction


def suspect_gone(context: Context, kind: KindMap, side: SideName, object_name: str, ids: Sequence[str]) -> None:
    """Notes that a read by id found nothing there: the first of two looks."""
    with context.store.transaction() as tx:
        tx.records.mark_gone(side, object_name, ids, context.clock.now_ms())
    context.report.count("suspected_gone", len(ids))


def vanish(context: Context) -> int:
    """Looks again at every suspect that has waited long enough; how many are gone for good."""
    with context.store.snapshot() as tx:
        suspects = tx.records.suspected(_SUSPECTS)
    due_ms = context.clock.now_ms() - context.settings.zombie_wait_ms
    groups: dict[tuple[SideName, str], list[RecordRow]] = {}
    mapped = {(side, name): kind for kind, side, name in context.objects()}
    for row in suspects:
        if row.gone_since_ms <= due_ms and (row.side, row.object) in mapped:
            groups.setdefault((row.side, row.object), []).append(row)
    gone = 0
    for (side, object_name), rows in sorted(groups.items()):
        for start in range(0, len(rows), _READ):
            if context.active(side):
                gone += _look_again(context, mapped[side, object_name], side, object_name, rows[start : start + _READ])
    return gone


def _look_again(context: Context, kind: KindMap, side: SideName, object_name: str, rows: Sequence[RecordRow]) -> int:
    with context.store.snapshot() as tx:
        fields = asked_fields(context, tx, kind, side, object_name)
    try:
        found = context.remotes[side].read(object_name, [row.id for row in rows], fields)
    except RemoteError as error:
        context.report.pause(side, error)
        return 0
    gone = [row for row in rows if _is_gone(found.get(row.id))]
    with context.store.transaction() as tx:
        _note_alive(context, tx, kind, side, object_name, found)
        tx.records.clear_gone(side, object_name, [row.id for row in rows if row not in gone])
        tx.records.set_presence(side, object_name, [row.id for row in gone], Presence.DELETED.value)
        wake_namesakes(tx, kind, gone)
        tx.reviews.drop([review_id(ref_of(row)) for row in gone])
        links = tx.links.by_records(side, object_name, [row.id for row in gone])
        for row in gone:
            if (link := links.get(row.id)) is not None:
                end_link(context, tx, link, row)
    context.report.count("gone", len(gone))
    return len(gone)


def look_first(context: Context, kind: KindMap, side: SideName, object_name: str, ids: Sequence[str]) -> int:
    """Reads records that a full list did not show, which by itself says nothing; how many are not there by id either.

    Raises RemoteError.
    """
    with context.store.snapshot() as tx:
        fields = asked_fields(context, tx, kind, side, object_name)
    found = context.remotes[side].read(object_name, ids, fields)
    absent = [record_id for record_id in ids if found.get(record_id) is None]
    told = [record_id for record_id in ids if (one := found.get(record_id)) is not None and _is_gone(one)]
    now_ms = context.clock.now_ms()
    with context.store.transaction() as tx:
        _note_alive(context, tx, kind, side, object_name, found)
        tx.records.mark_gone(side, object_name, absent, now_ms)
        tx.records.mark_gone(side, object_name, told, now_ms - context.settings.zombie_wait_ms)
    return len(absent) + len(told)


def _is_gone(record: Record | None) -> bool:
    return record is None or record.presence in (Presence.DELETED, Presence.ARCHIVED)


def _note_alive(
    context: Context, tx: Tx, kind: KindMap, side: SideName, object_name: str, found: Mapping[str, Record | None]
) -> None:
    """What the read found is knowledge like any other; an id that answers with another record was merged into it."""
    alive = {record.id: record for record in found.values() if record is not None and not _is_gone(record)}
    tx.records.upsert(observations(context, kind, side, object_name, list(alive.values())))
    merged = {asked: record for asked, record in found.items() if record is not None and record.id != asked}
    survivors = {asked: record.id for asked, record in merged.items() if not _is_gone(record)}
    note_merged(tx, side, object_name, survivors, context.clock.now_ms())


def wake_namesakes(tx: Tx, kind: KindMap, rows: Sequence[RecordRow]) -> None:
    """Records that shared a natural key with one that ended may be unambiguous now."""
    objects = [(side, name) for side in ("left", "right") for name in kind.objects(side)]
    keys: dict[str, set[str]] = {}
    for row in rows:
        for name, value in row.keys:
            keys.setdefault(name, set()).add(value)
    for name, values in sorted(keys.items()):
        for side, object_name, record_id in sorted(
            {ref_of(row) for row in tx.records.with_key(objects, name, sorted(values))}
        ):
            tx.records.touch(side, object_name, [record_id])


def end_link(context: Context, tx: Tx, link: LinkRow, row: RecordRow) -> bool:
    """The link's record on one side is gone; false where a write of unknown outcome has to be resolved first."""
    if end_of(link, row.side) != (row.object, row.id):
        return True  # an id that the link had once
    if busy(tx, [link]):
        return False
    if link.state in CREATING:
        tx.links.update(link.link_id, state="tombstone", match_key="", reason="source_gone")
    elif link.state == "linked":
        tx.links.update(link.link_id, state="broken", match_key="", reason=f"{row.side}_gone")
        context.report.count("unlinked")
    leave(tx, link.link_id)
    return True


def heal_link(context: Context, tx: Tx, link: LinkRow, row: RecordRow) -> None:
    """A record that was gone is there again, under its own id: the pair goes on from the base it had."""
    object_name, record_id = end_of(link, other(row.side))
    counterpart = tx.records.get_many(other(row.side), object_name, [record_id]).get(record_id)
    if counterpart is None or counterpart.presence != "live" or end_of(link, row.side) != (row.object, row.id):
        return
    tx.records.clear_gone(row.side, row.object, [row.id])
    tx.links.update(link.link_id, state="linked", reason="restored")
    tx.links.touch([link.link_id])
    context.report.count("restored")
