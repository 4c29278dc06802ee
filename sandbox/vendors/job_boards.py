"""Public job boards: Greenhouse, Lever and Ashby, each in its own shape, each under its own first word of the path.

A company has at most one board. What it runs stands in its postings, and so do the people it looks for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any, Final
from urllib.parse import unquote

from sandbox import chance
from sandbox.kernel import Request, Response, json_response
from sandbox.population.words import PLACES, TRADES
from sandbox.population.world import Company
from sandbox.vendors.state import BROKEN, Handler, Trouble, VendorState

BOARDS: Final = ("greenhouse", "lever", "ashby")
_SHARES: Final = (0.35, 0.6, 0.75)  # up to which share of the companies each board reaches
_JOBS: Final = ("Account Executive", "Software Engineer", "Data Analyst", "Support Specialist", "Office Coordinator")


def make(state: VendorState) -> Handler:
    state.troubles = frozenset({Trouble.THROTTLED}) | BROKEN

    def handle(request: Request) -> Response:
        if state.trouble(None) is Trouble.THROTTLED:
            return Response(429, {"Content-Type": "text/plain", "Retry-After": "30"}, b"Too Many Requests")
        board, _, rest = unquote(request.path).lstrip("/").partition("/")
        answer = _ANSWERS.get(board)
        return Response(404) if answer is None else answer(state, rest, request)

    return handle


def board_of(state: VendorState, company: Company) -> str:
    """Which board the company's jobs are on; empty: none."""
    share = chance.share(state.world.seed, "board", company.number)
    return next((board for board, upto in zip(BOARDS, _SHARES, strict=True) if share < upto), "")


def token_of(company: Company) -> str:
    return company.domain.partition(".")[0]


def titles_of(state: VendorState, company: Company) -> list[str]:
    """The jobs on offer, those that matter first."""
    seed, number = state.world.seed, company.number
    many = 1 + chance.number(seed, "jobs", number) % 5
    titles = [chance.pick(_JOBS, seed, "job", number, place) for place in range(many)]
    return [hire.title for hire in company.key_hires] + titles


def tools_of(state: VendorState, company: Company) -> list[str]:
    """The tools that the postings name: most of what the company runs, and nothing else."""
    seed, number = state.world.seed, company.number
    return [tool for tool in company.technologies if chance.share(seed, "posting", number, tool) < 0.7]


def _company(state: VendorState, token: str, board: str) -> Company | None:
    """The company behind a token, which may be written without its hyphen."""
    stems = [token] if "-" in token else [f"{token[: -len(end)]}-{end}" for end in _ENDINGS if token.endswith(end)]
    for stem in stems:
        for ending in sorted({place.tld for place in PLACES}):
            company = state.register.by_domain(f"{stem}.{ending}")
            if company is not None and board_of(state, company) == board:
                return company
    return None


_ENDINGS: Final = tuple(sorted({ending.lower() for trade in TRADES for ending in trade.endings}))


def _postings(state: VendorState, company: Company) -> list[tuple[str, str]]:
    """Title and HTML of each posting."""
    tools, titles = tools_of(state, company), titles_of(state, company)
    tell = f" Day to day you work with {', '.join(tools)} &amp; more." if tools else ""
    text = f"<p>{company.name} looks for you.</p><ul><li>Own your field.{tell}</li></ul>"
    return [(title, text if place == 0 else f"<p>Join {company.name}.</p>") for place, title in enumerate(titles)]


def _greenhouse(state: VendorState, rest: str, request: Request) -> Response:
    parts = rest.split("/")
    company = _company(state, parts[2], "greenhouse") if parts[:2] == ["v1", "boards"] and len(parts) > 2 else None
    if company is None or parts[3:] not in ([], ["jobs"]):
        return json_response(404, {"status": 404, "error": "Job not found"})
    if len(parts) == 3:
        return json_response(200, {"name": company.name, "content": ""})
    jobs = [
        {"id": place, "title": title, "location": {"name": company.place.city}, "absolute_url": f"{state.url}/{place}"}
        | ({"content": escape(text)} if request.param("content") == "true" else {})  # HTML, escaped once more
        for place, (title, text) in enumerate(_postings(state, company), 1)
    ]
    return json_response(200, {"jobs": jobs, "meta": {"total": len(jobs)}})


def _lever(state: VendorState, rest: str, request: Request) -> Response:
    company = _company(state, rest.removeprefix("v0/postings/"), "lever") if rest.startswith("v0/postings/") else None
    if company is None:
        return json_response(404, {"ok": False, "error": "Document not found"})
    if request.param("mode") != "json":
        return Response(200, {"Content-Type": "text/html"}, b"<html><body>Postings</body></html>")
    jobs = [
        {"id": f"{place:08d}", "text": title, "description": text, "descriptionPlain": "", "lists": [],
         "categories": {"location": company.place.city}, "hostedUrl": f"{state.url}/{place}"}
        for place, (title, text) in enumerate(_postings(state, company), 1)
    ]  # fmt: skip
    return json_response(200, jobs)


def _ashby(state: VendorState, rest: str, request: Request) -> Response:
    prefix = "posting-api/job-board/"
    company = _company(state, rest.removeprefix(prefix), "ashby") if rest.startswith(prefix) else None
    if company is None:
        return Response(404, {"Content-Type": "text/plain"}, b"Not Found")
    jobs: list[Mapping[str, Any]] = [
        {"id": str(place), "title": title, "location": company.place.city, "isListed": True,
         "descriptionHtml": text, "jobUrl": f"{state.url}/{place}"}
        for place, (title, text) in enumerate(_postings(state, company), 1)
    ]  # fmt: skip
    unlisted = {"id": "0", "title": "Chief Secret Officer", "isListed": False, "descriptionHtml": "", "jobUrl": ""}
    return json_response(200, {"jobs": [*jobs, unlisted], "apiVersion": "1"})


_ANSWERS: Final[Mapping[str, Callable[[VendorState, str, Request], Response]]] = {
    "greenhouse": _greenhouse,
    "lever": _lever,
    "ashby": _ashby,
}
