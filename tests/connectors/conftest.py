"""A SalesforceRemote and a bare transport with time and entropy of their own; `responses` stands at the other end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
import responses

from connectors.http import Answer, Call, Transport
from connectors.policy import RetryPolicy
from connectors.salesforce import SalesforceRemote, SalesforceSettings
from connectors.tokens import Grant, TokenKeeper

NOW_MS = 1_767_600_000_000  # 2026-01-05T08:00:00Z
ORG = "https://acme.my.salesforce.com"
ROOT = f"{ORG}/services/data/v66.0"


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


class PlainVendor:
    """A vendor without error bodies of its own."""

    side = "left"

    def error(self, answer: Answer) -> None:
        return None

    def renewable(self, answer: Answer) -> bool:
        return b"configuration" not in answer.body

    def heard(self, answer: Answer, call: Call) -> None:
        return None


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked


@pytest.fixture
def make_transport(clock: HandClock) -> Callable[..., Transport]:
    def make(**more: object) -> Transport:
        tokens = more.pop("tokens", None) or TokenKeeper(clock, given=Grant("old-token", ORG))
        return Transport(PlainVendor(), clock, Halves(), tokens, **more)

    return make


@pytest.fixture
def make_remote(clock: HandClock) -> Callable[..., SalesforceRemote]:
    def make(attempts: int = 1, **more: object) -> SalesforceRemote:
        ports = {name: more.pop(name) for name in ("probe", "on_rotate", "mounts") if name in more}
        settings = {"auth": "token", "access_token": "given-token", "instance_url": ORG} | more
        return SalesforceRemote(
            SalesforceSettings(**settings), clock, Halves(), policy=RetryPolicy(attempts=attempts), **ports
        )

    return make


@pytest.fixture
def remote(make_remote: Callable[..., SalesforceRemote]) -> SalesforceRemote:
    return make_remote()
