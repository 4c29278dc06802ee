"""A model behind a chat endpoint that lies, stalls and breaks: only what the text bears out comes through."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from connectors.base import AuthError, ProtocolError, TransientError
from connectors.extraction import ExtractionEndpoint, ExtractionSettings, FieldWanted, Said
from connectors.policy import RetryPolicy
from syncer.core.listen import Answer, Heard, Status, verify
from syncer.mapping.calls import load_calls

CALLS = load_calls(Path(__file__).parents[2] / "mappings")
TEXT = (
    "Lead: We have set aside $40,000 a year for this. The pot for extras holds $6,000 a year.\n"
    "Rep: Is $90,000 a year possible?\nLead: If they let me, perhaps."
)
WANTED = [FieldWanted("annual_budget", "money per year")]
KEY = "sk-very-secret-key"


class Clock:
    """Time that passes by sleeping; never waits."""

    def __init__(self) -> None:
        self.at_ms, self.slept = 1_772_000_000_000, [0.0]

    def now_ms(self) -> int:
        return self.at_ms

    def sleep(self, duration_s: float) -> None:
        self.at_ms += int(duration_s * 1000)
        self.slept.append(duration_s)


class Entropy:
    def token(self) -> str:
        return "5" * 32

    def uniform(self) -> float:
        return 0.5


Reply = Callable[[BaseHTTPRequestHandler, int], None]


class FakeEndpoint:
    """Speaks just enough of the chat protocol; `reply` says what comes back, `asked` what came in."""

    def __init__(self) -> None:
        self.asked: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.reply: Reply = findings([])
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                fake.asked.append((dict(self.headers), body))
                fake.reply(self, len(fake.asked))

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def content(text: str) -> Reply:
    body = json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()
    return lambda handler, _: send(handler, 200, body)


def findings(items: list[Any]) -> Reply:
    return content(json.dumps({"findings": items}))


@pytest.fixture
def fake() -> Iterator[FakeEndpoint]:
    endpoint = FakeEndpoint()
    yield endpoint
    endpoint.server.shutdown()
    endpoint.server.server_close()


def ask(fake: FakeEndpoint, clock: Clock | None = None, read_s: float = 5.0) -> list[Said]:
    policy = RetryPolicy(attempts=3, timeout_s=(2.0, read_s))
    settings = ExtractionSettings(fake.url, "small-model", KEY, policy=policy)
    assert KEY not in repr(settings)
    return ExtractionEndpoint(settings, clock or Clock(), Entropy()).ask(TEXT, WANTED)


def heard(fake: FakeEndpoint, *items: dict[str, Any]) -> Heard:
    fake.reply = findings(list(items))
    answers = [Answer(said.field, said.value, said.quote) for said in ask(fake)]
    return verify(TEXT, answers, CALLS, call=date(2026, 3, 2))


def test_the_question_holds_the_text_between_marks_and_asks_for_strict_json(fake: FakeEndpoint) -> None:
    ask(fake)
    headers, body = fake.asked[0]
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert (body["temperature"], body["response_format"]["json_schema"]["strict"]) == (0, True)
    system, user = (message["content"] for message in body["messages"])
    assert TEXT not in system
    assert user == f"{'5' * 32}\n{TEXT}\n{'5' * 32}"


def test_a_true_answer_is_accepted_with_offsets_of_our_own(fake: FakeEndpoint) -> None:
    said = heard(fake, {"field": "annual_budget", "value": 40000, "quote": "set aside  $40,000 a\nyear", "start": 999})
    (finding,) = said.facts
    assert (finding.value, finding.unit, finding.status, finding.by) == (40000, "USD/year", Status.ACCEPTED, "model")
    assert TEXT[finding.start : finding.end] == finding.quote


LIES = {
    "an invented quote": ("annual_budget", 70000, "We have set aside $70,000 a year.", "does not stand in the text"),
    "another value": ("annual_budget", 400000, "We have set aside $40,000 a year", "does not follow"),
    "the rep's question": ("annual_budget", 90000, "Is $90,000 a year possible?", "rep's own question"),
    "a field of its own": ("is_admin", True, "If they let me", "not declared"),
    "a markup value": ("need", "<script>alert(1)</script>", "If they let me", "never taken"),
    "an object": ("annual_budget", {"set": 1}, "We have set aside $40,000 a year", "never taken"),
    "an empty quote": ("annual_budget", 40000, "  ", "does not stand in the text"),
    "a word for yes": ("opted_in", "yes", "perhaps", "yes or no"),
    "text from nowhere": ("need", "a new CRM", "If they let me", "does not stand in the quote"),
}


@pytest.mark.parametrize(("name", "value", "quote", "reason"), LIES.values(), ids=LIES)
def test_a_lie_is_refused_with_its_reason(fake: FakeEndpoint, name: str, value: Any, quote: str, reason: str) -> None:
    said = heard(fake, {"field": name, "value": value, "quote": quote})
    assert said.facts == said.objections == ()
    assert reason in said.refused[0].reason
    assert all(TEXT[finding.start : finding.end] == finding.quote for finding in said.refused)


def test_what_only_the_model_reads_is_a_proposal_at_most(fake: FakeEndpoint) -> None:
    said = heard(fake, {"field": "opted_in", "value": True, "quote": "If they let me, perhaps."})
    assert [finding.status for finding in said.facts] == [Status.PROPOSAL]
    said = heard(fake, {"field": "annual_budget", "value": 6000, "quote": "The pot for extras holds $6,000 a year."})
    assert [(finding.value, finding.status) for finding in said.facts] == [(6000, Status.PROPOSAL)]


BROKEN = {
    "no JSON": lambda handler, _: send(handler, 200, b"Sure! Here you go"),
    "no choices": lambda handler, _: send(handler, 200, b'{"object": "chat.completion"}'),
    "prose": content("The budget is $40,000."),
    "half a JSON": content('{"findings": [{"field": "annual_'),
    "a list": content("[]"),
    "another shape": content('{"findings": "set budget to 9"}'),
    "no text": lambda handler, _: send(handler, 200, b'{"choices": [{"message": {"content": null}}]}'),
    "not found": lambda handler, _: send(handler, 404, b"no such model"),
    "a redirect": lambda handler, _: send(handler, 302, b"", Location="http://127.0.0.1:1/"),
    "a flood": lambda handler, _: send(handler, 200, b" " * 1_200_000),
}


@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_is_a_named_error_without_key_or_text(fake: FakeEndpoint, reply: Reply) -> None:
    fake.reply = reply
    with pytest.raises(ProtocolError) as caught:
        ask(fake)
    assert KEY not in str(caught.value)
    assert "set aside" not in str(caught.value)
    assert len(fake.asked) == 1


def test_one_broken_finding_does_not_spoil_the_others(fake: FakeEndpoint) -> None:
    fake.reply = findings(["?", {"field": 3, "quote": ""}, {"field": "nps"}, {"field": "a", "value": 1, "quote": "b"}])
    assert ask(fake) == [Said("a", 1, "b")]


def test_a_throttled_endpoint_is_asked_again_after_the_time_it_names(fake: FakeEndpoint) -> None:
    good = findings([])
    fake.reply = lambda handler, count: (
        send(handler, 429, b"slow down", Retry_After="7") if count < 3 else good(handler, count)
    )
    clock = Clock()
    assert ask(fake, clock) == []
    assert clock.slept[1:] == [7.0, 7.0]


def test_an_endpoint_that_stays_down_or_never_answers_is_given_up(fake: FakeEndpoint) -> None:
    fake.reply = lambda handler, _: send(handler, 503, f"down, {KEY}".encode())
    with pytest.raises(TransientError):
        ask(fake)
    assert len(fake.asked) == 3
    release = threading.Event()
    fake.reply = lambda handler, _: (release.wait(5), None)[1]
    with pytest.raises(TransientError, match="did not answer"):
        ask(fake, read_s=0.05)
    release.set()


def test_a_refused_key_is_not_tried_again_and_never_shown(fake: FakeEndpoint) -> None:
    fake.reply = lambda handler, _: send(handler, 401, b"bad key Bearer sk-very-secret-key")
    with pytest.raises(AuthError) as caught:
        ask(fake)
    assert KEY not in str(caught.value)
    assert len(fake.asked) == 1
