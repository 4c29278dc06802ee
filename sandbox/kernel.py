"""What both models share: virtual time, requests and responses, refusals, and the ledger of every edit.

Kept tiny because every simulated call passes through it. Nothing here reads a wall clock or draws a random number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import parse_qs, parse_qsl

import orjson

SystemName = Literal["salesforce", "hubspot"]
EditOp = Literal["create", "update", "delete", "merge", "convert", "restore", "archive"]

START_MS: Final = 1_767_225_600_000  # 2026-01-01T00:00:00Z: where a sandbox begins unless told otherwise


class SandboxClock:
    """Virtual time in ms UTC. It moves only when told to, so that a run repeats exactly."""

    __slots__ = ("_now_ms",)

    def __init__(self, now_ms: int = START_MS) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        return self._now_ms

    def advance(self, ms: int) -> None:
        if ms < 0:
            raise ValueError("time does not run backwards: use set()")
        self._now_ms += ms

    def set(self, ms: int) -> None:
        self._now_ms = ms


class BadJson(ValueError):
    """The body is no JSON document; the model answers in its vendor's own words."""


@dataclass(slots=True)
class Request:
    """One request as it came off the wire. `path` and `query` are raw (not decoded); header names are lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    _params: dict[str, list[str]] | None = None

    @property
    def params(self) -> dict[str, list[str]]:
        """Decoded query parameters, name to all values in order; blank values are kept."""
        if self._params is None:
            self._params = parse_qs(self.query, keep_blank_values=True) if self.query else {}
        return self._params

    def param(self, name: str, default: str | None = None) -> str | None:
        values = self.params.get(name)
        return values[0] if values else default

    def json(self) -> Any:
        """Raises BadJson. An empty body is no JSON document either."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise BadJson(str(error)) from error

    def form(self) -> dict[str, str]:
        """A form-encoded body; the last of several equal names wins."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(slots=True)
class Response:
    """One answer, and how the line spoils it: the body is whole here even where only a part will travel."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    drop: bool = False  # the connection is reset instead of answering
    truncate_at: int | None = None  # bytes of the body that travel before the connection is reset
    delay_ms: int = 0  # how long the answer takes, on top of the model's own work

    def json(self) -> Any:
        return orjson.loads(self.body)


def json_response(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    made = {"Content-Type": "application/json;charset=UTF-8"}
    if headers:
        made.update(headers)
    return Response(status, made, orjson.dumps(value))


class Refusal(Exception):
    """What the vendor would refuse: the wire door turns it into the vendor's error body, in-process callers catch it.

    `details` holds further keys of the vendor's error body (HubSpot: category, context; Salesforce: matchResults).
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: Iterable[str] = (),
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = tuple(fields)
        self.details = dict(details or {})


@dataclass(frozen=True, slots=True)
class Edit:
    """One applied change, written by the model and never by the worker: what oracles read."""

    edit_id: int
    at_ms: int
    system: SystemName
    object: str
    id: str
    actor: str  # "human:<name>", "engine:<token or client>", "automation"
    op: EditOp
    changes: Mapping[str, tuple[Any, Any]]  # field -> (old, new) as stored; merges carry {"merged_id": (loser, winner)}
    request_id: str = ""


class Ledger:
    """Append-only list of every edit that ever happened, edit_id 1, 2, 3, ...

    The models record an edit just before they store the new values, so that `on_apply` (an oracle) sees the moment
    at which the old value was still there. Seeding is not an edit: history starts after it.
    """

    __slots__ = ("_by_record", "_edits", "on_apply")

    def __init__(self, on_apply: Callable[[Edit], None] | None = None) -> None:
        self._edits: list[Edit] = []
        self._by_record: dict[tuple[str, str, str], list[Edit]] = {}
        self.on_apply = on_apply

    def __len__(self) -> int:
        return len(self._edits)

    def record(
        self,
        system: SystemName,
        object: str,
        id: str,
        *,
        actor: str,
        op: EditOp,
        changes: Mapping[str, tuple[Any, Any]],
        at_ms: int,
        request_id: str = "",
    ) -> Edit:
        edit = Edit(len(self._edits) + 1, at_ms, system, object, id, actor, op, changes, request_id)
        if self.on_apply is not None:
            self.on_apply(edit)
        self._edits.append(edit)
        self._by_record.setdefault((system, object, id), []).append(edit)
        return edit

    def since(self, edit_id: int, limit: int | None = None) -> list[Edit]:
        """Edits with a greater id, oldest first."""
        start = max(edit_id, 0)
        return self._edits[start:] if limit is None else self._edits[start : start + limit]

    def for_record(self, system: str, object: str, id: str) -> list[Edit]:
        return list(self._by_record.get((system, object, id), ()))
