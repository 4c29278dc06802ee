"""The real clock and the real randomness: the only place of the worker that asks the machine for either."""

from __future__ import annotations

import random
import secrets
import time


class SystemClock:
    """Wall time; `sleep` really sleeps."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def sleep(self, duration_s: float) -> None:
        if duration_s > 0:
            time.sleep(duration_s)


class SystemEntropy:
    """Ids and jitter from the operating system."""

    def token(self) -> str:
        return secrets.token_hex(16)

    def uniform(self) -> float:
        return random.random()  # noqa: S311 - jitter, no secret
