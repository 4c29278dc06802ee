"""Systems that offer less, or answer in another shape, than the full ones: a sync goes on and says what that costs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pytest

from connectors.hubspot import HubSpotRemote, HubSpotSettings
from connectors.policy import RetryPolicy
from connectors.salesforce import SalesforceRemote, SalesforceSettings
from sandbox.kernel import Request, Response, json_response
from simulation.door import InProcessAdapter
from syncer.engine.cycle import approve_first_sync, sync
from syncer.errors import Exit
from syncer.report.summary import summary
from syncer.stages.context import RunReport
from tests.stages.world import HUBSPOT, SALESFORCE, PairWorld, WaitingClock, make_pair

Shape = Callable[[Request, Any], Any]


@dataclass
class Door:
    """A model's door that refuses some calls and changes the shape of all answers."""

    handle: Callable[[Request], Response]
    refuse: str = ""  # searched in "METHOD path?query"
    answer: Callable[[], Response] = lambda: Response(404)
    shape: Shape = lambda request, value: value
    status: Callable[[int], int] = lambda status: status
    without: tuple[str, ...] = ()  # headers left out
    refused: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        asked = f"{request.method} {request.path}?{request.query}"
        if self.refuse and re.search(self.refuse, asked):
            self.refused.append(asked)
            return self.answer()
        response = self.handle(request)
        body = response.body
        if body[:1] in (b"{", b"["):
            body = orjson.dumps(self.shape(request, orjson.loads(body)))
        kept = {name: value for name, value in response.headers.items() if name not in self.without}
        kept = {name.upper(): value for name, value in kept.items()}  # case of a header's name means nothing
        return replace(response, body=body, headers=kept, status=self.status(response.status))


def _pair(left: Door | None = None, right: Door | None = None) -> PairWorld:
    pair = make_pair()
    clock, policy = WaitingClock(pair.clock), RetryPolicy(attempts=2)
    if left is not None:
        left.handle = pair.org.handle
        app = pair.org.settings.apps[0]
        login = {"client_id": app.client_id, "client_secret": app.client_secret, "auth": "client_credentials"}
        pair.remotes["left"] = SalesforceRemote(
            SalesforceSettings(login_url=SALESFORCE, threads=1, page_size=200, **login),
            clock,
            pair.entropy,
            policy=policy,
            mounts={SALESFORCE: InProcessAdapter(left, pair.clock.advance)},
        )
    if right is not None:
        right.handle = pair.portal.handle
        pair.remotes["right"] = HubSpotRemote(
            HubSpotSettings(HUBSPOT, pair.portal.settings.access_token, calls_per_10_s=100_000),
            clock,
            pair.entropy,
            policy=policy,
            mounts={HUBSPOT: InProcessAdapter(right, pair.clock.advance)},
        )
    return pair


def _cycle(pair: PairWorld) -> RunReport:
    pair.wait(20 * 60_000)
    context = pair.context()
    approve_first_sync(context)
    return sync(context)


def _both_ways(pair: PairWorld) -> RunReport:
    """A lead and a contact each way, an edit each way, a delete: the report of the second cycle."""
    lead = pair.lead(Email="jane@acme.example", FirstName="Jane", Title="Buyer")
    contact = pair.person(email="otto@acme.example", firstname="Otto", lifecyclestage="lead")
    first = _cycle(pair)
    assert first.paused == {}, {side: error.message for side, error in first.paused.items()}
    jane = next(row for row in pair.portal.records("contacts") if row["email"] == "jane@acme.example")
    otto = next(row for row in pair.org.records("Lead") if row["Email"] == "otto@acme.example")
    pair.org.update("Lead", lead, {"Title": "Head of IT"}, "human:ann")
    pair.portal.update("contacts", contact, {"firstname": "Otto Max"}, "human:bob")
    second = _cycle(pair)
    assert second.paused == {}, {side: error.message for side, error in second.paused.items()}
    assert pair.portal.record("contacts", jane["id"])["jobtitle"] == "Head of IT"
    assert pair.org.record("Lead", otto["Id"])["FirstName"] == "Otto Max"
    third = _cycle(pair)
    assert not [name for name in third.counts if name.startswith(("creates", "updates"))], "a third cycle wrote"
    assert len(list(pair.portal.records("contacts"))) == len(list(pair.org.records("Lead"))) == 2
    return second


def _hubspot_404() -> Response:
    return json_response(404, {"status": "error", "message": "No route", "correlationId": "1"})


