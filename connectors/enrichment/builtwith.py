"""BuiltWith: what a site runs, with the days between which it was seen. Errors stand in answers of status 200."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from requests.adapters import BaseAdapter

from connectors import http
from connectors.base import AuthError, Clock, Entropy, ProtocolError, QuotaError, RemoteError, TransientError
from connectors.budget import RateLimit
from connectors.enrichment.lookup import Access, Line
from connectors.enrichment.paid import BILLED, Paid, Seen, gathered, table, unknown, whole
from connectors.enrichment.places import country_code
from connectors.enrichment.provider import AnswerState, Found, Known, Question
from connectors.enrichment.reading import list_of, table_of, text_of

NAME: Final = "builtwith"
BASE_URL: Final = "https://api.builtwith.com"
OFFERS: Final = frozenset({"technologies", "name", "city", "state", "postal_code", "country", "phone"})
IN_USE_MS: Final = 120 * 86_400_000  # sites are visited every few weeks: what was not seen for longer is gone
_TRUST: Final = {"technologies": 0.95, "name": 0.75, "phone": 0.65, "city": 0.7, "state": 0.7, "postal_code": 0.7}
_MOST: Final = 16  # look-ups a call
_WRONG_KEY, _NO_CREDIT, _ONE_AT_A_TIME, _IGNORED = -2, -3, -7, -8
_LONGEST: Final = 300  # characters of evidence


def builtwith(
    access: Access, clock: Clock, entropy: Entropy, *, mounts: Mapping[str, BaseAdapter] | None = None
) -> Paid:
    """The source as a `Provider`; nothing is sent yet."""
    line = Line(
        NAME,
        access.at(BASE_URL),
        clock,
        entropy,
        rate=RateLimit(10, 1_000),
        headers={"Authorization": f"API {access.api_key}"},
        refusal=_refusal,
        mounts=mounts,
    )
    needed = {"account": (("domain",),)}
    return Paid(NAME, {"account": OFFERS}, needed, look, line, per_call=_MOST, batch_max=_MOST)


def look(line: Line, questions: Sequence[Question]) -> Sequence[Seen] | None:
    """All in one call; None where one look-up spoils the others, or the plan wants one at a time."""
    domains = list(dict.fromkeys(question.domain for question in questions))
    answer = line.get("/v22/api.json", {"LOOKUP": ",".join(domains)}, effect=BILLED)
    unknown(answer, False)
    body = table(answer)
    results = {text_of(result, "Lookup").lower(): result for result in list_of(body, "Results")}
    errors = {text_of(error, "Lookup").lower(): error for error in list_of(body, "Errors")}
    code = _code(errors.get("", {}))
    if code in (_ONE_AT_A_TIME, _IGNORED) and not results and len(questions) > 1:
        return None
    if code and not results and code != _IGNORED:
        raise _meant(code)
    now_ms = line.clock.now_ms()
    once = {domain: Decimal(1) for domain in domains}
    return [
        _seen(results.get(question.domain), errors.get(question.domain), once.pop(question.domain, Decimal(0)), now_ms)
        for question in questions
    ]


def _code(error: Any) -> int:
    """The vendor's negative number; 0 where there is none."""
    code = error.get("Code") if isinstance(error, Mapping) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else 0


def _meant(code: int) -> RemoteError:
    if code == _WRONG_KEY:
        return AuthError("the key is not taken", code=str(code), status=200)
    if code == _NO_CREDIT:
        return QuotaError("the credits are used up", code=str(code), status=200)
    if code == _ONE_AT_A_TIME:
        return ProtocolError("one look-up at a time, and it was one", code=str(code), status=400)
    return TransientError("the vendor failed", code=str(code), status=500)


def _seen(result: Any, error: Any, credits: Decimal, now_ms: int) -> Seen:
    """A look-up costs a credit whatever comes of it."""
    code = _code(error)
    if code and code != _IGNORED:
        return Seen(state=AnswerState.UNAVAILABLE, credits=credits, why=f"the vendor failed at this domain ({code})")
    paths = list_of(table_of(result, "Result"), "Paths")
    if not paths:
        return Seen(state=AnswerState.MISS, credits=credits, why="no such site is known")
    return Seen(tuple(_found(paths, table_of(result, "Meta"), now_ms)), credits)


@dataclass(frozen=True, slots=True)
class _Product:
    name: str
    first_ms: int
    last_ms: int
    live: bool


def _found(paths: Iterable[Any], meta: Mapping[str, Any], now_ms: int) -> list[Found]:
    used = _in_use(_products(paths), now_ms)
    phones = [text for text in list_of(meta, "Telephones") if isinstance(text, str)]
    about: dict[str, Known | None] = {
        "name": text_of(meta, "CompanyName"),
        "city": text_of(meta, "City"),
        "state": text_of(meta, "State"),
        "postal_code": text_of(meta, "Postcode"),
        "country": country_code(text_of(meta, "Country")),
        "phone": next(iter(phones), ""),
    }
    found = gathered(about, 0.95, _TRUST)
    if used:
        evidence = "; ".join(f"{one.name} {_day(one.first_ms)} to {_day(one.last_ms)}" for one in used)
        names: dict[str, Known | None] = {"technologies": tuple(one.name for one in used)}
        oldest_ms = min(one.last_ms for one in used)  # since then at least, each of them was seen
        found += gathered(names, 0.95, _TRUST, as_of_ms=oldest_ms, evidence=evidence[:_LONGEST])
    return found


def _products(paths: Iterable[Any]) -> list[_Product]:
    """Over all pages and subdomains: first seen anywhere, last seen anywhere."""
    made: dict[str, _Product] = {}
    for path in paths:
        for item in list_of(path, "Technologies"):
            name = text_of(item, "Name")
            if not name:
                continue
            first_ms, last_ms = whole(item.get("FirstDetected")) or 0, whole(item.get("LastDetected")) or 0
            known = made.get(name)
            newest = known is None or last_ms >= known.last_ms
            made[name] = _Product(
                name,
                first_ms if known is None else min(first_ms, known.first_ms),
                last_ms if newest else known.last_ms,
                item.get("Live") is not False if newest else known.live,
            )
    return list(made.values())


def _in_use(products: Iterable[_Product], now_ms: int) -> list[_Product]:
    return [one for one in products if one.live and one.last_ms >= now_ms - IN_USE_MS]


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(min(max(at_ms, 0), 4_102_444_800_000) / 1000, UTC).date().isoformat()


def _refusal(answer: http.Answer) -> RemoteError | None:
    """429 tells the time to wait in its body."""
    if answer.status != 429:
        return None
    seconds = whole(answer.value.get("retryAfterSeconds")) if isinstance(answer.value, Mapping) else None
    return TransientError("too many calls", retry_after_s=None if seconds is None else float(seconds))
