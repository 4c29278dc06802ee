"""The merge of one cell over three trees: pure, total, and the only place that decides what is written where.

What each side holds now and what it held when last settled go in; writes, losses and a verdict come out. Every write
is built by `_write`, which records what would be lost by it: no rule can overwrite an unagreed value in silence (I1).
Nothing here touches a clock or a store: planning the same cell twice gives the same decision, before and after a crash.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, Literal

from syncer.core.fields import SIDES, FieldMap, Rule, SideName, other
from syncer.core.values import BLANK, MISSING, Base, Canonical

Writer = Literal["engine", "human", "unknown"]
Verdict = Literal["agree", "at_rest", "write", "suppressed", "hold", "review"]

ANY_TIME: Final = (0, 2**63 - 1)  # an edit of which nothing is known about when


class Noop(Enum):
    """The type of NOOP: no write, which is not a write of BLANK."""

    NOOP = "noop"


NOOP: Final = Noop.NOOP


@dataclass(slots=True)  # two for every cell of every plan: a frozen one costs five times as much to make
class SideState:
    """One side of a cell, never changed; `when`: the interval (ms, UTC, one clock for both) in which `cur` was set."""

    cur: Canonical
    base: Base
    agreed: bool
    writer: Writer = "unknown"
    when: tuple[int, int] = ANY_TIME


@dataclass(frozen=True, slots=True)
class Loss:
    """A value that a decision overwrites although nobody agreed to lose it: journal first, then send (I3)."""

    side: SideName
    value: Canonical
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows for both sides. A write on both is a union: send one side, then decide anew from the kept base."""

    verdict: Verdict
    left: Canonical | Noop = NOOP
    right: Canonical | Noop = NOOP
    losses: tuple[Loss, ...] = ()
    reason: str = ""

    def on(self, side: SideName) -> Canonical | Noop:
        return self.left if side == "left" else self.right


@dataclass(slots=True)  # as many as there are sides
class CellState:
    """What to remember of one side. `rebase`: its base becomes what it holds now; otherwise the old base stays."""

    agreed: bool
    writer: Writer
    rebase: bool


States = Mapping[SideName, SideState]
Policy = Callable[[FieldMap, States, int], Decision]


def fresh(side: SideState) -> bool:
    """Someone changed this side since it was last settled, by value."""
    return side.base is not MISSING and side.cur != side.base


def at_risk(side: SideState) -> bool:
    """Overwriting this value loses what the other side never agreed to: an edit, a clear, an older leftover."""
    return fresh(side) or ((side.base is MISSING or not side.agreed) and side.cur is not BLANK)


def merge(field: FieldMap, left: SideState, right: SideState, *, skew_ms: int = 1000) -> Decision:
    """Decides one cell under the field's rule; `skew_ms` is how far apart two edits must be to be ordered.

    Equal values agree whatever the rule. Differing values that nobody touched since they were settled stay as they are.
    A clear that `blank = "keep"` forbids and a write to a side that is `read_only` become "suppressed": the value stays
    visible on its own side with `agreed` false (I2).
    """
    if left.cur == right.cur:
        return _AGREE
    if field.rule is Rule.DONT_SYNC or (not _first_contact(left, right) and not fresh(left) and not fresh(right)):
        return _AT_REST
    states: States = {"left": left, "right": right}
    decision = _POLICIES[field.rule](field, states, skew_ms)
    if field.read_only and decision.on(field.read_only) is not NOOP:
        decision = _without(decision, field.read_only)
    for side in SIDES:
        value = decision.on(side)
        if value is NOOP:
            continue
        if value is BLANK and field.blank == "keep":
            return _suppressed("clear")
        assert value != states[side].cur, "a write that changes nothing"
        assert not at_risk(states[side]) or any(loss.side == side for loss in decision.losses), "a silent loss"
    return decision


