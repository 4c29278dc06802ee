"""Bulk jobs: what they are, which state the clock has brought them to, and how their JSON looks.

The work of a job is done when its data is complete; its end shows `bulk_delay_ms` later. So a query's rows are those of
its start, and its results never change afterwards. Jobs are forgotten after seven days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sandbox.kernel import Refusal
from sandbox.salesforce import ids
from sandbox.salesforce.bulk_csv import DELIMITERS, ENDINGS, no_dialect
from sandbox.salesforce.errors import not_found
from sandbox.salesforce.router import Call
from sandbox.salesforce.state import OrgState
from sandbox.salesforce.times import stamp

_DAY_MS: Final = 86_400_000
KEPT_MS: Final = 7 * _DAY_MS
QUERIES, ROWS = "bulk queries", "bulk rows"  # allowances of a day
GAVE_UP: Final = "InternalServerError : Retried more than fifteen times"
QUERY, INGEST, CLASSIC = "V2Query", "V2Ingest", "Classic"
OPEN, UPLOADED, RUNNING, COMPLETE = "Open", "UploadComplete", "InProgress", "JobComplete"
FAILED, ABORTED = "Failed", "Aborted"
ENDED: Final = frozenset({COMPLETE, FAILED, ABORTED})
Lines = Sequence[Sequence[str]]


@dataclass(slots=True)
class Job:
    """One job of Bulk 2.0. `state` is what it will end as once `ends_ms` is set; `state_of` tells what it is now."""

    id: str
    kind: str
    operation: str
    object: str
    user_id: str
    version: int
    delimiter: str
    ending: str
    created_ms: int
    changed_ms: int
    state: str
    starts_ms: int | None = None
    ends_ms: int | None = None
    error: str = ""
    header: Sequence[str] = ()
    rows: Lines = ()  # of a query: its result; of an ingest: what was uploaded
    chunked: bool = False  # a query that may be cut by primary key
    external_id: str | None = None
    assignment_rule: str | None = None
    upload: bytes | None = None
    succeeded: Lines = ()  # (id, created, *as sent)
    failed: Lines = ()  # (id, error, *as sent)
    unprocessed: Lines = ()


def open_job(call: Call, body: Mapping[str, Any], kind: str, operations: frozenset[str], object_name: str) -> Job:
    """A new job in state Open, not stored yet. Raises Refusal INVALIDJOB for a dialect or operation that is none."""
    delimiter = body.get("columnDelimiter", "COMMA")
    ending = body.get("lineEnding", "LF")
    operation = body.get("operation")
    if operation not in operations:
        raise Refusal(400, "INVALIDJOB", f"InvalidJob : Unsupported operation: {operation}")
    if body.get("contentType", "CSV") != "CSV":
        raise no_dialect("contentType", body["contentType"])
    if delimiter not in DELIMITERS:
        raise no_dialect("columnDelimiter", delimiter)
    if ending not in ENDINGS:
        raise no_dialect("lineEnding", ending)
    state, now_ms = call.state, call.state.now_ms()
    user_id = call.session.user_id if call.session else ""
    job_id = new_id(state, "750")
    return Job(job_id, kind, operation, object_name, user_id, call.version, delimiter, ending, now_ms, now_ms, OPEN)


def new_id(state: OrgState, prefix: str) -> str:
    state.draw(f"id:{prefix}")
    return ids.made(prefix, state.draws[f"id:{prefix}"])


def begin(state: OrgState, job: Job, end: str) -> None:
    """The data is complete: the job runs, and ends in the state given when its time has passed."""
    job.starts_ms = job.changed_ms = state.now_ms()
    job.ends_ms = job.starts_ms + state.settings.bulk_delay_ms
    job.state = end


def state_of(state: OrgState, job: Job) -> str:
    """UploadComplete, InProgress and the end follow each other by the clock."""
    if job.starts_ms is None or job.ends_ms is None or job.state == ABORTED:
        return job.state
    now_ms = state.now_ms()
    if now_ms >= job.ends_ms:
        return job.state
    return UPLOADED if now_ms == job.starts_ms else RUNNING


def left_of(state: OrgState, allowance: str, most: int) -> int:
    """What the last 24 hours have left of an allowance."""
    since_ms = state.now_ms() - _DAY_MS
    kept = state.spent[allowance] = [use for use in state.spent.get(allowance, ()) if use[0] > since_ms]
    return most - sum(amount for _, amount in kept)


def spend(state: OrgState, allowance: str, amount: int) -> None:
    state.spent.setdefault(allowance, []).append((state.now_ms(), amount))


def find(call: Call, kind: str) -> Job:
    """The job of the path. Raises Refusal 404 for one that is unknown, deleted, or past its seven days."""
    job = call.state.jobs.get(ids.to18(call.args["job"]))
    if not isinstance(job, Job) or job.kind != kind or call.state.now_ms() - job.created_ms > KEPT_MS:
        raise not_found()
    return job


def wrong_state(why: str) -> Refusal:
    return Refusal(400, "INVALIDJOBSTATE", why)


def abort(state: OrgState, job: Job) -> None:
    """Raises Refusal INVALIDJOBSTATE for a job that has ended."""
    if (now := state_of(state, job)) in ENDED:
        raise wrong_state(f"Aborting not allowed for job in state {now}: {job.id}")
    job.state, job.changed_ms, job.ends_ms = ABORTED, state.now_ms(), state.now_ms()


def forget(state: OrgState, job: Job) -> None:
    """Raises Refusal INVALIDJOBSTATE for a job that still runs."""
    if (now := state_of(state, job)) not in ENDED:
        raise wrong_state(f"Deleting not allowed for job in state {now}: {job.id}")
    del state.jobs[job.id]


def shown(state: OrgState, job: Job, *, whole: bool) -> dict[str, Any]:
    """The JSON of a job; `whole` adds the figures that only reading it tells."""
    now = state_of(state, job)
    changed_ms = job.ends_ms if now in ENDED and job.ends_ms is not None else job.changed_ms
    made: dict[str, Any] = {
        "id": job.id,
        "operation": job.operation,
        "object": job.object,
        "createdById": job.user_id,
        "createdDate": stamp(job.created_ms),
        "systemModstamp": stamp(changed_ms),
        "state": now,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(job.version),
        "lineEnding": job.ending,
        "columnDelimiter": job.delimiter,
    }
    if job.kind == INGEST:
        made["contentUrl"] = f"services/data/v{job.version}.0/jobs/ingest/{job.id}/batches"
        if job.external_id is not None:
            made["externalIdFieldName"] = job.external_id
        if job.assignment_rule is not None:
            made["assignmentRuleId"] = job.assignment_rule
    if whole:
        made |= _figures(state, job, now)
    return made


def _figures(state: OrgState, job: Job, now: str) -> dict[str, Any]:
    ended = now in ENDED
    ran_ms = (job.ends_ms or 0) - (job.starts_ms or 0) if ended and job.starts_ms is not None else 0
    made: dict[str, Any] = {"jobType": job.kind, "retries": 0, "totalProcessingTime": ran_ms}
    if job.kind == QUERY:
        made["numberRecordsProcessed"] = len(job.rows) if now == COMPLETE else 0
        made["isPkChunkingSupported"] = job.chunked
    else:
        done = len(job.succeeded) + len(job.failed)
        made["numberRecordsProcessed"] = done if ended else 0
        made["numberRecordsFailed"] = len(job.failed) if ended else 0
        made |= {"apiActiveProcessingTime": ran_ms, "apexProcessingTime": 0}
    if job.error and now == FAILED:
        made["errorMessage"] = job.error
    return made


def listed(state: OrgState, kind: str) -> dict[str, Any]:
    """All jobs of a kind, oldest first, in one page."""
    now_ms = state.now_ms()
    found = [job for job in state.jobs.values() if isinstance(job, Job) and job.kind == kind]
    records = [
        shown(state, job, whole=False) | {"jobType": kind} for job in found if now_ms - job.created_ms <= KEPT_MS
    ]
    return {"done": True, "records": records, "nextRecordsUrl": None}


def keep(state: OrgState, job: Job) -> None:
    """Stores a job, and lets go of those whose time is over."""
    for name, old in list(state.jobs.items()):
        if state.now_ms() - old.created_ms <= KEPT_MS:
            break
        del state.jobs[name]
    state.jobs[job.id] = job
