"""What differs from org to org: identity, apps, limits, rules of the admin, and quirks that a simulation may switch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class ClientApp:
    """One connected app. `name` becomes the ledger's actor: `engine:<name>`."""

    name: str = "syncer"
    client_id: str = "3MVG9syncer"
    client_secret: str = "sandbox-secret"  # noqa: S105 - a model's
    public_key: str | None = None  # PEM of the certificate that checks JWT assertions; None: no JWT log-in
    approved_users: tuple[str, ...] = ("sync@acme.example",)
    run_as: str | None = "sync@acme.example"  # user of the client-credentials flow; None: not enabled
    refresh_tokens: tuple[str, ...] = ("5Aep861sandbox",)  # of the first approved user
    rotate_refresh_tokens: bool = False
    grants: frozenset[str] = frozenset({"jwt", "client_credentials", "refresh_token", "password"})


@dataclass(frozen=True, slots=True)
class Condition:
    """One part of a validation rule: the rule refuses a row for which all its conditions hold."""

    field: str
    test: Literal["blank", "filled", "equals", "differs", "contains", "longer", "above", "below"]
    value: Any = None


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """An admin's rule; answers FIELD_CUSTOM_VALIDATION_EXCEPTION with `message`, at `field` or at the page."""

    object: str
    message: str
    conditions: tuple[Condition, ...]
    field: str | None = None


@dataclass(frozen=True, slots=True)
class DuplicateRule:
    """An admin's rule: all of `fields` equal (text without case, none blank) on a live row of one of `against`."""

    object: str
    name: str
    fields: tuple[str, ...] = ("Email",)
    against: tuple[str, ...] = ()  # empty: the object itself
    action: Literal["block", "alert"] = "alert"
    on_update: bool = True
    message: str = "You're creating a duplicate record. We recommend you use an existing record instead."


@dataclass(frozen=True, slots=True)
class OrgSettings:
    """One org's configuration; defaults are an Enterprise production org in which the API may do everything.

    Durations are virtual: they follow the clock handed to the org.
    """

    name: str = "Acme"
    instance_url: str = "https://acme.my.salesforce.com"
    login_url: str = "https://login.salesforce.com"
    edition: str = "Enterprise Edition"
    is_sandbox: bool = False
    username: str = "sync@acme.example"  # the integration user
    password: str = "sandbox"  # noqa: S105 - a model's
    apps: tuple[ClientApp, ...] = field(default_factory=lambda: (ClientApp(),))
    audiences: tuple[str, ...] = ()  # accepted besides login_url, instance_url and the two public hosts
    jwt_life_s: int = 300  # an assertion may expire at most this much later
    session_life_s: int = 7_200  # from issue; using a session does not prolong it
    soap_login: bool = True
    daily_limit: int = 100_000  # calls in a rolling 24 hours
    oldest_version: int = 31
    newest_version: int = 68
    commit_lag_ms: tuple[int, int] = (0, 0)  # edits of others than the API become visible this much after their stamp
    replication_by_minute: bool = False  # getUpdated and getDeleted ignore the seconds of their span
    may_customize: bool = True  # the integration user may make fields and permission sets
    seed: int = 1
    auto_assign_to: str | None = None  # user name whom an active assignment rule makes the owner of Leads
    validation_rules: tuple[ValidationRule, ...] = ()
    duplicate_rules: tuple[DuplicateRule, ...] = ()
    edit_converted_leads: bool = False
    recycle_bin_days: int = 15
    bulk_delay_ms: int = 1_000  # from the start of a Bulk job to its end
    bulk_rows_a_day: int = 150_000_000  # of ingest in a rolling 24 hours; a job that goes beyond fails half done
    bulk_queries_a_day: int = 10_000  # query jobs in a rolling 24 hours
    bulk_query_most_rows: int | None = None  # a Bulk query that finds more gives up, as slow ones do
    formulas: Mapping[str, str] = field(default_factory=dict)  # `Contact.Account_Industry__c` -> `Account.Industry`
