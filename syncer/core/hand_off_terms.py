"""The hand-off as data: who gets whom, in whose hours, who is told, and where sales answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from syncer.core.business_hours import Calendar

How = Literal["round robin", "territory", "existing owner"]
ChannelKind = Literal["slack", "webhook", "smtp"]
Tls = Literal["starttls", "implicit", "none"]
THE_OWNER: Final = "owner"  # among the addressees of a notice: whoever got the hand-off


class Occasion(StrEnum):
    """What a notice may be about."""

    HANDED_OFF = "handed off"
    BREACHED = "breached"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Territory:
    """Who serves a part of the world. Every set that is not empty must hold, of texts as `territory_key` has them."""

    who: tuple[str, ...]
    countries: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    industries: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Owners:
    """One way to find an owner. `who`: e-mail addresses, user ids or queue ids, in the order of their turns."""

    name: str
    how: How
    who: tuple[str, ...] = ()
    territories: tuple[Territory, ...] = ()
    fallback: str = ""  # the name of the owners that are asked where these have nobody


@dataclass(frozen=True, slots=True)
class StatusPolicy:
    owners: str
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelPolicy:
    """Where notices go. `url`, `secret`, `user`, `password` may be references to secrets; they never show."""

    name: str
    kind: ChannelKind
    on: frozenset[Occasion]
    url: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    host: str = ""
    port: int = 0
    tls: Tls = "starttls"
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    sender: str = ""
    to: tuple[str, ...] = ()
    ca_bundle: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """Where sales answers: two canonical fields of the record, and an outcome on the task.

    `accepted`: outcomes that accept. `rejected`: what an outcome that rejects begins with; the reason follows. Both as
    people write them; case does not count.
    """

    accepted_field: str
    rejected_field: str
    outcome: str = ""  # the field of the Task; empty: only the record answers
    accepted: tuple[str, ...] = ()
    rejected: str = ""


@dataclass(frozen=True, slots=True)
class HandOffPolicy:
    """mappings/hand-off.toml. A status without an entry is not handed off, whatever SLA the definition gives it."""

    calendar: Calendar
    owners: Mapping[str, Owners]
    statuses: Mapping[str, StatusPolicy]
    channels: Mapping[str, ChannelPolicy]
    answers: Answers
    at_most: int = 100  # hand-offs of one run; of more, a new definition is likelier the cause than a day's work
    path: str = ""
