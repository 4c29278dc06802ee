"""Notices reach people once, say plainly why they did not, and give no secret away."""

from __future__ import annotations

import email
import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from contextlib import closing
from email import policy as mail_policy
from typing import Any

import pytest

from connectors.base import (
    AccessError,
    AuthError,
    DataError,
    GoneError,
    ProtocolError,
    RemoteError,
    TransientError,
    UnknownOutcomeError,
)
from connectors.notices import ChannelSettings, Notice, open_channel
from connectors.policy import RetryPolicy
from sandbox.tls import TlsFiles, ensure_certificates
from tests.hand_off.receivers import MailReceiver, WebReceiver, mail_receiver, web_receiver

SECRET_PATH = "/services/T0001/B0002/xxSECRETxx"
NOTICE = Notice(
    "abc123",
    "MQL handed to Ann: Jane Doe",
    ["First step: call.", "[met] Has budget <b>&</b> @channel <!here>"],
    {"status": "MQL", "due_ms": 5},
    "https://acme.my.salesforce.com/00T1",
)
QUICK = RetryPolicy(attempts=3, timeout_s=(2, 2))


class Clock:
    """Time that passes by sleeping; never waits."""

    def __init__(self) -> None:
        self.at_ms = 1_780_000_000_000

    def now_ms(self) -> int:
        return self.at_ms

    def sleep(self, duration_s: float) -> None:
        self.at_ms += int(duration_s * 1000)


class Entropy:
    def token(self) -> str:
        return "5" * 32

    def uniform(self) -> float:
        return 0.5


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    return ensure_certificates(tmp_path_factory.mktemp("tls"))


def channel(kind: str, **told: Any) -> Any:
    return open_channel(ChannelSettings("team", kind, policy=QUICK, **told), Clock(), Entropy())


@pytest.fixture
def web(tls: TlsFiles) -> Iterator[WebReceiver]:
    with web_receiver(tls.server_context()) as receiver:
        yield receiver


def posted(web: WebReceiver, tls: TlsFiles, kind: str, **more: Any) -> None:
    url = f"https://127.0.0.1:{web.port}{SECRET_PATH}"
    with closing(channel(kind, url=url, ca_bundle=str(tls.ca_path), **more)) as made:
        made.send(NOTICE, ())


def test_slack_gets_plain_text_in_which_nothing_a_lead_wrote_calls_anybody(web: WebReceiver, tls: TlsFiles) -> None:
    posted(web, tls, "slack")
    [(path, headers, body)] = web.got
    said = json.loads(body)
    assert (path, headers["Content-Type"].partition(";")[0], said["mrkdwn"]) == (SECRET_PATH, "application/json", False)
    assert "&lt;b&gt;&amp;&lt;/b&gt;" in said["text"]
    assert "@channel" not in said["text"] and "<!here>" not in said["text"]
    assert said["text"].endswith("<https://acme.my.salesforce.com/00T1>")


