"""Faults that strike single items of a batch.

The poisoned items are taken out before the model sees the call, and their refusals are put into the answer where the
vendor would put them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any, Final

import orjson

from sandbox import fault_answers
from sandbox.kernel import Request, Response, json_response

Handle = Callable[[Request], Response]

_COLLECTION: Final = re.compile(r"/composite/sobjects(/[^/]+/[^/]+)?/?$")
_COMPOSITE: Final = re.compile(r"/composite/?$")
_SINGLE: Final = re.compile(r"/sobjects/[^/]+(/[^/]+){0,2}/?$")


def _with_body(request: Request, value: Any) -> Request:
    body = orjson.dumps(value)
    headers = {**request.headers, "content-length": str(len(body))}
    return replace(request, body=body, headers=headers)


def _chosen(count: int, rng: Random) -> set[int]:
    """One to three items, by lot."""
    return set(rng.sample(range(count), min(count, rng.randint(1, 3))))


def lock_rows(request: Request, rng: Random, handle: Handle) -> Response:
    """UNABLE_TO_LOCK_ROW for some records of one Salesforce call; calls that lock nothing pass untouched."""
    if request.method in ("POST", "PATCH", "DELETE"):
        if _COLLECTION.search(request.path):
            return _lock_in_collection(request, rng, handle)
        if _COMPOSITE.search(request.path):
            return _lock_in_composite(request, rng, handle)
        if _SINGLE.search(request.path):
            return fault_answers.row_locked(request.path.rstrip("/").rsplit("/", 1)[-1])
    return handle(request)


def _lock_in_collection(request: Request, rng: Random, handle: Handle) -> Response:
    if request.method == "DELETE":
        return fault_answers.row_locked(request.params.get("ids", [""])[0].split(",")[0])
    try:
        body = orjson.loads(request.body)
        records = body["records"]
        hit = _chosen(len(records), rng) if records else set()
    except (ValueError, KeyError, TypeError):
        return handle(request)
    upsert = request.path.rstrip("/").rsplit("/", 1)[-1] != "sobjects"

    def refusal(record: dict[str, Any], code: str, message: str) -> dict[str, Any]:
        item: dict[str, Any] = {"success": False, "errors": [{"statusCode": code, "message": message, "fields": []}]}
        if "id" in record:
            item = {"id": record["id"], **item}
        return {**item, "created": False} if upsert else item

    def locked(record: dict[str, Any]) -> dict[str, Any]:
        found = str(record.get("id", ""))
        return refusal(record, fault_answers.LOCK_CODE, fault_answers.lock_message(found))

    if body.get("allOrNone") is True:
        rolled_back = "Record rolled back because not all records were valid and the request was using AllOrNone header"
        items = [
            locked(record) if index in hit else refusal(record, "ALL_OR_NONE_OPERATION_ROLLED_BACK", rolled_back)
            for index, record in enumerate(records)
        ]
        return json_response(200, items)
    kept = [record for index, record in enumerate(records) if index not in hit]
    if not kept:
        return json_response(200, [locked(record) for record in records])
    response = handle(_with_body(request, {**body, "records": kept}))
    if response.status != 200:
        return response
    done = iter(orjson.loads(response.body))
    items = [locked(record) if index in hit else next(done) for index, record in enumerate(records)]
    return replace(response, body=orjson.dumps(items))


def _lock_in_composite(request: Request, rng: Random, handle: Handle) -> Response:
    try:
        body = orjson.loads(request.body)
        calls = body["compositeRequest"]
        writes = [index for index, call in enumerate(calls) if call.get("method") in ("POST", "PATCH", "DELETE")]
    except (ValueError, KeyError, TypeError, AttributeError):
        return handle(request)
    if not writes or body.get("allOrNone") is True or b"@{" in request.body:
        return fault_answers.row_locked("") if writes else handle(request)
    hit = {writes[index] for index in _chosen(len(writes), rng)}

    def locked(call: dict[str, Any]) -> dict[str, Any]:
        found = str(call.get("url", "")).rstrip("/").rsplit("/", 1)[-1]
        error = {"message": fault_answers.lock_message(found), "errorCode": fault_answers.LOCK_CODE, "fields": []}
        return {"body": [error], "httpHeaders": {}, "httpStatusCode": 400, "referenceId": call.get("referenceId")}

    kept = [call for index, call in enumerate(calls) if index not in hit]
    if not kept:
        return json_response(200, {"compositeResponse": [locked(call) for call in calls]})
    response = handle(_with_body(request, {**body, "compositeRequest": kept}))
    if response.status != 200:
        return response
    done = iter(orjson.loads(response.body)["compositeResponse"])
    items = [locked(call) if index in hit else next(done) for index, call in enumerate(calls)]
    return replace(response, body=orjson.dumps({"compositeResponse": items}))


def reject_one(request: Request, rng: Random, handle: Handle) -> Response:
    """One input of a HubSpot batch write is invalid: refused alone where trace ids allow it, else the whole call."""
    try:
        body = orjson.loads(request.body)
        inputs = body["inputs"]
        poisoned = inputs[rng.randrange(len(inputs))]
        name = next(iter(poisoned.get("properties", {})), "hs_object_id")
    except (ValueError, KeyError, TypeError, AttributeError):
        return handle(request)
    detail = [{"isValid": False, "message": f"{name} was not valid", "error": "INVALID_VALUE", "name": name}]
    error: dict[str, Any] = {
        "status": "error",
        "category": "VALIDATION_ERROR",
        "message": f"Property values were not valid: {orjson.dumps(detail).decode()}",
    }
    if not all(isinstance(item, dict) and item.get("objectWriteTraceId") for item in inputs):
        return json_response(400, {**error, "correlationId": f"{rng.getrandbits(128):032x}"})
    error["context"] = {"objectWriteTraceId": [poisoned["objectWriteTraceId"]]}
    kept = [item for item in inputs if item is not poisoned]
    if not kept:
        return json_response(207, {"status": "COMPLETE", "results": [], "numErrors": 1, "errors": [error]})
    response = handle(_with_body(request, {**body, "inputs": kept}))
    if response.status not in (200, 201, 207):
        return response
    made = orjson.loads(response.body)
    made["errors"] = [*made.get("errors", ()), error]
    made["numErrors"] = len(made["errors"])
    return replace(response, status=207, body=orjson.dumps(made))


def reorder(response: Response, rng: Random) -> Response:
    """The `results` of a batch in another order; other answers stay as they are."""
    if response.status not in (200, 201, 207) or not response.body.startswith(b"{"):
        return response
    made = orjson.loads(response.body)
    results = made.get("results")
    if not isinstance(results, list) or "paging" in made:
        return response
    rng.shuffle(results)
    return replace(response, body=orjson.dumps(made))
