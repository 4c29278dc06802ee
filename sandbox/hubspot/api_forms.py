"""Marketing forms and their submissions, to read."""

from __future__ import annotations

from sandbox.hubspot.api_objects import next_page
from sandbox.hubspot.errors import PortalRefusal, bad_request
from sandbox.hubspot.forms import Form
from sandbox.hubspot.router import Call, Route
from sandbox.kernel import Response, json_response

FORM_LIMIT, SUBMISSION_LIMIT = 500, 50


def _labels(call: Call) -> dict[str, str]:
    return {name: each.label for name, each in call.state.stores["contacts"].definitions.items()}


def _offset(call: Call) -> int:
    after = call.request.param("after") or "0"
    if not after.isdecimal():
        raise bad_request(f"Invalid after: {after}", context={"after": [after]})
    return int(after)


def _list(call: Call) -> Response:
    limit, start, archived = call.number("limit", 20, FORM_LIMIT), _offset(call), call.flag("archived")
    found = [form for form in call.state.forms.by_id.values() if form.archived == archived]
    labels = _labels(call)
    answer: dict[str, object] = {"results": [form.wire(labels) for form in found[start : start + limit]]}
    if start + limit < len(found):
        answer["paging"] = next_page(call, str(start + limit))
    return json_response(200, answer)


def _found(call: Call) -> Form:
    form = call.state.forms.by_id.get(call.args["form"])
    if form is None:
        raise PortalRefusal(404, f"Form {call.args['form']} does not exist", category="OBJECT_NOT_FOUND")
    return form


def _get(call: Call) -> Response:
    return json_response(200, _found(call).wire(_labels(call)))


def _submissions(call: Call) -> Response:
    """Newest first."""
    form, limit, start = _found(call), call.number("limit", 20, SUBMISSION_LIMIT), _offset(call)
    sent = form.submissions[::-1]
    answer: dict[str, object] = {"results": [each.wire() for each in sent[start : start + limit]]}
    if start + limit < len(sent):
        answer["paging"] = next_page(call, str(start + limit))
    return json_response(200, answer)


ROUTES = [
    Route("GET", "/marketing/forms", _list, ("forms",)),
    Route("GET", "/marketing/forms/{form}", _get, ("forms",)),
    Route("GET", "/form-integrations/submissions/forms/{form}", _submissions, ("forms",)),
]
