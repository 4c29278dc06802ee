"""One sandbox over verified TLS for all foreign clients: they share it, so each test makes the records it speaks of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter

from sandbox.app import Sandbox, SandboxOptions

KEYS = (
    {"name": "Foreign_Key__c", "type": "Text", "length": 64, "externalId": True, "unique": True},
    {"name": "Loose_Key__c", "type": "Text", "length": 64, "externalId": True},
)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A small world whose limits are out of the way, and whose Bulk jobs and search index do not lag."""
    made = Sandbox.start(
        SandboxOptions(
            folder=tmp_path_factory.mktemp("foreign"),
            accounts=5,
            people=10,
            org={"bulk_delay_ms": 0},
            portal={
                "index_lag_ms": (0, 0),
                "burst_limit": 100_000,
                "oauth_burst_limit": 100_000,
                "search_limit": 1_000,
            },
        )
    )
    with made.lock:
        for key in KEYS:
            made.org.add_field("Lead", key)
    yield made
    made.stop()
    assert made.failures + [failure for each in made.listeners.values() for failure in each.failures] == []


class AtTheSandbox(HTTPAdapter):
    """Takes what goes to a public host to the sandbox instead, as an entry in a hosts file would."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        asked = urlsplit(str(request.url))
        request.url = self._url + asked.path + (f"?{asked.query}" if asked.query else "")
        return super().send(request, *args, **more)


@pytest.fixture
def session(sandbox: Sandbox) -> Iterator[requests.Session]:
    """Trusts the sandbox's authority and no other; public hosts lead to the sandbox."""
    with requests.Session() as made:
        made.trust_env = False  # a bundle named by the environment would take the place of ours
        made.verify = sandbox.ca_bundle
        for host in ("login", "acme.my"):
            made.mount(f"https://{host}.salesforce.com/", AtTheSandbox(sandbox.salesforce_url))
        made.mount("https://api.hubapi.com/", AtTheSandbox(sandbox.hubspot_url))
        yield made
