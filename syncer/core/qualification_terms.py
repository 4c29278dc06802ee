"""The shared definition as data: conditions, criteria, signals, statuses, stages of the funnel, signatures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, Literal

from syncer.core.claims import Authority

LADDER: Final = ("prospect", "MQL", "SAL", "SQL", "TRUE lead")  # lowest first
APART: Final = ("recycled", "disqualified")  # declared by people, not reached by criteria
STATUSES: Final = LADDER + APART
FUNNEL: Final = ("awareness", "interest", "consideration", "conversion", "loyalty")
SIGNING: Final = ("marketing", "sales")
Strength = Literal["serious", "soft"]


class Truth(StrEnum):
    """Three values, and the Kleene logic of `all_of`, `any_of` and `negated`."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "unknown"


class Op(StrEnum):
    """What a condition asks of a value."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    BETWEEN = "between"
    EQUALS = "equals"
    IN = "in"
    CONTAINS = "contains"
    ANY_OF = "any_of"
    IS_TRUE = "is_true"
    EXISTS = "exists"
    WITHIN_DAYS = "within_days"
    IN_NEXT_DAYS = "in_next_days"


Operand = bool | int | Decimal | str | tuple[Decimal, Decimal] | frozenset[str]


@dataclass(frozen=True, slots=True)
class Question:
    """One question to the claims of some fields that hold the same fact.

    `unit`: what the numbers are in; a claim in another unit settles nothing. `unclear`: values too coarse to tell.
    Texts in `operand` and `unclear` are casefolded.
    """

    fields: tuple[str, ...]
    op: Op
    operand: Operand
    unit: str = ""
    unclear: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


Condition = Question | AllOf | AnyOf | Not


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that must be known of a lead. `fresh_days` 0: evidence of any age. `unless`: makes it not met."""

    id: str
    says: str
    when: Condition
    evidence: frozenset[Authority]  # kinds of claims that may settle it
    fresh_days: int = 0
    ask: str = ""
    unless: Condition | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """Something done that tells of interest; counts only where a status names it, and a soft one never alone."""

    id: str
    says: str
    when: Condition
    strength: Strength
    evidence: frozenset[Authority]
    fresh_days: int = 0


@dataclass(frozen=True, slots=True)
class Needs:
    """Ids of criteria, signals and lower statuses: `all` of these, one of `any`, and `count` of `among`."""

    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    count: int = 0
    among: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sla:
    """How soon the first step is due: `amount` of minutes, hours, days, business hours or business days."""

    first_step: str
    amount: int
    unit: str
    business: bool

    @property
    def within(self) -> str:
        unit = self.unit if self.amount != 1 else self.unit.removesuffix("s")
        return f"{self.amount} {'business ' if self.business else ''}{unit}"


@dataclass(frozen=True, slots=True)
class Status:
    """One status. Those of the ladder have `needs`; recycled and disqualified are set by people: `when` tells where."""

    name: str
    needs: Needs = Needs()
    owner: str = ""
    sla: Sla | None = None
    reasons: tuple[str, ...] = ()
    when: Condition | None = None
    reason_field: str = ""
    root_source_field: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the funnel, a view: who has one of the statuses, shows one of the signals, or fulfils `when`."""

    name: str
    statuses: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    team: str
    by: str
    on: str  # ISO day
    content: str = ""  # the content hash that was signed; empty: whatever the version says


@dataclass(frozen=True, slots=True)
class Definition:
    """The shared definition. `content` is the hash of everything but the signatures: equal hash, equal verdicts.

    `statuses` stand in the order of STATUSES.
    """

    name: str
    version: str
    content: str
    criteria: tuple[Criterion, ...]
    signals: tuple[Signal, ...] = ()
    statuses: tuple[Status, ...] = ()
    stages: tuple[Stage, ...] = ()
    agreed: tuple[Signature, ...] = ()
    path: str = ""

    @property
    def unsigned(self) -> tuple[str, ...]:
        """The teams whose signature is missing, or was given to another content; a version with any is not active."""
        signed = {one.team for one in self.agreed if one.content in ("", self.content)}
        return tuple(team for team in SIGNING if team not in signed)

    def status(self, name: str) -> Status | None:
        return next((one for one in self.statuses if one.name == name), None)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons for a rejection or disqualification: those of disqualified, else all that any status lists."""
        own = self.status("disqualified")
        if own is not None and own.reasons:
            return own.reasons
        return tuple(dict.fromkeys(reason for one in self.statuses for reason in one.reasons))


def questions_in(condition: Condition) -> tuple[Question, ...]:
    """The questions of a condition, in its order."""
    if isinstance(condition, Question):
        return (condition,)
    if isinstance(condition, Not):
        return questions_in(condition.part)
    return tuple(one for part in condition.parts for one in questions_in(part))


def fields_named(definition: Definition) -> frozenset[str]:
    """Every field that a verdict under this definition can depend on."""
    entries = (*definition.criteria, *definition.signals, *definition.statuses, *definition.stages)
    asked = [one.when for one in entries] + [one.unless for one in definition.criteria]
    named = {name for one in asked if one is not None for question in questions_in(one) for name in question.fields}
    told = {name for one in definition.statuses for name in (one.reason_field, one.root_source_field) if name}
    return frozenset(named | told)


def truth_of_needs(needs: Needs, truths: Mapping[str, Truth]) -> Truth:
    """Three-valued: met, out of reach, or still open."""
    unknown = False
    for name in needs.all:
        truth = truths[name]
        if truth is Truth.NOT_MET:
            return truth
        unknown = unknown or truth is Truth.UNKNOWN
    for wanted, among in ((1, needs.any), (needs.count, needs.among)):
        if not among:
            continue
        met = open_ = 0
        for name in among:
            truth = truths[name]
            if truth is Truth.MET:
                met += 1
            elif truth is Truth.UNKNOWN:
                open_ += 1
        if met < wanted:
            if met + open_ < wanted:
                return Truth.NOT_MET
            unknown = True
    return Truth.UNKNOWN if unknown else Truth.MET
