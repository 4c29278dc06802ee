"""One policy for every call to either CRM: pool, time-outs, retries, log-in, budgets, errors, the server's clock.

A `Transport` turns a `Call` into an `Answer` or raises one `RemoteError`. Whether a lost answer may be asked for again
is decided by the call's `Effect` alone. Vendors differ in one object, the `Vendor`, which reads their error bodies and
their limit headers. TLS verification is never off.
"""

from __future__ import annotations

import logging
import os
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import orjson
import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.utils import get_environ_proxies
from tenacity import Retrying, retry_if_exception
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError

from connectors.base import (
    AccessError,
    AuthError,
    CallCount,
    Clock,
    Entropy,
    PreconditionError,
    ProtocolError,
    RemoteError,
    SideName,
    TransientError,
    UnknownOutcomeError,
)
from connectors.budget import Budgets
from connectors.policy import NOT_DONE, Effect, Fuse, RetryPolicy, http_date_ms, parse_retry_after
from connectors.redact import MASK, redact
from connectors.tokens import Grant, TokenKeeper

USER_AGENT: Final = "syncer"
_CHUNK_BYTES: Final = 1 << 20  # requests' own 10 KiB cost more than the bytes
_PART_BYTES: Final = 16_384
_LOG = logging.getLogger(__name__)
_NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Call:
    """One request, before log-in. `url` is absolute, or a path on the address that the log-in named."""

    method: str
    url: str
    endpoint: str  # class of endpoint, for `CallCount`
    effect: Effect = Effect.READ
    params: Mapping[str, str] | Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    json: object = None  # encoded by orjson; None: no body
    body: bytes | None = None
    spends: Mapping[str, int] = field(default_factory=dict)  # budget name -> weight
    authorised: bool = True
    decode: bool = True  # the answer's body is JSON; False leaves bytes
    accepts: frozenset[int] = frozenset()  # statuses outside 2xx that are answers, not errors: 304, 404
    most_bytes: int = 0  # of the body that are read, and no longer than twice the read time-out; 0: all of it
    secret_path: bool = False  # who knows the address may use it: logs show its host alone


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. `value` is the decoded JSON, None for an empty body or an undecoded one."""

    status: int
    headers: Mapping[str, str]  # look-up without regard to case
    body: bytes
    value: Any
    started_ms: int  # our clock, before the request left


class Vendor(Protocol):
    """Where the systems differ on the wire."""

    side: SideName | None  # None: neither CRM

    def error(self, answer: Answer) -> RemoteError | None:
        """The typed error of a refusal; None where the body has no known shape (the status decides then)."""

    def renewable(self, answer: Answer) -> bool:
        """Whether a fresh token can cure this 401."""

    def heard(self, answer: Answer, call: Call) -> None:
        """Reads limit headers; called for every answer, errors included."""


class Transport:
    """The only way out. Safe for threads; builds its pool once and never changes it afterwards."""

    def __init__(
        self,
        vendor: Vendor,
        clock: Clock,
        entropy: Entropy,
        tokens: TokenKeeper,
        *,
        budgets: Budgets | None = None,
        policy: RetryPolicy | None = None,
        ca_bundle: str | None = None,
        threads: int = 4,
        mounts: Mapping[str, BaseAdapter] = _NOTHING,
        probe: Callable[[str], None] = lambda point: None,
    ) -> None:
        self.vendor, self.tokens, self.calls = vendor, tokens, CallCount()
        self._clock, self._budgets, self._probe = clock, budgets, probe
        self._policy = policy or RetryPolicy()
        self._session = _pooled_session(threads, mounts)
        self._verify = _verification(ca_bundle)
        self._proxies: dict[str, dict[str, str]] = {}
        self._mounted = tuple(mounts)
        self._fuse = Fuse(clock, vendor.side)
        self._lock = threading.Lock()
        self._server: tuple[int, int] | None = None  # server's ms, our ms when it was heard
        self._date_header = ""
        self._call_point, self._answered_point = f"{vendor.side}.call", f"{vendor.side}.answered"
        self._retrying = Retrying(
            retry=retry_if_exception(self._policy.may_retry),
            wait=self._policy.wait(entropy),
            stop=self._policy.stop(),
            sleep=clock.sleep,
            reraise=True,
        )

    def send(self, call: Call) -> Answer:
        """The answer, after as many repetitions as the policy and the call's effect allow.

        Raises TransientError (nothing was done, tries used up), UnknownOutcomeError (a write left and no answer can
        be trusted), or what the vendor's refusal means.
        """
        self._fuse.check()
        if call.authorised:
            self.tokens.grant()  # a log-in has tries of its own, not those of this call
        try:
            answer: Answer = self._retrying(self._attempt, call)
        except (TransientError, UnknownOutcomeError) as error:
            if error.status is None or error.status >= 500:
                self._fuse.gave_up()
            raise
        self._fuse.answered()
        return answer

    def server_now_ms(self) -> int | None:
        """The vendor's clock by its newest Date header, at most our own drift ahead of it; None if unheard."""
        if self._server is None:
            return None
        server_ms, heard_ms = self._server
        return server_ms + max(0, self._clock.now_ms() - heard_ms)

    def close(self) -> None:
        """Gives the pooled connections back."""
        self._session.close()

    def _attempt(self, call: Call) -> Answer:
        if not call.authorised:
            return self._judge(call, self._exchange(call, None))
        grant = self.tokens.grant()
        answer = self._exchange(call, grant)
        if answer.status != 401:
            self.tokens.taken(grant)
        elif self.vendor.renewable(answer):
            renewed = self.tokens.renew(grant)
            if renewed is not None:
                answer = self._exchange(call, renewed)  # same call, same headers, once
        return self._judge(call, answer)

    def _exchange(self, call: Call, grant: Grant | None) -> Answer:
        """One request on the wire. The probes bracket it: a kill at either point is a crash around a remote effect."""
        if self._budgets is not None and call.spends:
            self._budgets.spend(call.spends)
        prepared = _prepare(call, grant)
        with self._lock:
            self.calls.add(call.endpoint)
        self._probe(self._call_point)
        started_ms = self._clock.now_ms()
        try:
            response = self._session.send(
                prepared,
                timeout=self._policy.timeouts(),
                verify=self._verify,
                proxies=self._proxies_for(prepared.url or ""),
                allow_redirects=False,
                stream=True,
            )
            body = self._beginning(response, call.most_bytes) if call.most_bytes else _body(response)
        except requests.RequestException as error:
            self._probe(self._answered_point)
            raise self._failure(call, error) from None
        self._probe(self._answered_point)
        self._hear_date(response.headers.get("Date"))
        if _LOG.isEnabledFor(logging.DEBUG):
            took_ms = self._clock.now_ms() - started_ms
            shown = (urlsplit(call.url).hostname or MASK) if call.secret_path else redact(call.url)
            _LOG.debug("%s %s -> %d in %d ms", call.method, shown, response.status_code, took_ms)
        answer = self._answer(call, response, body, started_ms)
        self.vendor.heard(answer, call)
        return answer

    def _beginning(self, response: requests.Response, most_bytes: int) -> bytes:
        """The first bytes of a body of whatever length, from a server that may send it drop by drop."""
        if response.raw is None:
            return response.content[:most_bytes]
        until_ms = self._clock.now_ms() + int(2_000 * self._policy.timeouts()[1])
        parts: list[bytes] = []
        size = 0
        try:
            while size < most_bytes and self._clock.now_ms() < until_ms:
                part = response.raw.read1(_PART_BYTES, decode_content=True)
                if not part:
                    break
                parts.append(part)
                size += len(part)
        except HTTPError as error:
            raise requests.ConnectionError(error) from error
        finally:
            response.close()
        return b"".join(parts)[:most_bytes]

    def _answer(self, call: Call, response: requests.Response, body: bytes, started_ms: int) -> Answer:
        status = response.status_code
        good = 200 <= status < 300
        value = None
        if body and (call.decode or not good):
            try:
                value = orjson.loads(body)
            except orjson.JSONDecodeError:
                if good:  # a gateway's page, or half an answer: as if it had been lost on the way
                    raise self._lost(call, "an answer that is no JSON", status, redact(_text(body))) from None
        return Answer(status, response.headers, body, value, started_ms)

    def _judge(self, call: Call, answer: Answer) -> Answer:
        status = answer.status
        if 200 <= status < 300 or status in call.accepts:
            return answer
        error = self.vendor.error(answer) or _by_status(answer)
        if status == 501:  # the server knows no such call: nothing was done, and asking again cannot help
            error = ProtocolError(error.message, code=error.code, action=_NOT_IMPLEMENTED)
        elif status >= 500 and not isinstance(error, AuthError):  # 530: the CDN in front refuses a malformed token
            undone = call.effect is Effect.READ or (status in NOT_DONE and call.effect is not Effect.UNKEYED_WRITE)
            kind = TransientError if undone else UnknownOutcomeError
            error = kind(
                error.message,
                code=error.code,
                action=error.action,
                status=status,
                retry_after_s=error.retry_after_s,
            )
        if error.retry_after_s is None and status in NOT_DONE:
            now_ms = self.server_now_ms() or self._clock.now_ms()
            error.retry_after_s = parse_retry_after(answer.headers.get("Retry-After"), now_ms)
        error.side, error.status = self.vendor.side, status
        error.message = redact(error.message)
        error.args = (error.message,)
        raise error

    def _failure(self, call: Call, error: requests.RequestException) -> RemoteError:
        name = type(error).__name__
        if _is_certificate(error):
            return AuthError(
                "the server's certificate is not trusted",
                side=self.vendor.side,
                code="TLS",
                action="Set ca_bundle to the certificate authority of this server, or look for a machine in between.",
            )
        if _never_left(error):
            return TransientError(f"no connection ({name})", side=self.vendor.side)
        if isinstance(error, ValueError):  # an address, a scheme or a header that requests will not send
            return ProtocolError(f"a request that cannot be sent ({name})", side=self.vendor.side)
        return self._lost(call, f"no complete answer ({name})", None, "")

    def _lost(self, call: Call, message: str, status: int | None, detail: str) -> RemoteError:
        kind = TransientError if call.effect is Effect.READ else UnknownOutcomeError
        text = f"{message}: {detail[:200]}" if detail else message
        return kind(text, side=self.vendor.side, status=status)

    def _hear_date(self, header: str | None) -> None:
        if not header:
            return
        if header == self._date_header and self._server is not None:
            return  # same second: the older pair is the tighter one
        try:
            self._server = (http_date_ms(header), self._clock.now_ms())
        except ValueError:
            return
        self._date_header = header

    def _proxies_for(self, url: str) -> dict[str, str]:
        host = urlsplit(url).netloc
        if host not in self._proxies:
            mounted = any(url.startswith(prefix) for prefix in self._mounted)
            self._proxies[host] = {} if mounted else get_environ_proxies(url)
        return self._proxies[host]


