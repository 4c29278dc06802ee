"""Bulk 1.0: jobs of batches, in JSON or CSV, with replies in JSON or XML; queries may be cut by primary key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson

from sandbox.kernel import Refusal, Response, json_response
from sandbox.salesforce import bulk_csv, bulk_jobs, classic_jobs, ids, soql
from sandbox.salesforce.api_bulk_query import CSV_TYPE, check_bulk
from sandbox.salesforce.bulk_rows import OPERATIONS, Outcome, Writer, headings, values_of
from sandbox.salesforce.classic_jobs import Batch, ClassicJob
from sandbox.salesforce.querying import OrgWorld
from sandbox.salesforce.router import Call, Route
from sandbox.salesforce.soql.world import Column
from sandbox.salesforce.store import Row
from sandbox.salesforce.times import parse_instant, stamp_s

_JOB: Final = "/services/async/{version}/job/{job}"
_LARGEST_BATCH: Final = 10_000  # rows
_LARGEST_BODY: Final = 10_000_000  # bytes
_CHUNK, _LARGEST_CHUNK = 100_000, 250_000  # records of a part
_NOTHING: Final = b"Records not found for this query"


def _create(call: Call) -> Response:
    content_type = call.request.headers.get("content-type", "")
    body = classic_jobs.body_of(call.request.body, content_type)
    operation, kind = body.get("operation"), body.get("contentType", "XML")
    if operation not in OPERATIONS | {"query", "queryAll"}:
        raise Refusal(400, "InvalidJob", f"Unsupported operation: {operation}")
    if kind not in ("CSV", "JSON"):
        raise Refusal(400, "InvalidJob", f"Unsupported contentType: {kind}")
    definition = call.state.visible(str(body.get("object", "")))
    if definition is None or definition.tooling:
        raise Refusal(400, "InvalidJob", f"Unable to find object: {body.get('object')}")
    key = body.get("externalIdFieldName")
    if operation == "upsert":
        found = definition.field(str(key)) if key else None
        if found is None or not (found.external_id or found.id_lookup or found.type == "id"):
            raise Refusal(400, "InvalidJob", f"External ID field does not exist or is not accessible: {key}")
        key = found.name
    now_ms, user_id = call.state.now_ms(), call.author.user_id
    made = bulk_jobs.new_id(call.state, "750")
    job = ClassicJob(made, operation, definition.name, kind, user_id, call.version, now_ms, now_ms)
    job.external_id, job.assignment_rule, job.chunk = key, body.get("assignmentRuleId"), _chunk(call)
    bulk_jobs.keep(call.state, job)
    return classic_jobs.shown(201, "jobInfo", classic_jobs.job_info(call.state, job), "json" in content_type.lower())


def _chunk(call: Call) -> int | None:
    """Records of a part, None where the query is not to be cut. Raises Refusal InvalidJob."""
    header = call.request.headers.get("sforce-enable-pkchunking", "")
    if not header or header.strip().lower() == "false":
        return None
    asked = call.options("sforce-enable-pkchunking").get("chunksize", str(_CHUNK))
    if not asked.isdecimal() or not 0 < int(asked) <= _LARGEST_CHUNK:
        raise Refusal(400, "InvalidJob", f"chunkSize must be between 1 and {_LARGEST_CHUNK}: {asked}")
    return int(asked)


def _job(call: Call) -> ClassicJob:
    job = call.state.jobs.get(ids.to18(call.args["job"]))
    if not isinstance(job, ClassicJob) or call.state.now_ms() - job.created_ms > bulk_jobs.KEPT_MS:
        raise Refusal(400, "InvalidJob", "Unable to find job")
    return job


def _batch(call: Call) -> tuple[ClassicJob, Batch]:
    job = _job(call)
    batch = job.batches.get(ids.to18(call.args["batch"]) or "")
    if batch is None:
        raise Refusal(400, "InvalidBatch", "Unable to find batch")
    return job, batch


def _read(call: Call) -> Response:
    job = _job(call)
    as_json = job.content_type == "JSON" or "json" in call.request.headers.get("content-type", "").lower()
    return classic_jobs.shown(200, "jobInfo", classic_jobs.job_info(call.state, job), as_json)


def _change(call: Call) -> Response:
    job = _job(call)
    wanted = classic_jobs.body_of(call.request.body, call.request.headers.get("content-type", "")).get("state")
    if wanted not in ("Closed", "Aborted"):
        raise Refusal(400, "InvalidJob", f"Job state cannot be set to {wanted}")
    if job.state != "Open":
        raise Refusal(400, "InvalidJobState", f"Closing already {job.state.lower()} Job not allowed")
    job.state, job.changed_ms = wanted, call.state.now_ms()
    return _read(call)


def _add(call: Call) -> Response:
    job, body = _job(call), call.request.body
    if job.state != "Open":
        raise Refusal(400, "InvalidJobState", f"Job is {job.state.lower()}: no batch can be added")
    if len(body) > _LARGEST_BODY:
        raise Refusal(400, "ClientInputError", "Request body exceeds the limit of 10000000 bytes")
    now_ms = call.state.now_ms()
    ends_ms = now_ms + call.state.settings.bulk_delay_ms
    batch = Batch(bulk_jobs.new_id(call.state, "751"), job.id, now_ms, ends_ms, "Completed", request=body)
    job.batches[batch.id] = batch
    try:
        if job.reads:
            _query(call, job, batch)
        else:
            _save(call, job, batch)
    except (bulk_csv.BadCsv, Refusal) as error:
        why = f"InvalidBatch : {error.message}" if isinstance(error, Refusal) else str(error)
        batch.state, batch.message = "Failed", why
    shown = classic_jobs.batch_info(call.state, batch)
    return classic_jobs.shown(201, "batchInfo", shown, job.content_type == "JSON")


def _query(call: Call, job: ClassicJob, batch: Batch) -> None:
    """Fixes the result of a query, in parts where it is to be cut. Raises Refusal."""
    text = batch.request.decode("utf-8", "replace")
    bound = soql.bind(OrgWorld(call.state), text, deleted_too=job.operation == "queryAll")
    check_bulk(bound)
    found = soql.run(bound).ids
    if job.chunk is None:
        _fill(call, job, batch, bound, found)
        return
    batch.state = "Not Processed"
    found = sorted(found)
    for start in range(0, max(len(found), 1), job.chunk):
        part = Batch(bulk_jobs.new_id(call.state, "751"), job.id, batch.created_ms, batch.ends_ms, "Completed")
        job.batches[part.id] = part
        _fill(call, job, part, bound, found[start : start + job.chunk])


def _fill(call: Call, job: ClassicJob, batch: Batch, bound: soql.Bound, found: Sequence[str]) -> None:
    chosen = bound.selection
    if chosen is None:
        raise Refusal(400, "InvalidBatch", "a bulk query selects records")
    most = call.state.settings.bulk_query_most_rows
    if most is not None and len(found) > most:
        batch.state, batch.message = "Failed", bulk_jobs.GAVE_UP
        return
    rows = list(soql.rows_of(bound, found))
    batch.result_id, batch.rows = bulk_jobs.new_id(call.state, "752"), len(rows)
    if job.content_type == "JSON":
        base = f"{call.base}/sobjects"
        batch.json = orjson.dumps([_in_epochs(chosen.json(row, base), chosen.columns) for row in rows])
    elif rows:
        cells = bulk_csv.cells(chosen.columns, chosen.stored)
        batch.csv = bulk_csv.write([one.label for one in chosen.columns], map(cells, rows), "COMMA", "LF")
    else:
        batch.csv = _NOTHING


def _in_epochs(record: dict[str, Any], columns: Sequence[Column]) -> dict[str, Any]:
    """Days and instants as ms since 1970, as this API writes them in JSON."""
    for column in columns:
        if column.type not in ("datetime", "date"):
            continue
        holder: Any = record
        for parent in column.parents:
            holder = holder and holder.get(parent)
        name = column.label.rsplit(".", 1)[-1]
        if holder and (value := holder.get(name)) is not None:
            holder[name] = stamp_s(value) * 1000 if column.type == "datetime" else parse_instant(f"{value}T00:00:00Z")
    return record


def _save(call: Call, job: ClassicJob, batch: Batch) -> None:
    """Saves a batch's rows. Raises BadCsv, Refusal for what fails the batch as a whole."""
    definition = call.state.visible(job.object)
    if definition is None:
        raise bulk_csv.BadCsv(f"InvalidBatch : Unable to find object: {job.object}")
    rows = _json_rows(batch.request) if job.content_type == "JSON" else None
    if rows is None:
        ending = "CRLF" if batch.request.partition(b"\n")[0].endswith(b"\r") else "LF"
        header, lines = bulk_csv.read(batch.request, "COMMA", ending)
        columns = headings(call.state, definition, header)
        if isinstance(columns, str):
            raise bulk_csv.BadCsv(f"InvalidBatch : Field name not found : {columns}")
        rows = [values_of(columns, line) for line in lines]
    if len(rows) > _LARGEST_BATCH:
        raise bulk_csv.BadCsv(f"InvalidBatch : Records limit of {_LARGEST_BATCH} exceeded")
    author = replace(call.author, auto_assign=bool(job.assignment_rule))
    writer = Writer(call.state, definition, job.operation, author, job.version, job.external_id)
    batch.outcomes, batch.rows = writer.save(rows), len(rows)


