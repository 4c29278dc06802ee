"""Reads mappings/calls.toml: what to listen for, with every problem of the file at its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints, ValidationError

from syncer.core.listen.declared import RESERVED, Calls, Fact, FactType, Objection, Tool
from syncer.core.listen.phrases import PhraseError, parse_phrase
from syncer.core.listen.vocabulary import vocabulary
from syncer.errors import FileProblem, MappingError
from syncer.mapping.models import Entry, Word
from syncer.mapping.refusals import problems_of
from syncer.mapping.toml_file import BrokenTomlError, Loc, TomlFile, read_toml

FILE: Final = "calls.toml"
_PHRASES: Final = ("cues", "yes", "no", "unless")
_UNITS: Final = {
    FactType.MONEY: ("", "year"),
    FactType.DURATION: ("days", "weeks", "months", "quarters", "years"),
}


class FactEntry(Entry):
    """One fact to listen for."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")] = Field(
        description="The field that claims, criteria and reports know it by."
    )
    type: FactType = Field(strict=False, description="How its value is read.")
    unit: str = Field(
        "", description="money: year, to turn amounts into one for a year. duration: days to years. number: a word."
    )
    cues: list[Word] = Field([], description="Phrases that say what a value near them is about.")
    yes: list[Word] = Field([], description="boolean: phrases that say yes.")
    no: list[Word] = Field([], description="boolean: phrases that say no. money, number: that there is none.")
    unless: list[Word] = Field([], description="Phrases that show another matter in the same sentence.")
    reach: int = Field(8, ge=1, le=30, description="Words between cue and value, at most.")
    low: int | None = Field(None, description="number: the smallest that can be meant.")
    high: int | None = Field(None, description="number: the largest that can be meant; makes it a score.")
    plan: bool = Field(False, description="Whether a plan settles it: 'they will', 'next year'.")
    scope: Literal["subject", "segment"] = Field(
        "subject", description="segment: said of a kind of company, and kept apart from facts of this one."
    )


class ToolEntry(Entry):
    """One product to listen for."""

    name: Word
    synonyms: list[Word] = Field([], description="Other names of it.")
    competitor: bool = Field(False, description="Reported as competitor instead of tool.")
    exact: bool = Field(False, description="The name is a common word: only its written case counts.")


class ObjectionEntry(Entry):
    """One kind of objection."""

    kind: Word
    says: list[Word] = Field(min_length=1, description="Phrases in which it comes.")
    unless: list[Word] = Field([], description="Phrases that show another matter in the same sentence.")


class CallsFile(Entry):
    """mappings/calls.toml."""

    version: int = Field(ge=1, description="Count it up when the file changes.")
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(
        "USD", description="Of an amount said without one."
    )
    fiscal_year_starts: int = Field(1, ge=1, le=12, description="Month in which the fiscal year starts.")
    rep_labels: list[Word] = Field(["rep"], description="Labels of our own people in transcripts.")
    prospect_labels: list[Word] = Field(["prospect"], description="Labels of the prospect in transcripts.")
    roles: list[Word] = Field([], description="Roles that may sign or decide.")
    fact: list[FactEntry] = Field(min_length=1)
    tool: list[ToolEntry] = Field([], description="Products by name.")
    objection: list[ObjectionEntry] = Field([], description="Kinds of objections.")


def load_calls(folder: Path) -> Calls:
    """Reads `calls.toml` in that folder. Raises MappingError with every problem of the file."""
    try:
        file = read_toml(folder / FILE)
    except BrokenTomlError as error:
        raise MappingError([error.problem]) from None
    return parse_calls(file)


def parse_calls(file: TomlFile) -> Calls:
    """As `load_calls`, for a file that was read already."""
    try:
        model = CallsFile.model_validate(file.data)
    except ValidationError as error:
        raise MappingError(problems_of(error, file, CallsFile)) from None
    problems = [*_facts(file, model), *_twice(file, model), *_said(file, model)]
    if problems:
        raise MappingError(problems)
    calls = _calls(model)
    vocabulary(calls)
    return calls


def calls_schema() -> dict[str, Any]:
    """The JSON Schema of calls.toml, for completion in editors."""
    schema = CallsFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "syncer calls"}


def _problem(file: TomlFile, loc: Loc, name: str, message: str, action: str, wrong: str = "") -> FileProblem:
    line, column = file.place(loc)
    return FileProblem(file.path, line, column, name, message, action, wrong)


