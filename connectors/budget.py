"""Rate and daily allowances: every call names what it spends; servers' headers correct the picture.

Rates are token buckets of pyrate-limiter (GCRA) stepped with our own clock, so that virtual time works; the state may
live in a shared store. A bucket holds 10 % of a window and refills at 90 % of the limit, because vendors count rolling
windows and a full bucket lets twice the limit through at a boundary.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from pyrate_limiter import InMemoryStateStore, Rate, StateStore, TokenBucket

from connectors.base import Clock, QuotaError, SideName, TransientError, Usage

LONGEST_WAIT_S: Final = 60.0
UNKNOWN_RESET_MS: Final = 1_800_000  # a rolling allowance names no reset: look again after half an hour
_CHANGE_EVERY_MS: Final = 300
_SLOWEST: Final = 0.1  # of the configured rate


class Budgets(Protocol):
    """The hook of the transport; implementations are shared by the threads of one side."""

    def spend(self, weights: Mapping[str, int]) -> None:
        """Waits until all are granted. Raises QuotaError for a spent day, TransientError for too long a wait."""

    def heard_usage(self, usage: Usage) -> None:
        """A daily figure as the vendor reported it."""

    def heard_window(self, name: str, remaining: int, limit: int) -> None:
        """What is left of a short window, from an answer's headers."""

    def refused(self, name: str) -> None:
        """The vendor answered 429 for this budget."""

    def usage(self) -> Sequence[Usage]: ...


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A vendor's short window: `limit` calls in `window_ms`."""

    limit: int
    window_ms: int

    def rate(self, factor: float) -> Rate:
        steady = max(1, int(self.limit * 0.9 * factor))
        return Rate(steady, self.window_ms, burst=max(1, self.limit // 10))


@dataclass(slots=True)
class _Bucket:
    limit: RateLimit
    store: StateStore
    factor: float = 1.0
    changed_ms: int = 0
    rate: Rate = field(init=False)

    def __post_init__(self) -> None:
        self.rate = self.limit.rate(self.factor)


class MeteredBudgets:
    """Rates by bucket, days by share: at most `share` of a daily allowance is used by everyone before we stop.

    State is lost on a crash unless `store_of` gives a lasting store; a second of rate state is harmless to lose, and
    daily figures return with the first answer.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        side: SideName,
        rates: Mapping[str, RateLimit] | None = None,
        day_share: float = 0.8,
        store_of: Callable[[str], StateStore] = lambda name: InMemoryStateStore(),
    ) -> None:
        self._clock, self._side, self._share = clock, side, day_share
        self._buckets = {name: _Bucket(limit, store_of(name)) for name, limit in (rates or {}).items()}
        self._days: dict[str, Usage] = {}
        self._resume_ms: dict[str, int] = {}
        self._lock = threading.Lock()
        self._algorithm = TokenBucket()

    def spend(self, weights: Mapping[str, int]) -> None:
        for name in weights:
            self._check_day(name)
        for name in sorted(weights):
            if (bucket := self._buckets.get(name)) is not None:
                self._take(name, bucket, weights[name])

    def _check_day(self, name: str) -> None:
        resume_ms = self._resume_ms.get(name)
        if resume_ms is None:
            return
        left_ms = resume_ms - self._clock.now_ms()
        if left_ms <= 0:
            del self._resume_ms[name]  # one call goes through and brings the newest figure
            return
        day = self._days[name]
        raise QuotaError(
            f"{day.used} of {day.limit} calls of {name} are used, our share ends at {self._share:.0%}",
            side=self._side,
            code="SHARE_SPENT",
            retry_after_s=left_ms / 1000,
            action="Wait, raise api_share, or find what else uses the allowance.",
        )

    def _take(self, name: str, bucket: _Bucket, weight: int) -> None:
        waited_s = 0.0
        while True:
            weight = min(weight, bucket.rate.burst)
            decision = bucket.store.check(self._algorithm, [bucket.rate], self._clock.now_ms(), weight)
            if decision.allowed:
                return
            wait_s = max(1, decision.retry_after_ms or 0) / 1000
            waited_s += wait_s
            if waited_s > LONGEST_WAIT_S:
                raise TransientError(f"the rate budget {name} is crowded", side=self._side, retry_after_s=wait_s)
            self._clock.sleep(wait_s)

    def heard_usage(self, usage: Usage) -> None:
        with self._lock:
            self._days[usage.name] = usage
            if usage.limit > 0 and usage.used >= usage.limit * self._share:
                unknown_ms = self._clock.now_ms() + UNKNOWN_RESET_MS
                self._resume_ms[usage.name] = usage.resets_ms if usage.resets_ms is not None else unknown_ms
            else:
                self._resume_ms.pop(usage.name, None)

    def heard_window(self, name: str, remaining: int, limit: int) -> None:
        if limit <= 0 or name not in self._buckets:
            return
        left = remaining / limit
        if left < 0.12:
            self._adapt(name, lambda factor: factor * 0.92)
        elif left > 0.2:
            self._adapt(name, lambda factor: factor + 0.02)

    def refused(self, name: str) -> None:
        self._adapt(name, lambda factor: factor * 0.8)

    def _adapt(self, name: str, change: Callable[[float], float]) -> None:
        bucket = self._buckets.get(name)
        if bucket is None:
            return
        with self._lock:
            now_ms = self._clock.now_ms()
            if abs(now_ms - bucket.changed_ms) < _CHANGE_EVERY_MS:
                return
            bucket.factor = min(1.0, max(_SLOWEST, change(bucket.factor)))
            bucket.rate, bucket.changed_ms = bucket.limit.rate(bucket.factor), now_ms

    def usage(self) -> Sequence[Usage]:
        with self._lock:
            return tuple(self._days[name] for name in sorted(self._days))
