"""Hunter: `/v2/companies/find`. Sizes are often a range; a used-up plan is 429 `too_many_requests`, haste is 403."""

from __future__ import annotations

from typing import Any, Final

from sandbox.kernel import Request, Response, json_response
from sandbox.vendors.coverage import Knowledge, knowledge
from sandbox.vendors.state import Handler, Trouble, VendorState, Window

# Sector, industry group and industry: a classification of three levels in which IT security is system software.
_CATEGORIES: Final = {
    "IT security": ("Information Technology", "Software & Services", "Systems Software"),
    "Software": ("Information Technology", "Software & Services", "Application Software"),
    "IT services": ("Information Technology", "Software & Services", "IT Consulting & Other Services"),
    "Telecommunications": ("Communication Services", "Telecommunication Services", "Telecommunications"),
    "Banking": ("Financials", "Banks", "Diversified Banks"),
    "Insurance": ("Financials", "Insurance", "Multi-line Insurance"),
    "Health care": ("Health Care", "Health Care Equipment & Services", "Health Care Facilities"),
    "Retail": ("Consumer Discretionary", "Retailing", "Specialty Retail"),
    "Manufacturing": ("Industrials", "Capital Goods", "Industrial Machinery"),
    "Logistics": ("Industrials", "Transportation", "Air Freight & Logistics"),
}
_RANGES: Final = ((10, "1-10"), (50, "11-50"), (250, "51-250"), (1000, "251-1K"), (5000, "1K-5K"), (10000, "5K-10K"))
_REFUSALS: Final = {
    Trouble.UNAUTHORISED: (401, "authentication_failed", "No user found for the API key supplied"),
    Trouble.THROTTLED: (403, "rate_limit_reached", "Too many requests in a short time"),
    Trouble.OUT_OF_CREDIT: (429, "too_many_requests", "All searches of this billing period are used; change your plan"),
}


def make(state: VendorState) -> Handler:
    state.windows |= {"second": Window(15, 1_000), "minute": Window(500, 60_000)}
    state.troubles = frozenset(Trouble)

    def answer(request: Request) -> Response:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        trouble = state.trouble(request.headers.get("x-api-key") or request.param("api_key") or bearer)
        if trouble is Trouble.PENDING:
            return json_response(202, {"data": None, "meta": {"message": "The look-up is in progress"}})
        if trouble is not None:
            return _refused(*_REFUSALS[trouble])
        if (request.method, request.path) != ("GET", "/v2/companies/find"):
            return _refused(404, "not_found", "This endpoint does not exist")
        domain = request.param("domain") or ""
        if "." not in domain:
            return _refused(400, "wrong_params", "You must give a valid domain")
        company = state.register.by_domain(domain)
        entry = None if company is None else knowledge(state, company)
        if entry is None:
            return _refused(404, "not_found", "No company was found for the domain")
        state.charge()
        return json_response(200, {"data": _fields(entry), "meta": {"domain": domain}})

    return answer


def _refused(status: int, name: str, details: str) -> Response:
    return json_response(status, {"errors": [{"id": name, "code": status, "details": details}]})


def _fields(entry: Knowledge) -> dict[str, Any]:
    company, place = entry.company, entry.place
    sector, group, industry = (None, None, None) if entry.trade is None else _CATEGORIES[entry.trade.name]
    return {
        "name": entry.name,
        "legalName": None,
        "domain": company.domain,
        "domainAliases": [],
        "category": {"sector": sector, "industryGroup": group, "industry": industry, "naicsCode": None},
        "tags": [] if entry.trade is None else [entry.trade.name],
        "description": None if entry.trade is None else f"{entry.name}: {entry.trade.name}",
        "foundedYear": entry.founded,
        "location": None if place is None else f"{company.street}, {place.postal} {place.city}, {place.country}",
        "geo": {
            "city": None if place is None else place.city,
            "state": None if place is None else place.state or None,
            "postalCode": None if place is None else place.postal,
            "country": None if place is None else place.country,
            "countryCode": None if place is None else place.code,
        },
        "phone": entry.phone,
        "site": {"phoneNumbers": [] if entry.phone is None else [entry.phone], "emailAddresses": []},
        "metrics": _metrics(entry),
        "tech": [sighting.name.lower().replace(" ", "_") for sighting in entry.sightings],
        "techCategories": [],
        "type": "private",
        "ticker": None,
        "fundingRounds": [],
        "linkedin": {"handle": None if entry.linkedin is None else f"company/{entry.linkedin}"},
    }


def _metrics(entry: Knowledge) -> dict[str, Any]:
    """One size in three is known as a range only, which then stands in both places."""
    employees: int | str | None = entry.employees
    band = None if employees is None else next((name for most, name in _RANGES if employees <= most), "10K+")
    if entry.company.number % 3 == 0:
        employees = band
    revenue = entry.revenue
    return {
        "employees": employees,
        "employeesRange": band,
        "annualRevenue": revenue,
        "estimatedAnnualRevenue": None if revenue is None else f"${revenue // 1_000_000}M",
        "raised": None,
        "marketCap": None,
        "trafficRank": "low",
    }
