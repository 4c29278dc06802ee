"""The one policy of all calls: what is repeated, how long is waited, what survives, what is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import responses
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError

from connectors.base import (
    AccessError,
    AuthError,
    ProtocolError,
    QuotaError,
    RemoteError,
    TransientError,
    UnknownOutcomeError,
    Usage,
)
from connectors.budget import MeteredBudgets, RateLimit
from connectors.http import Call, Transport
from connectors.policy import Effect, RetryPolicy, parse_retry_after
from connectors.redact import redact
from connectors.tokens import Grant, TokenKeeper

NOW_MS = 1_767_600_000_000
ORG = "https://acme.my.salesforce.com"
URL = f"{ORG}/x"
READ = Call("GET", "/x", "x")
KEYED = Call("PATCH", "/x", "x", effect=Effect.KEYED_WRITE, json={"a": 1})
UNKEYED = Call("POST", "/x", "x", effect=Effect.UNKEYED_WRITE, json={"a": 1})
METHODS = {"GET": responses.GET, "PATCH": responses.PATCH, "POST": responses.POST}


def refused_connection() -> requests.ConnectionError:
    reason = NewConnectionError(None, "refused")  # type: ignore[arg-type]
    return requests.ConnectionError(MaxRetryError(None, "/x", reason))  # type: ignore[arg-type]


@pytest.mark.parametrize("call", [READ, KEYED, UNKEYED])
@pytest.mark.parametrize("status", [429, 420, 406])
def test_what_the_door_refused_is_repeated_for_every_call(make_transport, wire, call: Call, status: int) -> None:
    wire.add(METHODS[call.method], URL, status=status, body="<html>busy")
    wire.add(METHODS[call.method], URL, json={"ok": True})
    assert make_transport().send(call).value == {"ok": True}
    assert len(wire.calls) == 2


@pytest.mark.parametrize("call", [READ, KEYED, UNKEYED])
def test_a_connection_that_was_never_made_is_tried_again(make_transport, wire, call: Call) -> None:
    wire.add(METHODS[call.method], URL, body=refused_connection())
    wire.add(METHODS[call.method], URL, json={"ok": True})
    assert make_transport().send(call).value == {"ok": True}


LOST = {
    "reset": {"body": requests.ConnectionError("reset")},
    "read timeout": {"body": requests.ReadTimeout("slow")},
    "chunk broken": {"body": requests.exceptions.ChunkedEncodingError("broken")},
    "not gzip": {"body": requests.exceptions.ContentDecodingError("not gzip")},
    "500": {"status": 500, "body": "oops"},
    "502": {"status": 502, "body": "<html>bad gateway</html>"},
    "504": {"status": 504, "body": ""},
    "200 html": {"status": 200, "body": "<html>maintenance</html>"},
    "half a json": {"status": 200, "body": '{"a": [1, 2'},
}


@pytest.mark.parametrize("shape", LOST, ids=list(LOST))
def test_a_lost_answer_is_asked_for_again_by_reads_only(make_transport, wire, shape: str) -> None:
    wire.add(responses.GET, URL, **LOST[shape])
    wire.add(responses.GET, URL, json={"ok": True})
    assert make_transport().send(READ).value == {"ok": True}


@pytest.mark.parametrize("shape", LOST, ids=list(LOST))
@pytest.mark.parametrize("call", [KEYED, UNKEYED])
def test_a_lost_write_is_unknown_and_never_repeated(make_transport, wire, shape: str, call: Call) -> None:
    wire.add(METHODS[call.method], URL, **LOST[shape])
    with pytest.raises(UnknownOutcomeError):
        make_transport().send(call)
    assert len(wire.calls) == 1


def test_503_is_not_done_for_keyed_writes_and_unknown_for_others(make_transport, wire) -> None:
    wire.add(responses.PATCH, URL, status=503)
    wire.add(responses.PATCH, URL, json={})
    wire.add(responses.POST, URL, status=503)
    transport = make_transport()
    assert transport.send(KEYED).status == 200
    with pytest.raises(UnknownOutcomeError):
        transport.send(UNKEYED)


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [("7", 7.0), ("0", 0.0), ("Mon, 05 Jan 2026 08:00:20 GMT", 20.0), ("soon", 0.25), ("", 0.25), (None, 0.25)],
)
def test_retry_after_in_every_form(make_transport, wire, clock, header: str | None, wait_s: float) -> None:
    headers = {"Date": "Mon, 05 Jan 2026 08:00:00 GMT"} | ({} if header is None else {"Retry-After": header})
    wire.add(responses.GET, URL, status=429, headers=headers)
    wire.add(responses.GET, URL, json={})
    make_transport().send(READ)
    assert clock.slept_s == [wait_s]


def test_retry_after_dates_in_the_past_do_not_wait() -> None:
    assert parse_retry_after("Mon, 05 Jan 2026 07:00:00 GMT", NOW_MS) == 0.0
    assert parse_retry_after("-3", NOW_MS) is None
    assert parse_retry_after("nan", NOW_MS) is None


def test_a_wait_beyond_the_bound_goes_to_the_caller(make_transport, wire, clock) -> None:
    wire.add(responses.GET, URL, status=429, headers={"Retry-After": "3600"})
    with pytest.raises(TransientError) as caught:
        make_transport().send(READ)
    assert caught.value.retry_after_s == 3600
    assert clock.slept_s == []


def test_the_sum_of_all_waits_is_bounded(make_transport, wire, clock) -> None:
    wire.add(responses.GET, URL, status=429, headers={"Retry-After": "25"})
    with pytest.raises(TransientError):
        make_transport(policy=RetryPolicy(attempts=50)).send(READ)
    assert clock.slept_s == [25.0, 25.0]


@pytest.mark.parametrize(
    ("status", "kind"), [(400, ProtocolError), (401, AuthError), (403, AccessError), (302, ProtocolError)]
)
def test_definite_refusals_are_told_once_with_their_status(make_transport, wire, status: int, kind: type) -> None:
    wire.add(responses.GET, URL, status=status, body="plain text", headers={"Location": "https://elsewhere.test/"})
    with pytest.raises(kind) as caught:
        make_transport().send(READ)
    assert caught.value.status == status
    assert "plain text" in caught.value.message
    assert len(wire.calls) == 1


@pytest.mark.parametrize("body", ["", "just text", "<html><body>\n multi\n line</body></html>", '"a string"'])
def test_a_body_of_no_known_shape_is_reported_on_one_line_with_its_status(make_transport, wire, body: str) -> None:
    wire.add(responses.GET, URL, status=400, body=body)
    with pytest.raises(RemoteError) as caught:
        make_transport().send(READ)
    assert "400" in caught.value.message
    assert "\n" not in caught.value.message


def keeper(clock, tokens: list[str]) -> TokenKeeper:
    return TokenKeeper(clock, log_in=lambda: Grant(tokens.pop(0), ORG))


def needs(token: str) -> Callable[[requests.PreparedRequest], tuple[int, dict[str, str], str]]:
    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        good = request.headers["Authorization"] == f"Bearer {token}"
        return (200, {}, "{}") if good else (401, {}, "expired")

    return answer


def test_401_renews_once_and_the_repetition_keeps_every_header(make_transport, wire, clock) -> None:
    wire.add_callback(responses.PATCH, URL, needs("second"))
    transport = make_transport(tokens=keeper(clock, ["first", "second", "third"]))
    transport.tokens.grant()
    clock.ms += 7_200_000
    guard = {"If-Unmodified-Since": "Mon, 05 Jan 2026 08:00:00 GMT", "Sforce-Auto-Assign": "FALSE"}
    call = Call("PATCH", "/x", "x", effect=Effect.KEYED_WRITE, headers=guard, json={"Status": "Wörking"})
    assert transport.send(call).status == 200
    first, second = wire.calls
    for name, value in guard.items():
        assert first.request.headers[name] == second.request.headers[name] == value
    assert second.request.body == '{"Status":"Wörking"}'.encode()
    assert second.request.headers["Content-Length"] == str(len(second.request.body))


def test_401_twice_gives_up_after_one_renewal(make_transport, wire, clock) -> None:
    wire.add(responses.GET, URL, status=401, body="expired")
    tokens = ["first", "second", "third"]
    transport = make_transport(tokens=keeper(clock, tokens))
    transport.tokens.grant()
    clock.ms += 60_000
    with pytest.raises(AuthError):
        transport.send(READ)
    assert len(wire.calls) == 2
    assert tokens == ["third"]


def test_a_young_log_in_is_not_repeated(make_transport, wire, clock) -> None:
    wire.add(responses.GET, URL, status=401, body="expired")
    tokens = ["first", "second"]
    with pytest.raises(AuthError):
        make_transport(tokens=keeper(clock, tokens)).send(READ)
    assert tokens == ["second"]
    assert len(wire.calls) == 1


def test_a_401_that_a_token_cannot_cure_is_not_repeated(make_transport, wire, clock) -> None:
    wire.add(responses.GET, URL, status=401, body="a configuration fault")
    tokens = ["first", "second"]
    transport = make_transport(tokens=keeper(clock, tokens))
    transport.tokens.grant()
    clock.ms += 60_000
    with pytest.raises(AuthError):
        transport.send(READ)
    assert tokens == ["second"]


def test_many_threads_with_one_dead_token_log_in_once(clock) -> None:
    gate, log_ins = threading.Barrier(8), []

    def log_in() -> Grant:
        log_ins.append(1)
        return Grant(f"token {len(log_ins)}", ORG)

    tokens = TokenKeeper(clock, log_in=log_in)
    dead = tokens.grant()
    clock.ms += 60_000

    def renew(_: int) -> Grant | None:
        gate.wait()
        return tokens.renew(dead)

    with ThreadPoolExecutor(8) as pool:
        renewed = list(pool.map(renew, range(8)))
    assert len(log_ins) == 2
    assert {grant.token for grant in renewed if grant} == {"token 2"}


def test_tokens_go_only_to_the_address_they_were_given_for(make_transport) -> None:
    with pytest.raises(ProtocolError):
        make_transport().send(Call("GET", "https://elsewhere.test/x", "x"))


def test_the_environment_cannot_replace_token_or_certificates(make_transport, monkeypatch, tmp_path) -> None:
    netrc, bundle = tmp_path / "netrc", tmp_path / "ours.pem"
    netrc.write_text("machine acme.my.salesforce.com login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/elsewhere.pem")
    seen: list[tuple[object, str]] = []

    class Looking(HTTPAdapter):
        def send(self, request, **kwargs):
            seen.append((kwargs["verify"], request.headers["Authorization"]))
            made = requests.Response()
            made.status_code, made._content, made.request = 200, b"{}", request
            return made

    make_transport(ca_bundle=str(bundle), mounts={"https://": Looking()}).send(READ)
    make_transport(mounts={"https://": Looking()}).send(READ)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    make_transport(mounts={"https://": Looking()}).send(READ)
    assert seen == [
        (str(bundle), "Bearer old-token"),
        ("/elsewhere.pem", "Bearer old-token"),
        (True, "Bearer old-token"),
    ]


def test_every_call_has_timeouts_and_zero_means_the_default() -> None:
    assert RetryPolicy().timeouts() == (5.0, 60.0)
    assert RetryPolicy(timeout_s=(0, -1)).timeouts() == (5.0, 60.0)
    assert RetryPolicy(timeout_s=(1, 2)).timeouts() == (1, 2)


def test_probes_bracket_each_attempt_and_a_kill_passes_through(make_transport, wire) -> None:
    class Kill(BaseException):
        pass

    wire.add(responses.GET, URL, status=503)
    wire.add(responses.GET, URL, json={})
    points: list[str] = []
    transport = make_transport(probe=points.append)
    transport.send(READ)
    assert points == ["left.call", "left.answered"] * 2
    assert transport.calls.by_endpoint == {"x": 2}

    def kill(point: str) -> None:
        if point == "left.answered":
            raise Kill

    with pytest.raises(Kill):
        make_transport(probe=kill).send(READ)


def test_the_servers_clock_follows_date_headers_on_errors_too(make_transport, wire, clock) -> None:
    transport: Transport = make_transport()
    assert transport.server_now_ms() is None
    wire.add(responses.GET, URL, status=400, headers={"Date": "Mon, 05 Jan 2026 09:00:00 GMT"})
    with pytest.raises(RemoteError):
        transport.send(READ)
    clock.ms += 1_500
    assert transport.server_now_ms() == NOW_MS + 3_600_000 + 1_500


def test_a_dead_system_is_left_alone_for_a_while(make_transport, wire, clock) -> None:
    wire.add(responses.GET, URL, status=503)
    transport = make_transport(policy=RetryPolicy(attempts=1))
    for _ in range(5):
        with pytest.raises(TransientError):
            transport.send(READ)
    with pytest.raises(TransientError) as caught:
        transport.send(READ)
    assert len(wire.calls) == 5
    assert caught.value.retry_after_s == pytest.approx(30)
    clock.ms += 31_000
    wire.replace(responses.GET, URL, json={})
    assert transport.send(READ).status == 200


def test_above_the_share_of_the_day_nothing_leaves_until_the_resume_time(clock) -> None:
    budgets = MeteredBudgets(clock, side="left", day_share=0.8)
    budgets.heard_usage(Usage("sf.day", 79, 100, None))
    budgets.spend({"sf.day": 1})
    budgets.heard_usage(Usage("sf.day", 80, 100, clock.now_ms() + 90_000))
    with pytest.raises(QuotaError) as caught:
        budgets.spend({"sf.day": 1})
    assert caught.value.retry_after_s == 90
    clock.ms += 90_000
    budgets.spend({"sf.day": 1})


def test_a_rate_is_held_in_virtual_time_and_slows_under_refusals(clock) -> None:
    budgets = MeteredBudgets(clock, side="right", rates={"hs.burst": RateLimit(100, 10_000)})
    for _ in range(100):
        budgets.spend({"hs.burst": 1})
    steady_s = sum(clock.slept_s)
    assert 9.0 < steady_s < 11.0  # 10 at once, 90 at 9 a second
    clock.slept_s.clear()
    for _ in range(4):
        clock.ms += 1_000
        budgets.refused("hs.burst")
    for _ in range(100):
        budgets.spend({"hs.burst": 1})
    assert sum(clock.slept_s) > 2 * steady_s


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Authorization: Bearer 00Dxx0000001gPL!AQEAQabc.def", "Authorization: Bearer ***"),
        ("session 00Dxx0000001gPL!AQEAQabc.def died", "session *** died"),
        ('{"access_token":"abc123","scope":"api"}', '{"access_token":"***","scope":"api"}'),
        ("refresh_token=5Aep861x&client_id=7", "refresh_token=***&client_id=7"),
        ("pat-na1-11111111-2222-3333", "***"),
        ("jane.doe+x@acme.example wrote", "***@acme.example wrote"),
        ("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl", "***"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "***"),
        ("the token expired", "the token expired"),
    ],
)
def test_redaction(text: str, left: str) -> None:
    assert redact(text) == left


def test_errors_carry_no_secrets(make_transport, wire) -> None:
    wire.add(responses.GET, URL, status=400, body="Bearer 00Dxx0000001gPL!AQEAQ for jane@acme.example")
    with pytest.raises(RemoteError) as caught:
        make_transport().send(READ)
    assert "AQEAQ" not in str(caught.value)
    assert "jane" not in caught.value.message
    assert "old-token" not in repr(make_transport().tokens.grant())
