"""The public sources over real TLS on loopback: from a section of the configuration to an answer, whatever happens."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from connectors.base import AuthError
from connectors.enrichment.factory import connect
from connectors.enrichment.provider import AnswerState, Provider, Question
from sandbox.app import Sandbox, SandboxOptions

SECTIONS: dict[str, dict[str, str]] = {
    "gleif": {},
    "edgar": {"contact": "ops@acme.example"},
    "companies_house": {"api_key": ""},
    "job_boards": {},
    "dns": {},
    "site": {},
}


class Quick:
    """A clock whose waiting takes no time, neither here nor, where it is told of one, in the sandbox; no jitter."""

    def __init__(self, sandbox: Sandbox | None = None) -> None:
        self.sandbox, self.waited_ms = sandbox, 0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.waited_ms

    def sleep(self, duration_s: float) -> None:
        self.waited_ms += int(duration_s * 1000)
        if self.sandbox is not None:
            with self.sandbox.lock:
                self.sandbox.clock.advance(int(duration_s * 1000))

    def token(self) -> str:
        return "ab" * 16

    def uniform(self) -> float:
        return 0.0


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("sandbox")
    with Sandbox.start(SandboxOptions(folder=folder, speed=0.0, accounts=60, people=5)) as running:
        yield running
        assert [failure for each in running.listeners.values() for failure in each.failures] == []


@pytest.fixture
def provider_of(sandbox: Sandbox) -> Iterator[Callable[[str], Provider]]:
    made: list[Provider] = []

    def connected(name: str) -> Provider:
        section = SECTIONS[name] | {"base_url": f"{sandbox.vendors_url}/{name}"}
        if "api_key" in section:
            section["api_key"] = sandbox.credentials.vendor_keys()[name]
        made.append(connect(name, section, clock=Quick(sandbox), entropy=Quick(), ca_bundle=sandbox.ca_bundle))
        return made[-1]

    yield connected
    for provider in made:
        provider.close()


def questions(sandbox: Sandbox, provider: Provider, count: int = 60) -> list[Question]:
    companies = [sandbox.population.world.company(number) for number in range(count)]
    fields = tuple(sorted(provider.offers))
    return [
        Question(one.domain, "account", fields, domain=one.domain, name=one.name, country=one.place.code)
        for one in companies
    ]


def tell(sandbox: Sandbox, **order: Any) -> None:
    url = f"{sandbox.vendors_url}/__sandbox__/vendors"
    answer = requests.post(url, json=order, verify=sandbox.ca_bundle or True, timeout=20)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("name", SECTIONS)
def test_every_source_answers_for_whom_it_knows(
    name: str, sandbox: Sandbox, provider_of: Callable[[str], Provider]
) -> None:
    provider = provider_of(name)
    asked = questions(sandbox, provider)[: provider.batch_max]
    answers = provider.ask(asked)
    assert [answer.key for answer in answers] == [question.key for question in asked]
    states = {answer.state for answer in answers}
    assert states <= {AnswerState.HIT, AnswerState.PARTIAL, AnswerState.MISS}, [answer.message for answer in answers]
    assert states & {AnswerState.HIT, AnswerState.PARTIAL}
    assert all(one.field in provider.offers and one.evidence for answer in answers for one in answer.found)


@pytest.mark.parametrize(
    ("name", "trouble", "state"),
    [(name, "throttled", AnswerState.THROTTLED) for name in SECTIONS]
    + [(name, "html", AnswerState.UNAVAILABLE) for name in SECTIONS]
    + [(name, "garbage", AnswerState.UNAVAILABLE) for name in SECTIONS if name != "site"]
    + [(name, "truncated", AnswerState.UNAVAILABLE) for name in SECTIONS if name != "site"]
    + [(name, "unauthorised", AnswerState.UNAUTHORISED) for name in ("edgar", "companies_house", "dns")]
    + [("site", "unauthorised", AnswerState.MISS), ("site", "garbage", AnswerState.MISS)],
)
def test_every_trouble_has_its_state_and_passes(
    name: str, trouble: str, state: AnswerState, sandbox: Sandbox, provider_of: Callable[[str], Provider]
) -> None:
    provider = provider_of(name)
    asked = next(one for one in questions(sandbox, provider) if one.country == "GB")
    calm = provider_of(name).ask([asked])
    tell(sandbox, vendor=name, state=trouble)
    try:
        [answer] = provider.ask([asked])
    finally:
        tell(sandbox, vendor=name, state="")
    assert answer.state is state
    assert answer.found == ()
    assert not any(mark in answer.message for mark in ("<", "Basic", "{"))
    assert provider_of(name).ask([asked]) == calm


@pytest.mark.parametrize(
    ("name", "section", "said"),
    [
        ("glief", {}, "did you mean 'gleif'"),
        ("gleif", {"contat": "x"}, "did you mean 'contact'"),
        ("companies_house", {}, "needs api_key"),
        ("site", {"rules": "/no/such/file.json"}, "FINGERPRINTS_UNREADABLE"),
    ],
)
def test_a_section_that_cannot_work_is_refused_by_name(name: str, section: dict[str, str], said: str) -> None:
    with pytest.raises(AuthError, match=said):
        connect(name, section, clock=Quick(), entropy=Quick())


class Endless(BaseHTTPRequestHandler):
    """Pages that never end: plain, packed to almost nothing, or behind a redirection."""

    sent: int = 0

    def do_GET(self) -> None:
        beginning = b"<script src=//js.hs-scripts.com/1.js></script>" + b"x" * 1_000_000
        moved = "moved" in self.path
        packed = "packed" in self.path
        self.send_response(302 if moved else 200)
        self.send_header("Content-Type", "text/html")
        if moved:
            self.send_header("Location", self.path.replace("moved", "plain"))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        part = gzip.compress(beginning + b"x" * 50_000_000) if packed else beginning
        try:
            while Endless.sent < 2_000_000_000:
                Endless.sent += self.wfile.write(part)
        except OSError:
            return  # the reader had enough

    def log_message(self, *args: object) -> None:
        """Silence."""


@pytest.mark.parametrize("domain", ["plain.example", "packed.example", "moved.example"])
def test_a_page_without_end_is_read_at_its_beginning_alone(domain: str) -> None:
    Endless.sent = 0
    with ThreadingHTTPServer(("127.0.0.1", 0), Endless) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        url = f"http://127.0.0.1:{server.server_port}"
        provider = connect("site", {"base_url": url}, clock=Quick(), entropy=Quick())
        [answer] = provider.ask([Question("q", "account", ("technologies",), domain=domain)])
        provider.close()
        server.shutdown()
        serving.join()
    assert [one.value for one in answer.found] == [("HubSpot",)]
    assert Endless.sent < 200_000_000
