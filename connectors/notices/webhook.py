"""Notices by HTTP POST: as Slack and those that speak its form read them, or as signed JSON.

The address of a Slack webhook is its password: it is in no log and no error, whoever writes them. The generic webhook
carries `Syncer-Notice-Id`, so that the receiver can drop a second copy, and, with a secret,
`Syncer-Signature: t=SECONDS,v1=HEX`: HMAC-SHA256 over `SECONDS.BODY`.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import orjson

from connectors.base import (
    AccessError,
    AuthError,
    Clock,
    DataError,
    Entropy,
    GoneError,
    ProtocolError,
    RemoteError,
    SideName,
    TransientError,
)
from connectors.http import Answer, Call, Transport
from connectors.notices.channel import ChannelSettings, Notice
from connectors.policy import NOT_DONE, Effect
from connectors.redact import MASK, redact
from connectors.tokens import Grant, TokenKeeper

Body = Callable[[Notice, ChannelSettings, int], tuple[bytes, Mapping[str, str]]]
_LONGEST: Final = 3_000  # characters that Slack shows of a message
_ERRORS: Final[Mapping[int, type[RemoteError]]] = {
    400: DataError,
    401: AuthError,
    403: AccessError,
    404: GoneError,
    410: GoneError,
    413: DataError,
    422: DataError,
}


def slack_body(notice: Notice, _settings: ChannelSettings, _now_ms: int) -> tuple[bytes, Mapping[str, str]]:
    """Plain text: nothing that a lead wrote becomes a link, a format or a call to everybody."""
    text = "\n".join([notice.subject, *notice.lines])[:_LONGEST]
    for sign, instead in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("@", "@\u200b")):
        text = text.replace(sign, instead)
    if notice.link:
        text = f"{text}\n<{notice.link}>"
    return orjson.dumps({"text": text, "mrkdwn": False, "link_names": 0}), {}


def signed_body(notice: Notice, settings: ChannelSettings, now_ms: int) -> tuple[bytes, Mapping[str, str]]:
    """The facts as JSON, and the headers that let the receiver trust and count them."""
    body = orjson.dumps(
        {
            "id": notice.notice_id,
            "subject": notice.subject,
            "lines": list(notice.lines),
            "link": notice.link,
            "facts": dict(notice.facts),
        }
    )
    headers = {"Syncer-Notice-Id": notice.notice_id}
    if settings.secret:
        headers["Syncer-Signature"] = signature(settings.secret, body, now_ms // 1000)
    return body, headers


def signature(secret: str, body: bytes, at_s: int) -> str:
    """What the receiver works out again, over the body as it arrived; an old `t` is a replay."""
    digest = hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at_s},v1={digest}"


class WebhookChannel:
    """One address. `body` makes what is posted."""

    def __init__(self, settings: ChannelSettings, clock: Clock, entropy: Entropy, body: Body, *, keyed: bool) -> None:
        self.name, self.keyed = settings.name, keyed
        self._settings, self._clock, self._body = settings, clock, body
        _check_address(settings)
        _hide(settings.url)
        self._transport = Transport(
            _Receiver(settings),
            clock,
            entropy,
            TokenKeeper(clock, given=Grant("", "")),  # never used: calls carry no log-in of ours
            policy=settings.policy,
            ca_bundle=settings.ca_bundle,
            threads=1,
        )

    def send(self, notice: Notice, to: Sequence[str]) -> Sequence[str]:
        """See `Channel.send`; who is addressed is the receiver's affair."""
        body, headers = self._body(notice, self._settings, self._clock.now_ms())
        call = Call(
            "POST",
            self._settings.url,
            "notice",
            effect=Effect.KEYED_WRITE,
            headers={"Content-Type": "application/json; charset=utf-8", **headers},
            body=body,
            authorised=False,
            decode=False,
            secret_path=True,
        )
        self._transport.send(call)
        return ()

    def close(self) -> None:
        self._transport.close()


class _Receiver:
    """What an answer of the receiver means."""

    side: SideName | None = None

    def __init__(self, settings: ChannelSettings) -> None:
        self._settings = settings

    def error(self, answer: Answer) -> RemoteError | None:
        status = answer.status
        kind = TransientError if status in NOT_DONE or status >= 500 else _ERRORS.get(status, ProtocolError)
        said = " ".join(answer.body[:200].decode("utf-8", "replace").split())
        for secret in (self._settings.url, urlsplit(self._settings.url).path.strip("/"), self._settings.secret):
            said = said.replace(secret, MASK) if secret else said
        action = "" if kind is TransientError else f"Look at the notice {self._settings.name} and its address."
        return kind(f"{self._settings.name} answered {status}: {redact(said)}", status=status, action=action)

    def renewable(self, answer: Answer) -> bool:
        return False

    def heard(self, answer: Answer, call: Call) -> None:
        """Receivers name no allowances."""


def _check_address(settings: ChannelSettings) -> None:
    try:
        parts = urlsplit(settings.url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ProtocolError(
            f"the address of {settings.name} is no web address", action="Put the whole address there, with https://."
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ProtocolError(f"the address of {settings.name} is not encrypted", action="Use its address with https://.")


def is_loopback(host: str) -> bool:
    """Whether that host is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class _HiddenPaths(logging.Filter):
    """The pool below writes the path of every request at level debug."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(MASK if one in self.paths else one for one in record.args)
        return True


_HIDDEN: Final = _HiddenPaths()
_POOL_LOG: Final = logging.getLogger("urllib3.connectionpool")


def _hide(url: str) -> None:
    parts = urlsplit(url)
    _HIDDEN.paths.add(f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/")
    if _HIDDEN not in _POOL_LOG.filters:
        _POOL_LOG.addFilter(_HIDDEN)
