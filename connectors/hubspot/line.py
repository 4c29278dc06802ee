"""Between the client library and the transport: what kind of call a path is, and what its answers mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from connectors.base import Clock, RemoteError, SideName, Usage
from connectors.budget import Budgets
from connectors.http import Answer, Call, Transport
from connectors.hubspot.errors import error_for
from connectors.policy import Effect, parse_retry_after

_JSON: Final[Mapping[str, str]] = {"Content-Type": "application/json"}
_ORDINARY: Final[Mapping[str, int]] = {"hs.burst": 1, "hs.day": 1}
_SEARCH: Final[Mapping[str, int]] = {"hs.search": 1, "hs.day": 1}
_DAY_MS: Final = 86_400_000

# (path, class of endpoint, effect of a repetition), first match wins. A POST is a read where it only asks, and all our
# writes are keyed: by our unique property, by an id with absolute values, by a name.
_KINDS: Final = tuple(
    (re.compile(pattern), endpoint, effect)
    for pattern, endpoint, effect in (
        (r"GET /crm/v3/lists/", "lists", Effect.READ),
        (r"(POST|PUT) /crm/v3/lists/", "lists", Effect.KEYED_WRITE),
        (r"GET /crm/[^?]*/objects/[^/?]+/[^/?]+", "get", Effect.READ),
        (r"GET /crm/[^?]*/objects/", "list", Effect.READ),
        (r"POST /crm/[^?]*/search$", "search", Effect.READ),
        (r"POST /crm/[^?]*associations.*/batch/read", "associations", Effect.READ),
        (r"POST /crm/[^?]*/batch/read", "batch_read", Effect.READ),
        (r"POST /crm/[^?]*associations", "associate", Effect.KEYED_WRITE),
        (r"POST /crm/[^?]*/batch/upsert", "batch_upsert", Effect.KEYED_WRITE),
        (r"POST /crm/[^?]*/batch/update", "batch_update", Effect.KEYED_WRITE),
        (r"POST /crm/[^?]*/batch/archive", "batch_archive", Effect.KEYED_WRITE),
        (r"GET /crm/[^?]*owners", "owners", Effect.READ),
        (r"GET /crm/[^?]*properties", "properties", Effect.READ),
        (r"POST /crm/[^?]*properties", "setup", Effect.KEYED_WRITE),
        (r"GET /(account-info|integrations)/", "account", Effect.READ),
        (r"GET /(marketing|form-integrations)/", "forms", Effect.READ),
    )
)

# Where the dated versions put what v3 and v4 serve; the rest of each path is the same.
_DATED: Final = (
    ("/crm/v3/objects/", "/crm/objects/{version}/"),
    ("/crm/v4/associations/", "/crm/associations/{version}/"),
    ("/crm/v3/properties/", "/crm/properties/{version}/"),
    ("/crm/v3/owners/", "/crm/owners/{version}/"),
    ("/crm/v3/lists/", "/crm/lists/{version}/"),
    ("/account-info/v3/", "/account-info/{version}/"),
    ("/integrations/v1/", "/integrations/v1/"),  # has no dated form
    ("/marketing/v3/", "/marketing/{version}/"),
    ("/form-integrations/v1/", "/form-integrations/v1/"),  # has no dated form
)


class Line:
    """Sends what the library asks for. `version` is `v3` (with v4 associations) or a dated one such as `2026-03`."""

    def __init__(self, transport: Transport, version: str = "v3") -> None:
        self._transport = transport
        self._version = version

    def send(self, method: str, path: str, body: bytes | None) -> Answer:
        """Raises what the transport raises; an answer is always a success with JSON or without a body."""
        endpoint, effect = _kind(f"{method} {path}")
        return self._transport.send(
            Call(
                method,
                path if self._version == "v3" else _dated(path, self._version),
                endpoint,
                effect,
                headers=_JSON if body is not None else {},
                body=body,
                spends=_SEARCH if endpoint == "search" else _ORDINARY,
            )
        )


def _kind(request: str) -> tuple[str, Effect]:
    for pattern, endpoint, effect in _KINDS:
        if pattern.match(request):
            return endpoint, effect
    raise LookupError(f"no kind of call is known for {request.partition('?')[0]}")


def _dated(path: str, version: str) -> str:
    for prefix, dated in _DATED:
        if path.startswith(prefix):
            return dated.format(version=version) + path.removeprefix(prefix)
    raise LookupError(f"no dated form is known for {path.partition('?')[0]}")


class HubSpotVendor:
    """HubSpot's refusals and limit headers, for the transport."""

    side: SideName = "right"

    def __init__(self, clock: Clock, budgets: Budgets) -> None:
        self._clock, self._budgets = clock, budgets
        self.utc_offset_ms: int | None = None  # of the account: its day begins at its own midnight

    def error(self, answer: Answer) -> RemoteError:
        error = error_for(answer.status, answer.value, answer.body, self._retry_after_s(answer))
        if error.kind == "quota" and error.retry_after_s is None:
            resets_ms = self._day_ends_ms()
            error.retry_after_s = None if resets_ms is None else (resets_ms - self._clock.now_ms()) / 1000
        return error

    def renewable(self, answer: Answer) -> bool:
        """Any 401: HubSpot's categories do not tell an expired token from a revoked one with certainty."""
        return True

    def heard(self, answer: Answer, call: Call) -> None:
        """`X-HubSpot-RateLimit-*`. OAuth apps get no daily figures, and search answers carry none at all."""
        headers = answer.headers
        if answer.status == 429:
            self._budgets.refused("hs.search" if call.endpoint == "search" else "hs.burst")
        limit, left = (
            _number(headers.get("X-HubSpot-RateLimit-Max")),
            _number(headers.get("X-HubSpot-RateLimit-Remaining")),
        )
        if limit is not None and left is not None:
            self._budgets.heard_window("hs.burst", left, limit)
        limit = _number(headers.get("X-HubSpot-RateLimit-Daily"))
        left = _number(headers.get("X-HubSpot-RateLimit-Daily-Remaining"))
        if limit is not None and left is not None:
            self._budgets.heard_usage(Usage("hs.day", limit - left, limit, self._day_ends_ms()))

    def _retry_after_s(self, answer: Answer) -> float | None:
        """Not documented for the API and never recorded; honoured where it stands. On 477 it is in seconds too."""
        return parse_retry_after(answer.headers.get("Retry-After"), self._clock.now_ms())

    def _day_ends_ms(self) -> int | None:
        """The account's next midnight. A shift of summer time within the day makes it an hour wrong: harmless."""
        if self.utc_offset_ms is None:
            return None
        now_ms = self._clock.now_ms()
        return now_ms + _DAY_MS - (now_ms + self.utc_offset_ms) % _DAY_MS


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None
