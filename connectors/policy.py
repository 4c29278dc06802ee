"""When a call may be repeated, how long to wait before it, and when to stop trying: pure rules and one small fuse."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from tenacity import RetryCallState

from connectors.base import Clock, Entropy, RemoteError, SideName, TransientError

DEFAULT_TIMEOUT_S: Final = (5.0, 60.0)  # connect, read


class Effect(StrEnum):
    """What a repetition of the call would do; the only thing that decides whether a lost answer may be repeated."""

    READ = "read"  # nothing: searches by POST are reads too
    KEYED_WRITE = "keyed_write"  # the same again: upsert on our key, absolute update, archive
    UNKEYED_WRITE = "unkeyed_write"  # a second thing: plain create


# Refused at the door: the server did nothing. Every other 5xx may have been carried out.
NOT_DONE: Final = frozenset({406, 408, 420, 425, 429, 503, 521, 522, 523, 525, 526})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How hard one call tries. `total_wait_s` bounds the sum of its waits: a longer Retry-After goes to the caller."""

    attempts: int = 5
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0
    total_wait_s: float = 60.0
    timeout_s: tuple[float, float] = DEFAULT_TIMEOUT_S
    same_again: frozenset[str] = frozenset()  # codes that the same call would only meet again: the caller changes it

    def may_retry(self, error: BaseException) -> bool:
        """Only what certainly was not done; `UnknownOutcomeError` is settled by reading, above."""
        return isinstance(error, TransientError) and error.code not in self.same_again

    def timeouts(self) -> tuple[float, float]:
        """Connect and read time-out in seconds; zero or less would mean "wait for ever" and becomes the default."""
        connect_s, read_s = self.timeout_s
        return (connect_s if connect_s > 0 else DEFAULT_TIMEOUT_S[0], read_s if read_s > 0 else DEFAULT_TIMEOUT_S[1])

    def wait(self, entropy: Entropy) -> Callable[[RetryCallState], float]:
        """tenacity's wait: what the server asked for, else full jitter under a doubling ceiling, in seconds."""

        def seconds(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            if isinstance(error, RemoteError) and error.retry_after_s is not None:
                return error.retry_after_s
            ceiling = min(self.longest_wait_s, self.first_wait_s * 2.0 ** (state.attempt_number - 1))
            return entropy.uniform() * ceiling

        return seconds

    def stop(self) -> Callable[[RetryCallState], bool]:
        """tenacity's stop: attempts used up, or the next wait would break the bound on all waits."""

        def over(state: RetryCallState) -> bool:
            return state.attempt_number >= self.attempts or state.idle_for + state.upcoming_sleep > self.total_wait_s

        return over


def parse_retry_after(value: str | None, server_now_ms: int) -> float | None:
    """Retry-After as seconds or HTTP date, in seconds from now; None for garbage, which is then as if not sent."""
    if not value:
        return None
    text = value.strip()
    try:
        if text.replace(".", "", 1).isdecimal():
            return float(text)
        return max(0.0, (http_date_ms(text) - server_now_ms) / 1000)
    except ValueError:
        return None


def http_date_ms(text: str) -> int:
    """An HTTP date as ms UTC. Raises ValueError on anything else."""
    try:
        return int(parsedate_to_datetime(text).timestamp() * 1000)
    except (TypeError, IndexError) as error:
        raise ValueError(f"no HTTP date: {text[:40]!r}") from error


class Fuse:
    """Fails calls fast for a while after a row of calls that gave up, so that a dead system is not hammered."""

    def __init__(self, clock: Clock, side: SideName | None, blows_at: int = 5, cool_down_s: float = 30.0) -> None:
        self._clock, self._side, self._blows_at, self._cool_down_s = clock, side, blows_at, cool_down_s
        self._failures, self._open_until_ms = 0, 0
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raises TransientError while the cool-down lasts; after it one call is let through to try."""
        left_ms = self._open_until_ms - self._clock.now_ms()
        if 0 < left_ms <= self._cool_down_s * 1000:
            raise TransientError(
                "the system did not answer for a while; not asked again yet",
                side=self._side,
                retry_after_s=left_ms / 1000,
            )

    def gave_up(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= self._blows_at:
                self._open_until_ms = self._clock.now_ms() + int(self._cool_down_s * 1000)
                self._failures = self._blows_at - 1  # the trial call alone decides next time

    def answered(self) -> None:
        if self._failures:
            with self._lock:
                self._failures = 0
