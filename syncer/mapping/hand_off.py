"""Reads mappings/hand-off.toml: all its problems at once, each at its place, or the hand-off as data."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from connectors.base import FieldSpec
from syncer.core.business_hours import Calendar, CalendarError, due_ms
from syncer.core.hand_off import territory_key
from syncer.core.hand_off_terms import Answers, ChannelPolicy, HandOffPolicy, Occasion, Owners, StatusPolicy, Territory
from syncer.core.qualification_terms import Definition
from syncer.errors import FileProblem, MappingError
from syncer.mapping.hand_off_models import (
    AnswersEntry,
    CalendarEntry,
    HandOffFile,
    NoticeEntry,
    OwnersEntry,
    TerritoryEntry,
)
from syncer.mapping.hand_off_sense import WEEKDAYS, sense_of_hand_off, span_of
from syncer.mapping.refusals import problems_of
from syncer.mapping.toml_file import BrokenTomlError, TomlFile, read_toml
from syncer.mapping.words import OUR_FIELDS

FILE: Final = "hand-off.toml"
TASK: Final = "Task"
_ANY_MS: Final = 1_780_000_000_000  # an SLA that is due from then on is due from any day on


def load_hand_off(folder: Path, definition: Definition | None = None, known: Collection[str] = ()) -> HandOffPolicy:
    """Reads `hand-off.toml` in that folder.

    `definition`: what it is held against; a status without an SLA there is not handed off. `known`: canonical fields
    that answers may name; empty: any. Raises MappingError with every problem of the file.
    """
    try:
        file = read_toml(folder / FILE)
    except BrokenTomlError as error:
        raise MappingError([error.problem]) from None
    return parse_hand_off(file, definition, known)


def parse_hand_off(file: TomlFile, definition: Definition | None = None, known: Collection[str] = ()) -> HandOffPolicy:
    """As `load_hand_off`, for a file that was read already."""
    try:
        model = HandOffFile.model_validate(file.data)
    except ValidationError as error:
        raise MappingError(problems_of(error, file, HandOffFile)) from None
    problems = list(sense_of_hand_off(file, model, definition, known))
    problems = problems or list(_never_due(file, model, definition))
    if problems:
        raise MappingError(problems)
    return HandOffPolicy(
        calendar=_calendar(model.calendar),
        owners={entry.name: _owners(entry) for entry in model.owners},
        statuses={entry.name: StatusPolicy(entry.owners, tuple(entry.notices)) for entry in model.status},
        channels={entry.name: _channel(entry) for entry in model.notice},
        answers=_answers(model.answers),
        at_most=model.at_most,
        path=file.path,
    )


def task_fields(policy: HandOffPolicy, reasons: Collection[str]) -> list[FieldSpec]:
    """What setup must create on tasks: our key, so that no task is made twice, and the answer.

    `reasons`: those of the definition, for which sales may reject.
    """
    key = FieldSpec(
        TASK,
        OUR_FIELDS["left"],
        "Syncer Key",
        "text",
        length=64,
        unique_key=True,
        description="Written by syncer: the hand-off that this task belongs to. Do not edit.",
    )
    answers = policy.answers
    if not answers.outcome.endswith("__c"):  # a field that Salesforce has, or none
        return [key]
    options = [*answers.accepted, *(f"{answers.rejected}: {reason}" for reason in reasons)]
    said = "Read by syncer: whether sales accepts what marketing handed over, or why not."
    return [
        key,
        FieldSpec(
            TASK,
            answers.outcome,
            "Hand-off answer",
            "choice",
            options=tuple((option, option) for option in options),
            description=said,
        ),
    ]


def _never_due(file: TomlFile, model: HandOffFile, definition: Definition | None) -> Iterator[FileProblem]:
    """SLAs that the calendar does not come to within years."""
    calendar = _calendar(model.calendar)
    for place, entry in enumerate(model.status):
        status = definition.status(entry.name) if definition is not None else None
        if status is None or status.sla is None:
            continue
        try:
            due_ms(calendar, _ANY_MS, status.sla.amount, status.sla.unit, status.sla.business)
        except CalendarError as error:
            line, column = file.place(("status", place, "name"))
            said = f"The SLA of {entry.name}, {status.sla.within}, never ends in these hours: {error}."
            action = "Shorten it in the definition, or add hours to the calendar."
            yield FileProblem(file.path, line, column, "BadDuration", said, action, status.sla.within)


def _calendar(entry: CalendarEntry) -> Calendar:
    hours = {
        number: tuple(sorted(span for text in texts if (span := span_of(text)) is not None))
        for number, day in enumerate(WEEKDAYS)
        if (texts := getattr(entry.hours, day))
    }
    return Calendar(ZoneInfo(entry.zone), hours, frozenset(day.isoformat() for day in entry.holidays))


def _owners(entry: OwnersEntry) -> Owners:
    territories = tuple(map(_territory, entry.territory))
    return Owners(entry.name, entry.how, tuple(entry.who), territories, entry.fallback or "")


def _territory(entry: TerritoryEntry) -> Territory:
    of_country = entry.country[0] if len(entry.country) == 1 else ""
    return Territory(
        who=tuple(entry.who),
        countries=frozenset(territory_key("country", text) for text in entry.country),
        states=frozenset(territory_key("state", text, of_country) for text in entry.state),
        industries=frozenset(territory_key("industry", text) for text in entry.industry),
    )


def _channel(entry: NoticeEntry) -> ChannelPolicy:
    return ChannelPolicy(
        name=entry.name,
        kind=entry.channel,
        on=frozenset(map(Occasion, entry.on)),
        url=entry.url or "",
        secret=entry.secret or "",
        host=entry.host or "",
        port=entry.port or 0,
        tls=entry.tls,
        user=entry.user or "",
        password=entry.password or "",
        sender=entry.from_ or "",
        to=tuple(entry.to),
        ca_bundle=entry.ca_bundle or "",
    )


def _answers(entry: AnswersEntry) -> Answers:
    if entry.task is None:
        return Answers(entry.accepted, entry.rejected)
    task = entry.task
    return Answers(entry.accepted, entry.rejected, task.outcome, tuple(task.accepted), task.rejected)
