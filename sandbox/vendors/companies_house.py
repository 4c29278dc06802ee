"""The British register: a search that answers with what is alike, and a profile a company. The key is a user name."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NoBase64
from typing import Any, Final
from urllib.parse import unquote

from sandbox import chance
from sandbox.kernel import Request, Response, json_response
from sandbox.population.world import Company
from sandbox.vendors.legal import BRANCHES, legal_name, uk_company, uk_number
from sandbox.vendors.state import BROKEN, Handler, Trouble, VendorState, Window

_NATIONS: Final = ("England", "United Kingdom", "")
_SILENT: Final = 0.2  # of all companies tell no branch


def make(state: VendorState) -> Handler:
    state.troubles = frozenset({Trouble.THROTTLED, Trouble.UNAUTHORISED}) | BROKEN
    state.windows["five minutes"] = Window(600, 300_000)

    def handle(request: Request) -> Response:
        trouble = state.trouble(_key(request))
        if trouble is Trouble.UNAUTHORISED:
            return json_response(401, {"error": "Invalid Authorization", "type": "ch:service"})
        if trouble is Trouble.THROTTLED:
            return Response(429)
        path = unquote(request.path)
        if path == "/search/companies":
            return _search(state, request.param("q", "") or "")
        return _profile(state, path.removeprefix("/company/")) if path.startswith("/company/") else _none("route")

    return handle


def _key(request: Request) -> str:
    kind, _, coded = request.headers.get("authorization", "").partition(" ")
    try:
        return b64decode(coded, validate=True).decode().partition(":")[0] if kind.lower() == "basic" else ""
    except (NoBase64, UnicodeDecodeError):
        return ""


def _search(state: VendorState, words: str) -> Response:
    company = state.register.by_name(words)
    items: list[dict[str, Any]] = []
    if company is not None and company.place.code == "GB":
        number = uk_number(state.world.seed, company.number)
        items = [
            _item(company, f"SC{number[2:]}", legal_name(company, "Holdings"), "active"),
            _item(company, number, legal_name(company), "active"),
            _item(company, f"NI{number[2:]}", legal_name(company), "dissolved"),  # a predecessor of the same name
        ]
    return json_response(200, {"kind": "search#companies", "total_results": len(items), "items": items})


def _item(company: Company, number: str, title: str, status: str) -> dict[str, Any]:
    return {
        "kind": "searchresults#company",
        "title": title.upper(),
        "company_number": number,
        "company_status": status,
        "company_type": "ltd",
        "date_of_creation": f"{company.founded}-04-02",
        "address": {"locality": company.place.city, "postal_code": company.place.postal},
    }


def _profile(state: VendorState, text: str) -> Response:
    number = uk_company(state.world.seed, text)
    company = None if number is None or number >= state.world.accounts else state.world.company(number)
    if company is None or company.place.code != "GB":
        return _none("company-profile-not-found")
    silent = chance.share(state.world.seed, "companies_house", company.number) < _SILENT
    nation = chance.pick(_NATIONS, state.world.seed, "nation", company.number)
    address = {"address_line_1": company.street, "locality": company.place.city, "postal_code": company.place.postal}
    profile: dict[str, Any] = {
        "company_name": legal_name(company).upper(),
        "company_number": text,
        "company_status": "active",
        "type": "ltd",
        "jurisdiction": "england-wales",
        "date_of_creation": f"{company.founded}-04-02",
        "registered_office_address": address | ({"country": nation} if nation else {}),
        "previous_company_names": [],
    }
    return json_response(200, profile if silent else profile | {"sic_codes": [BRANCHES[company.trade.name][2]]})


def _none(what: str) -> Response:
    return json_response(404, {"errors": [{"error": what, "type": "ch:service"}]})
