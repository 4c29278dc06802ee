"""Several requests in one: Composite with references, Graph, Batch. Each outer call counts once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from sandbox.kernel import Request, Response, json_response
from sandbox.salesforce.errors import bad_request
from sandbox.salesforce.router import DATA, Call, Route

MOST: Final = 25
_REFERENCE: Final = re.compile(r"@\{(\w+)((?:\.\w+|\[\d+\])*)\}")
_STEP: Final = re.compile(r"\.(\w+)|\[(\d+)\]")
_ROLLED_BACK: Final = "The transaction was rolled back since another operation in the same transaction failed."
_NOT_PASSED_ON: Final = frozenset({"content-length", "content-type", "accept", "content-encoding", "accept-encoding"})


class _Unresolved(Exception):
    """A reference to a sub-request that failed, or to what its answer does not hold."""


def composite(call: Call) -> Response:
    body = call.body()
    requests = _requests(body.get("compositeRequest"), ("method", "url", "referenceId"))
    parts = _transaction(call, requests, all_or_none=body.get("allOrNone") is True)
    return json_response(200, {"compositeResponse": parts})


def _requests(given: Any, keys: tuple[str, ...], most: int = MOST) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise bad_request("JSON_PARSER_ERROR", "The list of sub-requests is missing")
    if not given or len(given) > most:
        message = f"The number of subrequests must be between 1 and {most}"
        raise bad_request("LIMIT_EXCEEDED", message)
    for one in given:
        for key in keys:
            if not isinstance(one.get(key), str):
                raise bad_request("JSON_PARSER_ERROR", f"Required subrequest property missing: {key}")
    references = [one["referenceId"] for one in given if "referenceId" in one]
    if len(set(references)) < len(references):
        raise bad_request("INVALID_INPUT", "Duplicate referenceId in the request")
    return given


def _transaction(call: Call, requests: list[dict[str, Any]], *, all_or_none: bool) -> list[dict[str, Any]]:
    if not all_or_none:
        return _run(call, requests, halt=False)
    with call.state.trying():
        tried = _run(call, requests, halt=True)
    if all(part["httpStatusCode"] < 300 for part in tried):
        return _run(call, requests, halt=True)
    return [part if _is_cause(part) else _halted(part["referenceId"], _ROLLED_BACK) for part in tried]


def _is_cause(part: dict[str, Any]) -> bool:
    body = part["body"]
    return part["httpStatusCode"] >= 300 and not (body and body[0].get("errorCode") == "PROCESSING_HALTED")


def _halted(reference: str, message: str) -> dict[str, Any]:
    body = [{"errorCode": "PROCESSING_HALTED", "message": message}]
    return {"body": body, "httpHeaders": {}, "httpStatusCode": 400, "referenceId": reference}


def _run(call: Call, requests: list[dict[str, Any]], *, halt: bool) -> list[dict[str, Any]]:
    done: dict[str, Any] = {}
    parts = []
    failed = False
    for one in requests:
        reference = one["referenceId"]
        if failed and halt:
            parts.append(_halted(reference, _ROLLED_BACK))
            continue
        try:
            url, sent = _resolved(one["url"], done), _resolved(one.get("body"), done)
        except _Unresolved as missing:
            parts.append(_halted(reference, str(missing)))
            failed = True
            continue
        response = _answer(call, one["method"], url, sent, one.get("httpHeaders"))
        body = orjson.loads(response.body) if response.body else None
        if response.status < 300:
            done[reference] = body
        else:
            failed = True
        kept = {name: value for name, value in response.headers.items() if name in ("Location", "Last-Modified")}
        parts.append({"body": body, "httpHeaders": kept, "httpStatusCode": response.status, "referenceId": reference})
    return parts


def _resolved(value: Any, done: Mapping[str, Any]) -> Any:
    """Every `@{ref.field}` replaced by what that sub-request answered."""
    if isinstance(value, str) and "@{" in value:
        return _REFERENCE.sub(lambda match: str(_look_up(match, done)), value)
    if isinstance(value, dict):
        return {name: _resolved(one, done) for name, one in value.items()}
    if isinstance(value, list):
        return [_resolved(one, done) for one in value]
    return value


def _look_up(match: re.Match[str], done: Mapping[str, Any]) -> Any:
    value = done.get(match[1])
    try:
        for name, place in _STEP.findall(match[2]):
            value = value[int(place)] if place else value[name]
    except (KeyError, IndexError, TypeError):
        value = None
    if value is None:
        raise _Unresolved(f"Invalid reference specified. No value for {match[0][2:-1]} found")
    return value


def _answer(call: Call, method: str, url: str, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Runs one sub-request as the outer caller, with the outer headers and its own over them."""
    parts = urlsplit(url)
    made = {name: value for name, value in call.request.headers.items() if name not in _NOT_PASSED_ON}
    made |= {name.lower(): str(value) for name, value in (headers or {}).items()}
    sent = b"" if body is None else orjson.dumps(body)
    path = parts.path if parts.path.startswith("/services/") else f"/services/data/{parts.path.lstrip('/')}"
    request = Request(method.upper(), path, parts.query, made, sent)
    return call.router.run(call.state, request, call.session, call.request_id)


def graph(call: Call) -> Response:
    """Graphs, each all or none by itself."""
    graphs = call.body().get("graphs")
    if not isinstance(graphs, list) or not 0 < len(graphs) <= 75:
        raise bad_request("LIMIT_EXCEEDED", "The number of graphs must be between 1 and 75")
    if sum(len(one.get("compositeRequest") or ()) for one in graphs) > 500:
        raise bad_request("LIMIT_EXCEEDED", "The number of nodes must be at most 500")
    results = []
    for one in graphs:
        requests = _requests(one.get("compositeRequest"), ("method", "url", "referenceId"), 500)
        parts = _transaction(call, requests, all_or_none=True)
        results.append(
            {
                "graphId": one.get("graphId"),
                "graphResponse": {"compositeResponse": parts},
                "isSuccessful": all(part["httpStatusCode"] < 300 for part in parts),
            }
        )
    return json_response(200, {"graphs": results})


def batch(call: Call) -> Response:
    """Independent sub-requests; `haltOnError` leaves the rest undone."""
    body = call.body()
    halt = body.get("haltOnError") is True
    results: list[dict[str, Any]] = []
    for one in _requests(body.get("batchRequests"), ("method", "url")):
        if halt and _any_failed(results):
            skipped = {"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted per request"}
            results.append({"statusCode": 412, "result": [skipped]})
            continue
        response = _answer(call, one["method"], one["url"], one.get("richInput"))
        sent = orjson.loads(response.body) if response.body else None
        results.append({"statusCode": response.status, "result": sent})
    return json_response(200, {"hasErrors": _any_failed(results), "results": results})


def _any_failed(results: Iterable[dict[str, Any]]) -> bool:
    return any(result["statusCode"] >= 400 for result in results)


def directory(call: Call) -> Response:
    root = f"{call.base}/composite"
    return json_response(200, {name: f"{root}/{name}" for name in ("tree", "batch", "sobjects", "graph")})


ROUTES = [
    Route("GET", f"{DATA}/composite", directory),
    Route("POST", f"{DATA}/composite", composite),
    Route("POST", f"{DATA}/composite/graph", graph),
    Route("POST", f"{DATA}/composite/batch", batch),
]
