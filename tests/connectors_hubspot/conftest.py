"""A HubSpotRemote with a clock and an entropy of its own; `responses` or the sandbox stands at the other end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from connectors.hubspot import HubSpotRemote, HubSpotSettings, OAuth
from connectors.policy import RetryPolicy

NOW_MS = 1_767_600_000_000


@dataclass
class HandClock:
    """Time that only waiting moves."""

    ms: int = NOW_MS
    slept_s: list[float] = field(default_factory=list)

    def now_ms(self) -> int:
        return self.ms

    def sleep(self, duration_s: float) -> None:
        self.slept_s.append(duration_s)
        self.ms += int(duration_s * 1000)


class Halves:
    """Entropy without surprises."""

    def token(self) -> str:
        return "ab" * 16

    def uniform(self) -> float:
        return 0.5


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def make_remote(clock: HandClock) -> Callable[..., HubSpotRemote]:
    def make(login: str | OAuth = "pat-na1-test", attempts: int = 1, **more: object) -> HubSpotRemote:
        settings = {name: more.pop(name) for name in ("version", "threads", "api_share") if name in more}
        return HubSpotRemote(
            HubSpotSettings(
                access_token=None if isinstance(login, OAuth) else login,
                oauth=login if isinstance(login, OAuth) else None,
                calls_per_10_s=100_000,
                **settings,
            ),
            clock,
            Halves(),
            policy=RetryPolicy(attempts=attempts),
            **more,
        )

    return make


@pytest.fixture
def remote(make_remote: Callable[..., HubSpotRemote]) -> HubSpotRemote:
    return make_remote()
