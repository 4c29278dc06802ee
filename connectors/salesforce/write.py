"""Writes: creates as upserts on our key, updates under a guard or plain, archives; an outcome for every item, in order.

Creates and unguarded updates travel 200 a call (sObject Collections), guarded ones 25 (Composite, since only single-row
PATCH knows If-Unmodified-Since), archives 200. `allOrNone` is always false. A lost answer makes the items of that call
`UNKNOWN` and nothing here repeats it. Assignment rules are held off with Sforce-Auto-Assign on every call.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from connectors.base import (
    AuthError,
    Clock,
    DataError,
    Entropy,
    IdentityConflictError,
    Op,
    Outcome,
    OutcomeState,
    PreconditionError,
    ProtocolError,
    QuotaError,
    RemoteError,
    SchemaError,
    TransientError,
    UnknownOutcomeError,
    Write,
)
from connectors.policy import Effect
from connectors.salesforce.faults import classify, from_body
from connectors.salesforce.ids import to18
from connectors.salesforce.soql import name
from connectors.salesforce.times import http_date
from connectors.salesforce.wire import Wire
from connectors.salesforce.words import COLLECTION, COMPOSITE, WRITE_HEADERS

_LOCK_TRIES: Final = 4
_LOCK_WAIT_S: Final = 1.5
_LOCKS: Final = frozenset({"UNABLE_TO_LOCK_ROW", "ROW_LOCKED", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"})
_MATCH: Final = "DUPLICATES_DETECTED"
_OF_THE_BODY: Final = frozenset({400, 413, 414, 431})  # refusals without a code that fewer items may not meet


@dataclass(frozen=True, slots=True)
class _Lane:
    """One way to send writes: how many a call, and how."""

    size: int
    send: Callable[[Writer, Sequence[Write]], list[Outcome]]


class Writer:
    """Sends batches one after the other: parallel writers would only meet in row locks."""

    def __init__(self, wire: Wire, clock: Clock, entropy: Entropy) -> None:
        self._wire, self._clock, self._entropy = wire, clock, entropy

    def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """One outcome for each write, in the order given; never raises a RemoteError."""
        outcomes: dict[int, Outcome] = {}
        stopped: RemoteError | None = None
        for lane, places in _batches(writes, outcomes):
            batch = [writes[place] for place in places]
            done = [_rejected(write, stopped) for write in batch] if stopped else self._settle_locks(lane, batch)
            outcomes.update(zip(places, done, strict=True))
            stopped = stopped or _stopper(done)
        return [outcomes[place] for place in range(len(writes))]

    def _settle_locks(self, lane: _Lane, batch: Sequence[Write]) -> list[Outcome]:
        """Sends, and sends again the few items that met a row lock: nothing was done to them."""
        outcomes = self._send(lane, batch)
        for attempt in range(_LOCK_TRIES - 1):
            locked = [place for place, outcome in enumerate(outcomes) if _is_locked(outcome)]
            if not locked:
                break
            self._clock.sleep(self._entropy.uniform() * _LOCK_WAIT_S * 2**attempt)
            again = self._send(lane, [batch[place] for place in locked])
            for place, outcome in zip(locked, again, strict=True):
                outcomes[place] = outcome
        return outcomes

    def _send(self, lane: _Lane, batch: Sequence[Write]) -> list[Outcome]:
        """One call; a refusal of the whole call is narrowed down until only the items at fault carry it."""
        try:
            return lane.send(self, batch)
        except UnknownOutcomeError as error:
            return [_outcome(write, OutcomeState.UNKNOWN, error=error) for write in batch]
        except (DataError, SchemaError, ProtocolError) as error:
            guilty = _guilty(batch, error)
            hopeless = isinstance(error, ProtocolError) and error.status not in _OF_THE_BODY
            if len(batch) == 1 or len(guilty) == len(batch) or hopeless:
                return [_rejected(write, error) for write in batch]
            return self._narrow(lane, batch, guilty, error)
        except RemoteError as error:
            return [_rejected(write, error) for write in batch]

    def _narrow(self, lane: _Lane, batch: Sequence[Write], guilty: set[int], error: RemoteError) -> list[Outcome]:
        if guilty:  # the refusal names a field: who carries it is known
            innocent = [write for place, write in enumerate(batch) if place not in guilty]
            rest = iter(self._send(lane, innocent))
            return [_rejected(write, error) if place in guilty else next(rest) for place, write in enumerate(batch)]
        middle = len(batch) // 2
        first = self._send(lane, batch[:middle])
        stopped = _stopper(first)
        if stopped:
            return first + [_rejected(write, stopped) for write in batch[middle:]]
        return first + self._send(lane, batch[middle:])

    def _create(self, batch: Sequence[Write]) -> list[Outcome]:
        first = batch[0]
        records = [
            {
                "attributes": {"type": write.object},
                **_filled(write),
                write.key_field: write.key,
            }
            for write in batch
        ]
        path = f"composite/sobjects/{name(first.object)}/{name(first.key_field or '')}"
        outcomes = self._collection("PATCH", path, batch, json={"allOrNone": False, "records": records})
        return self._with_matches(batch, outcomes)

    def _update(self, batch: Sequence[Write]) -> list[Outcome]:
        records = [{"attributes": {"type": write.object}, "id": write.id, **write.values} for write in batch]
        return self._collection("PATCH", "composite/sobjects", batch, json={"allOrNone": False, "records": records})

    def _archive(self, batch: Sequence[Write]) -> list[Outcome]:
        params = {"ids": ",".join(write.id or "" for write in batch), "allOrNone": "false"}
        return self._collection("DELETE", "composite/sobjects", batch, params=params)

    def _collection(
        self,
        method: str,
        path: str,
        batch: Sequence[Write],
        *,
        json: object = None,
        params: Mapping[str, str] | None = None,
    ) -> list[Outcome]:
        answer = self._wire.ask(
            method,
            path,
            "collections",
            json=json,
            params=params,
            headers=WRITE_HEADERS,
            effect=Effect.KEYED_WRITE,
        )
        results = answer.value
        if not isinstance(results, list) or len(results) != len(batch):
            raise UnknownOutcomeError("a collections answer that does not go item by item", side="left")
        return [_from_result(write, result) for write, result in zip(batch, results, strict=True)]

    def _guarded(self, batch: Sequence[Write]) -> list[Outcome]:
        requests = [
            {
                "method": "PATCH",
                "url": f"{self._wire.root}/sobjects/{name(write.object)}/{write.id}",
                "referenceId": f"w{place}",
                "httpHeaders": {"If-Unmodified-Since": http_date(write.unmodified_since_ms or 0), **WRITE_HEADERS},
                "body": dict(write.values),
            }
            for place, write in enumerate(batch)
        ]
        return [
            _from_part(write, part, guarded=True) for write, part in zip(batch, self._composite(requests), strict=True)
        ]

    def _with_matches(self, batch: Sequence[Write], outcomes: list[Outcome]) -> list[Outcome]:
        """Repeats, one by one in a Composite, the creates that a duplicate rule refused: only so it names the match.

        The repetition is the same upsert on the same key. Should the rule let it pass now, it is applied.
        """
        places = [place for place, outcome in enumerate(outcomes) if _unnamed_match(outcome)]
        for start in range(0, len(places), COMPOSITE):
            chunk = places[start : start + COMPOSITE]
            requests = [
                {
                    "method": "PATCH",
                    "url": f"{self._wire.root}/sobjects/{name(write.object)}/{name(write.key_field or '')}"
                    f"/{quote(write.key or '', safe='')}",
                    "referenceId": f"m{place}",
                    "httpHeaders": {
                        **WRITE_HEADERS,
                        "Sforce-Duplicate-Rule-Header": "allowSave=false; includeRecordDetails=true",
                    },
                    "body": _filled(write),
                }
                for place, write in ((place, batch[place]) for place in chunk)
            ]
            try:
                parts = self._composite(requests)
            except UnknownOutcomeError as error:
                lost = {place: _outcome(batch[place], OutcomeState.UNKNOWN, error=error) for place in chunk}
                outcomes = [lost.get(place, outcome) for place, outcome in enumerate(outcomes)]
                continue
            except RemoteError:
                return outcomes  # the refusal stands, without the match's id
            for place, part in zip(chunk, parts, strict=True):
                outcomes[place] = _from_part(batch[place], part)
        return outcomes

    def _composite(self, requests: list[dict[str, Any]]) -> list[Mapping[str, Any]]:
        body = {"allOrNone": False, "collateSubrequests": False, "compositeRequest": requests}
        answer = self._wire.ask(
            "POST", "composite", "composite", json=body, headers=WRITE_HEADERS, effect=Effect.KEYED_WRITE
        )
        parts = answer.value.get("compositeResponse") if isinstance(answer.value, Mapping) else None
        if not isinstance(parts, list) or len(parts) != len(requests):
            raise UnknownOutcomeError("a composite answer that does not go part by part", side="left")
        by_reference = {part.get("referenceId"): part for part in parts if isinstance(part, Mapping)}
        try:
            return [by_reference[request["referenceId"]] for request in requests]
        except KeyError:
            raise UnknownOutcomeError("a composite answer with other references than asked", side="left") from None


_LANES: Final[Mapping[str, _Lane]] = {
    "create": _Lane(COLLECTION, Writer._create),
    "update": _Lane(COLLECTION, Writer._update),
    "guarded": _Lane(COMPOSITE, Writer._guarded),
    "archive": _Lane(COLLECTION, Writer._archive),
}


def _batches(writes: Sequence[Write], outcomes: dict[int, Outcome]) -> Iterator[tuple[_Lane, list[int]]]:
    """Places of writes that can share a call; those that cannot be sent at all get their outcome here.

    Collections go by object, because a call may change between objects ten times only; creates by key field too, since
    it is in the path. A repeated id or key waits for another call.
    """
    groups: dict[tuple[str, str, str], list[list[int]]] = {}
    held: dict[tuple[str, str, str], list[set[str]]] = {}
    for place, write in enumerate(writes):
        refusal = _unfit(write)
        if refusal is not None:
            outcomes[place] = _rejected(write, refusal)
            continue
        lane = _lane_of(write)
        kind = (lane, "" if lane == "guarded" else write.object, write.key_field or "" if lane == "create" else "")
        batches, names = groups.setdefault(kind, []), held.setdefault(kind, [])
        mark = (write.key or "").lower() if lane == "create" else to18(write.id or "")
        if not batches or len(batches[-1]) >= _LANES[lane].size or mark in names[-1]:
            batches.append([])
            names.append(set())
        batches[-1].append(place)
        names[-1].add(mark)
    for kind in sorted(groups, key=lambda kind: (list(_LANES).index(kind[0]), kind)):
        for places in groups[kind]:
            yield _LANES[kind[0]], places


def _lane_of(write: Write) -> str:
    if write.op is Op.UPDATE and write.unmodified_since_ms is not None:
        return "guarded"
    return write.op.value


def _unfit(write: Write) -> RemoteError | None:
    """What must not leave: numbers JSON would turn into null, a create without a key, an update without an id."""
    bad = [field for field, value in write.values.items() if isinstance(value, float) and not math.isfinite(value)]
    if bad:
        return DataError("a number that is not finite", side="left", fields=bad)
    if write.op is Op.CREATE:
        if not write.key_field or not write.key:
            return ProtocolError("a create without a key could happen twice", side="left")
        return None
    if write.op is Op.UPDATE and write.values.get("OwnerId", "kept") is None:
        return DataError(
            "a record cannot be without an owner", side="left", fields=("OwnerId",), action="Map the blank to a user."
        )
    try:
        to18(write.id or "")
    except DataError as error:
        return error
    return None


def _from_result(write: Write, result: Any) -> Outcome:
    """The outcome of one Collections result; failed items carry no id."""
    if not isinstance(result, Mapping) or "success" not in result:
        return _unreadable(write)
    if result["success"]:
        return _applied(write, result)
    errors = [entry for entry in result.get("errors") or () if isinstance(entry, Mapping)]
    return _refused(write, classify(errors or [{"statusCode": "", "message": "no reason given"}]))


def _unreadable(write: Write) -> Outcome:
    """The call went through, its answer for this item says nothing we know: only reading can tell."""
    error = UnknownOutcomeError("an item without a readable result", side="left")
    return _outcome(write, OutcomeState.UNKNOWN, error=error)


def _from_part(write: Write, part: Mapping[str, Any], *, guarded: bool = False) -> Outcome:
    """The outcome of one Composite part."""
    status, body = part.get("httpStatusCode"), part.get("body")
    if not isinstance(status, int):
        return _unreadable(write)
    if 200 <= status < 300:
        return _applied(write, body if isinstance(body, Mapping) else {}, guarded=guarded)
    error = from_body(status, body) or DataError(f"status {status} without a reason", side="left", status=status)
    if status >= 500 and not _is_certain(error):
        lost = UnknownOutcomeError(error.message, side="left", code=error.code, status=status)
        return _outcome(write, OutcomeState.UNKNOWN, error=lost, guarded=guarded)
    return _refused(write, error, guarded=guarded)


def _filled(write: Write) -> dict[str, Any]:
    """What a create sends: nothing to clear there, and the key has its own place."""
    return {field: value for field, value in write.values.items() if value is not None and field != write.key_field}


def _is_certain(error: RemoteError) -> bool:
    return error.code in ("UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE")


def _applied(write: Write, result: Mapping[str, Any], *, guarded: bool = False) -> Outcome:
    created = bool(result["created"]) if "created" in result else None
    try:
        record_id = to18(str(result.get("id") or write.id or ""))
    except DataError:
        return _unreadable(write)  # done, but to which record?
    return _outcome(write, OutcomeState.APPLIED, id=record_id, created=created, guarded=guarded)


def _refused(write: Write, error: RemoteError, *, guarded: bool = False) -> Outcome:
    state = OutcomeState.PRECONDITION if isinstance(error, PreconditionError) else OutcomeState.REJECTED
    return _outcome(write, state, error=error, guarded=guarded)


def _rejected(write: Write, error: RemoteError) -> Outcome:
    return _outcome(write, OutcomeState.REJECTED, error=error)


def _outcome(
    write: Write,
    state: OutcomeState,
    *,
    id: str | None = None,
    created: bool | None = None,
    guarded: bool = False,
    error: RemoteError | None = None,
) -> Outcome:
    known_id = id if id is not None or write.op is Op.CREATE else write.id
    return Outcome(write.write_id, state, id=known_id, created=created, guarded=guarded, error=error)


def _stopper(outcomes: Sequence[Outcome]) -> RemoteError | None:
    """Log-in or allowance gave out: nothing more needs to be tried."""
    return next((item.error for item in outcomes if isinstance(item.error, (AuthError, QuotaError))), None)


def _is_locked(outcome: Outcome) -> bool:
    error = outcome.error
    return outcome.state is OutcomeState.REJECTED and isinstance(error, TransientError) and error.code in _LOCKS


def _unnamed_match(outcome: Outcome) -> bool:
    error = outcome.error
    return isinstance(error, IdentityConflictError) and error.code == _MATCH and error.existing_id is None


def _guilty(batch: Sequence[Write], error: RemoteError) -> set[int]:
    """Items that carry a field the refusal names, key included; all of them where it names the object."""
    if error.code in ("INVALID_TYPE", "NOT_FOUND"):
        return set(range(len(batch)))
    named = {field.lower() for field in error.fields}
    return {place for place, write in enumerate(batch) if named & {field.lower() for field in _sent(write)}}


def _sent(write: Write) -> set[str]:
    """Names of the fields that a write carries."""
    return {*write.values, write.key_field} if write.op is Op.CREATE and write.key_field else set(write.values)