def adopt(
    field: FieldMap,
    left: SideState,
    right: SideState,
    decision: Decision,
    stored: Mapping[SideName, Canonical] | None = None,
) -> tuple[CellState, CellState]:
    """What to remember, per side, once a decision needs no write or a write was read back as `stored`.

    The states are those the decision was made from. What a remote stored counts, never what was sent: a coerced value
    becomes the base and leaves the sides differing at rest. While a write is still owed (none stored yet, or the second
    half of a union) and while a person has to decide, both bases stay, so that the next decision sees the same change.
    """
    stored = stored or {}
    states: States = {"left": left, "right": right}
    now = {side: stored.get(side, states[side].cur) for side in SIDES}
    agreed = now["left"] == now["right"]
    settled = agreed or decision.verdict in ("agree", "at_rest", "suppressed")
    if decision.verdict == "write" and stored:
        owed = [side for side in SIDES if decision.on(side) is not NOOP and side not in stored]
        coerced = any(value != decision.on(side) for side, value in stored.items())
        settled = agreed or coerced or not owed
    return _remember(left, "left" in stored, agreed, settled), _remember(right, "right" in stored, agreed, settled)


def _remember(side: SideState, written: bool, agreed: bool, settled: bool) -> CellState:
    writer: Writer = "engine" if written else "human" if fresh(side) else side.writer
    return CellState(agreed=agreed if settled else side.agreed, writer=writer, rebase=settled)


_AGREE: Final = Decision("agree")
_AT_REST: Final = Decision("at_rest")


def _first_contact(left: SideState, right: SideState) -> bool:
    return left.base is MISSING or right.base is MISSING


def _suppressed(reason: str) -> Decision:
    return Decision("suppressed", reason=reason)


def _without(decision: Decision, side: SideName) -> Decision:
    """The decision without its write to a side that takes none."""
    if decision.on(other(side)) is NOOP:
        return _suppressed("read_only")
    losses = tuple(loss for loss in decision.losses if loss.side != side)
    return replace(decision, losses=losses, **{side: NOOP})


def _rest(states: States, reason: str) -> Decision:
    """Nothing travels; says so where that keeps someone's edit from travelling."""
    return _suppressed(reason) if fresh(states["left"]) or fresh(states["right"]) else _AT_REST


def _write(states: States, values: Mapping[SideName, Canonical], reason: str) -> Decision:
    """The only constructor of writes: what is at risk under them is a loss, always."""
    losses = tuple(Loss(side, states[side].cur, reason) for side in SIDES if side in values and at_risk(states[side]))
    return Decision("write", values.get("left", NOOP), values.get("right", NOOP), losses, reason)


def _copy(states: States, source: SideName, reason: str) -> Decision:
    return _write(states, {other(source): states[source].cur}, reason)


def _fillable(states: States) -> SideName | None:
    """The side whose value may fill the other, which is blank and was not cleared on purpose."""
    for side in SIDES:
        target = states[other(side)]
        if target.cur is BLANK and not fresh(target):
            return side
    return None


def _two_way(field: FieldMap, states: States, skew_ms: int) -> Decision:
    left, right = states["left"], states["right"]
    if _first_contact(left, right):
        source = next((side for side in SIDES if states[other(side)].cur is BLANK), None)
        return _copy(states, source, "fill") if source else _copy(states, field.tie, "first_contact")
    if fresh(left) and fresh(right):
        return _copy(states, *_winner(field, states, skew_ms))
    return _copy(states, "left" if fresh(left) else "right", "edit")


def _winner(field: FieldMap, states: States, skew_ms: int) -> tuple[SideName, str]:
    """Later, where the two edits can be ordered; else a value over a clear; else the field's tie."""
    for side in SIDES:
        if states[side].when[0] - states[other(side)].when[1] > skew_ms:
            return side, "newer"
    for side in SIDES:
        if states[other(side)].cur is BLANK:
            return side, "value_over_clear"
    return field.tie, "tie"


