"""One door of the models: HTTP/1.1 over TLS on loopback, a thread a connection, one lock around the world.

One lock and not one per system: the ledger then holds edits of both systems in the order in which they happened, and
under the interpreter's lock two models would not run at once anyway.
"""

from __future__ import annotations

import socket
import ssl
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from sandbox.faults import Door
from sandbox.kernel import Request, Response, json_response
from sandbox.wire import BadRequest, Closed, Wire

_IDLE_S: Final = 120.0  # a connection without requests is closed after this
_LONGEST_DELAY_S: Final = 600.0
LOOPBACK: Final = "127.0.0.1"


class Listener:
    """Serves one door on one loopback port until `stop`.

    `before` runs under the lock before each call (it moves the clock). `failures` collects the tracebacks of a door
    that raised: a bug of ours, answered with 500 and never hidden.
    """

    def __init__(
        self,
        name: str,
        door: Door,
        *,
        lock: threading.Lock,
        before: Callable[[], int],
        tls: ssl.SSLContext | None,
        listening: socket.socket,
    ) -> None:
        self.name = name
        self.door = door
        self.failures: list[str] = []
        self._lock = lock
        self._before = before
        self._tls = tls
        self._listening = listening
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._stopped = False
        self._thread = threading.Thread(target=self._accept, name=f"sandbox-{name}", daemon=True)

    @property
    def port(self) -> int:
        return int(self._listening.getsockname()[1])

    @property
    def url(self) -> str:
        return f"{'http' if self._tls is None else 'https'}://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the listener and its connections; calls that are being carried out are finished first."""
        self._stopped = True
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._listening.close()
        self._thread.join(timeout=5)
        with self._lock, self._guard:
            connections = list(self._connections)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._stopped:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                if self._stopped:
                    return
                time.sleep(0.01)  # out of file descriptors, say: the next try may find one
                continue
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with self._guard:
            self._connections.add(connection)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(_IDLE_S)
            secured = connection if self._tls is None else self._tls.wrap_socket(connection, server_side=True)
            with self._guard:
                self._connections.discard(connection)
                self._connections.add(secured)
            connection = secured
            self._converse(Wire(connection))
        except (OSError, Closed):
            pass  # peers come and go: refused handshakes, resets, idle connections
        finally:
            with self._guard:
                self._connections.discard(connection)
            connection.close()

    def _converse(self, wire: Wire) -> None:
        while wire.keep_alive and not self._stopped:
            try:
                request = wire.read_request()
            except BadRequest as error:
                wire.refuse(json_response(error.status, {"message": error.text}), self._before())
                return
            response, now_ms = self._answer(request)
            if response.delay_ms:
                time.sleep(min(response.delay_ms / 1000, _LONGEST_DELAY_S))
            wire.write(request, response, now_ms)

    def _answer(self, request: Request) -> tuple[Response, int]:
        with self._lock:
            now_ms = self._before()
            try:
                return self.door.handle(request), now_ms
            except Exception:
                self.failures.append(f"{request.method} {request.path}\n{traceback.format_exc()}")
                print(f"sandbox {self.name}: {self.failures[-1]}", file=sys.stderr)
                return json_response(500, {"message": "the sandbox itself failed; its log has the traceback"}), now_ms


def bind(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 takes a free one. Raises OSError when the port is taken."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((LOOPBACK, port))
        listening.listen(256)
    except OSError:
        listening.close()
        raise
    return listening
