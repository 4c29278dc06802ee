"""Association types of a pair over the wire, and a portal's own labels among them."""

from __future__ import annotations

from sandbox.hubspot.api_associations import needs, pair
from sandbox.hubspot.association_types import AssociationType
from sandbox.hubspot.errors import PortalRefusal, bad_request
from sandbox.hubspot.router import Call, Route
from sandbox.kernel import Response, json_response

MAX_LABELS = 50


def _labels(call: Call) -> Response:
    origin, target = pair(call)
    found = call.state.associations.between(origin.plural, target.plural)
    return json_response(200, {"results": [kind.wire() for kind in sorted(found, key=lambda kind: kind.id)]})


def _create(call: Call) -> Response:
    """A label of one's own, with its inverse; both directions are answered."""
    origin, target = pair(call)
    body, associations = call.body(), call.state.associations
    label, name = str(body.get("label") or ""), str(body.get("name") or "")
    if not label or not name:
        raise bad_request("An association label needs a label and a name", fields=["label", "name"])
    known = [kind for kind in associations.between(origin.plural, target.plural) if kind.category == "USER_DEFINED"]
    if any(label == kind.label for kind in known):
        raise PortalRefusal(409, f"An association label {label} already exists", category="CONFLICT")
    if len(known) >= MAX_LABELS:
        raise bad_request(f"A pair of objects can have at most {MAX_LABELS} association labels")
    associations.plain(origin.plural, target.plural)
    number = associations.next_label
    within = origin is target and not body.get("inverseLabel")
    associations.next_label += 1 if within else 2
    back = number if within else number + 1
    made = [AssociationType(number, origin.plural, target.plural, "USER_DEFINED", label, name, back)]
    if not within:
        inverse = str(body.get("inverseLabel") or label)
        made.append(AssociationType(back, target.plural, origin.plural, "USER_DEFINED", inverse, name, number))
    for kind in made:
        associations.define(kind)
    return json_response(200, {"results": [kind.wire() for kind in made]})


def _own(call: Call, number: str) -> AssociationType:
    origin, target = pair(call)
    kind = call.state.associations.types.get(int(number)) if number.isdecimal() else None
    if kind is None or (kind.from_type, kind.to_type) != (origin.plural, target.plural):
        raise PortalRefusal(404, f"Association type {number} does not exist", category="OBJECT_NOT_FOUND")
    if kind.category != "USER_DEFINED":
        raise bad_request(f"Association type {number} is defined by HubSpot and cannot be changed")
    return kind


def _update(call: Call) -> Response:
    body = call.body()
    kind = _own(call, str(body.get("associationTypeId", "")))
    call.state.associations.relabel(kind.id, str(body.get("label") or kind.label))
    return Response(204)


def _delete(call: Call) -> Response:
    call.state.associations.undefine(_own(call, call.args["number"]))
    return Response(204)


_LABELS = "/crm/associations/{type}/{to}/labels"
ROUTES = [
    Route("GET", _LABELS, _labels, needs("read")),
    Route("POST", _LABELS, _create, needs("write")),
    Route("PUT", _LABELS, _update, needs("write")),
    Route("DELETE", f"{_LABELS}/{{number}}", _delete, needs("write")),
]
