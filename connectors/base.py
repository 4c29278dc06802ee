"""The protocol both CRMs implement, its data, and its errors: the only words the worker and the connectors share.

Values cross this border raw, as the vendor's JSON had them (Salesforce: str, float, int, bool, None; HubSpot: str or
None). What they mean is decided above, by mapping and canon. Times are integers, milliseconds since 1970 in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Literal, Protocol

SideName = Literal["left", "right"]
Raw = str | int | float | bool | None


class Clock(Protocol):
    """Time, injected so that a whole run can be simulated."""

    def now_ms(self) -> int: ...

    def sleep(self, duration_s: float) -> None: ...


class Entropy(Protocol):
    """Randomness, injected for the same reason."""

    def token(self) -> str:
        """128 random bits as 32 lower-case hex digits."""

    def uniform(self) -> float:
        """A float in [0, 1): jitter of retries."""


class Presence(StrEnum):
    """What a remote says about a record's life. Absence from a list is never evidence; it is not a presence."""

    LIVE = "live"
    DELETED = "deleted"  # Salesforce recycle bin or purged; HubSpot 404 by id
    ARCHIVED = "archived"  # HubSpot
    MERGED = "merged"  # consumed by another record: `Record.merged_into`
    CONVERTED = "converted"  # Salesforce lead; `Record.converted_to`


