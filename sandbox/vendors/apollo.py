"""Apollo: `/api/v1/organizations/enrich` and `/api/v1/people/match`. A miss is 200 and null; a wrong key plain text."""

from __future__ import annotations

from typing import Any, Final

from sandbox import chance
from sandbox.kernel import BadJson, Request, Response, json_response
from sandbox.population.world import Person
from sandbox.vendors.coverage import Knowledge, knowledge
from sandbox.vendors.state import Handler, Trouble, VendorState, Window

_INDUSTRIES: Final = {
    "IT security": "computer & network security",
    "Software": "computer software",
    "IT services": "information technology & services",
    "Telecommunications": "telecommunications",
    "Banking": "banking",
    "Insurance": "insurance",
    "Health care": "hospital & health care",
    "Retail": "retail",
    "Manufacturing": "machinery",
    "Logistics": "logistics & supply chain",
}
_SENIORITIES: Final = {"executive": "c_suite", "employee": "entry"}
_DEPARTMENTS: Final = {
    "IT": "master_information_technology",
    "Security": "master_information_technology",
    "Customer Success": "master_customer_success",
}
_INACCESSIBLE: Final = {
    "error": "api/v1/{} is not accessible with this api_key on a free plan.",
    "error_code": "API_INACCESSIBLE",
}


def make(state: VendorState) -> Handler:
    state.windows["minute"] = Window(1_000, 60_000)

    def answer(request: Request) -> Response:
        trouble = state.trouble(request.headers.get("x-api-key"))
        if trouble is not None:
            return _refused(state, trouble)
        asked: dict[str, Any] = {name: values[0] for name, values in request.params.items()}
        if request.body:
            try:
                asked |= dict(request.json())
            except (BadJson, TypeError, ValueError):
                return json_response(422, {"error": "The request body is not valid JSON"}, _headers(state))
        if (request.method, request.path) == ("GET", "/api/v1/organizations/enrich"):
            return _organization(state, asked)
        if (request.method, request.path) == ("POST", "/api/v1/people/match"):
            return _person(state, asked)
        if request.path.startswith("/api/v1/"):
            return json_response(403, _INACCESSIBLE, _headers(state))
        return Response(404, {"Content-Type": "text/plain"}, b"Not Found")

    return answer


def _headers(state: VendorState) -> dict[str, str]:
    window = state.windows["minute"]
    return {"x-rate-limit-minute": str(window.limit), "x-minute-requests-left": str(window.left)}


def _refused(state: VendorState, trouble: Trouble) -> Response:
    if trouble is Trouble.UNAUTHORISED:
        return Response(401, {"Content-Type": "text/plain"}, b"Invalid access credentials.")
    if trouble is Trouble.OUT_OF_CREDIT:
        text = "You have insufficient credits! Please upgrade your plan to purchase additional credits."
        return json_response(422, {"error": text}, _headers(state))
    window = state.windows["minute"]
    text = f"The maximum number of api calls allowed for organizations/enrich is {window.limit} times per minute."
    left_s = max(1, (window.ends_ms - state.clock.now_ms() + 999) // 1000)
    return json_response(429, {"message": text}, _headers(state) | {"retry-after": str(left_s)})


def _organization(state: VendorState, asked: dict[str, Any]) -> Response:
    domain, name = str(asked.get("domain") or ""), str(asked.get("name") or "")
    if not domain and not name:
        return json_response(422, {"error": "Please provide a domain, name, website or linkedin_url"}, _headers(state))
    company = state.register.by_domain(domain) if domain else state.register.by_name(name)
    entry = None if company is None else knowledge(state, company)
    if entry is None:  # some companies are known as an empty object
        empty = {} if chance.number("apollo", domain, name) % 2 else None
        return json_response(200, {"organization": empty}, _headers(state))
    state.charge()
    return json_response(200, {"organization": _organization_fields(entry)}, _headers(state))


def _organization_fields(entry: Knowledge) -> dict[str, Any]:
    company, place = entry.company, entry.place
    industry = None if entry.trade is None else _INDUSTRIES[entry.trade.name]
    where = None if place is None else f"{company.street}, {place.city}, {place.country}"
    return {
        "id": f"{chance.number('apollo id', company.number):024x}",
        "name": entry.name,
        "website_url": f"http://www.{company.domain}",
        "primary_domain": company.domain,
        "linkedin_url": None if entry.linkedin is None else f"http://www.linkedin.com/company/{entry.linkedin}",
        "phone": entry.phone,
        "founded_year": entry.founded,
        "industry": industry,
        "industries": [] if industry is None else [industry],
        "keywords": [] if entry.trade is None else [entry.trade.name.lower()],
        "estimated_num_employees": entry.employees,
        "annual_revenue": None if entry.revenue is None else float(entry.revenue),
        "annual_revenue_printed": None if entry.revenue is None else f"{entry.revenue / 1e6:.1f}M",
        "street_address": None if place is None else company.street,
        "city": None if place is None else place.city,
        "state": None if place is None else place.state or None,
        "postal_code": None if place is None else place.postal,
        "country": None if place is None else place.country,
        "raw_address": where,
        "short_description": None if entry.trade is None else f"{entry.name} works in {entry.trade.name.lower()}.",
        "publicly_traded_symbol": None,
        "technology_names": [sighting.name for sighting in entry.sightings],
        "current_technologies": [
            {"uid": sighting.name.lower().replace(" ", "_"), "name": sighting.name, "category": "Other"}
            for sighting in entry.sightings
        ],
        "suborganizations": [],
    }


def _person(state: VendorState, asked: dict[str, Any]) -> Response:
    person = state.register.by_email(str(asked.get("email") or ""))
    if person is None or chance.share(state.world.seed, "apollo person", person.number) > 0.65:
        return json_response(200, {"person": None}, _headers(state))
    state.charge()
    return json_response(200, {"person": _person_fields(person)}, _headers(state))


def _person_fields(person: Person) -> dict[str, Any]:
    department = _DEPARTMENTS.get(person.department, f"master_{person.department.lower()}")
    return {
        "id": f"{chance.number('apollo person id', person.number):024x}",
        "name": f"{person.first} {person.last}",
        "title": person.title,
        "seniority": _SENIORITIES.get(person.seniority, person.seniority),
        "departments": [department],
        "email": person.email,
        "email_status": "verified",
        "city": person.place.city,
        "state": person.place.state or None,
        "country": person.place.country,
        "phone_numbers": [],  # told to a webhook, and only on request
    }
