"""Associations over the wire: v4 with types and labels, and v3's names on the same paths.

Batches of associations take more inputs than those of objects and stand outside the ten-second limit. From 2026-03 on
archiving answers 200, from 2026-09 on creating does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.hubspot.api_batch import inputs_of
from sandbox.hubspot.api_objects import next_page, scopes_for
from sandbox.hubspot.associations import Ends
from sandbox.hubspot.errors import PortalRefusal, bad_json, bad_request, not_found, not_numeric
from sandbox.hubspot.linking import connect, disconnect
from sandbox.hubspot.object_types import ObjectType, find_type
from sandbox.hubspot.router import UNBURST, Call, Route, batch_response
from sandbox.kernel import BadJson, Response, json_response

READ_INPUTS, WRITE_INPUTS, PAGE = 1_000, 2_000, 500


def needs(verb: str) -> Callable[[Call], tuple[str, ...]]:
    """The scopes of the type that the path starts from."""

    def scopes(call: Call) -> tuple[str, ...]:
        kind = find_type(call.args["type"])
        return () if kind is None else scopes_for(kind, verb)

    return scopes


def pair(call: Call) -> tuple[ObjectType, ObjectType]:
    return call.kind("type"), call.kind("to")


def _live(call: Call, kind: ObjectType, text: str) -> int:
    """The id of a live record, through merges. Raises PortalRefusal 404."""
    if not text.isdecimal():
        raise not_numeric(text, dated=call.dated)
    record = call.state.stores[kind.plural].live(int(text))
    if record is None:
        raise not_found()
    return record.id


def _one_end(value: Any) -> str:
    if not isinstance(value, dict) or "id" not in value:
        raise bad_json("an association needs from.id and to.id")
    return str(value["id"])


def _type_ids(given: Any) -> set[int]:
    """Type ids of a write. Raises PortalRefusal 400."""
    if not isinstance(given, list) or not given:
        raise bad_request("At least one association type is required", fields=["types"])
    try:
        return {int(spec["associationTypeId"]) for spec in given}
    except (KeyError, TypeError, ValueError) as error:
        raise bad_request("An association type needs associationCategory and associationTypeId") from error


def _targets(call: Call, ends: Ends, page: list[int]) -> list[dict[str, Any]]:
    types = call.state.associations.types
    if call.version == "v3":
        return [{"id": str(other), "type": types[number].name} for other in page for number in ends[other]]
    return [{"toObjectId": other, "associationTypes": [types[n].wire() for n in ends[other]]} for other in page]


def _page(ends: Ends, after: Any, limit: int) -> tuple[list[int], str | None]:
    """The ids from `after` on, and where the next page starts."""
    text = str(after or 0)
    if not text.isdecimal():
        raise bad_request(f"Invalid after: {after}", context={"after": [text]})
    ordered = [other for other in sorted(ends) if other >= int(text)]
    return ordered[:limit], str(ordered[limit]) if len(ordered) > limit else None


def _list(call: Call) -> Response:
    origin, target = pair(call)
    ends = call.state.associations.ends(origin.plural, _live(call, origin, call.args["id"]), target.plural)
    page, following = _page(ends, call.request.param("after"), call.number("limit", PAGE, PAGE))
    answer: dict[str, Any] = {"results": _targets(call, ends, page)}
    if following is not None:
        answer["paging"] = next_page(call, following)
    return json_response(200, answer)


def _batch_read(call: Call) -> Response:
    origin, target = pair(call)
    results = []
    for item in inputs_of(call.body(), READ_INPUTS):
        text = str(item.get("id", ""))
        ends = call.state.associations.ends(origin.plural, int(text), target.plural) if text.isdecimal() else {}
        page, following = _page(ends, item.get("after"), PAGE)
        if not page:
            continue  # a record without associations is absent
        result: dict[str, Any] = {"from": {"id": text}, "to": _targets(call, ends, page)}
        if following is not None:
            path = f"/crm/v4/objects/{origin.plural}/{text}/associations/{target.plural}"
            result["paging"] = {"next": {"after": following, "link": f"{call.base}{path}?after={following}"}}
        results.append(result)
    return batch_response(call, results, [])


def _labels_of(call: Call, here: ObjectType, from_id: int, there: ObjectType, to_id: int) -> dict[str, Any]:
    associations = call.state.associations
    kinds = associations.ends(here.plural, from_id, there.plural).get(to_id, ())
    labels = [label for number in kinds if (label := associations.types[number].label) is not None]
    return {
        "fromObjectTypeId": here.id,
        "fromObjectId": from_id,
        "toObjectTypeId": there.id,
        "toObjectId": to_id,
        "labels": labels,
    }


def _put(call: Call) -> Response:
    try:
        given = call.request.json()
    except BadJson as error:
        raise bad_json(str(error)) from error
    origin, target = pair(call)
    from_id, to_id = _live(call, origin, call.args["id"]), _live(call, target, call.args["other"])
    connect(call.state, origin.plural, from_id, target.plural, to_id, _type_ids(given), call.author)
    return json_response(201, _labels_of(call, origin, from_id, target, to_id))


def _default(call: Call, origin: ObjectType, from_id: int, target: ObjectType, to_id: int) -> list[dict[str, Any]]:
    """The unlabeled association, beside whatever the pair has; reported in both directions."""
    associations = call.state.associations
    plain = associations.plain(origin.plural, target.plural)
    held = associations.ends(origin.plural, from_id, target.plural).get(to_id, ())
    connect(call.state, origin.plural, from_id, target.plural, to_id, {plain.id, *held}, call.author)
    return [
        {
            "from": {"id": str(here)},
            "to": {"id": str(there)},
            "associationSpec": {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number},
        }
        for here, there, number in ((from_id, to_id, plain.id), (to_id, from_id, plain.inverse))
    ]


def _put_default(call: Call) -> Response:
    origin, target = pair(call)
    from_id, to_id = _live(call, origin, call.args["id"]), _live(call, target, call.args["other"])
    return batch_response(call, _default(call, origin, from_id, target, to_id), [])


def _delete(call: Call) -> Response:
    origin, target = pair(call)
    from_id, to_id = _live(call, origin, call.args["id"]), _live(call, target, call.args["other"])
    disconnect(call.state, origin.plural, from_id, target.plural, to_id, call.author)
    return Response(204)


Step = Callable[[Mapping[str, Any], int, int], list[Any]]


def _each(call: Call, step: Step) -> tuple[list[Any], list[dict[str, Any]]]:
    """Runs `step` on every input whose two records live; each of the others is an error of its own."""
    origin, target = pair(call)
    results: list[Any] = []
    errors: list[dict[str, Any]] = []
    for item in inputs_of(call.body(), WRITE_INPUTS):
        from_text, to_text = _one_end(item.get("from")), _one_end(item.get("to"))
        try:
            results += step(item, _live(call, origin, from_text), _live(call, target, to_text))
        except PortalRefusal as refusal:
            context = {"fromObjectId": [from_text], "toObjectId": [to_text]}
            errors.append(refusal.item(None) | {"context": context})
    return results, errors


def _batch_create(call: Call) -> Response:
    origin, target = pair(call)
    author = call.author

    def step(item: Mapping[str, Any], from_id: int, to_id: int) -> list[Any]:
        if call.version == "v3":
            return _create_named(call, str(item.get("type", "")), from_id, to_id)
        connect(call.state, origin.plural, from_id, target.plural, to_id, _type_ids(item.get("types")), author)
        return [_labels_of(call, origin, from_id, target, to_id)]

    return batch_response(call, *_each(call, step), success=200 if call.newest else 201)


def _batch_default(call: Call) -> Response:
    origin, target = pair(call)
    return batch_response(call, *_each(call, lambda item, here, there: _default(call, origin, here, target, there)))


def _batch_archive(call: Call) -> Response:
    origin, target = pair(call)
    author = call.author
    for item in inputs_of(call.body(), WRITE_INPUTS):
        from_text, others = _one_end(item.get("from")), item.get("to")
        for other in others if isinstance(others, list) else [others]:
            to_text = _one_end(other)
            if from_text.isdecimal() and to_text.isdecimal():
                disconnect(call.state, origin.plural, int(from_text), target.plural, int(to_text), author)
    return batch_response(call, [], []) if call.dated else Response(204)


def _batch_labels_archive(call: Call) -> Response:
    origin, target = pair(call)
    author = call.author
    for item in inputs_of(call.body(), WRITE_INPUTS):
        from_text, to_text, gone = _one_end(item.get("from")), _one_end(item.get("to")), _type_ids(item.get("types"))
        if from_text.isdecimal() and to_text.isdecimal():
            disconnect(call.state, origin.plural, int(from_text), target.plural, int(to_text), author, gone)
    return batch_response(call, [], []) if call.dated else Response(204)


# -- v3: one type a call, by its name


def _named(call: Call, name: str) -> int:
    origin, target = pair(call)
    for kind in call.state.associations.between(origin.plural, target.plural):
        if name in (kind.name, str(kind.id)):
            return kind.id
    raise bad_request(f"Unknown association type: {name}", context={"type": [name]})


def _create_named(call: Call, name: str, from_id: int, to_id: int) -> list[Any]:
    origin, target = pair(call)
    held = call.state.associations.ends(origin.plural, from_id, target.plural).get(to_id, ())
    connect(call.state, origin.plural, from_id, target.plural, to_id, {_named(call, name), *held}, call.author)
    return [{"from": {"id": str(from_id)}, "to": {"id": str(to_id)}, "type": name}]


def _put_named(call: Call) -> Response:
    origin, target = pair(call)
    from_id, to_id = _live(call, origin, call.args["id"]), _live(call, target, call.args["other"])
    _create_named(call, call.args["name"], from_id, to_id)
    return json_response(200, {"id": str(from_id), "associations": {target.plural: {"results": [{"id": str(to_id)}]}}})


def _delete_named(call: Call) -> Response:
    origin, target = pair(call)
    from_id, to_id = _live(call, origin, call.args["id"]), _live(call, target, call.args["other"])
    gone = {_named(call, call.args["name"])}
    disconnect(call.state, origin.plural, from_id, target.plural, to_id, call.author, gone)
    return Response(204)


_READ, _WRITE = needs("read"), needs("write")
_EDGES, _BATCH = "/crm/objects/{type}/{id}/associations", "/crm/associations/{type}/{to}/batch"
ROUTES = [
    Route("GET", f"{_EDGES}/{{to}}", _list, _READ),
    Route("PUT", f"{_EDGES}/default/{{to}}/{{other}}", _put_default, _WRITE),
    Route("PUT", f"{_EDGES}/{{to}}/{{other}}", _put, _WRITE),
    Route("DELETE", f"{_EDGES}/{{to}}/{{other}}", _delete, _WRITE),
    Route("PUT", f"{_EDGES}/{{to}}/{{other}}/{{name}}", _put_named, _WRITE),
    Route("DELETE", f"{_EDGES}/{{to}}/{{other}}/{{name}}", _delete_named, _WRITE),
    Route("POST", f"{_BATCH}/read", _batch_read, _READ, UNBURST),
    Route("POST", f"{_BATCH}/create", _batch_create, _WRITE, UNBURST),
    Route("POST", f"{_BATCH}/associate/default", _batch_default, _WRITE, UNBURST),
    Route("POST", f"{_BATCH}/archive", _batch_archive, _WRITE, UNBURST),
    Route("POST", f"{_BATCH}/labels/archive", _batch_labels_archive, _WRITE, UNBURST),
]
