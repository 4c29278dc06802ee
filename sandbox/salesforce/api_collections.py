"""sObject Collections: up to 200 rows in a call, a result for each in the order given; and trees.

With `allOrNone` the whole call is tried first and undone; only when every row passes is it applied.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sandbox.kernel import Refusal, Response, json_response
from sandbox.salesforce.definitions import ObjectDef
from sandbox.salesforce.errors import bad_request, item_of, parser_error, status_of
from sandbox.salesforce.ids import to18
from sandbox.salesforce.incoming import accepted, whole_request_fails
from sandbox.salesforce.records import create, update, upsert
from sandbox.salesforce.removal import delete
from sandbox.salesforce.router import DATA, Call, Route
from sandbox.salesforce.view import columns, found, shown

MOST_ROWS: Final = 200
_MOST_IDS: Final = 2000
_MOST_CHUNKS: Final = 10
_HALTED: Final = Refusal(
    400,
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)

Item = tuple[ObjectDef, dict[str, Any]]
Work = Callable[[Call, ObjectDef, dict[str, Any]], dict[str, Any]]


def _items(call: Call, *, chunks: bool = False) -> tuple[list[Item], bool]:
    """The rows of a body with their objects, and allOrNone. Raises Refusal for an envelope that is none."""
    body = call.body()
    records = body.get("records")
    if not isinstance(records, list):
        raise parser_error("records: a list is expected")
    if len(records) > MOST_ROWS:
        message = f"The number of records is limited to {MOST_ROWS} in one call. The limit has been exceeded."
        raise bad_request("EXCEEDED_MAX_SIZE_REQUEST", message)
    items = [(_object(call, record), record) for record in records]
    if chunks:
        runs = sum(1 for place, (made, _) in enumerate(items) if place == 0 or items[place - 1][0] is not made)
        if runs > _MOST_CHUNKS:
            raise bad_request("INVALID_BATCH", "Cannot have more than 10 chunks in a single operation.")
    return items, body.get("allOrNone") is True


def _object(call: Call, record: Any) -> ObjectDef:
    attributes = record.get("attributes") if isinstance(record, dict) else None
    if not isinstance(attributes, dict) or "type" not in attributes:
        message = "The type of the record is missing: attributes.type"
        raise bad_request("INVALID_TYPE", message)
    made = call.state.object(str(attributes["type"]))
    if made is None or made.tooling:
        raise bad_request("INVALID_TYPE", f"sObject type '{attributes['type']}' is not supported.")
    return made


def run(call: Call, items: list[Item], work: Work, *, all_or_none: bool) -> list[dict[str, Any]]:
    """A result for each item."""
    if all_or_none:
        with call.state.trying():
            tried = _each(call, items, work)
        if not all(result["success"] for result in tried):
            return [item_of(_HALTED) if result["success"] else result for result in tried]
    return _each(call, items, work)


def _parse(call: Call, items: list[Item], *, creating: bool, skip: str = "id") -> None:
    """Refuses the whole call for an unknown field or an unreadable value of any row, as the server's parser does."""
    author = call.author
    for made, record in items:
        values = {name: value for name, value in record.items() if name.lower() not in ("id", skip)}
        try:
            accepted(call.state, made, values, author, creating=creating)
        except Refusal as refusal:
            if whole_request_fails(refusal):
                raise


def _each(call: Call, items: list[Item], work: Work) -> list[dict[str, Any]]:
    results = []
    for made, record in items:
        try:
            results.append(work(call, made, record))
        except Refusal as refusal:
            results.append(item_of(refusal))
    return results


def _body_of(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name.lower() != "id"}


def _create(call: Call, made: ObjectDef, record: dict[str, Any]) -> dict[str, Any]:
    return {"id": create(call.state, made, record, call.author), "success": True, "errors": []}


