"""The HTTPS door itself, before a model that only echoes: what travels, what breaks off, and what is refused."""

from __future__ import annotations

import gzip
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from sandbox.kernel import Request, Response, SandboxClock, json_response
from sandbox.server import Listener, bind
from sandbox.tls import ensure_certificates
from sandbox.wall import WallDriver


class Echo:
    """Answers with what it was asked; paths name the way in which the answer is spoilt."""

    def __init__(self) -> None:
        self.seen: list[Request] = []

    def handle(self, request: Request) -> Response:
        self.seen.append(request)
        if request.path == "/boom":
            raise RuntimeError("a bug")
        if request.path == "/nothing":
            return Response(204)
        answer = json_response(200, {"path": request.path, "query": request.query, "body": request.body.decode()})
        if request.path == "/drop":
            answer.drop = True
        if request.path == "/cut":
            answer.truncate_at = 10
        return answer


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ensure_certificates(tmp_path_factory.mktemp("tls")).ca_path


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def listener(certificates: Path, echo: Echo) -> Iterator[Listener]:
    tls = ensure_certificates(certificates.parent).server_context()
    driver = WallDriver(SandboxClock(), speed=0)
    made = Listener("echo", echo, lock=threading.Lock(), before=driver.drive, tls=tls, listening=bind(0))
    made.start()
    yield made
    made.stop()


def raw(listener: Listener, ca: Path, sent: bytes) -> bytes:
    """Everything the server says to these bytes until it closes the connection."""
    context = ssl.create_default_context(cafile=str(ca))
    with (
        socket.create_connection(("127.0.0.1", listener.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as line,
    ):
        line.sendall(sent)
        received = b""
        while chunk := line.recv(65536):
            received += chunk
        return received


def test_one_connection_serves_many_calls_over_verified_tls(listener: Listener, certificates: Path, echo: Echo) -> None:
    context = ssl.create_default_context(cafile=str(certificates))
    for host in ("127.0.0.1", "localhost"):
        connection = http.client.HTTPSConnection(host, listener.port, context=context, timeout=10)
        connection.connect()
        line = connection.sock
        for number in range(3):
            connection.request("POST", f"/a/{number}?x=%20", body=b"hello", headers={"X-Mixed-Case": "yes"})
            assert b'"body":"hello"' in connection.getresponse().read()
        assert connection.sock is line, "the line was kept"
        connection.close()
    assert echo.seen[0].headers["x-mixed-case"] == "yes" and echo.seen[0].query == "x=%20"


def test_a_client_that_does_not_know_the_authority_refuses_us(listener: Listener) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(listener.url, timeout=10)


def test_large_answers_are_packed_when_asked(listener: Listener, certificates: Path) -> None:
    body = b"x" * 5000
    answer = requests.post(f"{listener.url}/big", data=body, verify=str(certificates), timeout=10)
    assert answer.headers["Content-Encoding"] == "gzip" and len(answer.json()["body"]) == 5000
    plain = requests.post(
        f"{listener.url}/big", data=body, headers={"Accept-Encoding": "identity"}, verify=str(certificates), timeout=10
    )
    assert "Content-Encoding" not in plain.headers and int(plain.headers["Content-Length"]) > 5000
    packed = requests.post(
        f"{listener.url}/in",
        data=gzip.compress(b"hello"),
        headers={"Content-Encoding": "gzip"},
        verify=str(certificates),
        timeout=10,
    )
    assert packed.json()["body"] == "hello"


def test_a_dropped_answer_is_a_reset_after_the_call_was_done(
    listener: Listener, certificates: Path, echo: Echo
) -> None:
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.post(f"{listener.url}/drop", verify=str(certificates), timeout=10)
    assert [request.path for request in echo.seen] == ["/drop"]


def test_a_cut_answer_promises_more_than_it_sends(listener: Listener, certificates: Path) -> None:
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        requests.get(f"{listener.url}/cut", verify=str(certificates), timeout=10)


def test_head_and_empty_answers_have_no_body(listener: Listener, certificates: Path) -> None:
    with requests.Session() as session:
        session.trust_env = False  # an environment's bundle would win over the session's
        session.verify = str(certificates)
        head = session.head(f"{listener.url}/x", timeout=10)
        assert head.status_code == 200 and head.content == b"" and int(head.headers["Content-Length"]) > 0
        nothing = session.delete(f"{listener.url}/nothing", timeout=10)
        assert nothing.status_code == 204 and "Content-Length" not in nothing.headers
        assert session.get(f"{listener.url}/y", timeout=10).json()["path"] == "/y", "the line is still in step"


def test_dates_come_from_the_models_clock(listener: Listener, certificates: Path) -> None:
    answer = requests.get(f"{listener.url}/x", verify=str(certificates), timeout=10)
    assert answer.headers["Date"] == "Thu, 01 Jan 2026 00:00:00 GMT"


def test_a_failing_door_is_a_500_and_is_not_hidden(
    listener: Listener, certificates: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = requests.get(f"{listener.url}/boom", verify=str(certificates), timeout=10)
    assert answer.status_code == 500 and "a bug" in listener.failures[0] and "a bug" in capsys.readouterr().err


def test_double_slashes_and_absolute_targets_are_understood(listener: Listener, certificates: Path, echo: Echo) -> None:
    end = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    raw(listener, certificates, b"GET //services/data/v66.0/" + end)
    raw(listener, certificates, b"GET https://x/crm/v3/owners?limit=1" + end)
    assert [request.path for request in echo.seen] == ["/services/data/v66.0/", "/crm/v3/owners"]


def test_chunked_bodies_and_expectations(listener: Listener, certificates: Path, echo: Echo) -> None:
    chunked = b"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunked += b"4;note=1\r\nsync\r\n2\r\ner\r\n0\r\nT: 1\r\n\r\n"
    waiting = b"POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\nok"
    answers = raw(listener, certificates, chunked + waiting)
    assert [request.body for request in echo.seen] == [b"syncer", b"ok"], "two requests on one line"
    assert answers.count(b"HTTP/1.1 200 OK") == 2 and b"HTTP/1.1 100 Continue\r\n\r\n" in answers


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\n folded: yes\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: magic\r\n\r\na", 417),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", 400),
    ],
)
def test_broken_requests_are_refused_and_end_the_line(
    listener: Listener, certificates: Path, echo: Echo, sent: bytes, status: int
) -> None:
    assert raw(listener, certificates, sent).startswith(f"HTTP/1.1 {status} ".encode())
    assert echo.seen == []


def test_certificates_are_kept_while_they_last_and_keys_are_private(tmp_path: Path) -> None:
    first = ensure_certificates(tmp_path)
    before = first.certificate_path.read_bytes()
    assert ensure_certificates(tmp_path).certificate_path.read_bytes() == before
    assert first.key_path.stat().st_mode & 0o077 == 0
    first.certificate_path.write_text("garbage")
    assert ensure_certificates(tmp_path).certificate_path.read_bytes() not in (before, b"garbage")


def test_the_wall_moves_time_forward_only() -> None:
    now_s = [100.0]
    clock = SandboxClock(1_000)
    driver = WallDriver(clock, speed=10, monotonic_s=lambda: now_s[0])
    now_s[0] += 0.5
    assert driver.drive() == 6_000
    assert driver.advance(60_000) == 66_000
    now_s[0] -= 0.4
    assert driver.drive() == 66_000, "never backwards"
    now_s[0] += 0.4
    driver.change_speed(0)
    now_s[0] += 100
    assert driver.drive() == clock.now_ms() == 66_000
    with pytest.raises(ValueError):
        driver.advance(-1)
