"""The fate of every edit: no value that a person set may be gone without a trace.

The last edit of each cell on each side must stand where it was made, or be in the journal, or have been seen by the
other side, where somebody later changed it. An element that a person added to a set must still be there, or have been
taken out by a person. Races seen by the witness must be in the journal by now (I1 d).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.base import SideName
from simulation.rest import history, ids_of
from simulation.witness import Violation, read
from syncer.core.fields import SIDES, FieldType, KindMap, Rule, other
from syncer.stages.comparing import same_value
from syncer.store.ports import Tx
from syncer.store.rows import LinkRow

if TYPE_CHECKING:
    from simulation.world import World

KEPT = ("effective", "restored")


def check_fates(world: World) -> None:
    """Raises Violation for the first edit that was lost."""
    with world.store.snapshot() as tx:
        _races(world, tx)
        for kind in world.kinds:
            for link in tx.links.iterate(kind.kind, ["linked", "broken"], "", 1000):
                for item in kind.fields:
                    if item.type is FieldType.REFERENCE:
                        continue
                    for side in SIDES:
                        check = _elements if item.rule is Rule.UNION else _last_edit
                        check(world, tx, kind, link, side, item.name)


def _races(world: World, tx: Tx) -> None:
    for race in world.witness.races:
        rows = tx.journal.list(link_id=race.link_id, states=KEPT)
        kind = next(kind for kind in world.kinds if kind.kind == tx.links.get_many([race.link_id])[race.link_id].kind)
        if not any(
            (row.side, row.field) == ("right", race.name)
            and same_value(kind, "right", race.name, row.loser, race.value)
            for row in rows
        ):
            raise Violation(f"I1 {race.name}: {race.value!r} overwritten by edit {race.edit_id}, and no journal row")


def _end(world: World, link: LinkRow, side: SideName) -> tuple[str, str, Any]:
    name, record_id = (link.left_object, link.left_id) if side == "left" else (link.right_object, link.right_id)
    return name, record_id, world.models[side].record(name, record_id) if record_id else None


def _last_edit(world: World, tx: Tx, kind: KindMap, link: LinkRow, side: SideName, name: str) -> None:
    """The newest value that somebody but the worker put into the cell, and what became of it."""
    object_name, record_id, record = _end(world, link, side)
    remote = kind.field_named(name).on(side, object_name) if record is not None else None
    if remote is None:
        return  # the record is gone, or has no place for it
    past = list(history(world, kind, side, _places(tx, link, side, object_name, record_id), name))
    before = [None, *(entry[2] for entry in past)]
    theirs = [
        entry
        for entry, held in zip(past, before, strict=False)
        if not entry[1].startswith("engine:") and entry[2] != held
    ]
    if not theirs:
        return
    edit_id, actor, value = theirs[-1]
    if read(kind, side, name, record.get(remote)) == value or edit_id == 0:
        return
    for row in tx.journal.list(link_id=link.link_id, states=KEPT):
        if (row.side, row.field) == (side, name) and read(kind, side, name, row.loser) == value:
            return
    away = list(history(world, kind, other(side), ids_of(tx, link, other(side)), name))
    if not value and (kind.field_named(name).blank == "keep" or _settled_blank(world, tx, link, past, away, edit_id)):
        return  # the witness saw to it that no fresh clear was filled
    if _as_sent_before(tx, kind, link, side, name, value) or _base_may_be(past, away, edit_id, value):
        return
    known = [0, 0, *(look for look in world.looks if look < edit_id)][-2]  # a look may miss what its index has not yet
    since = min(known, _since(world, past, away, edit_id, value))
    before = [entry for entry in away if entry[0] <= since][-1:]
    if any(held == value for _, _, held in (*before, *(entry for entry in away if entry[0] > since))):
        return
    raise Violation(
        f"I1 edit {edit_id} of {actor} is lost: {name} of {side} {object_name} {record_id} was set to {value!r} and is "
        f"{record.get(remote)!r}; the other side held {[held for _, _, held in away]}"
    )


def _as_sent_before(tx: Tx, kind: KindMap, link: LinkRow, side: SideName, name: str, value: Any) -> bool:
    """A person typed the very value of a write that nobody heard of: it reads as if that write had happened."""
    return any(
        row.side == side and row.klass == "unknown" and name in row.fields and read(kind, side, name, cell) == value
        for row in tx.intents.of_link(link.link_id, 200)
        for cell in [row.fields.get(name, {}).get("new")]
    )


def _base_may_be(past: list[tuple[int, str, Any]], away: list[tuple[int, str, Any]], edit_id: int, value: Any) -> bool:
    """Both sides held the value at one time, and the worker wrote nothing since: then it says nothing new (ABA)."""
    here = there = None
    possible = False
    for entry in sorted(
        [*((*entry, True) for entry in past), *((*entry, False) for entry in away)], key=lambda e: e[0]
    ):
        if entry[0] >= edit_id:
            break
        here, there = (entry[2], there) if entry[3] else (here, entry[2])
        possible = (here == value and there == value) or (possible and not entry[1].startswith("engine:"))
    return possible


def _settled_blank(
    world: World,
    tx: Tx,
    link: LinkRow,
    past: list[tuple[int, str, Any]],
    away: list[tuple[int, str, Any]],
    edit_id: int,
) -> bool:
    """Whether the cell was blank before the two met, or came to rest blank: filling it then loses nothing (I1 b)."""
    if link.created_ms >= world.ledger.since(edit_id - 1, 1)[0].at_ms or _merged(tx, link):
        return True
    if edit_id > 0 and without_base(past, away, world.looks, edit_id):
        return True
    filled = min((entry[0] for entry in past if entry[0] > edit_id), default=0)
    return any(edit_id <= look < filled for look in world.looks)


def _places(tx: Tx, link: LinkRow, side: SideName, object_name: str, record_id: str) -> list[tuple[str, str]]:
    """The record, and the lead that it was made of: what a conversion carries over is no edit."""
    aliases = tx.links.aliases_of(link.link_id)
    leads = [(row.object, row.id) for row in aliases if (row.side, row.reason) == (side, "converted")]
    return [(object_name, record_id), *leads]


def _unsettled_looks(world: World, both: list[tuple[int, str, Any]], edit_id: int) -> list[int]:
    """Looks of the worker before that edit, newest first, as far back as it settled nothing of the cell."""
    settled = max((entry[0] for entry in both if entry[0] < edit_id and entry[1].startswith("engine:")), default=-1)
    return [look for look in sorted({0, *world.looks}, reverse=True) if settled <= look < edit_id]


def _since(
    world: World, past: list[tuple[int, str, Any]], away: list[tuple[int, str, Any]], edit_id: int, value: Any
) -> int:
    """From which edit on the value counts as said: what returns to its base before anything was settled says nothing.

    Changed is what differs from the base (ABA): a value put back before the change had travelled is no update.
    """
    for look in _unsettled_looks(world, [*past, *away], edit_id):
        held = [entry[2] for entry in past if entry[0] <= look]
        if (held[-1] if held else None) == value:
            return look
    return edit_id


def _elements(world: World, tx: Tx, kind: KindMap, link: LinkRow, side: SideName, name: str) -> None:
    """Adding wins: an element that a person added is there unless a person took it out."""
    object_name, record_id, record = _end(world, link, side)
    remote = kind.field_named(name).on(side, object_name) if record is not None else None
    if remote is None or any(row.field in (name, "*") for row in tx.quarantine.for_links([link.link_id])):
        return
    now = read(kind, side, name, record.get(remote)) or frozenset()
    gone, put, cleared = _acts(world, tx, kind, link, name)
    there = _end(world, link, other(side))
    field = kind.field_named(name).on(other(side), there[0]) if there[2] is not None else None
    apart = field is None or (read(kind, other(side), name, there[2].get(field)) or frozenset()) != now
    for element in now if not apart and not _merged(tx, link) else ():  # apart: a clear that was kept back
        out = gone.get(element, 0)
        if not out or out in cleared or link.created_ms >= world.ledger.since(out - 1, 1)[0].at_ms:
            continue
        if put.get(element, 0) <= [0, 0, *(look for look in world.looks if look < out)][-2]:
            raise Violation(f"I1 edit {out} is lost: {element!r} was taken out of {name} of {record_id}")
    rows = tx.journal.list(link_id=link.link_id, states=KEPT)
    losers = [read(kind, side, name, row.loser) for row in rows if (row.side, row.field) == (side, name)]
    journaled = frozenset().union(*(loser or frozenset() for loser in losers))
    before = frozenset()
    past = list(history(world, kind, side, [(object_name, record_id)], name))
    away = list(history(world, kind, other(side), ids_of(tx, link, other(side)), name))
    for edit_id, actor, value in past:
        held = value or frozenset()
        if not actor.startswith("engine:"):
            for element in held - before:
                if element not in now and gone.get(element, -1) < edit_id:
                    if _was_in_base(world, past, away, edit_id, element) or element in journaled:
                        continue
                    raise Violation(
                        f"I1 edit {edit_id} of {actor} is lost: {element!r} was added to {name} of {record_id}"
                    )
        before = held


def _merged(tx: Tx, link: LinkRow) -> bool:
    """Another record took a place in the link: what differs then meets as if for the first time."""
    return any(row.reason == "merged" for row in tx.links.aliases_of(link.link_id))


def _acts(
    world: World, tx: Tx, kind: KindMap, link: LinkRow, name: str
) -> tuple[dict[str, int], dict[str, int], set[int]]:
    """Element -> the newest edit of a person, on either side, that took it out, and that put it in; whole clears."""
    gone: dict[str, int] = {}
    put: dict[str, int] = {}
    cleared: set[int] = set()
    for each in SIDES:
        before: frozenset[str] = frozenset()
        for edit_id, actor, value in history(world, kind, each, ids_of(tx, link, each), name):
            held = value or frozenset()
            if not actor.startswith("engine:"):
                gone.update({element: max(gone.get(element, 0), edit_id) for element in before - held})
                if not held:  # a whole clear stays where it was made
                    cleared.add(edit_id)
                put.update({element: max(put.get(element, 0), edit_id) for element in held - before})
            before = held
    return gone, put, cleared


def _was_in_base(
    world: World, past: list[tuple[int, str, Any]], away: list[tuple[int, str, Any]], edit_id: int, element: str
) -> bool:
    """Taken out and put back before anything was settled: no addition (ABA), and the other side may remove it."""
    for look in _unsettled_looks(world, [*past, *away], edit_id):
        held = [entry[2] for entry in past if entry[0] <= look]
        if held and element in (held[-1] or frozenset()):
            return True
    return False


def without_base(
    past: list[tuple[int, str, Any]], away: list[tuple[int, str, Any]], looks: list[int], edit_id: int
) -> bool:
    """Whether the cell had never been settled by then: both sides never seen equal, nothing written to it (I1 b)."""
    if any(entry[0] < edit_id and entry[1].startswith("engine:") for entry in (*past, *away)):
        return False
    for look in {0, *looks}:
        if look < edit_id:
            here = [entry[2] for entry in past if entry[0] <= look][-1:]
            there = [entry[2] for entry in away if entry[0] <= look][-1:]
            if (here or [None]) == (there or [None]):
                return False
    return True
