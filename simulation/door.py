"""The in-process door: a `requests` adapter that hands prepared requests to a sandbox model's `handle`.

Mounted on the connectors' own transport, so that the simulation runs their real code without a socket. What the line
does to an answer (reset, truncation, delay) becomes the exception that a socket would have given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from sandbox.kernel import Request, Response

_UNSENT = frozenset({"accept-encoding", "connection"})  # in process nothing is compressed, nothing is kept alive


class InProcessAdapter(BaseAdapter):
    """One model behind `https://…`; `passes` is told how many ms an answer takes (the simulation moves its clock)."""

    def __init__(
        self, handle: Callable[[Request], Response], passes: Callable[[int], None] = lambda duration_ms: None
    ) -> None:
        super().__init__()
        self._handle, self._passes = handle, passes

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | None = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """The model's answer. Raises what requests raises for a reset, a broken body or too long a wait."""
        response = self._handle(to_model(request))
        read_s = timeout[1] if isinstance(timeout, tuple) else timeout
        if read_s is not None and response.delay_ms > read_s * 1000:
            self._passes(int(read_s * 1000))
            raise requests.ReadTimeout(f"no answer within {read_s} s", request=request)
        if response.delay_ms:
            self._passes(response.delay_ms)
        if response.drop:
            raise requests.ConnectionError("connection reset by peer", request=request)
        if response.truncate_at is not None and response.truncate_at < len(response.body):
            raise requests.exceptions.ChunkedEncodingError("connection broken in the body", request=request)
        return to_requests(request, response)

    def close(self) -> None:
        """Nothing is held."""


def to_model(request: requests.PreparedRequest) -> Request:
    """The request as the server's parser would give it: raw path and query, header names in lower case."""
    parts = urlsplit(request.url or "")
    headers = {name.lower(): value for name, value in request.headers.items() if name.lower() not in _UNSENT}
    headers["host"] = parts.netloc
    body = request.body or b""
    return Request(
        method=request.method or "GET",
        path=parts.path or "/",
        query=parts.query,
        headers=headers,
        body=body.encode() if isinstance(body, str) else bytes(body),
    )


def to_requests(request: requests.PreparedRequest, response: Response) -> requests.Response:
    made = requests.Response()
    made.status_code = response.status
    made.headers = CaseInsensitiveDict(response.headers)
    made._content = response.body
    made._content_consumed = True
    made.url = request.url or ""
    made.request = request
    made.encoding = "utf-8"
    return made
