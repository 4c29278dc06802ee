"""The oracles at rest: what must hold once people and faults have stopped and the worker has nothing left to do.

I2 and I7: every cell that differs is explained by its rule. I5: the worker knows every record as it is. I8: nothing is
open, dirty or owed. They read the models, the ledger and the store, never the worker's own counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from connectors.base import Raw, SideName
from simulation.witness import Violation, blank, read
from syncer.core.fields import SIDES, FieldMap, FieldType, KindMap, Rule, other
from syncer.core.values import BLANK
from syncer.stages.comparing import same_value
from syncer.stages.context import mapped_fields
from syncer.stages.gathering import ACCOUNT_OBJECTS
from syncer.store.ports import Tx
from syncer.store.rows import LinkRow

if TYPE_CHECKING:
    from simulation.world import World

_LEADERS: dict[Rule, SideName] = {
    Rule.PREFER_SALESFORCE_UNLESS_BLANK: "left",
    Rule.ALWAYS_SALESFORCE: "left",
    Rule.PREFER_HUBSPOT_UNLESS_BLANK: "right",
    Rule.ALWAYS_HUBSPOT: "right",
}
_ALWAYS = frozenset({Rule.ALWAYS_SALESFORCE, Rule.ALWAYS_HUBSPOT})
PERSONS_TURN = frozenset({"data", "identity", "dependency", "schema", "permission"})  # quarantine that waits for people


@dataclass(frozen=True, slots=True)
class Held:
    """One cell of a link: what both sides hold at the end, and everything each ever held, oldest first."""

    item: FieldMap
    raws: dict[SideName, Raw]
    ever: dict[SideName, list[Any]]  # canonical
    values: dict[SideName, Any]  # canonical

    def cleared(self, side: SideName) -> bool:
        """Blank now, and not because it always was."""
        return blank(self.raws[side]) and any(not _blank(value) for value in self.ever[side])


def _blank(value: Any) -> bool:
    return value is None or value == frozenset()


def open_work(world: World) -> list[str]:
    """What the worker still owes, in words; empty at rest."""
    owed: list[str] = []
    with world.store.snapshot() as tx:
        for (side, state), count in sorted(tx.intents.count_open().items()):
            owed.append(f"{count} writes to the {side} are {state}")
        if dirty := tx.records.count_dirty():
            owed.append(f"{dirty} records are dirty")
        for link in tx.links.iterate("", ["creating_left", "creating_right"], "", 1000):
            if not any(row.field == "*" for row in tx.quarantine.for_links([link.link_id])):
                owed.append(f"link {link.link_id[:6]} is still {link.state}")
    return owed


def check_rest(world: World) -> None:
    """Raises Violation."""
    if owed := open_work(world):
        raise Violation(f"I8 not at rest: {'; '.join(owed)}")
    with world.store.snapshot() as tx:
        if suspended := tx.suspended.list():
            raise Violation(f"I8 fields are still suspended: {[(row.side, row.field) for row in suspended]}")
        for row in tx.quarantine.list():
            if row.klass not in PERSONS_TURN:
                raise Violation(f"I8 {row.field} is quarantined for {row.klass} ({row.code}), which time should cure")
        for kind in world.kinds:
            _bounded(world, tx, kind)
            _known(world, tx, kind)
            _one_owner(world, tx, kind)
            for link in tx.links.iterate(kind.kind, ["linked"], "", 1000):
                for held in cells(world, tx, kind, link):
                    _explained(world, tx, link, held)


def _bounded(world: World, tx: Tx, kind: KindMap) -> None:
    """I10: what was refused for what it holds waits before it is sent again, each time twice as long."""
    if any(event.actor == "root" for event in world.script.events):
        return  # another schema is reason enough to try again
    for link in tx.links.iterate(kind.kind, ["linked", "creating_left", "creating_right"], "", 1000):
        tries: dict[str, list[int]] = {}
        for row in tx.intents.of_link(link.link_id, 200):
            if row.klass in PERSONS_TURN and row.sent_ms:
                written = sorted((name, str(cell["expected"]), str(cell["new"])) for name, cell in row.fields.items())
                tries.setdefault(f"{row.side} {row.op} {written}", []).append(row.sent_ms)
        for what, sent in tries.items():
            wait_ms = world.settings.retry_first_ms
            for before_ms, after_ms in pairwise(sorted(sent)):
                if _edited_between(world, tx, link, before_ms, after_ms):
                    wait_ms = world.settings.retry_first_ms
                    continue
                if after_ms - before_ms < wait_ms:
                    raise Violation(f"I10 refused, and sent again after {after_ms - before_ms} ms: {what}")
                wait_ms *= 2


def _edited_between(world: World, tx: Tx, link: LinkRow, after_ms: int, before_ms: int) -> bool:
    """Whether one of the link's records was edited in that time, by clocks that may be wrong: another input."""
    slack_ms = 1_000 * max(abs(world.script.setting(f"{side}_skew_s", 0)) for side in SIDES) + 1_000
    ends = {end for side in SIDES for end in ids_of(tx, link, side)}
    return any(
        after_ms - slack_ms <= edit.at_ms <= before_ms + slack_ms
        for edit in world.ledger.since(0)
        if (edit.object, edit.id) in ends
    )


