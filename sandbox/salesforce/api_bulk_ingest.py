"""Bulk 2.0 ingest: one upload a job, saved when it is complete, results by row in three files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import orjson

from sandbox.kernel import Refusal, Response, json_response
from sandbox.salesforce import bulk_csv, bulk_jobs
from sandbox.salesforce.api_bulk_query import CSV_TYPE
from sandbox.salesforce.bulk_jobs import COMPLETE, ENDED, FAILED, INGEST, OPEN, UPLOADED, Job
from sandbox.salesforce.bulk_rows import OPERATIONS, Outcome, Writer, headings, values_of
from sandbox.salesforce.errors import parser_error
from sandbox.salesforce.router import DATA, Call, Route
from sandbox.salesforce.soql.order import shuffled

_LARGEST_UPLOAD: Final = 150_000_000  # bytes as base64
_LARGEST_PART: Final = 100_000  # characters of a job that comes with its data
_BOUNDARY: Final = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_PART_NAME: Final = re.compile(r'name="?([^";]+)"?', re.IGNORECASE)
_JOB: Final = f"{DATA}/jobs/ingest/{{job}}"


def _create(call: Call) -> Response:
    content_type = call.request.headers.get("content-type", "")
    if content_type.lower().startswith("multipart/form-data"):
        body, upload = _parts(content_type, call.request.body)
    else:
        body, upload = call.body(), None
    job = _opened(call, body)
    if upload is not None:
        job.upload = upload
        process(call, job)
    bulk_jobs.keep(call.state, job)
    return json_response(200, bulk_jobs.shown(call.state, job, whole=False))


def _opened(call: Call, body: dict[str, Any]) -> Job:
    definition = call.state.visible(str(body.get("object", "")))
    if definition is None or definition.tooling:
        raise Refusal(400, "INVALIDJOB", f"InvalidJob : Unable to find object: {body.get('object')}")
    job = bulk_jobs.open_job(call, body, INGEST, OPERATIONS, definition.name)
    key = body.get("externalIdFieldName")
    if job.operation == "upsert":
        found = definition.field(str(key)) if key else None
        if found is None or not (found.external_id or found.id_lookup or found.type == "id"):
            why = f"Field name provided, {key} does not match an External ID, Salesforce Id, or indexed field"
            raise Refusal(400, "INVALIDJOB", f"InvalidJob : {why} for {definition.name}")
        job.external_id = found.name
    job.assignment_rule = body.get("assignmentRuleId")
    return job


def _parts(content_type: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    """The job and its data out of a multipart body. Raises Refusal 400."""
    match = _BOUNDARY.search(content_type)
    found: dict[str, bytes] = {}
    for part in body.split(b"--" + match[1].encode()) if match else ():
        head, blank, content = part.partition(b"\r\n\r\n")
        name = _PART_NAME.search(head.decode("utf-8", "replace"))
        if blank and name is not None:
            found[name[1]] = content.removesuffix(b"\r\n")
    try:
        job = orjson.loads(found.get("job", b""))
    except orjson.JSONDecodeError as error:
        raise parser_error(f"the part named job: {error}") from error
    if not isinstance(job, dict) or "content" not in found:
        raise parser_error("a multipart request needs a part named job and a part named content")
    if len(found["content"]) > _LARGEST_PART:
        raise Refusal(400, "INVALIDJOB", f"InvalidJob : content longer than {_LARGEST_PART} characters")
    return job, found["content"]


def _upload(call: Call) -> Response:
    job = bulk_jobs.find(call, INGEST)
    if job.state != OPEN or job.upload is not None:
        why = (
            f"Found multiple contents for job: <{job.id}>, please 'Close' / 'Abort' / 'Delete' the current Job then "
            "create a new Job and make sure you only do 'PUT' once on a given Job."
        )
        raise Refusal(400, "INVALIDJOBSTATE", why)
    if len(call.request.body) * 4 > _LARGEST_UPLOAD * 3:
        raise Refusal(413, "ExceededQuota", f"The upload is larger than {_LARGEST_UPLOAD} bytes in base64")
    job.upload = call.request.body
    return Response(201)


def _patch(call: Call) -> Response:
    job, wanted = bulk_jobs.find(call, INGEST), call.body().get("state")
    if wanted == "Aborted":
        bulk_jobs.abort(call.state, job)
        if job.starts_ms is None and job.upload:
            job.header, job.unprocessed = _unread(job)
    elif wanted == UPLOADED and job.state == OPEN:
        process(call, job)
    else:
        now = bulk_jobs.state_of(call.state, job)
        raise bulk_jobs.wrong_state(f"Job state cannot be set to {wanted}: {job.id} is in state {now}")
    return json_response(200, bulk_jobs.shown(call.state, job, whole=False))


def _unread(job: Job) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    try:
        return bulk_csv.read(job.upload or b"", job.delimiter, job.ending)
    except bulk_csv.BadCsv:
        return (), ()


def process(call: Call, job: Job) -> None:
    """Saves the rows of a complete upload; what a job is refused for as a whole leaves every row unprocessed."""
    definition = call.state.visible(job.object)
    try:
        if definition is None:
            raise bulk_csv.BadCsv(f"InvalidBatch : Unable to find object: {job.object}")
        job.header, job.rows = bulk_csv.read(job.upload or b"", job.delimiter, job.ending) if job.upload else ((), ())
        columns = headings(call.state, definition, job.header)
        if isinstance(columns, str):
            raise bulk_csv.BadCsv(f"InvalidBatch : Field name not found : {columns}")
        if job.operation in ("delete", "hardDelete") and job.rows and [one.name for one in columns] != ["Id"]:
            raise bulk_csv.BadCsv("InvalidBatch : Delete batch must contain only ids")
    except bulk_csv.BadCsv as error:
        job.error, job.unprocessed = str(error), job.rows
        bulk_jobs.begin(call.state, job, FAILED)
        return
    author = replace(call.author, auto_assign=bool(job.assignment_rule))
    writer = Writer(call.state, definition, job.operation, author, job.version, job.external_id)
    left = max(0, bulk_jobs.left_of(call.state, bulk_jobs.ROWS, call.state.settings.bulk_rows_a_day))
    job.rows, job.unprocessed = job.rows[:left], job.rows[left:]
    bulk_jobs.spend(call.state, bulk_jobs.ROWS, len(job.rows))
    _sort_out(job, writer.save(values_of(columns, row) for row in job.rows))
    if job.unprocessed:
        job.error = "ExceededQuota : ApiBatchItems Limit exceeded."
    bulk_jobs.begin(call.state, job, FAILED if job.unprocessed else COMPLETE)


def _sort_out(job: Job, outcomes: Sequence[Outcome]) -> None:
    """Results come in the server's order, not in that of the upload."""
    pairs = list(zip(outcomes, job.rows, strict=True))
    saved = [[one.id, "true" if one.created else "false", *row] for one, row in pairs if one.saved]
    failed = [["", one.error, *row] for one, row in pairs if not one.saved]
    job.succeeded, job.failed, job.rows = shuffled(saved), shuffled(failed), ()


