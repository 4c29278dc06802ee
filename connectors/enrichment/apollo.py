"""Apollo: companies and persons. A miss is 200 with nothing in it; used-up credits have no status of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from requests.adapters import BaseAdapter

from connectors import http
from connectors.base import AccessError, Clock, Entropy, QuotaError, RemoteError, TransientError
from connectors.budget import RateLimit
from connectors.enrichment.lookup import Access, Line
from connectors.enrichment.paid import BILLED, Paid, Seen, gathered, host, money, table, unknown, whole
from connectors.enrichment.places import country_code
from connectors.enrichment.provider import AnswerState, Found, Known, Question
from connectors.enrichment.reading import list_of, table_of, text_of
from connectors.policy import parse_retry_after

NAME: Final = "apollo"
BASE_URL: Final = "https://api.apollo.io"
COMPANY: Final = frozenset(
    {
        "name", "industry", "number_of_employees", "annual_revenue", "technologies", "year_founded", "description",
        "country", "city", "state", "postal_code", "phone", "website", "ticker_symbol", "linkedin",
    }
)  # fmt: skip
PERSON: Final = frozenset({"job_title", "seniority", "department", "city", "country", "phone"})
_TRUST: Final = {
    "number_of_employees": 0.85, "annual_revenue": 0.7, "technologies": 0.8, "industry": 0.88, "year_founded": 0.85,
}  # fmt: skip
_CREDIT: Final = re.compile(r"\bcredits?\b", re.IGNORECASE)
_ELSEWHERE: Final = 0.6  # asked for one domain, answered about another: a parent, or another's address
_BY_NAME: Final = 0.6
_KEY_SCOPE: Final = "In Apollo, allow this endpoint for the key in [enrichment.apollo], or change the plan."


def apollo(access: Access, clock: Clock, entropy: Entropy, *, mounts: Mapping[str, BaseAdapter] | None = None) -> Paid:
    """The source as a `Provider`; nothing is sent yet."""
    line = Line(
        NAME,
        access.at(BASE_URL),
        clock,
        entropy,
        rate=RateLimit(1_000, 60_000),
        headers={"x-api-key": access.api_key},
        refusal=lambda answer: _refusal(answer, clock.now_ms()),
        mounts=mounts,
    )
    needed = {"account": (("domain",), ("name",)), "person": (("email",),)}
    return Paid(NAME, {"account": COMPANY, "person": PERSON}, needed, look, line)


def look(line: Line, questions: Sequence[Question]) -> Sequence[Seen]:
    """One question, one call."""
    (question,) = questions
    if question.kind == "person":
        url = f"{line.access.base_url}/api/v1/people/match"
        answer = line.send(http.Call("POST", url, NAME, BILLED, json={"email": question.email}))
        known = table_of(table(answer), "person")
        found = _of_person(known)
    else:
        who = {"domain": question.domain} if question.domain else {"name": question.name}
        answer = line.get("/api/v1/organizations/enrich", who, effect=BILLED)
        unknown(answer, False)
        known = table_of(table(answer), "organization")
        found = _of_company(known, question.domain)
    ref = answer.headers.get("x-request-id", "")
    if not known:
        return [Seen(state=AnswerState.MISS, ref=ref, why=f"no {question.kind} is known by this")]
    return [Seen(tuple(found), Decimal(1), ref)]


def _of_company(body: Mapping[str, Any], domain: str) -> list[Found]:
    at = text_of(body, "primary_domain") or host(text_of(body, "website_url"))
    match = _BY_NAME if not domain else (0.95 if at in ("", domain) else _ELSEWHERE)
    values: dict[str, Known | None] = {
        "name": text_of(body, "name"),
        "industry": text_of(body, "industry"),
        "number_of_employees": whole(body.get("estimated_num_employees"), 1),
        "annual_revenue": money(body.get("annual_revenue")),
        "technologies": _technologies(body),
        "year_founded": whole(body.get("founded_year"), 1000),
        "description": text_of(body, "short_description"),
        "country": country_code(text_of(body, "country")),
        "city": text_of(body, "city"),
        "state": text_of(body, "state"),
        "postal_code": text_of(body, "postal_code"),
        "phone": text_of(body, "sanitized_phone") or text_of(body, "phone"),
        "website": at,
        "ticker_symbol": text_of(body, "publicly_traded_symbol").upper(),
        "linkedin": text_of(body, "linkedin_url"),
    }
    return gathered(values, match, _TRUST, evidence=f"Apollo: {text_of(body, 'name')}"[:300])


def _technologies(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Product names from either list; an older shape has the names alone."""
    named = [name for name in list_of(body, "technology_names") if isinstance(name, str)]
    current = [text_of(item, "name") for item in list_of(body, "current_technologies")]
    return tuple(dict.fromkeys(name.strip() for name in [*current, *named] if name.strip()))


def _of_person(body: Mapping[str, Any]) -> list[Found]:
    """A telephone number stands here only where the plan tells it at once; on request it goes to a webhook."""
    phones = [text_of(item, "sanitized_number") for item in list_of(body, "phone_numbers")]
    departments = [name for name in list_of(body, "departments") if isinstance(name, str)]
    values: dict[str, Known | None] = {
        "job_title": text_of(body, "title"),
        "seniority": text_of(body, "seniority").replace("_", " "),
        "department": next(iter(departments), "").removeprefix("master_").replace("_", " "),
        "city": text_of(body, "city"),
        "country": country_code(text_of(body, "country")),
        "phone": next(filter(None, phones), ""),
    }
    return gathered(values, 0.9, _TRUST, evidence=f"Apollo: {text_of(body, 'title')}"[:300])


def _refusal(answer: http.Answer, now_ms: int) -> RemoteError | None:
    """Used-up credits come as 402, 403 or 422, and only the words tell; a wrong key is 401 in plain text."""
    code = text_of(answer.value, "error_code")
    if answer.status in (402, 403, 422) and _CREDIT.search(answer.body.decode("utf-8", "replace")):
        return QuotaError("the credits are used up", code=code)
    if code == "API_INACCESSIBLE":
        return AccessError("the key or the plan does not allow this endpoint", code=code, action=_KEY_SCOPE)
    if answer.status == 429:
        retry_s = parse_retry_after(answer.headers.get("retry-after"), now_ms)
        return TransientError("too many calls", code="rate_limit", retry_after_s=retry_s)
    return None
