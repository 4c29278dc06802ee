"""What every call passes before its handler: route, token, limits, scopes; and what every answer carries."""

from __future__ import annotations

from sandbox.hubspot.auth import App
from sandbox.hubspot.errors import PortalRefusal, missing_scopes
from sandbox.hubspot.router import COUNTED, FREE, SEARCH, Call, Route, Router
from sandbox.hubspot.state import PortalState
from sandbox.hubspot.times import http_date
from sandbox.kernel import Request, Response, json_response

MAX_URL = 16_384  # characters of path and query: longer property lists have to be split
_FORMS = ("application/x-www-form-urlencoded",)
_JSON = ("application/json",)


def page(status: int, title: str) -> Response:
    """What the web servers in front of the API answer: a page for people."""
    html = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Response(status, {"Content-Type": "text/html;charset=utf-8"}, html.encode())


class Entrance:
    """Turns a request into a call, and whatever becomes of it into an answer."""

    def __init__(self, state: PortalState, router: Router) -> None:
        self._state = state
        self._router = router

    def answer(self, request: Request) -> Response:
        state = self._state
        correlation_id = state.draws.uuid("correlation")
        told: dict[str, str] = {}
        try:
            response = self._answer(request, correlation_id, told)
        except PortalRefusal as refusal:
            response = json_response(refusal.status, refusal.body(correlation_id), refusal.headers)
        response.headers |= told
        response.headers["Date"] = http_date(state.now_ms() // 1000)
        response.headers["X-HubSpot-Correlation-Id"] = correlation_id
        response.headers["X-Trace"] = f"2B{correlation_id.replace('-', '').upper()}"
        return response

    def _answer(self, request: Request, correlation_id: str, told: dict[str, str]) -> Response:
        if len(request.path) + len(request.query) > MAX_URL:
            return page(414, "URI Too Long")
        found = self._router.find(request.method, request.path)
        if found is None:
            if self._router.methods(request.path):
                raise PortalRefusal(405, "HTTP 405 Method Not Allowed")
            return page(404, "Not Found")
        route, version, args = found
        call = Call(self._state, request, version, args, None, correlation_id)
        if route.meter != FREE:
            header = request.headers.get("authorization") or ""
            if len(header.split()) > 2 or not header.isascii():
                return page(530, "Origin DNS error")  # the servers in front do not let a malformed token through
            call.app = self._admit(route, header, correlation_id, told)
            scopes = route.scopes if isinstance(route.scopes, tuple) else route.scopes(call)
            if scopes and call.app.scopes.isdisjoint(scopes):
                raise missing_scopes(scopes)
        _check_content(request, _FORMS if route.meter == FREE else _JSON)
        return route.handler(call)

    def _admit(self, route: Route, header: str, request_id: str, told: dict[str, str]) -> App:
        """Who calls, counted. Raises PortalRefusal 401 or 429."""
        state, now_ms = self._state, self._state.now_ms()
        token = state.tokens.authenticate(header, now_ms)
        app, private = state.tokens.apps[token.actor], token.kind == "private"
        if route.meter == SEARCH:
            state.limits.take_search(now_ms, request_id, daily=private)
            return app
        limit = state.settings.burst_limit if private else state.settings.oauth_burst_limit
        name = f"{app.actor} {token.kind}"
        try:
            burst = limit if route.meter == COUNTED else None
            state.limits.take(name, now_ms, request_id, burst_limit=burst, daily=private)
        finally:
            told |= state.limits.headers(name, limit, daily=private)
        return app


def _check_content(request: Request, accepted: tuple[str, ...]) -> None:
    """Raises PortalRefusal 415 for a body of a type that the endpoint does not read."""
    if not request.body:
        return
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in accepted:
        raise PortalRefusal(415, "HTTP 415 Unsupported Media Type")
