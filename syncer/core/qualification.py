"""The qualifier: what the claims about a subject come to under the shared definition.

Pure: the same claims, definition and `now_ms` give the same verdict, today and in ten years. No points are counted:
a status is reached when its declared needs are met, each on evidence that is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from syncer.core.claims import Authority, Claim
from syncer.core.qualification_judge import DAY_MS, Claims, Finding, judge
from syncer.core.qualification_terms import (
    APART,
    LADDER,
    Criterion,
    Definition,
    Needs,
    Signal,
    Stage,
    Status,
    Truth,
    truth_of_needs,
)

MET, NOT_MET, UNKNOWN = Truth.MET, Truth.NOT_MET, Truth.UNKNOWN
ANY_KIND: Final = frozenset(Authority) - {Authority.PREDICTED}
_RANK: Final = {name: place for place, name in enumerate(LADDER)}


class Judged(NamedTuple):  # as Finding: many are made
    """One criterion or signal with what was found of it."""

    id: str
    says: str
    ask: str
    finding: Finding

    @property
    def truth(self) -> Truth:
        return self.finding.truth

    def line(self, now_ms: int) -> str:
        """As people read it: "met: Has a Salesforce environment (call, 12 days old)"."""
        found = self.finding
        told = [_shown(found.evidence[0], now_ms)] if found.evidence else []
        if found.reason:
            told.append(found.reason)
        if found.contradicts:
            told.append("contradicted by " + ", ".join(_shown(item, now_ms) for item in found.contradicts[:3]))
        if found.predicted:
            told.append(f"predicted by {found.predicted[0].source}, not tested")
        return f"{found.truth.value}: {self.says}" + (f" ({'; '.join(told)})" if told else "")


def _shown(item: Claim, now_ms: int) -> str:
    days = max(0, now_ms - item.since_ms) // DAY_MS
    age = "today" if days == 0 else "1 day old" if days == 1 else f"{days} days old"
    return f"{shown_value(item)}, {item.authority.value} {item.source}, {age}"


def shown_value(item: Claim) -> str:
    """The value of a claim in a few words."""
    value = item.value
    if isinstance(value, frozenset):
        text = ", ".join(sorted(value))
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, tuple):
        text = f"{value[0]} to {value[1]}"
    elif isinstance(value, Decimal):
        text = format(value, "f")  # never 4E+4
    else:
        text = "blank" if value is None else str(value)
    return f"{text} {item.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a subject is under one version of the definition. `content` is the hash that a replay must show as well.

    `problems`: what is wrong with how a person set the status (no reason of the list, no root source).
    """

    definition: str
    version: str
    content: str
    status: str
    criteria: tuple[Judged, ...]
    signals: tuple[Judged, ...]
    open_status: str  # the next higher status that is still within reach; empty: none
    next_question: str
    next_criterion: str
    at_ms: int
    reason: str = ""
    root_source: str = ""
    problems: tuple[str, ...] = ()
    stage: str = ""
    needs: Mapping[str, Truth] = field(default_factory=dict)  # status -> whether its needs are met

    @property
    def counts(self) -> tuple[int, int, int]:
        """Criteria that are met, unknown, not met."""
        truths = [one.finding.truth for one in self.criteria]
        return truths.count(MET), truths.count(UNKNOWN), truths.count(NOT_MET)

    @property
    def line(self) -> str:
        """Such as "5 of 7 met, 1 unknown, 1 not met"."""
        met, unknown, not_met = self.counts
        return f"{met} of {len(self.criteria)} met, {unknown} unknown, {not_met} not met"

    def lines(self) -> tuple[str, ...]:
        """One for each criterion, in the order of the file."""
        return tuple(one.line(self.at_ms) for one in self.criteria)