def _update(call: Call, made: ObjectDef, record: dict[str, Any]) -> dict[str, Any]:
    given = next((value for name, value in record.items() if name.lower() == "id"), None)
    if given is None:
        raise bad_request("MISSING_ARGUMENT", "Id not specified in an update call")
    record_id = to18(given)
    if record_id is None or record_id[:3] != made.key_prefix:
        raise bad_request("MALFORMED_ID", f"{made.label} ID: id value of incorrect type: {given}", ["Id"])
    row = call.state.table(made.name).get(record_id)
    if row is None:
        raise bad_request("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    update(call.state, made, found(row), _body_of(record), call.author)
    return {"id": record_id, "success": True, "errors": []}


def _delete(call: Call, made: ObjectDef, record: dict[str, Any]) -> dict[str, Any]:
    row = call.state.table(made.name).get(record["id"])
    if row is None:
        raise bad_request("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    delete(call.state, made, found(row), call.author)
    return {"id": record["id"], "success": True, "errors": []}


def post(call: Call) -> Response:
    items, all_or_none = _items(call, chunks=True)
    _parse(call, items, creating=True)
    return json_response(200, run(call, items, _create, all_or_none=all_or_none))


def patch(call: Call) -> Response:
    items, all_or_none = _items(call)
    _parse(call, items, creating=False)
    return json_response(200, run(call, items, _update, all_or_none=all_or_none))


def patch_by_key(call: Call) -> Response:
    definition = call.definition()
    field = call.key_field(definition, call.args["field"])
    items, all_or_none = _items(call)
    if any(made.name != definition.name for made, _ in items):
        raise bad_request("INVALID_TYPE", f"All records must be of type {definition.name}")
    _parse(call, items, creating=True, skip=field.name.lower())
    keys = [str(next((v for n, v in record.items() if n.lower() == field.name.lower()), "")) for _, record in items]
    folded = [key if field.case_sensitive else key.lower() for key in keys]
    twice = {key for key in folded if key and folded.count(key) > 1}

    def work(call: Call, made: ObjectDef, record: dict[str, Any]) -> dict[str, Any]:
        key = next((v for n, v in record.items() if n.lower() == field.name.lower()), None)
        if key is None or key == "":
            raise bad_request("MISSING_ARGUMENT", f"{field.name} not specified")
        if (str(key) if field.case_sensitive else str(key).lower()) in twice:
            raise bad_request("DUPLICATE_VALUE", f"Duplicate external id specified: {key}", [field.name])
        values = {n: v for n, v in record.items() if n.lower() not in (field.name.lower(), "id")}
        record_id, created = upsert(call.state, made, field.name, key, values, call.author, version=call.version)
        return {"id": record_id, "success": True, "errors": [], "created": created}

    return json_response(200, run(call, items, work, all_or_none=all_or_none))


def remove(call: Call) -> Response:
    ids = [part for part in (call.request.param("ids") or "").split(",") if part]
    if not ids:
        raise bad_request("REQUIRED_FIELD_MISSING", "The ids parameter is required.", ["ids"])
    if len(ids) > MOST_ROWS:
        message = f"The number of records is limited to {MOST_ROWS} in one call. The limit has been exceeded."
        raise bad_request("EXCEEDED_MAX_SIZE_REQUEST", message)
    results: list[dict[str, Any] | None] = []
    items: list[Item] = []
    for given in ids:
        record_id = to18(given)
        made = call.state.object_of(record_id) if record_id else None
        if record_id is None or made is None:
            results.append(item_of(bad_request("MALFORMED_ID", f"malformed id {given}")))
        else:
            results.append(None)
            items.append((made, {"id": record_id}))
    all_or_none = (call.request.param("allOrNone") or "").lower() == "true"
    if all_or_none and len(items) < len(ids):
        return json_response(200, [item_of(_HALTED) if result is None else result for result in results])
    done = iter(run(call, items, _delete, all_or_none=True) if all_or_none else _each(call, items, _delete))
    return json_response(200, [next(done) if result is None else result for result in results])


def retrieve(call: Call) -> Response:
    """Rows by id, null for those unknown or deleted."""
    definition = call.definition()
    if call.request.method == "POST":
        body = call.body()
        ids, names = body.get("ids"), body.get("fields")
    else:
        ids = [part for part in (call.request.param("ids") or "").split(",") if part]
        names = [part for part in (call.request.param("fields") or "").split(",") if part]
    if not isinstance(ids, list) or not isinstance(names, list) or not names:
        raise bad_request("REQUIRED_FIELD_MISSING", "ids and fields are required.")
    if len(ids) > _MOST_IDS:
        message = f"The number of ids is limited to {_MOST_IDS} in one call. The limit has been exceeded."
        raise bad_request("EXCEEDED_MAX_SIZE_REQUEST", message)
    columns(definition, names)
    rows = call.state.table(definition.name)
    result = []
    for record_id in ids:
        row = rows.seen(str(record_id))
        gone = row is None or row.get("IsDeleted")
        result.append(None if gone else shown(call.state, definition.name, row, call.version, names))
    return json_response(200, result)


def tree(call: Call) -> Response:
    """Parents and children in one go, all or none."""
    definition = call.definition()
    records = call.body().get("records")
    if not isinstance(records, list):
        raise parser_error("records: a list is expected")
    flat: list[tuple[ObjectDef, dict[str, Any], str, str | None, str | None]] = []
    _flatten(call, definition, records, None, None, flat)
    if len(flat) > MOST_ROWS:
        raise bad_request("EXCEEDED_MAX_SIZE_REQUEST", f"The number of records is limited to {MOST_ROWS} in one call.")
    with call.state.trying():
        _, failed = _plant(call, flat)
    if failed:
        return json_response(400, {"hasErrors": True, "results": failed})
    made, _ = _plant(call, flat)
    results = [{"referenceId": reference, "id": record_id} for reference, record_id in made.items()]
    return json_response(201, {"hasErrors": False, "results": results})


def _flatten(
    call: Call, definition: ObjectDef, records: list, parent: str | None, link: str | None, flat: list
) -> None:
    for record in records:
        attributes = record.get("attributes") if isinstance(record, dict) else None
        if not isinstance(attributes, dict) or not attributes.get("referenceId"):
            raise bad_request("INVALID_INPUT", "Include a reference ID for each record in the request.")
        names = {one.name.lower(): one for one in definition.children if one.name}
        fields = {n: v for n, v in record.items() if n.lower() not in names}
        flat.append((definition, fields, attributes["referenceId"], parent, link))
        for name, value in record.items():
            child = names.get(name.lower())
            if child is not None:
                made = call.state.objects[child.child.lower()]
                _flatten(call, made, value.get("records", []), attributes["referenceId"], child.field, flat)


def _plant(call: Call, flat: list) -> tuple[dict[str, str], list[dict[str, Any]]]:
    made: dict[str, str] = {}
    failed = []
    for definition, fields, reference, parent, link in flat:
        if parent is not None and parent not in made:
            continue
        values = {**fields, **({link: made[parent]} if parent else {})}
        try:
            made[reference] = create(call.state, definition, values, call.author)
        except Refusal as refusal:
            failed.append({"referenceId": reference, "errors": [status_of(refusal)]})
    return made, failed


_ROOT: Final = f"{DATA}/composite/sobjects"
ROUTES = [
    Route("POST", _ROOT, post),
    Route("PATCH", _ROOT, patch),
    Route("DELETE", _ROOT, remove),
    Route("GET", f"{_ROOT}/{{object}}", retrieve),
    Route("POST", f"{_ROOT}/{{object}}", retrieve),
    Route("PATCH", f"{_ROOT}/{{object}}/{{field}}", patch_by_key),
    Route("POST", f"{DATA}/composite/tree/{{object}}", tree),
]