def _salesforce(status: int, code: str) -> Callable[[], Response]:
    return lambda: json_response(status, [{"errorCode": code, "message": "not here"}])


def _html(status: int) -> Callable[[], Response]:
    return lambda: Response(status, {"Content-Type": "text/html"}, b"<html><body>Not here</body></html>")


REFUSED: list[tuple[str, str, str, Callable[[], Response], str]] = [
    ("no account information", "right", r"/account-info/|/integrations/", _hubspot_404, "AccountUnknown"),
    ("account information in HTML", "right", r"/account-info/|/integrations/", _html(404), "AccountUnknown"),
    ("account information not implemented", "right", r"/account-info/", _html(501), ""),
    ("owners forbidden", "right", r"GET /crm/v3/owners", lambda: json_response(403, {"message": "no"}), ""),
    ("no list of archived records", "right", r"objects/contacts\?.*archived=true", _hubspot_404, "ArchivedListRefused"),
    ("no associations", "right", r"/associations/", _html(404), ""),
    ("no getUpdated", "left", r"/updated/", _salesforce(404, "NOT_FOUND"), "GetUpdatedRefused"),
    ("getUpdated not implemented", "left", r"/updated/", _html(501), "GetUpdatedRefused"),
    ("getUpdated empty", "left", r"/updated/", lambda: json_response(200, {}), "GetUpdatedRefused"),
    ("no getDeleted", "left", r"/deleted/", _salesforce(403, "INSUFFICIENT_ACCESS"), "GetDeletedRefused"),
    ("getDeleted in HTML", "left", r"/deleted/", _html(404), "GetDeletedRefused"),
    ("no queryAll", "left", r"/queryAll", _salesforce(404, "NOT_FOUND"), "QueryAllRefused"),
    ("no count", "left", r"COUNT", _salesforce(400, "MALFORMED_QUERY"), ""),
    ("no user information", "left", r"/oauth2/userinfo", _html(404), ""),
    ("no organization row", "left", r"FROM(%20|\+)Organization", _salesforce(400, "INVALID_TYPE"), ""),
    ("no version list", "left", r"GET /services/data\?", _html(404), ""),
]


