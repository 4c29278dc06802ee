"""Log-in: JWT bearer, client credentials, refresh token, or a token that was given. SOAP log-in is not offered.

Source: OAuth 2.0 JWT bearer, client-credentials and refresh flows. Nothing here stores a secret; a rotated refresh
token is handed to `on_rotate` before the access token that came with it is used, so that a crash cannot lose it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import jwt

from connectors.base import AuthError, Clock
from connectors.http import Answer, Call
from connectors.salesforce.settings import SalesforceSettings
from connectors.tokens import Grant

TOKEN_PATH: Final = "/services/oauth2/token"  # noqa: S105 - a path
_JWT_LIFE_S: Final = 180
_SKEW_MS: Final = 60_000  # a clock that is off by less does not make an assertion expire
_JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def given_grant(settings: SalesforceSettings) -> Grant | None:
    """The grant of `auth = "token"`, None for the other ways."""
    if settings.auth != "token":
        return None
    if not settings.access_token or not settings.instance_url:
        raise _misconfigured('auth = "token" needs access_token and instance_url')
    return Grant(settings.access_token, base_url(settings.instance_url))


def base_url(instance_url: str) -> str:
    """The address without a trailing slash. Raises AuthError for a browser address or one without TLS off loopback.

    A path is kept on this machine alone, where a stand-in may live under one; Salesforce has none.
    """
    parts = urlsplit(instance_url)
    host = parts.hostname or ""
    if ".lightning." in host:
        raise _misconfigured("instance_url is a Lightning page; use the My Domain address (….my.salesforce.com)")
    local = host in ("127.0.0.1", "localhost", "::1")
    if not host or (parts.scheme != "https" and not (local and parts.scheme == "http")):
        raise _misconfigured("instance_url must be an https address")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') if local else ''}"


class LogIn:
    """One log-in per call, through `send`; raises AuthError with what a person must do, or TransientError."""

    def __init__(
        self,
        settings: SalesforceSettings,
        clock: Clock,
        send: Callable[[Call], Answer],
        on_rotate: Callable[[str], None] | None = None,
        server_now_ms: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._settings, self._clock, self._send = settings, clock, send
        self._on_rotate, self._server_now_ms = on_rotate, server_now_ms
        self._refresh_token = settings.refresh_token

    def __call__(self) -> Grant:
        """Once more by the server's clock where ours is so far off that an assertion of ours reads as expired."""
        unheard = self._server_now_ms() is None
        try:
            return self._log_in()
        except AuthError as error:
            server_ms = self._server_now_ms()
            if error.code != "invalid_grant" or self._settings.auth != "jwt" or not unheard or server_ms is None:
                raise
            if abs(server_ms - self._clock.now_ms()) < _SKEW_MS:
                raise
            return self._log_in()

    def _log_in(self) -> Grant:
        form, headers = _FLOWS[self._settings.auth](self)
        reply = self._send(
            Call(
                "POST",
                self._settings.login_url.rstrip("/") + TOKEN_PATH,
                "token",
                headers={"Content-Type": "application/x-www-form-urlencoded", **headers},
                body=urlencode(form).encode(),
                authorised=False,
            )
        ).value
        if not isinstance(reply, Mapping) or not isinstance(reply.get("access_token"), str):
            raise AuthError("the log-in answered without a token", side="left", action="Check login_url.")
        self._rotate(reply)
        instance = self._settings.instance_url or reply.get("instance_url")
        if not instance:
            raise _misconfigured("the log-in named no instance; set instance_url")
        return Grant(reply["access_token"], base_url(instance))

    def _rotate(self, reply: Mapping[str, Any]) -> None:
        fresh = reply.get("refresh_token")
        if not fresh or fresh == self._refresh_token:
            return
        if self._on_rotate is not None:
            self._on_rotate(fresh)
        self._refresh_token = fresh

    def _jwt(self) -> tuple[dict[str, str], dict[str, str]]:
        settings = self._settings
        claims = {
            "iss": settings.client_id,
            "sub": settings.username,
            "aud": settings.audience or audience(settings.login_url),
            "exp": (self._server_now_ms() or self._clock.now_ms()) // 1000 + _JWT_LIFE_S,
        }
        try:
            assertion = jwt.encode(claims, _pem(settings.private_key), algorithm="RS256")
        except (ValueError, TypeError, OSError, jwt.PyJWTError) as error:
            raise _misconfigured(f"private_key is no usable RSA key ({type(error).__name__})") from None
        return {"grant_type": _JWT_BEARER, "assertion": assertion}, {}

    def _client_credentials(self) -> tuple[dict[str, str], dict[str, str]]:
        settings = self._settings
        if (urlsplit(settings.login_url).hostname or "") in ("login.salesforce.com", "test.salesforce.com"):
            raise _misconfigured("client credentials need the My Domain address as login_url")
        pair = base64.b64encode(f"{settings.client_id}:{settings.client_secret}".encode()).decode()
        return {"grant_type": "client_credentials"}, {"Authorization": f"Basic {pair}"}

    def _refresh(self) -> tuple[dict[str, str], dict[str, str]]:
        settings = self._settings
        form = {
            "grant_type": "refresh_token",
            "client_id": settings.client_id,
            "refresh_token": self._refresh_token,
        }
        if settings.client_secret:
            form["client_secret"] = settings.client_secret
        return form, {}


_FLOWS: Final[Mapping[str, Callable[[LogIn], tuple[dict[str, str], dict[str, str]]]]] = {
    "jwt": LogIn._jwt,
    "client_credentials": LogIn._client_credentials,
    "refresh_token": LogIn._refresh,
}


def audience(login_url: str) -> str:
    """Whom a JWT is for: the two public hosts for Salesforce's own domains, else the address itself."""
    host = urlsplit(login_url).hostname or ""
    if not host.endswith(".salesforce.com"):
        return login_url.rstrip("/")
    sandbox = host == "test.salesforce.com" or ".sandbox.my." in host
    return f"https://{'test' if sandbox else 'login'}.salesforce.com"


def _pem(key: str) -> str:
    return key if key.lstrip().startswith("-----BEGIN") else Path(key).read_text(encoding="utf-8")


def _misconfigured(message: str) -> AuthError:
    return AuthError(message, side="left", code="CONFIGURATION", action="Correct the [salesforce] section.")
