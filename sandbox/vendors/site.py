"""The seeded companies' home pages at `/{domain}/`, with the marks of their tools. Some moved, some are sloppy."""

from __future__ import annotations

from html import escape
from typing import Final

from sandbox import chance
from sandbox.kernel import Request, Response
from sandbox.population.world import Company
from sandbox.vendors.state import BROKEN, Handler, Trouble, VendorState
from sandbox.vendors.traces import left_by

KINDS: Final = ("script", "header", "cookie", "meta")
_MOVED: Final = 0.1  # share of the sites whose page lies elsewhere
_SLOPPY: Final = 0.2  # share of the pages that close nothing
_NONE: Final = 0.05  # share of the companies without a site


def make(state: VendorState) -> Handler:
    state.troubles = frozenset({Trouble.THROTTLED, Trouble.UNAUTHORISED}) | BROKEN

    def handle(request: Request) -> Response:
        trouble = state.trouble(None)
        if trouble is Trouble.THROTTLED:
            return Response(429, {"Content-Type": "text/html", "Retry-After": "30"}, b"<h1>Slow down</h1>")
        if trouble is Trouble.UNAUTHORISED:
            return Response(403, {"Content-Type": "text/html"}, b"<h1>Are you a robot?</h1>")
        domain, _, rest = request.path.lstrip("/").partition("/")
        company = state.register.by_domain(domain)
        if company is None or not has_site(state, company) or rest not in ("", "en/"):
            return Response(404, {"Content-Type": "text/html"}, b"<h1>Not Found</h1>")
        if not rest and chance.share(state.world.seed, "moved", company.number) < _MOVED:
            return Response(301, {"Location": "en/"})
        return _page(state, company)

    return handle


def has_site(state: VendorState, company: Company) -> bool:
    return chance.share(state.world.seed, "site", company.number) >= _NONE


def _page(state: VendorState, company: Company) -> Response:
    seed = state.world.seed
    headers = {"Content-Type": "text/html; charset=utf-8", "Server": "nginx"}
    headers |= dict(left_by(seed, company, "header").values())  # type: ignore[arg-type]
    cookies = [str(cookie) for cookie in left_by(seed, company, "cookie").values()]
    if cookies:
        headers["Set-Cookie"] = ", ".join(cookies)
    metas = "".join(
        f'<meta name="{name}" content="{escape(content)}">'
        for name, content in left_by(seed, company, "meta").values()  # type: ignore[misc]
    )
    scripts = "".join(
        f'<script async src="{escape(str(source))}"></script>' for source in left_by(seed, company, "script").values()
    )
    title = escape(company.name)
    body = f"<h1>{title}</h1><p>{escape(company.trade.name)} from {escape(company.place.city)}.</p>"
    page = f"<!DOCTYPE html><html><head><title>{title}</title>{metas}{scripts}</head><body>{body}</body></html>"
    if chance.share(seed, "sloppy", company.number) < _SLOPPY:
        page = f"<title>{title}</title>{metas}<div <b>{scripts}</i></table>{body}<p <!-- {title}"
    return Response(200, headers, page.encode())
