"""Which value a field has by all that was claimed of it, and what of that may be written to the two sides.

`resolve` is pure and total: the same claims give the same answer in whatever order they came, and with the same
`now_ms` a replay is exact. `combine` adds it to the merge of the two sides, which comes first: a claim may fill a blank
or replace what the engine itself wrote, and never a person's value that is younger than it or protected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, NamedTuple

from syncer.core.claims import Authority, Claim, Value, standing
from syncer.core.fields import SIDES, FieldMap, FieldType, Rule, SideName, other
from syncer.core.merge import NOOP, Decision, Loss, SideState, fresh, merge
from syncer.core.values import BLANK, Canonical

DAY_MS: Final = 86_400_000
NEVER: Final = 0  # protect_days of a field whose human values no claim may replace
OF_CLAIMS: Final = ("claim_fills", "claim_replaces", "verdict")  # reasons of writes that carry no edit over
_PREFER: Final = (Rule.PREFER_SALESFORCE_UNLESS_BLANK, Rule.PREFER_HUBSPOT_UNLESS_BLANK)
_NUMERIC: Final = (FieldType.INTEGER, FieldType.NUMBER, FieldType.MONEY)


@dataclass(frozen=True, slots=True)
class FieldRule:
    """Who may set a field. `authority`: which kinds, strongest first; any of them may fill a blank.

    `protect_days`: a person's value yields to a newer claim only once it is older than that; 0: never.
    `union`: the values of all claims together. `agree_within`: numbers that far apart, as a share, agree.
    """

    authority: tuple[str, ...] = (Authority.HUMAN,)
    protect_days: int = NEVER
    union: bool = False
    agree_within: float = 0.0

    def rank(self, authority: str) -> int | None:
        """The place of that kind among those allowed; None: it never enters."""
        return self.authority.index(authority) if authority in self.authority else None


def rule_of(field: FieldMap) -> FieldRule:
    """What a mapping says of its field; numbers of companies that differ by less than a quarter agree."""
    return FieldRule(
        authority=field.authority,
        protect_days=field.protect_days,
        union=field.type is FieldType.CHOICES,
        agree_within=0.25 if field.type in _NUMERIC else 0.0,
    )


class Resolved(NamedTuple):  # made for every field of every subject: a frozen dataclass costs four times as much
    """The value, the claim that gave it, and who agrees. `locked`: a person's value stands, whatever others say."""

    value: Value
    winner: Claim | None
    supporters: tuple[Claim, ...] = ()
    dissenters: tuple[Claim, ...] = ()
    stale: bool = False  # expired, and nothing newer is there
    conflict: bool = False  # another claim that counts says otherwise
    locked: bool = False
    reason: str = "nothing_claimed"
    given: tuple[Value, ...] = ()  # all that was ever claimed, taken back or not: the worker may have written it


def resolve(rule: FieldRule, claims: Iterable[Claim], now_ms: int) -> Resolved:
    """The value of one field of one subject.

    The newest word of a person stands first. Claims that are not newer never beat it; newer ones of a kind that the
    field allows do so once it is older than `protect_days`. Among the others what has not expired goes before what
    has, then the stronger kind, then the newer, the surer, and at last the id, so that nothing is left to arrival.
    A kind that the field does not allow never enters, not even as dissent.
    """
    allowed = rule.authority
    entered = [item for item in standing(claims, now_ms) if item.authority in allowed]
    if not entered:
        return _NOTHING
    if rule.union:
        return _united(rule, entered, now_ms)
    human = None
    for item in entered:
        if item.authority is Authority.HUMAN and (human is None or _newest(item) > _newest(human)):
            human = item
    if human is None:
        return _answer(rule, _best(rule, entered, now_ms), entered, now_ms, "strongest", False)
    newer = [item for item in entered if item.observed_ms > human.observed_ms]
    if not newer or _protected(rule, human.observed_ms, now_ms):
        return _answer(rule, human, entered, now_ms, "human", True)
    return _answer(rule, _best(rule, newer, now_ms), entered, now_ms, "newer_than_human", False)


_NOTHING: Final = Resolved(BLANK, None)


def _newest(item: Claim) -> tuple[int, int, float, str]:
    return item.observed_ms, item.since_ms, item.confidence, item.claim_id


def expired(item: Claim, now_ms: int) -> bool:
    return 0 < item.expires_ms <= now_ms


def _protected(rule: FieldRule, edited_ms: int, now_ms: int) -> bool:
    return rule.protect_days == NEVER or now_ms - edited_ms < rule.protect_days * DAY_MS


def _best(rule: FieldRule, claims: Sequence[Claim], now_ms: int) -> Claim:
    if len(claims) == 1:
        return claims[0]
    return min(
        claims,
        key=lambda item: (
            expired(item, now_ms),
            rule.rank(item.authority),
            -item.since_ms,
            -item.confidence,
            -item.observed_ms,
            item.claim_id,
        ),
    )


