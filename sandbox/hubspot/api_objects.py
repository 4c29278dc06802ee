"""The objects API for single records: list, get, create, update, archive, merge, privacy deletion, search."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.hubspot import fields, removal
from sandbox.hubspot.errors import bad_json, bad_request, invalid_properties, not_found, not_numeric
from sandbox.hubspot.object_types import ObjectType, find_type
from sandbox.hubspot.query import parse_query
from sandbox.hubspot.records import Link, commit, prepare_create, prepare_update
from sandbox.hubspot.router import SEARCH, Call, Route
from sandbox.hubspot.search import run_query
from sandbox.hubspot.state import PortalState
from sandbox.hubspot.store import ObjectStore, StoredRecord
from sandbox.hubspot.values import Problem
from sandbox.hubspot.wire import created, history, inline_associations, render, updated
from sandbox.kernel import Response, json_response

LIST_LIMIT, LIST_LIMIT_WITH_HISTORY = 100, 50


def scopes_for(kind: ObjectType, verb: str) -> tuple[str, ...]:
    """Any one of them lets an app read or write this type."""
    granular = f"crm.objects.{kind.scope}.{verb}"
    return (granular, "tickets") if kind.plural == "tickets" else (granular,)


def needs(verb: str) -> Callable[[Call], tuple[str, ...]]:
    """The scopes of a route by the object type in its path; none for a type that is not known (a 400 follows)."""

    def scopes(call: Call) -> tuple[str, ...]:
        kind = find_type(call.args["type"])
        return () if kind is None else scopes_for(kind, verb)

    return scopes


def find_record(call: Call, text: str, id_property: str | None, *, archived: bool = False) -> StoredRecord:
    """The record an id or a unique value stands for, through merges. Raises PortalRefusal 400 or 404."""
    store = call.store()
    if id_property and id_property != "hs_object_id":
        if id_property not in store.unique:
            raise bad_request(f"Unable to perform read by non-unique {store.kind.id} property {id_property}")
        found = store.holder(id_property, text.strip())
    elif not text.isdecimal():
        raise not_numeric(text, dated=call.dated)
    else:
        found = store.resolve(int(text))
    if found is None or (found.archived_ms is not None) != archived:
        raise not_found()
    return found


def targets_of(call: Call) -> list[str]:
    """The types named in `associations`, unknown ones left out."""
    kinds = (find_type(name) for name in call.listed("associations"))
    return [kind.plural for kind in kinds if kind is not None]


def _list(call: Call) -> Response:
    store, versions = call.store(), call.listed("propertiesWithHistory")
    limit = call.number("limit", 10, LIST_LIMIT_WITH_HISTORY if versions else LIST_LIMIT)
    after = call.request.param("after") or "0"
    if not after.isdecimal():
        raise bad_request(f"Invalid after: {after}", context={"after": [after]})
    ids = store.ids_from(int(after), limit + 1, archived=call.flag("archived"))
    plan, targets = store.plan(call.listed("properties") or store.defaults()), targets_of(call)
    results = []
    for number in ids[:limit]:
        record = store.records[number]
        sent = render(call.state, store, record, plan)
        _enrich(call, store, record, sent, versions, targets)
        results.append(sent)
    answer: dict[str, Any] = {"results": results}
    if len(ids) > limit:
        answer["paging"] = next_page(call, str(ids[limit]))
    return json_response(200, answer)


def next_page(call: Call, after: str) -> dict[str, Any]:
    """The paging block: an absolute link that keeps every parameter of the request but `after`."""
    kept = [part for part in call.request.query.split("&") if part and not part.startswith("after=")]
    return {"next": {"after": after, "link": f"{call.base}{call.request.path}?{'&'.join([*kept, f'after={after}'])}"}}


def _enrich(
    call: Call, store: ObjectStore, record: StoredRecord, sent: dict[str, Any], versions: list[str], targets: list[str]
) -> None:
    if versions:
        sent["propertiesWithHistory"] = history(store, record, versions)
    if targets:
        associations = inline_associations(call.state, store, record, targets, call.base)
        if associations:
            sent["associations"] = associations


def _get(call: Call) -> Response:
    store = call.store()
    record = find_record(call, call.args["id"], call.request.param("idProperty"), archived=call.flag("archived"))
    sent = render(call.state, store, record, store.plan(call.listed("properties") or store.defaults()))
    _enrich(call, store, record, sent, call.listed("propertiesWithHistory"), targets_of(call))
    return json_response(200, sent)


def properties_in(call: Call, store: ObjectStore, body: Mapping[str, Any], *, creates: bool) -> Mapping[str, Any]:
    """The `properties` of a write. Raises PortalRefusal 400: not an object, not the app's to edit, or left out.

    Administrators' rules on what a new record needs are enforced from 2026-09 on.
    """
    given = body.get("properties")
    if given is None:
        given = {}
    if not isinstance(given, dict) or any(isinstance(value, dict | list) for value in given.values()):
        raise bad_json("properties must be an object of plain values")
    problems = [
        Problem(name, "READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.')
        for name in given
        if (known := store.definitions.get(name)) is not None and not known.app_edits
    ]
    if creates and call.newest:
        problems += [
            Problem(known.name, "REQUIRED_FIELD", f'Property "{known.name}" is required')
            for known in store.definitions.values()
            if known.required and not known.archived and given.get(known.name) in (None, "")
        ]
    if problems:
        raise invalid_properties(problems, call.state.settings.portal_id)
    return given


def links_in(state: PortalState, store: ObjectStore, body: Mapping[str, Any]) -> list[Link]:
    """The associations of a create. Raises PortalRefusal 400 for a type or a record that is not there."""
    links = []
    for asked in fields.objects(body, "associations"):
        try:
            other, numbers = str(asked["to"]["id"]), [int(spec["associationTypeId"]) for spec in asked["types"]]
        except (KeyError, TypeError, ValueError) as error:
            raise bad_json("an association needs to.id and types with their associationTypeId") from error
        targets = {
            kind.to_type
            for number in numbers
            if (kind := state.associations.types.get(number)) is not None and kind.from_type == store.kind.plural
        }
        if len(targets) != 1:
            raise bad_request(f"Invalid association types {numbers} from {store.kind.plural}")
        target = targets.pop()
        found = state.stores[target].live(int(other)) if other.isdecimal() else None
        if found is None:
            raise bad_request(f"No {target} with ID {other} exists to associate with", context={"id": [other]})
        links.append(Link(target, found.id, frozenset(numbers)))
    return links


def _create(call: Call) -> Response:
    store, body, state = call.store(), call.body(), call.state
    write = prepare_create(
        state, store, properties_in(call, store, body, creates=True), {}, links_in(state, store, body)
    )
    return json_response(201, created(state, store, commit(state, write, call.author), write.sent))


def _update(call: Call) -> Response:
    store, body, state = call.store(), call.body(), call.state
    record = find_record(call, call.args["id"], call.request.param("idProperty"))
    write = prepare_update(state, store, record, properties_in(call, store, body, creates=False), {})
    return json_response(200, updated(state, store, commit(state, write, call.author), write.sent))


def _archive(call: Call) -> Response:
    store, text = call.store(), call.args["id"]
    if not text.isdecimal():
        raise not_numeric(text, dated=call.dated)
    record = store.records.get(int(text))
    if record is not None and record.archived_ms is None:
        removal.archive(call.state, store, record, call.author)
    return Response(204)


def _merge(call: Call) -> Response:
    store, body = call.store(), call.body()
    if not store.kind.mergeable:
        raise bad_request(f"Objects of type {store.kind.id} cannot be merged")
    primary = removal.mergeable(store, str(body.get("primaryObjectId", "")))
    loser = removal.mergeable(store, str(body.get("objectIdToMerge", "")))
    survivor = removal.merge(call.state, store, primary, loser, call.author)
    return json_response(200, render(call.state, store, survivor, store.plan(store.defaults())))


def _gdpr_delete(call: Call) -> Response:
    store, body = call.store(), call.body()
    if store.kind.plural != "contacts" and not call.dated:
        raise bad_request(f"Objects of type {store.kind.id} cannot be deleted for privacy in this version")
    text, id_property = str(body.get("objectId", "")), fields.name_or_none(body, "idProperty")
    by_id = store.resolve(int(text)) if text.isdecimal() and not id_property else None
    record = by_id if by_id is not None else find_record(call, text, id_property)
    removal.purge(call.state, store, record, call.author)
    return Response(204)


def _search(call: Call) -> Response:
    store, state = call.store(), call.state
    query = parse_query(store, call.body())
    ids = run_query(store, state.associations, query, state.now_ms())
    plan, pending = store.plan(query.properties), store.index.pending
    results = []
    for number in ids[query.offset : query.offset + query.limit]:
        record = store.index.shown(number) if number in pending else store.records[number]
        if record is not None:
            results.append(render(state, store, record, plan))
    answer: dict[str, Any] = {"total": len(ids), "results": results}
    if query.offset + query.limit < len(ids):
        answer["paging"] = {"next": {"after": str(query.offset + query.limit)}}
    return json_response(200, answer)


ROUTES = [
    Route("GET", "/crm/objects/{type}", _list, needs("read")),
    Route("POST", "/crm/objects/{type}", _create, needs("write")),
    Route("POST", "/crm/objects/{type}/search", _search, needs("read"), SEARCH),
    Route("POST", "/crm/objects/{type}/merge", _merge, needs("write")),
    Route("POST", "/crm/objects/{type}/gdpr-delete", _gdpr_delete, needs("write")),
    Route("GET", "/crm/objects/{type}/{id}", _get, needs("read")),
    Route("PATCH", "/crm/objects/{type}/{id}", _update, needs("write")),
    Route("DELETE", "/crm/objects/{type}/{id}", _archive, needs("write")),
]
