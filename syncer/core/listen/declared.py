"""What admins declare in mappings/calls.toml, as data: facts, tools, objections, speakers, roles."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

RESERVED: Final = ("tool", "competitor", "person", "objection")  # fields that need no declaration


class FactType(StrEnum):
    """How the value of a fact is read from the words around its cue."""

    MONEY = "money"
    DURATION = "duration"
    DATE = "date"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"
    WHO = "who"  # a role or a named person


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing worth hearing. All phrases are in the language of `phrases`."""

    name: str
    type: FactType
    unit: str = ""  # duration: days, weeks, months, years. money: period that the value is for. number: what is counted
    cues: tuple[str, ...] = ()  # words that say what a value is about
    yes: tuple[str, ...] = ()  # boolean: words that say yes by themselves
    no: tuple[str, ...] = ()  # boolean: words that say no by themselves; money, number: that there is none (0)
    unless: tuple[str, ...] = ()  # words that show another matter in the same sentence
    reach: int = 8  # words between cue and value
    low: int | None = None  # smallest and largest number that can be meant
    high: int | None = None
    plan: bool = False  # a plan ("will", "next year") settles it: true of wishes and dates
    scope: str = "subject"  # "segment": said of a kind of company, not of this one


@dataclass(frozen=True, slots=True)
class Tool:
    """A product by name; `exact` is for names that are common words: only the written case counts."""

    name: str
    synonyms: tuple[str, ...] = ()
    competitor: bool = False
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Objection:
    """A reason to say no, and the words in which it comes."""

    kind: str
    says: tuple[str, ...]
    unless: tuple[str, ...] = ()  # words that show another matter in the same sentence


@dataclass(frozen=True, slots=True)
class Calls:
    """Everything that mappings/calls.toml says."""

    facts: tuple[Fact, ...]
    tools: tuple[Tool, ...] = ()
    objections: tuple[Objection, ...] = ()
    roles: tuple[str, ...] = ()
    rep_labels: tuple[str, ...] = ("rep",)  # speaker labels of our own people
    prospect_labels: tuple[str, ...] = ("prospect",)
    currency: str = "USD"  # of an amount said without one
    fiscal_year_starts: int = 1  # month

    def wanted(self, fact: Fact) -> str:
        """The fact in words for a reader that does not know the phrases: type, unit, and a few of its cues."""
        unit = (
            f" per {fact.unit}"
            if fact.type is FactType.MONEY and fact.unit
            else f" in {fact.unit}"
            if fact.unit
            else ""
        )
        signs = "; ".join((*fact.cues, *fact.yes)[:4])
        return f"{fact.type.value}{unit}; such as: {signs}"

    def fact(self, name: str) -> Fact | None:
        return next((fact for fact in self.facts if fact.name == name), None)
