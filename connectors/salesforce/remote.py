"""`SalesforceRemote`: the left side, put together from its parts. One object per process and org; safe for threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from pyrate_limiter import StateStore
from requests.adapters import BaseAdapter

from connectors.base import (
    AccessError,
    CallCount,
    Clock,
    DataError,
    Entropy,
    FieldSpec,
    Identity,
    ObjectSchema,
    Outcome,
    Page,
    Presence,
    ProtocolError,
    Record,
    RemoteError,
    SchemaError,
    SideName,
    Usage,
    Write,
)
from connectors.budget import MeteredBudgets, RateLimit
from connectors.http import Transport
from connectors.member_lists import MemberList, MembersChanged
from connectors.policy import RetryPolicy
from connectors.salesforce import bulk, campaigns, read, stream
from connectors.salesforce.auth import LogIn, given_grant
from connectors.salesforce.ids import to18
from connectors.salesforce.limits import usage_of_limits
from connectors.salesforce.rows import RowShape, life
from connectors.salesforce.schema import Schemas
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.setup import Setup
from connectors.salesforce.soql import name, select
from connectors.salesforce.times import parse_ms, url_instant
from connectors.salesforce.wire import SalesforceVendor, Wire
from connectors.salesforce.words import BURST_BUDGET, READABLE
from connectors.salesforce.write import Writer
from connectors.shortcomings import Shortcomings, not_offered
from connectors.tokens import TokenKeeper

_SAME_AGAIN: Final = frozenset({stream.QUERY_TIMEOUT, stream.DEAD_LOCATOR})
_MINUTE_MS: Final = 60_000
_DELETED_REACH_MS: Final = 14 * 86_400_000  # getDeleted looks back about 15 days


class SalesforceRemote:
    """Implements `connectors.base.Remote` for Lead, Contact, Account, and read-only Task, Event, User.

    `mounts` puts other `requests` adapters under address prefixes (the simulation's in-process door). `on_rotate` is
    handed a rotated refresh token before it is first used. `store_of` gives rate state a lasting place.
    """

    side: SideName = "left"
    objects: Sequence[str] = READABLE

    def __init__(
        self,
        settings: SalesforceSettings,
        clock: Clock,
        entropy: Entropy,
        *,
        mounts: Mapping[str, BaseAdapter] | None = None,
        probe: Callable[[str], None] = lambda point: None,
        on_rotate: Callable[[str], None] | None = None,
        policy: RetryPolicy | None = None,
        store_of: Callable[[str], StateStore] | None = None,
    ) -> None:
        self._settings, self._clock = settings, clock
        lasting = {} if store_of is None else {"store_of": store_of}
        self._budgets = MeteredBudgets(
            clock,
            side="left",
            rates={BURST_BUDGET: RateLimit(settings.calls_per_10_s, 10_000)},
            day_share=settings.api_share,
            **lasting,
        )
        given = given_grant(settings)
        log_in = LogIn(settings, clock, lambda call: self._transport.send(call), on_rotate, self._heard_ms)
        self._transport = Transport(
            SalesforceVendor(self._budgets),
            clock,
            entropy,
            TokenKeeper(clock, log_in=None if given else log_in, given=given),
            budgets=self._budgets,
            policy=replace(policy or RetryPolicy(), same_again=_SAME_AGAIN),
            ca_bundle=settings.ca_bundle,
            threads=settings.threads,
            mounts=mounts or {},
            probe=probe,
        )
        self._wire = Wire(self._transport, settings.api_version)
        self._schemas = Schemas(self._wire)
        self._wire.known_fields = lambda object_name: self._schemas.newest(object_name).fields
        self._writer = Writer(self._wire, clock, entropy)
        self._user_id: str | None = None
        self._org_id = ""  # as the log-in's user information names it

    def _heard_ms(self) -> int | None:
        return self._transport.server_now_ms()

    @property
    def calls(self) -> CallCount:
        return self._transport.calls

    def identity(self) -> Identity:
        soql = select(("Id", "Name", "IsSandbox"), "Organization")
        try:
            row = next((row for row, _ in read.query_rows(self._wire, soql)), None)
        except (AccessError, SchemaError, ProtocolError):
            row = None
        user_id = self._integration_user()
        if row is None or not row.get("Id"):
            if not self._org_id:
                raise AccessError("the org does not show itself", side="left", action="Grant the user View Setup.")
            return Identity(self._org_id, f"org {self._org_id}", user_id, False)
        return Identity(to18(row["Id"]), str(row.get("Name") or ""), user_id, bool(row.get("IsSandbox")))

    def _integration_user(self) -> str | None:
        """None where the token's scopes do not tell. The same answer names the org."""
        if self._user_id is None:
            try:
                told = self._wire.get("/services/oauth2/userinfo", "identity")
            except (AccessError, SchemaError, ProtocolError):
                return None
            if isinstance(told, Mapping):
                self._user_id = to18(told["user_id"]) if told.get("user_id") else None
                self._org_id = to18(told["organization_id"]) if told.get("organization_id") else ""
        return self._user_id

    @property
    def shortcomings(self) -> Shortcomings:
        """What this org does not offer, and goes on without."""
        return self._wire.shortcomings

    def server_now_ms(self) -> int:
        """The vendor's clock by the newest Date header; where none was heard it asks for the free version list."""
        heard_ms = self._transport.server_now_ms()
        if heard_ms is None:
            with suppress(AccessError, SchemaError, ProtocolError):
                self._wire.get("/services/data", "versions")
            heard_ms = self._transport.server_now_ms()
        return self._clock.now_ms() if heard_ms is None else heard_ms  # without a Date header our clock has to do

    def schema(self, object_name: str) -> ObjectSchema:
        return self._schemas.get(object_name)

    def scan(self, object_name: str, fields: Sequence[str], token: str | None) -> Page:
        """All live records by id. Large objects come by Bulk: pages may be empty while the job runs."""
        shape = RowShape(object_name, fields, self._wire.known_fields)
        cursor = stream.parse_token(token) if token else stream.Cursor()
        if cursor.job is not None:
            return bulk.page(self._wire, shape, cursor, self._schemas.newest(object_name), self._clock)
        if cursor.following is None and not cursor.plain and self._is_for_bulk(shape):
            return bulk.start(self._wire, shape, cursor)
        return stream.scan_page(self._wire, shape, cursor, self._settings.page_size)

    def _is_for_bulk(self, shape: RowShape) -> bool:
        threshold = self._settings.bulk_from
        if threshold <= 0 or not bulk.is_large(self._wire, shape.object, threshold):
            return False
        return bulk.fits(self._schemas.newest(shape.object), shape)

    def safe_until_ms(self, object_name: str) -> int:
        """The server's clock less the settle time, or the start of the oldest transaction still running if earlier.

        Where getUpdated is refused for the object, a fixed look-back takes its place.
        """
        now_ms = self.server_now_ms()
        try:
            covered_ms = self._latest_date_covered(object_name, now_ms)
        except (DataError, SchemaError, AccessError, ProtocolError) as error:
            self._wire.shortcomings.add(
                f"GetUpdatedRefused {object_name}",
                error,
                f"Salesforce does not say up to when the changes of {object_name} are complete: they are read "
                f"{self._settings.look_back_ms // 60_000} minutes late.",
            )
            return now_ms - self._settings.look_back_ms
        return min(now_ms - self._settings.settle_ms, covered_ms)

    def _latest_date_covered(self, object_name: str, now_ms: int) -> int:
        covered = self._wire.get(
            f"sobjects/{name(object_name)}/updated/",
            "replication",
            start=url_instant(now_ms - 2 * _MINUTE_MS),
            end=url_instant(now_ms),
        )
        if not isinstance(covered, Mapping) or "latestDateCovered" not in covered:
            raise ProtocolError("getUpdated without latestDateCovered", side="left")
        return parse_ms(covered["latestDateCovered"])

    def changes(self, object_name: str, fields: Sequence[str], since_ms: int, until_ms: int, token: str | None) -> Page:
        shape = RowShape(object_name, fields, self._wire.known_fields)
        return stream.changes(self._wire, shape, since_ms, until_ms, token, self._settings.page_size)

    def vanished(self, object_name: str, since_ms: int, token: str | None) -> Page:
        """Ids of the delete log (two weeks at most) with what queryAll still knows of them: merged, deleted, purged."""
        now_ms = self.server_now_ms()
        since_ms = max(since_ms, now_ms - _DELETED_REACH_MS)
        if now_ms - since_ms < _MINUTE_MS:
            since_ms = now_ms - _MINUTE_MS
        try:
            answer = self._wire.ask(
                "GET",
                f"sobjects/{name(object_name)}/deleted/",
                "replication",
                params={"start": url_instant(since_ms), "end": url_instant(now_ms)},
            )
        except RemoteError as error:
            if not not_offered(error):
                raise
            self._wire.shortcomings.add(
                f"GetDeletedRefused {object_name}",
                error,
                f"Salesforce refuses the log of deleted {object_name}: those in the bin are noticed, no others.",
            )
            return Page((), None)
        if not isinstance(answer.value, Mapping) or "deletedRecords" not in answer.value:
            raise ProtocolError("getDeleted without deletedRecords", side="left")
        deleted_ms = {to18(entry["id"]): parse_ms(entry["deletedDate"]) for entry in answer.value["deletedRecords"]}
        shape = RowShape(object_name, ())
        known = {to18(row["Id"]): row for row, _ in read.hidden_rows(self._wire, shape, list(deleted_ms))}
        records = []
        for record_id, at_ms in deleted_ms.items():
            presence, merged_into, _ = life(known.get(record_id, {"IsDeleted": True}))
            if presence in (Presence.DELETED, Presence.MERGED):  # else it was restored since
                records.append(
                    Record(object_name, record_id, {}, at_ms, answer.started_ms, presence, merged_into=merged_into)
                )
        return Page(records, None)

    def read(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str], history_of: Sequence[str] = ()
    ) -> Mapping[str, Record | None]:
        """As the protocol says; property history is not offered here, `history_of` is without effect."""
        return read.read(self._wire, object_name, ids, fields)

    def find(self, object_name: str, field_name: str, values: Sequence[str], fields: Sequence[str]) -> Sequence[Record]:
        return read.find(self._wire, object_name, field_name, values, fields)

    def write(self, writes: Sequence[Write]) -> Sequence[Outcome]:
        return self._writer.write(writes)

    def create_fields(self, specs: Sequence[FieldSpec]) -> Sequence[str]:
        return Setup(self._wire, self._schemas, self._integration_user()).create(specs)

    def owners(self) -> Mapping[str, str]:
        soql = select(("Id", "Email"), "User", ("IsActive = true",))
        return {
            to18(row["Id"]): row["Email"].lower() for row, _ in read.query_rows(self._wire, soql) if row.get("Email")
        }

    def list_named(self, object_name: str, name: str, mark: str) -> MemberList | None:
        return campaigns.list_named(self._wire, name, mark)

    def list_is_there(self, list_id: str) -> bool:
        return campaigns.list_is_there(self._wire, list_id)

    def make_list(self, object_name: str, name: str, mark: str) -> MemberList:
        return campaigns.make_list(self._wire, name, mark)

    def in_list(self, list_id: str, ids: Sequence[str]) -> frozenset[str]:
        return campaigns.in_list(self._wire, list_id, ids)

    def add_to_list(self, list_id: str, ids: Sequence[str]) -> MembersChanged:
        return campaigns.add_to_list(self._wire, list_id, ids)

    def take_from_list(self, list_id: str, ids: Sequence[str]) -> MembersChanged:
        return campaigns.take_from_list(self._wire, list_id, ids)

    def usage(self) -> Sequence[Usage]:
        return self._budgets.usage()

    def limits(self) -> Sequence[Usage]:
        """Asks the limits resource and remembers the day's figure; one call."""
        told = self._wire.get("limits", "limits")
        if not isinstance(told, Mapping):
            raise ProtocolError("limits of an unknown shape", side="left")
        found = tuple(usage_of_limits(told))
        for usage in found:
            self._budgets.heard_usage(usage)
        return found

    def close(self) -> None:
        """Gives the pooled connections back."""
        self._transport.close()
