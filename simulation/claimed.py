"""The oracle of claims: what they may never do at the moment of a write, and what must have come of them at rest.

I11: a write that carries no person's edit over gives a value that is claimed, by a kind that the field allows, and that
has not expired; it never lies over a person's value that is younger or protected. At rest a value that may stand stands
on both sides, in every field that nobody but the worker has filled. Who set what when comes from the ledger of edits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from connectors.base import Raw, SideName
from sandbox.kernel import Edit, SystemName
from simulation.fate import without_base
from simulation.rest import Held, cells, history, ids_of
from simulation.witness import Violation, blank, read
from syncer.core.canon import canoniser
from syncer.core.claims import Authority, Claim, from_ledger
from syncer.core.fields import SIDES, FieldMap, FieldType, KindMap, Rule, other
from syncer.core.resolve import DAY_MS, resolve, rule_of
from syncer.core.values import BLANK, UncanonicalError
from syncer.stages.comparing import same_value
from syncer.stages.context import mapped_fields
from syncer.store.ports import Tx
from syncer.store.rows import IntentRow, LinkRow

if TYPE_CHECKING:
    from simulation.world import World

APART_MS = 5_000  # so far our measure of a vendor's clock may be off, with whole seconds and a slow answer
SYSTEM: Mapping[SideName, SystemName] = {"left": "salesforce", "right": "hubspot"}
_LEADERS: Mapping[Rule, SideName] = {Rule.ALWAYS_SALESFORCE: "left", Rule.ALWAYS_HUBSPOT: "right"}
_PEOPLE = ("birth", "human:", "automation")


def told(tx: Tx, link_id: str, name: str) -> list[Claim]:
    """All that was ever said of the field, taken back or not."""
    return [from_ledger(row.claim) for row in tx.claims.of([link_id])[link_id] if row.field == name]


def meant(item: FieldMap, said: Claim) -> Any:
    """What the claim comes to in that field; None where the field cannot hold it."""
    value = said.value
    if item.type is FieldType.CHOICE:
        value = next((label for label in item.choices if label.casefold() == str(value).casefold()), None)
    if value is None or isinstance(value, bool | frozenset) or item.type in (FieldType.MONEY, FieldType.CHOICE):
        return value
    try:
        return canoniser(item, "left")(str(value))
    except UncanonicalError:
        return None


def check_write(world: World, side: SideName, edit: Edit) -> None:
    """Beside every edit, just before it is stored. Raises Violation."""
    if not edit.actor.startswith("engine:") or not any(edit.object in kind.objects(side) for kind in world.kinds):
        return
    kind, witness = world.kind_of(side, edit.object), world.witness
    fields = mapped_fields(kind, side, edit.object)
    with world.store.snapshot() as tx:
        link = tx.links.by_records(side, edit.object, [edit.id]).get(edit.id) or witness.creating(tx, side, edit)
        for name, (old, new) in edit.changes.items() if link is not None else ():
            item = fields.get(name)
            if (
                item is None
                or (link.link_id, item.name) in world.restored
                or item.rule is Rule.ALWAYS_SYNCER
                or item.type is FieldType.REFERENCE
            ):
                continue
            intent = witness.intent(tx, link, side, item.name)
            if intent is not None and not blank(new) and "adopt" not in intent.fields[item.name]:
                _check_cell(Cell(world, tx, kind, link, side, item), old, new, edit, intent)


def _check_cell(cell: Cell, old: Raw, new: Raw, edit: Edit, intent: IntentRow) -> None:
    item, value = cell.item, read(cell.kind, cell.side, cell.item.name, new)
    if (item.create_default and value == item.create_default) or value is False:  # a box that nobody ticked
        return
    of_people = [held for side in SIDES for _, actor, held in cell.on(side).past() if actor.startswith(_PEOPLE)]
    if cell.on(other(cell.side)).merged_away():
        return  # what the record held before is told under other ids
    claims = told(cell.tx, cell.link.link_id, item.name)
    for part in _parts(value):
        if any(part in _parts(held) for held in of_people):
            continue
        saying = [one for one in claims if one.stance == "holds" and part in _parts(meant(item, one))]
        _entitled(cell, edit, part, saying, intent)
        if item.type is not FieldType.CHOICES:
            _younger(cell, old, edit, saying, intent)


def _parts(value: Any) -> Sequence[Any]:
    return sorted(value) if isinstance(value, frozenset) else () if value is None else (value,)


def _entitled(cell: Cell, edit: Edit, value: Any, saying: list[Claim], intent: IntentRow) -> None:
    what, allowed = f"{cell.item.name} of {cell.side} {edit.id} = {value!r}", cell.item.authority
    if not saying:
        raise Violation(f"I11 {what}, which nobody ever claimed or typed")
    if not any(one.authority in allowed for one in saying):
        raise Violation(f"I11 {what} by {sorted({one.authority.value for one in saying})}, who may not set it")
    if any(value in _parts(held) for _, _, held in cell.on(other(cell.side)).past()):
        return  # the other side took it while it lasted
    if not any(_lasts(one, intent) for one in saying if one.authority in allowed):
        raise Violation(f"I11 {what}, which had expired")


def _lasts(one: Claim, intent: IntentRow) -> bool:
    return not one.expires_ms or one.expires_ms > intent.created_ms - APART_MS


def _younger(cell: Cell, old: Raw, edit: Edit, saying: list[Claim], intent: IntentRow) -> None:
    item, expected = cell.item, intent.fields[cell.item.name].get("expected")
    if _LEADERS.get(item.rule) == other(cell.side):
        values = [held for _, _, held in cell.on(other(cell.side)).past()]
        if read(cell.kind, cell.side, item.name, edit.changes[item.on(cell.side, edit.object) or ""][1]) in values:
            return  # the side that alone may say it says so, wherever it has it from
    if not same_value(cell.kind, cell.side, item.name, expected, old) or cell.fell_together():
        return  # a race, which other oracles judge
    typed_ms = cell.typed_ms(edit.edit_id, unseen=2)
    if item.rule is Rule.FORWARD_ONLY and typed_ms == cell.world.witness.moment_ms(0):
        return  # nobody is known to have set it, and further on is no contradiction
    if typed_ms is None or (blank(old) and not cell.in_view()):
        return  # nobody's, or as blank as when the two met
    for one in saying:
        if one.authority not in item.authority or one.observed_ms < typed_ms - APART_MS:
            continue
        late = item.protect_days and intent.created_ms - typed_ms >= item.protect_days * DAY_MS - APART_MS
        if one.authority is Authority.HUMAN or late:
            return
    raise Violation(
        f"I11 {item.name} of {cell.side} {edit.id}: {old!r}, which a person set at {typed_ms}, yields to "
        f"{[(one.authority.value, one.observed_ms) for one in saying]} (protected {item.protect_days} days)"
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """One field on one side of a link, with its whole past."""

    world: World
    tx: Tx
    kind: KindMap
    link: LinkRow
    side: SideName
    item: FieldMap

    def on(self, side: SideName) -> Cell:
        return replace(self, side=side)

    def past(self) -> list[tuple[int, str, Any]]:
        """What changed it, oldest first: what a conversion carries over changes nothing."""
        ends = ids_of(self.tx, self.link, self.side)
        found: list[tuple[int, str, Any]] = []
        for each in history(self.world, self.kind, self.side, ends, self.item.name):
            if not found or found[-1][2] != each[2]:
                found.append(each)
        return found

    def typed_ms(self, before_id: int = 2**62, unseen: int = 0) -> int | None:
        """When a person set what it holds, here or, where the worker carried it over, on the other side.

        None: it is blank from the start, or holds what the worker took from a claim. `unseen`: what stood there at one
        of so many last looks and was put back is no edit.
        """
        past = [each for each in self.past() if each[0] < before_id]
        while (again := self._put_back(past, unseen)) is not None:
            past = again
        if not past or (past[-1][0] == 0 and _empty(past[-1][2])):
            return None
        edit_id, actor, value = past[-1]
        if actor.startswith(_PEOPLE):
            return self.world.witness.moment_ms(edit_id)
        if any(value == meant(self.item, one) for one in told(self.tx, self.link.link_id, self.item.name)):
            return None
        there = self.on(other(self.side)).past()
        same = [each for each in there if each[1].startswith(_PEOPLE) and each[2] == value and each[0] < edit_id]
        if not same or (same[-1][0] == 0 and _empty(value)):
            return None
        return self.world.witness.moment_ms(same[-1][0])

    def _put_back(self, past: list[Any], unseen: int) -> list[Any] | None:
        """The past up to when the same value stood there at one of the last looks, or at any since it was settled."""
        last = past[-1] if past else (0, "", None)
        both = [*past, *self.on(other(self.side)).past()]
        settled = max((each[0] for each in both if each[0] < last[0] and each[1].startswith("engine:")), default=-1)
        looks = sorted({0, *(look for look in self.world.looks if look < last[0])})
        for look in {*looks[-unseen:], *(look for look in looks if look >= settled)} if unseen else ():
            held = [each for each in past if each[0] <= look]
            if held != past and (held[-1][2] if held else None) == last[2]:
                return held
        return None

    def merged_away(self) -> bool:
        """Whether its record was made of others before anybody linked them."""
        found = (self.world.ledger.for_record(SYSTEM[self.side], *end) for end in ids_of(self.tx, self.link, self.side))
        return any(each.op == "merge" for edits in found for each in edits)

    def in_view(self) -> bool:
        """Whether the worker has a base of it: what was cleared before, or out of its sight, is no clear."""
        shadow = self.tx.shadows.get_many([self.link.link_id]).get(self.link.link_id)
        past, there = self.past(), self.on(other(self.side)).past()
        if past and without_base(past, there, self.world.looks, past[-1][0]):
            return False
        hidden = any(one.op == "hide_field" and one.args[1] == self.item.name for one in self.world.script.events)
        return shadow is not None and self.item.name in shadow.cells and not hidden

    def touched_ms(self) -> int:
        """When anything last happened to the record, and to those that it was made of."""
        edits = self.world.ledger.for_record
        ids = [
            each.edit_id
            for name, key in ids_of(self.tx, self.link, self.side)
            for each in edits(SYSTEM[self.side], name, key)
        ]
        return self.world.witness.moment_ms(max(ids, default=0))

    def fell_together(self) -> bool:
        """Another record took a place in the link: two pasts are one, and nothing tells them apart."""
        return any(row.reason == "merged" for row in self.tx.links.aliases_of(self.link.link_id))

    def parked(self) -> bool:
        rows = self.tx.quarantine.for_links([self.link.link_id])
        return any(row.field in (self.item.name, "*") for row in rows)


def _empty(value: Any) -> bool:
    return value is None or value == frozenset()


def check_claims(world: World) -> None:
    """At rest: what is claimed and may stand is there, on both sides. Raises Violation."""
    with world.store.snapshot() as tx:
        for kind in world.kinds:
            for link in tx.links.iterate(kind.kind, ["linked"], "", 1000):
                for held in cells(world, tx, kind, link):
                    if held.item.rule is not Rule.ALWAYS_SYNCER and held.item.type is not FieldType.REFERENCE:
                        _stands(Cell(world, tx, kind, link, "left", held.item), held, world.clock.now_ms())


def _stands(cell: Cell, held: Held, now_ms: int) -> None:
    item, found = cell.item, _winner(cell, now_ms)
    value = (
        BLANK if found is None else meant(item, found) if item.type is not FieldType.CHOICES else _union(cell, now_ms)
    )
    if found is None or _empty(value) or cell.parked() or cell.fell_together():
        return
    lacking = [cell.on(side) for side in SIDES if not set(_parts(value)) <= set(_parts(held.values[side]))]
    if not all(_may(item, held.values[one.side], value) for one in lacking):
        return
    if lacking and all(_yields(one, found, now_ms) for one in lacking):
        raise Violation(
            f"I11 {item.name} ({item.rule.value}) of {cell.link.left_id}/{cell.link.right_id} is claimed to be "
            f"{value!r}, and rests at {held.values['left']!r} and {held.values['right']!r}"
        )


def _fitting(cell: Cell) -> list[Claim]:
    claims = told(cell.tx, cell.link.link_id, cell.item.name)
    return [one for one in claims if one.stance != "holds" or meant(cell.item, one) is not None]


def _winner(cell: Cell, now_ms: int) -> Claim | None:
    """The claim that gives the field its value by now, among those that the field can hold."""
    found = resolve(rule_of(cell.item), _fitting(cell), now_ms)
    return None if found.stale else found.winner


def _union(cell: Cell, now_ms: int) -> Any:
    return resolve(rule_of(cell.item), _fitting(cell), now_ms).value


def _may(item: FieldMap, now: Any, value: Any) -> bool:
    if now is False:  # a box that was never ticked looks like a no
        return False
    if item.rule is Rule.FORWARD_ONLY:
        return value in item.order and (_empty(now) or item.order.index(value) > item.order.index(now))
    return item.rule is not Rule.FILL_BLANK or _empty(now)


def _yields(cell: Cell, found: Claim, now_ms: int) -> bool:
    """Whether nobody holds the cell: never filled, filled by a claim, or by somebody so long ago that it may yield.

    The worker dates a person's value by the record, which may have changed since: only what is older than all that
    ever happened to the record must yield.
    """
    if cell.item.type is FieldType.CHOICES and any(
        each[1].startswith(_PEOPLE) and not _empty(each[2]) for side in SIDES for each in cell.on(side).past()
    ):
        return False  # a set that people had a hand in is no longer the claim's alone
    if cell.typed_ms() is None:
        return True
    newest_ms = cell.touched_ms() + APART_MS
    if found.observed_ms <= newest_ms:
        return False
    protected = not cell.item.protect_days or now_ms - newest_ms < cell.item.protect_days * DAY_MS
    return found.authority is Authority.HUMAN or not protected
