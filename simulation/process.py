"""One life of the worker: its ports, the points at which it can die, and the trace of everything that passed them.

A kill is a BaseException at the n-th port point of the world; afterwards every port of that life is dead, so that no
`finally` of the code under test can do anything a dead process could not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from hashlib import blake2b
from typing import Any, Final

import requests

from sandbox.kernel import Request, Response
from simulation.door import InProcessAdapter
from simulation.witness import Violation
from syncer.store import Store
from syncer.store.ports import Tx

POINTS_MAX: Final = 20_000  # of a whole world; the largest pass a few thousand


class Killed(BaseException):
    """The process died here."""


class Points:
    """Counts the port points of a whole world, over all lives, and hashes what passed into a trace."""

    def __init__(self, kills: frozenset[int] = frozenset()) -> None:
        self.kills, self.count, self.deaths = kills, 0, 0
        self.names: list[str] = []
        self._trace = blake2b(digest_size=8)

    def note(self, text: str) -> None:
        self._trace.update(text.encode())

    @property
    def trace(self) -> str:
        return self._trace.hexdigest()


class Process:
    """Alive until one of the world's kills strikes; a fresh one is made for the next life."""

    def __init__(self, points: Points, at_point: Callable[[str], None]) -> None:
        self._points, self._at_point = points, at_point
        self.alive, self.in_transaction = True, False

    def point(self, name: str) -> None:
        """Raises Killed when this is where the life ends, or has ended; Violation for a worker without end."""
        if not self.alive:
            raise Killed(name)
        points = self._points
        points.count += 1
        if points.count > POINTS_MAX:
            raise Violation(f"liveness: the worker went round {POINTS_MAX} times and came to no end, now at {name}")
        points.names.append(name)
        points.note(name)
        if points.count in points.kills:
            points.deaths += 1
            self.alive = False
            raise Killed(f"{name}, point {points.count}")
        self._at_point(name)


class SimStore:
    """A store whose commits are port points: dying before one loses the transaction, dying after it does not."""

    def __init__(self, store: Store, process: Process, committed: Callable[[], None]) -> None:
        self._store, self._process, self._committed = store, process, committed

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        process = self._process
        if not process.alive:
            raise Killed("transaction")
        with self._store.transaction() as tx:
            process.in_transaction = True
            try:
                yield tx
            finally:
                process.in_transaction = False
            process.point("commit")
        self._committed()
        process.point("committed")

    def snapshot(self) -> AbstractContextManager[Tx]:
        """As a transaction, which costs half the statements; that a snapshot refuses writes is the store's own test."""
        if not self._process.alive:
            raise Killed("snapshot")
        return self._store.transaction()

    def close(self) -> None:
        """The memory outlives the process."""


class SimAdapter(InProcessAdapter):
    """The way to one CRM: a port point before and after every call, and the time that a call takes."""

    def __init__(
        self,
        name: str,
        process: Process,
        handle: Callable[[Request], Response],
        passes: Callable[[int], None],
        latency_ms: Callable[[], int],
    ) -> None:
        super().__init__(handle, passes)
        self._name, self._process, self._latency_ms = name, process, latency_ms

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:  # type: ignore[override]
        assert not self._process.in_transaction, "a call from inside a transaction"
        self._process.point(f"{self._name} call")
        self._passes(self._latency_ms())
        try:
            return super().send(request, **more)
        finally:
            self._process.point(f"{self._name} answer")
