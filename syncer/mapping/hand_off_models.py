"""The shape of mappings/hand-off.toml: what pydantic checks, and what editors complete from (JSON Schema)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from syncer.mapping.models import Entry, Word

Hours = list[Annotated[str, StringConstraints(pattern=r"^\d\d:\d\d-\d\d:\d\d$")]]
LadderStatus = Literal["MQL", "SAL", "SQL", "TRUE lead"]


class HoursEntry(Entry):
    """The hours of each weekday, such as ["09:00-12:30", "13:30-18:00"]; a day that is left out is free."""

    mon: Hours = Field([])
    tue: Hours = Field([])
    wed: Hours = Field([])
    thu: Hours = Field([])
    fri: Hours = Field([])
    sat: Hours = Field([])
    sun: Hours = Field([])


class CalendarEntry(Entry):
    """In whose hours the SLA runs."""

    zone: Word = Field(description="Time zone, such as America/New_York.")
    hours: HoursEntry = Field(description="When the team works.")
    holidays: list[date] = Field([], description="Days on which nobody works.")


class TerritoryEntry(Entry):
    """Who serves a part of the world; every key that is given must fit, several words in one are alternatives."""

    country: list[Word] = Field([], description="Names or ISO codes.")
    state: list[Word] = Field([], description="Names or codes.")
    industry: list[Word] = Field([], description="As the record has it.")
    who: list[Word] = Field(min_length=1, description="In turn: e-mail addresses of users, user ids, queue ids.")


class OwnersEntry(Entry):
    """One way to find an owner."""

    name: Word = Field(description="What statuses and fallbacks call it.")
    how: Literal["round robin", "territory", "existing owner"]
    who: list[Word] = Field([], description="round robin: e-mail addresses of users, user ids or queue ids.")
    territory: list[TerritoryEntry] = Field([], description="territory: the first that fits.")
    fallback: Word | None = Field(None, description="The owners that are asked where these have nobody.")


class StatusEntry(Entry):
    """One status that is handed off."""

    name: LadderStatus
    owners: Word = Field(description="The name of owners above.")
    notices: list[Word] = Field([], description="Names of notices below.")


class NoticeEntry(Entry):
    """One way to tell people."""

    name: Word
    channel: Literal["slack", "webhook", "smtp"]
    on: list[Literal["handed off", "breached", "accepted", "rejected"]] = Field(
        ["handed off", "breached"], min_length=1, description="What is told."
    )
    url: Word | None = Field(None, description="slack: a reference such as env:NAME. webhook: that, or https://...")
    secret: Word | None = Field(None, description="webhook: a reference; signs what is sent.")
    host: Word | None = Field(None, description="smtp: the mail server.")
    port: int | None = Field(None, ge=1, le=65_535, description="smtp: default 587, with implicit TLS 465.")
    tls: Literal["starttls", "implicit", "none"] = Field("starttls", description="smtp; none: only on this machine.")
    user: Word | None = Field(None, description="smtp: log-in, if the server wants one.")
    password: Word | None = Field(None, description="smtp: a reference.")
    from_: Word | None = Field(None, alias="from", description="smtp: the sender's address.")
    to: list[Word] = Field([], description='smtp: addresses; "owner" is whoever got the hand-off.')
    ca_bundle: Word | None = Field(None, description="The authority of a server whose certificate is not public.")


class TaskEntry(Entry):
    """The answer on the task."""

    outcome: Word = Field(description="The field of the Task.")
    accepted: list[Word] = Field([], description="Outcomes that accept.")
    rejected: Word = Field(description="What an outcome that rejects begins with; the reason follows.")


class AnswersEntry(Entry):
    """Where sales answers."""

    accepted: Word = Field("sales_accepted", description="The canonical field, true or false.")
    rejected: Word = Field("recycle_reason", description="The canonical field that takes the reason.")
    task: TaskEntry | None = Field(None, description="Leave it out where only the record answers.")


class HandOffFile(Entry):
    """mappings/hand-off.toml: who gets a lead, in whose hours, who is told, and where sales answers."""

    version: int = Field(ge=1, description="Count it up when the file changes.")
    at_most: int = Field(100, ge=1, description="Hand-offs of one run; where more are owed, none is made.")
    calendar: CalendarEntry
    owners: list[OwnersEntry] = Field(min_length=1)
    status: list[StatusEntry] = Field([])
    notice: list[NoticeEntry] = Field([])
    answers: AnswersEntry = AnswersEntry()


def hand_off_schema() -> dict[str, Any]:
    """The JSON Schema of hand-off.toml, for completion in editors."""
    schema = HandOffFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "syncer hand-off"}