def test_the_receiver_of_a_webhook_can_tell_who_sent_it_when_and_whether_it_is_a_copy(
    web: WebReceiver, tls: TlsFiles
) -> None:
    posted(web, tls, "webhook", secret="s3cret")
    [(_, headers, body)] = web.got
    at_s, _, digest = headers["Syncer-Signature"].removeprefix("t=").partition(",v1=")
    expected = hmac.new(b"s3cret", f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(digest, expected)
    assert int(at_s) == 1_780_000_000
    assert headers["Syncer-Notice-Id"] == json.loads(body)["id"] == "abc123"
    assert json.loads(body)["facts"] == {"status": "MQL", "due_ms": 5}


@pytest.mark.parametrize(
    ("statuses", "error", "calls"),
    [
        ([200], None, 1),
        ([429, 503, 200], None, 3),
        ([503], TransientError, 3),
        ([500], UnknownOutcomeError, 1),
        ([0], UnknownOutcomeError, 1),
        ([400], DataError, 1),
        ([401], AuthError, 1),
        ([403], AccessError, 1),
        ([404], GoneError, 1),
        ([410], GoneError, 1),
        ([302], ProtocolError, 1),
    ],
)
def test_what_a_receiver_answers_decides_whether_the_notice_stays_owed(
    web: WebReceiver, tls: TlsFiles, statuses: list[int], error: type[RemoteError] | None, calls: int
) -> None:
    web.statuses, web.headers = list(statuses), {"Location": "https://elsewhere.example/"}
    if error is None:
        posted(web, tls, "slack")
    else:
        with pytest.raises(error) as refused:
            posted(web, tls, "slack")
        assert type(refused.value) is error
    assert len(web.got) == calls


def test_the_address_of_a_webhook_is_in_no_log_and_no_error(
    web: WebReceiver, tls: TlsFiles, caplog: pytest.LogCaptureFixture
) -> None:
    web.statuses, web.text = [404], f"no hook at {SECRET_PATH} or {SECRET_PATH.strip('/')}"
    with caplog.at_level(logging.DEBUG), pytest.raises(GoneError) as refused:
        posted(web, tls, "slack", secret="s3cret")
    assert caplog.records, "the pool and the policy log at this level"
    told = caplog.text + str(refused.value) + refused.value.action
    assert "SECRET" not in told and "s3cret" not in told
    shown = repr(ChannelSettings("team", "slack", url=SECRET_PATH, secret="s3cret", user="u1", password="p1"))
    assert not {word for word in ("SECRET", "s3cret", "u1", "p1") if word in shown}


@pytest.mark.parametrize(
    "url", ["hooks.example/x", "ftp://hooks.example/x", "http://hooks.example/x", "https://", "http://[::1"]
)
def test_an_address_that_cannot_be_used_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(ProtocolError):
        channel("webhook", url=url)


def test_a_receiver_that_is_not_there_or_not_trusted_is_told_apart(web: WebReceiver, tls: TlsFiles) -> None:
    with pytest.raises(AuthError), closing(channel("slack", url=f"https://127.0.0.1:{web.port}/x")) as made:
        made.send(NOTICE, ())
    with pytest.raises(TransientError), closing(channel("slack", url="http://127.0.0.1:9/x")) as made:
        made.send(NOTICE, ())
    assert not web.got


def mail(receiver: MailReceiver, files: TlsFiles, **more: Any) -> Any:
    told = {
        "host": "localhost",
        "port": receiver.port,
        "sender": "syncer@acme.example",
        "ca_bundle": str(files.ca_path),
    }
    return channel("smtp", **(told | more))


@pytest.mark.parametrize("mode", ["starttls", "implicit"])
def test_mail_goes_over_tls_with_a_log_in_and_an_id_that_stays_the_same(tls: TlsFiles, mode: str) -> None:
    with mail_receiver(tls.server_context(), implicit=mode == "implicit") as receiver:
        receiver.password = "pw"
        for _ in range(2):
            made = mail(receiver, tls, tls=mode, user="u", password="pw")
            assert list(made.send(NOTICE, ["ann@acme.example"])) == []
    assert receiver.encrypted == [True, True] and receiver.log_ins == [b"\0u\0pw"] * 2
    read = [email.message_from_bytes(text, policy=mail_policy.default) for _, _, text in receiver.mails]
    assert {one["Message-ID"] for one in read} == {"<abc123@acme.example>"}
    assert (read[0]["Subject"], read[0]["To"]) == (NOTICE.subject, "ann@acme.example")
    assert read[0].get_content().splitlines() == [*NOTICE.lines, NOTICE.link]


@pytest.mark.parametrize(
    ("refuses", "more", "error"),
    [
        ({"RCPT": "550 unknown"}, {}, DataError),
        ({"RCPT": "451 greylisted"}, {}, TransientError),
        ({"MAIL": "550 not you"}, {}, DataError),
        ({"DATA": "554 no"}, {}, DataError),
        ({"TEXT": "451 later"}, {}, TransientError),
        ({"TEXT": ""}, {}, UnknownOutcomeError),
        ({"MAIL": ""}, {}, TransientError),
        ({"EHLO": "421 busy", "HELO": "421 busy"}, {}, TransientError),
        ({}, {"user": "u", "password": "wrong"}, AuthError),
        ({}, {"ca_bundle": None}, AuthError),
    ],
)
def test_a_mail_that_was_refused_says_who_must_do_what(
    tls: TlsFiles, refuses: dict[str, str], more: dict[str, Any], error: type[RemoteError]
) -> None:
    with mail_receiver(tls.server_context()) as receiver:
        receiver.refuses, receiver.password = refuses, "pw"
        with pytest.raises(error) as refused:
            mail(receiver, tls, **more).send(NOTICE, ["ann@acme.example"])
    assert type(refused.value) is error
    assert refused.value.action
    assert "wrong" not in str(refused.value)


def test_one_bad_address_keeps_the_mail_from_nobody_else(tls: TlsFiles) -> None:
    with mail_receiver(tls.server_context()) as receiver:
        receiver.refuses = {"gone@acme.example": "550 unknown"}
        to = ["gone@acme.example", "ann@acme.example", "x\r\nBcc: all@acme.example"]
        assert set(mail(receiver, tls).send(NOTICE, to)) == {to[0], to[2]}
    [(_, reached, text)] = receiver.mails
    assert reached == ["ann@acme.example"]
    assert b"\r\nBcc:" not in text


def test_a_server_without_tls_gets_no_mail_and_no_password(tls: TlsFiles) -> None:
    with mail_receiver(tls.server_context()) as receiver:
        receiver.offers_tls, receiver.password = False, "pw"
        with pytest.raises(ProtocolError):
            mail(receiver, tls, user="u", password="pw").send(NOTICE, ["ann@acme.example"])
    assert not receiver.mails and not receiver.log_ins
    with pytest.raises(ProtocolError):
        channel("smtp", host="mail.example", tls="none", sender="a@b.example")
