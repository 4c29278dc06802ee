"""People Data Labs: `/v5/company/enrich` and `/v5/person/enrich`. All text in small letters, 404 for a miss."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sandbox import chance
from sandbox.kernel import BadJson, Request, Response, json_response
from sandbox.population.world import Company, Person
from sandbox.vendors.coverage import Knowledge, knowledge
from sandbox.vendors.state import Handler, Trouble, VendorState, Window

_INDUSTRIES: Final[Mapping[str, str]] = {
    "IT security": "computer & network security",
    "Software": "computer software",
    "IT services": "information technology and services",
    "Telecommunications": "telecommunications",
    "Banking": "banking",
    "Insurance": "insurance",
    "Health care": "hospital & health care",
    "Retail": "retail",
    "Manufacturing": "machinery",
    "Logistics": "logistics and supply chain",
}
NAICS: Final[Mapping[str, str]] = {
    "IT security": "541512",
    "Software": "513210",
    "IT services": "541519",
    "Telecommunications": "517111",
    "Banking": "522110",
    "Insurance": "524126",
    "Health care": "622110",
    "Retail": "455211",
    "Manufacturing": "333998",
    "Logistics": "488510",
}
_SIZES: Final = (
    (10, "1-10"),
    (50, "11-50"),
    (200, "51-200"),
    (500, "201-500"),
    (1000, "501-1000"),
    (5000, "1001-5000"),
)
_LEVELS: Final = {"executive": ["cxo"], "vp": ["vp"], "director": ["director"], "manager": ["manager"], "employee": []}
_ROLES: Final = {"IT": "engineering", "Security": "engineering", "Customer Success": "customer_service"}
_REFUSALS: Final = {
    Trouble.UNAUTHORISED: (401, "authentication_error", "Request contained a missing or invalid key"),
    Trouble.OUT_OF_CREDIT: (402, "payment_required", "You have hit your account maximum for enrichment credits"),
    Trouble.THROTTLED: (429, "rate_limit_error", "An error occurred due to requests hitting the API too quick"),
}


def make(state: VendorState) -> Handler:
    state.windows["minute"] = Window(1_000, 60_000)

    def answer(request: Request) -> Response:
        trouble = state.trouble(request.headers.get("x-api-key") or request.param("api_key"))
        if trouble is not None:
            return _refused(state, *_REFUSALS[trouble])
        handler = {"/v5/company/enrich": _company, "/v5/person/enrich": _person}.get(request.path)
        if handler is None or request.method not in ("GET", "POST"):
            return _refused(state, 404, "not_found", "No such endpoint")
        try:
            asked = request.json() if request.body else {name: values[0] for name, values in request.params.items()}
        except BadJson:
            asked = None
        if not isinstance(asked, dict):
            return _refused(state, 400, "invalid_request_error", "The body is no JSON object")
        return handler(state, {name: str(value) for name, value in asked.items()})

    return answer


def _refused(state: VendorState, status: int, kind: str, message: str) -> Response:
    return json_response(status, {"status": status, "error": {"type": kind, "message": message}}, _headers(state, 0))


def _headers(state: VendorState, spent: int) -> dict[str, str]:
    window = state.windows["minute"]
    return {
        "x-ratelimit-limit": f'{{"minute": {window.limit}}}',
        "x-ratelimit-remaining": f'{{"minute": {window.left}}}',
        "x-ratelimit-reset": str(max(1, (window.ends_ms - state.clock.now_ms() + 999) // 1000)),
        "x-call-credits-spent": str(spent),
        "x-call-credits-type": "enrich",
        "x-totallimit-remaining": str(max(0, state.credits)),
    }


def _company(state: VendorState, asked: Mapping[str, str]) -> Response:
    if not any(asked.get(name) for name in ("website", "name", "ticker", "profile", "pdl_id")):
        return _refused(state, 400, "invalid_request_error", "Request contained a missing or invalid parameter")
    website, name = asked.get("website", ""), asked.get("name", "")
    company = state.register.by_domain(website) if website else None
    likelihood = 9 if company is not None and name and company.name.lower() == name.lower() else 8
    if company is None and name:
        company, likelihood = state.register.by_name(name), 5 if asked.get("country") else 3
    entry = None if company is None else knowledge(state, company)
    if company is None or entry is None or likelihood < _least(asked):
        return _refused(state, 404, "not_found", "No records were found matching your request")
    value = _company_fields(entry)
    if not _meets(asked.get("required", ""), value):
        return _refused(state, 404, "not_found", "No records were found matching your request")
    state.charge()
    return json_response(200, {"status": 200, "likelihood": likelihood, **value}, _headers(state, 1))


def _least(asked: Mapping[str, str]) -> int:
    text = asked.get("min_likelihood", "")
    return int(text) if text.isdecimal() else 2


def _meets(required: str, value: Mapping[str, Any]) -> bool:
    """`a AND (b OR c)` over fields that are filled; both words bind alike, from the left, as without brackets."""
    tokens = re.findall(r"[()]|[\w.]+", required)
    return not tokens or _any_of(tokens, value)


def _any_of(tokens: list[str], value: Mapping[str, Any]) -> bool:
    met = _all_of(tokens, value)
    while tokens and tokens[0].upper() == "OR":
        tokens.pop(0)
        met = _all_of(tokens, value) or met
    return met


def _all_of(tokens: list[str], value: Mapping[str, Any]) -> bool:
    met = _one(tokens, value)
    while tokens and tokens[0].upper() == "AND":
        tokens.pop(0)
        met = _one(tokens, value) and met
    return met


def _one(tokens: list[str], value: Mapping[str, Any]) -> bool:
    if not tokens:
        return False
    word = tokens.pop(0)
    if word == "(":
        met = _any_of(tokens, value)
        if tokens and tokens[0] == ")":
            tokens.pop(0)
        return met
    found: Any = value
    for step in word.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found not in (None, "", [])


def _company_fields(entry: Knowledge) -> dict[str, Any]:
    company, place, trade = entry.company, entry.place, entry.trade
    return {
        "id": f"{chance.number('pdl id', company.number):016x}",
        "name": entry.name.lower(),
        "display_name": entry.name,
        "size": None if entry.employees is None else _size(entry.employees),
        "employee_count": entry.employees,
        "founded": entry.founded,
        "industry": None if trade is None else _INDUSTRIES[trade.name],
        "naics": [] if trade is None else [{"naics_code": NAICS[trade.name], "sector": trade.name.lower()}],
        "sic": [],
        "location": None
        if place is None
        else {
            "name": ", ".join(filter(None, (place.city, place.state, place.country))).lower(),
            "locality": place.city.lower(),
            "region": place.state.lower() or None,
            "country": place.country.lower(),
            "postal_code": place.postal.lower(),
            "street_address": company.street.lower(),
        },
        "linkedin_url": None if entry.linkedin is None else f"linkedin.com/company/{entry.linkedin}",
        "website": company.domain,
        "ticker": None,
        "type": "private",
        "summary": None if trade is None else f"{entry.name.lower()} is a company in {trade.name.lower()}.",
        "tags": [],
        "alternative_names": [] if entry.former_name is None else [entry.former_name.lower()],
        "alternative_domains": [],
    }


def _size(employees: int) -> str:
    return next((name for most, name in _SIZES if employees <= most), "1001+")


def _person(state: VendorState, asked: Mapping[str, str]) -> Response:
    if not (asked.get("email") or asked.get("profile") or (asked.get("name") and asked.get("company"))):
        return _refused(state, 400, "invalid_request_error", "Request contained a missing or invalid parameter")
    person = state.register.by_email(asked.get("email", ""))
    if person is None or chance.share(state.world.seed, "pdl person", person.number) > 0.7:
        return _refused(state, 404, "not_found", "No records were found matching your request")
    company = None if person.company is None else state.world.company(person.company)
    value = _person_fields(person, company)
    if not _meets(asked.get("required", ""), value):
        return _refused(state, 404, "not_found", "No records were found matching your request")
    state.charge()
    body = {"status": 200, "likelihood": 8, "data": value, "dataset_version": "31.1"}
    return json_response(200, body, _headers(state, 1))


def _person_fields(person: Person, company: Company | None) -> dict[str, Any]:
    """Premium fields are only `true` or `false`: that they exist, not what they are."""
    return {
        "id": f"{chance.number('pdl person id', person.number):016x}",
        "full_name": f"{person.first} {person.last}".lower(),
        "job_title": person.title.lower(),
        "job_title_role": _ROLES.get(person.department, person.department.lower()),
        "job_title_levels": _LEVELS[person.seniority],
        "job_company_name": None if company is None else company.name.lower(),
        "job_company_website": None if company is None else company.domain,
        "location_locality": person.place.city.lower(),
        "location_country": person.place.country.lower(),
        "mobile_phone": bool(person.mobile),
        "phone_numbers": [person.phone] if person.number % 2 else True,
    }
