"""HTTP/1.1 on one connection, by hand: the library's reader parses headers as e-mail, which costs more than a model.

Strict where leniency would hide a client's fault: lengths, chunks, header syntax. Anything wrong is answered with its
status and the connection is closed, because the next request's start is no longer known.
"""

from __future__ import annotations

import re
import socket
import struct
import zlib
from contextlib import suppress
from email.utils import formatdate
from functools import lru_cache
from typing import Final

from sandbox.kernel import Request, Response

HEAD_LIMIT: Final = 64 * 1024  # bytes of request line and headers
BODY_LIMIT: Final = 256 * 1024 * 1024  # bytes; Salesforce's bulk upload takes 150 MB
_CHUNK: Final = 64 * 1024
_GZIP_FROM: Final = 512  # bytes: below, compressing costs more than it saves
_TOKEN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_REASONS: Final = {
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 207: "Multi-Status", 300: "Multiple Choices",
    304: "Not Modified", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed",
    413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type", 417: "Expectation Failed",
    423: "Locked", 429: "Too Many Requests", 431: "Request Header Fields Too Large", 500: "Internal Server Error",
    501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip


class BadRequest(Exception):
    """The bytes are no request we can answer in peace; the connection ends after the answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Closed(Exception):
    """The peer went away, between requests or in the middle of one."""


@lru_cache(maxsize=4)
def http_date(second: int) -> str:
    return formatdate(second, usegmt=True)


class Wire:
    """One connection: requests in, responses out. Raises Closed when the peer is gone and OSError on a broken line."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""
        self.keep_alive = True

    def read_request(self) -> Request:
        head = self._read_head()
        lines = head.split(b"\r\n")
        method, path, query, version = _request_line(lines[0])
        headers = _headers(lines[1:])
        if version == b"HTTP/1.1" and "host" not in headers:
            raise BadRequest(400, "a request names its host")
        tokens = headers.get("connection", "").lower()
        self.keep_alive = "close" not in tokens if version == b"HTTP/1.1" else "keep-alive" in tokens
        body = self._read_body(headers)
        if headers.get("content-encoding", "").lower() == "gzip":
            body = _unzipped(body)
        return Request(method, path, query, headers, body)

    def _more(self) -> None:
        received = self._connection.recv(_CHUNK)
        if not received:
            raise Closed
        self._buffer = self._buffer + received if self._buffer else received

    def _read_head(self) -> bytes:
        searched = 0
        while True:
            if searched == 0:
                self._buffer = self._buffer.lstrip(b"\r\n")
            end = self._buffer.find(b"\r\n\r\n", max(0, searched - 3))
            if max(end, len(self._buffer) if end < 0 else 0) > HEAD_LIMIT:
                raise BadRequest(431, "request line and headers exceed 64 KiB")
            if end >= 0:
                head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
                return head
            searched = len(self._buffer)
            self._more()

    def _read_body(self, headers: dict[str, str]) -> bytes:
        length, coding = headers.get("content-length"), headers.get("transfer-encoding")
        if length is None and coding is None:
            return b""
        if length is not None and coding is not None:
            raise BadRequest(400, "a body has a length or a transfer coding, not both")
        if coding is not None and coding.lower() != "chunked":
            raise BadRequest(501, f"transfer coding {coding!r} is unknown")
        if length is not None and not (length.isascii() and length.isdecimal()):
            raise BadRequest(400, "Content-Length is no number")
        if length is not None and int(length) > BODY_LIMIT:
            raise BadRequest(413, "the body is too large")
        expectation = headers.get("expect")
        if expectation is not None:
            if expectation.lower() != "100-continue":
                raise BadRequest(417, f"cannot meet {expectation!r}")
            self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self._read_chunked() if length is None else self._read_exactly(int(length))

    def _read_exactly(self, count: int) -> bytes:
        if len(self._buffer) >= count:
            taken, self._buffer = self._buffer[:count], self._buffer[count:]
            return taken
        parts, missing = [self._buffer], count - len(self._buffer)
        self._buffer = b""
        while missing:
            received = self._connection.recv(min(missing, 1 << 20))
            if not received:
                raise Closed
            parts.append(received)
            missing -= len(received)
        return b"".join(parts)

    def _read_line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > HEAD_LIMIT:
                raise BadRequest(400, "a line of the chunked body is too long")
            self._more()
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        return line

    def _read_chunked(self) -> bytes:
        parts: list[bytes] = []
        total = 0
        while True:
            digits = self._read_line().partition(b";")[0].strip()
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,16}", digits):
                raise BadRequest(400, "a chunk has no size")
            size = int(digits, 16)
            if size == 0:
                break
            total += size
            if total > BODY_LIMIT:
                raise BadRequest(413, "the body is too large")
            parts.append(self._read_exactly(size))
            if self._read_exactly(2) != b"\r\n":
                raise BadRequest(400, "a chunk is longer than its size")
        while self._read_line():
            pass  # trailers carry nothing for us
        return b"".join(parts)

    def write(self, request: Request | None, response: Response, now_ms: int) -> None:
        """Sends a response, whole or cut at `truncate_at`; after a cut, and after a drop, the connection is reset."""
        if response.drop:
            self.reset()
            return
        body, headers = response.body, dict(response.headers)
        asked = "" if request is None else request.headers.get("accept-encoding", "")
        whole = response.truncate_at is None
        if whole and len(body) >= _GZIP_FROM and "gzip" in asked and "Content-Encoding" not in headers:
            body = _zipped(body)
            headers["Content-Encoding"] = "gzip"
            headers["Vary"] = "Accept-Encoding"
        status = response.status
        if status != 204 and status != 304:
            headers["Content-Length"] = str(len(body))
        headers.setdefault("Date", http_date(now_ms // 1000))
        if not self.keep_alive:
            headers["Connection"] = "close"
        head = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}"]
        head += [f"{name}: {value}" for name, value in headers.items()]
        raw = ("\r\n".join(head) + "\r\n\r\n").encode("latin-1")
        if (request is not None and request.method == "HEAD") or status in (204, 304):
            body = b""
        if whole:
            self._connection.sendall(raw + body)
        else:
            self._connection.sendall(raw + body[: response.truncate_at])
            self.finish()

    def refuse(self, response: Response, now_ms: int) -> None:
        """Answers a broken request and ends the line; reads on for a while, lest a reset beat the answer."""
        self.keep_alive = False
        self.write(None, response, now_ms)
        with suppress(OSError):
            self._connection.settimeout(1.0)
            self._connection.shutdown(socket.SHUT_WR)
            for _ in range(64):
                if not self._connection.recv(_CHUNK):
                    return

    def finish(self) -> None:
        """Ends the line after the bytes sent so far have travelled, without a TLS farewell: a cut, not a goodbye."""
        self.keep_alive = False
        with suppress(OSError):  # the peer was faster
            self._connection.shutdown(socket.SHUT_WR)
        self._connection.close()

    def reset(self) -> None:
        """Ends the line at once; the peer sees a reset connection."""
        self.keep_alive = False
        with suppress(OSError):  # the peer was faster
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()


def _request_line(line: bytes) -> tuple[str, str, str, bytes]:
    parts = line.split(b" ")
    if len(parts) != 3 or parts[2] not in (b"HTTP/1.1", b"HTTP/1.0") or not _TOKEN.fullmatch(parts[0]):
        raise BadRequest(400, "no HTTP/1.1 request line")
    target = parts[1].decode("latin-1").partition("#")[0]
    if not target.startswith("/"):
        scheme, separator, rest = target.partition("://")
        if not separator or scheme.lower() not in ("http", "https"):
            raise BadRequest(400, "the request target is no path")
        target = "/" + rest.partition("/")[2]
    path, _, query = target.partition("?")
    # Some clients put a slash behind the instance URL, so that the path begins with two.
    return parts[0].decode(), "/" + path.lstrip("/"), query, parts[2]


def _headers(lines: list[bytes]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        raw_name, separator, raw_value = line.partition(b":")
        if not separator or not _TOKEN.fullmatch(raw_name):
            raise BadRequest(400, "a header line is malformed")
        name, value = raw_name.decode("ascii").lower(), raw_value.strip(b" \t").decode("latin-1")
        if name not in headers:
            headers[name] = value
        elif name == "content-length":
            raise BadRequest(400, "two lengths for one body")
        else:
            headers[name] = f"{headers[name]}{'; ' if name == 'cookie' else ', '}{value}"
    return headers


def _zipped(body: bytes) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


def _unzipped(body: bytes) -> bytes:
    unpacker = zlib.decompressobj(31)
    try:
        unpacked = unpacker.decompress(body, BODY_LIMIT)
    except zlib.error as error:
        raise BadRequest(400, "the body is no gzip stream") from error
    if unpacker.unconsumed_tail:
        raise BadRequest(413, "the unpacked body is too large")
    if not unpacker.eof:
        raise BadRequest(400, "the gzip stream breaks off")
    return unpacked