@dataclass(slots=True)  # made for every record of every page: a frozen one costs five times as much to make
class Record:
    """One remote record as read at one moment; `values` holds only the fields that were asked for. Never changed."""

    object: str
    id: str  # Salesforce: 18 characters; HubSpot: decimal digits
    values: Mapping[str, Raw]
    modified_ms: int
    read_started_ms: int  # our clock, before the request left: orders two reads of one second
    presence: Presence = Presence.LIVE
    merged_into: str | None = None  # id of the survivor, same object
    merged_ids: tuple[str, ...] = ()  # ids that this record consumed
    converted_to: Mapping[str, str] | None = (
        None  # {"Contact": id, "Account": id, "Opportunity": id}, absent keys left out
    )
    history: Mapping[str, tuple[HistoryEntry, ...]] | None = None  # newest first, only where asked for and offered


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    value: Raw
    at_ms: int
    source_type: str
    source_id: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a stream. `next_token` is opaque, safe to store, and None on the last page."""

    records: Sequence[Record]
    next_token: str | None


@dataclass(frozen=True, slots=True)
class FieldSchema:
    name: str
    label: str
    type: str  # the vendor's own word: string, picklist, enumeration, ...
    createable: bool
    updateable: bool
    required: bool  # on create
    unique: bool
    max_length: int | None  # characters; None where the vendor names no limit
    options: tuple[tuple[str, str], ...] | None  # (value, label), active ones; None where the field is no choice
    restricted: bool  # unknown options are refused
    calculated: bool
    reference_to: tuple[str, ...] = ()
    scale: int | None = None  # fraction digits


@dataclass(frozen=True, slots=True)
class ObjectSchema:
    object: str
    label: str
    fields: Mapping[str, FieldSchema]
    createable: bool
    updateable: bool


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field or property that `setup` must create, in neutral words; the connector translates."""

    object: str
    name: str
    label: str
    type: Literal["text", "long_text", "number", "money", "boolean", "date", "datetime", "choice", "choices", "url"]
    length: int = 255
    unique_key: bool = False  # Salesforce: external id + unique, case-insensitive; HubSpot: hasUniqueValue
    options: tuple[tuple[str, str], ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which system this is: compared with the state on every start, so that sandbox and production never mix."""

    account_id: str  # Salesforce organization id (18) or HubSpot portal id
    name: str
    user_id: str | None
    is_sandbox: bool


class Op(StrEnum):
    CREATE = "create"  # always an upsert on `key_field`
    UPDATE = "update"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class Write:
    """One absolute write. `write_id` labels it end to end (the intent id; HubSpot's objectWriteTraceId)."""

    write_id: str
    op: Op
    object: str
    values: Mapping[str, Raw]  # None clears
    id: str | None = None  # update, archive
    key_field: str | None = None  # create: our unique field
    key: str | None = None
    unmodified_since_ms: int | None = None  # guard, where the vendor offers one


class OutcomeState(StrEnum):
    APPLIED = "applied"
    REJECTED = "rejected"  # definitely not applied; `error` says why
    PRECONDITION = "precondition"  # the guard held it back: someone was faster
    UNKNOWN = "unknown"  # may or may not have been applied


@dataclass(frozen=True, slots=True)
class Outcome:
    write_id: str
    state: OutcomeState
    id: str | None = None
    created: bool | None = None
    guarded: bool = False
    error: RemoteError | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """One allowance as the vendor reports it."""

    name: str  # sf.day, hs.day, hs.burst, hs.search
    used: int
    limit: int
    resets_ms: int | None


class RemoteError(Exception):
    """Something the vendor or the line refused. The class says how to recover (the table of the error catalogue).

    `code` is the vendor's own code where it gave one. `action` tells a person what to do, by default what is usual for
    the class. The text never holds tokens, and values of fields only where the vendor's message quoted them.
    """

    kind: ClassVar[str] = "bug"
    retriable: ClassVar[bool] = False
    usual_action: ClassVar[str] = "Report this to the makers of syncer."

    def __init__(
        self,
        message: str,
        *,
        side: SideName | None = None,
        code: str = "",
        status: int | None = None,
        fields: Sequence[str] = (),
        action: str = "",
        retry_after_s: float | None = None,
        existing_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.side = side
        self.code = code
        self.status = status
        self.fields = tuple(fields)
        self.action = action or self.usual_action
        self.retry_after_s = retry_after_s
        self.existing_id = existing_id  # identity conflicts: the record that is already there


class TransientError(RemoteError):
    """Nothing was done; the same call may succeed later. Back off with jitter, honour Retry-After."""

    kind, retriable = "transient", True
    usual_action = "Nothing: it is tried again by itself. If it stays, look at the vendor's status page."


class UnknownOutcomeError(RemoteError):
    """The request left and no answer can be trusted: state decides, by reading. Never a blind retry."""

    kind = "unknown"
    usual_action = "Nothing: the record is read back before anything else is sent to it."


class PreconditionError(RemoteError):
    """The guard or the verify-read found a newer value: plan anew."""

    kind = "precondition"
    usual_action = "Nothing: the record is read again and planned anew."


class AuthError(RemoteError):
    """Log-in failed or the grant is gone: pause the side, tell a person."""

    kind = "auth"
    usual_action = "Check the credentials of this side."


class QuotaError(RemoteError):
    """A daily allowance is spent: pause the side until `retry_after_s`."""

    kind = "quota"
    usual_action = "Wait for the allowance to return, or find what else uses it."


class DataError(RemoteError):
    """The value does not fit: leave the named field out, write the rest, quarantine the cell."""

    kind = "data"
    usual_action = "Correct the value on the other side, or the mapping."


class IdentityConflictError(RemoteError):
    """A unique value is taken or a duplicate rule fired: a match result, back to linking."""

    kind = "identity"
    usual_action = "Link the two records, or merge them."


class GoneError(RemoteError):
    """The record is not there any more."""

    kind = "gone"
    usual_action = "Nothing: it is treated as deleted. Restore it in its CRM if that was a mistake."


class SchemaError(RemoteError):
    """Field, property or object is unknown: suspend its mapping, refresh the schema."""

    kind = "schema"
    usual_action = "Correct the name in the mapping, or have an administrator restore what it names."


class AccessError(RemoteError):
    """The integration user may not: suspend the cell, name who must grant what."""

    kind = "permission"
    usual_action = "An administrator: give the integration user access to what is named."


class ProtocolError(RemoteError):
    """An answer that fits no known shape: stop the pair, wrong silence is worse than a halt."""

    kind = "bug"
    usual_action = "Look for a proxy or gateway in between; else report this answer to the makers of syncer."


class Remote(Protocol):
    """One CRM. Every method may raise a `RemoteError`; none returns partial results silently."""

    side: SideName
    objects: Sequence[str]

    def identity(self) -> Identity: ...

    def server_now_ms(self) -> int:
        """The vendor's clock, from the Date header of the newest answer (asks once when there was none)."""

    def schema(self, object_name: str) -> ObjectSchema:
        """The live schema as this user sees it. Raises SchemaError for an unknown object."""

    def scan(self, object_name: str, fields: Sequence[str], token: str | None) -> Page:
        """All live records in id order, a page a call, from `token` (None: the start): backfill and sweep."""

    def safe_until_ms(self, object_name: str) -> int:
        """The newest instant up to which every committed change is visible to `changes`."""

    def changes(self, object_name: str, fields: Sequence[str], since_ms: int, until_ms: int, token: str | None) -> Page:
        """Records modified in [since_ms, until_ms], at least once each, in any order, content read by id.

        On Salesforce deleted, merged and converted records are part of the stream. Pages of one window must be asked
        for in sequence; a token outlives a restart of the process.
        """

    def vanished(self, object_name: str, since_ms: int, token: str | None) -> Page:
        """Records known to be gone (deleted, archived) since then, where `changes` cannot show them; no values."""

    def read(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str], history_of: Sequence[str] = ()
    ) -> Mapping[str, Record | None]:
        """Consistent read by id, asked id -> record. None: positively not there (deleted, archived, purged).

        A merged-away id answers with the survivor, whose `id` then differs from the id asked for.
        """

    def find(self, object_name: str, field_name: str, values: Sequence[str], fields: Sequence[str]) -> Sequence[Record]:
        """Consistent look-up by a natural or unique key (never the search index); every match of every value."""

    def write(self, writes: Sequence[Write]) -> Sequence[Outcome]:
        """Sends the writes in the largest batches the API takes; one outcome for each, in the order given.

        Partial failures are outcomes, never exceptions. A lost answer is `UNKNOWN` for the items of that call. A
        whole-batch refusal is bisected so that one poisoned item does not sink the others. When log-in or allowance
        give out on the way, the items not sent are `REJECTED` with that AuthError or QuotaError.
        """

    def create_fields(self, specs: Sequence[FieldSpec]) -> Sequence[str]:
        """Creates the missing ones with permissions for the integration user, idempotent; names of those created."""

    def owners(self) -> Mapping[str, str]:
        """Active users who can own records: id -> e-mail address in lower case."""

    def usage(self) -> Sequence[Usage]:
        """The newest known allowances, from headers already seen; asks nothing."""


@dataclass(slots=True)
class CallCount:
    """Calls made by a connector since it was built, by endpoint class, for budgets and reports."""

    by_endpoint: dict[str, int] = field(default_factory=dict)

    def add(self, endpoint: str, calls: int = 1) -> None:
        self.by_endpoint[endpoint] = self.by_endpoint.get(endpoint, 0) + calls

    @property
    def total(self) -> int:
        return sum(self.by_endpoint.values())