def _pooled_session(threads: int, mounts: Mapping[str, BaseAdapter]) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a .netrc would replace our token; the CA variable would override the configured bundle
    # Redirections are never followed; without this requests would still read their bodies and parse their addresses.
    session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=max(1, threads), pool_block=True)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    for prefix, mounted in mounts.items():
        session.mount(prefix, mounted)
    return session


def _verification(ca_bundle: str | None) -> str | bool:
    """What to trust: the configured bundle, else the environment's, else the system's; never nothing."""
    return ca_bundle or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True


def _prepare(call: Call, grant: Grant | None) -> requests.PreparedRequest:
    url = call.url
    headers = {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}
    body = call.body
    if call.json is not None:
        body = orjson.dumps(call.json)
        headers["Content-Type"] = "application/json"
    headers.update(call.headers)
    if grant is not None:
        headers["Authorization"] = f"Bearer {grant.token}"
        if url.startswith("/"):
            url = _joined(grant.base_url, url)
        elif urlsplit(url).netloc != urlsplit(grant.base_url).netloc:
            raise ProtocolError("a token is sent only to the address it was given for")
    return requests.Request(call.method, url, headers=headers, params=call.params, data=body).prepare()


def _joined(base_url: str, path: str) -> str:
    """The address under the base; a path that the server gave may begin with the base's own path already."""
    own = urlsplit(base_url).path
    return base_url.removesuffix(own) + path if own and path.startswith(f"{own}/") else base_url + path


