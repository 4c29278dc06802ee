"""The American regulator's register of listed companies. No key, but it wants to know who calls, and how often."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlsplit

from requests.adapters import BaseAdapter

from connectors import http
from connectors.base import AuthError, Clock, Entropy, ProtocolError, RemoteError, TransientError
from connectors.budget import RateLimit
from connectors.enrichment.branches import of_sic
from connectors.enrichment.lookup import THROTTLED, Access, Line, Looked, OneByOne
from connectors.enrichment.places import STATES, state_name
from connectors.enrichment.provider import Found, Question
from connectors.enrichment.reading import list_of, table_of, text_of
from connectors.enrichment.same_name import same_name, sureness, words_of

NAME: Final = "edgar"
OFFERS: Final = frozenset(
    {"name", "country", "state", "city", "postal_code", "industry", "website", "ticker_symbol", "registry_number"}
)
LISTING: Final = "https://www.sec.gov"
DATA: Final = "https://data.sec.gov"
_DAY_MS: Final = 86_400_000
_CIK: Final = re.compile(r"CIK0*([1-9][0-9]{0,9})|(?=[0-9]{10}$)0*([1-9][0-9]{0,9})")
_INCORPORATED: Final = re.compile(r"\s*/(?:[A-Z]{2,4}|NEW)/?\s*$")  # "ACME CORP /DE/"
_PROVINCES: Final = {f"A{digit}": "CA" for digit in range(10)} | {"B0": "CA", "Z4": "CA"}
_ABROAD: Final = {
    "X0": "GB", "2M": "DE", "I0": "FR", "L2": "IE", "V7": "SE", "V8": "CH", "P7": "NL", "L3": "IL", "M0": "JP",
    "F4": "CN", "K3": "HK", "U0": "SG", "C3": "AU", "O5": "MX", "D5": "BR", "D0": "BM", "E9": "KY",
} | _PROVINCES  # fmt: skip
_FIELD_SURENESS: Final = {"industry": 0.6}  # a code from 1987: who makes security software makes software


def edgar(
    access: Access, clock: Clock, entropy: Entropy, *, mounts: Mapping[str, BaseAdapter] | None = None
) -> OneByOne:
    """The source as a `Provider`; with `base_url` both of its hosts are there. Nothing is sent yet.

    Without `contact` every question is UNAUTHORISED before a call: the regulator refuses callers without an address.
    """
    line = Line(
        NAME,
        access,
        clock,
        entropy,
        rate=RateLimit(10, 1_000),
        headers={"User-Agent": f"{http.USER_AGENT} {access.contact}"},
        refusal=_refusal,
        mounts=mounts,
    )
    return OneByOne(NAME, OFFERS, (("name",), ("registry_number",)), _Register().look, line)


@dataclass(slots=True)
class _Register:
    """The list of who is listed, kept for a day: it is one file of some megabytes."""

    by_words: dict[tuple[str, ...], set[int]] = field(default_factory=dict)
    read_ms: int | None = None

    def look(self, line: Line, question: Question) -> Looked:
        """By number where the question has one, else by the name in the list of those who are listed."""
        if "@" not in line.access.contact:
            raise AuthError("contact is not set: the regulator refuses callers without an e-mail address")
        number = _CIK.fullmatch(question.registry_number)
        if number is not None:
            return self._one(line, question, int(number[1] or number[2]), 0.97 if number[1] else 0.0)
        if not question.name:
            return Looked(why="the number is none of this register, and no name is known")
        if self.read_ms is None or line.clock.now_ms() - self.read_ms > _DAY_MS:
            self._read(line)
        meant = sorted(self.by_words.get(words_of(question.name), ()))
        if len(meant) > 1:
            return Looked(why=f"{len(meant)} listed companies bear this name")
        return self._one(line, question, meant[0], 0.0) if meant else Looked(why="no listed company bears this name")

    def _read(self, line: Line) -> None:
        document = line.document(f"{'' if line.access.base_url else LISTING}/files/company_tickers.json")
        if document is None or not all(isinstance(row, dict) for row in document.values()):
            raise ProtocolError("an answer of an unknown shape")
        self.by_words = {}
        for row in document.values():
            title, cik = _INCORPORATED.sub("", text_of(row, "title")), row.get("cik_str")
            if title and isinstance(cik, int):
                self.by_words.setdefault(words_of(title), set()).add(cik)
        self.read_ms = line.clock.now_ms()

    def _one(self, line: Line, question: Question, cik: int, sure: float) -> Looked:
        document = line.document(f"{'' if line.access.base_url else DATA}/submissions/CIK{cik:010d}.json")
        if document is None:
            return Looked(why="no company has this number")
        if not text_of(document, "name") or str(document.get("cik")).lstrip("0") != str(cik):
            raise ProtocolError("an answer to another question")
        former = [text_of(one, "name") for one in list_of(document, "formerNames")]
        names = [_INCORPORATED.sub("", name) for name in (text_of(document, "name"), *former)]
        seat = _seat(document)
        if not sure:
            if not any(same_name(question.name, name) for name in names):
                return Looked(why="the company of this number bears another name")
            sure = sureness(question.country, (seat["country"],))
        site = _host(text_of(document, "website"))
        if site and question.domain:
            sure = max(sure, 0.97) if f".{site}".endswith(f".{question.domain}") else min(sure, 0.6)
        return Looked(_found(document, names[0], seat, cik, sure)) if sure else Looked(why="it sits in another country")


def _seat(document: Mapping[str, Any]) -> dict[str, str]:
    address = table_of(table_of(document, "addresses"), "business")
    code = text_of(address, "stateOrCountry")
    country = "US" if code in STATES["US"] else _ABROAD.get(code, "")
    province = text_of(address, "stateOrCountryDescription").title() if code in _PROVINCES else ""
    return {
        "country": country,
        "state": state_name("US", code) if country == "US" else province.partition(",")[0],
        "city": text_of(address, "city").title(),
        "postal_code": text_of(address, "zipCode"),
    }


def _found(document: Mapping[str, Any], name: str, seat: Mapping[str, str], cik: int, sure: float) -> tuple[Found, ...]:
    tickers = [one for one in list_of(document, "tickers") if isinstance(one, str)]
    values = {
        **seat,
        "name": name,
        "industry": of_sic(text_of(document, "sic"), text_of(document, "sicDescription")),
        "website": text_of(document, "website"),
        "ticker_symbol": tickers[0] if tickers else "",
        "registry_number": f"CIK{cik:010d}",
    }
    whole = Found("", "", sure, evidence=f"CIK {cik}: {name}", url=f"https://www.sec.gov/edgar/browse/?CIK={cik}")
    return tuple(
        replace(whole, field=key, value=value, confidence=round(sure * _FIELD_SURENESS.get(key, 1.0), 4))
        for key, value in values.items()
        if value
    )


def _host(website: str) -> str:
    if not website:
        return ""
    try:
        return (urlsplit(website if "//" in website else f"//{website}").hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _refusal(answer: http.Answer) -> RemoteError | None:
    """Too fast and unknown caller are the same status here, and differ in the page for people."""
    if answer.status == 403 and b"rate threshold" in answer.body[:20_000].lower():
        return TransientError("called too often", code=THROTTLED, retry_after_s=600.0)
    return None
