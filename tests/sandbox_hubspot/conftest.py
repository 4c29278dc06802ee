"""A portal, and a caller that speaks to its HTTP door in process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from sandbox.hubspot import HubSpotPortal, PortalSettings
from sandbox.kernel import Ledger, Request, Response, SandboxClock

INSTANT = "2026-01-01T00:00:00Z"  # where the clock stands at the beginning


@dataclass
class Caller:
    """Sends one request and gives (status, body); `answer` is the whole of the newest answer."""

    portal: HubSpotPortal
    clock: SandboxClock
    ledger: Ledger
    token: str = ""
    answer: Response = field(default_factory=lambda: Response(0))

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        path, _, query = path.partition("?")
        sent = {"host": "sandbox.test", "content-type": "application/json"}
        sent |= {"authorization": f"Bearer {self.token or self.portal.settings.access_token}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        self.answer = self.portal.handle(Request(method, path, query, sent, raw))
        if "json" not in self.answer.headers.get("Content-Type", ""):
            return self.answer.status, self.answer.body.decode()
        return self.answer.status, self.answer.json()

    def form(self, path: str, **values: str) -> tuple[int, Any]:
        body = "&".join(f"{name}={value}" for name, value in values.items()).encode()
        return self("POST", path, body, content_type="application/x-www-form-urlencoded")

    def create(self, object_name: str, **properties: str) -> str:
        status, body = self("POST", f"/crm/v3/objects/{object_name}", {"properties": properties})
        assert status == 201, body
        return body["id"]


def make_caller(**settings: Any) -> Caller:
    clock, ledger = SandboxClock(), Ledger()
    return Caller(HubSpotPortal(PortalSettings(**({"index_lag_ms": (0, 0)} | settings)), clock, ledger), clock, ledger)


@pytest.fixture
def call() -> Caller:
    return make_caller()


@pytest.fixture
def portal_with():
    """Builds a caller for a portal of other settings."""
    return make_caller
