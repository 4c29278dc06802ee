"""One sandbox over real TLS for the tests that only look, and a way to start further ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.app import Sandbox, SandboxOptions

Start = Callable[..., Sandbox]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts sandboxes that share their certificates and stop with the module."""
    folder = tmp_path_factory.mktemp("sandbox")
    running: list[Sandbox] = []

    def begin(**options: Any) -> Sandbox:
        running.append(Sandbox.start(SandboxOptions(**{"folder": folder, "speed": 0.0, **options})))
        return running[-1]

    yield begin
    for made in running:
        made.stop()
        assert made.failures + [failure for each in made.listeners.values() for failure in each.failures] == []


class Client:
    """Calls a sandbox as anyone would: verified TLS, JSON in and out."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.trust_env = False  # a bundle named by the environment would take the place of ours
        self.session.verify = sandbox.ca_bundle if sandbox.ca_bundle is not None else True

    def control(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        answer = self.session.request(method, f"{self.sandbox.vendors_url}/__sandbox__/{path}", timeout=20, **more)
        assert answer.status_code == status, answer.text
        return answer.json()

    def salesforce(self, path: str, token: str | None = None) -> requests.Response:
        return self._as(token or self.sandbox.credentials.salesforce_access_token, self.sandbox.salesforce_url + path)

    def hubspot(self, path: str) -> requests.Response:
        return self._as(self.sandbox.credentials.hubspot_access_token, self.sandbox.hubspot_url + path)

    def _as(self, token: str, url: str) -> requests.Response:
        return self.session.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=20)


@pytest.fixture
def client_of() -> Callable[[Sandbox], Client]:
    return Client


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[[str, str], Path]:
    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return write
