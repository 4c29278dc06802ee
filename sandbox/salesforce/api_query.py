"""query, queryAll, their further pages, columns and explain; the same under /tooling."""

from __future__ import annotations

from typing import Any, Final

from sandbox.kernel import Response, json_response
from sandbox.salesforce import cursors, query_columns, soql
from sandbox.salesforce.cursors import Cursor
from sandbox.salesforce.querying import OrgWorld
from sandbox.salesforce.router import DATA, Call, Route

SMALLEST_PAGE, LARGEST_PAGE = 200, 2_000
_NESTED_PAGE: Final = 500  # child rows make pages short
_WIDE_FROM: Final = 200  # columns
_WIDE_PAGE: Final = 1_000


def _query(call: Call) -> Response:
    return _first(call, deleted_too=False, tooling=False)


def _query_all(call: Call) -> Response:
    return _first(call, deleted_too=True, tooling=False)


def _tooling(call: Call) -> Response:
    return _first(call, deleted_too=False, tooling=True)


def _first(call: Call, *, deleted_too: bool, tooling: bool) -> Response:
    world = OrgWorld(call.state, tooling=tooling)
    if (explained := call.request.param("explain")) is not None:
        return json_response(200, _plans(soql.bind(world, explained), explained))
    text = call.request.param("q") or ""
    bound = soql.bind(world, text, deleted_too=deleted_too)
    if (call.request.param("columns") or "").lower() == "true":
        return json_response(200, query_columns.described(bound))
    answer = soql.run(bound)
    if bound.selection is None:
        return json_response(200, {"totalSize": answer.total, "done": True, "records": list(answer.aggregates)})
    if len(answer.ids) <= _page_size(call, bound):
        return _page(call, bound, answer.ids, 0, "")
    cursor = Cursor(text, deleted_too, tooling, answer.ids, call.state.now_ms())
    return _page(call, bound, cursor.ids, 0, cursors.keep(call.state, cursor))


def _more(call: Call) -> Response:
    locator, cursor, offset = cursors.find(call.state, call.args["locator"])
    world = OrgWorld(call.state, tooling=cursor.tooling)
    bound = soql.bind(world, cursor.text, deleted_too=cursor.deleted_too)
    return _page(call, bound, cursor.ids, offset, locator)


def _page(call: Call, bound: soql.Bound, ids: Any, offset: int, locator: str) -> Response:
    end = offset + _page_size(call, bound)
    records = soql.records_of(bound, ids[offset:end], f"{call.base}/sobjects")
    sent: dict[str, Any] = {"totalSize": len(ids), "done": end >= len(ids)}
    tooling = bound.scope.world.tooling  # type: ignore[attr-defined]
    if tooling:  # pages of the Tooling API say more of themselves
        more = {"size": len(records), "queryLocator": None, "entityTypeName": bound.scope.definition.name}
        sent = more | sent
    if not sent["done"]:
        sent["nextRecordsUrl"] = f"{call.base}/{'tooling/' if tooling else ''}query/{locator}-{end}"
    sent["records"] = records
    return json_response(200, sent)


def _page_size(call: Call, bound: soql.Bound) -> int:
    """What the caller asked for is a hint: it is kept within bounds, and heavy rows come in shorter pages."""
    asked = call.options("sforce-query-options").get("batchsize", "")
    size = int(asked) if asked.isdecimal() else LARGEST_PAGE
    size = min(max(size, SMALLEST_PAGE), LARGEST_PAGE)
    if bound.selection is not None and bound.selection.nested:
        return min(size, _NESTED_PAGE)
    if bound.selection is not None and len(bound.selection.columns) > _WIDE_FROM:
        return min(size, _WIDE_PAGE)
    return size


def _plans(bound: soql.Bound, text: str) -> dict[str, Any]:
    way = soql.access(bound)
    definition = bound.scope.definition
    rows = len(bound.scope.world.rows(definition))
    found = sum(1 for _ in way.rows)
    plan = {
        "cardinality": found,
        "fields": list(way.fields),
        "leadingOperationType": way.kind,
        "notes": [],
        "relativeCost": round(found / max(rows, 1), 3),
        "sobjectCardinality": rows,
        "sobjectType": definition.name,
    }
    return {"plans": [plan], "sourceQuery": text}


ROUTES: Final = [
    Route("GET", f"{DATA}/query", _query),
    Route("GET", f"{DATA}/queryAll", _query_all),
    Route("GET", f"{DATA}/tooling/query", _tooling),
    Route("GET", f"{DATA}/query/{{locator}}", _more),
    Route("GET", f"{DATA}/queryAll/{{locator}}", _more),
    Route("GET", f"{DATA}/tooling/query/{{locator}}", _more),
]
