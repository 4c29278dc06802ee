"""BuiltWith: `/v22/api.json`, several look-ups a call. Errors stand in answers of status 200; times are epoch ms."""

from __future__ import annotations

from typing import Any, Final

from sandbox.kernel import Request, Response, json_response
from sandbox.vendors.coverage import DAY_MS, Knowledge, knowledge
from sandbox.vendors.state import Handler, Trouble, VendorState, Window

_MOST: Final = 16
_TAGS: Final = {
    "Google Analytics": "analytics",
    "WordPress": "cms",
    "Cloudflare": "cdn",
    "Amazon Web Services": "hosting",
    "Microsoft Azure": "hosting",
    "Okta": "widgets",
}
_ERRORS: Final = {
    Trouble.UNAUTHORISED: (-2, "API Key is incorrect. You can get your API key from https://api.builtwith.com."),
    Trouble.OUT_OF_CREDIT: (-3, "You've run out of API Credits."),
}


def make(state: VendorState) -> Handler:
    state.windows["second"] = Window(10, 1_000)

    def answer(request: Request) -> Response:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        trouble = state.trouble(key if scheme == "API" and key else request.param("KEY"))
        if trouble is Trouble.THROTTLED:
            body = {"error": "Too many requests", "retryAfterSeconds": 1}
            return json_response(429, body, {"X-RATELIMIT-REMAINING": "0"})
        if trouble is not None:
            return _failed(state, *_ERRORS[trouble])
        if (request.method, request.path) != ("GET", "/v22/api.json"):
            return Response(404, {"Content-Type": "text/html"}, b"<html><body>Not Found</body></html>")
        domains = [name.strip().lower() for name in (request.param("LOOKUP") or "").split(",") if name.strip()]
        if not domains or len(domains) > _MOST or any("." not in name for name in domains):
            return _failed(state, -8, "Invalid or ignored domain.")
        entries = [entry for domain in domains if (entry := _entry(state, domain)) is not None]
        state.charge(len(domains))
        results = [_result(entry) for entry in entries]
        return json_response(200, {"Results": results, "Errors": [], "Trust": None}, _headers(state))

    return answer


def _entry(state: VendorState, domain: str) -> Knowledge | None:
    company = state.register.by_domain(domain)
    return None if company is None else knowledge(state, company)


def _headers(state: VendorState) -> dict[str, str]:
    return {
        "X-API-CREDITS-AVAILABLE": str(max(0, state.credits) + state.charged),
        "X-API-CREDITS-USED": str(state.charged),
        "X-API-CREDITS-REMAINING": str(max(0, state.credits)),
        "X-RATELIMIT-LIMIT": "10",
        "X-RATELIMIT-REMAINING": str(state.windows["second"].left),
    }


def _failed(state: VendorState, code: int, message: str) -> Response:
    body = {"Results": [], "Errors": [{"Lookup": None, "Code": code, "Message": message}]}
    return json_response(200, body, _headers(state))


def _result(entry: Knowledge) -> dict[str, Any]:
    domain, place = entry.company.domain, entry.place
    found = [
        {
            "Name": sighting.name,
            "Tag": _TAGS.get(sighting.name, "mx"),
            "Categories": [],
            "FirstDetected": sighting.first_ms,
            "LastDetected": sighting.last_ms,
            "Live": sighting.last_ms > entry.seen_ms - 60 * DAY_MS,
            "IsPremium": "no",
            "Attributes": [],
        }
        for sighting in entry.sightings
    ]
    path = {
        "FirstIndexed": entry.seen_ms - 1500 * DAY_MS,
        "LastIndexed": entry.seen_ms,
        "Domain": domain,
        "Url": "",
        "SubDomain": "",
        "Technologies": found,
    }
    meta = {
        "CompanyName": entry.name,
        "Vertical": "Business And Industrial",
        "City": None if place is None else place.city,
        "State": None if place is None else place.state,
        "Postcode": None if place is None else place.postal,
        "Country": None if place is None else place.code,
        "Telephones": [] if entry.phone is None else [entry.phone],
        "Emails": [],
    }
    return {
        "Result": {"SpendHistory": [], "IsDB": "True", "Spend": 0, "Paths": [path]},
        "Meta": meta,
        "Attributes": {"Employees": 0},
        "Lookup": domain,
        "FirstIndexed": path["FirstIndexed"],
        "LastIndexed": path["LastIndexed"],
    }
