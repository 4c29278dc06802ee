"""One row at a time: create, read, update, delete, and the same by external id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.kernel import Response, json_response
from sandbox.salesforce.definitions import ObjectDef
from sandbox.salesforce.errors import bad_request, not_found, stale
from sandbox.salesforce.ids import to18
from sandbox.salesforce.records import create, update, upsert
from sandbox.salesforce.removal import delete
from sandbox.salesforce.router import DATA, Call, Route
from sandbox.salesforce.store import Row
from sandbox.salesforce.times import http_date, parse_http_date, stamp_s
from sandbox.salesforce.view import found, shown

_CREATED_SINCE: Final = 46  # from this version on an upsert's update answers 200 with a body


def post(call: Call) -> Response:
    definition = call.definition()
    record_id = create(call.state, call.state.objects[definition.name.lower()], call.body(), call.author)
    return _created(call, definition, record_id, {"id": record_id, "success": True, "errors": []})


def _created(call: Call, definition: ObjectDef, record_id: str, body: Mapping[str, Any]) -> Response:
    return json_response(201, body, {"Location": f"{call.base}/sobjects/{definition.name}/{record_id}"})


def row_of(call: Call) -> tuple[ObjectDef, Row]:
    """The committed live row of the path. Raises Refusal 404, or 400 for what is no id of this object."""
    definition = call.definition()
    text = call.args["id"]
    record_id = to18(text)
    if record_id is None or record_id[:3] != definition.key_prefix:
        if len(text) in (15, 18) and text.isalnum():
            raise not_found()
        raise bad_request("MALFORMED_ID", f"malformed id {text}")
    return definition, found(call.state.table(definition.name).seen(record_id))


def get(call: Call) -> Response:
    definition, row = row_of(call)
    return _read(call, definition, row)


def _read(call: Call, definition: ObjectDef, row: Row) -> Response:
    changed_s = stamp_s(row["SystemModstamp"]) if "SystemModstamp" in row else 0
    headers = {"Last-Modified": http_date(changed_s)}
    since_s = _date_header(call, "if-modified-since")
    if since_s is not None and changed_s <= since_s:
        return Response(304, headers)
    until_s = _date_header(call, "if-unmodified-since")
    if until_s is not None and changed_s > until_s:
        raise stale()
    listed = call.request.param("fields")
    names = [name for name in listed.split(",") if name.strip()] if listed else None
    body = shown(call.state, definition.name, row, call.version, names)
    if names is not None and "Id" not in body:
        body["Id"] = row["Id"]
    return json_response(200, body, headers)


def _date_header(call: Call, name: str) -> int | None:
    given = call.request.headers.get(name)
    if given is None:
        return None
    at_s = parse_http_date(given)
    if at_s is None:
        raise bad_request("INVALID_REQUEST_PARAM", f"The date in {name} could not be parsed: {given}")
    return at_s


def patch(call: Call) -> Response:
    definition, _ = row_of(call)
    row = found(call.state.table(definition.name).get(call.args["id"]))
    _check_unmodified(call, row)
    update(call.state, call.state.objects[definition.name.lower()], row, call.body(), call.author)
    return Response(204)


def _check_unmodified(call: Call, row: Row) -> None:
    """Whole seconds of SystemModstamp against the header: a rival of the same second passes. Raises Refusal 412."""
    until_s = _date_header(call, "if-unmodified-since")
    if until_s is not None and stamp_s(row["SystemModstamp"]) > until_s:
        raise stale()


def remove(call: Call) -> Response:
    definition, _ = row_of(call)
    row = found(call.state.table(definition.name).get(call.args["id"]))
    delete(call.state, call.state.objects[definition.name.lower()], row, call.author)
    return Response(204)


def _matches(call: Call) -> tuple[ObjectDef, list[Row]]:
    definition = call.definition()
    field = call.key_field(definition, call.args["field"])
    rows = call.state.table(definition.name)
    held = rows.holders(field.name, call.args["value"]) if rows.indexed(field.name) else [rows.get(call.args["value"])]
    return definition, [row for row in held if row is not None and not row.get("IsDeleted")]


def get_by_key(call: Call) -> Response:
    definition, rows = _matches(call)
    if not rows:
        raise not_found()
    if len(rows) > 1:
        return json_response(300, [f"{call.base}/sobjects/{definition.name}/{row['Id']}" for row in rows])
    return _read(call, definition, rows[0])


def delete_by_key(call: Call) -> Response:
    definition, rows = _matches(call)
    if not rows:
        raise not_found()
    if len(rows) > 1:
        return json_response(300, [f"{call.base}/sobjects/{definition.name}/{row['Id']}" for row in rows])
    delete(call.state, call.state.objects[definition.name.lower()], rows[0], call.author)
    return Response(204)


def patch_by_key(call: Call) -> Response:
    definition = call.definition()
    field = call.key_field(definition, call.args["field"])
    body = call.body()
    if any(name.lower() == field.name.lower() for name in body):
        raise bad_request("INVALID_FIELD", f"The {field.name} field should not be specified in the sobject data.")
    _, rows = _matches(call)
    if len(rows) == 1:
        _check_unmodified(call, rows[0])
    record_id, made = upsert(
        call.state,
        call.state.objects[definition.name.lower()],
        field.name,
        call.args["value"],
        body,
        call.author,
        update_only=(call.request.param("updateOnly") or "").lower() == "true",
        version=call.version,
    )
    reply: dict[str, Any] = {"id": record_id, "success": True, "errors": []}
    if call.version < _CREATED_SINCE:
        return _created(call, definition, record_id, reply) if made else Response(204)
    reply["created"] = made
    return _created(call, definition, record_id, reply) if made else json_response(200, reply)


def post_by_id(call: Call) -> Response:
    """`POST /sobjects/Lead/Id` creates: the form of an upsert without a key."""
    if call.args["id"].lower() != "id":
        raise not_found()
    return post(call)


_OBJECT: Final = f"{DATA}/sobjects/{{object}}"
ROUTES = [
    Route("POST", _OBJECT, post),
    Route("GET", f"{_OBJECT}/{{id}}", get),
    Route("PATCH", f"{_OBJECT}/{{id}}", patch),
    Route("DELETE", f"{_OBJECT}/{{id}}", remove),
    Route("POST", f"{_OBJECT}/{{id}}", post_by_id),
    Route("GET", f"{_OBJECT}/{{field}}/{{value}}", get_by_key),
    Route("PATCH", f"{_OBJECT}/{{field}}/{{value}}", patch_by_key),
    Route("DELETE", f"{_OBJECT}/{{field}}/{{value}}", delete_by_key),
]