def _json_rows(body: bytes) -> list[Mapping[str, Any]]:
    try:
        rows = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bulk_csv.BadCsv(f"InvalidBatch : Failed to parse JSON: {error}") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise bulk_csv.BadCsv("InvalidBatch : a JSON batch is an array of objects")
    return rows


def _read_batch(call: Call) -> Response:
    job, batch = _batch(call)
    shown = classic_jobs.batch_info(call.state, batch)
    return classic_jobs.shown(200, "batchInfo", shown, job.content_type == "JSON")


def _list(call: Call) -> Response:
    job = _job(call)
    infos = [classic_jobs.batch_info(call.state, batch) for batch in job.batches.values()]
    return classic_jobs.batch_list(infos, job.content_type == "JSON")


def _request(call: Call) -> Response:
    job, batch = _batch(call)
    return Response(
        200, {"Content-Type": "application/json" if job.content_type == "JSON" else CSV_TYPE}, batch.request
    )


def _result(call: Call) -> Response:
    job, batch = _batch(call)
    if classic_jobs.state_of(call.state, batch) != "Completed":
        raise Refusal(400, "InvalidBatch", "Batch not completed")
    as_json = job.content_type == "JSON"
    if job.reads:
        return classic_jobs.result_list([batch.result_id], as_json)
    if as_json:
        return json_response(200, [_outcome(one) for one in batch.outcomes])
    lines = [_line(one) for one in batch.outcomes]
    body = bulk_csv.write(["Id", "Success", "Created", "Error"], lines, "COMMA", "LF")
    return Response(200, {"Content-Type": CSV_TYPE}, body)


