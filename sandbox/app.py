"""The sandbox as a whole: both models filled, behind three listeners on loopback, with people and faults."""

from __future__ import annotations

import signal
import socket
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from types import FrameType
from typing import Any, Final, Self, TextIO

import orjson

from sandbox.control import ControlledDoor
from sandbox.credentials import Credentials, ensure_key
from sandbox.errors import SandboxError
from sandbox.faults import Door, Faults, FaultyDoor
from sandbox.journal import Journal, JournaledDoor, repeat
from sandbox.models import Models
from sandbox.options import SandboxOptions
from sandbox.server import LOOPBACK, Listener, bind
from sandbox.tls import ensure_certificates, write_private
from sandbox.wall import WallDriver, wall_now_ms

__all__ = ["Sandbox", "SandboxOptions", "serve"]

SYSTEMS: Final = ("salesforce", "hubspot", "vendors")


class Sandbox:
    """A running sandbox; a context manager that stops it. Whoever touches the models in process holds `lock`.

    Edits made in process (not over HTTP, not by `let_people`) are not kept in the state.
    """

    def __init__(self, options: SandboxOptions, sockets: Mapping[str, socket.socket], journal: Journal | None) -> None:
        tls = None if options.plain_http else ensure_certificates(options.place)
        key_path, public_key = ensure_key(options.place)
        ports = {name: int(made.getsockname()[1]) for name, made in sockets.items()}
        scheme = "http" if options.plain_http else "https"
        self.options = options
        self.lock = threading.Lock()
        self.credentials = Credentials(str(key_path.resolve()))
        self.ca_bundle = None if tls is None else str(tls.ca_path.resolve())
        self.people_every_ms: int | None = None
        self.failures: list[str] = []  # tracebacks of people who stumbled over a bug of ours
        self._urls = {name: f"{scheme}://{LOOPBACK}:{port}" for name, port in ports.items()}
        self._journal = journal
        start_ms = wall_now_ms() if options.start_ms is None else options.start_ms
        if journal is not None:
            world = options.world() | {"plain_http": options.plain_http, "ports": ports}
            start_ms = journal.begin(world, {"start_ms": start_ms})["start_ms"]
        models = Models.filled(options, self._urls, self.credentials, public_key, start_ms)
        self.clock, self.ledger, self.population = models.clock, models.ledger, models.population
        self.org, self.portal, self.people, self.later = models.org, models.portal, models.people, models.later
        self.vendors = models.vendors
        self.load_reports = models.load_reports
        doors = models.doors if journal is None else self._go_on(models.doors, journal)
        self.driver = WallDriver(self.clock, speed=options.speed)
        self.faults = {name: Faults(name, self.clock, options.seed) for name in SYSTEMS}
        for faults in self.faults.values():
            faults.switch(options.faults)
        self.listeners = {
            name: Listener(
                name,
                ControlledDoor(name, FaultyDoor(doors[name], self.faults[name]), self),
                lock=self.lock,
                before=self.driver.drive,
                tls=None if tls is None else tls.server_context(),
                listening=sockets[name],
            )
            for name in SYSTEMS
        }
        self._stopping = threading.Event()
        self._walking = threading.Thread(target=self._live, name="sandbox-people", daemon=True)

    def _go_on(self, doors: Mapping[str, Door], journal: Journal) -> dict[str, Door]:
        """Repeats what the journal tells; from then on the doors keep what they are asked. Raises JournalError."""
        repeat(journal.lines, doors, self.clock, self._deed)
        journal.lines.clear()
        if self.options.start_ms is None:
            self.clock.set(max(self.clock.now_ms(), wall_now_ms()))
        return {name: JournaledDoor(name, door, self.clock, journal) for name, door in doors.items()}

    @classmethod
    def start(cls, options: SandboxOptions) -> Self:
        """Raises SandboxError: a port that is taken, a file or a state of no use."""
        options.place.mkdir(parents=True, exist_ok=True)
        with ExitStack() as undo:
            journal = None if options.state is None else undo.enter_context(closing(Journal.open(options.state)))
            before = {} if journal is None or journal.beginning is None else journal.beginning.get("ports", {})
            sockets: dict[str, socket.socket] = {}
            for name in SYSTEMS:
                port = getattr(options, f"{name}_port") or before.get(name, 0)
                try:
                    sockets[name] = undo.enter_context(bind(port))
                except OSError as error:
                    raise SandboxError(
                        f"port {port} of {name} cannot be had: {error.strerror}", f"Free it or choose --{name}-port."
                    ) from error
            made = cls(options, sockets, journal)
            undo.pop_all()
        for listener in made.listeners.values():
            listener.start()
        made._walking.start()
        write_private(made.card_path, orjson.dumps(made.card(), option=orjson.OPT_INDENT_2))
        return made

    def stop(self) -> None:
        """Ends people and listeners; calls that are being carried out are finished first. May be called twice."""
        self._stopping.set()
        self._walking.join(timeout=10)
        for listener in self.listeners.values():
            listener.stop()
        if self._journal is not None:
            self._journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    # -- people

    def let_people(self, count: int, only: Sequence[str] = ()) -> list[str]:
        """What people did just now, n sentences. Hold `lock`. Raises ValueError for an unknown act."""
        return self._done({"act": count, "only": list(only)})

    def talk(self, count: int, about: Sequence[str] = ()) -> list[str]:
        """What reps heard just now of people not heard before (of `about`: addresses and domains). Hold `lock`."""
        return self._done({"talk": count, "about": list(about)})

    def engage(self, count: int) -> list[str]:
        """The signals that marketing just set on HubSpot contacts. Hold `lock`.

        Raises NothingToSetError, a ValueError, before `syncer setup hubspot` made the properties.
        """
        return self._done({"engage": count})

    def _done(self, deed: Mapping[str, Any]) -> list[str]:
        did = self._deed(deed)
        if self._journal is not None:
            self._journal.append({"at": self.clock.now_ms(), **deed})
        return did

    def _deed(self, deed: Mapping[str, Any]) -> list[str]:
        """What people did, as a line of the state tells it. Raises KeyError for a line that tells none."""
        if "talk" in deed:
            return self.later.talk(deed["talk"], about=deed["about"])
        if "engage" in deed:
            return self.later.engage(deed["engage"])
        return self.people.act(deed["act"], only=deed["only"])

    def _live(self) -> None:
        """Lets people act while the sandbox runs, once they are started; a bug of ours stops them and is told."""
        wait_s = 0.05
        while not self._stopping.wait(wait_s):
            every_ms = self.people_every_ms
            wait_s = 0.05 if every_ms is None else every_ms / 1000
            if every_ms is None:
                continue
            with self.lock:
                self.driver.drive()
                try:
                    self.let_people(1)
                except Exception:
                    self.people_every_ms = None
                    self.failures.append(f"people\n{traceback.format_exc()}")
                    print(f"sandbox: {self.failures[-1]}", file=sys.stderr)

    # -- where it is

    @property
    def salesforce_url(self) -> str:
        return self._urls["salesforce"]

    @property
    def hubspot_url(self) -> str:
        return self._urls["hubspot"]

    @property
    def vendors_url(self) -> str:
        return self._urls["vendors"]

    @property
    def card_path(self) -> Path:
        return self.options.place / "sandbox.json"

    def addresses(self) -> dict[str, str]:
        vendors = {f"{name}_url": state.url for name, state in self.vendors.states.items()}
        return {f"{name}_url": url for name, url in self._urls.items()} | vendors

    def card(self) -> dict[str, Any]:
        """What `sandbox.json` holds and the command prints: addresses, the CA, credentials."""
        ca = {} if self.ca_bundle is None else {"ca_bundle": self.ca_bundle}
        return self.addresses() | ca | dict(self.credentials.as_dict())


def serve(options: SandboxOptions, out: TextIO | None = None) -> None:
    """Starts the sandbox, prints its card one entry a line, and runs until SIGINT or SIGTERM. Main thread only.

    Reports of loaded files go to stderr. Raises SandboxError.
    """
    out = sys.stdout if out is None else out
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with Sandbox.start(options) as running:
            for report in running.load_reports:
                print("\n".join(report.lines()), file=sys.stderr)
            for name, value in running.card().items():
                print(f"{name}={value}", file=out)
            out.flush()
            while not ended.wait(3600):
                pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
