"""Bulk 2.0 queries: jobs, and results in pages by locator."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from typing import Any, Final

from sandbox.kernel import Refusal, Response, json_response
from sandbox.salesforce import bulk_csv, bulk_jobs, soql
from sandbox.salesforce.bulk_jobs import COMPLETE, FAILED, QUERY, Job
from sandbox.salesforce.querying import OrgWorld
from sandbox.salesforce.router import DATA, Call, Route
from sandbox.salesforce.soql.ast import Selected
from sandbox.salesforce.soql.errors import malformed
from sandbox.salesforce.soql.select import UNBOUNDED, fields_call

_OPERATIONS: Final = frozenset({"query", "queryAll"})
_COMPOUND: Final = frozenset({"address", "location"})
_PAGES_AT_ONCE: Final = 5
_PAGE_OF_ITS_OWN: Final = 50_000  # rows of a page that resultPages names
_JOB: Final = f"{DATA}/jobs/query/{{job}}"
CSV_TYPE: Final = "text/csv; charset=UTF-8"


def _create(call: Call) -> Response:
    body = call.body()
    text = body.get("query")
    if not isinstance(text, str):
        raise Refusal(400, "INVALIDJOB", "InvalidJob : query is required")
    job = bulk_jobs.open_job(call, body, QUERY, _OPERATIONS, "")
    bound = soql.bind(OrgWorld(call.state), text, deleted_too=job.operation == "queryAll")
    check_bulk(bound)
    if bulk_jobs.left_of(call.state, bulk_jobs.QUERIES, call.state.settings.bulk_queries_a_day) <= 0:
        raise Refusal(400, "LIMIT_EXCEEDED", "Maximum number of query jobs in 24 hours exceeded")
    bulk_jobs.spend(call.state, bulk_jobs.QUERIES, 1)
    run(call, job, bound)
    bulk_jobs.keep(call.state, job)
    return json_response(200, bulk_jobs.shown(call.state, job, whole=False))


def check_bulk(bound: soql.Bound) -> None:
    """Raises Refusal 400 for what Bulk does not do."""
    chosen = bound.selection
    if any(isinstance(item, Selected) and fields_call(item.what) for item in bound.query.items):
        raise malformed(UNBOUNDED)
    if chosen is None or chosen.nested:
        why = "Implementation restriction: aggregates, TYPEOF and child subqueries are not supported in Bulk Query"
        raise Refusal(400, "API_ERROR", why)
    if bound.query.offset:
        raise Refusal(400, "API_ERROR", "Implementation restriction: OFFSET is not supported in Bulk Query")
    if any(column.type in _COMPOUND for column in chosen.columns):
        raise Refusal(400, "API_ERROR", "Selecting compound data not supported in Bulk Query")
    if any(column.type == "base64" for column in chosen.columns):
        raise Refusal(400, "API_ERROR", "Selecting binary data not supported in Bulk Query")


def run(call: Call, job: Job, bound: soql.Bound) -> None:
    """Fixes the result of a checked query in the job."""
    chosen = bound.selection
    if chosen is None:
        raise ValueError("a bulk query selects records")
    job.object = chosen.name
    job.chunked = not bound.query.order and bound.query.limit is None
    job.header = [column.label for column in chosen.columns]
    cells = bulk_csv.cells(chosen.columns, chosen.stored)
    answer, most = soql.run(bound), call.state.settings.bulk_query_most_rows
    if most is not None and answer.total > most:
        job.error = bulk_jobs.GAVE_UP
        bulk_jobs.begin(call.state, job, FAILED)
        return
    job.rows = [cells(row) for row in soql.rows_of(bound, answer.ids)]
    bulk_jobs.begin(call.state, job, COMPLETE)


def _read(call: Call) -> Response:
    return json_response(200, bulk_jobs.shown(call.state, bulk_jobs.find(call, QUERY), whole=True))


def _list(call: Call) -> Response:
    return json_response(200, bulk_jobs.listed(call.state, QUERY))


def _patch(call: Call) -> Response:
    job, body = bulk_jobs.find(call, QUERY), call.body()
    if body.get("state") != "Aborted":
        raise Refusal(400, "INVALIDJOBSTATE", f"InvalidJobState : a query job cannot be set to {body.get('state')}")
    bulk_jobs.abort(call.state, job)
    return json_response(200, bulk_jobs.shown(call.state, job, whole=True))


def _delete(call: Call) -> Response:
    bulk_jobs.forget(call.state, bulk_jobs.find(call, QUERY))
    return Response(204)


def _results(call: Call) -> Response:
    job = _complete(call)
    start = _offset(job, call.request.param("locator"))
    asked = call.request.param("maxRecords")
    if asked is not None and (not asked.isdecimal() or int(asked) == 0):
        raise Refusal(400, "INVALIDQUERYLOCATOR", f"maxRecords must be a positive number: {asked}")
    end = len(job.rows) if asked is None else min(len(job.rows), start + int(asked))
    headers = {
        "Content-Type": CSV_TYPE,
        "Sforce-NumberOfRecords": str(end - start),
        "Sforce-Locator": locator(end) if end < len(job.rows) else "null",
    }
    return Response(200, headers, bulk_csv.write(job.header, job.rows[start:end], job.delimiter, job.ending))


def _result_pages(call: Call) -> Response:
    job = _complete(call)
    start = _offset(job, call.request.param("locator"))
    base = f"{call.base}/jobs/query/{job.id}"
    starts = list(range(start, max(len(job.rows), 1), _PAGE_OF_ITS_OWN))
    sent: dict[str, Any] = {
        "resultPages": [
            {"resultUrl": f"{base}/results?maxRecords={_PAGE_OF_ITS_OWN}" + (f"&locator={locator(at)}" if at else "")}
            for at in starts[:_PAGES_AT_ONCE]
        ],
        "done": len(starts) <= _PAGES_AT_ONCE,
    }
    if not sent["done"]:
        sent["nextRecordsUrl"] = f"{base}/resultPages?locator={locator(starts[_PAGES_AT_ONCE])}"
    return json_response(200, sent)


def _complete(call: Call) -> Job:
    job = bulk_jobs.find(call, QUERY)
    if call.version != job.version:
        raise Refusal(409, "API_VERSION_MISMATCH", f"The job was made with API version {job.version}.0")
    now = bulk_jobs.state_of(call.state, job)
    if now != COMPLETE:
        raise bulk_jobs.wrong_state(f"InvalidJobState : results of a job in state {now} cannot be read")
    return job


def locator(offset: int) -> str:
    return urlsafe_b64encode(str(offset).encode()).decode().rstrip("=")


def _offset(job: Job, text: str | None) -> int:
    """Raises Refusal for a locator that is not of this result."""
    if not text:
        return 0
    try:
        offset = int(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (NotBase64, ValueError):
        offset = -1
    if not 0 < offset < len(job.rows):
        raise Refusal(400, "INVALIDQUERYLOCATOR", f"Invalid query locator: {text}")
    return offset


ROUTES: Final = [
    Route("POST", f"{DATA}/jobs/query", _create),
    Route("GET", f"{DATA}/jobs/query", _list),
    Route("GET", _JOB, _read),
    Route("PATCH", _JOB, _patch),
    Route("DELETE", _JOB, _delete),
    Route("GET", f"{_JOB}/results", _results),
    Route("GET", f"{_JOB}/resultPages", _result_pages),
]
