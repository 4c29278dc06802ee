"""The vendors' listener: providers of company data, each under its own path prefix, in its own odd shape.

A file per vendor makes a handler from a `VendorState`; `coverage` says what each vendor believes of each company, and
`register` finds the company that is meant. One line in `VENDORS` offers a vendor. As everywhere in the sandbox, nothing
of `syncer` or `connectors` may be imported, and nothing here looks at a wall clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from sandbox.kernel import Request, Response, SandboxClock, json_response
from sandbox.population.world import World
from sandbox.vendors import apollo, builtwith, companies_house, dns, edgar, gleif, hunter, job_boards, pdl, site
from sandbox.vendors.coverage import HABITS, knowledge
from sandbox.vendors.state import Handler, Trouble, VendorState

__all__ = ["VENDORS", "Trouble", "VendorState", "Vendors"]

VENDORS: Final[Mapping[str, Callable[[VendorState], Handler]]] = {
    "apollo": apollo.make,
    "builtwith": builtwith.make,
    "companies_house": companies_house.make,
    "dns": dns.make,
    "edgar": edgar.make,
    "gleif": gleif.make,
    "hunter": hunter.make,
    "job_boards": job_boards.make,
    "pdl": pdl.make,
    "site": site.make,
}

_PAGE: Final = b"<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
_DAMAGE: Final[Mapping[Trouble, Response]] = {
    Trouble.GARBAGE: Response(200, {"Content-Type": "application/json"}, b"\x00\xff<<not json>>"),
    Trouble.TRUNCATED: Response(200, {"Content-Type": "application/json"}, b'{"id": "1", "name": "Acm'),
    Trouble.HTML: Response(502, {"Content-Type": "text/html"}, _PAGE),
}


class Vendors:
    """A door like the two models'. `states` by vendor name; `keys` holds the valid key of those that want one."""

    def __init__(self, world: World, clock: SandboxClock, url: str = "", keys: Mapping[str, str] | None = None) -> None:
        known = keys or {}
        self.states = {name: VendorState(name, world, clock, known.get(name, ""), f"{url}/{name}") for name in VENDORS}
        self._handlers = {name: make(self.states[name]) for name, make in VENDORS.items()}

    def believed(self, domain: str) -> dict[str, Any]:
        """What each vendor with gaps of its own holds of the company at a domain, in the world's own words.

        Raises LookupError where the world has no such company.
        """
        told: dict[str, Any] = {}
        for name in HABITS:
            state = self.states[name]
            company = state.register.by_domain(domain)
            if company is None:
                raise LookupError(domain)
            entry = knowledge(state, company)
            told[name] = None if entry is None else entry.as_json()
        return told

    def handle(self, request: Request) -> Response:
        name, _, rest = request.path.lstrip("/").partition("/")
        handler = self._handlers.get(name)
        if handler is None:
            return json_response(404, {"error": "not_found", "message": f"no vendor answers at {request.path}"})
        state = self.states[name]
        state.calls += 1
        damage = state.broken()
        if damage is not None:
            spoiled = _DAMAGE[damage]
            return replace(spoiled, headers=dict(spoiled.headers))
        return handler(replace(request, path=f"/{rest}", _params=None))
