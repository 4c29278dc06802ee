"""HubSpot as a `Remote`: puts the parts together, and keeps nothing but connections and the account's time zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from requests.adapters import BaseAdapter

from connectors.base import (
    CallCount,
    Clock,
    Entropy,
    FieldSpec,
    Identity,
    ObjectSchema,
    Outcome,
    Page,
    Record,
    RemoteError,
    SchemaError,
    SideName,
    Usage,
    Write,
)
from connectors.budget import Budgets, MeteredBudgets, RateLimit
from connectors.conversations import Form, SubmissionPage
from connectors.http import Transport
from connectors.hubspot import lists
from connectors.hubspot.api import Api
from connectors.hubspot.associate import associated
from connectors.hubspot.auth import OAuth, OAuthLogin
from connectors.hubspot.changes import changes
from connectors.hubspot.find import find_by_search, find_unique
from connectors.hubspot.forms import forms, submissions
from connectors.hubspot.line import HubSpotVendor, Line
from connectors.hubspot.owners import owners
from connectors.hubspot.read import Reader
from connectors.hubspot.scan import scan, vanished
from connectors.hubspot.schema import object_schema
from connectors.hubspot.setup import create_fields
from connectors.hubspot.words import BASE_URL, READABLE, WRITABLE
from connectors.hubspot.write import Writer
from connectors.member_lists import MemberList, MembersChanged
from connectors.policy import RetryPolicy
from connectors.shortcomings import Shortcomings, not_offered
from connectors.tokens import Grant, TokenKeeper


@dataclass(frozen=True, slots=True)
class HubSpotSettings:
    """Which account, how to log in (a token, or an installed app), how much of it to use."""

    base_url: str = BASE_URL
    access_token: str | None = field(default=None, repr=False)
    oauth: OAuth | None = None
    ca_bundle: str | None = None
    api_share: float = 0.8  # of the account's daily calls, everyone's taken together
    threads: int = 1  # reads in flight; 1 keeps the order of calls the same from run to run
    version: str = "v3"  # or a dated one, 2026-03
    calls_per_10_s: int = 100  # 190 from Professional on, 110 for an OAuth app
    settle_ms: int = 5_000  # the search index is asked no closer to now than this


class HubSpotRemote:
    """contacts and companies to read and write; calls, meetings, notes and tasks to read. Safe for threads."""

    side: SideName = "right"
    objects: Sequence[str] = READABLE

    def __init__(
        self,
        settings: HubSpotSettings,
        clock: Clock,
        entropy: Entropy,
        *,
        keep_refresh_token: Callable[[str], None] | None = None,
        budgets: Budgets | None = None,
        policy: RetryPolicy | None = None,
        mounts: Mapping[str, BaseAdapter] | None = None,
        probe: Callable[[str], None] = lambda point: None,
    ) -> None:
        """`mounts`: URL prefix -> requests adapter, for a door in process. `keep_refresh_token`: see `OAuthLogin`.

        Raises ValueError without a token and without an app.
        """
        base_url = settings.base_url.rstrip("/")
        self._settings, self._clock = settings, clock
        self._unique: dict[str, frozenset[str]] = {}  # object -> properties with unique values; set at creation only
        self._budgets = budgets or MeteredBudgets(
            clock,
            side="right",
            rates={"hs.burst": RateLimit(settings.calls_per_10_s, 10_000), "hs.search": RateLimit(5, 1_000)},
            day_share=settings.api_share,
        )
        self._vendor = HubSpotVendor(clock, self._budgets)
        login, given = None, None
        if settings.oauth is not None:
            app = settings.oauth
            login = OAuthLogin(app, base_url, clock, lambda call: self._transport.send(call), keep_refresh_token)
        elif settings.access_token:
            given = Grant(settings.access_token, base_url)
        self._transport = Transport(
            self._vendor,
            clock,
            entropy,
            TokenKeeper(clock, log_in=login, given=given),
            budgets=self._budgets,
            policy=policy,
            ca_bundle=settings.ca_bundle,
            threads=settings.threads,
            mounts=mounts or {},
            probe=probe,
        )
        self._api = Api(Line(self._transport, settings.version))
        self._reader = Reader(self._api, settings.threads)
        self._writer = Writer(self._api, self._reader)

    @property
    def calls(self) -> CallCount:
        return self._transport.calls

    def identity(self) -> Identity:
        """From the account's details, which also tell when its day begins."""
        details = self._details()
        self._vendor.utc_offset_ms = int(details.get("utcOffsetMilliseconds") or 0)
        kind = str(details.get("accountType") or "")
        portal = str(details.get("portalId") or "")
        return Identity(
            account_id=portal,
            name=str(details.get("uiDomain") or f"portal {portal or 'unknown'}"),
            user_id=None,  # a private app's token belongs to the app, not to a person
            is_sandbox=kind in {"SANDBOX", "DEVELOPER_TEST", "APP_DEVELOPER"},
        )

    def _details(self) -> Mapping[str, Any]:
        """Of the account, by the newer call or the older one; empty where both are refused."""
        try:
            return self._api.details()
        except RemoteError as error:
            if not not_offered(error):
                raise
        try:
            return self._api.me()
        except RemoteError as error:
            if not not_offered(error):
                raise
            self._api.shortcomings.add(
                "AccountUnknown",
                error,
                "HubSpot does not say which account this is: a wrong account cannot be noticed.",
                "Grant the app the scope oauth, or account-info.security.read.",
            )
            return {}

    @property
    def shortcomings(self) -> Shortcomings:
        """What this account does not offer, and goes on without."""
        return self._api.shortcomings

    def server_now_ms(self) -> int:
        now_ms = self._transport.server_now_ms()
        if now_ms is None:
            self.identity()
            now_ms = self._transport.server_now_ms()
        return self._clock.now_ms() if now_ms is None else now_ms  # no Date header at all: our clock is all there is

    def schema(self, object_name: str) -> ObjectSchema:
        """Raises SchemaError for an object that HubSpot or this connector does not know."""
        self._check_readable(object_name)
        schema = object_schema(object_name, self._api.properties(object_name))
        self._unique[object_name] = frozenset(name for name, item in schema.fields.items() if item.unique)
        return schema

    def scan(self, object_name: str, fields: Sequence[str], token: str | None) -> Page:
        self._check_readable(object_name)
        return scan(self._api, self._reader, object_name, fields, token)

    def safe_until_ms(self, object_name: str) -> int:
        """HubSpot promises no bound on the lag of its index: the caller overlaps windows, and sweeps by id at night."""
        return self.server_now_ms() - self._settings.settle_ms

    def changes(self, object_name: str, fields: Sequence[str], since_ms: int, until_ms: int, token: str | None) -> Page:
        self._check_readable(object_name)
        return changes(self._api, self._reader, object_name, fields, since_ms, until_ms, token)

    def vanished(self, object_name: str, since_ms: int, token: str | None) -> Page:
        self._check_readable(object_name)
        return vanished(self._api, self._reader, object_name, since_ms, token)

    def read(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str], history_of: Sequence[str] = ()
    ) -> Mapping[str, Record | None]:
        self._check_readable(object_name)
        return self._reader.read(object_name, ids, fields, history_of)

    def find(self, object_name: str, field_name: str, values: Sequence[str], fields: Sequence[str]) -> Sequence[Record]:
        """Consistent for e-mail addresses of contacts (additional ones too), ids, and properties with unique values.

        Anything else, such as a company's domain, goes by the search index and may lag a write by seconds; the
        caller's own index of what it wrote covers that time.
        """
        self._check_readable(object_name)
        if field_name == "hs_object_id":
            found = self._reader.read(object_name, values, fields).values()
            return [record for record in found if record is not None and record.presence == "live"]
        if (object_name, field_name) == ("contacts", "email") or self._is_unique(object_name, field_name):
            return find_unique(self._reader, object_name, field_name, values, fields)
        return find_by_search(self._api, self._reader, object_name, field_name, values, fields)

    def write(self, writes: Sequence[Write]) -> Sequence[Outcome]:
        for object_name in {write.object for write in writes} - set(WRITABLE):
            raise SchemaError(f"HubSpot {object_name} is only read", side="right", action="Write contacts, companies.")
        return self._writer.write(writes)

    def create_fields(self, specs: Sequence[FieldSpec]) -> Sequence[str]:
        self._unique.clear()
        return create_fields(self._api, specs)

    def owners(self) -> Mapping[str, str]:
        return owners(self._api)

    def associated(self, object_name: str, ids: Sequence[str], target: str) -> Mapping[str, tuple[str, ...]]:
        self._check_readable(object_name)
        self._check_readable(target)
        return associated(self._api, object_name, ids, target)

    def forms(self) -> Sequence[Form]:
        return forms(self._api)

    def submissions(self, form_id: str, token: str | None) -> SubmissionPage:
        return submissions(self._api, form_id, token)

    def list_named(self, object_name: str, name: str, mark: str) -> MemberList | None:
        return lists.list_named(self._api, object_name, name)

    def list_is_there(self, list_id: str) -> bool:
        return lists.list_is_there(self._api, list_id)

    def make_list(self, object_name: str, name: str, mark: str) -> MemberList:
        return lists.make_list(self._api, object_name, name)

    def in_list(self, list_id: str, ids: Sequence[str]) -> frozenset[str]:
        return lists.in_list(self._api, list_id, ids)

    def add_to_list(self, list_id: str, ids: Sequence[str]) -> MembersChanged:
        return lists.change_members(self._api, list_id, ids, adds=True)

    def take_from_list(self, list_id: str, ids: Sequence[str]) -> MembersChanged:
        return lists.change_members(self._api, list_id, ids, adds=False)

    def usage(self) -> Sequence[Usage]:
        return self._budgets.usage()

    def _is_unique(self, object_name: str, field_name: str) -> bool:
        if object_name not in self._unique:
            self.schema(object_name)
        return field_name in self._unique[object_name]

    def _check_readable(self, object_name: str) -> None:
        if object_name not in READABLE:
            raise SchemaError(
                f"HubSpot object {object_name} is not among {', '.join(READABLE)}",
                side="right",
                action="Correct the object's name in the mapping.",
            )
