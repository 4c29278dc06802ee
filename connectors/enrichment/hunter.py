"""Hunter: companies. 202 is a look-up under way; haste and a used-up plan share their statuses, and words tell them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from requests.adapters import BaseAdapter

from connectors import http
from connectors.base import Clock, Entropy, QuotaError, RemoteError, TransientError
from connectors.budget import RateLimit
from connectors.enrichment.lookup import Access, Line
from connectors.enrichment.paid import BILLED, Paid, Seen, gathered, money, table, unknown, whole
from connectors.enrichment.places import country_code
from connectors.enrichment.provider import AnswerState, Found, Known, Question
from connectors.enrichment.reading import list_of, table_of, text_of

NAME: Final = "hunter"
BASE_URL: Final = "https://api.hunter.io"
OFFERS: Final = frozenset(
    {
        "name", "industry", "number_of_employees", "annual_revenue", "technologies", "year_founded", "description",
        "country", "city", "state", "postal_code", "phone", "website", "ticker_symbol", "naics_code", "linkedin",
    }
)  # fmt: skip
# Its industries are those of the stock exchanges, in which a maker of security software is one of systems software:
# alone they stay below the usual floor.
_TRUST: Final = {
    "industry": 0.55, "naics_code": 0.6, "number_of_employees": 0.8, "annual_revenue": 0.65, "technologies": 0.7,
}  # fmt: skip
_USED_UP: Final = re.compile(r"usage|quota|credit|billing period|\bplan\b", re.IGNORECASE)
_PENDING_S: Final = 30.0
_SPELT: Final = {name.lower(): name for name in ("HubSpot", "WordPress", "LinkedIn", "PayPal", "SAP", "AWS")}


def hunter(access: Access, clock: Clock, entropy: Entropy, *, mounts: Mapping[str, BaseAdapter] | None = None) -> Paid:
    """The source as a `Provider`; nothing is sent yet."""
    line = Line(
        NAME,
        access.at(BASE_URL),
        clock,
        entropy,
        rate=RateLimit(15, 2_000),  # 15 a second, but 500 a minute
        headers={"X-API-KEY": access.api_key},
        refusal=_refusal,
        mounts=mounts,
    )
    return Paid(NAME, {"account": OFFERS}, {"account": (("domain",),)}, look, line)


def look(line: Line, questions: Sequence[Question]) -> Sequence[Seen]:
    """One question, one call."""
    (question,) = questions
    answer = line.get("/v2/companies/find", {"domain": question.domain}, effect=BILLED)
    ref = answer.headers.get("x-request-id", "")
    if answer.status == 202:
        return [Seen(state=AnswerState.PENDING, ref=ref, retry_in_s=_PENDING_S, why="the vendor is still looking")]
    if unknown(answer, bool(list_of(answer.value, "errors"))) or not (data := table_of(table(answer), "data")):
        return [Seen(state=AnswerState.MISS, ref=ref, why="no company is known at this domain")]
    return [Seen(tuple(_found(data, question.domain)), Decimal(1), ref)]


def _found(data: Mapping[str, Any], domain: str) -> list[Found]:
    category, geo, metrics = table_of(data, "category"), table_of(data, "geo"), table_of(data, "metrics")
    at = text_of(data, "domain")
    match = 0.92 if at in ("", domain) or domain in list_of(data, "domainAliases") else 0.55
    handle = text_of(table_of(data, "linkedin"), "handle").strip("/")
    numbers = [text for text in list_of(table_of(data, "site"), "phoneNumbers") if isinstance(text, str)]
    values: dict[str, Known | None] = {
        "name": text_of(data, "name"),
        "industry": text_of(category, "industry") or text_of(category, "industryGroup") or text_of(category, "sector"),
        "number_of_employees": whole(metrics.get("employees"), 1),  # often a range: then there is no number
        "annual_revenue": money(metrics.get("annualRevenue")),
        "technologies": tuple(dict.fromkeys(_product(slug) for slug in list_of(data, "tech") if isinstance(slug, str))),
        "year_founded": whole(data.get("foundedYear"), 1000),
        "description": text_of(data, "description"),
        "country": country_code(text_of(geo, "countryCode")) or country_code(text_of(geo, "country")),
        "city": text_of(geo, "city"),
        "state": text_of(geo, "state"),
        "postal_code": text_of(geo, "postalCode"),
        "phone": text_of(data, "phone") or next(iter(numbers), ""),
        "website": at,
        "ticker_symbol": text_of(data, "ticker").upper(),
        "naics_code": text_of(category, "naicsCode"),
        "linkedin": f"https://www.linkedin.com/{handle}" if handle else "",
    }
    return gathered(values, match, _TRUST, evidence=f"Hunter: {text_of(data, 'name')}"[:300])


def _product(slug: str) -> str:
    """`google_analytics` as its maker writes it, nearly: the vendor names technologies by slug."""
    words = slug.replace("_", " ").replace("-", " ").split()
    return " ".join(_SPELT.get(word.lower(), word[:1].upper() + word[1:]) for word in words)


def _refusal(answer: http.Answer) -> RemoteError | None:
    """403 and 429 each mean either, by edition; the id and the details say whether time or money cures it."""
    errors = list_of(answer.value, "errors")
    first = errors[0] if errors else None
    code, details = text_of(first, "id"), text_of(first, "details")
    if answer.status in (402, 403, 429) and first is not None and _USED_UP.search(f"{code} {details}"):
        return QuotaError("the plan is used up", code=code)
    if answer.status == 429 or (answer.status == 403 and re.search(r"rate|too_many", code)):
        return TransientError("too many calls", code=code)
    return None
