"""A search request as data: parsed, bounded and typed; refused with the portal's words when it is too much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from sandbox.hubspot import fields
from sandbox.hubspot.errors import bad_json, bad_request
from sandbox.hubspot.object_types import find_type
from sandbox.hubspot.store import ObjectStore
from sandbox.hubspot.times import parse_day, parse_instant

MAX_GROUPS, MAX_FILTERS, MAX_FILTERS_IN_ALL = 5, 6, 18
MAX_LIMIT, CEILING, MAX_QUERY = 200, 10_000, 3_000
OPERATORS = frozenset(
    [
        "EQ",
        "NEQ",
        "LT",
        "LTE",
        "GT",
        "GTE",
        "BETWEEN",
        "IN",
        "NOT_IN",
        "HAS_PROPERTY",
        "NOT_HAS_PROPERTY",
        "CONTAINS_TOKEN",
        "NOT_CONTAINS_TOKEN",
    ]
)
_UNSEARCHABLE = frozenset({"hs_body_preview_html", "hs_email_html"})
Key = int | float | str


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition; `values` are typed like the property, and BETWEEN has two of them."""

    name: str
    operator: str
    values: tuple[Key, ...]
    type: str  # number, time, text, option, options or association


@dataclass(frozen=True, slots=True)
class Query:
    groups: tuple[tuple[Filter, ...], ...]
    text: str
    sort: str  # empty: by creation
    descending: bool
    limit: int
    offset: int
    properties: tuple[str, ...]


def parse_query(store: ObjectStore, body: Mapping[str, Any]) -> Query:
    """Raises PortalRefusal 400 for anything the portal would not search."""
    groups = _groups(body)
    if len(groups) > MAX_GROUPS:
        raise bad_request(f"Too many filter groups: {len(groups)} (maximum {MAX_GROUPS})")
    if any(len(group) > MAX_FILTERS for group in groups) or sum(map(len, groups)) > MAX_FILTERS_IN_ALL:
        raise bad_request(f"Too many filters (maximum {MAX_FILTERS} in a group, {MAX_FILTERS_IN_ALL} in all)")
    text = str(body.get("query") or "")
    if len(text) > MAX_QUERY:
        raise bad_request(f"The query is longer than {MAX_QUERY} characters")
    limit, offset = fields.whole(body, "limit", 10), fields.whole(body, "after", 0)
    if not 0 < limit <= MAX_LIMIT:
        raise bad_request(f"The limit must be between 1 and {MAX_LIMIT}: {limit}")
    if offset < 0 or offset + limit > CEILING:
        raise bad_request(f"Paging past {CEILING} results is not possible: after {offset}, limit {limit}")
    sort, descending = _sort(store, body.get("sorts"))
    return Query(
        tuple(tuple(_filter(store, raw) for raw in group) for group in groups if group),
        text.strip().lower(),
        sort,
        descending,
        limit,
        offset,
        tuple(fields.names(body, "properties") or store.defaults()),
    )


def _groups(body: Mapping[str, Any]) -> list[list[Mapping[str, Any]]]:
    """The filter groups; a bare list of filters is one of them. Raises PortalRefusal 400 for anything else."""
    given = [fields.objects(group, "filters") for group in fields.objects(body, "filterGroups")]
    if body.get("filters"):
        given.append(fields.objects(body, "filters"))
    return given


def _sort(store: ObjectStore, sorts: Any) -> tuple[str, bool]:
    if not sorts:
        return "", False
    if not isinstance(sorts, list):
        raise bad_json("sorts must be a list")
    if len(sorts) > 1:
        raise bad_request("Only one sort is allowed")
    first = sorts[0]
    if not isinstance(first, str | dict):
        raise bad_json("sorts must hold a name or an object")
    if isinstance(first, str):
        name, descending = first.lstrip("-"), first.startswith("-")
    else:
        name, descending = (
            str(first.get("propertyName", "")),
            str(first.get("direction", "ASCENDING")).upper() == "DESCENDING",
        )
    _known(store, name)
    return name, descending


def _known(store: ObjectStore, name: str) -> str:
    definition = store.definitions.get(name)
    if definition is None or not definition.visible or name in _UNSEARCHABLE:
        raise bad_request(f"Property {name} does not exist or cannot be searched", context={"propertyName": [name]})
    if definition.type == "enumeration":
        return "options" if definition.multiple else "option"
    return {"number": "number", "date": "time", "datetime": "time", "bool": "option"}.get(definition.type, "text")


def _filter(store: ObjectStore, raw: Mapping[str, Any]) -> Filter:
    name, operator = str(raw.get("propertyName", "")), str(raw.get("operator", ""))
    if operator not in OPERATORS:
        raise bad_request(f"Unknown operator: {operator}")
    if name.startswith("associations."):
        kind = find_type(name.removeprefix("associations."))
        if kind is None:
            raise bad_request(f"Property {name} does not exist or cannot be searched")
        return Filter(kind.plural, operator, tuple(map(str, _given(raw, operator))), "association")
    value_type = _known(store, name)
    given = _given(raw, operator)
    if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        return Filter(name, operator, tuple(str(value).lower() for value in given), value_type)
    lower = value_type == "text" and operator not in ("IN", "NOT_IN")
    return Filter(name, operator, tuple(_typed(value_type, value, name, lower=lower) for value in given), value_type)


def _given(raw: Mapping[str, Any], operator: str) -> list[Any]:
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return []
    if operator in ("IN", "NOT_IN"):
        given = fields.values(raw, "values")
    elif operator == "BETWEEN":
        given = [raw.get("value"), raw.get("highValue")]
    else:
        given = [raw.get("value")]
    if not given or any(value is None for value in given):
        raise bad_request(
            f"The operator {operator} needs a value", context={"propertyName": [str(raw.get("propertyName"))]}
        )
    return given


def _typed(value_type: str, raw: Any, name: str, *, lower: bool) -> Key:
    text = str(raw)
    key = text.lower() if lower else text_key(value_type, text)
    if key is None:
        raise bad_request(f"{text} is not a valid value of {name}", context={"propertyName": [name]})
    return key


def text_key(value_type: str, text: str) -> Key | None:
    """The comparable form of a stored or given text; None when it is not of this type."""
    if value_type == "number":
        try:
            number = float(text)
        except ValueError:
            return None
        return number if isfinite(number) else None
    if value_type == "time":
        at_ms = parse_instant(text)
        return parse_day(text) if at_ms is None else at_ms
    return text
