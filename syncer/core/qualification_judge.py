"""Whether a condition holds by what was claimed: met, not met or unknown, and by which claims.

Only kinds of claims that may settle the matter count, only while they are fresh, never a prediction. The strongest kind
decides, among equals the newest; whatever else counts and says the opposite is handed back as contradiction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Final, NamedTuple

from syncer.core.claims import RANK, Authority, Claim, Value
from syncer.core.instants import parse_day, parse_instant_ms
from syncer.core.qualification_terms import AllOf, Condition, Not, Op, Operand, Question, Truth

DAY_MS: Final = 86_400_000
MET, NOT_MET, UNKNOWN = Truth.MET, Truth.NOT_MET, Truth.UNKNOWN
Claims = Mapping[str, Sequence[Claim]]  # field -> claims that count (see claims.by_field)
_PREDICTED: Final = Authority.PREDICTED
_NEGATED: Final = {MET: NOT_MET, NOT_MET: MET, UNKNOWN: UNKNOWN}


class Finding(NamedTuple):  # made for every criterion of every subject: a frozen dataclass costs four times as much
    """What a condition comes to. `reason` says why it is unknown; `contradicts` decides nothing, and is shown."""

    truth: Truth
    evidence: tuple[Claim, ...] = ()
    contradicts: tuple[Claim, ...] = ()
    reason: str = ""
    stale: bool = False
    predicted: tuple[Claim, ...] = ()


def judge(condition: Condition, claims: Claims, kinds: frozenset[Authority], fresh_ms: int, now_ms: int) -> Finding:
    """Kleene's logic over the questions. `fresh_ms`: how old evidence may be; 0: any age."""
    if condition.__class__ is Question:
        return _ask(condition, claims, kinds, fresh_ms, now_ms)
    if isinstance(condition, Not):
        found = judge(condition.part, claims, kinds, fresh_ms, now_ms)
        return Finding(
            _NEGATED[found.truth], found.evidence, found.contradicts, found.reason, found.stale, found.predicted
        )
    found = [judge(part, claims, kinds, fresh_ms, now_ms) for part in condition.parts]
    return _joined(found, NOT_MET if isinstance(condition, AllOf) else MET)


def _joined(found: Sequence[Finding], decisive: Truth) -> Finding:
    """One part with the decisive value decides (not met for all, met for any); else an unknown leaves it open."""
    truths = [one.truth for one in found]
    truth = decisive if decisive in truths else UNKNOWN if UNKNOWN in truths else _NEGATED[decisive]
    own = [one for one in found if one.truth is truth]
    against = [] if truth is UNKNOWN else [one for one in found if one.truth is _NEGATED[truth]]
    return Finding(
        truth,
        tuple(item for one in own for item in one.evidence),
        tuple(item for one in own for item in one.contradicts) + tuple(x for one in against for x in one.evidence),
        "; ".join(dict.fromkeys(one.reason for one in own if one.reason)),
        any(one.stale for one in own),
        tuple(item for one in own for item in one.predicted),
    )


def _ask(question: Question, claims: Claims, kinds: frozenset[Authority], fresh_ms: int, now_ms: int) -> Finding:
    fields = question.fields
    if len(fields) == 1:  # the usual question, and most often nobody has said anything
        said = claims.get(fields[0])
        if not said:
            return _NOTHING
        told = (said,)
    else:
        told = tuple(claims[field] for field in fields if field in claims)
    check, operand, unit, unclear = _CHECKS[question.op], question.operand, question.unit, question.unclear
    decided: list[tuple[tuple[int, int, str], Truth, Claim]] = []
    outside: list[tuple[str, Claim]] = []  # what does not count, and why
    for said in told:
        for item in said:
            authority = item.authority
            if authority is _PREDICTED or authority not in kinds:
                outside.append(("predicted" if authority is _PREDICTED else "kind", item))
                continue
            value, since_ms = item.value, item.as_of_ms or item.observed_ms
            if (fresh_ms and now_ms - since_ms > fresh_ms) or 0 < item.expires_ms <= now_ms:
                outside.append(("stale", item))
                continue
            if unit and item.unit and item.unit != unit and item.unit != unit.partition("/")[0]:
                outside.append(("unit", item))
                continue
            if value is None or (unclear and value.__class__ is str and value.casefold() in unclear):
                truth = UNKNOWN
            else:
                truth = check(value, operand, now_ms)
            if truth is UNKNOWN:
                outside.append(("unclear", item))
            else:
                decided.append(((RANK[authority], -since_ms, item.claim_id), truth, item))
    if not decided:
        return _open(question, kinds, outside, now_ms) if outside else _NOTHING
    if len(decided) == 1:
        return Finding(decided[0][1], (decided[0][2],), (), "", False, _predictions(outside))
    return _decided(decided, outside)


_NOTHING: Final = Finding(UNKNOWN, reason="nobody has said so far")


def _predictions(outside: Sequence[tuple[str, Claim]]) -> tuple[Claim, ...]:
    return tuple(item for why, item in outside if why == "predicted") if outside else ()


def _decided(decided: list[tuple[tuple[int, int, str], Truth, Claim]], outside: list[tuple[str, Claim]]) -> Finding:
    """The strongest and newest word decides; two of the same strength and moment that disagree decide nothing."""
    decided.sort(key=itemgetter(0))
    (rank, since, _), truth, _ = decided[0]
    same = tuple(item for _, other, item in decided if other is truth)
    against = tuple(item for _, other, item in decided if other is not truth)
    if any(key[0] == rank and key[1] == since and other is not truth for key, other, _ in decided):
        return Finding(UNKNOWN, (), same + against, "the evidence contradicts itself", False, _predictions(outside))
    return Finding(truth, same, against, "", False, _predictions(outside))


