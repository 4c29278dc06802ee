"""Rolling and daily limits, and the headers that report them.

The ten-second window is per app, the daily count and the search limit per account. Search answers carry no headers.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from sandbox.hubspot.errors import rate_limited, search_limited
from sandbox.hubspot.settings import PortalSettings
from sandbox.hubspot.times import next_midnight_ms

BURST_WINDOW_MS = 10_000
SEARCH_WINDOW_MS = 1_000


@dataclass(slots=True)
class Limits:
    """Counts of calls; a refused call costs nothing."""

    settings: PortalSettings
    bursts: dict[str, deque[int]] = field(default_factory=dict)
    searches: deque[int] = field(default_factory=deque)
    used_today: int = 0
    resets_ms: int = 0

    def _daily(self, now_ms: int, request_id: str) -> None:
        if now_ms >= self.resets_ms:
            self.used_today = 0
            self.resets_ms = next_midnight_ms(now_ms, self.settings.time_zone)
        if self.used_today >= self.settings.daily_limit:
            raise rate_limited("DAILY", request_id)

    def take_search(self, now_ms: int, request_id: str, *, daily: bool) -> None:
        """Counts one search. Raises PortalRefusal 429."""
        if daily:
            self._daily(now_ms, request_id)
        _forget(self.searches, now_ms - SEARCH_WINDOW_MS)
        if len(self.searches) >= self.settings.search_limit:
            raise search_limited()
        self.searches.append(now_ms)
        self.used_today += daily

    def take(self, app: str, now_ms: int, request_id: str, *, burst_limit: int | None, daily: bool) -> None:
        """Counts one call of an app; `burst_limit` None: outside the ten-second window. Raises PortalRefusal 429."""
        if daily:
            self._daily(now_ms, request_id)
        window = self.bursts.setdefault(app, deque())
        _forget(window, now_ms - BURST_WINDOW_MS)
        if burst_limit is not None:
            if len(window) >= burst_limit:
                raise rate_limited("TEN_SECONDLY_ROLLING", request_id)
            window.append(now_ms)
        self.used_today += daily

    def headers(self, app: str, limit: int, *, daily: bool) -> dict[str, str]:
        """`X-HubSpot-RateLimit-*` of an answer; a token bought by OAuth is told no daily figures."""
        left = max(0, limit - len(self.bursts.get(app, ())))
        window = {
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(BURST_WINDOW_MS),
            "X-HubSpot-RateLimit-Max": str(limit),
            "X-HubSpot-RateLimit-Remaining": str(left),
            "X-HubSpot-RateLimit-Secondly": str(limit // 10),
            "X-HubSpot-RateLimit-Secondly-Remaining": str(min(left, limit // 10)),
        }
        if not daily:
            return window
        return {
            "X-HubSpot-RateLimit-Daily": str(self.settings.daily_limit),
            "X-HubSpot-RateLimit-Daily-Remaining": str(max(0, self.settings.daily_limit - self.used_today)),
            **window,
        }


def _forget(window: deque[int], until_ms: int) -> None:
    while window and window[0] <= until_ms:
        window.popleft()
