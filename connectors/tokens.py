"""Log-in state shared by the threads of one side: one log-in at a time, one renewal for all who were refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from connectors.base import Clock

YOUNG_MS: Final = 3_000


@dataclass(frozen=True, slots=True)
class Grant:
    """What a log-in gave: the token, and the address that serves it (no trailing slash)."""

    token: str
    base_url: str
    expires_ms: int | None = None  # our clock, with a margin; None: it does not say

    def __repr__(self) -> str:
        return f"Grant({self.base_url})"  # never the token


class TokenKeeper:
    """Holds the current grant; `log_in` is None for a token that was given and cannot be renewed."""

    def __init__(self, clock: Clock, *, log_in: Callable[[], Grant] | None = None, given: Grant | None = None) -> None:
        if log_in is None and given is None:
            raise ValueError("either a token or a way to log in is needed")
        self._clock, self._log_in, self._grant = clock, log_in, given
        self._obtained_ms: int | None = None
        self._taken = False  # whether a call with the current grant was answered
        self._lock = threading.Lock()

    def grant(self) -> Grant:
        """The current grant; logs in at first use. Raises what the log-in raises."""
        grant = self._grant
        if grant is not None and not self._expired(grant):
            return grant
        with self._lock:
            grant = self._grant
            return grant if grant is not None and not self._expired(grant) else self._renew_locked()

    def renew(self, refused: Grant) -> Grant | None:
        """A grant newer than the refused one, or None where asking again cannot help.

        A second thread that was refused with the same old token gets the first one's new grant. A token that was
        refused within seconds of its birth, and never taken, is not renewed: the fault is elsewhere, and a loop would
        lock the user out.
        """
        with self._lock:
            if self._grant is not None and self._grant is not refused:
                return self._grant
            if self._log_in is None:
                return None
            young = self._obtained_ms is not None and 0 <= self._clock.now_ms() - self._obtained_ms < YOUNG_MS
            if young and not self._taken:
                return None
            return self._renew_locked()

    def taken(self, grant: Grant) -> None:
        """The system answered a call that carried it."""
        if grant is self._grant:
            self._taken = True

    def _expired(self, grant: Grant) -> bool:
        """Whether its lifetime is over; a token that was given has none that we could renew."""
        return self._log_in is not None and grant.expires_ms is not None and self._clock.now_ms() >= grant.expires_ms

    def _renew_locked(self) -> Grant:
        if self._log_in is None:
            raise AssertionError("a keeper without a log-in always holds a grant")
        self._grant = grant = self._log_in()
        self._taken = False
        self._obtained_ms = self._clock.now_ms()
        return grant
