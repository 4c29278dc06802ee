"""Jobs of Bulk 1.0: a job holds batches, each of which runs by itself; JSON and XML spellings of both."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Final
from xml.sax.saxutils import escape

import orjson

from sandbox.kernel import Refusal, Request, Response, json_response
from sandbox.salesforce.bulk_rows import Outcome
from sandbox.salesforce.state import OrgState
from sandbox.salesforce.times import stamp

_SPACE: Final = "http://www.force.com/2009/06/asyncapi/dataload"
_ELEMENT: Final = re.compile(r"<(\w+)>([^<]*)</\1>")
_CODES: Final = {
    "INVALID_SESSION_ID": ("InvalidSessionId", "Invalid session id"),
    "NOT_FOUND": ("InvalidUrl", "Unable to find the resource"),
    "REQUEST_LIMIT_EXCEEDED": ("ExceededQuota", "TotalRequests Limit exceeded."),
}


@dataclass(slots=True)
class Batch:
    """One upload or one part of a query. `state` is what it ends as once `ends_ms` has come."""

    id: str
    job_id: str
    created_ms: int
    ends_ms: int
    state: str  # Completed, Failed or Not Processed
    message: str = ""
    request: bytes = b""
    outcomes: Sequence[Outcome] = ()
    result_id: str = ""  # of a query
    csv: bytes = b""
    json: bytes = b""
    rows: int = 0


@dataclass(slots=True)
class ClassicJob:
    """`chunk` is the number of records of a part where the query is cut by primary key."""

    id: str
    operation: str
    object: str
    content_type: str  # CSV or JSON
    user_id: str
    version: int
    created_ms: int
    changed_ms: int
    state: str = "Open"
    external_id: str | None = None
    assignment_rule: str | None = None
    chunk: int | None = None
    batches: dict[str, Batch] = field(default_factory=dict)

    @property
    def reads(self) -> bool:
        return self.operation in ("query", "queryAll")


def state_of(state: OrgState, batch: Batch) -> str:
    """Queued, InProgress and the end follow each other by the clock."""
    now_ms = state.now_ms()
    if batch.state == "Not Processed" or now_ms >= batch.ends_ms:
        return batch.state
    return "Queued" if now_ms == batch.created_ms else "InProgress"


def job_info(state: OrgState, job: ClassicJob) -> dict[str, Any]:
    states = [state_of(state, batch) for batch in job.batches.values()]
    ended = [batch for batch in job.batches.values() if state.now_ms() >= batch.ends_ms]
    return {
        "id": job.id,
        "operation": job.operation,
        "object": job.object,
        "createdById": job.user_id,
        "createdDate": stamp(job.created_ms).replace("+0000", "Z"),
        "systemModstamp": stamp(job.changed_ms).replace("+0000", "Z"),
        "state": job.state,
        "externalIdFieldName": job.external_id,
        "concurrencyMode": "Parallel",
        "contentType": job.content_type,
        "numberBatchesQueued": states.count("Queued"),
        "numberBatchesInProgress": states.count("InProgress"),
        "numberBatchesCompleted": states.count("Completed"),
        "numberBatchesFailed": states.count("Failed"),
        "numberBatchesTotal": len(states),
        "numberRecordsProcessed": sum(batch.rows for batch in ended),
        "numberRetries": 0,
        "apiVersion": float(job.version),
        "assignmentRuleId": job.assignment_rule,
        "numberRecordsFailed": sum(_failed(batch) for batch in ended),
        "totalProcessingTime": 0,
        "apiActiveProcessingTime": 0,
        "apexProcessingTime": 0,
    }


def batch_info(state: OrgState, batch: Batch) -> dict[str, Any]:
    now = state_of(state, batch)
    ended = now in ("Completed", "Failed")
    changed_ms = batch.ends_ms if ended else batch.created_ms
    return {
        "id": batch.id,
        "jobId": batch.job_id,
        "state": now,
        "stateMessage": batch.message if now == "Failed" else None,
        "createdDate": stamp(batch.created_ms).replace("+0000", "Z"),
        "systemModstamp": stamp(changed_ms).replace("+0000", "Z"),
        "numberRecordsProcessed": batch.rows if ended else 0,
        "numberRecordsFailed": _failed(batch) if ended else 0,
        "totalProcessingTime": 0,
        "apiActiveProcessingTime": 0,
        "apexProcessingTime": 0,
    }


def _failed(batch: Batch) -> int:
    return sum(not outcome.saved for outcome in batch.outcomes)


def shown(status: int, name: str, value: Mapping[str, Any], as_json: bool) -> Response:
    """`jobInfo` or `batchInfo` in the spelling of the job."""
    return json_response(status, value) if as_json else _xml(status, f'<{name} xmlns="{_SPACE}">', value, f"</{name}>")


def batch_list(values: Sequence[Mapping[str, Any]], as_json: bool) -> Response:
    if as_json:
        return json_response(200, {"batchInfo": values})
    inner = "".join(f"<batchInfo>{_elements(value)}</batchInfo>" for value in values)
    return _document(200, f'<batchInfoList xmlns="{_SPACE}">{inner}</batchInfoList>')


def result_list(result_ids: Sequence[str], as_json: bool) -> Response:
    if as_json:
        return json_response(200, list(result_ids))
    inner = "".join(f"<result>{one}</result>" for one in result_ids)
    return _document(200, f'<result-list xmlns="{_SPACE}">{inner}</result-list>')


def body_of(body: bytes, content_type: str) -> dict[str, Any]:
    """A job's fields from JSON or XML. Raises Refusal InvalidJob."""
    if "json" in content_type.lower():
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise Refusal(400, "InvalidJob", f"Unable to parse Job: {error}") from error
    else:
        value = {name: unescape(text) for name, text in _ELEMENT.findall(body.decode("utf-8", "replace"))}
    if not isinstance(value, dict):
        raise Refusal(400, "InvalidJob", "Unable to parse Job")
    return value


def refused(refusal: Refusal, request: Request) -> Response:
    """Errors of this API are objects, in XML unless the request speaks JSON; a dead session is a 400 among them."""
    code, message = _CODES.get(refusal.code, (refusal.code, refusal.message))
    status = 400 if refusal.status == 401 else refusal.status
    told = {"exceptionCode": code, "exceptionMessage": message}
    if "json" in request.headers.get("content-type", "").lower():
        return json_response(status, told)
    return _xml(status, f'<error xmlns="{_SPACE}">', told, "</error>")


def _xml(status: int, start: str, value: Mapping[str, Any], end: str) -> Response:
    return _document(status, f"{start}{_elements(value)}{end}")


def _document(status: int, text: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode()
    return Response(status, {"Content-Type": "application/xml;charset=UTF-8"}, body)


def _elements(value: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{escape(str(one))}</{name}>" for name, one in value.items() if one is not None)