def qualify(definition: Definition, claims: Claims, now_ms: int) -> Verdict:
    """Judges one subject. `claims`: those that count, by field (`claims.by_field`
    of the same moment), the account's among a person's."""
    criteria = tuple(_criterion(one, claims, now_ms) for one in definition.criteria)
    signals = tuple(_signal(one, claims, now_ms) for one in definition.signals)
    truths = {one.id: one.finding.truth for one in criteria}
    for one in signals:
        truths[one.id] = one.finding.truth
    needs: dict[str, Truth] = {}
    status = LADDER[0]
    for one in definition.statuses:
        if one.name not in _RANK:
            continue
        needs[one.name] = truths[one.name] = truth_of_needs(one.needs, truths)
        if needs[one.name] is MET:
            status = one.name
    open_status, asked = _next(definition, criteria, truths, status)
    status, reason, source, problems = _apart(definition, claims, status, now_ms)
    if status in APART:
        open_status, asked = "", None
    return Verdict(
        definition.name,
        definition.version,
        definition.content,
        status,
        criteria,
        signals,
        open_status,
        asked.ask if asked else "",
        asked.id if asked else "",
        now_ms,
        reason,
        source,
        problems,
        _stage(definition, status, signals, claims, now_ms),
        needs,
    )


def _criterion(one: Criterion, claims: Claims, now_ms: int) -> Judged:
    found = judge(one.when, claims, one.evidence, one.fresh_days * DAY_MS, now_ms)
    if one.unless is not None and found.truth is not NOT_MET:
        barred = judge(one.unless, claims, ANY_KIND, 0, now_ms)
        if barred.truth is MET:
            found = Finding(NOT_MET, barred.evidence, found.evidence + barred.contradicts, "", False, found.predicted)
    return Judged(one.id, one.says, one.ask, found)


def _signal(one: Signal, claims: Claims, now_ms: int) -> Judged:
    return Judged(one.id, one.says, "", judge(one.when, claims, one.evidence, one.fresh_days * DAY_MS, now_ms))


def _next(
    definition: Definition, criteria: tuple[Judged, ...], truths: Mapping[str, Truth], status: str
) -> tuple[str, Judged | None]:
    """The next status within reach, and the first criterion, in the order of the file, whose answer would move there.

    One whose answer alone reaches a higher status goes first; else one that the next open status still waits for.
    """
    higher = [one for one in definition.statuses if one.name in _RANK and _RANK[one.name] > _RANK[status]]
    open_ = [one for one in higher if truths[one.name] is UNKNOWN]
    if not open_:
        return "", None
    unknown = [one for one in criteria if one.ask and one.finding.truth is UNKNOWN]
    for one in unknown:
        answered = _with(definition, truths, one.id)
        if any(answered[wanted.name] is MET for wanted in open_):
            return open_[0].name, one
    for wanted in open_:
        waits = _waits_for(definition, wanted.needs, truths)
        for one in unknown:
            if one.id in waits:
                return open_[0].name, one
    return open_[0].name, None


def _with(definition: Definition, truths: Mapping[str, Truth], met: str) -> dict[str, Truth]:
    """The truths as they would be, were that criterion met."""
    answered = {**truths, met: MET}
    for one in definition.statuses:
        if one.name in _RANK:
            answered[one.name] = truth_of_needs(one.needs, answered)
    return answered


def _waits_for(definition: Definition, needs: Needs, truths: Mapping[str, Truth]) -> set[str]:
    """The ids whose answer still matters to these needs."""
    named = [name for name in needs.all if truths[name] is UNKNOWN]
    for wanted, among in ((1, needs.any), (needs.count, needs.among)):
        if sum(truths[name] is MET for name in among) < wanted:
            named += [name for name in among if truths[name] is UNKNOWN]
    found: set[str] = set()
    for name in named:
        lower = definition.status(name) if name in _RANK else None
        found |= {name} if lower is None else _waits_for(definition, lower.needs, truths)
    return found


def _apart(definition: Definition, claims: Claims, status: str, now_ms: int) -> tuple[str, str, str, tuple[str, ...]]:
    """Disqualified or recycled, where a person said so: the status with reason, root source, and what is missing."""
    for name in reversed(APART):
        own = definition.status(name)
        if own is None or own.when is None or judge(own.when, claims, ANY_KIND, 0, now_ms).truth is not MET:
            continue
        reason, source = _told(own.reason_field, claims), _told(own.root_source_field, claims)
        return name, reason, source, tuple(_missing(definition, own, reason, source))
    return status, "", "", ()


