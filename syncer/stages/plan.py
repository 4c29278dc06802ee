"""What planning one link takes and gives: its inputs, its writes, losses, obstacles and the new base. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

import orjson

from connectors.base import ObjectSchema, Raw, SideName
from syncer.core.fields import SIDES, FieldMap, KindMap
from syncer.core.resolve import Resolved
from syncer.core.values import Canonical
from syncer.store.rows import LinkRow, QuarantineRow, RecordRow, ShadowRow

Lookups = Mapping[tuple[SideName, str], Mapping[str, str]]  # (side, "account" | "owner"): raw id -> canonical
MOD: Final = "_mod"  # in a shadow's cells: both records' stamps when it was stored


@dataclass(frozen=True, slots=True)
class FieldWrite:
    """One cell to be set, with what settling it needs to know later."""

    name: str
    remote_field: str
    expected: Raw  # what the target held when this was planned
    new: Raw
    effect: str  # fill | overwrite | clear
    source: Raw  # what the other side held, from which `new` was derived
    source_writer: str
    owed: bool  # the other side is to be written as well (a union): its base must not move yet
    rule: str  # fingerprint of the rule that decided
    print: str  # fingerprint of the cell, should it be refused

    def as_json(self) -> dict[str, Raw]:
        return {
            "field": self.remote_field,
            "expected": self.expected,
            "new": self.new,
            "effect": self.effect,
            "source": self.source,
            "source_writer": self.source_writer,
            "owed": self.owed,
            "rule": self.rule,
            "print": self.print,
        }


@dataclass(frozen=True, slots=True)
class PlannedLoss:
    """A value that the plan would overwrite though nobody agreed to lose it."""

    name: str
    side: SideName
    loser: Raw
    base: Raw
    rule: str
    reason: str
    loser_at_ms: int
    winner_at_ms: int


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A cell that cannot travel as it is: it stays visible where it is and a person is told."""

    name: str
    side: SideName  # the target that cannot take it
    klass: str  # data | schema | permission | identity | dependency
    code: str
    message: str
    action: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A difference that the review rule leaves to a person."""

    name: str
    left: Raw
    right: Raw


@dataclass(slots=True)
class LinkPlan:
    """Everything that follows from one link's two records and base."""

    link: LinkRow
    writes: dict[SideName, list[FieldWrite]] = field(default_factory=lambda: {"left": [], "right": []})
    losses: list[PlannedLoss] = field(default_factory=list)
    obstacles: list[Obstacle] = field(default_factory=list)
    parked: set[tuple[SideName, str]] = field(default_factory=set)  # cells that stay in quarantine for now
    proposals: list[Proposal] = field(default_factory=list)
    unresolved: list[tuple[str, SideName, str]] = field(default_factory=list)  # field, side of the reference, raw id
    undated: list[str] = field(default_factory=list)  # conflicts whose right side could be dated by its history
    shadow: ShadowRow | None = None  # adoptions that need no write; None: nothing to store
    suppressed: int = 0
    ownerless: int = 0  # owners without a user of the same e-mail address on the other side
    fresh: dict[SideName, bool] = field(default_factory=lambda: {"left": False, "right": False})

    def next_side(self) -> SideName | None:
        """The side to write first: one open intent for each link, the other side is derived anew after it settled."""
        return next((side for side in SIDES if self.writes[side]), None)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What planning one link needs to know, gathered in batches by the caller."""

    kind: KindMap
    schemas: Mapping[tuple[SideName, str], ObjectSchema]
    lookups: Lookups
    suspended: frozenset[tuple[SideName, str, str]]  # side, object, remote field
    quarantined: Mapping[tuple[str, SideName, str], QuarantineRow]
    now_ms: int
    offsets_ms: Mapping[SideName, int]  # server clock minus ours
    rule_epoch: int
    skew_ms: int
    edited_ms: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (link, field): right's edit by its history
    resolved: Mapping[str, Mapping[str, Resolved]] = field(default_factory=dict)  # link -> field -> by its claims
    imposed: Mapping[str, Mapping[str, Canonical]] = field(default_factory=dict)  # link -> field -> what we show there


@dataclass(slots=True)
class Cell:
    """One mapped field of one link on its way through the plan."""

    item: FieldMap
    names: Mapping[SideName, str]
    objects: Mapping[SideName, str]
    raws: Mapping[SideName, Raw]
    records: Mapping[SideName, RecordRow | None]


_PRINTS_MAX = 4096
_prints: dict[int, tuple[FieldMap, str]] = {}


def rule_fingerprint(item: FieldMap) -> str:
    """Changes exactly when the meaning of a mapped field changes: its base is then first contact again."""
    known = _prints.get(id(item))
    if known is None:  # the entry keeps the field alive, so that its id stays its own
        if len(_prints) >= _PRINTS_MAX:
            _prints.clear()
        known = _prints[id(item)] = (item, _print_of(item))
    return known[1]


def _print_of(item: FieldMap) -> str:
    meaning = (sorted(item.left.items()), sorted(item.right.items()), item.type, item.rule, item.blank, item.to)
    text = orjson.dumps([meaning, sorted(item.choices.items()), item.order, item.tie])
    return blake2b(text, digest_size=6).hexdigest()


def cell_fingerprint(inputs: Inputs, cell: Cell, side: SideName) -> str:
    """What a quarantined cell was refused with: released when any of it changes."""
    schema = inputs.schemas.get((side, cell.objects[side]))
    known = schema.fields.get(cell.names[side]) if schema else None
    facts = [
        cell.raws["left"],
        cell.raws["right"],
        inputs.rule_epoch,
        known and [known.type, known.max_length, known.options, known.updateable],
    ]
    return blake2b(orjson.dumps(facts), digest_size=12).hexdigest()
