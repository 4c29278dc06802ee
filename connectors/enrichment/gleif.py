"""The global register of legal entity identifiers: name, seat and identifier of who trades or borrows. No key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from requests.adapters import BaseAdapter

from connectors.base import Clock, Entropy, ProtocolError
from connectors.enrichment.lookup import Access, Line, Looked, OneByOne
from connectors.enrichment.places import state_name
from connectors.enrichment.provider import Found, Question
from connectors.enrichment.reading import instant_ms, list_of, table_of, text_of, year_of
from connectors.enrichment.same_name import same_name, sureness

NAME: Final = "gleif"
OFFERS: Final = frozenset({"name", "country", "city", "postal_code", "state", "lei", "registry_number", "year_founded"})
BASE_URL: Final = "https://api.gleif.org"
_LEI: Final = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
_RECORDS: Final = "/api/v1/lei-records"
_BY_IDENTIFIER: Final = 0.97
_FIELD_SURENESS: Final = {"year_founded": 0.8}  # an entity may be younger than the business
_FILTERS: Final = ("filter[entity.legalName]", "filter[fulltext]")


def gleif(
    access: Access, clock: Clock, entropy: Entropy, *, mounts: Mapping[str, BaseAdapter] | None = None
) -> OneByOne:
    """The source as a `Provider`; nothing is sent yet."""
    headers = {"Accept": "application/vnd.api+json"}
    line = Line(NAME, access.at(BASE_URL), clock, entropy, headers=headers, mounts=mounts)
    return OneByOne(NAME, OFFERS, (("name",), ("registry_number",)), look, line)


def look(line: Line, question: Question) -> Looked:
    """By identifier where the question has one, else by name; alike names are no answer."""
    if _LEI.fullmatch(question.registry_number):
        document = line.document(f"{_RECORDS}/{question.registry_number}")
        if document is None:
            return Looked(why="no record has this identifier")
        if text_of(document.get("data"), "id") != question.registry_number:
            raise ProtocolError("an answer to another question")
        return Looked(_found(document.get("data"), _BY_IDENTIFIER))
    if not question.name:
        return Looked(why="the number is no legal entity identifier, and no name is known")
    for words in _FILTERS:
        document = line.document(_RECORDS, {words: question.name, "page[size]": "20"}) or {}
        records = document.get("data")
        if not isinstance(records, list):
            raise ProtocolError("an answer of an unknown shape")
        same = [record for record in records if any(same_name(question.name, name) for name in _names(record))]
        sure = [(sureness(question.country, _countries(record)), record) for record in same]
        meant = [(confidence, record) for confidence, record in sure if confidence]
        if len(meant) > 1:
            return Looked(why=f"{len(meant)} entities bear this name; a country would tell them apart")
        if meant:
            return Looked(_found(meant[0][1], meant[0][0]))
    return Looked(why="no entity bears this name")


def _entity(record: Any) -> Mapping[str, Any]:
    entity = table_of(table_of(record, "attributes"), "entity")
    if not entity:
        raise ProtocolError("an answer of an unknown shape")
    return entity


def _names(record: Any) -> list[str]:
    entity = _entity(record)
    said = [table_of(entity, "legalName"), *list_of(entity, "otherNames")]
    return [name for name in (text_of(one, "name") for one in said) if name]


def _countries(record: Any) -> tuple[str, ...]:
    seats = (table_of(_entity(record), which) for which in ("headquartersAddress", "legalAddress"))
    return tuple(text_of(seat, "country") for seat in seats)


def _found(record: Any, confidence: float) -> tuple[Found, ...]:
    entity, lei = _entity(record), text_of(record, "id")
    seat = table_of(entity, "headquartersAddress") or table_of(entity, "legalAddress")
    country, name = text_of(seat, "country"), text_of(table_of(entity, "legalName"), "name")
    values: dict[str, str | int] = {
        "name": name,
        "country": country,
        "city": text_of(seat, "city"),
        "postal_code": text_of(seat, "postalCode"),
        "state": state_name(country, text_of(seat, "region")),
        "lei": lei,
        "registry_number": text_of(entity, "registeredAs"),
        "year_founded": year_of(text_of(entity, "creationDate")),
    }
    told_ms = instant_ms(text_of(table_of(table_of(record, "attributes"), "registration"), "lastUpdateDate"))
    url = f"https://search.gleif.org/#/record/{lei}"
    return tuple(
        Found(
            field,
            value,
            round(confidence * _FIELD_SURENESS.get(field, 1.0), 4),
            told_ms,
            evidence=f"LEI {lei}: {name}",
            url=url,
        )
        for field, value in values.items()
        if value
    )