def _known(world: World, tx: Tx, kind: KindMap) -> None:
    """I5: every live record is in the state, with the values it has."""
    for side in SIDES:
        for object_name in kind.objects(side):
            fields = mapped_fields(kind, side, object_name)
            live = {
                str(record.get("Id") or record.get("id")): record for record in world.models[side].records(object_name)
            }
            rows = tx.records.get_many(side, object_name, sorted(live))
            for record_id, record in live.items():
                row = rows.get(record_id)
                if row is None:
                    raise Violation(f"I5 {side} {object_name} {record_id} was never seen")
                if record.get("IsConverted"):
                    continue
                if row.presence != "live":
                    raise Violation(f"I5 {side} {object_name} {record_id} is {row.presence} in the state, and lives")
                for name, item in fields.items():
                    if name in row.values and not same_value(kind, side, item.name, row.values[name], record.get(name)):
                        raise Violation(
                            f"I5 {side} {record_id} {name} is {record.get(name)!r}, known as {row.values[name]!r}"
                        )


def _one_owner(world: World, tx: Tx, kind: KindMap) -> None:
    """I6: a live record belongs to one link, or to a question that was put to a person."""
    asked = {(row.side, row.object, row.remote_id) for row in tx.reviews.list()}
    owners: dict[tuple[str, str, str], str] = {}
    for link in tx.links.iterate(kind.kind, ["linked", "creating_left", "creating_right"], "", 1000):
        for end in (("left", link.left_object, link.left_id), ("right", link.right_object, link.right_id)):
            if end[2] and owners.setdefault(end, link.link_id) != link.link_id:
                raise Violation(f"I6 {end} belongs to two links")
    _none_chosen(world, tx, kind)
    for side in SIDES:
        for object_name in kind.objects(side):
            for record in world.models[side].records(object_name):
                record_id = str(record.get("Id") or record.get("id"))
                if record.get("IsConverted") or (side, object_name, record_id) in asked:
                    continue
                link = tx.links.by_records(side, object_name, [record_id]).get(record_id)
                if link is None:
                    raise Violation(f"I6 {side} {object_name} {record_id} belongs to no link and nobody was asked")


def _none_chosen(world: World, tx: Tx, kind: KindMap) -> None:
    """I6: where several records of a side carried the key from the start, none was taken for the subject."""
    held: dict[tuple[SideName, Any], list[tuple[str, str]]] = {}
    for (side, object_name, record_id), born in sorted(world.births.items()):
        record = world.models[side].record(object_name, record_id)
        name = kind.field_named(kind.match[0]).on(side, object_name) if object_name in kind.objects(side) else None
        if record is None or name is None or blank(born.get(name)) or record.get(name) != born[name]:
            continue
        held.setdefault((side, read(kind, side, kind.match[0], born[name])), []).append((object_name, record_id))
    for (side, key), ends in held.items():
        for object_name, record_id in ends if len(ends) > 1 else ():
            link = tx.links.by_records(side, object_name, [record_id]).get(record_id)
            if link is not None and link.state == "linked" and not tx.links.aliases_of(link.link_id):
                raise Violation(f"I6 {ends} of the {side} share {key}, and {record_id} was taken ({link.reason})")


def ids_of(tx: Tx, link: LinkRow, side: SideName) -> list[tuple[str, str]]:
    """Every (object, id) that stood for the link on that side, its end first."""
    end = (link.left_object, link.left_id) if side == "left" else (link.right_object, link.right_id)
    aliases = [(row.object, row.id) for row in tx.links.aliases_of(link.link_id) if row.side == side]
    return [end, *(alias for alias in aliases if alias != end)] if end[1] else aliases


def history(
    world: World, kind: KindMap, side: SideName, ids: list[tuple[str, str]], name: str
) -> Iterator[tuple[int, str, Any]]:
    """(edit id, actor, canonical value) of everything the cell ever held, oldest first; birth is edit 0."""
    from simulation.world import SYSTEM

    item = kind.field_named(name)
    found: list[tuple[int, str, Any]] = []
    for object_name, record_id in ids:
        remote = item.on(side, object_name)
        if remote is None:
            continue
        born = world.births.get((side, object_name, record_id))
        if born is not None:
            found.append((0, "birth", read(kind, side, name, born.get(remote))))
        for edit in world.ledger.for_record(SYSTEM[side], object_name, record_id):
            if edit.op == "create" and remote not in edit.changes:  # a checkbox that nobody ticked
                unticked = side == "left" and item.type is FieldType.BOOLEAN
                found.append((edit.edit_id, edit.actor, False if unticked else BLANK))
            if remote in edit.changes and edit.op in ("create", "update", "merge", "restore"):
                if edit.op == "merge" and not found:
                    found.append((edit.edit_id, edit.actor, read(kind, side, name, edit.changes[remote][0])))
                found.append((edit.edit_id, edit.actor, read(kind, side, name, edit.changes[remote][1])))
    return iter(sorted(found, key=lambda each: each[0]))


