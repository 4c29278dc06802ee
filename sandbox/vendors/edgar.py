"""The American regulator: a list of who is listed, and a file for each. It refuses callers who do not say who they are.

Listed are large American companies among the first ten thousand of the world: the list is one file.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from sandbox import chance
from sandbox.kernel import Request, Response, json_response
from sandbox.population.world import Company, World
from sandbox.vendors.legal import BRANCHES, cik, legal_name, state_code
from sandbox.vendors.state import BROKEN, Handler, Trouble, VendorState, Window

_WITHIN: Final = 10_000
_LEAST_EMPLOYEES: Final = 200
_ADDRESS: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_FILE: Final = re.compile(r"/submissions/CIK([0-9]{10})\.json")
_SHARE: Final = 0.8


def make(state: VendorState) -> Handler:
    state.troubles = frozenset({Trouble.THROTTLED, Trouble.UNAUTHORISED}) | BROKEN
    state.windows["second"] = Window(10, 1_000)

    def handle(request: Request) -> Response:
        trouble = state.trouble(None)
        if trouble is Trouble.UNAUTHORISED or not _ADDRESS.search(request.headers.get("user-agent", "")):
            return _page(403, "Your Request Originates from an Undeclared Automated Tool")
        if trouble is Trouble.THROTTLED:
            return _page(403, "Request Rate Threshold Exceeded")
        found = _FILE.fullmatch(request.path)
        if request.path == "/files/company_tickers.json":
            return json_response(200, _list(state.world))
        company = None if found is None else listed(state.world).get(int(found[1]))
        return _page(404, "Not Found") if company is None else json_response(200, _submissions(state.world, company))

    return handle


@lru_cache(maxsize=4)
def listed(world: World) -> dict[int, Company]:
    """Who is listed, by their number with the regulator."""
    numbers = range(min(world.accounts, _WITHIN))
    made = {cik(world.seed, number): world.company(number) for number in numbers}
    return {
        number: company
        for number, company in made.items()
        if company.place.code == "US"
        and company.employees >= _LEAST_EMPLOYEES
        and chance.share(world.seed, "edgar", company.number) < _SHARE
    }


def ticker(company: Company) -> str:
    return "".join(word[0] for word in re.findall(r"[A-Za-z]{2,}", company.name)).upper() + str(company.number)


def _list(world: World) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    for number, company in listed(world).items():
        title = legal_name(company).replace(".", "").upper()
        rows.append({"cik_str": number, "ticker": ticker(company), "title": f"{title} /DE/"})
        if company.employees > 1_000:  # a second class of shares
            rows.append({"cik_str": number, "ticker": f"{ticker(company)}-B", "title": f"{title} /DE/"})
    return {str(place): row for place, row in enumerate(rows)}


def _submissions(world: World, company: Company) -> dict[str, Any]:
    number, place = cik(world.seed, company.number), company.place
    code, words, _ = BRANCHES[company.trade.name]
    told = chance.share(world.seed, "edgar", "website", company.number) < 0.4
    address = {
        "street1": company.street.upper(),
        "street2": None,
        "city": place.city.upper(),
        "stateOrCountry": state_code(company),
        "zipCode": place.postal,
        "stateOrCountryDescription": state_code(company),
    }
    return {
        "cik": f"{number:010d}",
        "entityType": "operating",
        "sic": code,
        "sicDescription": words,
        "name": legal_name(company).replace(".", "").upper(),
        "tickers": [ticker(company)],
        "exchanges": ["Nasdaq"],
        "ein": "000000000",
        "website": f"https://www.{company.domain}" if told else "",
        "stateOfIncorporation": "DE",
        "fiscalYearEnd": "1231",
        "addresses": {"mailing": address, "business": address},
        "formerNames": [],
        "filings": {"recent": {"accessionNumber": []}, "files": []},
    }


def _page(status: int, title: str) -> Response:
    body = f"<!DOCTYPE html><html><head><title>SEC.gov | {title}</title></head><body><h1>{title}</h1></body></html>"
    return Response(status, {"Content-Type": "text/html"}, body.encode())