def _outcome(one: Outcome) -> Row:
    why = {"statusCode": one.code, "message": one.message, "fields": list(one.fields), "extendedErrorDetails": None}
    return {"success": one.saved, "created": one.created, "id": one.id or None, "errors": [] if one.saved else [why]}


def _line(one: Outcome) -> list[str]:
    return [one.id, str(one.saved).lower(), str(one.created).lower(), one.error]


def _result_page(call: Call) -> Response:
    job, batch = _batch(call)
    done = classic_jobs.state_of(call.state, batch) == "Completed"
    if not done or not job.reads or batch.result_id != ids.to18(call.args["result"]):
        raise Refusal(400, "InvalidBatch", "Unable to find result")
    if job.content_type == "JSON":
        return Response(200, {"Content-Type": "application/json;charset=UTF-8"}, batch.json)
    return Response(200, {"Content-Type": CSV_TYPE}, batch.csv)


ROUTES: Final = [
    Route(method, pattern, handler, refuse=classic_jobs.refused)
    for method, pattern, handler in (
        ("POST", "/services/async/{version}/job", _create),
        ("GET", _JOB, _read),
        ("POST", _JOB, _change),
        ("POST", f"{_JOB}/batch", _add),
        ("GET", f"{_JOB}/batch", _list),
        ("GET", f"{_JOB}/batch/{{batch}}", _read_batch),
        ("GET", f"{_JOB}/batch/{{batch}}/request", _request),
        ("GET", f"{_JOB}/batch/{{batch}}/result", _result),
        ("GET", f"{_JOB}/batch/{{batch}}/result/{{result}}", _result_page),
    )
]
