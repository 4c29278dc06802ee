"""Reads mappings/lookalike.toml and the segments beside it; every problem of the files at its place."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints, ValidationError

from syncer.core.lookalike import (
    Condition,
    Feature,
    FeatureKind,
    Floors,
    Listing,
    Lookalike,
    Outbound,
    Segment,
    TravellingFact,
)
from syncer.core.lookalike import FactKind as Kind
from syncer.errors import FileProblem, MappingError, did_you_mean
from syncer.mapping.enrichment import FOUND_OUTSIDE
from syncer.mapping.models import Entry, Word
from syncer.mapping.refusals import problems_of
from syncer.mapping.toml_file import BrokenTomlError, Loc, TomlFile, read_toml

FILE: Final = "lookalike.toml"
SEGMENTS: Final = "segments"
WITHOUT_FIELDS: Final = (FeatureKind.SENIORITY, FeatureKind.ENGAGEMENT)
OUTCOMES: Final = frozenset(  # what is written once it is known how it went, who it is, or who happens to own it
    (
        *("lifecycle_stage", "lead_status", "rating", "type", "owner", "account_source", "lead_source", "email"),
        *("last_contacted", "sales_accepted", "recycle_reason", "disqualification_reason", "root_source", "company"),
        *("qualification_status", "qualification_verdict", "qualification_criteria", "next_question", "qualified_on"),
        *("funnel_stage", "definition_version", "provenance", "name", "domain", "account_number", "target_tier"),
        *("predicted_status", "predicted_facts", "lookalike_standing", "segments", "original_source"),
    )
)
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.]*$")]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, strict=False)]
Number = Annotated[float, Field(allow_inf_nan=False, strict=False)]


class FeatureEntry(Entry):
    """What makes two accounts alike."""

    type: FeatureKind = Field(strict=False, description="How it is compared.")
    fields: list[Word] = Field([], description="Fields it is read from; the first that has a value counts.")
    weight: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False, strict=False)] = Field(
        1.0, description="How much it counts beside the others."
    )
    says: str = Field("", description="What a reason calls it. Default: the name.")


class FactEntry(Entry):
    """A fact that may travel."""

    type: Kind = Field(strict=False, description="boolean, categorical, numeric or duration.")
    says: str = Field("", description="What people read. Default: the name.")
    unit: str = Field("", description="Shown behind the number: USD, months.")
    people: Literal["newest", "any", "highest"] = Field(
        "newest", description="What the words of several people of one account come to."
    )
    min_support: int = Field(8, ge=2, le=10_000, description="Accounts that must have answered, at least.")
    half_life_days: int = Field(270, ge=1, le=36_500, description="An answer counts half once it is that old.")
    cap: Share = Field(0.8, description="No prediction claims more before there are enough confirmations.")


class FloorsEntry(Entry):
    """The least evidence of a prediction."""

    accounts: int = Field(8, ge=2, description="Accounts that answered.")
    positives: int = Field(5, ge=1, description="Of them with the answer that is predicted.")
    reps: int = Field(2, ge=1, description="Different people who heard the answers.")
    likeness: Share = Field(0.9, description="The nearest account is liker than this share of random pairs.")
    claim: Share = Field(0.5, description="What is less sure is not shown.")
    gap: Share = Field(0.1, description="Claimed and come true may differ by so much on the hold-out.")
    confirmations: int = Field(50, ge=0, description="Before a prediction may claim more than the cap of its fact.")
    hold_out: int = Field(10, ge=1, description="Tested claims, at least.")


CampaignName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)]


class FitEntry(Entry):
    """Accounts that fit and with whom nobody spoke, as lists."""

    list: bool = Field(False, description="A static list of companies in HubSpot.")
    people_list: bool = Field(False, description="A static list of their people in HubSpot.")
    campaign: CampaignName = Field("", description="A campaign in Salesforce with their people, by its name.")


class ForgottenEntry(Entry):
    """People who qualified and were forgotten, as lists."""

    list: bool = Field(False, description="A static list of contacts in HubSpot.")
    campaign: CampaignName = Field("", description="A campaign in Salesforce with them, by its name.")


class OutboundEntry(Entry):
    """Whom to call, kept in lists."""

    quiet_days: int = Field(90, ge=1, le=3_650, description="Without a word for so many days.")
    count: int = Field(50, ge=1, le=10_000, description="How many of each.")
    fit: FitEntry = FitEntry()
    forgotten: ForgottenEntry = ForgottenEntry()


class LookalikeFile(Entry):
    """mappings/lookalike.toml."""

    version: int = Field(ge=1, description="Count it up when the file changes.")
    hold_out: Share = Field(0.2, description="Share of accounts whose answers are only tested on.")
    control: Share = Field(0.1, description="Share of accounts whose predictions are kept from everybody.")
    expires_days: int = Field(180, ge=1, le=3_650, description="A prediction ends after so many days.")
    supporters: int = Field(15, ge=3, le=100, description="Accounts that one prediction rests on, at most.")
    hub_cap: Share = Field(0.05, description="Share of predicted accounts that one account may support.")
    new_answers: int = Field(25, ge=1, description="After so many new answers models are fitted before their time.")
    statuses: list[Word] = Field([], description="Statuses of the definition that travel, as predicted status.")
    floors: FloorsEntry = FloorsEntry()
    outbound: OutboundEntry = OutboundEntry()
    feature: dict[Name, FeatureEntry] = Field(min_length=1)
    fact: dict[Name, FactEntry] = Field({})


class WhenEntry(Entry):
    """One condition."""

    field: Word
    any_of: list[Word] = Field([], description="One of these.")
    at_least: Number | None = None
    at_most: Number | None = None


Conditions = list[WhenEntry]  # named, since a field below is called list


class SegmentFile(Entry):
    """mappings/segments/NAME.toml."""

    name: Word = Field(description="What people call it.")
    version: int = Field(1, ge=1)
    list: bool = Field(False, description="A static list of the companies in HubSpot.")
    people_list: bool = Field(False, description="A static list of their people in HubSpot.")
    campaign: CampaignName = Field("", description="A campaign in Salesforce with their people, by its name.")
    at_most: int = Field(10_000, ge=1, le=100_000, description="Members; where it would be more, nothing is changed.")
    when: Conditions = Field(min_length=1, description="All of these conditions.")


def load_lookalike(
    folder: Path, fields: Collection[str], facts: Collection[str], statuses: Collection[str]
) -> Lookalike:
    """Reads `lookalike.toml` and `segments/*.toml` in that folder.

    `fields`: fields of accounts that are known; `facts`: what may travel; `statuses`: those of the definition. Raises
    MappingError with every problem of the files.
    """
    try:
        file = read_toml(folder / FILE)
    except BrokenTomlError as error:
        raise MappingError([error.problem]) from None
    return parse_lookalike(file, fields, facts, statuses, load_segments(folder, fields))


def parse_lookalike(
    file: TomlFile,
    fields: Collection[str],
    facts: Collection[str],
    statuses: Collection[str],
    segments: tuple[Segment, ...] = (),
) -> Lookalike:
    """As `load_lookalike`, for a file that was read already."""
    try:
        model = LookalikeFile.model_validate(file.data)
    except ValidationError as error:
        raise MappingError(problems_of(error, file, LookalikeFile)) from None
    problems = [
        *_features(file, model, {*fields, *FOUND_OUTSIDE}),
        *_facts(file, model, facts),
        *_statuses(file, model, statuses),
    ]
    if problems:
        raise MappingError(problems)
    return Lookalike(
        features=tuple(
            Feature(name, one.type, tuple(one.fields), one.weight, one.says or name.replace("_", " "))
            for name, one in model.feature.items()
        ),
        facts=tuple(
            TravellingFact(
                name,
                one.type,
                one.says or name.rpartition(".")[2].replace("_", " "),
                one.unit,
                one.people,
                one.min_support,
                one.half_life_days,
                one.cap,
            )
            for name, one in model.fact.items()
        ),
        statuses=tuple(model.statuses),
        floors=Floors(**model.floors.model_dump()),
        hold_out=model.hold_out,
        control=model.control,
        expires_days=model.expires_days,
        supporters=model.supporters,
        hub_cap=model.hub_cap,
        new_answers=model.new_answers,
        segments=segments,
        outbound=_outbound(model),
    )


def _outbound(model: LookalikeFile) -> Outbound:
    """Members of campaigns are people, of whom an account may have many: what is bounded is whom they belong to."""
    said = model.outbound
    fit = Listing(said.fit.list, said.fit.people_list, said.fit.campaign, version=model.version)
    forgotten = Listing(said.forgotten.list, False, said.forgotten.campaign, version=model.version)
    return Outbound(said.quiet_days, said.count, fit, forgotten)


def load_segments(folder: Path, fields: Collection[str]) -> tuple[Segment, ...]:
    """Every `segments/*.toml`, by name. Raises MappingError with the problems of all of them."""
    found: list[Segment] = []
    problems: list[FileProblem] = []
    names: dict[str, str] = {}
    for path in sorted((folder / SEGMENTS).glob("*.toml")):
        try:
            file = read_toml(path)
            model = SegmentFile.model_validate(file.data)
        except BrokenTomlError as error:
            problems.append(error.problem)
            continue
        except ValidationError as error:
            problems += problems_of(error, file, SegmentFile)
            continue
        problems += _conditions(file, model, {*fields, *FOUND_OUTSIDE})
        if model.name.casefold() in names:
            said = f'"{model.name}" is the name of {names[model.name.casefold()]} already.'
            problems.append(file.problem(("name",), "DuplicateName", said, "Rename one.", model.name))
        names[model.name.casefold()] = path.name
        conditions = tuple(Condition(one.field, tuple(one.any_of), one.at_least, one.at_most) for one in model.when)
        listing = Listing(model.list, model.people_list, model.campaign, model.at_most, model.version)
        found.append(Segment(model.name, conditions, str(path), listing))
    if problems:
        raise MappingError(problems)
    return tuple(found)


def lookalike_schema() -> dict[str, Any]:
    """The JSON Schema of lookalike.toml, for completion in editors."""
    return _schema(LookalikeFile, "syncer lookalike")


def segment_schema() -> dict[str, Any]:
    """The JSON Schema of a segment."""
    return _schema(SegmentFile, "syncer segment")


def _schema(model: type[Entry], title: str) -> dict[str, Any]:
    found = model.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found, "title": title}


def _unknown(file: TomlFile, loc: Loc, name: str, word: str, known: Collection[str], *, key: bool) -> FileProblem:
    near, action = did_you_mean(word, sorted(known), "Declare it in a mapping, or take it away.")
    what = name.removeprefix("Unknown").lower()
    return file.problem(loc, name, f'There is no {what} "{word}".', action, word, near, key=key)


def _features(file: TomlFile, model: LookalikeFile, known: Collection[str]) -> Iterator[FileProblem]:
    for name, one in model.feature.items():
        at: Loc = ("feature", name)
        bare = one.type in WITHOUT_FIELDS
        if bare and one.fields:
            said = f"{one.type} is worked out, and read from no field."
            yield file.problem((*at, "fields"), "MisplacedKey", said, "Take fields away.", "fields", key=True)
        if not bare and not one.fields:
            said = f'"{name}" does not say which fields it is read from.'
            yield file.problem(at, "MissingKey", said, 'Add fields = ["..."].', "fields", key=True)
        for place, field in enumerate(one.fields):
            loc = (*at, "fields", place)
            if field in OUTCOMES or field in model.fact:
                said = f'"{field}" tells how it went, who it is or what is predicted: it makes no accounts alike.'
                yield file.problem(loc, "LeakingFeature", said, "Take it away.", field)
            elif field not in known:
                yield _unknown(file, loc, "UnknownField", field, known, key=False)


def _facts(file: TomlFile, model: LookalikeFile, facts: Collection[str]) -> Iterator[FileProblem]:
    for name, one in model.fact.items():
        if name.removeprefix("segment.") not in facts and name not in facts:
            yield _unknown(file, ("fact", name), "UnknownFact", name, facts, key=True)
        if one.people == "highest" and one.type is Kind.CATEGORICAL:
            said = "Words have no order: none of them is the highest."
            yield file.problem(("fact", name, "people"), "MisplacedKey", said, 'Write "newest" or "any".', "highest")


def _statuses(file: TomlFile, model: LookalikeFile, statuses: Collection[str]) -> Iterator[FileProblem]:
    for place, name in enumerate(model.statuses):
        if name not in statuses:
            yield _unknown(file, ("statuses", place), "UnknownStatus", name, statuses, key=False)


def _conditions(file: TomlFile, model: SegmentFile, known: Collection[str]) -> Iterator[FileProblem]:
    for place, one in enumerate(model.when):
        if one.field not in known:
            yield _unknown(file, ("when", place, "field"), "UnknownField", one.field, known, key=False)
        if not one.any_of and one.at_least is None and one.at_most is None:
            said = "This condition asks nothing."
            yield file.problem(("when", place), "MissingKey", said, "Add any_of, at_least or at_most.", "any_of")
