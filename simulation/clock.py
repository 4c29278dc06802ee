"""Time and randomness of a world: one true clock, two CRM clocks that may be wrong, a waiting worker."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from sandbox.kernel import SandboxClock


class SkewedClock(SandboxClock):
    """A CRM's own clock: the true one, off by a constant and running a little fast or slow."""

    __slots__ = ("_drift_ppm", "_offset_ms", "_start_ms", "_true")

    def __init__(self, true: SandboxClock, offset_ms: int = 0, drift_ppm: int = 0) -> None:
        super().__init__(true.now_ms())
        self._true, self._start_ms = true, true.now_ms()
        self._offset_ms, self._drift_ppm = offset_ms, drift_ppm

    def now_ms(self) -> int:
        now_ms = self._true.now_ms()
        return now_ms + self._offset_ms + (now_ms - self._start_ms) * self._drift_ppm // 1_000_000


class SimClock:
    """The worker's clock: waiting moves the world, which lets people act meanwhile."""

    def __init__(self, clock: SandboxClock, passes: Callable[[int], None]) -> None:
        self._clock, self._passes = clock, passes

    def now_ms(self) -> int:
        return self._clock.now_ms()

    def sleep(self, duration_s: float) -> None:
        self._passes(max(1, int(duration_s * 1000)))


class SimEntropy:
    """Every draw is a hash of seed and count: another one each time, the same in every run."""

    def __init__(self, seed: int) -> None:
        self._seed, self._given = seed, 0

    def token(self) -> str:
        self._given += 1
        return blake2b(f"{self._seed} {self._given}".encode(), digest_size=16).hexdigest()

    def uniform(self) -> float:
        return int(self.token()[:8], 16) / 2**32
