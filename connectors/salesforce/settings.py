"""What a Salesforce connection is told by the configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from connectors.salesforce.words import API_VERSION, QUERY_PAGE


@dataclass(frozen=True, slots=True)
class SalesforceSettings:
    """Address, log-in, limits. `private_key` is PEM text or the path of a PEM file; secrets never show in a repr."""

    login_url: str = "https://login.salesforce.com"
    instance_url: str | None = None  # needed for auth = "token"; else the log-in names it
    api_version: str = API_VERSION
    auth: Literal["jwt", "client_credentials", "token", "refresh_token"] = "jwt"
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    username: str = ""
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    audience: str | None = None  # of the JWT; derived from login_url where not given
    ca_bundle: str | None = None
    api_share: float = 0.8  # of the org's daily calls, counting everyone's
    calls_per_10_s: int = 1_000  # our own pace; slows down by itself where the org reports bursts or too many at once
    threads: int = 4
    bulk_from: int = 10_000  # rows above which a scan is a Bulk job; 0: never
    page_size: int = QUERY_PAGE  # rows of a query page, 200 to 2,000; the server may send fewer
    settle_ms: int = 2_000  # distance kept from the server's clock
    look_back_ms: int = 600_000  # kept instead of it where getUpdated is refused