def _answer(
    rule: FieldRule, winner: Claim, entered: Sequence[Claim], now_ms: int, reason: str, locked: bool
) -> Resolved:
    if len(entered) == 1:
        return Resolved(winner.value, winner, (), (), expired(winner, now_ms), False, locked, reason)
    supporters, dissenters = [], []
    for item in entered:
        if item is not winner:
            (supporters if agree(item, winner, rule.agree_within) else dissenters).append(item)
    stale = expired(winner, now_ms)
    conflict = any(not expired(item, now_ms) for item in dissenters)
    return Resolved(winner.value, winner, tuple(supporters), tuple(dissenters), stale, conflict, locked, reason)


def agree(one: Claim, other: Claim, within: float) -> bool:
    """Same unit, and the same value or numbers that differ by no more than that share of the larger."""
    if one.unit != other.unit:
        return False
    if one.value == other.value:
        return True
    if not (within and _is_number(one.value) and _is_number(other.value)):
        return False
    a, b = float(one.value), float(other.value)
    return abs(a - b) <= within * max(abs(a), abs(b))


def _is_number(value: Value) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _united(rule: FieldRule, entered: Sequence[Claim], now_ms: int) -> Resolved:
    """All options together. What has expired counts only where nothing else is left; nobody dissents by silence."""
    counted = [item for item in entered if not expired(item, now_ms)] or list(entered)
    winner = _best(rule, counted, now_ms)
    value = frozenset().union(*(elements(item.value) for item in counted)) or BLANK
    others = tuple(item for item in counted if item is not winner)
    return Resolved(value, winner, others, (), expired(winner, now_ms), False, False, "union")


def elements(value: Value) -> frozenset[str]:
    """The options of a value of many; a single one is one."""
    if isinstance(value, frozenset):
        return value
    return frozenset() if value is BLANK else frozenset((str(value),))


def combine(
    field: FieldMap, left: SideState, right: SideState, resolved: Resolved, now_ms: int, *, skew_ms: int = 1000
) -> Decision:
    """The merge of one cell, and what the claims add to it.

    People's edits travel first: whatever the merge writes, holds or asks is returned as it is, and the claims have
    their turn when that has settled; beside an edit that may not travel they have it at once. A claim goes to both
    sides or to none, so that it never makes the two differ; a side that is read-only is left out. The reason says why
    a claim stays outside. What is replaced is a loss (I3).
    """
    decision = merge(field, left, right, skew_ms=skew_ms)
    states: Mapping[SideName, SideState] = {"left": left, "right": right}
    if decision.verdict == "write":
        return _corrected(field, states, decision, resolved)
    if decision.verdict not in ("agree", "at_rest", "suppressed") or field.rule is Rule.DONT_SYNC:
        return decision
    writes, reason = _claimed(field, states, resolved, now_ms, skew_ms)
    if not writes and decision.verdict == "at_rest":
        writes = _halfway(field, states, resolved)
    if not writes:
        return decision if decision.verdict == "suppressed" else replace(decision, reason=reason or decision.reason)
    losses = tuple(Loss(side, states[side].cur, "claim") for side in writes if _somebody_minds(states[side]))
    replaced = any(states[side].cur is not BLANK for side in writes)
    reason = "claim_replaces" if replaced else "claim_fills"
    return Decision("write", writes.get("left", NOOP), writes.get("right", NOOP), losses, reason)


def _corrected(
    field: FieldMap, states: Mapping[SideName, SideState], decision: Decision, resolved: Resolved
) -> Decision:
    """A side that leads does so by what people wrote there: a person's edit corrects what it has from a claim."""
    side = next((one for one in SIDES if decision.on(one) is not NOOP), "left")
    lead, edited = states[other(side)], states[side]
    of_claim = lead.writer == "engine" and not fresh(lead) and lead.cur in resolved.given
    if field.rule not in _PREFER or decision.reason != "leader" or not of_claim or other(side) == field.read_only:
        return decision
    if not fresh(edited) or edited.cur is BLANK:
        return decision
    values = {other(side): edited.cur}
    losses = (Loss(other(side), lead.cur, "edit"),)
    return Decision("write", values.get("left", NOOP), values.get("right", NOOP), losses, "edit")