@pytest.mark.parametrize(
    ("side", "call", "answer", "name"), [case[1:] for case in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_a_call_that_is_not_offered_costs_what_it_gives_and_nothing_else(
    side: str, call: str, answer: Callable[[], Response], name: str
) -> None:
    door = Door(lambda request: Response(500), refuse=call, answer=answer)
    pair = _pair(**{side: door})
    try:
        report = _both_ways(pair)
    finally:
        pair.store.close()
    told = [problem for problem in report.problems if name and problem.name.startswith(name)]
    assert bool(told) == bool(name), report.problems
    assert all(problem.message and problem.side == side for problem in told)


def test_without_property_history_races_go_unaudited_and_the_run_says_so() -> None:
    def answer() -> Response:
        return json_response(400, {"status": "error", "message": "unknown field propertiesWithHistory"})

    door = Door(lambda request: Response(500))

    def handle(request: Request) -> Response:
        if b'"propertiesWithHistory":["' in request.body:
            return answer()
        return Door.__call__(door, request)

    pair = _pair(right=door)
    pair.remotes["right"]._transport._session.mount(HUBSPOT, InProcessAdapter(handle, pair.clock.advance))
    try:
        report = _both_ways(pair)
    finally:
        pair.store.close()
    assert "PropertyHistoryRefused" in {problem.name for problem in report.problems}


def test_an_object_that_may_not_be_read_costs_itself_and_the_run_ends_as_denied() -> None:
    def answer() -> Response:
        scopes = {"requiredGranularScopes": ["crm.objects.contacts.read"]}
        told = {"status": "error", "category": "MISSING_SCOPES", "message": "no", "errors": [{"context": scopes}]}
        return json_response(403, told)

    pair = _pair(right=Door(lambda request: Response(500), refuse=r"/objects/contacts", answer=answer))
    pair.org.create("Account", {"Name": "Acme", "Website": "acme.example"}, "human:ann")
    pair.lead(Email="jane@acme.example")
    context = pair.context()
    approve_first_sync(context)
    report = sync(context)
    told = [problem for problem in report.problems if problem.name == "ObjectUnavailable"]
    assert {(problem.side, problem.object) for problem in told} == {("right", "contacts")}
    assert "crm.objects.contacts.read" in told[0].action
    assert [row["name"] for row in pair.portal.records("companies")] == ["Acme"]
    assert report.paused == {}
    assert summary(context)["exit_code"] == Exit.DENIED
    pair.store.close()


# -- other shapes of the same answers


def _extra(request: Request, value: Any) -> Any:
    """Keys nobody knows, in every object but the properties themselves."""
    if isinstance(value, list):
        return [_extra(request, item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {key: item if key in ("properties", "body") else _extra(request, item) for key, item in value.items()}
    return made | {"zzUnknown": {"a": [1]}} if "properties" in made or "results" in made or "records" in made else made


def _rows(value: Any) -> Iterator[dict[str, Any]]:
    listed = value.get("records") or value.get("results") or () if isinstance(value, dict) else value
    yield from (row for row in listed if isinstance(row, dict))


def _bare_rows(request: Request, value: Any) -> Any:
    """Salesforce rows without `attributes`, pages without `done` and `totalSize`."""
    if "/query" not in request.path and "/composite/sobjects" not in request.path:
        return value
    for row in _rows(value):
        row.pop("attributes", None)
    if isinstance(value, dict):
        value.pop("done", None)
        if "COUNT" not in request.query:
            value.pop("totalSize", None)
    return value


def _without_blanks(request: Request, value: Any) -> Any:
    """Blanks are left out instead of told."""
    if "/sobjects/" not in request.path and "/query" not in request.path and "/objects/" not in request.path:
        return value
    for row in _rows(value) if isinstance(value, dict | list) else ():
        held = row.get("properties", row)
        for key in [key for key, item in held.items() if item is None]:
            del held[key]
    return value


_TOLD = ("name", "type", "length", "picklistValues", "unique", "nillable", "defaultedOnCreate", "calculated")


def _short_describe(request: Request, value: Any) -> Any:
    if not request.path.endswith("/describe"):
        return value
    return {"fields": [{key: item for key, item in made.items() if key in _TOLD} for made in value["fields"]]}


def _short_properties(request: Request, value: Any) -> Any:
    if "/properties/" not in request.path:
        return value
    keep = ("name", "type", "options", "hasUniqueValue", "modificationMetadata", "calculated")
    return {"results": [{key: item for key, item in made.items() if key in keep} for made in value["results"]]}


def _numbers(request: Request, value: Any) -> Any:
    """HubSpot ids as numbers."""
    if "/objects/" in request.path and isinstance(value, dict):
        for row in _rows(value):
            if str(row.get("id", "")).isdecimal():
                row["id"] = int(row["id"])
    return value


def _no_stamps(request: Request, value: Any) -> Any:
    if "/objects/" in request.path and isinstance(value, dict):
        for row in _rows(value):
            row.pop("updatedAt", None)
    return value


def _links_only(request: Request, value: Any) -> Any:
    """The next page by its link alone."""
    if isinstance(value, dict) and "paging" in value and request.method == "GET":
        value["paging"]["next"].pop("after")
    return value


def _absolute(request: Request, value: Any) -> Any:
    if isinstance(value, dict) and value.get("nextRecordsUrl"):
        value["nextRecordsUrl"] = SALESFORCE + value["nextRecordsUrl"]
    return value


SHAPES: list[tuple[str, str, dict[str, Any]]] = [
    ("keys nobody knows, left", "left", {"shape": _extra}),
    ("keys nobody knows, right", "right", {"shape": _extra}),
    ("rows without attributes and done", "left", {"shape": _bare_rows}),
    ("blanks left out, left", "left", {"shape": _without_blanks}),
    ("blanks left out, right", "right", {"shape": _without_blanks}),
    ("a short describe", "left", {"shape": _short_describe}),
    ("short property definitions", "right", {"shape": _short_properties}),
    ("ids as numbers", "right", {"shape": _numbers}),
    ("records without updatedAt", "right", {"shape": _no_stamps}),
    ("next pages by link alone", "right", {"shape": _links_only}),
    ("next pages by absolute address", "left", {"shape": _absolute}),
    ("200 where 201 and 207 are usual", "right", {"status": lambda status: 200 if status in (201, 207) else status}),
    ("no Date header, left", "left", {"without": ("Date",)}),
    ("no Date header, right", "right", {"without": ("Date",)}),
]


@pytest.mark.parametrize(("side", "more"), [case[1:] for case in SHAPES], ids=[case[0] for case in SHAPES])
def test_another_shape_of_the_same_answers_changes_nothing(side: str, more: dict[str, Any]) -> None:
    pair = _pair(**{side: Door(lambda request: Response(500), **more)})
    try:
        report = _both_ways(pair)
    finally:
        pair.store.close()
    assert report.problems == []
