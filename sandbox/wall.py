"""Ties virtual time to the wall: the only place of the sandbox, beside the certificates, that looks at a real clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from sandbox.kernel import SandboxClock


def wall_now_ms() -> int:
    return time.time_ns() // 1_000_000


class WallDriver:
    """Moves a clock along with real time, `speed` times as fast, never backwards. Safe to call from many threads."""

    def __init__(
        self, clock: SandboxClock, *, speed: float = 1.0, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        if speed < 0:
            raise ValueError("speed is 0 (time stands still) or more")
        self._clock = clock
        self._speed = speed
        self._monotonic_s = monotonic_s
        self._origin_s = monotonic_s()
        self._origin_ms = clock.now_ms()
        self._lock = threading.Lock()

    @property
    def speed(self) -> float:
        return self._speed

    def drive(self) -> int:
        """Sets the clock to where it should be by now, and says when that is."""
        with self._lock:
            passed_ms = int((self._monotonic_s() - self._origin_s) * self._speed * 1000)
            self._clock.set(max(self._clock.now_ms(), self._origin_ms + passed_ms))
            return self._clock.now_ms()

    def advance(self, ms: int) -> int:
        """Lets time jump ahead; real time runs on from there. Raises ValueError for a jump back."""
        if ms < 0:
            raise ValueError("time does not run backwards")
        with self._lock:
            self._origin_ms += ms
        return self.drive()

    def change_speed(self, speed: float) -> None:
        if speed < 0:
            raise ValueError("speed is 0 (time stands still) or more")
        now_ms = self.drive()
        with self._lock:
            self._origin_s, self._origin_ms, self._speed = self._monotonic_s(), now_ms, speed
