"""Pages of `scan` and `changes`: keyset plus locator, so that a dead locator or a restart loses nothing.

A token is JSON with the server's `nextRecordsUrl` and the keyset of the last row seen. While the locator lives, a page
is one request of 2,000 rows; when it is dead (they live two days) the query starts again after the last row. Rows of
equal stamps are ordered by id, the first second of a window is read again (`>=`), and queryAll keeps deleted, merged
and converted records in the stream. QUERY_TIMEOUT halves the window; nothing is left between the halves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import orjson

from connectors.base import GoneError, Page, ProtocolError, Record, RemoteError
from connectors.http import Answer
from connectors.salesforce.ids import to18
from connectors.salesforce.read import ask_query, retrieve
from connectors.salesforce.rows import RowShape
from connectors.salesforce.soql import encoded_size, literal, select
from connectors.salesforce.times import parse_ms, soql_instant
from connectors.salesforce.wire import Wire
from connectors.salesforce.words import QUERY_BYTES

_SECOND_MS: Final = 1000
QUERY_TIMEOUT: Final = "QUERY_TIMEOUT"
DEAD_LOCATOR: Final = "INVALID_QUERY_LOCATOR"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a stream stands. `low_ms`/`high_ms` are the part of the window being read, `last_*` the last row seen."""

    low_ms: int = 0
    high_ms: int = 0
    last_ms: int | None = None
    last_id: str | None = None
    following: str | None = None  # nextRecordsUrl, relative to the server
    job: str | None = None  # Bulk job of a scan
    locator: str | None = None
    plain: bool = False  # Bulk was refused: REST to the end

    def token(self) -> str:
        return orjson.dumps({name: value for name, value in asdict(self).items() if value}).decode()


def parse_token(token: str) -> Cursor:
    """Raises ProtocolError for a token that is not ours."""
    try:
        return Cursor(**orjson.loads(token))
    except (TypeError, ValueError):
        raise ProtocolError("a page token of another kind", side="left") from None


def changes(wire: Wire, shape: RowShape, since_ms: int, until_ms: int, token: str | None, page_size: int) -> Page:
    """One page of what changed in [since, until], seconds rounded down; a record may come twice, none is left out."""
    until_ms -= until_ms % _SECOND_MS
    cursor = parse_token(token) if token else Cursor(low_ms=since_ms - since_ms % _SECOND_MS, high_ms=until_ms)
    if cursor.low_ms > cursor.high_ms:
        return Page((), None)
    asked = _asked(shape)
    answer = _next_page(wire, cursor, page_size)
    if answer is None:
        cursor, answer = _first_page(wire, asked, cursor, page_size)
    rows = wire.rows(answer.value)
    return Page(_records(wire, shape, asked, rows, answer.started_ms), _after(cursor, rows, answer, until_ms))


def _after(cursor: Cursor, rows: Sequence[dict[str, Any]], answer: Answer, until_ms: int) -> str | None:
    following = answer.value.get("nextRecordsUrl")
    if following:
        return _seen(cursor, rows, following).token()
    if cursor.high_ms < until_ms:  # a halved window is done: the next part starts in its last second
        width_ms = max(_SECOND_MS, 2 * (cursor.high_ms - cursor.low_ms))
        return Cursor(low_ms=cursor.high_ms, high_ms=min(until_ms, cursor.high_ms + width_ms)).token()
    return None


def _first_page(wire: Wire, shape: RowShape, cursor: Cursor, page_size: int) -> tuple[Cursor, Answer]:
    """A new query from the cursor, over a shorter part of the window as often as the server gives up."""
    while True:
        try:
            return cursor, query(wire, _changed(shape, cursor), page_size, deleted_too=True)
        except RemoteError as error:
            low_ms = cursor.low_ms if cursor.last_ms is None else cursor.last_ms
            half_ms = (cursor.high_ms - low_ms) // 2 // _SECOND_MS * _SECOND_MS
            if error.code != QUERY_TIMEOUT or half_ms < _SECOND_MS:
                raise
            cursor = replace(cursor, high_ms=low_ms + half_ms)


def _changed(shape: RowShape, cursor: Cursor) -> str:
    where = [f"SystemModstamp <= {soql_instant(cursor.high_ms)}"]
    if cursor.last_ms is None or cursor.last_id is None:
        where.append(f"SystemModstamp >= {soql_instant(cursor.low_ms)}")
    else:
        at = soql_instant(cursor.last_ms)
        where.append(f"(SystemModstamp > {at} OR (SystemModstamp = {at} AND Id > {literal(cursor.last_id)}))")
    return select(shape.select, shape.object, where, "SystemModstamp, Id")


def scan_page(wire: Wire, shape: RowShape, cursor: Cursor, page_size: int) -> Page:
    """One page of all live records by id."""
    asked = _asked(shape)
    answer = _next_page(wire, cursor, page_size)
    if answer is None:
        where = () if cursor.last_id is None else (f"Id > {literal(cursor.last_id)}",)
        answer = query(wire, select(asked.select, asked.object, where, "Id"), page_size)
    rows = wire.rows(answer.value)
    following = answer.value.get("nextRecordsUrl")
    token = _seen(cursor, rows, following).token() if following else None
    return Page(_records(wire, shape, asked, rows, answer.started_ms), token)


def query(wire: Wire, soql: str, page_size: int, *, deleted_too: bool = False) -> Answer:
    headers = {"Sforce-Query-Options": f"batchSize={page_size}"}
    return ask_query(wire, soql, deleted_too=deleted_too, headers=headers)


def _next_page(wire: Wire, cursor: Cursor, page_size: int) -> Answer | None:
    """The page behind the locator, None where there is none or it died."""
    if cursor.following is None:
        return None
    headers = {"Sforce-Query-Options": f"batchSize={page_size}"}
    try:
        return wire.ask("GET", cursor.following, "query", headers=headers, expires=True)
    except GoneError:
        return None
    except RemoteError as error:
        if error.code != DEAD_LOCATOR:
            raise
        return None


def _seen(cursor: Cursor, rows: Sequence[dict[str, Any]], following: str) -> Cursor:
    if not rows:
        return replace(cursor, following=following)
    last = rows[-1]
    return replace(cursor, last_ms=parse_ms(last["SystemModstamp"]), last_id=to18(last["Id"]), following=following)


def _asked(shape: RowShape) -> RowShape:
    """What the query itself selects: only the life of the rows where the field list would burst the URL."""
    return shape if encoded_size(",".join(shape.select)) <= QUERY_BYTES - 1_000 else RowShape(shape.object, ())


def _records(
    wire: Wire, shape: RowShape, asked: RowShape, rows: Sequence[dict[str, Any]], started_ms: int
) -> list[Record]:
    """The page's records. Of a wide list the content is read by id in one call: whole rows of one moment, or none."""
    if asked is shape:
        return shape.records(rows, started_ms)
    live = [to18(row["Id"]) for row in rows if not row.get("IsDeleted")]
    gone = [row for row in rows if row.get("IsDeleted")]
    whole = [
        record
        for _, row, read_ms in retrieve(wire, shape, live)
        if row is not None  # deleted since: comes again as such
        for record in shape.records([row], read_ms)
    ]
    return whole + asked.records(gone, started_ms)
