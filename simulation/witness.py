"""The oracle that stands beside every applied edit: what the worker writes must be justified at that very moment.

It reads the edit, the models and the committed state, never the worker's memory or its counts.
I1: what is overwritten was agreed, blank, or in the journal before the send (HubSpot: found in its history afterwards).
I3: the write was marked as sent before it came. I6: one record a side for each link. I9: nothing is overwritten by
itself, and nothing is written that the other side never held.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from connectors.base import Raw, SideName
from sandbox.kernel import Edit, Request
from syncer.core.canon import canoniser
from syncer.core.fields import FieldMap, FieldType, KindMap, Rule
from syncer.core.values import BLANK, UncanonicalError
from syncer.stages.comparing import same_value
from syncer.stages.context import KEY_FIELD, mapped_fields
from syncer.store.ports import Tx
from syncer.store.rows import IntentRow, LinkRow

if TYPE_CHECKING:
    from simulation.world import World

SENT = ("sent", "unknown", "applied")


CLOCKS_APART_MS = 300_000  # a vendor's clock may be this wrong


class Violation(AssertionError):
    """A promise was broken; the text begins with its number."""


@dataclass(frozen=True, slots=True)
class Race:
    """A right value that was overwritten though the worker had not seen it: it must turn up in the journal."""

    link_id: str
    name: str
    value: Raw
    edit_id: int


def blank(raw: Any) -> bool:
    return raw is None or (isinstance(raw, str) and not raw.strip())


class Witness:
    def __init__(self, world: World) -> None:
        self._world = world
        self.created: dict[tuple[SideName, str], tuple[str, str]] = {}  # (side, sync key) -> object, id
        self.races: list[Race] = []
        self._moments: dict[int, int] = {}
        self._reads: dict[SideName, deque[tuple[int, int, str]]] = {"left": deque(maxlen=60), "right": deque(maxlen=60)}

    def asked(self, side: SideName, request: Request) -> None:
        """Remembers the newest reads on the wire, as text, and how many edits there had been by then."""
        text = f"{unquote(request.query)} {request.path} {request.body.decode('utf-8', 'replace')}"
        self._reads[side].append((self._world.clock.now_ms(), len(self._world.ledger), text))

    def moment_ms(self, edit_id: int) -> int:
        """When an edit was made by the one true clock; 0 is the birth of records, a day before the world."""
        return self._moments.get(edit_id, self._world.started_ms - 86_400_000)

    def committed(self) -> None:
        """Called after every commit."""

    def applied(self, side: SideName, edit: Edit) -> None:
        """Just before the model stores the edit. Raises Violation."""
        world = self._world
        self._moments[edit.edit_id] = world.clock.now_ms()
        if not edit.actor.startswith("engine:") or not any(edit.object in kind.objects(side) for kind in world.kinds):
            return
        kind = world.kind_of(side, edit.object)
        if edit.op == "create":
            self._one_record(side, kind, edit)
            return
        if edit.op != "update":
            raise Violation(f"I1 the worker did {edit.op} on the {side}: {edit}")
        fields = mapped_fields(kind, side, edit.object)
        touched = [(fields[name], old, new) for name, (old, new) in edit.changes.items() if name in fields]
        if not touched:
            return
        with world.store.snapshot() as tx:
            link = tx.links.by_records(side, edit.object, [edit.id]).get(edit.id) or self.creating(tx, side, edit)
            if link is None:
                if self._late_writes():
                    return
                raise Violation(f"I6 a write to {side} {edit.object} {edit.id}, which belongs to no link")
            for item, old, new in touched:
                if same_value(kind, side, item.name, old, new):
                    if self._typed_meanwhile(tx, link, edit, item, side):
                        continue  # nothing is lost under it
                    raise Violation(f"I9 {item.name} of {side} {edit.id}: {old!r} overwritten by {new!r}")
                intent = self.intent(tx, link, side, item.name)
                if intent is None:
                    raise Violation(f"I3 {item.name} of {side} {edit.id} written without being marked as sent")
                self._verified(side, edit, intent)
                self._justified(tx, kind, link, side, item.name, old, edit, intent)

    def _verified(self, side: SideName, edit: Edit, intent: IntentRow) -> None:
        """Every update looks at its target once more after it was planned: what it can see it must not overwrite."""
        if intent.op != "update" or self._late_writes():
            return
        if not any(at_ms >= intent.created_ms and edit.id in text for at_ms, _, text in self._reads[side]):
            raise Violation(f"I1 {side} {edit.id} was written without being looked at since the plan")

    def _typed_meanwhile(self, tx: Tx, link: LinkRow, edit: Edit, item: FieldMap, side: SideName) -> bool:
        """Somebody typed the very value between the plan and the write: the one echo that cannot be avoided (I9)."""
        intent = self.intent(tx, link, side, item.name)
        name = item.on(side, edit.object)
        own = [
            past for past in self._world.ledger.for_record(edit.system, edit.object, edit.id) if name in past.changes
        ]
        if intent is None or not own:
            return False
        return own[-1].actor.startswith("human:") and own[-1].at_ms >= intent.created_ms - CLOCKS_APART_MS

    def creating(self, tx: Tx, side: SideName, edit: Edit) -> LinkRow | None:
        """The link for which this record is being created: its association comes with a second call."""
        record = self._world.models[side].record(edit.object, edit.id) or {}
        key = str(record.get(KEY_FIELD[side]) or "")
        return tx.links.by_sync_keys([key]).get(key) if key else None

    def _late_writes(self) -> bool:
        return any(rule.kind.value == "zombie" for _, rule in self._world.script.faults)

    def _one_record(self, side: SideName, kind: KindMap, edit: Edit) -> None:
        key = str(edit.changes.get(KEY_FIELD[side], ("", ""))[1] or "")
        if not key:
            raise Violation(f"I6 a {side} record was created without our key: {edit}")
        with self._world.store.snapshot() as tx:
            if first := self.created.get((side, key)):
                self._again(tx, side, key, first)
            self.created[side, key] = (edit.object, edit.id)
            link = tx.links.by_sync_keys([key]).get(key)
            if link is None:
                raise Violation(f"I6 {side} {edit.object} created under a key that is not durable")
            intent = self.intent(tx, link, side, "")
            if intent is None:
                raise Violation(f"I3 {side} {edit.object} created without being marked as sent")
            self._looked_for(side, kind, edit, intent)
        self._no_twin(side, kind, edit)

    def _looked_for(self, side: SideName, kind: KindMap, edit: Edit, intent: IntentRow) -> None:
        """Whoever creates asked the side for that natural key once more after the plan."""
        value = str(intent.fields.get(kind.match[0], {}).get("new") or "").casefold()
        asked = [text for at_ms, _, text in self._reads[side] if at_ms >= intent.created_ms]
        if value and not self._late_writes() and not any(value in text.casefold() for text in asked):
            raise Violation(f"I6 {side} {edit.object} created without a look for {value} since the plan")

    def _again(self, tx: Tx, side: SideName, key: str, first: tuple[str, str]) -> None:
        """A second create is one too many, unless a person removed the first before its link ever knew of it."""
        object_name, record_id = first
        if self._world.models[side].record(object_name, record_id) is not None:
            raise Violation(f"I6 {side} {object_name} created twice for one link")
        owner = tx.links.by_records(side, object_name, [record_id]).get(record_id)
        if owner is not None and owner.sync_key == key:
            raise Violation(f"I6 {side} {object_name} {record_id} was removed and comes back")

    def _no_twin(self, side: SideName, kind: KindMap, edit: Edit) -> None:
        """Nobody with that natural key was there already, leaving out the last minute, in which the look-up lies."""
        item = kind.field_named(kind.match[0])
        read, world = canoniser(item, side), self._world
        name = item.on(side, edit.object)
        value = edit.changes.get(name or "", (None, None))[1]
        if blank(value):
            return
        for object_name in kind.objects(side):
            where = item.on(side, object_name)
            for record in world.models[side].records(object_name):
                record_id = str(record.get("Id") or record.get("id"))
                if where is None or record.get("IsConverted") or record_id == edit.id:
                    continue
                newest = max((e.at_ms for e in world.ledger.for_record(edit.system, object_name, record_id)), default=0)
                if read(record.get(where)) == read(value) and newest < edit.at_ms - 60_000:
                    raise Violation(f"I6 {side} {edit.object} created beside {object_name} {record_id} ({value})")

    def intent(self, tx: Tx, link: LinkRow, side: SideName, name: str) -> IntentRow | None:
        """The write that this is: marked as sent, or closed already where late writes are about."""
        late = self._late_writes()
        for row in tx.intents.of_link(link.link_id, 50):
            if row.side == side and row.sent_ms and (late or row.state in SENT) and (not name or name in row.fields):
                return row
        return None

    def _justified(
        self,
        tx: Tx,
        kind: KindMap,
        link: LinkRow,
        side: SideName,
        name: str,
        old: Raw,
        edit: Edit,
        intent: IntentRow,
    ) -> None:
        shadow = tx.shadows.get_many([link.link_id]).get(link.link_id)
        bases = {} if shadow is None else shadow.left if side == "left" else shadow.right
        known = name in bases
        agreed = known and shadow is not None and shadow.cells.get(name, {}).get("agreed")
        if agreed and same_value(kind, side, name, bases[name], old):
            return  # (a)
        if blank(old) and not (known and not blank(bases[name])):
            return  # (b)
        if kind.field_named(name).rule is Rule.ALWAYS_SYNCER and self._own(side, edit, kind.field_named(name)):
            return  # what the worker itself worked out there
        for row in tx.journal.list(link_id=link.link_id, states=("proposed", "effective", "restored")):
            if (row.side, row.field) == (side, name) and same_value(kind, side, name, row.loser, old):
                return  # (c)
        if side == "left":
            raise Violation(f"I1 {name} of left {edit.id}: {old!r} lost without a journal row")
        self._too_late_to_see(side, kind.field_named(name), edit)
        self.races.append(Race(link.link_id, name, old, edit.edit_id))  # (d), to be proved at rest

    def _own(self, side: SideName, edit: Edit, item: FieldMap) -> bool:
        """Whether the worker was the last to set the cell, or a merge or conversion brought it from elsewhere."""
        name = item.on(side, edit.object)
        past = [each for each in self._world.ledger.for_record(edit.system, edit.object, edit.id) if each is not edit]
        last = next((each for each in reversed(past) if name in each.changes), None)
        return last is None or last.actor.startswith("engine:") or last.op != "update"

    def _too_late_to_see(self, side: SideName, item: FieldMap, edit: Edit) -> None:
        """A race is an edit that came after the last look at the record: an older one had to be seen."""
        name = item.on(side, edit.object)
        past = self._world.ledger.for_record(edit.system, edit.object, edit.id)
        newest = max(
            (each.edit_id for each in past if name in each.changes and each.edit_id != edit.edit_id), default=0
        )
        looks = [known for _, known, text in self._reads[side] if edit.id in text and "/associations" not in text]
        if newest and not self._late_writes() and newest <= max(looks, default=0):
            raise Violation(f"I1 {item.name} of {side} {edit.id}: edit {newest} was there when the worker looked")


def read(kind: KindMap, side: SideName, name: str, raw: Raw) -> Any:
    """Canonical, for comparing; a reference stays raw, what cannot be read stays apart from everything."""
    item = kind.field_named(name)
    if item.type is FieldType.REFERENCE:
        return BLANK if blank(raw) else str(raw)
    try:
        return canoniser(item, side)(raw)
    except UncanonicalError:
        return ("unreadable", str(raw))
