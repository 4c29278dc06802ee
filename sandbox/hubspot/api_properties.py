"""Property definitions and groups over the wire, with the older array forms that connectors still read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.hubspot import fields
from sandbox.hubspot.api_batch import inputs_of
from sandbox.hubspot.definitions import Definition, Option
from sandbox.hubspot.errors import PortalRefusal, bad_request, no_property
from sandbox.hubspot.object_types import find_type
from sandbox.hubspot.router import Call, Route, batch_response
from sandbox.hubspot.schema import archive_property, define, regroup
from sandbox.hubspot.store import ObjectStore
from sandbox.hubspot.times import iso
from sandbox.kernel import Response, json_response

_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}\Z")
FIELD_TYPES: dict[str, frozenset[str]] = {
    "string": frozenset({"text", "textarea", "html", "file", "phonenumber", "calculation_equation"}),
    "number": frozenset({"number", "calculation_equation"}),
    "bool": frozenset({"booleancheckbox", "calculation_equation"}),
    "enumeration": frozenset({"select", "radio", "checkbox", "booleancheckbox", "calculation_equation"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"date"}),
}
MAX_UNIQUE = 10


def _scopes(call: Call, verb: str) -> tuple[str, ...]:
    kind = find_type(call.args["type"])
    if kind is None:
        return ()
    return (
        f"crm.schemas.{kind.scope}.{verb}",
        f"crm.objects.{kind.scope}.{verb}",
        *(("tickets",) if kind.scope == "tickets" else ()),
    )


def _read_scopes(call: Call) -> tuple[str, ...]:
    return _scopes(call, "read")


def _write_scopes(call: Call) -> tuple[str, ...]:
    return _scopes(call, "write")


def _list(call: Call) -> Response:
    archived = call.flag("archived")
    shown = [each.wire() for each in call.store().definitions.values() if each.app_reads and each.archived == archived]
    return json_response(200, {"results": shown})


def _old_list(call: Call) -> Response:
    """The bare array of v1 and v2."""
    return json_response(200, [each.wire() for each in call.store().definitions.values() if each.visible])


def _old_company_list(call: Call) -> Response:
    call.args["type"] = "companies"
    return _old_list(call)


def _found(store: ObjectStore, name: str, *, archived: bool = False) -> Definition:
    definition = store.definitions.get(name)
    if definition is None or definition.archived != archived or not definition.app_reads:
        raise no_property(name)
    return definition


def _get(call: Call) -> Response:
    return json_response(200, _found(call.store(), call.args["name"], archived=call.flag("archived")).wire())


def new_definition(store: ObjectStore, body: Mapping[str, Any], now_ms: int) -> Definition:
    """A definition from the body of a create. Raises PortalRefusal 400 or 409."""
    lacking = [name for name in ("name", "label", "type", "fieldType", "groupName") if not body.get(name)]
    if lacking:
        raise bad_request(f"Some required fields were not set: [{', '.join(lacking)}]", fields=lacking)
    name, kind, field_type = str(body["name"]), str(body["type"]), str(body["fieldType"])
    if not _NAME.match(name):
        raise bad_request(f"Invalid property name: {name}", context={"name": [name]}, fields=["name"])
    if kind not in FIELD_TYPES or field_type not in FIELD_TYPES[kind]:
        raise bad_request(f"Property type {kind} with field type {field_type} is not possible", fields=["type"])
    known = store.definitions.get(name)
    if known is not None and not known.archived:
        raise PortalRefusal(409, f"A property named '{name}' already exists.", category="CONFLICT", fields=["name"])
    if str(body["groupName"]) not in store.groups:
        raise bad_request(f"Property group {body['groupName']} does not exist", fields=["groupName"])
    if body.get("hasUniqueValue") and sum(d.unique for d in store.definitions.values() if not d.archived) >= MAX_UNIQUE:
        raise bad_request(
            f"Only {MAX_UNIQUE} properties of an object can have unique values", fields=["hasUniqueValue"]
        )
    options = _options(fields.objects(body, "options"))
    if kind == "enumeration" and not options and not body.get("externalOptions"):
        raise bad_request("Enumeration properties need options", fields=["options"])
    return Definition(
        name=name,
        label=str(body["label"]),
        type=kind,
        field_type=field_type,
        group=str(body["groupName"]),
        options=options,
        description=str(body.get("description") or ""),
        calculated=field_type == "calculation_equation",
        read_only=field_type == "calculation_equation",
        unique=bool(body.get("hasUniqueValue")),
        hidden=bool(body.get("hidden")),
        owner=body.get("referencedObjectType") == "OWNER",
        form_field=bool(body.get("formField")),
        display_order=fields.whole(body, "displayOrder", -1),
        formula=body.get("calculationFormula"),
        created=iso(now_ms),
        updated=iso(now_ms),
    )


def _options(given: Any) -> list[Option]:
    options = []
    for raw in given or ():
        if not isinstance(raw, dict) or not str(raw.get("value", "")) or not str(raw.get("label", "")):
            raise bad_request("Every option needs a label and a value", fields=["options"])
        options.append(
            Option(str(raw["value"]), str(raw["label"]), bool(raw.get("hidden")), str(raw.get("description") or ""))
        )
    if len({option.value for option in options}) < len(options):
        raise bad_request("Option values must be unique", fields=["options"])
    return options


def _create(call: Call) -> Response:
    store = call.store()
    definition = new_definition(store, call.body(), call.state.now_ms())
    define(store, definition)
    return json_response(201, definition.wire())


def _update(call: Call) -> Response:
    store, body = call.store(), call.body()
    definition = _found(store, call.args["name"])
    if definition.hubspot_defined and (body.keys() - {"options"} or definition.read_only_options):
        raise bad_request(
            f"{definition.name} is a HubSpot defined property and cannot be changed", fields=[definition.name]
        )
    kind, field_type = str(body.get("type") or definition.type), str(body.get("fieldType") or definition.field_type)
    if field_type not in FIELD_TYPES.get(kind, ()):
        raise bad_request(f"Property type {kind} with field type {field_type} is not possible", fields=["type"])
    if "groupName" in body and str(body["groupName"]) not in store.groups:
        raise bad_request(f"Property group {body['groupName']} does not exist", fields=["groupName"])
    options = _options(fields.objects(body, "options")) if "options" in body else definition.options
    definition.label, definition.description = (
        body.get("label", definition.label),
        body.get("description", definition.description),
    )
    definition.group, definition.hidden = body.get("groupName", definition.group), body.get("hidden", definition.hidden)
    definition.display_order = body.get("displayOrder", definition.display_order)
    definition.form_field = body.get("formField", definition.form_field)
    definition.type, definition.field_type, definition.options = kind, field_type, options
    definition.updated = iso(call.state.now_ms())
    definition.refresh()
    store.redefined()
    return json_response(200, definition.wire())


def _archive(call: Call) -> Response:
    store = call.store()
    archive_property(store, _found(store, call.args["name"]).name)
    return Response(204)


def _batch_create(call: Call) -> Response:
    store, results, errors = call.store(), [], []
    for item in inputs_of(call.body()):
        try:
            definition = new_definition(store, item, call.state.now_ms())
        except PortalRefusal as refusal:
            errors.append(refusal.item(None) | {"context": {"name": [str(item.get("name"))]}})
            continue
        define(store, definition)
        results.append(definition.wire())
    return batch_response(call, results, errors, success=200 if call.newest else 201)


def _batch_read(call: Call) -> Response:
    store, body = call.store(), call.body()
    results, errors = [], []
    for item in inputs_of(body):
        try:
            results.append(_found(store, str(item.get("name")), archived=bool(body.get("archived"))).wire())
        except PortalRefusal as refusal:
            errors.append(refusal.item(None))
    return batch_response(call, results, errors)


def _batch_archive(call: Call) -> Response:
    store = call.store()
    for item in inputs_of(call.body()):
        definition = store.definitions.get(str(item.get("name")))
        if definition is not None and not definition.archived:
            archive_property(store, definition.name)
    return Response(204)


def _group(name: str, label: str, order: int) -> dict[str, Any]:
    return {"name": name, "label": label, "displayOrder": order, "archived": False}


def _groups(call: Call) -> Response:
    groups = [_group(name, label, order) for order, (name, label) in enumerate(call.store().groups.items())]
    return json_response(200, {"results": groups})


def _existing_group(call: Call) -> str:
    name = call.args["group"]
    if name not in call.store().groups:
        raise PortalRefusal(404, f"Property group {name} does not exist", category="OBJECT_NOT_FOUND")
    return name


def _get_group(call: Call) -> Response:
    name, groups = _existing_group(call), call.store().groups
    return json_response(200, _group(name, groups[name], list(groups).index(name)))


def _create_group(call: Call) -> Response:
    groups, body = call.store().groups, call.body()
    name, label = str(body.get("name") or ""), str(body.get("label") or "")
    if not name or not label:
        raise bad_request("A property group needs a name and a label")
    if name in groups:
        raise PortalRefusal(409, f"Property group {name} already exists", category="CONFLICT")
    groups[name] = label
    return json_response(201, _group(name, label, fields.whole(body, "displayOrder", -1)))


def _update_group(call: Call) -> Response:
    name, groups = _existing_group(call), call.store().groups
    groups[name] = str(call.body().get("label") or groups[name])
    return json_response(200, _group(name, groups[name], list(groups).index(name)))


def _archive_group(call: Call) -> Response:
    regroup(call.store(), _existing_group(call))
    return Response(204)


ROUTES = [
    Route("GET", "/crm/properties/{type}", _list, _read_scopes),
    Route("POST", "/crm/properties/{type}", _create, _write_scopes),
    Route("GET", "/crm/properties/{type}/groups", _groups, _read_scopes),
    Route("POST", "/crm/properties/{type}/groups", _create_group, _write_scopes),
    Route("GET", "/crm/properties/{type}/groups/{group}", _get_group, _read_scopes),
    Route("PATCH", "/crm/properties/{type}/groups/{group}", _update_group, _write_scopes),
    Route("DELETE", "/crm/properties/{type}/groups/{group}", _archive_group, _write_scopes),
    Route("POST", "/crm/properties/{type}/batch/create", _batch_create, _write_scopes),
    Route("POST", "/crm/properties/{type}/batch/read", _batch_read, _read_scopes),
    Route("POST", "/crm/properties/{type}/batch/archive", _batch_archive, _write_scopes),
    Route("GET", "/crm/properties/{type}/{name}", _get, _read_scopes),
    Route("PATCH", "/crm/properties/{type}/{name}", _update, _write_scopes),
    Route("DELETE", "/crm/properties/{type}/{name}", _archive, _write_scopes),
    Route("GET", "/properties/{type}/properties", _old_list, _read_scopes),
    Route("GET", "/companies/properties", _old_company_list, ("crm.objects.companies.read",)),
]