_NOT_IMPLEMENTED: Final = "Look whether this server, edition or version offers the call that is named."
_STATUS_ERRORS: Final[Mapping[int, type[RemoteError]]] = {401: AuthError, 403: AccessError, 412: PreconditionError}


def _by_status(answer: Answer) -> RemoteError:
    """For bodies of no known shape: HTML of a gateway, text, nothing."""
    kind = _STATUS_ERRORS.get(answer.status, ProtocolError)
    if answer.status in NOT_DONE or answer.status >= 500:
        kind = TransientError
    detail = _text(answer.body)
    message = f"status {answer.status}: {detail}" if detail else f"status {answer.status} without a body"
    return kind(message, status=answer.status)


def _body(response: requests.Response) -> bytes:
    """All of it: in large parts from a line; a door in process hands it over as it is."""
    return response.content if response.raw is None else b"".join(response.iter_content(_CHUNK_BYTES))


def _text(body: bytes) -> str:
    """The beginning of a foreign body on one line."""
    return " ".join(body[:200].decode("utf-8", "replace").split())


def _causes(error: BaseException) -> list[BaseException]:
    """The error, what it wraps and what it carries as arguments: requests hides urllib3's reason there."""
    found: list[BaseException] = []
    queue: list[object] = [error]
    while queue and len(found) < 20:
        item = queue.pop(0)
        if isinstance(item, BaseException) and item not in found:
            found.append(item)
            queue += [*item.args, getattr(item, "reason", None), item.__cause__, item.__context__]
    return found


def _never_left(error: requests.RequestException) -> bool:
    """True only where no byte of the request can have reached the server."""
    if isinstance(error, (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    causes = _causes(error)
    return any(isinstance(cause, NewConnectionError) for cause in causes) and any(
        isinstance(cause, MaxRetryError) for cause in causes
    )


def _is_certificate(error: requests.RequestException) -> bool:
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error))
