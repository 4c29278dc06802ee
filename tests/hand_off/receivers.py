"""Who receives notices: a web server and a mail server on loopback, real ones, over TLS where asked."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class WebReceiver:
    """Answers the statuses in turn, the last one for ever; 0 hangs up after the request, without an answer."""

    port: int = 0
    statuses: list[int] = field(default_factory=lambda: [200])
    headers: dict[str, str] = field(default_factory=dict)
    text: str = "ok"
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def next_status(self) -> int:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@contextmanager
def web_receiver(context: ssl.SSLContext | None = None) -> Iterator[WebReceiver]:
    receiver = WebReceiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append((self.path, dict(self.headers), body))
            status = receiver.next_status()
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(receiver.text.encode())))
            self.end_headers()
            self.wfile.write(receiver.text.encode())

        def log_message(self, *_said: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    with _running(server):
        yield receiver


@dataclass
class MailReceiver:
    """A mail server. `refuses`: command or addressee -> answer; "" as answer hangs up. `mails`: (from, to, text)."""

    port: int = 0
    refuses: dict[str, str] = field(default_factory=dict)
    offers_tls: bool = True
    password: str = ""
    log_ins: list[bytes] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    mails: list[tuple[str, list[str], bytes]] = field(default_factory=list)


@contextmanager
def mail_receiver(context: ssl.SSLContext | None = None, *, implicit: bool = False) -> Iterator[MailReceiver]:
    receiver = MailReceiver()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            try:
                _serve(self, receiver, context, implicit)
            except (OSError, ssl.SSLError):
                return  # the client went away

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    with _running(server):
        yield receiver


@contextmanager
def _running(server: Any) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _serve(handler: Any, receiver: MailReceiver, context: ssl.SSLContext | None, implicit: bool) -> None:
    line = handler.connection
    if implicit:
        line = context.wrap_socket(line, server_side=True)
    encrypted, stream = implicit, line.makefile("rb")
    sender, to = "", []

    def say(*lines: str) -> None:
        line.sendall("".join(f"{text}\r\n" for text in lines).encode())

    say("220 receiver.example ESMTP")
    while command := stream.readline().decode().strip():
        word, _, rest = command.partition(" ")
        word = word.upper()
        key = next((one for one in receiver.refuses if one in (word, command) or f"<{one}>" in rest), None)
        if key is not None:
            if not receiver.refuses[key]:
                line.close()
                return
            say(receiver.refuses[key])
        elif word == "EHLO":
            extras = ["STARTTLS"] if context is not None and not encrypted and receiver.offers_tls else []
            extras += ["AUTH PLAIN"] if receiver.password else []
            told = ["receiver.example", *extras, "8BITMIME"]
            say(*(f"250-{one}" for one in told[:-1]), f"250 {told[-1]}")
        elif word == "STARTTLS":
            say("220 go ahead")
            line = context.wrap_socket(line, server_side=True)
            encrypted, stream = True, line.makefile("rb")
        elif word == "AUTH":
            import base64

            receiver.log_ins.append(base64.b64decode(rest.partition(" ")[2]))
            good = receiver.log_ins[-1].endswith(receiver.password.encode())
            say("235 welcome" if good else "535 no such user")
        elif word == "MAIL":
            sender = rest.partition("<")[2].partition(">")[0]
            say("250 ok")
        elif word == "RCPT":
            to.append(rest.partition("<")[2].partition(">")[0])
            say("250 ok")
        elif word == "DATA":
            say("354 go on")
            text = b""
            while (read := stream.readline()) != b".\r\n":
                text += read
            if receiver.refuses.get("TEXT") == "":
                line.close()
                return
            receiver.mails.append((sender, to, text))
            receiver.encrypted.append(encrypted)
            to = []
            say(receiver.refuses.get("TEXT", "250 queued"))
        elif word == "QUIT":
            say("221 bye")
            return
        else:
            say("250 ok")
