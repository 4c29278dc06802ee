"""What a qualification file says that is well formed and cannot be meant: unknown names, wrong units, soft signals.

`definition_ladder` adds what only several statuses together get wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from syncer.core.fields import FieldType
from syncer.core.listen.declared import RESERVED, Calls, FactType
from syncer.core.qualification_terms import APART, LADDER, STATUSES, Sla
from syncer.errors import FileProblem, did_you_mean, nearest
from syncer.mapping.definition_ladder import sense_of_ladder
from syncer.mapping.definition_models import DefinitionFile, NeedsEntry, StatusEntry, WhenEntry
from syncer.mapping.load import Mappings
from syncer.mapping.toml_file import Loc, TomlFile

Known = Mapping[str, tuple[str, str]]  # field -> (number | boolean | date | text | set, unit or "")

# Written by the hand-off and by people on the record, whatever the mappings name.
OUR_FIELDS: Final[Known] = {
    "disqualification_reason": ("text", ""),
    "recycle_reason": ("text", ""),
    "root_source": ("text", ""),
    "sales_accepted": ("boolean", ""),
}
_WITHIN: Final = re.compile(r"(\d+) (business )?(minute|hour|day)s?")
_KIND_OF_TYPE: Final = {
    FieldType.INTEGER: "number",
    FieldType.NUMBER: "number",
    FieldType.MONEY: "number",
    FieldType.BOOLEAN: "boolean",
    FieldType.YES_NO: "boolean",
    FieldType.DATE: "date",
    FieldType.DATETIME: "date",
    FieldType.CHOICES: "set",
}
_KIND_OF_FACT: Final = {
    FactType.MONEY: "number",
    FactType.DURATION: "number",
    FactType.NUMBER: "number",
    FactType.BOOLEAN: "boolean",
    FactType.DATE: "date",
}
_FITS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("at_least", "at_most", "more_than", "less_than", "between"), ("number",)),
    "equals": ("number", "boolean", "text"),
    "in_": ("text",),
    "contains": ("set", "text"),
    "any_of": ("set", "text"),
    "is_true": ("boolean",),
    "exists": ("number", "boolean", "date", "text", "set"),
    "within_days": ("date",),
    "in_next_days": ("date",),
}


def known_fields(mappings: Mappings, calls: Calls | None) -> Known:
    """Every field that criteria may name: of both mappings, heard in calls, and of our own.

    A name that person and account share means the person's; `person.NAME` and `account.NAME` say which.
    """
    known: dict[str, tuple[str, str]] = dict(OUR_FIELDS)
    if calls is not None:
        known |= {fact.name: (_KIND_OF_FACT.get(fact.type, "text"), _unit_of_fact(fact, calls)) for fact in calls.facts}
        known |= dict.fromkeys(RESERVED, ("text", ""))
    for kind in mappings:  # account before person
        for field in kind.fields:
            unit = known.get(field.name, ("", ""))[1]  # as it is heard in calls: a field of a CRM names none
            known[field.name] = known[f"{kind.kind}.{field.name}"] = (_KIND_OF_TYPE.get(field.type, "text"), unit)
    return known


def _unit_of_fact(fact: Any, calls: Calls) -> str:
    if fact.type is FactType.MONEY:
        return calls.currency + (f"/{fact.unit}" if fact.unit else "")
    return fact.unit


def sla_of(first_step: str, within: str) -> Sla | None:
    """None for words that are no time."""
    found = _WITHIN.fullmatch(within.strip())
    if found is None or int(found[1]) < 1 or (found[2] and found[3] == "minute"):
        return None
    return Sla(first_step, int(found[1]), f"{found[3]}s", bool(found[2]))


def unit_of(fields: Sequence[str], known: Known) -> str:
    """The unit that the first of the fields with one is known in."""
    return next((known[name][1] for name in fields if name in known and known[name][1]), "")


@dataclass(frozen=True, slots=True)
class Report:
    """Makes problems of one file."""

    file: TomlFile

    def __call__(
        self, loc: Loc, name: str, message: str, action: str, wrong: str = "", near: str = "", *, key: bool = False
    ) -> FileProblem:
        return self.file.problem(loc, name, message, action, wrong, near, key=key)


def sense_of_definition(file: TomlFile, model: DefinitionFile, known: Known) -> list[FileProblem]:
    """Everything that can be said about a file that is well formed."""
    report = Report(file)
    problems = [
        *_names(report, model),
        *_conditions(report, model, known),
        *_evidence(report, model),
        *_needs(report, model),
        *_statuses(report, model),
        *_stages(report, model),
    ]
    return problems or list(sense_of_ladder(report, model))


def _names(report: Report, model: DefinitionFile) -> Iterator[FileProblem]:
    seen: dict[str, Loc] = {}
    tables = (("criterion", "id", model.criterion), ("signal", "id", model.signal), ("status", "name", model.status))
    for table, key, entries in tables:
        for place, entry in enumerate(entries):
            name, loc = getattr(entry, key), (table, place, key)
            if name in seen:
                line = report.file.place(seen[name])[0]
                said = f'"{name}" is used on line {line} already.'
                yield report(loc, "DuplicateName", said, "Rename or remove one.", name)
            seen.setdefault(name, loc)


def _conditions(report: Report, model: DefinitionFile, known: Known) -> Iterator[FileProblem]:
    for place, criterion in enumerate(model.criterion):
        yield from _when(report, ("criterion", place, "when"), criterion.when, known)
        if criterion.unless is not None:
            yield from _when(report, ("criterion", place, "unless"), criterion.unless, known)
    for table, entries in (("signal", model.signal), ("status", model.status), ("stage", model.stage)):
        for place, entry in enumerate(entries):
            if entry.when is not None:
                yield from _when(report, (table, place, "when"), entry.when, known)
    for place, status in enumerate(model.status):
        for key in ("reason", "root_source"):
            name = getattr(status, key)
            if name is not None and name not in known:
                yield _unknown_field(report, ("status", place, key), name, known)


def _when(report: Report, at: Loc, entry: WhenEntry, known: Known) -> Iterator[FileProblem]:
    asked = [name for name in _FITS if getattr(entry, name) is not None]
    joined = [name for name in ("all", "any", "not_") if getattr(entry, name) is not None]
    if len(joined) + (1 if entry.field is not None or asked else 0) != 1:
        said = "A condition asks one field, or joins conditions by one of all, any and not."
        yield report(at, "BadCondition", said, "Write one of these; nest the others in it.")
        return
    for name in joined:
        parts = getattr(entry, name)
        for place, part in enumerate(parts if isinstance(parts, list) else ()):
            yield from _when(report, (*at, name, place), part, known)
        if isinstance(parts, WhenEntry):
            yield from _when(report, (*at, "not"), parts, known)
    if joined:
        return
    if entry.field is None or not asked:
        missing = "field" if entry.field is None else "at_least"
        said = "The condition names no field." if entry.field is None else "The condition asks nothing of its field."
        action = 'Add field = "...".' if entry.field is None else "Add one of at_least, equals, is_true, exists, ..."
        yield report(at, "MissingKey", said, action, missing)
        return
    yield from _question(report, at, entry, asked, known)


def _question(report: Report, at: Loc, entry: WhenEntry, asked: Sequence[str], known: Known) -> Iterator[FileProblem]:
    listed = isinstance(entry.field, list)
    names = entry.field if isinstance(entry.field, list) else [entry.field or ""]
    units: dict[str, str] = {}
    for place, name in enumerate(names):
        loc: Loc = (*at, "field", place) if listed else (*at, "field")
        if name not in known:
            yield _unknown_field(report, loc, name, known)
            continue
        kind, unit = known[name]
        for question in asked:
            if kind not in _FITS[question]:
                shown = question.rstrip("_")
                fitting = ", ".join(word.rstrip("_") for word, kinds in _FITS.items() if kind in kinds)
                said = f'"{name}" holds a {kind}, and {shown} asks for a {" or a ".join(_FITS[question])}.'
                yield report((*at, shown), "TypeMismatch", said, f"Use one of: {fitting}.", shown, key=True)
        wanted = entry.unit or next(iter(units.values()), "")
        if unit and wanted and unit != wanted:
            said = f'"{name}" is known in {unit}, and the condition asks in {wanted}.'
            where = (*at, "unit") if entry.unit else loc
            yield report(where, "UnitMismatch", said, f'Ask in unit = "{unit}".', wanted, unit)
        elif unit:
            units[name] = unit
    if entry.between is not None and entry.between[0] > entry.between[1]:
        said = "between names its lowest value first."
        yield report((*at, "between"), "BadValue", said, "Exchange the two.", str(entry.between[0]))


def _unknown_field(report: Report, loc: Loc, name: str, known: Known) -> FileProblem:
    near, action = did_you_mean(name, list(known), "Map it, or declare it in calls.toml as a [[fact]].")
    return report(loc, "UnknownField", f'"{name}" is no field of the mappings or calls.', action, name, near)


def _evidence(report: Report, model: DefinitionFile) -> Iterator[FileProblem]:
    for table, entries in (("criterion", model.criterion), ("signal", model.signal)):
        for place, entry in enumerate(entries):
            for number, kind in enumerate(entry.evidence):
                if kind == "predicted":
                    said = "A prediction settles nothing: it is shown beside the evidence, and tested."
                    yield report(
                        (table, place, "evidence", number), "PredictionAsEvidence", said, "Take it away.", kind
                    )


def needed(needs: NeedsEntry) -> Iterator[tuple[Loc, str]]:
    """Every name in it, with its place."""
    for key in ("all", "any"):
        yield from (((key, place), name) for place, name in enumerate(getattr(needs, key)))
    if needs.at_least is not None and not isinstance(needs.at_least, int):
        yield from ((("at_least", "of", place), name) for place, name in enumerate(needs.at_least.of))


def _needs(report: Report, model: DefinitionFile) -> Iterator[FileProblem]:
    ids = [entry.id for entry in (*model.criterion, *model.signal)]
    names = [entry.name for entry in model.status if entry.name in LADDER]
    for place, status in enumerate(model.status):
        at: Loc = ("status", place, "needs")
        if status.needs is None:
            continue
        own = LADDER.index(status.name) if status.name in LADDER else len(LADDER)
        for loc, name in needed(status.needs):
            if name in ids:
                continue
            if name not in names:
                near, action = did_you_mean(name, [*ids, *names], "Declare it as a [[criterion]] or [[signal]].")
                said = f'"{name}" is no criterion, signal or status of this file.'
                yield report((*at, *loc), "UnknownCriterion", said, action, name, near)
            elif LADDER.index(name) >= own:
                said = f"{status.name} cannot need {name}, which does not lie below it."
                yield report((*at, *loc), "CircularNeeds", said, "Name a lower status.", name)
        wanted = status.needs.at_least
        count, among = (wanted, status.needs.any) if isinstance(wanted, int) else (0, [])
        if wanted is not None and not isinstance(wanted, int):
            count, among = wanted.count, wanted.of
        if count > len(set(among)):
            said = f"{count} of {len(set(among))} can never be met."
            yield report((*at, "at_least"), "NeverMet", said, "Ask for fewer, or list more.", str(count), key=True)
    for place, stage in enumerate(model.stage):
        for number, name in enumerate(stage.signals):
            if name not in (entry.id for entry in model.signal):
                near = nearest(name, [entry.id for entry in model.signal])
                action = f'Write "{near}" instead of "{name}".' if near else "Declare it as a [[signal]]."
                said = f'"{name}" is no signal of this file.'
                yield report(("stage", place, "signals", number), "UnknownSignal", said, action, name, near)


def _statuses(report: Report, model: DefinitionFile) -> Iterator[FileProblem]:
    for place, status in enumerate(model.status):
        at: Loc = ("status", place)
        yield from _settable(report, at, status)
        if status.sla is not None and sla_of(status.sla.first_step, status.sla.within) is None:
            said = f'"{status.sla.within}" is no time that an SLA can be kept in.'
            action = 'Write such as "1 business day", "4 business hours", "30 minutes", "2 days".'
            yield report((*at, "sla", "within"), "BadDuration", said, action, status.sla.within)
        for number, reason in enumerate(status.reasons):
            if reason.casefold() in (one.casefold() for one in status.reasons[:number]):
                loc = (*at, "reasons", number)
                yield report(loc, "DuplicateName", f'"{reason}" is listed twice.', "Remove one.", reason)
    if not any(status.reasons or (status.sla and status.sla.reasons) for status in model.status):
        loc = next((("status", n) for n, status in enumerate(model.status) if status.name == "disqualified"), None)
        said = "No list of reasons: a lead could be disqualified or rejected for anything."
        action = 'Add reasons = ["no budget", "no need", ...] to the status disqualified.'
        yield report(loc or ("status", len(model.status) - 1), "MissingReasons", said, action, "reasons")


def _settable(report: Report, at: Loc, status: StatusEntry) -> Iterator[FileProblem]:
    given = status.needs is not None and any(True for _ in needed(status.needs))
    if status.name in APART and status.needs is not None:
        said = f"{status.name} is what people say, never what criteria add up to."
        yield report((*at, "needs"), "NeedsWithoutLadder", said, "Use when = {...}, or leave it to people.", key=True)
    elif status.name == LADDER[0] and given:
        yield report((*at, "needs"), "NeedsWithoutLadder", "Everyone is a prospect.", "Take needs away.", key=True)
    elif status.name in LADDER[1:] and not given:
        said = f"{status.name} needs nothing: everyone would be one."
        yield report(at, "MissingKey", said, 'Add needs = { all = ["..."] }.', "needs")
    if status.name in LADDER:
        for key in ("when", "reason", "root_source"):
            if getattr(status, key) is not None:
                said = f"{key} belongs to {' and '.join(APART)}; {status.name} is reached by needs."
                yield report((*at, key), "MisplacedKey", said, "Take it away.", key, key=True)


def _stages(report: Report, model: DefinitionFile) -> Iterator[FileProblem]:
    declared = {status.name for status in model.status} | {LADDER[0], *APART}
    for place, stage in enumerate(model.stage):
        for number, name in enumerate(stage.statuses):
            if name not in declared:
                known = [one for one in STATUSES if one in declared]
                said = f"This definition has no status {name}."
                action = f"Use one of: {', '.join(known)}."
                yield report(("stage", place, "statuses", number), "UnknownStatus", said, action, name)
        if stage.name in (one.name for one in model.stage[:place]):
            said = f'There is a stage "{stage.name}" already.'
            yield report(("stage", place, "name"), "DuplicateName", said, "Join the two.", stage.name)