def _open(question: Question, kinds: frozenset[Authority], outside: list[tuple[str, Claim]], now_ms: int) -> Finding:
    """Why what was said settles nothing: the reason nearest to an answer."""
    by_reason: dict[str, list[Claim]] = {}
    for why, item in outside:
        by_reason.setdefault(why, []).append(item)
    why = next(name for name in _REASONS if name in by_reason)
    item = max(by_reason[why], key=lambda one: (one.since_ms, one.claim_id))
    said = _REASONS[why](item, question, kinds, now_ms)
    return Finding(UNKNOWN, reason=said, stale=why == "stale", predicted=tuple(by_reason.get("predicted", ())))


def _allowed(kinds: frozenset[Authority]) -> str:
    return ", ".join(sorted(kinds, key=RANK.__getitem__))


_REASONS: Final[Mapping[str, Callable[[Claim, Question, frozenset[Authority], int], str]]] = {
    "stale": lambda item, question, kinds, now_ms: (
        f"the newest evidence is {max(0, now_ms - item.since_ms) // DAY_MS} days old"
        if not 0 < item.expires_ms <= now_ms
        else "the newest evidence has expired"
    ),
    "unit": lambda item, question, kinds, now_ms: (
        f"said in {item.unit}, asked in {question.unit}, and no rate is known"
    ),
    "unclear": lambda item, question, kinds, now_ms: "what is known is too vague to tell",
    "kind": lambda item, question, kinds, now_ms: (
        f"only known by {item.authority.value}; it takes {_allowed(kinds)} to settle it"
    ),
    "predicted": lambda item, question, kinds, now_ms: "only predicted, and a prediction settles nothing",
}


# --- The single questions: (value, operand, now_ms) -> Truth; what a question cannot read is unknown -----------------


def _bounds(value: Value) -> tuple[int | Decimal, int | Decimal] | None:
    if value.__class__ is int or value.__class__ is Decimal:
        return value, value
    return value if value.__class__ is tuple else None


def _low(holds: Callable[[int | Decimal, Operand], bool]) -> Callable[[Value, Operand, int], Truth]:
    """A lower bound; of a range that was said, both ends must hold."""

    def check(value: Value, operand: Operand, now_ms: int) -> Truth:
        if value.__class__ is int or value.__class__ is Decimal:
            return MET if holds(value, operand) else NOT_MET
        if value.__class__ is not tuple:
            return UNKNOWN
        ends = [holds(end, operand) for end in value]
        return MET if all(ends) else UNKNOWN if any(ends) else NOT_MET

    return check


def _between(value: Value, operand: Operand, now_ms: int) -> Truth:
    ends = _bounds(value)
    if ends is None:
        return UNKNOWN
    low, high = operand
    if low <= ends[0] and ends[1] <= high:
        return MET
    return NOT_MET if ends[1] < low or high < ends[0] else UNKNOWN


def _equals(value: Value, operand: Operand, now_ms: int) -> Truth:
    if value.__class__ is str:
        return MET if value.casefold() == operand else NOT_MET
    if value.__class__ is bool or operand.__class__ is bool:
        return (MET if value is operand else NOT_MET) if value.__class__ is operand.__class__ else UNKNOWN
    if value.__class__ is int or value.__class__ is Decimal:
        return MET if value == operand else NOT_MET
    return UNKNOWN


def _in(value: Value, operand: Operand, now_ms: int) -> Truth:
    if value.__class__ is str:
        return MET if value.casefold() in operand else NOT_MET
    return UNKNOWN


def _contains(value: Value, operand: Operand, now_ms: int) -> Truth:
    """A list is never known to be complete: what it does not name, it does not deny."""
    named = value if value.__class__ is frozenset else (value,) if value.__class__ is str else ()
    return MET if any(one.casefold() in operand for one in named) else UNKNOWN


def _is_true(value: Value, operand: Operand, now_ms: int) -> Truth:
    if value.__class__ is not bool:
        return UNKNOWN
    return MET if value is operand else NOT_MET


def _exists(value: Value, operand: Operand, now_ms: int) -> Truth:
    return MET


def _instant(value: Value) -> int | None:
    """ms of an instant, or of the first moment of a day."""
    if value.__class__ is int:
        return value
    if value.__class__ is not str:
        return None
    try:
        return parse_instant_ms(parse_day(value) + "T00:00:00Z") if len(value) == 10 else parse_instant_ms(value)
    except (ValueError, OverflowError):
        return None


def _within(value: Value, operand: Operand, now_ms: int) -> Truth:
    at_ms = _instant(value)
    if at_ms is None:
        return UNKNOWN
    return MET if 0 <= now_ms - at_ms <= operand * DAY_MS else NOT_MET


def _in_next(value: Value, operand: Operand, now_ms: int) -> Truth:
    at_ms = _instant(value)
    if at_ms is None:
        return UNKNOWN
    return MET if -DAY_MS < at_ms - now_ms <= operand * DAY_MS else NOT_MET  # today counts


_CHECKS: Final[Mapping[Op, Callable[[Value, Operand, int], Truth]]] = {
    Op.AT_LEAST: _low(lambda value, operand: value >= operand),
    Op.AT_MOST: _low(lambda value, operand: value <= operand),
    Op.MORE_THAN: _low(lambda value, operand: value > operand),
    Op.LESS_THAN: _low(lambda value, operand: value < operand),
    Op.BETWEEN: _between,
    Op.EQUALS: _equals,
    Op.IN: _in,
    Op.CONTAINS: _contains,
    Op.ANY_OF: _contains,
    Op.IS_TRUE: _is_true,
    Op.EXISTS: _exists,
    Op.WITHIN_DAYS: _within,
    Op.IN_NEXT_DAYS: _in_next,
}
