"""The register of companies of the United Kingdom. The free key is the user name of HTTP Basic."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

from requests.adapters import BaseAdapter

from connectors.base import AuthError, Clock, Entropy, ProtocolError
from connectors.budget import RateLimit
from connectors.enrichment.branches import of_uk_code
from connectors.enrichment.lookup import Access, Line, Looked, OneByOne
from connectors.enrichment.places import country_code
from connectors.enrichment.provider import Found, Question
from connectors.enrichment.reading import list_of, table_of, text_of, year_of
from connectors.enrichment.same_name import same_name, sureness

NAME: Final = "companies_house"
OFFERS: Final = frozenset({"name", "country", "city", "postal_code", "industry", "year_founded", "registry_number"})
BASE_URL: Final = "https://api.company-information.service.gov.uk"
_COUNTRY: Final = "GB"
_NUMBER: Final = re.compile(r"(?:[0-9]{2}|[A-Z]{2})[0-9]{6}")
_GONE: Final = frozenset({"dissolved", "converted-closed", "closed"})
# A branch code is wide (who secures IT serves IT), and an entity may be younger than the business.
_FIELD_SURENESS: Final = {"industry": 0.6, "year_founded": 0.8}


def companies_house(
    access: Access, clock: Clock, entropy: Entropy, *, mounts: Mapping[str, BaseAdapter] | None = None
) -> OneByOne:
    """The source as a `Provider`; nothing is sent yet. Without a key every question is UNAUTHORISED before a call."""
    basic = b64encode(f"{access.api_key}:".encode()).decode()
    line = Line(
        NAME,
        access.at(BASE_URL),
        clock,
        entropy,
        rate=RateLimit(600, 300_000),
        headers={"Authorization": f"Basic {basic}"},
        mounts=mounts,
    )
    return OneByOne(NAME, OFFERS, (("name",), ("registry_number",)), look, line)


def look(line: Line, question: Question) -> Looked:
    """By company number where the question has one, else by name among the living; alike names are no answer."""
    if not line.access.api_key:
        raise AuthError("api_key is not set")
    if _NUMBER.fullmatch(question.registry_number) and question.country in ("", _COUNTRY):
        profile = line.document(f"/company/{question.registry_number}")
        if profile is None:
            return Looked(why="no company has this number")
        if not question.country and not same_name(question.name, text_of(profile, "company_name")):
            return Looked(why="the company of this number bears another name, and other registers count like this one")
        return Looked(_found(profile, question.registry_number, 0.97))
    if question.country not in ("", _COUNTRY):
        return Looked(why="it registers companies of the United Kingdom alone")
    if not question.name:
        return Looked(why="the number is none of this register, and no name is known")
    document = line.document("/search/companies", {"q": question.name, "items_per_page": "20"}) or {}
    items = document.get("items")
    if not isinstance(items, list):
        raise ProtocolError("an answer of an unknown shape")
    meant = [
        item
        for item in items
        if same_name(question.name, text_of(item, "title")) and text_of(item, "company_status") not in _GONE
    ]
    if len(meant) != 1:
        why = f"{len(meant)} companies bear this name" if meant else "no company bears this name"
        return Looked(why=why)
    number = text_of(meant[0], "company_number")
    profile = line.document(f"/company/{quote(number, safe='')}")
    if profile is None:
        return Looked(why="the company that the search named is not there")
    return Looked(_found(profile, number, sureness(question.country, (_COUNTRY,))))


def _found(profile: Mapping[str, Any], asked: str, sure: float) -> tuple[Found, ...]:
    number, name = text_of(profile, "company_number"), text_of(profile, "company_name")
    if number != asked or not name:
        raise ProtocolError("an answer to another question")
    seat = table_of(profile, "registered_office_address")
    branches = (of_uk_code(code) for code in list_of(profile, "sic_codes") if isinstance(code, str))
    values: dict[str, str | int] = {
        "name": name,
        "country": country_code(text_of(seat, "country")) or _COUNTRY,
        "city": text_of(seat, "locality"),
        "postal_code": text_of(seat, "postal_code"),
        "industry": next((words for words in branches if words), ""),
        "year_founded": year_of(text_of(profile, "date_of_creation")),
        "registry_number": number,
    }
    url = f"https://find-and-update.company-information.service.gov.uk/company/{quote(number, safe='')}"
    whole = Found("", "", sure, evidence=f"company {number}: {name}", url=url)
    return tuple(
        replace(whole, field=key, value=value, confidence=round(sure * _FIELD_SURENESS.get(key, 1.0), 4))
        for key, value in values.items()
        if value
    )
