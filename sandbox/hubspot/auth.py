"""Who may call: private-app tokens, OAuth grants with refresh and expiry, scopes.

A token stands for an actor of the ledger and for an app; scopes are the app's and can be taken away while tokens live.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.hubspot.draws import Draws
from sandbox.hubspot.errors import PortalRefusal, expired_token, no_credentials
from sandbox.hubspot.times import iso

_TYPES = ("contacts", "companies", "deals", "leads", "tickets", "users")
ALL_SCOPES: tuple[str, ...] = (
    "oauth",
    "tickets",
    "forms",
    "crm.objects.owners.read",
    *(f"crm.objects.{name}.{verb}" for name in _TYPES for verb in ("read", "write")),
    *(f"crm.schemas.{name}.{verb}" for name in (*_TYPES[:3], "custom") for verb in ("read", "write")),
    "crm.lists.read",
    "crm.lists.write",
    "communication_preferences.read",
    "communication_preferences.read_write",
    "communication_preferences.write",
    "sales-email-read",
)


@dataclass(slots=True)
class App:
    """One installed app; its limits and scopes are shared by all its tokens."""

    actor: str
    app_id: int
    user_id: int
    scopes: set[str]
    client_id: str = ""
    client_secret: str = ""
    redirect_uri: str = ""


@dataclass(slots=True)
class Token:
    value: str
    actor: str
    kind: str  # private, access, refresh, code
    expires_ms: int | None = None


def oauth_error(error: str, description: str, status: str) -> PortalRefusal:
    """Token errors carry RFC 6749's fields and HubSpot's; clients look at `status`."""
    refusal = PortalRefusal(400, description, code=status)
    refusal.extra = {"error": error, "error_description": description, "status": status, "message": description}
    return refusal


@dataclass(slots=True)
class Tokens:
    """The portal's apps and tokens."""

    life_s: int
    rotate: bool
    draws: Draws
    apps: dict[str, App] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)

    def install(
        self,
        actor: str,
        app_id: int,
        *,
        scopes: Iterable[str] = ALL_SCOPES,
        user_id: int = 9_000_001,
        client_id: str = "",
        client_secret: str = "",
        redirect_uri: str = "",
    ) -> App:
        app = App(actor, app_id, user_id, set(scopes), client_id, client_secret, redirect_uri)
        self.apps[actor] = app
        return app

    def grant(self, actor: str, kind: str, now_ms: int, value: str | None = None) -> str:
        """Issues a token: `private` and `refresh` do not expire by time, `access` does, a `code` serves once."""
        made = value or self._fresh(kind)
        expires_ms = now_ms + self.life_s * 1000 if kind == "access" else None
        self.tokens[made] = Token(made, actor, kind, expires_ms)
        return made

    def _fresh(self, kind: str) -> str:
        digits = f"{self.draws.bits('token'):032x}"
        prefix = {"private": "pat-na1-", "refresh": "na1-", "code": "na1-code-"}.get(kind, "CJ")
        return f"{prefix}{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def revoke(self, value: str) -> bool:
        return self.tokens.pop(value, None) is not None

    def expire(self, value: str, now_ms: int) -> None:
        """Ends an access token now, as an early expiry would."""
        self.tokens[value].expires_ms = now_ms

    def authenticate(self, header: str | None, now_ms: int) -> Token:
        """The token of an Authorization header. Raises PortalRefusal 401."""
        scheme, _, value = (header or "").partition(" ")
        token = self.tokens.get(value.strip()) if scheme.lower() == "bearer" else None
        if token is None or token.kind not in ("private", "access"):
            raise no_credentials()
        if token.expires_ms is not None and token.expires_ms <= now_ms:
            raise expired_token((now_ms - token.expires_ms) // 1000, iso(token.expires_ms))
        return token

    def app_of_client(self, client_id: str, client_secret: str) -> App:
        for app in self.apps.values():
            if app.client_id and app.client_id == client_id and app.client_secret == client_secret:
                return app
        raise oauth_error("invalid_client", "missing or unknown client id", "BAD_CLIENT_ID")

    def take(self, value: str, kind: str, app: App) -> Token:
        """A refresh token or an authorisation code of this app. Raises PortalRefusal 400."""
        token = self.tokens.get(value)
        if token is None or token.kind != kind or token.actor != app.actor:
            if kind == "code":
                raise oauth_error("invalid_grant", "missing or invalid auth code", "BAD_AUTH_CODE")
            raise oauth_error("invalid_grant", "refresh token is invalid, expired or revoked", "BAD_REFRESH_TOKEN")
        return token
