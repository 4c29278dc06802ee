"""What is well formed and still makes no sense: names used twice, rules that do not fit, broken expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from syncer.core.fields import SIDES, FieldType, Rule, SideName, other
from syncer.core.inclusion import InclusionError, parse_inclusion
from syncer.errors import FileProblem, did_you_mean
from syncer.mapping.models import FieldEntry, MappingFile
from syncer.mapping.toml_file import Loc, TomlFile

Objects = Mapping[SideName, tuple[str, ...]]

CHOICE_TYPES: Final = (FieldType.CHOICE, FieldType.CHOICES)
_ONLY_TO: Final[Mapping[Rule, SideName]] = {Rule.ALWAYS_SALESFORCE: "right", Rule.ALWAYS_HUBSPOT: "left"}


def writes_to(rule: Rule, read_only: str) -> tuple[SideName, ...]:
    """The sides that a rule may write, less the one that refuses."""
    if rule is Rule.DONT_SYNC:
        return ()
    sides = (_ONLY_TO[rule],) if rule in _ONLY_TO else SIDES
    return tuple(side for side in sides if side != read_only)


@dataclass(frozen=True, slots=True)
class _Report:
    """Makes problems of one file."""

    file: TomlFile

    def __call__(
        self, loc: Loc, name: str, message: str, action: str, wrong: str = "", near: str = "", *, key: bool = False
    ) -> FileProblem:
        return self.file.problem(loc, name, message, action, wrong, near, key=key)


def sense_of_fields(file: TomlFile, entries: Mapping[int, FieldEntry], objects: Objects) -> list[FileProblem]:
    """Everything that can be said about the fields that are well formed, by their place in the file."""
    report = _Report(file)
    problems: list[FileProblem] = []
    names: dict[str, int] = {}
    used: dict[tuple[SideName, str, str], str] = {}
    for place, entry in entries.items():
        at: Loc = ("field", place)
        if entry.name in names:
            line = file.place(("field", names[entry.name]))[0]
            said = f'There is a field "{entry.name}" on line {line} already.'
            problems.append(report((*at, "name"), "DuplicateName", said, "Rename or remove one.", entry.name))
        names.setdefault(entry.name, place)
        problems += _targets(report, at, entry, objects, used)
        for check in _CHECKS:
            problems += check(report, at, entry)
    return problems


def _targets(
    report: _Report, at: Loc, entry: FieldEntry, objects: Objects, used: dict[tuple[SideName, str, str], str]
) -> Iterator[FileProblem]:
    for side in SIDES:
        named = entry.left if side == "left" else entry.right
        if named is None and entry.rule is not Rule.DONT_SYNC:
            said = f'The field "{entry.name}" names nothing on the {side}.'
            yield report(at, "MissingKey", said, f'Add {side} = "...", or rule = "dont-sync".', side)
        if isinstance(named, Mapping):
            for object_name in named:
                if object_name not in objects[side]:
                    near, action = did_you_mean(object_name, objects[side], f"Add it to {side}.objects.")
                    said = f"{object_name} is none of the objects of the {side}."
                    yield report((*at, side, object_name), "UnknownObject", said, action, object_name, near, key=True)
        pairs = dict.fromkeys(objects[side], named) if isinstance(named, str) else named or {}
        for object_name, field in pairs.items():
            first = used.setdefault((side, object_name, field), entry.name)
            if first != entry.name:
                said = f'{object_name}.{field} belongs to the field "{first}" already.'
                yield report((*at, side), "DuplicateTarget", said, "Map it once.", field)
                break


def _choices(report: _Report, at: Loc, entry: FieldEntry) -> Iterator[FileProblem]:
    if entry.choices and entry.type not in CHOICE_TYPES:
        said = f"A field of type {entry.type} has no choices."
        yield report((*at, "choices"), "ChoicesWithoutType", said, 'Set type = "choice" or "choices".', key=True)
    if entry.create and entry.type in CHOICE_TYPES and not entry.choices:
        said = "Setup cannot create a choice without options."
        yield report(at, "ChoicesNeedMap", said, 'Add choices = { "left" = "right" }.', "choices")


def _order(report: _Report, at: Loc, entry: FieldEntry) -> Iterator[FileProblem]:
    if (entry.rule is Rule.FORWARD_ONLY) != bool(entry.order):
        if entry.order:
            said = f"Only the rule forward-only has an order; this one is {entry.rule}."
            yield report((*at, "order"), "OrderWithoutRule", said, 'Set rule = "forward-only".', key=True)
        else:
            said = "The rule forward-only needs the order of the values."
            yield report((*at, "rule"), "MissingKey", said, "Add order = [...], lowest first.", "order")
    for place, value in enumerate(entry.order):
        if value in entry.order[:place]:
            yield report((*at, "order", place), "DuplicateName", f'"{value}" is listed twice.', "Remove one.", value)
        elif entry.choices and value not in entry.choices:
            near, action = did_you_mean(value, list(entry.choices), "Add it to choices.")
            yield report((*at, "order", place), "UnknownOption", f'"{value}" is no choice.', action, value, near)
    missing = [label for label in entry.choices if label not in entry.order] if entry.order else []
    if missing:
        said = f'"{missing[0]}" is a choice that the order does not rank: a record with it would be held.'
        yield report((*at, "order"), "UnrankedOption", said, "Add it to order.", missing[0])


def _reference(report: _Report, at: Loc, entry: FieldEntry) -> Iterator[FileProblem]:
    if entry.type is FieldType.REFERENCE and entry.to is None:
        said = "A reference has to say what it points at."
        yield report((*at, "type"), "MissingKey", said, 'Add to = "account" or to = "owner".', "to")
    if entry.type is not FieldType.REFERENCE and entry.to is not None:
        said = f"A field of type {entry.type} points at nothing."
        yield report((*at, "to"), "ToWithoutReference", said, 'Set type = "reference".', key=True)
    if entry.type is FieldType.REFERENCE and entry.create:
        said = "Setup cannot create references."
        yield report((*at, "create"), "CannotCreate", said, "Create the field by hand.", key=True)


def _fitting_rule(report: _Report, at: Loc, entry: FieldEntry) -> Iterator[FileProblem]:
    if entry.rule is Rule.UNION and entry.type is not FieldType.CHOICES:
        said = f"The rule union joins choices, and this is a {entry.type}."
        yield report((*at, "rule"), "RuleNeedsType", said, 'Set type = "choices", or another rule.', "union")
    if entry.read_only and entry.rule is not Rule.DONT_SYNC and not writes_to(entry.rule, entry.read_only):
        source = other(entry.read_only)
        said = f"{entry.rule} writes only to the {entry.read_only}, which is read-only: nothing would ever travel."
        yield report((*at, "read_only"), "RuleWritesNothing", said, f'Set read_only = "{source}", or another rule.')


def _label(report: _Report, at: Loc, entry: FieldEntry) -> Iterator[FileProblem]:
    if entry.create and not entry.label:
        said = "A field that setup creates needs a label."
        yield report((*at, "create"), "MissingKey", said, 'Add label = "...".', "label", key=True)
    if entry.region is not None and entry.type is not FieldType.PHONE:
        yield report((*at, "region"), "RegionWithoutPhone", "Only phones have a region.", "Take it away.", key=True)


_CHECKS: Final[tuple[Callable[[_Report, Loc, FieldEntry], Iterator[FileProblem]], ...]] = (
    _choices,
    _order,
    _reference,
    _fitting_rule,
    _label,
)


def sense_of_file(file: TomlFile, model: MappingFile) -> list[FileProblem]:
    """Everything that concerns the file as a whole: objects, match fields, inclusion."""
    report = _Report(file)
    return [*_match(report, model), *_sides(report, model), *_inclusion(report, model)]


def _match(report: _Report, model: MappingFile) -> Iterator[FileProblem]:
    by_name = {entry.name: entry for entry in model.field}
    for place, name in enumerate(model.match):
        if name not in by_name:
            near, action = did_you_mean(name, list(by_name), "Map it as a [[field]], or match by another.")
            said = f'"{name}" is no field of this mapping.'
            yield report(("match", place), "UnknownField", said, action, name, near)
    keys = [by_name[name] for name in model.match if name in by_name]
    for side, listed in (("left", model.left), ("right", model.right)):
        named = [key.left if side == "left" else key.right for key in keys]
        for object_name in listed.objects:
            if keys and not any(isinstance(item, str) or object_name in (item or {}) for item in named):
                said = f"No match field is mapped on {object_name}: its records could never be matched."
                yield report(("match",), "UnmatchedObject", said, "Map one of them there.", object_name)


def _sides(report: _Report, model: MappingFile) -> Iterator[FileProblem]:
    for side, listed in (("left", model.left), ("right", model.right)):
        if listed.create is None and len(listed.objects) > 1:
            said = f"The {side} has several objects, and none is named to create."
            action = f'Add create = "{listed.objects[0]}", or create = false.'
            yield report((side,), "MissingKey", said, action, "create")
        if listed.create and listed.create not in listed.objects:
            near, action = did_you_mean(listed.create, listed.objects, "Add it to objects.")
            said = f"{listed.create} is none of the objects."
            yield report((side, "create"), "UnknownObject", said, action, listed.create, near)


def _inclusion(report: _Report, model: MappingFile) -> Iterator[FileProblem]:
    for side, text in (("left", model.inclusion.left), ("right", model.inclusion.right)):
        try:
            parse_inclusion(text)
        except InclusionError as error:
            said, action = f"The expression is broken: {error}.", "Correct the expression."
            found = report(("inclusion", side), "BadInclusion", said, action, error.wrong)
            yield replace(found, column=found.column + 1 + error.offset)  # past the quotation mark
