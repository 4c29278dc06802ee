"""The shape of a mapping file: what pydantic checks, and what editors complete from (JSON Schema)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from syncer.core.fields import FieldType, Rule

Word = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Authority = Literal["human", "call", "form", "import", "provider", "predicted"]
Direction = Literal["left", "right"]


class Entry(BaseModel):
    """Unknown keys are errors, and TOML's own types are taken as they are: "true" is no boolean."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SideEntry(Entry):
    """The objects of one side."""

    objects: list[Word] = Field(min_length=1, description="Objects that hold this kind of subject.")
    create: Word | Literal[False] | None = Field(
        None, description="Object to create where a subject is missing; false: never. Default: the only object."
    )


class InclusionEntry(Entry):
    """Which records may cause a create on the other side; updates of linked records flow in any case."""

    left: str = Field("", description="Expression over Salesforce fields, such as: Email is not blank")
    right: str = Field("", description="Expression over HubSpot properties, such as: lifecyclestage in ('lead')")


class FieldEntry(Entry):
    """One canonical field and where it lives on each side."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")] = Field(
        description="What claims, criteria and reports call it: lower case, digits, underscores."
    )
    left: Word | dict[Word, Word] | None = Field(None, description="Salesforce field, or a table object = field.")
    right: Word | dict[Word, Word] | None = Field(None, description="HubSpot property, or a table object = property.")
    type: FieldType = Field(strict=False, description="What kind of value it is.")
    rule: Rule = Field(Rule.TWO_WAY, strict=False, description="Who wins.")
    blank: Literal["keep", "clear"] = Field("keep", description="May a cleared value clear the other side?")
    tie: Direction | None = Field(
        None,
        description="Who wins when two edits cannot be ordered in time. Default: [engine] tie of the configuration.",
    )
    authority: list[Authority] = Field(["human"], min_length=1, description="Who may set it, strongest first.")
    protect_days: int = Field(0, ge=0, le=36_500, description="A human edit younger than this is untouchable.")
    choices: dict[Word, Word] = Field({}, description="Salesforce value = HubSpot value.")
    order: list[Word] = Field([], description="forward-only: Salesforce values, lowest first.")
    to: Literal["account", "owner"] | None = Field(None, description="reference: what it points at.")
    label: str = Field("", description="Label of the field that setup creates.")
    create: bool = Field(False, description="Setup creates the field on a side that lacks it.")
    length: int = Field(0, ge=0, le=32_000, description="create: room for that many characters; 0: as the other side.")
    read_only: Direction | None = Field(None, description="A side that refuses writes.")
    region: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = Field(
        None,
        description="phone: country of numbers written without one. Default: [engine] region of the configuration.",
    )
    create_default: str = Field("", description="What a create sends where the field is required and blank.")


class MappingFile(Entry):
    """One mapping file: mappings/person.toml or mappings/account.toml."""

    version: int = Field(ge=1, description="Count it up when the mapping changes.")
    left: SideEntry = Field(description="Salesforce.")
    right: SideEntry = Field(description="HubSpot.")
    match: list[Word] = Field(min_length=1, description="Canonical fields that tell subjects apart, strongest first.")
    inclusion: InclusionEntry = Field(InclusionEntry(), description="Which records may cause a create.")
    field: list[FieldEntry] = Field(min_length=1, description="The fields.")


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a mapping file, for completion in editors."""
    schema = MappingFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "syncer mapping"}
