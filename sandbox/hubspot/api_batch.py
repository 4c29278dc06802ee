"""The objects API in batches of up to 100: read, create, update, upsert, archive.

Without an `objectWriteTraceId` on every input one bad input fails the whole call and nothing is written; with them
each input stands for itself and the answer is a 207. Results come back in another order than the inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.hubspot import fields, removal
from sandbox.hubspot.api_objects import find_record, links_in, needs, properties_in
from sandbox.hubspot.errors import PortalRefusal, bad_request, duplicate_ids, missing
from sandbox.hubspot.records import Claims, Prepared, commit, prepare_create, prepare_update
from sandbox.hubspot.router import Call, Route, batch_response
from sandbox.hubspot.store import ObjectStore, StoredRecord
from sandbox.hubspot.wire import created, history, render, updated
from sandbox.kernel import Response

MAX_INPUTS = 100
Prepare = Callable[[Mapping[str, Any], Claims], Prepared]


def inputs_of(body: Mapping[str, Any], most: int = MAX_INPUTS) -> list[dict[str, Any]]:
    """The inputs of a batch. Raises PortalRefusal 400 when there are too many or they are no list of objects."""
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(item, dict) for item in inputs):
        raise bad_request("Invalid input JSON: inputs must be a list of objects")
    if len(inputs) > most:
        raise bad_request(f"The maximum number of inputs supported in a batch request for object creation is {most}")
    return inputs


def _distinct(keys: list[str]) -> list[str]:
    repeated = list(dict.fromkeys(key for key in keys if keys.count(key) > 1)) if len(set(keys)) < len(keys) else []
    if repeated:
        raise duplicate_ids(repeated)
    return keys


def _read(call: Call) -> Response:
    store, body = call.store(), call.body()
    id_property, versions = fields.name_or_none(body, "idProperty"), fields.names(body, "propertiesWithHistory")
    texts = _distinct([str(item.get("id", "")) for item in inputs_of(body)])
    plan = store.plan(fields.names(body, "properties") or store.defaults())
    found: dict[int, StoredRecord] = {}
    absent: list[str] = []
    for text in texts:
        record = _readable(call, store, text, id_property)
        if record is None:
            absent.append(text)
        else:
            found[record.id] = record
    results = [render(call.state, store, record, plan) for record in found.values()]
    if versions:
        for sent, record in zip(results, found.values(), strict=True):
            sent["propertiesWithHistory"] = history(store, record, versions)
    errors = [missing(store.kind.label, absent).item(None)] if absent else []
    return batch_response(call, call.state.draws.shuffled("order", results), errors)


def _readable(call: Call, store: ObjectStore, text: str, id_property: str | None) -> StoredRecord | None:
    merged = text.isdecimal() and not id_property and int(text) in store.aliases
    if merged and not call.state.settings.batch_read_follows_merges:
        return None
    try:
        return find_record(call, text, id_property, archived=call.flag("archived"))
    except PortalRefusal as refusal:
        if refusal.status != 404:
            raise
        return None


def _trace(item: Mapping[str, Any]) -> str | None:
    trace = item.get("objectWriteTraceId")
    return None if trace is None else str(trace)


def _write_all(
    call: Call,
    inputs: list[dict[str, Any]],
    prepare: Prepare,
    answer: Callable[[Prepared, StoredRecord], dict[str, Any]],
    success: int,
) -> Response:
    """Prepares and commits: input by input where all carry trace ids, else all of them or none."""
    traces = [_trace(item) for item in inputs]
    traced = None not in traces and len(set(traces)) == len(traces) and bool(inputs)
    results: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    author, claimed = call.author, {}
    waiting: list[Prepared] = []
    for item, trace in zip(inputs, traces, strict=True):
        try:
            write = prepare(item, claimed)
        except PortalRefusal as refusal:
            if not traced:
                raise
            errors.append(refusal.item(trace))
            continue
        write.trace_id = trace
        waiting.append(write)
        if traced:
            results.append(_committed(call, waiting.pop(), author, answer))
            claimed.clear()
    results += [_committed(call, write, author, answer) for write in waiting]
    return batch_response(call, call.state.draws.shuffled("order", results), errors, success=success)


def _committed(
    call: Call, write: Prepared, author: Any, answer: Callable[[Prepared, StoredRecord], dict[str, Any]]
) -> dict[str, Any]:
    sent = answer(write, commit(call.state, write, author))
    if write.trace_id is not None:
        sent["objectWriteTraceId"] = write.trace_id
    return sent


def _create(call: Call) -> Response:
    store, state = call.store(), call.state

    def prepare(item: Mapping[str, Any], claimed: Claims) -> Prepared:
        return prepare_create(
            state, store, properties_in(call, store, item, creates=True), claimed, links_in(state, store, item)
        )

    def answer(write: Prepared, record: StoredRecord) -> dict[str, Any]:
        return created(state, store, record, write.sent)

    return _write_all(call, inputs_of(call.body()), prepare, answer, 201)


def _update(call: Call) -> Response:
    store, state = call.store(), call.state
    inputs = inputs_of(call.body())
    _distinct([str(item.get("id", "")) for item in inputs])

    def prepare(item: Mapping[str, Any], claimed: Claims) -> Prepared:
        text, id_property = str(item.get("id", "")), fields.name_or_none(item, "idProperty")
        if id_property and id_property != "hs_object_id":
            if id_property not in store.unique:
                raise _not_unique(store, id_property)
            record = store.holder(id_property, text.strip())
        else:
            record = store.records.get(int(text)) if text.isdecimal() else None  # merged-away ids are not followed
        if record is None or record.archived_ms is not None:
            raise missing(store.kind.label, [text])
        return prepare_update(state, store, record, properties_in(call, store, item, creates=False), claimed)

    def answer(write: Prepared, record: StoredRecord) -> dict[str, Any]:
        return updated(state, store, record, write.sent)

    return _write_all(call, inputs, prepare, answer, 200)


def _not_unique(store: ObjectStore, name: str) -> PortalRefusal:
    return bad_request(f"Unable to perform update/upsert by non-unique {store.kind.id} property {name}")


def _upsert(call: Call) -> Response:
    store, state = call.store(), call.state
    inputs = inputs_of(call.body())
    _distinct([str(item.get("id", "")).strip().lower() for item in inputs])

    def prepare(item: Mapping[str, Any], claimed: Claims) -> Prepared:
        text, name = str(item.get("id", "")), fields.name_or_none(item, "idProperty")
        if not name or name == "hs_object_id":
            record = store.live(int(text)) if text.isdecimal() else None
            if record is None:
                raise missing(store.kind.label, [text])
            return prepare_update(state, store, record, properties_in(call, store, item, creates=False), claimed)
        if name not in store.unique:
            raise _not_unique(store, name)
        record = store.holder(name, text.strip())
        if record is not None:
            return prepare_update(state, store, record, properties_in(call, store, item, creates=False), claimed)
        given = properties_in(call, store, item, creates=True)
        return prepare_create(state, store, {name: text, **given}, claimed)

    def answer(write: Prepared, record: StoredRecord) -> dict[str, Any]:
        shape = created if write.record is None else updated
        return shape(state, store, record, write.sent) | {"new": write.record is None}

    return _write_all(call, inputs, prepare, answer, 200)


def _archive(call: Call) -> Response:
    store = call.store()
    author = call.author
    for item in inputs_of(call.body()):
        text = str(item.get("id", ""))
        record = store.records.get(int(text)) if text.isdecimal() else None
        if record is not None and record.archived_ms is None:
            removal.archive(call.state, store, record, author)
    return Response(204)


ROUTES = [
    Route("POST", "/crm/objects/{type}/batch/read", _read, needs("read")),
    Route("POST", "/crm/objects/{type}/batch/create", _create, needs("write")),
    Route("POST", "/crm/objects/{type}/batch/update", _update, needs("write")),
    Route("POST", "/crm/objects/{type}/batch/upsert", _upsert, needs("write")),
    Route("POST", "/crm/objects/{type}/batch/archive", _archive, needs("write")),
]