def cells(world: World, tx: Tx, kind: KindMap, link: LinkRow) -> Iterator[Held]:
    """The mapped cells of a linked pair whose two records are live."""
    objects: dict[SideName, str] = {"left": link.left_object, "right": link.right_object}
    records = {
        "left": world.models["left"].record(link.left_object, link.left_id),
        "right": world.models["right"].record(link.right_object, link.right_id),
    }
    if None in records.values():
        return
    ids = {side: ids_of(tx, link, side) for side in SIDES}
    for item in kind.fields:
        names = {side: item.on(side, objects[side]) for side in SIDES}
        if None in names.values():
            continue
        raws: dict[SideName, Raw] = {side: records[side].get(names[side]) for side in SIDES}
        values = {side: _value(tx, kind, item, side, raws[side]) for side in SIDES}
        ever = {side: [value for _, _, value in history(world, kind, side, ids[side], item.name)] for side in SIDES}
        yield Held(item, raws, ever, values)


def _value(tx: Tx, kind: KindMap, item: FieldMap, side: SideName, raw: Raw) -> Any:
    """Canonical; a reference is the link of its target, or its own id where it has none."""
    if item.type is not FieldType.REFERENCE or blank(raw):
        return read(kind, side, item.name, raw)
    link = tx.links.by_records(side, ACCOUNT_OBJECTS[side], [str(raw)]).get(str(raw))
    return ("unlinked", side) if link is None or link.state != "linked" else link.link_id


def _explained(world: World, tx: Tx, link: LinkRow, held: Held) -> None:
    """I7: equal, or apart for a reason that the field's rule gives."""
    item, left, right = held.item, held.values["left"], held.values["right"]
    if left == right or (_blank(left) and _blank(right)):
        return
    if any(row.field in (item.name, "*") for row in tx.quarantine.for_links([link.link_id])):
        return
    if left == ("unlinked", "left") or right == ("unlinked", "right"):
        return
    if not _apart(world, tx, link, held) and not _coerced(world, tx, link, held):
        raise Violation(
            f"I7 {item.name} ({item.rule.value}) of {link.left_id}/{link.right_id} rests at {left!r} and {right!r}; "
            f"left held {held.ever['left']}, right {held.ever['right']}"
        )


def _apart(world: World, tx: Tx, link: LinkRow, held: Held) -> bool:
    """Whether the rule lets these two values rest apart."""
    item = held.item
    if item.rule is Rule.ALWAYS_SYNCER:
        return False
    empty = next((side for side in SIDES if _blank(held.values[side])), None)
    kept = empty is not None and item.blank == "keep" and held.cleared(empty)
    if empty is not None and item.create_default and held.values[other(empty)] == item.create_default:
        return True  # the stopgap of a create does not travel
    if item.rule is Rule.FORWARD_ONLY:
        ranks = {side: _rank(item, held.values[side]) for side in SIDES}
        low: SideName = "left" if ranks["left"] < ranks["right"] else "right"
        return any(_rank(item, value) > ranks[low] for value in held.ever[low])
    if item.rule is Rule.FILL_BLANK:
        return empty is None or held.cleared(empty)
    if item.rule is Rule.REVIEW:
        row = tx.reviews.get(f"conflict-{link.link_id}-{item.name}")
        return kept or (row is not None and row.state == "open")
    if item.rule is Rule.UNION and item.blank == "keep":
        left, right = held.values["left"] or frozenset(), held.values["right"] or frozenset()
        ever = {side: frozenset().union(*(value or () for value in held.ever[side])) for side in SIDES}
        if not left & right and left <= ever["right"] and right <= ever["left"]:
            return True  # each side took out what the other kept: nothing is left, and blank may not travel
    leader = _LEADERS.get(item.rule)
    if leader is None:
        return kept
    if not _blank(held.values[leader]):
        return False
    return item.rule in _ALWAYS or kept


def _coerced(world: World, tx: Tx, link: LinkRow, held: Held) -> bool:
    """The side made something else of the worker's last write, and nobody touched the cell since: no one's edit."""
    kind = next(kind for kind in world.kinds if kind.kind == link.kind)
    for row in tx.intents.of_link(link.link_id, 50):
        cell = row.fields.get(held.item.name)
        if cell is None or row.state != "settled":
            continue
        past = list(history(world, kind, row.side, ids_of(tx, link, row.side), held.item.name))
        ours = bool(past) and past[-1][1].startswith("engine:")
        return ours and not same_value(kind, row.side, held.item.name, held.raws[row.side], cell["new"])
    return False


def _rank(item: FieldMap, value: Any) -> int:
    return -1 if _blank(value) else item.order.index(value) if value in item.order else 99
