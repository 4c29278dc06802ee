"""People Data Labs: companies and persons. Paid by match; a miss is a 404 and free, and so is a useless match."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from requests.adapters import BaseAdapter

from connectors import http
from connectors.base import Clock, Entropy, QuotaError, RemoteError, TransientError
from connectors.budget import RateLimit
from connectors.enrichment.lookup import NOT_THERE, Access, Line
from connectors.enrichment.paid import BILLED, Paid, Seen, credits_spent, gathered, table, titled, unknown, whole
from connectors.enrichment.places import country_code
from connectors.enrichment.provider import AnswerState, Found, Known, Question
from connectors.enrichment.reading import instant_ms, list_of, table_of, text_of

NAME: Final = "pdl"
BASE_URL: Final = "https://api.peopledatalabs.com"
_EPOCH_FROM: Final = 1_000_000_000  # a reset beyond this is a time, below it seconds from now
_SPENT: Final = "x-call-credits-spent"

# Canonical field -> the vendor's field that must be filled for it: what a match has to hold to be worth its price.
_COMPANY: Final[Mapping[str, str]] = {
    "name": "name",
    "industry": "industry",
    "number_of_employees": "employee_count",
    "year_founded": "founded",
    "description": "summary",
    "country": "location",
    "city": "location",
    "state": "location",
    "postal_code": "location",
    "website": "website",
    "ticker_symbol": "ticker",
    "naics_code": "naics",
    "linkedin": "linkedin_url",
}
_PERSON: Final[Mapping[str, str]] = {
    "job_title": "job_title",
    "seniority": "job_title_levels",
    "department": "job_title_role",
    "city": "location_locality",
    "country": "location_country",
    "phone": "phone_numbers",
}
_LIKELIHOOD: Final = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.88, 0.93, 0.96, 0.98)  # 0 to 10; the scale is logarithmic
_TRUST: Final = {"number_of_employees": 0.92, "industry": 0.9, "year_founded": 0.88, "description": 0.8, "phone": 0.75}
_SPELT: Final = {
    word.lower(): word for word in ("VP", "SVP", "EVP", "IT", "HR", "CEO", "CFO", "CTO", "CIO", "CISO", "of", "and")
}
_LEVELS: Final = ("owner", "partner", "cxo", "vp", "director", "manager", "senior", "entry", "training", "unpaid")


def pdl(access: Access, clock: Clock, entropy: Entropy, *, mounts: Mapping[str, BaseAdapter] | None = None) -> Paid:
    """The source as a `Provider`; nothing is sent yet."""
    line = Line(
        NAME,
        access.at(BASE_URL),
        clock,
        entropy,
        rate=RateLimit(1_000, 60_000),
        headers={"X-Api-Key": access.api_key},
        refusal=lambda answer: _refusal(answer, clock.now_ms()),
        mounts=mounts,
    )
    fields = {"account": frozenset(_COMPANY), "person": frozenset(_PERSON)}
    needed = {"account": (("domain",), ("name", "country")), "person": (("email",), ("name", "domain"))}
    return Paid(NAME, fields, needed, look, line)


def look(line: Line, questions: Sequence[Question]) -> Sequence[Seen]:
    """One question, one call; `required` names the fields asked for, so that a match without any of them is free."""
    (question,) = questions
    person = question.kind == "person"
    vendors = _PERSON if person else _COMPANY
    required = sorted({vendors[name] for name in question.fields if name in vendors})
    params = _who(question) | {"required": " OR ".join(required)}
    if person:  # in the body: an address in a query would stand in the logs of every machine in between
        url = f"{line.access.base_url}/v5/person/enrich"
        answer = line.send(http.Call("POST", url, NAME, BILLED, json=params, accepts=NOT_THERE))
    else:
        answer = line.get("/v5/company/enrich", params, effect=BILLED)
    if unknown(answer, text_of(table_of(answer.value, "error"), "type") == "not_found"):
        return [Seen(state=AnswerState.MISS, why="no record, or none with any of the fields asked for")]
    body = table(answer)
    if person:
        found = _of_person(table_of(body, "data"), _match(body))
    else:
        found = _of_company(body, _match(body), question.domain)
    return [Seen(tuple(found), credits_spent(answer, _SPENT, Decimal(1)), answer.headers.get("x-request-id", ""))]


def _who(question: Question) -> dict[str, str]:
    if question.kind == "person":
        said = {"email": question.email, "name": question.name, "company": question.domain}
    else:
        said = {
            "website": question.domain,
            "name": question.name,
            "country": question.country,
            "region": question.region,
            "locality": question.city,
            "postal_code": question.postal_code,
        }
    return {name: value for name, value in said.items() if value}


def _match(body: Mapping[str, Any]) -> float:
    likelihood = whole(body.get("likelihood"))
    return 0.5 if likelihood is None else _LIKELIHOOD[min(likelihood, 10)]


def _of_company(body: Mapping[str, Any], match: float, domain: str) -> list[Found]:
    place = table_of(body, "location")
    codes = [text_of(item, "naics_code") for item in list_of(body, "naics")]
    known = [text_of(body, "website"), *list_of(body, "alternative_domains")]
    if domain and any(known) and domain not in known:
        match *= 0.5  # by name, then, and under another roof
    values: dict[str, Known | None] = {
        "name": text_of(body, "display_name") or titled(text_of(body, "name")),
        "industry": text_of(body, "industry"),
        "number_of_employees": whole(body.get("employee_count"), 1),
        "year_founded": whole(body.get("founded"), 1000),
        "description": text_of(body, "summary"),
        "country": country_code(text_of(place, "country")),
        "city": titled(text_of(place, "locality")),
        "state": titled(text_of(place, "region")),
        "postal_code": text_of(place, "postal_code").upper(),
        "website": text_of(body, "website"),
        "ticker_symbol": text_of(body, "ticker").upper(),
        "naics_code": next(filter(None, codes), ""),
        "linkedin": _address(text_of(body, "linkedin_url")),
    }
    return gathered(
        values, match, _TRUST, evidence=f"People Data Labs, likelihood {whole(body.get('likelihood'))} of 10"
    )


def _of_person(data: Mapping[str, Any], match: float) -> list[Found]:
    """A plan without a field gets `true` or `false` in its place: that the vendor has it, not what it is."""
    levels = [level for level in list_of(data, "job_title_levels") if level in _LEVELS]
    phones = [phone for phone in list_of(data, "phone_numbers") if isinstance(phone, str)]
    values: dict[str, Known | None] = {
        "job_title": _job_title(text_of(data, "job_title")),
        "seniority": min(levels, key=_LEVELS.index, default=""),
        "department": text_of(data, "job_title_role").replace("_", " "),
        "city": titled(text_of(data, "location_locality")),
        "country": country_code(text_of(data, "location_country")),
        "phone": text_of(data, "mobile_phone") or next(iter(phones), ""),
    }
    return gathered(values, match, _TRUST, as_of_ms=instant_ms(text_of(data, "job_last_verified")))


def _job_title(text: str) -> str:
    return re.sub(r"\w+", lambda word: _SPELT.get(word[0].lower(), word[0]), titled(text))


def _address(text: str) -> str:
    return f"https://www.{text}" if text.startswith("linkedin.com/") else text


def _refusal(answer: http.Answer, now_ms: int) -> RemoteError | None:
    code = text_of(table_of(answer.value, "error"), "type")
    if answer.status == 402:
        return QuotaError("the credits are used up", code=code)
    if answer.status == 429:
        return TransientError("too many calls", code=code, retry_after_s=_reset_s(answer, now_ms))
    return None


def _reset_s(answer: http.Answer, now_ms: int) -> float | None:
    """Seconds until the window ends, from seconds, an epoch time or a date; there is no Retry-After."""
    text = answer.headers.get("x-ratelimit-reset", "").strip()
    if text.isdecimal() and len(text) < 12:
        seconds = int(text)
        return max(1.0, seconds - now_ms / 1000) if seconds > _EPOCH_FROM else float(seconds)
    at_ms = instant_ms(text)
    return max(1.0, (at_ms - now_ms) / 1000) if at_ms else None
