"""Reads a qualification file: all its problems at once, each at its place, or the shared definition as data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from syncer.core.claims import Authority
from syncer.core.qualification_terms import (
    FUNNEL,
    STATUSES,
    AllOf,
    AnyOf,
    Condition,
    Criterion,
    Definition,
    Needs,
    Not,
    Op,
    Operand,
    Question,
    Signal,
    Signature,
    Stage,
    Status,
)
from syncer.errors import DefinitionError
from syncer.mapping.definition_models import (
    CriterionEntry,
    DefinitionFile,
    NeedsEntry,
    SignalEntry,
    StatusEntry,
    WhenEntry,
)
from syncer.mapping.definition_sense import Known, sense_of_definition, sla_of, unit_of
from syncer.mapping.refusals import problems_of
from syncer.mapping.toml_file import BrokenTomlError, TomlFile, read_toml

FOLDER: Final = "qualification"
_OPS: Final = {("in_" if op is Op.IN else op.value): op for op in Op}
_FUNNEL: Final = (
    Stage("awareness", ("prospect",)),
    Stage("consideration", ("MQL", "SAL")),
    Stage("conversion", ("SQL", "TRUE lead")),
)


def definition_path(folder: Path, name: str) -> Path:
    """Where the definition of that name lies among the mappings."""
    return folder / FOLDER / f"{name}.toml"


def load_definition(path: Path, known: Known) -> Definition:
    """Reads the file. `known`: the fields that criteria may name. Raises DefinitionError with every problem."""
    try:
        file = read_toml(path)
    except BrokenTomlError as error:
        raise DefinitionError([error.problem]) from None
    return parse_definition(file, known)


def parse_definition(file: TomlFile, known: Known) -> Definition:
    """As `load_definition`, for a file that was read already."""
    try:
        model = DefinitionFile.model_validate(file.data)
    except ValidationError as error:
        raise DefinitionError(problems_of(error, file, DefinitionFile)) from None
    known = {**known, **{entry.id: ("boolean", "") for entry in model.signal if entry.when is None}}
    problems = sense_of_definition(file, model, known)
    if problems:
        raise DefinitionError(problems)
    signals = tuple(_signal(entry, known) for entry in model.signal)
    statuses = sorted((_status(entry, known) for entry in model.status), key=lambda one: STATUSES.index(one.name))
    return Definition(
        name=model.name,
        version=model.version,
        content=content_hash(file.data),
        criteria=tuple(_criterion(entry, known) for entry in model.criterion),
        signals=signals,
        statuses=tuple(statuses),
        stages=_stages(model, signals, known),
        agreed=tuple(Signature(one.team, one.by, one.on.isoformat(), one.content) for one in model.agreed),
        path=file.path,
    )


def content_hash(data: Mapping[str, Any]) -> str:
    """A hash of everything that the file says but the signatures, whatever its layout."""
    told = {name: value for name, value in data.items() if name != "agreed"}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), default=str)
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _criterion(entry: CriterionEntry, known: Known) -> Criterion:
    return Criterion(
        id=entry.id,
        says=entry.says,
        when=condition(entry.when, known),
        evidence=frozenset(map(Authority, entry.evidence)),
        fresh_days=entry.fresh_days,
        ask=entry.ask,
        unless=None if entry.unless is None else condition(entry.unless, known),
    )


def _signal(entry: SignalEntry, known: Known) -> Signal:
    when = entry.when or WhenEntry(field=entry.id, is_true=True)
    kinds = frozenset(map(Authority, entry.evidence))
    return Signal(entry.id, entry.says, condition(when, known), entry.strength, kinds, entry.fresh_days)


def _status(entry: StatusEntry, known: Known) -> Status:
    sla = None if entry.sla is None else sla_of(entry.sla.first_step, entry.sla.within)
    return Status(
        name=entry.name,
        needs=needs_of(entry.needs),
        owner=entry.owner,
        sla=sla,
        reasons=tuple(dict.fromkeys([*entry.reasons, *(entry.sla.reasons if entry.sla else ())])),
        when=None if entry.when is None else condition(entry.when, known),
        reason_field=entry.reason or ("disqualification_reason" if entry.name == "disqualified" else ""),
        root_source_field=entry.root_source or ("root_source" if entry.name == "disqualified" else ""),
    )


def needs_of(entry: NeedsEntry | None) -> Needs:
    if entry is None:
        return Needs()
    if isinstance(entry.at_least, int):
        return Needs(tuple(entry.all), (), entry.at_least, tuple(entry.any))
    count, among = (entry.at_least.count, tuple(entry.at_least.of)) if entry.at_least else (0, ())
    return Needs(tuple(entry.all), tuple(entry.any), count, among)


def _stages(model: DefinitionFile, signals: tuple[Signal, ...], known: Known) -> tuple[Stage, ...]:
    if model.stage:
        ordered = sorted(model.stage, key=lambda entry: FUNNEL.index(entry.name))
        return tuple(
            Stage(
                entry.name,
                tuple(entry.statuses),
                tuple(entry.signals),
                None if entry.when is None else condition(entry.when, known),
            )
            for entry in ordered
        )
    interest = Stage("interest", (), tuple(one.id for one in signals))
    return (_FUNNEL[0], interest, *_FUNNEL[1:])


def condition(entry: WhenEntry, known: Known) -> Condition:
    """The condition of an entry that makes sense."""
    if entry.all:
        return AllOf(tuple(condition(part, known) for part in entry.all))
    if entry.any:
        return AnyOf(tuple(condition(part, known) for part in entry.any))
    if entry.not_:
        return Not(condition(entry.not_, known))
    fields = (entry.field,) if isinstance(entry.field, str) else tuple(entry.field or ())
    unclear = frozenset(word.casefold() for word in entry.unclear)
    asked = tuple(
        Question(
            fields, op, _operand([value] if op is Op.CONTAINS else value), entry.unit or unit_of(fields, known), unclear
        )
        for name, op in _OPS.items()
        if (value := getattr(entry, name)) is not None
    )
    return asked[0] if len(asked) == 1 else AllOf(asked)


def _operand(value: Any) -> Operand:
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, str):
        return value.casefold()
    if all(isinstance(one, str) for one in value):
        return frozenset(one.casefold() for one in value)
    return tuple(Decimal(str(one)) for one in value)
