"""The Tooling API's rows: custom fields made, read, changed and dropped."""

from __future__ import annotations

from typing import Any, Final

from sandbox.kernel import Response, json_response
from sandbox.salesforce.custom_fields import add_field, change_field, definition_of, full_name, remove_field
from sandbox.salesforce.definitions import ObjectDef
from sandbox.salesforce.describe import described, entry
from sandbox.salesforce.errors import bad_request, not_found
from sandbox.salesforce.permissions import check_administrator
from sandbox.salesforce.router import DATA, Call, Route
from sandbox.salesforce.store import Row
from sandbox.salesforce.view import found

_CHANGING: Final = (
    "label",
    "length",
    "precision",
    "scale",
    "nillable",
    "unique",
    "external_id",
    "id_lookup",
    "case_sensitive",
    "restricted",
    "options",
    "default",
    "help",
)


def _object(call: Call) -> ObjectDef:
    made = call.state.object(call.args["object"])
    if made is None:
        raise not_found()
    return made


def _field_row(call: Call) -> Row:
    if _object(call).name != "CustomField":
        raise not_found()
    return found(call.state.table("CustomField").get(call.args["id"]))


def _metadata(call: Call) -> tuple[str, str, dict[str, Any]]:
    body = call.body()
    object_name, _, name = str(body.get("FullName") or "").partition(".")
    metadata = body.get("Metadata")
    if not name or not isinstance(metadata, dict):
        raise bad_request("REQUIRED_FIELD_MISSING", "Required fields are missing: [FullName, Metadata]", ["FullName"])
    return object_name, name, metadata


def post(call: Call) -> Response:
    if _object(call).name != "CustomField":
        raise bad_request("INVALID_TYPE", f"sObject type '{call.args['object']}' is not supported.")
    check_administrator(call.state, call.author)
    object_name, name, metadata = _metadata(call)
    made = add_field(call.state, object_name, name, metadata, user_id=call.author.user_id)
    return json_response(201, {"id": made, "success": True, "errors": [], "warnings": [], "infos": []})


def get(call: Call) -> Response:
    row = _field_row(call)
    definition = call.state.objects["customfield"]
    values = {field.name: row.get(field.name) for field in definition.fields.values()}
    url = f"{call.base}/tooling/sobjects/CustomField/{row['Id']}"
    extra = {"FullName": full_name(row), "Metadata": call.state.metadata[row["Id"]]}
    return json_response(200, {"attributes": {"type": "CustomField", "url": url}, **values, **extra})


def patch(call: Call) -> Response:
    """The metadata sent replaces what was there; the type stays."""
    check_administrator(call.state, call.author)
    row = _field_row(call)
    metadata = call.body().get("Metadata")
    if not isinstance(metadata, dict):
        raise bad_request("REQUIRED_FIELD_MISSING", "Required fields are missing: [Metadata]", ["Metadata"])
    object_name, _, name = full_name(row).partition(".")
    merged = {**call.state.metadata[row["Id"]], **metadata}
    made = definition_of(name, merged)
    change_field(call.state, object_name, name, **{key: getattr(made, key) for key in _CHANGING})
    call.state.metadata[row["Id"]] = merged
    return Response(204)


def remove(call: Call) -> Response:
    check_administrator(call.state, call.author)
    object_name, _, name = full_name(_field_row(call)).partition(".")
    remove_field(call.state, object_name, name)
    return Response(204)


def describe_global(call: Call) -> Response:
    base = f"{call.base}/tooling"
    entries = [entry(made, base) for _, made in sorted(call.state.objects.items()) if made.tooling]
    return json_response(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": entries})


def describe(call: Call) -> Response:
    return json_response(200, described(_object(call), f"{call.base}/tooling"))


_ROOT: Final = f"{DATA}/tooling/sobjects"
ROUTES = [
    Route("GET", _ROOT, describe_global),
    Route("GET", f"{_ROOT}/{{object}}/describe", describe),
    Route("POST", f"{_ROOT}/{{object}}", post),
    Route("GET", f"{_ROOT}/{{object}}/{{id}}", get),
    Route("PATCH", f"{_ROOT}/{{object}}/{{id}}", patch),
    Route("DELETE", f"{_ROOT}/{{object}}/{{id}}", remove),
]
