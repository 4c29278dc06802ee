"""What differs from portal to portal: identity, limits, and the quirks that a simulation may switch."""

from __future__ import annotations

from dataclasses import dataclass

FREE_MAIL = frozenset(
    {
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "yahoo.com",
        "icloud.com",
        "aol.com",
        "gmx.de",
        "web.de",
    }
)


@dataclass(frozen=True, slots=True)
class PortalSettings:
    """One portal's configuration; defaults are a Professional portal with a lively search index.

    Quirks whose real behaviour is not documented are settings, so that a worker can be tried under both.
    """

    seed: int = 0  # of everything the portal draws: lags, orders of answers, ids of tokens
    portal_id: int = 1234567
    hub_domain: str = "sandbox.example"
    time_zone: str = "US/Eastern"
    account_type: str = "DEVELOPER_TEST"
    currency: str = "USD"
    api_base: str = "https://api.hubapi.com"  # of paging links: its scheme, and its host where a request names none
    app_id: int = 424242  # the app behind the integration user's token: sourceId of its edits
    # The integration user's own app: a private one, and the same by OAuth.
    access_token: str = "pat-na1-5a4db0c5-0000-4000-8000-000000000001"  # noqa: S105 - of the sandbox
    client_id: str = "5a4db0c5-client"  # the same app by OAuth
    client_secret: str = "5a4db0c5-secret"  # noqa: S105 - of the sandbox
    refresh_token: str = "na1-5a4db0c5-refresh"  # noqa: S105 - of the sandbox
    redirect_uri: str = "https://127.0.0.1/oauth-callback"
    burst_limit: int = 190  # calls in ten seconds, per private app
    oauth_burst_limit: int = 110  # the same for a token bought by OAuth, which has no daily limit
    daily_limit: int = 650_000
    search_limit: int = 5  # searches a second, per account
    access_token_life_s: int = 1800
    rotate_refresh_tokens: bool = False
    index_lag_ms: tuple[int, int] = (200, 5_000)  # a write shows in search this much later; (0, 0): at once
    computed_lag_ms: tuple[int, int] = (0, 0)  # calculated properties follow a write by this much; (0, 0): never
    auto_associate_companies: bool = False
    auto_associate_lag_ms: tuple[int, int] = (1_000, 30_000)
    batch_read_follows_merges: bool = True
    unchanged_write_moves_modified: bool = False
    cleared_reads_as_empty: bool = False  # a cleared value reads "" instead of null
    lifecycle_forward_only: bool = True
    free_mail_domains: frozenset[str] = FREE_MAIL
