"""Bulk 2.0 queries for large scans: one job, pages of a bounded number of CSV rows, values in REST's JSON spelling.

A scan never waits long inside one call: the page that starts or awaits the job is empty and its token names the job, so
that a restarted process goes on with the same job. Results are in id order, therefore a job that is gone restarts after
the last id. Where the org refuses Bulk, or the job fails, the scan goes on by REST.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from connectors.base import (
    AuthError,
    Clock,
    GoneError,
    ObjectSchema,
    Page,
    ProtocolError,
    QuotaError,
    Raw,
    RemoteError,
    TransientError,
)
from connectors.http import Answer
from connectors.policy import Effect
from connectors.salesforce.ids import to18
from connectors.salesforce.rows import RowShape
from connectors.salesforce.soql import literal, name, select
from connectors.salesforce.stream import QUERY_TIMEOUT, Cursor
from connectors.salesforce.times import parse_ms
from connectors.salesforce.wire import Wire
from connectors.salesforce.words import BULK_PAGE

POLLS: Final = 12  # of one call; waits grow from a second to ten
_LONGEST_POLL_S: Final = 10.0
_ENDLESS_MS: Final = 4 * 3_600_000  # a job older than this is given up
_UNFIT: Final = frozenset({"address", "location", "base64", "complexvalue"})  # types Bulk does not select
_END: Final = "null"

csv.field_size_limit(2**31 - 1)  # long text areas pass the module's 128 KiB


def fits(schema: ObjectSchema, shape: RowShape) -> bool:
    """Whether Bulk can select these fields, and every type is known so that text can become JSON values again."""
    return all((field := schema.fields.get(wanted)) is not None and field.type not in _UNFIT for wanted in shape.select)


def is_large(wire: Wire, object_name: str, rows: int) -> bool:
    """Whether the object holds more live rows than that, as far as the org counts. A time-out is an answer too."""
    try:
        counted = wire.get("query", "query", q=f"SELECT COUNT() FROM {name(object_name)}")  # noqa: S608 - checked
    except RemoteError as error:
        if error.code == QUERY_TIMEOUT:
            return True
        if isinstance(error, (AuthError, QuotaError, TransientError)):
            raise
        return False  # counting is refused: REST pages need no count
    return isinstance(counted, Mapping) and int(counted.get("totalSize") or 0) > rows


def start(wire: Wire, shape: RowShape, cursor: Cursor) -> Page:
    """An empty page whose token names a new job, or says that this scan goes on by REST."""
    where = () if cursor.last_id is None else (f"Id > {literal(cursor.last_id)}",)
    body = {
        "operation": "query",
        "query": select(shape.select, shape.object, where, "Id"),
        "contentType": "CSV",
        "columnDelimiter": "COMMA",
        "lineEnding": "LF",
    }
    try:
        job = wire.ask("POST", "jobs/query", "bulk", json=body, effect=Effect.READ).value
    except (AuthError, TransientError):
        raise
    except QuotaError as error:
        if error.code in ("REQUEST_LIMIT_EXCEEDED", "SHARE_SPENT"):
            raise
        return Page((), replace(cursor, plain=True).token())  # the bulk allowance only
    except RemoteError:
        return Page((), replace(cursor, plain=True).token())
    if not isinstance(job, Mapping) or not job.get("id"):
        return Page((), replace(cursor, plain=True).token())
    return Page((), replace(cursor, job=job["id"], locator=None).token())


def page(wire: Wire, shape: RowShape, cursor: Cursor, schema: ObjectSchema, clock: Clock) -> Page:
    """The next results page, or an empty one while the job runs. Raises TransientError when the job was aborted."""
    if cursor.job is None:
        raise ProtocolError("a bulk page without a job", side="left")
    path = f"jobs/query/{to18(cursor.job)}"
    try:
        if cursor.locator is None and not _finished(wire, path, clock):
            return Page((), cursor.token())
        params = {"maxRecords": str(BULK_PAGE)} | ({"locator": cursor.locator} if cursor.locator else {})
        headers = {"Accept": "text/csv"}
        answer = wire.ask("GET", f"{path}/results", "bulk", params=params, headers=headers, decode=False, expires=True)
    except GoneError:  # deleted or older than seven days: again after the last id
        return Page((), replace(cursor, job=None, locator=None).token())
    except _JobFailed:
        return Page((), replace(cursor, job=None, locator=None, plain=True).token())
    _check_page(answer)
    rows = list(parse_csv(answer.body, schema))
    told = answer.headers.get("Sforce-NumberOfRecords")
    if told is not None and told.isdecimal() and int(told) != len(rows):
        raise TransientError(f"a bulk page of {len(rows)} rows that should have {told}", side="left", code="SHORT_PAGE")
    locator = answer.headers.get("Sforce-Locator")
    records = shape.records(rows, answer.started_ms)
    if locator and locator != _END:
        last_id = records[-1].id if records else cursor.last_id
        return Page(records, replace(cursor, locator=locator, last_id=last_id).token())
    _delete(wire, path)
    return Page(records, None)


def _check_page(answer: Answer) -> None:
    """Raises TransientError for a gateway's page in place of results: read as CSV it would end the scan early."""
    kind = answer.headers.get("Content-Type", "text/csv")
    if "csv" not in kind.lower() and answer.body:
        raise TransientError(
            f"bulk results of type {kind[:60]}", side="left", action="Nothing: the page is asked for again."
        )