def _results(call: Call) -> Response:
    job, kind = bulk_jobs.find(call, INGEST), call.args["results"].lower()
    now = bulk_jobs.state_of(call.state, job)
    if now not in ENDED:
        raise bulk_jobs.wrong_state(f"InvalidJobState : results of a job in state {now} cannot be read: {job.id}")
    if kind == "successfulresults":
        header, rows = ["sf__Id", "sf__Created", *job.header], job.succeeded
    elif kind == "failedresults":
        header, rows = ["sf__Id", "sf__Error", *job.header], job.failed
    elif kind == "unprocessedrecords":
        header, rows = list(job.header), job.unprocessed
    else:
        raise Refusal(404, "NOT_FOUND", "The requested resource does not exist")
    body = bulk_csv.write(header, rows, job.delimiter, job.ending) if header else b""
    return Response(200, {"Content-Type": CSV_TYPE}, body)


def _read(call: Call) -> Response:
    return json_response(200, bulk_jobs.shown(call.state, bulk_jobs.find(call, INGEST), whole=True))


def _list(call: Call) -> Response:
    return json_response(200, bulk_jobs.listed(call.state, INGEST))


def _delete(call: Call) -> Response:
    bulk_jobs.forget(call.state, bulk_jobs.find(call, INGEST))
    return Response(204)


ROUTES: Final = [
    Route("POST", f"{DATA}/jobs/ingest", _create),
    Route("GET", f"{DATA}/jobs/ingest", _list),
    Route("GET", _JOB, _read),
    Route("PATCH", _JOB, _patch),
    Route("DELETE", _JOB, _delete),
    Route("PUT", f"{_JOB}/batches", _upload),
    Route("GET", f"{_JOB}/{{results}}", _results),
]
