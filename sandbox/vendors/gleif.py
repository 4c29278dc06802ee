"""The register of legal entity identifiers as JSON:API. No key; a search answers with what is alike, too."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote

from sandbox import chance
from sandbox.kernel import Request, Response, json_response
from sandbox.population.world import Company
from sandbox.vendors.legal import legal_name, lei, lei_company, state_code, uk_number
from sandbox.vendors.state import BROKEN, Handler, Trouble, VendorState

_RECORDS: Final = "/api/v1/lei-records"
_RELATIVES: Final = ("Holdings", "Services", "International")  # alike, and not the same
_SHARE: Final = 0.7  # of all companies have an identifier


def make(state: VendorState) -> Handler:
    state.troubles = frozenset({Trouble.THROTTLED}) | BROKEN

    def handle(request: Request) -> Response:
        if state.trouble(None) is Trouble.THROTTLED:
            return _errors(429, "Too Many Requests", {"Retry-After": "60"})
        path = unquote(request.path)
        if request.method != "GET":
            return _errors(405, "Method Not Allowed")
        if path == _RECORDS:
            return _search(state, request)
        if path.startswith(f"{_RECORDS}/"):
            return _one(state, path.removeprefix(f"{_RECORDS}/"))
        return _errors(404, "Not Found")

    return handle


def has_record(state: VendorState, company: Company) -> bool:
    return chance.share(state.world.seed, "gleif", company.number) < _SHARE


def _search(state: VendorState, request: Request) -> Response:
    words = request.param("filter[entity.legalName]") or request.param("filter[fulltext]")
    if not words:
        return _errors(400, "Bad Request")
    company = state.register.by_name(words)
    records: list[dict[str, Any]] = []
    if company is not None:
        records = [_record(state, company, word) for word in _RELATIVES]
        if has_record(state, company):
            records.insert(1, _record(state, company))
    meta = {"pagination": {"currentPage": 1, "perPage": 20, "total": len(records), "lastPage": 1}}
    return _json(200, {"meta": meta, "data": records})


def _one(state: VendorState, identifier: str) -> Response:
    number = lei_company(state.world.seed, identifier)
    if number is not None and number < state.world.accounts:
        company = state.world.company(number)
        if has_record(state, company):
            return _json(200, {"data": _record(state, company)})
    return _errors(404, "Resource not found.")


def _record(state: VendorState, company: Company, word: str = "") -> dict[str, Any]:
    seed, place = state.world.seed, company.place
    identifier = (
        lei(seed, company.number, word[:1] if word != "Holdings" else "G") if word else lei(seed, company.number)
    )
    region = f"{place.code}-{state_code(company)}" if state_code(company) else None
    address = {
        "language": "en",
        "addressLines": [company.street],
        "city": place.city,
        "region": region,
        "country": place.code,
        "postalCode": place.postal,
    }
    dated = not word and chance.share(seed, "gleif", "dated", company.number) < 0.7
    shouted = chance.share(seed, "gleif", "shouted", company.number) < 0.3
    name = legal_name(company, word)
    updated = datetime.fromtimestamp(state.clock.now_ms() / 1000 - 40 * 86_400, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "type": "lei-records",
        "id": identifier,
        "attributes": {
            "lei": identifier,
            "entity": {
                "legalName": {"name": name.upper() if shouted else name, "language": "en"},
                "otherNames": [],
                "legalAddress": address,
                "headquartersAddress": address,
                "registeredAt": {"id": "RA000585", "other": None},
                "registeredAs": _registered_as(seed, company, word),
                "jurisdiction": region or place.code,
                "legalForm": {"id": "8888", "other": None},
                "status": "ACTIVE",
                "creationDate": f"{company.founded}-03-01T00:00:00Z" if dated else None,
            },
            "registration": {"status": "ISSUED", "lastUpdateDate": updated, "nextRenewalDate": None},
        },
        "links": {"self": f"{state.url}{_RECORDS}/{identifier}"},
    }


def _registered_as(seed: int, company: Company, word: str) -> str:
    """The number in the national register: in Britain the one that the register itself gives."""
    if company.place.code == "GB" and not word:
        return uk_number(seed, company.number)
    return f"R{chance.number(seed, 'registered', company.number, word) % 10**8:08d}"


def _json(status: int, value: Any, headers: dict[str, str] | None = None) -> Response:
    return json_response(status, value, {"Content-Type": "application/vnd.api+json", **(headers or {})})


def _errors(status: int, title: str, headers: dict[str, str] | None = None) -> Response:
    return _json(status, {"errors": [{"status": str(status), "title": title}]}, headers)