class _JobFailed(Exception):
    """The server gave the job up."""


def _finished(wire: Wire, path: str, clock: Clock) -> bool:
    """Polls for a while; False while the job runs on."""
    wait_s = 1.0
    for _ in range(POLLS):
        job = wire.ask("GET", path, "bulk", expires=True).value
        state = job["state"]
        if state == "JobComplete":
            return True
        if state == "Failed":
            raise _JobFailed
        if state == "Aborted":
            raise TransientError(
                "someone aborted the bulk query",
                side="left",
                code="ABORTED",
                action="Find who aborts jobs in Setup, Bulk Data Load Jobs; start the scan again.",
            )
        if (created := job.get("createdDate")) and clock.now_ms() - parse_ms(created) > _ENDLESS_MS:
            raise _JobFailed
        clock.sleep(wait_s)
        wait_s = min(_LONGEST_POLL_S, wait_s * 1.5)
    return False


def _delete(wire: Wire, path: str) -> None:
    """Best effort: a result that stays is gone after seven days anyway. Log-in and allowance still tell."""
    try:
        wire.ask("DELETE", path, "bulk", effect=Effect.KEYED_WRITE)
    except (AuthError, QuotaError):
        raise
    except RemoteError:
        return


def parse_csv(body: bytes, schema: ObjectSchema) -> Iterator[dict[str, Raw]]:
    """Rows of one results page as REST would spell them: UTF-8 whatever the header says, blank is null, no NUL."""
    text = body.decode("utf-8-sig").replace("\0", "")
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader, None)
    if header is None:
        return
    casts = [_cast_of(schema, column) for column in header]
    for line in reader:
        if not line:
            continue
        if len(line) != len(header):
            raise ProtocolError("a bulk row with another number of columns than its header", side="left")
        yield {column: (cast(cell) if cell else None) for column, cast, cell in zip(header, casts, line, strict=True)}


def _cast_of(schema: ObjectSchema, column: str) -> Callable[[str], Raw]:
    field = schema.fields.get(column)
    return _CASTS.get(field.type, str) if field else str


def _boolean(cell: str) -> bool:
    if cell not in ("true", "false"):
        raise ProtocolError(f"no boolean in a bulk page: {cell[:20]!r}", side="left")
    return cell == "true"


def _instant(cell: str) -> str:
    return cell[:-1] + "+0000" if cell.endswith("Z") else cell


_CASTS: Final[Mapping[str, Callable[[str], Any]]] = {
    "boolean": _boolean,
    "int": lambda cell: int(float(cell)),
    "long": lambda cell: int(float(cell)),
    "double": float,
    "currency": float,
    "percent": float,
    "datetime": _instant,
}
