"""What a mapping says, as data: one `FieldMap` for each canonical field, one `KindMap` for each mapping file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

SideName = Literal["left", "right"]
SIDES: tuple[SideName, SideName] = ("left", "right")


def other(side: SideName) -> SideName:
    return "right" if side == "left" else "left"


class FieldType(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    BOOLEAN = "boolean"
    YES_NO = "yes-no"  # a boolean that may be unknown: in Salesforce, whose checkboxes cannot, a picklist of Yes and No
    DATE = "date"
    DATETIME = "datetime"
    CHOICE = "choice"
    CHOICES = "choices"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    DOMAIN = "domain"  # bare host: a web address on one side equals the host on the other
    REFERENCE = "reference"


class Rule(StrEnum):
    """Who wins a field; HubSpot's own words where it has them. Truth table: `merge`."""

    TWO_WAY = "two-way"
    PREFER_SALESFORCE_UNLESS_BLANK = "prefer-salesforce-unless-blank"
    ALWAYS_SALESFORCE = "always-salesforce"
    PREFER_HUBSPOT_UNLESS_BLANK = "prefer-hubspot-unless-blank"
    ALWAYS_HUBSPOT = "always-hubspot"
    FILL_BLANK = "fill-blank"
    UNION = "union"
    FORWARD_ONLY = "forward-only"
    REVIEW = "review"
    ALWAYS_SYNCER = "always-syncer"  # what the worker itself works out: verdicts, provenance; nobody else's to set
    DONT_SYNC = "dont-sync"


@dataclass(frozen=True, slots=True)
class FieldMap:
    """One canonical field and where it lives on each side; `left`/`right` map object name -> field name."""

    name: str
    left: Mapping[str, str]
    right: Mapping[str, str]
    type: FieldType
    rule: Rule = Rule.TWO_WAY
    blank: Literal["keep", "clear"] = "keep"  # may a cleared value clear the other side?
    tie: SideName = "left"  # who wins when two edits cannot be ordered
    authority: tuple[str, ...] = ("human",)
    protect_days: int = 0
    choices: Mapping[str, str] = field(default_factory=dict)  # left label = right value
    order: tuple[str, ...] = ()  # forward-only: canonical values (the left's), lowest first
    to: Literal["", "account", "owner"] = ""  # reference: what it points at
    label: str = ""  # with `create`: label of the field that setup makes
    create: bool = False  # setup creates the field on a side that lacks it
    read_only: Literal["", "left", "right"] = (
        ""  # a side that refuses writes: what would travel there stays where it is
    )
    region: str = "US"  # phone: country of numbers written without one
    length: int = 0  # with `create`: room for that many characters; 0: as the other side has, else 255
    create_default: str = ""  # what a create sends where the object requires the field and the other side is blank
    line: int = 0  # where the mapping file says so

    def on(self, side: SideName, object_name: str) -> str | None:
        """The field's name on that object, or None where it has no counterpart there."""
        return (self.left if side == "left" else self.right).get(object_name)


@dataclass(frozen=True, slots=True)
class KindMap:
    """One mapping file: how a kind of subject (person, account) appears on both sides."""

    kind: Literal["person", "account"]
    version: int
    left_objects: tuple[str, ...]
    right_objects: tuple[str, ...]
    left_create: str | None  # object to create there; None: never create on that side
    right_create: str | None
    match: tuple[str, ...]  # canonical names of natural keys, strongest first
    fields: tuple[FieldMap, ...]
    left_inclusion: str = ""  # which records may cause a create on the other side; empty: all
    right_inclusion: str = ""
    path: str = ""

    def objects(self, side: SideName) -> tuple[str, ...]:
        return self.left_objects if side == "left" else self.right_objects

    def create_object(self, side: SideName) -> str | None:
        return self.left_create if side == "left" else self.right_create

    def knows(self, name: str) -> bool:
        """Whether a field of that name is mapped: what was written under another mapping may name one that is not."""
        return any(candidate.name == name for candidate in self.fields)

    def field_named(self, name: str) -> FieldMap:
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise KeyError(name)
