"""Holds the mappings against the live schemas: what could not be read, written or compared, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from connectors.base import FieldSchema, ObjectSchema
from syncer.core.fields import SIDES, FieldMap, FieldType, KindMap, SideName, other
from syncer.core.inclusion import parse_inclusion
from syncer.errors import FileProblem, did_you_mean
from syncer.mapping.load import Mappings
from syncer.mapping.sense import CHOICE_TYPES, writes_to
from syncer.mapping.words import OUR_FIELDS, creatable, vendor

Schemas = Mapping[tuple[SideName, str], ObjectSchema]
Severity = Literal["error", "warning"]

_ANY_TEXT: Final = frozenset({"string", "textarea", "email", "phone", "url", "phone_number", "combobox"})
_NUMBERS: Final = frozenset({"int", "double", "currency", "percent", "number"})
_FITTING: Final[Mapping[FieldType, frozenset[str]]] = {
    FieldType.TEXT: _ANY_TEXT | {"picklist", "enumeration", "encryptedstring", "id"},
    FieldType.INTEGER: _NUMBERS,
    FieldType.NUMBER: _NUMBERS,
    FieldType.MONEY: _NUMBERS,
    FieldType.BOOLEAN: frozenset({"boolean", "bool"}),
    FieldType.YES_NO: frozenset({"picklist", "boolean", "bool", "enumeration"}),
    FieldType.DATE: frozenset({"date"}),
    FieldType.DATETIME: frozenset({"datetime"}),
    FieldType.CHOICE: frozenset({"picklist", "combobox", "enumeration", "string"}),
    FieldType.CHOICES: frozenset({"multipicklist", "enumeration"}),
    FieldType.EMAIL: frozenset({"email", "string"}),
    FieldType.PHONE: frozenset({"phone", "string", "phone_number"}),
    FieldType.URL: frozenset({"url", "string"}),
    FieldType.DOMAIN: frozenset({"url", "string"}),
    FieldType.REFERENCE: frozenset({"reference", "number", "enumeration", "string"}),
}
_WRITTEN_OUT: Final = frozenset({FieldType.INTEGER, FieldType.NUMBER, FieldType.MONEY, FieldType.DATE})
_POINTS_AT: Final[Mapping[str, frozenset[str]]] = {
    "account": frozenset({"Account", "companies"}),
    "owner": frozenset({"User", "owners"}),
}


@dataclass(frozen=True, slots=True)
class _Cell:
    """One mapped field on one object, with the schemas of both ends."""

    kind: KindMap
    field: FieldMap
    side: SideName
    object: str
    here: FieldSchema
    there: FieldSchema | None  # of the other side's first object that has it

    @property
    def shown(self) -> str:
        return f"{self.object}.{self.here.name}"

    @property
    def written(self) -> bool:
        return self.side in writes_to(self.field.rule, self.field.read_only)


def check_against_schemas(kinds: Mappings | tuple[KindMap, ...], schemas: Schemas) -> list[FileProblem]:
    """Everything that does not fit the live schemas, in the order of the files. An empty list: all fits.

    `schemas` is keyed by side and object; an object that is missing from it is reported as unknown.
    """
    problems: list[FileProblem] = []
    for kind in kinds:
        for side in SIDES:
            for object_name in kind.objects(side):
                schema = schemas.get((side, object_name))
                if schema is None:
                    problems.append(_unknown_object(kind, side, object_name))
                    continue
                problems += _object(kind, side, schema, schemas)
        problems += _narrow(kind, schemas)
    return sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column))


def _at(kind: KindMap, line: int, name: str, message: str, action: str, **words: str) -> FileProblem:
    severity: Severity = "warning" if words.pop("severity", "error") == "warning" else "error"
    return FileProblem(kind.path, line, 1 if line else 0, name, message, action, severity=severity, **words)


def _unknown_object(kind: KindMap, side: SideName, object_name: str) -> FileProblem:
    said = f"{vendor(side)} shows no object {object_name}."
    action = "Correct objects, or grant the integration user access to it."
    return _at(kind, 1, "UnknownObject", said, action, wrong=object_name)


def _object(kind: KindMap, side: SideName, schema: ObjectSchema, schemas: Schemas) -> Iterator[FileProblem]:
    if kind.create_object(side) == schema.object and not schema.createable:
        said = f"The integration user may not create {schema.object} records in {vendor(side)}."
        yield _at(kind, 1, "NotCreateable", said, "Grant Create on it, or set create = false.", wrong=schema.object)
    written = any(
        field.on(side, schema.object) and side in writes_to(field.rule, field.read_only) for field in kind.fields
    )
    if written and not schema.updateable:
        said = f"The integration user may not edit {schema.object} records in {vendor(side)}."
        yield _at(kind, 1, "NotWriteable", said, "Grant Edit on it.", wrong=schema.object)
    for field in kind.fields:
        name = field.on(side, schema.object)
        if name is None:
            continue
        here = schema.fields.get(name)
        if here is None:
            yield _unknown_field(kind, field, side, schema, name)
            continue
        cell = _Cell(kind, field, side, schema.object, here, _counterpart(kind, field, other(side), schemas))
        for check in (_type, _writeable, _unique, _points, _options):
            yield from check(cell)
    yield from _required(kind, side, schema)
    yield from _inclusion(kind, side, schema, schemas)


def _counterpart(kind: KindMap, field: FieldMap, side: SideName, schemas: Schemas) -> FieldSchema | None:
    for object_name in kind.objects(side):
        schema, name = schemas.get((side, object_name)), field.on(side, object_name)
        if schema is not None and name in schema.fields:
            return schema.fields[name]
    return None


def _unknown_field(kind: KindMap, field: FieldMap, side: SideName, schema: ObjectSchema, name: str) -> FileProblem:
    if field.create and creatable(side, name):
        said = f"{vendor(side)} has no {schema.object}.{name} yet."
        action = f"Run: syncer setup {vendor(side).lower()}"
        return _at(kind, field.line, "NotSetUp", said, action, wrong=name, severity="warning")
    near, action = did_you_mean(
        name, list(schema.fields), "Correct the name, set create = true, or let the integration user see the field."
    )
    said = f"{vendor(side)} shows no {schema.object}.{name} (field {field.name})."
    return _at(kind, field.line, "UnknownField", said, action, wrong=name, nearest=near)


def _type(cell: _Cell) -> Iterator[FileProblem]:
    kind, field, here = cell.kind, cell.field, cell.here
    if cell.side == "right" and here.type == "string" and field.type in _WRITTEN_OUT:
        said = f"{cell.shown} is a text, and {field.name} is declared as {field.type}."
        action = f"Nothing is guessed: what is written there and is no {field.type} will be held and reported."
        yield _at(kind, field.line, "LooseType", said, action, wrong=field.type, severity="warning")
    elif here.type not in _FITTING[field.type]:
        fitting = [name for name, types in _FITTING.items() if here.type in types]
        fitting.sort(key=lambda name: (name in CHOICE_TYPES) != (here.options is not None))
        action = f"Use type = one of: {', '.join(fitting)}." if fitting else "Map another field."
        said = f"{cell.shown} is a {here.type}, and {field.name} is declared as {field.type}."
        yield _at(kind, field.line, "TypeMismatch", said, action, wrong=field.type, nearest=(fitting or [""])[0])
    elif field.type is FieldType.TEXT and here.options is not None and here.restricted and cell.written:
        said = f"{cell.shown} takes only its own options, and {field.name} is declared as text."
        yield _at(
            kind, field.line, "TypeMismatch", said, 'Set type = "choice" with choices.', wrong="text", nearest="choice"
        )


def _writeable(cell: _Cell) -> Iterator[FileProblem]:
    if not cell.written or cell.here.updateable:
        return
    why = "is calculated" if cell.here.calculated else "takes no writes from the integration user"
    rule = "always-salesforce" if cell.side == "left" else "always-hubspot"
    said = f"{cell.shown} {why}, and the rule {cell.field.rule} writes to it."
    action = f'Set read_only = "{cell.side}" or rule = "{rule}", or grant Edit on the field.'
    yield _at(cell.kind, cell.field.line, "NotWriteable", said, action, wrong=cell.here.name)


def _unique(cell: _Cell) -> Iterator[FileProblem]:
    if cell.here.unique and cell.written and cell.field.name not in cell.kind.match:
        said = f"{cell.shown} takes each value once: a second record with the same one will be refused."
        action = f'Add "{cell.field.name}" to match, so that such records are found to be one.'
        yield _at(cell.kind, cell.field.line, "UniqueUnmatched", said, action, wrong=cell.here.name, severity="warning")


def _points(cell: _Cell) -> Iterator[FileProblem]:
    field, here = cell.field, cell.here
    if field.type is not FieldType.REFERENCE:
        return
    wanted = _POINTS_AT[field.to]
    if here.reference_to and not wanted & set(here.reference_to):
        said = f"{cell.shown} points at {', '.join(here.reference_to)}, and {field.name} at the {field.to}."
        yield _at(cell.kind, field.line, "WrongReference", said, "Correct to, or map another field.", wrong=field.to)
    elif not here.reference_to and here.type in ("reference", "enumeration"):
        said = f"{cell.shown} does not say what it points at."
        yield _at(cell.kind, field.line, "WrongReference", said, "Map a reference.", wrong=here.name)


def _options(cell: _Cell) -> Iterator[FileProblem]:
    """Mapped options that this side lacks, and options of this side that would reach the other one untranslated."""
    field, here, there = cell.field, cell.here, cell.there
    if field.type not in CHOICE_TYPES or here.options is None:
        return
    offered = [value for value, _label in here.options]
    mapped = list(field.choices) if cell.side == "left" else list(dict.fromkeys(field.choices.values()))
    for value in mapped:
        if value not in offered:
            near, action = did_you_mean(value, offered, f"Add the option in {vendor(cell.side)}, or take it away here.")
            severity = "error" if cell.written and here.restricted else "warning"
            said = f'{cell.shown} offers no "{value}" (field {field.name}).'
            yield _at(
                cell.kind, field.line, "UnknownOption", said, action, wrong=value, nearest=near, severity=severity
            )
    target = other(cell.side)
    if there is None or there.options is None or target not in writes_to(field.rule, field.read_only):
        return
    known = {value for value, _label in there.options}
    stray = [value for value in offered if value not in mapped and value not in known]
    if not stray:
        return
    listed = ", ".join(f'"{value}"' for value in stray[:5]) + (f" and {len(stray) - 5} more" if stray[5:] else "")
    fate = "records with it will be held" if there.restricted else "it will be sent as it is"
    said = f"{cell.shown} offers {listed}, which {vendor(target)} does not: {fate}."
    if not field.choices and len(stray) == len(offered):
        action = 'Add choices = { "left" = "right" }.'
        yield _at(cell.kind, field.line, "ChoicesNeedMap", said, action, wrong=stray[0])
    else:
        yield _at(
            cell.kind, field.line, "UnmappedOption", said, "Add it to choices.", wrong=stray[0], severity="warning"
        )


def _required(kind: KindMap, side: SideName, schema: ObjectSchema) -> Iterator[FileProblem]:
    if kind.create_object(side) != schema.object:
        return
    by_name = {field.on(side, schema.object): field for field in kind.fields}
    for name, found in schema.fields.items():
        if not found.required or name == OUR_FIELDS[side]:
            continue
        field = by_name.get(name)
        if field is None:
            said = f"{schema.object}.{name} is required to create a record, and nothing is mapped to it."
            action = "Map it, with a create_default for records that lack it, or set create = false."
            yield _at(kind, 1, "RequiredUnmapped", said, action, wrong=name)
        elif side not in writes_to(field.rule, field.read_only) and not field.create_default:
            said = f"{schema.object}.{name} is required to create a record, and its rule never writes it."
            yield _at(kind, field.line, "RequiredUnmapped", said, "Add create_default, or change the rule.", wrong=name)
        elif not field.create_default:
            said = f"{schema.object}.{name} is required to create a record; where the other side is blank none is made."
            yield _at(
                kind, field.line, "RequiredMayBeBlank", said, "Add create_default.", wrong=name, severity="warning"
            )


def _inclusion(kind: KindMap, side: SideName, schema: ObjectSchema, schemas: Schemas) -> Iterator[FileProblem]:
    """A field that no object of the side has. With several objects, one of them may lack it: it is blank there."""
    inclusion = parse_inclusion(kind.left_inclusion if side == "left" else kind.right_inclusion)
    others = [found for name in kind.objects(side) if (found := schemas.get((side, name))) is not None]
    if others and schema is not others[0]:
        return
    known = [name for found in others for name in found.fields]
    for name in inclusion.fields:
        if name not in known:
            near, action = did_you_mean(name, known, "Correct the expression.")
            said = f"The inclusion of the {side} asks for {name}, which {vendor(side)} does not show."
            yield _at(kind, 1, "UnknownField", said, action, wrong=name, nearest=near)


def _narrow(kind: KindMap, schemas: Schemas) -> Iterator[FileProblem]:
    """One warning for each target: fields that hold less than their source. Nothing is cut; longer values are held."""
    found: dict[SideName, dict[str, FieldMap]] = {"left": {}, "right": {}}
    for field, side, object_name in _texts(kind):
        schema, name = schemas.get((side, object_name)), field.on(side, object_name)
        here = schema.fields.get(name) if schema is not None and name is not None else None
        there = _counterpart(kind, field, other(side), schemas)
        if here is None or there is None or not here.max_length or side not in writes_to(field.rule, field.read_only):
            continue
        if not there.max_length or there.max_length > here.max_length:
            found[side].setdefault(f"{object_name}.{here.name} ({here.max_length})", field)
    for side, fields in found.items():
        if fields:
            line = min(field.line for field in fields.values())
            said = f"Fields of {vendor(side)} that hold fewer characters than their source: {', '.join(fields)}."
            action = "Nothing is cut: longer values will be held and reported."
            yield _at(kind, line, "NarrowerField", said, action, severity="warning")


def _texts(kind: KindMap) -> Iterator[tuple[FieldMap, SideName, str]]:
    wide: Callable[[FieldMap], bool] = lambda field: field.type in (FieldType.TEXT, FieldType.URL)  # noqa: E731
    return (
        (field, side, object_name)
        for field in kind.fields
        if wide(field)
        for side in SIDES
        for object_name in kind.objects(side)
    )
