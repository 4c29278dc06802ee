"""The protocol of a provider, and its data: a question about a subject, and an answer of which every kind is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal, Protocol

Known = str | int | Decimal | bool | tuple[str, ...]


class AnswerState(StrEnum):
    """How an answer ended. Only a MISS is a fact about the subject; what stands below it is about the provider."""

    HIT = "hit"  # every field that the provider offers and was asked for
    PARTIAL = "partial"  # some of them
    MISS = "miss"  # it does not know the subject: kept, so that it is not paid for twice
    PENDING = "pending"  # it is looking; ask again at `retry_at_ms`
    THROTTLED = "throttled"  # too many calls; ask again at `retry_at_ms`
    OUT_OF_CREDIT = "out_of_credit"  # opens the breaker of this provider, until `retry_at_ms` where it says so
    UNAUTHORISED = "unauthorised"  # opens the breaker of this provider
    BAD_REQUEST = "bad_request"  # our fault: told to the operator, nothing is kept
    UNAVAILABLE = "unavailable"  # 5xx, time-outs, garbage, HTML


@dataclass(frozen=True, slots=True)
class Question:
    """Who is asked about, by everything that is known to identify it, and which canonical fields are wanted.

    `domain` is the registrable domain in lower case; empty text: not known.
    """

    key: str  # the asker's own; comes back with the answer
    kind: Literal["account", "person"]
    fields: tuple[str, ...]
    domain: str = ""
    name: str = ""
    email: str = ""
    country: str = ""  # ISO 3166 alpha-2
    region: str = ""
    city: str = ""
    postal_code: str = ""
    registry_number: str = ""  # company number, LEI or CIK, as the provider's own world has it


@dataclass(frozen=True, slots=True)
class Found:
    """One value: canonical field name, plain value, how sure, since when, and where exactly it stood."""

    field: str
    value: Known
    confidence: float = 0.8  # 0 to 1: right company x the provider's reliability for the field
    as_of_ms: int = 0  # 0: the provider does not say
    unit: str = ""  # ISO 4217 for money
    evidence: str = ""  # at most 300 characters: "MX record: aspmx.l.google.com", "jobs board: Head of Security"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one question."""

    key: str
    state: AnswerState
    found: tuple[Found, ...] = ()
    credits: Decimal = Decimal(0)  # what it cost, by the vendor's own account where it gives one
    retry_at_ms: int = 0
    message: str = ""  # for people; never a key, a token or a body
    action: str = ""  # who must do what; empty: nothing
    ref: str = ""  # the vendor's request id


class Provider(Protocol):
    """One source. Safe to call from one thread at a time; holds a pooled session, closed by `close`."""

    name: str  # as in the configuration: pdl, apollo, hunter, ...
    offers: frozenset[str]  # canonical field names
    kinds: frozenset[str]  # account, person
    needs: tuple[tuple[str, ...], ...]  # any of these groups of Question fields makes a question answerable
    price: Decimal  # credits that one question may cost at most: reserved before the call
    batch_max: int

    def ask(self, questions: Sequence[Question]) -> Sequence[Answer]:
        """One answer for each question, in their order. Raises nothing that a vendor or the line can cause.

        Once one answer is OUT_OF_CREDIT, UNAUTHORISED or THROTTLED, those after it get the same without a call.
        """

    def close(self) -> None: ...