def _facts(file: TomlFile, model: CallsFile) -> Iterator[FileProblem]:
    """Facts that could never be heard, or that say what their type cannot."""
    for place, fact in enumerate(model.fact):
        at: Loc = ("fact", place)
        if fact.name in RESERVED:
            said = f'"{fact.name}" is heard without being declared.'
            yield _problem(file, (*at, "name"), "ReservedName", said, "Name it otherwise.", fact.name)
        boolean = fact.type is FactType.BOOLEAN
        if boolean and not (fact.yes or fact.no):
            said = f'"{fact.name}" is boolean and has no phrase that says yes or no.'
            yield _problem(file, at, "NothingToHear", said, 'Add yes = ["..."] or no = ["..."].', fact.name)
        if not boolean and not fact.cues:
            said = f'"{fact.name}" has no cue.'
            yield _problem(file, at, "NothingToHear", said, 'Add cues = ["..."].', fact.name)
        if not boolean and fact.yes:
            said = f'"{fact.name}" is no boolean and cannot have yes.'
            yield _problem(file, (*at, "yes"), "MisplacedKey", said, "Take yes away, or use cues.", "yes")
        if fact.no and fact.type not in (FactType.BOOLEAN, FactType.MONEY, FactType.NUMBER):
            said = f'"{fact.name}" cannot have no: its type has no zero.'
            yield _problem(file, (*at, "no"), "MisplacedKey", said, "Take no away.", "no")
        units = _UNITS.get(fact.type)
        if units and fact.unit not in units:
            shown = ", ".join(unit or "(none)" for unit in units)
            said = f'"{fact.unit}" is no unit of a {fact.type.value}.'
            yield _problem(file, (*at, "unit"), "UnknownUnit", said, f"Use one of: {shown}.", fact.unit)
        if fact.low is not None and fact.high is not None and fact.low > fact.high:
            yield _problem(file, (*at, "low"), "BadValue", "low is above high.", "Exchange them.", str(fact.low))


def _twice(file: TomlFile, model: CallsFile) -> Iterator[FileProblem]:
    tables = (("fact", "name", model.fact), ("tool", "name", model.tool), ("objection", "kind", model.objection))
    for table, key, entries in tables:
        seen: dict[str, int] = {}
        for place, entry in enumerate(entries):
            name = getattr(entry, key).casefold()
            if name in seen:
                line = file.place((table, seen[name], key))[0]
                said = f'There is a {table} "{getattr(entry, key)}" on line {line} already.'
                yield _problem(file, (table, place, key), "DuplicateName", said, "Rename or remove one.", name)
            seen.setdefault(name, place)


def _said(file: TomlFile, model: CallsFile) -> Iterator[FileProblem]:
    """Phrases that the phrase language does not know."""
    listed: list[tuple[Loc, Sequence[str]]] = [
        (("fact", place, key), getattr(fact, key)) for place, fact in enumerate(model.fact) for key in _PHRASES
    ]
    for place, entry in enumerate(model.objection):
        listed += [(("objection", place, "says"), entry.says), (("objection", place, "unless"), entry.unless)]
    for loc, phrases in listed:
        for number, phrase in enumerate(phrases):
            try:
                parse_phrase(phrase)
            except PhraseError as error:
                said = f'The phrase "{phrase}" cannot be read: {error}.'
                yield _problem(file, (*loc, number), "BadPhrase", said, "Correct the phrase.", phrase)
    named: list[tuple[Loc, str]] = [(("roles", place), role) for place, role in enumerate(model.roles)]
    named += [(("tool", place, "name"), tool.name) for place, tool in enumerate(model.tool)]
    named += [
        (("tool", place, "synonyms", number), word)
        for place, tool in enumerate(model.tool)
        for number, word in enumerate(tool.synonyms)
    ]
    for loc, name in named:
        if not any(sign.isalnum() for sign in name):
            yield _problem(file, loc, "BadName", f'"{name}" holds no word.', "Write a name.", name)


def _calls(model: CallsFile) -> Calls:
    return Calls(
        facts=tuple(
            Fact(**fact.model_dump(exclude=set(_PHRASES)), **{key: tuple(getattr(fact, key)) for key in _PHRASES})
            for fact in model.fact
        ),
        tools=tuple(Tool(tool.name, tuple(tool.synonyms), tool.competitor, tool.exact) for tool in model.tool),
        objections=tuple(Objection(entry.kind, tuple(entry.says), tuple(entry.unless)) for entry in model.objection),
        roles=tuple(model.roles),
        rep_labels=tuple(model.rep_labels),
        prospect_labels=tuple(model.prospect_labels),
        currency=model.currency,
        fiscal_year_starts=model.fiscal_year_starts,
    )
