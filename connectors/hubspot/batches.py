"""From one batch call to one result for each of its items, whatever came back.

Answers come in another order than the inputs, errors name their item by trace id, one bad item can sink the call, and
the answer can get lost. Nothing here knows what the items are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import (
    DataError,
    GoneError,
    IdentityConflictError,
    RemoteError,
    SchemaError,
    UnknownOutcomeError,
)
from connectors.hubspot.errors import item_error
from connectors.hubspot.words import BATCH

Result = Mapping[str, Any] | RemoteError  # the item's entry of `results`, or why there is none
POISON = (DataError, IdentityConflictError, SchemaError, GoneError)  # one item's fault, perhaps


@dataclass(frozen=True, slots=True)
class Item:
    """One input of a batch. `trace` labels it, `subject` is what may stand only once in a call (an id or a key)."""

    trace: str
    subject: str
    body: Mapping[str, Any]
    names: Collection[str] = ()  # the properties it writes


def calls_of(items: Sequence[Item], size: int = BATCH) -> Iterator[list[Item]]:
    """Cuts into calls of at most `size` in which no subject stands twice; a later one goes into a later call."""
    rest = list(items)
    while rest:
        call: list[Item] = []
        taken: set[str] = set()
        later: list[Item] = []
        for item in rest:
            subject = item.subject.strip().lower()
            if len(call) < size and subject not in taken:
                call.append(item)
            else:
                later.append(item)
            taken.add(subject)
        yield call
        rest = later


def send(items: Sequence[Item], call: Callable[[Sequence[Item]], Mapping[str, Result]]) -> dict[str, Result]:
    """Trace -> result for every item; never raises a RemoteError.

    A refusal of the whole call is halved until the poisoned items are alone; a refusal that names properties takes
    with it, at once, the items that write them. A lost answer stands for each item of that call.
    """
    if not items:
        return {}
    try:
        results = dict(call(items))
    except POISON as error:
        return _isolated(items, call, error)
    except RemoteError as error:
        return {item.trace: error for item in items}
    for item in items:
        results.setdefault(item.trace, _unnamed())
    return results


def _isolated(
    items: Sequence[Item], call: Callable[[Sequence[Item]], Mapping[str, Result]], error: RemoteError
) -> dict[str, Result]:
    if len(items) == 1:
        return {items[0].trace: error}
    if isinstance(error, SchemaError):
        guilty = [item for item in items if not error.fields or not set(error.fields).isdisjoint(item.names)]
        if guilty:
            innocent = [item for item in items if item not in guilty]
            return {item.trace: error for item in guilty} | send(innocent, call)
    half = len(items) // 2
    return send(items[:half], call) | send(items[half:], call)


def matched(
    items: Sequence[Item], answer: Mapping[str, Any], subjects_of: Callable[[Mapping[str, Any]], Sequence[str]]
) -> dict[str, Result]:
    """Pairs an answer with its items by trace id, else by subject; what neither names is left out."""
    by_subject = {item.subject.strip().lower(): item.trace for item in items}
    traces = {item.trace for item in items}
    found: dict[str, Result] = {}
    for result in answer.get("results") or ():
        trace = result.get("objectWriteTraceId")
        if trace not in traces:
            subjects = (subject.strip().lower() for subject in subjects_of(result))
            trace = next((by_subject[subject] for subject in subjects if subject in by_subject), None)
        if trace is not None:
            found[trace] = result
    for entry in answer.get("errors") or ():
        error = item_error(entry)
        for trace in _traces_of(entry, traces, by_subject):
            found[trace] = error
    return found


def _traces_of(entry: Mapping[str, Any], traces: Collection[str], by_subject: Mapping[str, str]) -> list[str]:
    context = entry.get("context")
    if not isinstance(context, dict):
        return []
    named = [str(trace) for trace in context.get("objectWriteTraceId") or ()]
    for key in ("ids", "id", "fromObjectId"):
        value = context.get(key) or ()
        named += [by_subject.get(str(item).lower(), "") for item in ([value] if isinstance(value, str) else value)]
    return [trace for trace in dict.fromkeys(named) if trace in traces]


def _unnamed() -> RemoteError:
    return UnknownOutcomeError(
        "HubSpot: the answer to a batch does not name this item",
        side="right",
        action="Nothing to do: the record is read to see what happened.",
    )
