"""Consistent reads: by id through Collections, and by a key through SOQL; never the search index.

Collections does not show deleted rows, so ids it does not know are asked for once more through queryAll, which tells
deleted, merged and purged apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from connectors.base import ProtocolError, Record, RemoteError
from connectors.http import Answer
from connectors.salesforce.ids import to18
from connectors.salesforce.rows import RowShape
from connectors.salesforce.soql import LONGEST_TEXT, chunks_that_fit, encoded_size, select, within
from connectors.salesforce.wire import Wire
from connectors.salesforce.words import QUERY_BYTES, RETRIEVE_IDS
from connectors.shortcomings import not_offered

_LONGEST_CHAIN: Final = 10  # merges of merges
_QUERY_ALL: Final = "QueryAllRefused"


Row = dict[str, Any]


def query_rows(wire: Wire, soql: str, *, deleted_too: bool = False, tooling: bool = False) -> Iterator[tuple[Row, int]]:
    """Every row of a query, page after page, each with the start of its page's read in ms."""
    answer = ask_query(wire, soql, deleted_too=deleted_too, tooling=tooling)
    while True:
        for row in wire.rows(answer.value):
            yield row, answer.started_ms
        following = answer.value.get("nextRecordsUrl")
        if not following:
            return
        answer = wire.ask("GET", following, "query")


def ask_query(
    wire: Wire, soql: str, *, deleted_too: bool = False, tooling: bool = False, headers: Mapping[str, str] | None = None
) -> Answer:
    """The first page. Where queryAll is not offered, the plain query: what was deleted is then told by getDeleted."""
    if deleted_too and not wire.shortcomings.has(_QUERY_ALL):
        try:
            return wire.ask("GET", "queryAll", "query", params={"q": soql}, headers=headers)
        except RemoteError as error:
            if not not_offered(error):
                raise
            instead = "Salesforce refuses queryAll: merged records and those in the recycle bin are not told apart."
            wire.shortcomings.add(_QUERY_ALL, error, instead)
    path = "tooling/query" if tooling else "query"
    return wire.ask("GET", path, "query", params={"q": soql}, headers=headers)


def retrieve(wire: Wire, shape: RowShape, ids: Sequence[str]) -> Iterator[tuple[str, Row | None, int]]:
    """(id, row or None, start of the read) for each id, 2,000 a call."""
    for start in range(0, len(ids), RETRIEVE_IDS):
        chunk = list(ids[start : start + RETRIEVE_IDS])
        body = {"ids": chunk, "fields": list(shape.select)}
        answer = wire.ask("POST", f"composite/sobjects/{shape.object}", "retrieve", json=body)
        rows = answer.value
        if not isinstance(rows, list) or len(rows) != len(chunk):
            raise ProtocolError("a retrieve that does not answer id by id", side="left")
        for asked, row in zip(chunk, rows, strict=True):
            yield asked, row, answer.started_ms


def read(wire: Wire, object_name: str, ids: Sequence[str], fields: Sequence[str]) -> dict[str, Record | None]:
    """Asked id -> record, survivor of a merge, or None for deleted, purged or invisible; archived tasks are live."""
    shape = RowShape(object_name, fields, wire.known_fields)
    wanted = {asked: to18(asked) for asked in ids}
    found = _read18(wire, shape, list(dict.fromkeys(wanted.values())), _LONGEST_CHAIN)
    return {asked: found[record_id] for asked, record_id in wanted.items()}


def _read18(wire: Wire, shape: RowShape, ids: list[str], links_left: int) -> dict[str, Record | None]:
    found: dict[str, Record | None] = dict.fromkeys(ids)
    for asked, row, started_ms in retrieve(wire, shape, ids):
        if row is not None and not row.get("IsDeleted"):
            found[asked] = shape.records([row], started_ms)[0]
    missing = [record_id for record_id in ids if found[record_id] is None]
    survivors: dict[str, str] = {}
    for row, started_ms in hidden_rows(wire, shape, missing):
        record = shape.records([row], started_ms)[0]
        if record.merged_into is not None:
            survivors[record.id] = record.merged_into
        elif not row.get("IsDeleted"):
            found[record.id] = record  # an archived task, or restored between the two reads
    if survivors and links_left:
        targets = _read18(wire, shape, list(dict.fromkeys(survivors.values())), links_left - 1)
        found.update({loser: targets[winner] for loser, winner in survivors.items()})
    return found


def hidden_rows(wire: Wire, shape: RowShape, ids: Sequence[str]) -> Iterator[tuple[Row, int]]:
    """Rows of these ids wherever they are: live, archived, in the recycle bin, merged away.

    A field list that fills a URL is asked for in parts, joined by id; a row missing in one part is left out whole.
    """
    if "IsDeleted" not in shape.system:
        return
    columns = [field for field in shape.select if field not in shape.system]
    parts = list(chunks_that_fit(columns, QUERY_BYTES // 2)) or [[]]
    longest = max(encoded_size(select((*shape.system, *part), shape.object, ("Id IN ()",))) for part in parts)
    for chunk in chunks_that_fit(ids, QUERY_BYTES - longest):
        joined: dict[str, tuple[Row, int, int]] = {}
        for part in parts:
            soql = select((*shape.system, *part), shape.object, (within("Id", chunk),))
            for row, started_ms in query_rows(wire, soql, deleted_too=True):
                before, first_ms, seen = joined.get(row["Id"], ({}, started_ms, 0))
                joined[row["Id"]] = ({**before, **row}, first_ms, seen + 1)
        yield from ((row, first_ms) for row, first_ms, seen in joined.values() if seen == len(parts))


def find(wire: Wire, object_name: str, field_name: str, values: Sequence[str], fields: Sequence[str]) -> list[Record]:
    """Every live record whose field equals one of the values, as the server compares (text: without case)."""
    shape = RowShape(object_name, fields, wire.known_fields)
    wanted = [value for value in dict.fromkeys(values) if value and len(value) <= LONGEST_TEXT]  # no key is longer
    room = QUERY_BYTES - encoded_size(select(shape.select, object_name, (f"{field_name} IN ()",)))
    if room < 2_000:
        return _find_wide(wire, shape, field_name, wanted)
    found: dict[str, Record] = {}
    for chunk in chunks_that_fit(wanted, room):
        for row, started_ms in query_rows(wire, select(shape.select, object_name, (within(field_name, chunk),))):
            record = shape.records([row], started_ms)[0]
            found[record.id] = record
    return list(found.values())


def _find_wide(wire: Wire, shape: RowShape, field_name: str, values: Sequence[str]) -> list[Record]:
    """Ids by the key, then content by id: for field lists that fill a URL by themselves."""
    ids: dict[str, None] = {}
    for chunk in chunks_that_fit(values, QUERY_BYTES // 2):
        for row, _ in query_rows(wire, select(("Id",), shape.object, (within(field_name, chunk),))):
            ids[to18(row["Id"])] = None
    return [
        shape.records([row], started_ms)[0]
        for _, row, started_ms in retrieve(wire, shape, list(ids))
        if row is not None
    ]
