"""From a path to a handler: one table of (method, pattern); handlers get a `Call`.

Doubled and trailing slashes do not count, letter case of the fixed parts neither. Sub-requests of Composite and Batch
take the same way through `Router.run`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from sandbox.kernel import BadJson, Refusal, Request, Response
from sandbox.salesforce.definitions import ObjectDef
from sandbox.salesforce.errors import no_external_id, not_found, parser_error, rest
from sandbox.salesforce.sessions import Session
from sandbox.salesforce.state import Author, OrgState

DATA = "/services/data/{version}"
_VERSION = re.compile(r"v?(\d{1,3})\.0")
_HEADER_PAIR = re.compile(r"(\w+)\s*=\s*([^;,\s]+)")


@dataclass(slots=True)
class Call:
    """One request on its way through a handler. `session` is None on open routes only."""

    state: OrgState
    router: Router
    request: Request
    args: dict[str, str]
    session: Session | None
    request_id: str = ""

    @property
    def version(self) -> int:
        """66 for `v66.0`."""
        match = _VERSION.fullmatch(self.args["version"])
        return int(match[1]) if match else 0

    @property
    def base(self) -> str:
        """`/services/data/v66.0`."""
        return f"/services/data/v{self.version}.0"

    @property
    def author(self) -> Author:
        """The caller as the author of edits, with the switches of this request's headers."""
        session = self.session
        if session is None:
            raise not_found()
        rules = self.options("sforce-duplicate-rule-header")
        return Author(
            actor=session.actor,
            user_id=session.user_id,
            limited=True,
            request_id=self.request_id,
            auto_assign=self.request.headers.get("sforce-auto-assign", "TRUE").upper() != "FALSE",
            allow_save=rules.get("allowsave", "").lower() == "true",
            record_details=rules.get("includerecorddetails", "").lower() == "true",
        )

    def options(self, header: str) -> dict[str, str]:
        """`allowSave=true; includeRecordDetails=true` as pairs, names in lower case."""
        return {name.lower(): value for name, value in _HEADER_PAIR.findall(self.request.headers.get(header, ""))}

    def definition(self, name: str = "object") -> ObjectDef:
        """The object of the path as the caller sees it. Raises Refusal 404."""
        found = self.state.visible(self.args[name])
        if found is None or found.tooling:
            raise not_found()
        return found

    def body(self) -> dict[str, Any]:
        """The JSON object of the body. Raises Refusal 400."""
        try:
            value = self.request.json()
        except BadJson as error:
            raise parser_error(str(error)) from error
        if not isinstance(value, dict):
            raise parser_error("The HTTP entity body is required to be an object")
        return value

    def key_field(self, definition: ObjectDef, name: str):
        """The external-id field of an upsert. Raises Refusal 404."""
        found = definition.field(name)
        if found is None or not (found.external_id or found.id_lookup):
            raise no_external_id(name)
        return found


Handler = Callable[[Call], Response]


def _in_json(refusal: Refusal, request: Request) -> Response:
    return rest(refusal)


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint. `open`: without a session and not counted; `refuse` shapes refusals of its API."""

    method: str
    pattern: str  # `{name}` takes one segment
    handler: Handler
    open: bool = False
    refuse: Callable[[Refusal, Request], Response] = _in_json


class Router:
    """The table, bucketed by number of segments; fixed segments win over arguments."""

    def __init__(self, routes: list[Route]) -> None:
        self._buckets: dict[int, list[tuple[re.Pattern[str], Route]]] = {}
        for route in sorted(routes, key=lambda route: route.pattern.count("{")):
            pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route.pattern), re.IGNORECASE)
            self._buckets.setdefault(route.pattern.count("/"), []).append((pattern, route))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route and its decoded arguments. Raises Refusal 404, or 405 where another method would do."""
        bare = "/" + "/".join(part for part in path.split("/") if part)
        known = False
        for pattern, route in self._buckets.get(bare.count("/"), ()):
            match = pattern.fullmatch(bare)
            if match is None:
                continue
            known = True
            if route.method in (method, "*"):
                return route, {name: unquote(text) for name, text in match.groupdict().items()}
        if known:
            raise Refusal(
                405, "METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed. Allowed are {_allowed(self, bare)}"
            )
        raise not_found()

    def methods(self, bare: str) -> list[str]:
        return sorted({route.method for pattern, route in self._buckets[bare.count("/")] if pattern.fullmatch(bare)})

    def run(self, state: OrgState, request: Request, session: Session | None, request_id: str = "") -> Response:
        """Answers a request of a known caller, refusals included."""
        try:
            method = request.method
            if method == "POST" and (override := request.param("_HttpMethod")):
                method = override.upper()
            route, args = self.find(method, request.path)
            call = Call(state, self, request, args, session, request_id)
            if "version" in args and request.path.lower().lstrip("/").startswith("services/data/"):
                check_version(state, call)
        except Refusal as refusal:
            return rest(refusal)
        try:
            return route.handler(call)
        except Refusal as refusal:
            return route.refuse(refusal, request)


def check_version(state: OrgState, call: Call) -> None:
    """Raises Refusal 404 for a version that never was, 410 for a retired one."""
    match = _VERSION.fullmatch(call.args["version"])
    if match is None or not call.args["version"].startswith("v") or int(match[1]) > state.settings.newest_version:
        raise not_found()
    if int(match[1]) < state.settings.oldest_version:
        raise Refusal(410, "UNSUPPORTED_API_VERSION", "The requested API version is no longer supported")


def _allowed(router: Router, bare: str) -> str:
    return ",".join(router.methods(bare))