def _claimed(
    field: FieldMap, states: Mapping[SideName, SideState], resolved: Resolved, now_ms: int, skew_ms: int
) -> tuple[dict[SideName, Canonical], str]:
    """What the winning claim writes, or why it stays outside."""
    winner, value = resolved.winner, resolved.value
    if winner is None or value is BLANK or isinstance(value, tuple):  # a range fits no field
        return {}, ""
    if resolved.stale:
        return {}, "claim_expired"
    if winner.authority not in field.authority:
        return {}, "kind_not_allowed"
    writes: dict[SideName, Canonical] = {}
    for side in SIDES:
        if side == field.read_only:
            continue
        wanted = _wanted(field, states[side], value)
        if wanted == states[side].cur:
            continue
        kept = _kept(field, states[side], resolved, wanted, now_ms, skew_ms)
        if kept:
            return {}, kept
        writes[side] = wanted
    return writes, ""


def _halfway(field: FieldMap, states: Mapping[SideName, SideState], resolved: Resolved) -> dict[SideName, Canonical]:
    """What one side already took of a claim that has expired or was taken back since, for the side that still lacks it.

    Without it the two would differ for good by the worker's own doing.
    """
    for side in SIDES:
        here, there = states[side], states[other(side)]
        if here.writer != "engine" or here.cur is BLANK or other(side) == field.read_only:
            continue
        if there.cur is not BLANK and (there.writer != "engine" or field.rule is Rule.FILL_BLANK):
            continue  # not ours to replace
        wanted = _wanted(field, there, here.cur)
        if there.writer == "human" or wanted == there.cur or not _given(field, here.cur, there.cur, resolved.given):
            continue
        if field.rule is not Rule.FORWARD_ONLY or _goes_forward(field, there.cur, wanted):
            return {other(side): wanted}
    return {}


def _given(field: FieldMap, here: Canonical, there: Canonical, given: Sequence[Value]) -> bool:
    """Whether what only this side holds was ever claimed."""
    if field.type is FieldType.CHOICES:
        return elements(here) - elements(there) <= frozenset().union(*(elements(value) for value in given))
    return here in given


def _somebody_minds(state: SideState) -> bool:
    """What is lost under a claim can be put back, a clear of a person's as well."""
    return state.cur is not BLANK or fresh(state) or state.writer == "human"


def impose(field: FieldMap, left: SideState, right: SideState, value: Canonical) -> Decision:
    """The cell of a field that the worker alone sets: `value` goes to every side that holds something else.

    What somebody typed there is not carried over, and is a loss like any other, so that it can be put back.
    """
    states: Mapping[SideName, SideState] = {"left": left, "right": right}
    writes = {side: value for side in SIDES if side != field.read_only and states[side].cur != value}
    if not writes:
        return Decision("agree" if left.cur == right.cur else "at_rest")
    losses = tuple(
        Loss(side, states[side].cur, "verdict")
        for side in writes
        if fresh(states[side]) or (states[side].writer != "engine" and states[side].cur is not BLANK)
    )
    return Decision("write", writes.get("left", NOOP), writes.get("right", NOOP), losses, "verdict")


def _wanted(field: FieldMap, state: SideState, value: Canonical) -> Canonical:
    if field.type is FieldType.CHOICES:
        return elements(state.cur) | elements(value)
    return value


def _kept(field: FieldMap, state: SideState, resolved: Resolved, wanted: Canonical, now_ms: int, skew_ms: int) -> str:
    """Why this side keeps what it holds; empty: the claim may have it.

    A blank that somebody made is a person's edit like any other. A value of which nobody knows the writer counts as
    a person's, edited when the side may last have been edited; so does what the worker wrote and nobody ever claimed:
    it was carried over from a person, who may have typed something else at its source since.
    """
    winner, given = resolved.winner, resolved.given
    assert winner is not None
    if field.rule is Rule.FORWARD_ONLY and not _goes_forward(field, state.cur, wanted):
        return "regression"
    forward = field.rule is Rule.FORWARD_ONLY  # a box that nobody is known to have left empty is nobody's word
    unknown = state.writer == "unknown" and state.cur is not BLANK and not forward
    carried = (
        state.writer == "engine"
        and state.cur is not BLANK
        and not forward
        and not _given(field, state.cur, BLANK, given)
    )
    somebodys = fresh(state) or state.writer == "human" or unknown or carried
    if somebodys:
        edited_ms = state.when[1]
        if winner.observed_ms - edited_ms <= skew_ms:
            return "older_than_human"
        if winner.authority is not Authority.HUMAN and _protected(rule_of(field), edited_ms, now_ms):
            return "protected"
    if field.rule is Rule.FILL_BLANK and state.cur is not BLANK and winner.authority is not Authority.HUMAN:
        return "fills_only"
    return ""


def _goes_forward(field: FieldMap, now: Canonical, wanted: Canonical) -> bool:
    order = field.order
    words = [str(value).lower() if isinstance(value, bool) else str(value) for value in (now, wanted)]
    if words[1] not in order:
        return False
    return now is BLANK or (words[0] in order and order.index(words[1]) > order.index(words[0]))