def _prefer(leader: SideName) -> Policy:
    def decide(_field: FieldMap, states: States, _skew_ms: int) -> Decision:
        lead, follower = states[leader], states[other(leader)]
        if lead.cur is not BLANK:
            return _copy(states, leader, "leader")
        if not fresh(lead):
            return _copy(states, other(leader), "fill")
        if fresh(follower):  # the leader was cleared and the follower edited: a value over a clear
            return _copy(states, other(leader), "value_over_clear")
        return _copy(states, leader, "leader")

    return decide


def _always(leader: SideName) -> Policy:
    def decide(_field: FieldMap, states: States, _skew_ms: int) -> Decision:
        lead = states[leader]
        if lead.cur is BLANK and not fresh(lead):  # never set is no reason to wipe the follower
            return _rest(states, "one_way")
        return _copy(states, leader, "leader")

    return decide


def _fill_blank(_field: FieldMap, states: States, _skew_ms: int) -> Decision:
    source = _fillable(states)
    return _copy(states, source, "fill") if source else _rest(states, "fills_only")


def _review(field: FieldMap, states: States, _skew_ms: int) -> Decision:
    source = _fillable(states)
    if source:
        return _copy(states, source, "fill")
    edited = [state for state in states.values() if fresh(state)]
    if field.blank == "keep" and edited and all(state.cur is BLANK for state in edited):
        return _suppressed("clear")
    return Decision("review", reason="person_decides")


def _ours(_field: FieldMap, states: States, _skew_ms: int) -> Decision:
    """Two sides that differ tell nothing: what belongs there is imposed on both by `resolve.impose`."""
    return _rest(states, "not_theirs")


def _union(_field: FieldMap, states: States, _skew_ms: int) -> Decision:
    left, right = states["left"], states["right"]
    l_now, r_now = _elements(left.cur), _elements(right.cur)
    merged = l_now | r_now
    if not _first_contact(left, right):
        l_base, r_base = _elements(left.base), _elements(right.base)
        removed = (l_base - l_now) | (r_base - r_now)
        merged = (merged - removed) | (l_now - l_base) | (r_now - r_base)  # adding wins over removing
    value = merged or BLANK
    return _write(states, {side: value for side in SIDES if states[side].cur != value}, "union")


def _elements(value: Base) -> frozenset[str]:
    if isinstance(value, frozenset):
        return value
    return frozenset() if value is BLANK else frozenset((str(value),))


def _forward_only(field: FieldMap, states: States, _skew_ms: int) -> Decision:
    rank = {value: place for place, value in enumerate(field.order)}
    ranks = {side: _rank(rank, states[side].cur) for side in SIDES}
    if None in ranks.values():
        return Decision("hold", reason="unknown_rank")
    low: SideName = "left" if ranks["left"] < ranks["right"] else "right"
    before = _rank(rank, states[low].base) if fresh(states[low]) else None
    if before is not None and ranks[low] < before:
        return _suppressed("regression")
    return _copy(states, other(low), "forward")


def _rank(rank: Mapping[str, int], value: Base) -> int | None:
    """Blank lies below every stage; None for a value that the order does not name."""
    if value is BLANK:
        return -1
    return rank.get(str(value).lower() if isinstance(value, bool) else str(value))


_POLICIES: Final[Mapping[Rule, Policy]] = {
    Rule.TWO_WAY: _two_way,
    Rule.PREFER_SALESFORCE_UNLESS_BLANK: _prefer("left"),
    Rule.ALWAYS_SALESFORCE: _always("left"),
    Rule.PREFER_HUBSPOT_UNLESS_BLANK: _prefer("right"),
    Rule.ALWAYS_HUBSPOT: _always("right"),
    Rule.FILL_BLANK: _fill_blank,
    Rule.UNION: _union,
    Rule.FORWARD_ONLY: _forward_only,
    Rule.REVIEW: _review,
    Rule.ALWAYS_SYNCER: _ours,
}
