"""The shape of a qualification file: what pydantic checks, and what editors complete from (JSON Schema)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from syncer.mapping.models import Authority, Entry, Word

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Number = int | float
StatusName = Literal["prospect", "MQL", "SAL", "SQL", "TRUE lead", "recycled", "disqualified"]
StageName = Literal["awareness", "interest", "consideration", "conversion", "loyalty"]


class WhenEntry(Entry):
    """A question to one fact, or several conditions joined by all, any or not. Several questions must all hold."""

    field: Word | list[Word] | None = Field(
        None,
        description="The fact asked for; a list: fields that hold the same fact. account.NAME, person.NAME: which.",
    )
    at_least: Number | None = None
    at_most: Number | None = None
    more_than: Number | None = None
    less_than: Number | None = None
    between: Annotated[list[Number], Field(min_length=2, max_length=2)] | None = Field(
        None, description="Lowest and highest, both included."
    )
    equals: bool | Number | str | None = None
    in_: list[Word] | None = Field(None, alias="in", min_length=1, description="One of these texts.")
    contains: Word | None = Field(None, description="The list names this. What it does not name stays unknown.")
    any_of: list[Word] | None = Field(None, min_length=1, description="The list names one of these.")
    is_true: bool | None = None
    exists: Literal[True] | None = Field(None, description="Anything is known.")
    within_days: int | None = Field(None, ge=1, description="A day or moment no longer ago than this.")
    in_next_days: int | None = Field(None, ge=1, description="A day or moment no further ahead than this.")
    unit: str = Field("", description="What the numbers are in, such as USD/year or months.")
    unclear: list[Word] = Field([], description="Values too coarse to tell: they settle nothing.")
    all: list[WhenEntry] | None = Field(None, min_length=1)
    any: list[WhenEntry] | None = Field(None, min_length=1)
    not_: WhenEntry | None = Field(None, alias="not")


class CriterionEntry(Entry):
    """One thing that must be known of a lead."""

    id: Name = Field(description="What statuses call it.")
    says: Word = Field(description="What people read: Has direct access to budget over $10k a year.")
    when: WhenEntry
    unless: WhenEntry | None = Field(None, description="Where this holds, the criterion is not met.")
    evidence: list[Authority] = Field(
        ["human", "call", "form"], min_length=1, description="Kinds of claims that may settle it."
    )
    fresh_days: int = Field(0, ge=0, le=36_500, description="Older evidence leaves it unknown; 0: any age.")
    ask: str = Field("", description="The question that would settle it.")


class SignalEntry(Entry):
    """Something a lead does. It counts only where a status names it, and a soft one never alone."""

    id: Name
    says: Word
    strength: Literal["serious", "soft"] = "serious"
    when: WhenEntry | None = Field(None, description="Default: a claim of the field with this id is true.")
    evidence: list[Authority] = Field(["human", "call", "form", "import", "provider"], min_length=1)
    fresh_days: int = Field(0, ge=0, le=36_500)


class AtLeastEntry(Entry):
    count: int = Field(ge=1)
    of: list[Word] = Field(min_length=1)


class NeedsEntry(Entry):
    """Ids of criteria and signals, or names of lower statuses."""

    all: list[Word] = Field([])
    any: list[Word] = Field([])
    at_least: AtLeastEntry | Annotated[int, Field(ge=1)] | None = Field(
        None, description="{ count = 2, of = [...] }; a number: so many of any."
    )


class SlaEntry(Entry):
    first_step: Word = Field(description="What sales does first, such as call.")
    within: Word = Field(description='Such as "1 business day", "4 business hours", "30 minutes".')
    reasons: list[Word] = Field([], description="Reasons for which sales may reject the hand-off.")


class StatusEntry(Entry):
    """One status, and what it takes to reach it."""

    name: StatusName
    needs: NeedsEntry | None = None
    owner: str = Field("", description="The team, user or queue that owns it.")
    sla: SlaEntry | None = None
    reasons: list[Word] = Field([], description="Reasons for a rejection or disqualification.")
    when: WhenEntry | None = Field(None, description="recycled, disqualified: where a person says so.")
    reason: Word | None = Field(None, description="The field that holds the reason.")
    root_source: Word | None = Field(None, description="The field that holds the root source.")


class StageEntry(Entry):
    """One stage of the funnel: who has one of the statuses, shows one of the signals, or fulfils `when`."""

    name: StageName
    statuses: list[StatusName] = Field([])
    signals: list[Word] = Field([])
    when: WhenEntry | None = None


class AgreedEntry(Entry):
    team: Literal["marketing", "sales"]
    by: Word
    on: date
    content: str = Field("", description="The content hash that was agreed to; empty: this version, whatever it says.")


class DefinitionFile(Entry):
    """mappings/qualification/NAME.toml: what marketing and sales agreed to call qualified."""

    name: Word
    version: Word = Field(description="Count it up when the definition changes.")
    agreed: list[AgreedEntry] = Field([], description="Who signed it; without both teams it is not active.")
    criterion: list[CriterionEntry] = Field(min_length=1)
    signal: list[SignalEntry] = Field([])
    status: list[StatusEntry] = Field(min_length=1)
    stage: list[StageEntry] = Field([])


def definition_schema() -> dict[str, Any]:
    """The JSON Schema of a qualification file, for completion in editors."""
    schema = DefinitionFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "syncer qualification"}
