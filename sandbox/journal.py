"""How a world survives a restart: the models are deterministic, so their beginning and every call that could change
them say all. `--state FILE` keeps those as JSON, one a line, and the next start repeats them under the old times.

A line is written after its call was carried out and before it is answered: a killed sandbox loses no answered write. A
line that broke off is dropped. Plain reads are not kept; they move nothing but counters of usage.
"""

from __future__ import annotations

import base64
import fcntl
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

import orjson

from sandbox.errors import SandboxError
from sandbox.faults import Door, is_write
from sandbox.kernel import Request, Response, SandboxClock

_KEPT_READS: Final = re.compile(r"/jobs/|/oauth|/token|/Soap/", re.IGNORECASE)
_FORMAT: Final = 1


class JournalError(SandboxError):
    """The state file is not one, belongs to another world, or is in use."""


@dataclass(slots=True)
class Journal:
    """An open state file, held exclusively until `close`.

    `beginning` tells how the world began, `lines` what happened before this start, oldest first.
    """

    path: Path
    beginning: dict[str, Any] | None
    lines: list[dict[str, Any]]
    _stream: BinaryIO

    @classmethod
    def open(cls, path: Path) -> Self:
        """An existing file, or a new one whose `beginning` is None. Raises JournalError."""
        try:
            stream = path.open("a+b")
        except OSError as error:
            raise JournalError(f"{path} cannot be written: {error.strerror}", "Choose another --state.") from error
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            lines = _read(path, stream)
        except OSError as error:
            stream.close()
            raise JournalError(f"{path} is held by another sandbox", "Stop it, or choose another --state.") from error
        except JournalError:
            stream.close()
            raise
        return cls(path, lines[0] if lines else None, lines[1:], stream)

    def begin(self, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Mapping[str, Any]:
        """Begins a new file; an old one must agree with all that is `wanted`. `found` is what this start found out.

        Returns the beginning. Raises JournalError for the state of another world.
        """
        if self.beginning is None:
            self.beginning = {"format": _FORMAT, **wanted, **found}
            self.append(self.beginning)
        if self.beginning.get("format") != _FORMAT:
            raise JournalError(f"{self.path} is no state of this sandbox", "Choose another --state.")
        for name, value in wanted.items():
            if self.beginning.get(name) != value:
                raise JournalError(
                    f"{self.path} holds a world with {name} {self.beginning.get(name)}, not {value}",
                    "Start it as it was, or choose another --state.",
                )
        return self.beginning

    def append(self, line: Mapping[str, Any]) -> None:
        self._stream.write(orjson.dumps(line) + b"\n")
        self._stream.flush()

    def close(self) -> None:
        self._stream.close()


def _read(path: Path, stream: BinaryIO) -> list[dict[str, Any]]:
    """All whole lines; what follows the last line end is cut off."""
    stream.seek(0)
    content = stream.read()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        stream.truncate(len(whole))
    lines = []
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise JournalError(f"{path}, line {number}: {error}", "Choose another --state, or remove it.") from error
        if not isinstance(value, dict):
            raise JournalError(f"{path}, line {number}: no JSON object", "Choose another --state, or remove it.")
        lines.append(value)
    return lines


@dataclass(slots=True)
class JournaledDoor:
    """A model's door that keeps what was asked of it."""

    system: str
    model: Door
    clock: SandboxClock
    journal: Journal

    def handle(self, request: Request) -> Response:
        response = self.model.handle(request)
        if is_write(request) or _KEPT_READS.search(request.path):
            self.journal.append({"at": self.clock.now_ms(), "system": self.system, **_told(request)})
        return response


def repeat(
    lines: list[dict[str, Any]],
    doors: Mapping[str, Door],
    clock: SandboxClock,
    deed: Callable[[Mapping[str, Any]], object],
) -> None:
    """Does again what the lines tell, at their times. Raises JournalError for a line that tells nothing known."""
    for line in lines:
        try:
            clock.set(max(clock.now_ms(), line["at"]))
            if "system" in line:
                doors[line["system"]].handle(_request(line))
            else:
                deed(line)
        except (KeyError, TypeError, ValueError) as error:
            raise JournalError(
                f"a line of the state cannot be repeated: {error!r}", "Choose another --state."
            ) from error


def _told(request: Request) -> dict[str, Any]:
    try:
        body: dict[str, Any] = {"body": request.body.decode()}
    except UnicodeDecodeError:
        body = {"base64": base64.b64encode(request.body).decode()}
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": dict(request.headers),
        **body,
    }


def _request(line: Mapping[str, Any]) -> Request:
    body = base64.b64decode(line["base64"]) if "base64" in line else line["body"].encode()
    return Request(line["method"], line["path"], line["query"], line["headers"], body)
