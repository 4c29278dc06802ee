"""Log-in: a token that was given, or OAuth access tokens bought with a refresh token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from connectors.base import Clock, ProtocolError
from connectors.http import Answer, Call
from connectors.hubspot.words import TOKEN_PATH
from connectors.policy import Effect
from connectors.tokens import Grant

_MARGIN_S = 60.0  # a token is renewed this long before its end, or at nine tenths of a short life


@dataclass(frozen=True, slots=True)
class OAuth:
    """An installed app. The refresh token dies when the app is uninstalled or another takes its place."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)


class OAuthLogin:
    """Buys access tokens; a new refresh token is stored by `keep` before the old one is let go.

    A crash between the answer and `keep` leaves the old token in use, which HubSpot still takes. Raises AuthError with
    the action for a person where HubSpot refuses (BAD_REFRESH_TOKEN and its kin), which is never repeated.
    """

    def __init__(
        self,
        app: OAuth,
        base_url: str,
        clock: Clock,
        send: Callable[[Call], Answer],
        keep: Callable[[str], None] | None = None,
    ) -> None:
        self._app, self._base_url, self._clock, self._send = app, base_url, clock, send
        self._refresh_token = app.refresh_token
        self._keep = keep

    def __call__(self) -> Grant:
        form = {
            "grant_type": "refresh_token",
            "client_id": self._app.client_id,
            "client_secret": self._app.client_secret,
            "refresh_token": self._refresh_token,
        }
        answer = self._send(
            Call(
                "POST",
                self._base_url + TOKEN_PATH,
                "oauth",
                Effect.READ,  # buying twice gives two valid tokens
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                body=urlencode(form).encode(),
                authorised=False,
            )
        )
        value = answer.value if isinstance(answer.value, dict) else {}
        token = value.get("access_token")
        if not token:
            raise ProtocolError("HubSpot's log-in answered without a token", side="right", action="Check base_url.")
        self._rotate(value.get("refresh_token"))
        # A 401 is no sign that a token ended; HubSpot says to go by expires_in.
        life_s = float(value.get("expires_in") or 0)
        usable_s = max(life_s - _MARGIN_S, life_s * 0.9)
        expires_ms = self._clock.now_ms() + int(usable_s * 1000) if life_s else None
        return Grant(str(token), self._base_url, expires_ms)

    def _rotate(self, refresh_token: str | None) -> None:
        if not refresh_token or refresh_token == self._refresh_token:
            return
        if self._keep is not None:
            self._keep(refresh_token)
        self._refresh_token = refresh_token