def _told(name: str, claims: Claims) -> str:
    """The strongest, newest word on a field of text."""
    known = [one for one in claims.get(name, ()) if one.authority is not Authority.PREDICTED and one.value is not None]
    if not known:
        return ""
    order = list(Authority)
    return shown_value(min(known, key=lambda one: (order.index(one.authority), -one.since_ms, one.claim_id)))


def _missing(definition: Definition, own: Status, reason: str, source: str) -> list[str]:
    listed = own.reasons or definition.reasons
    missing = []
    if not reason:
        missing.append(f"{own.name} without a reason")
    elif reason.casefold() not in {one.casefold() for one in listed}:
        missing.append(f'{own.name} for "{reason}", which is no reason of the list')
    if own.root_source_field and not source:
        missing.append(f"{own.name} without a root source")
    return missing


def _stage(definition: Definition, status: str, signals: tuple[Judged, ...], claims: Claims, now_ms: int) -> str:
    """The last stage of the funnel that fits."""
    shown = {one.id for one in signals if one.finding.truth is MET}
    found = ""
    for stage in definition.stages:
        if _fits(stage, status, shown, claims, now_ms):
            found = stage.name
    return found


def _fits(stage: Stage, status: str, shown: set[str], claims: Claims, now_ms: int) -> bool:
    if status in stage.statuses or (shown and not shown.isdisjoint(stage.signals)):
        return True
    return stage.when is not None and judge(stage.when, claims, ANY_KIND, 0, now_ms).truth is MET


def depends_on(definition: Definition, verdict: Verdict) -> frozenset[str]:
    """The criteria and signals that are unknown and for which a higher status still waits; none once set apart."""
    if verdict.status in APART:
        return frozenset()
    truths = {one.id: one.truth for one in (*verdict.criteria, *verdict.signals)} | dict(verdict.needs)
    open_ = [
        one
        for one in definition.statuses
        if one.name in _RANK and _RANK[one.name] > _RANK[verdict.status] and truths[one.name] is UNKNOWN
    ]
    return frozenset(name for one in open_ for name in _waits_for(definition, one.needs, truths))


@dataclass(frozen=True, slots=True)
class Change:
    """Whether a status moves, and why not, or why."""

    verb: Literal["moved", "kept"]
    status: str
    reason: str


def status_change(previous: str, verdict: Verdict, definition: Definition) -> Change:
    """What becomes of a subject's status: up by what is met, apart by a person's word, never back in silence.

    A status whose needs are no longer met is kept, with the reason, until a person recycles or disqualifies. Raises
    ValueError for a previous status that does not exist; empty: there was none.
    """
    new = verdict.status
    if previous and previous not in _RANK and previous not in APART:
        raise ValueError(f"{previous} is no status")
    if new == (previous or LADDER[0]):
        return Change("kept", new, "nothing changed")
    if new in APART:
        return Change("moved", new, verdict.reason or "set by a person")
    if previous in APART:
        own = definition.status(previous)
        if own is None or own.when is None:
            return Change("kept", previous, f"{previous} until a person takes it back")
        return Change("moved", new, f"no longer {previous}")
    if _RANK[new] > _RANK[previous or LADDER[0]]:
        return Change("moved", new, f"{new}: {verdict.line}")
    return Change("kept", previous, f"now only {new}: {_lost(previous, verdict, definition)}")


def unmet(status: str, verdict: Verdict, definition: Definition) -> tuple[str, ...]:
    """The lines of what keeps a subject from a status: criteria and signals it needs that are not met."""
    wanted = set(needed_ids(definition, status))
    return tuple(
        one.line(verdict.at_ms)
        for one in (*verdict.criteria, *verdict.signals)
        if one.id in wanted and one.finding.truth is not MET
    )


def needed_ids(definition: Definition, status: str) -> tuple[str, ...]:
    """The criteria and signals that a status needs, those of the lower statuses it names included."""
    own = definition.status(status)
    if own is None:
        return ()
    found: list[str] = []
    for name in (*own.needs.all, *own.needs.any, *own.needs.among):
        found += needed_ids(definition, name) if name in _RANK else (name,)
    return tuple(dict.fromkeys(found))


def _lost(previous: str, verdict: Verdict, definition: Definition) -> str:
    if definition.status(previous) is None:
        return f"this definition has no status {previous}"
    return "; ".join(unmet(previous, verdict, definition))
