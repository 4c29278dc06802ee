"""A company's own home page, looked at once, for the marks that its tools leave. One page, no script is run."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from ipaddress import ip_address
from typing import Final
from urllib.parse import urljoin, urlsplit

from requests.adapters import BaseAdapter

from connectors import http
from connectors.base import Clock, Entropy, RemoteError, TransientError
from connectors.enrichment.detections import as_found
from connectors.enrichment.fingerprints import Pack, read, shipped
from connectors.enrichment.lookup import Access, Line, Looked, OneByOne
from connectors.enrichment.page import Page, parsed
from connectors.enrichment.provider import Question
from connectors.enrichment.scan import SURENESS, scan

NAME: Final = "site"
OFFERS: Final = frozenset({"technologies"})
MOST_BYTES: Final = 2_000_000
_HOPS: Final = 5
_SITE: Final = "SITE"  # code of a refusal by one site
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_NO_PAGE: Final = frozenset(range(400, 500)) - {408, 425, 429}
_HEADERS: Final = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1", "Accept-Language": "en"}

Resolve = Callable[[str], list[str]]
"""Host name -> addresses. Raises OSError."""


def addresses(host: str) -> list[str]:
    return [str(info[4][0]) for info in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)]


def site(
    access: Access,
    clock: Clock,
    entropy: Entropy,
    *,
    mounts: Mapping[str, BaseAdapter] | None = None,
    resolve: Resolve = addresses,
) -> OneByOne:
    """The source as a `Provider`; with `base_url` the page of a domain is asked for at `base_url/domain/`.

    `rules` names a file of fingerprints; without it our own are used. Raises FingerprintError for a file of no use.
    """
    pack = read(access.rules) if access.rules else shipped()
    # A dead site is no reason to wait: the next one is asked, and this one another day.
    access = replace(access, policy=replace(access.policy, attempts=1, timeout_s=(5.0, 10.0)))
    line = Line(NAME, access, clock, entropy, headers=_HEADERS, mounts=mounts)
    return OneByOne(NAME, OFFERS, (("domain",),), lambda line, question: look(line, question, pack, resolve), line)


def look(line: Line, question: Question, pack: Pack, resolve: Resolve = addresses) -> Looked:
    """What the page shows. A site that refuses us, or has no page, is a miss; one that is down may be back tomorrow."""
    base = line.access.base_url.rstrip("/")
    url = f"{base}/{question.domain}/" if base else f"https://{question.domain}/"
    try:
        page = _fetched(line, url, resolve)
    except TransientError as error:
        if base or error.code == _SITE:
            raise
        page = _fetched(line, f"https://www.{question.domain}/", resolve)
    if isinstance(page, str):
        return Looked(why=page)
    detections, stopped = scan(page, pack, line.clock.now_ms)
    why = f"stopped, too slow: {', '.join(stopped[:5])}" if stopped else ""
    found = as_found(detections, SURENESS, page.url if page.url.startswith("https://") else "")
    return Looked(found, why or ("" if found else "the page shows no technology that a rule knows"))


def _fetched(line: Line, url: str, resolve: Resolve) -> Page | str:
    """The page, after its redirections; or why there is none."""
    base = urlsplit(line.access.base_url).netloc
    for _ in range(_HOPS + 1):
        unfit = _unfit(url, base, resolve)
        if unfit:
            return unfit
        try:
            answer = line.send(
                http.Call("GET", url, NAME, accepts=_MOVED | _NO_PAGE, decode=False, most_bytes=MOST_BYTES)
            )
        except RemoteError as error:
            if base:
                raise
            if error.code == "TLS":
                return "the site's certificate is not valid"
            if error.status is not None:  # this site's word, and no word on the next one
                raise TransientError(f"the site answers with status {error.status}", code=_SITE) from None
            raise
        if answer.status in _NO_PAGE:
            return f"the site answers with status {answer.status}"
        if answer.status not in _MOVED:
            kind = answer.headers.get("Content-Type", "text/html").partition(";")[0].strip().lower()
            if kind not in ("text/html", "application/xhtml+xml"):
                return "the site's first page is no HTML"
            return parsed(url, answer.headers, answer.body)
        url = _next(url, answer.headers.get("Location", ""))
    return "the site sends from page to page without end"


def _next(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def _unfit(url: str, base: str, resolve: Resolve) -> str:
    """Why this address is not called: a page elsewhere must not lead us to what only we can reach."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "the site sends to an address that is none"
    if base:
        return "" if parts.netloc == base else "the site sends to another host"
    if parts.scheme not in ("http", "https") or not host or port not in (None, 80, 443) or parts.username is not None:
        return "the site sends to an address that is not the web's"
    try:
        found = resolve(host)
    except (OSError, UnicodeError):
        raise TransientError("the site's name has no address") from None
    if not found or not all(ip_address(one.partition("%")[0]).is_global for one in found):
        return "the site's name leads into a private network"
    return ""
