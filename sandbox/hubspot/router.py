"""From a path to a handler: the version is taken out of the path, and one table of (method, pattern) does the rest.

`/crm/v3/objects/contacts`, `/crm/objects/2026-03/contacts` and `/crm/v4/objects/contacts` are one route; handlers see
the version in their call and apply the documented differences.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from sandbox.hubspot.auth import App
from sandbox.hubspot.errors import bad_json, bad_request, unknown_type
from sandbox.hubspot.object_types import ObjectType, find_type
from sandbox.hubspot.state import Author, PortalState
from sandbox.hubspot.store import ObjectStore
from sandbox.hubspot.times import iso
from sandbox.kernel import BadJson, Request, Response, json_response

_VERSION = re.compile(r"v[1-4]|20\d\d-\d\d(?:-beta)?")
FREE, COUNTED, UNBURST, SEARCH = "free", "counted", "unburst", "search"


@dataclass(slots=True)
class Call:
    """One authenticated request on its way through a handler."""

    state: PortalState
    request: Request
    version: str
    args: dict[str, str]
    app: App | None
    request_id: str

    @property
    def author(self) -> Author:
        if self.app is None:
            raise bad_request("This call needs an app")
        return self.state.author(self.app.actor, self.request_id)

    @property
    def base(self) -> str:
        """Scheme and host for absolute links: the host the caller used."""
        api_base, host = self.state.settings.api_base, self.request.headers.get("host")
        return f"{api_base.partition('://')[0]}://{host}" if host else api_base

    @property
    def dated(self) -> bool:
        """True for the path scheme with a date."""
        return self.version[:2] == "20"

    @property
    def newest(self) -> bool:
        """True from 2026-09 on, where batches answer 200 throughout."""
        return self.dated and self.version >= "2026-09"

    def kind(self, name: str = "type") -> ObjectType:
        found = find_type(self.args[name])
        if found is None:
            raise unknown_type(self.args[name])
        return found

    def store(self) -> ObjectStore:
        return self.state.stores[self.kind().plural]

    def body(self) -> dict[str, Any]:
        """The JSON object of the body. Raises PortalRefusal 400."""
        try:
            value = self.request.json()
        except BadJson as error:
            raise bad_json(str(error)) from error
        if not isinstance(value, dict):
            raise bad_json("expected an object")
        return value

    def listed(self, name: str) -> list[str]:
        """A list-valued parameter, comma-separated or repeated."""
        return [part for value in self.request.params.get(name, ()) for part in value.split(",") if part]

    def flag(self, name: str) -> bool:
        return (self.request.param(name) or "").lower() == "true"

    def number(self, name: str, default: int, most: int) -> int:
        """A positive number of the query. Raises PortalRefusal 400 when it is none or too large."""
        raw = self.request.param(name)
        if raw is None or raw == "":
            return default
        if not raw.isdecimal() or not 0 < int(raw) <= most:
            raise bad_request(f"Invalid {name}: {raw}. It must be between 1 and {most}.", context={name: [raw]})
        return int(raw)


Handler = Callable[[Call], Response]
Scopes = Callable[[Call], tuple[str, ...]] | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint. `scopes`: any one of them is enough; `meter` names the limit that counts it."""

    method: str
    pattern: str  # of the path without its version; `{name}` takes one segment
    handler: Handler
    scopes: Scopes = ()
    meter: str = COUNTED


class Router:
    """The table, bucketed by method and number of segments."""

    def __init__(self, routes: list[Route]) -> None:
        self._buckets: dict[tuple[str, int], list[tuple[re.Pattern[str], Route]]] = {}
        for route in routes:
            pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route.pattern))
            key = (route.method, route.pattern.count("/"))
            self._buckets.setdefault(key, []).append((pattern, route))

    def find(self, method: str, path: str) -> tuple[Route, str, dict[str, str]] | None:
        """The route, the version and the decoded arguments of a path; None when there is none."""
        version, bare = split_version(path)
        for pattern, route in self._buckets.get((method, bare.count("/")), ()):
            match = pattern.fullmatch(bare)
            if match is not None:
                args = match.groupdict()
                return route, version, args if "%" not in bare else {name: unquote(text) for name, text in args.items()}
        return None

    def methods(self, path: str) -> list[str]:
        """The methods under which a path is served."""
        bare = split_version(path)[1]
        buckets = ((key[0], bucket) for key, bucket in self._buckets.items() if key[1] == bare.count("/"))
        return sorted(method for method, bucket in buckets if any(p.fullmatch(bare) for p, _ in bucket))


def split_version(path: str) -> tuple[str, str]:
    """The version segment among the first three, and the path without it; a trailing slash does not count."""
    segments = path.rstrip("/").split("/")
    for place in range(1, min(4, len(segments))):
        if _VERSION.fullmatch(segments[place]):
            return segments[place], "/".join(segments[:place] + segments[place + 1 :])
    return "", "/".join(segments)


def batch_response(call: Call, results: list[Any], errors: list[dict[str, Any]], *, success: int = 200) -> Response:
    """The envelope of a batch: 207 with errors, except from 2026-09 on, where they travel in the usual answer."""
    at = call.state.now_ms()
    sent: dict[str, Any] = {"status": "COMPLETE", "results": results}
    if errors:
        sent |= {"numErrors": len(errors), "errors": errors}
    sent |= {"startedAt": iso(at), "completedAt": iso(at)}
    return json_response(207 if errors and not call.newest else success, sent)
