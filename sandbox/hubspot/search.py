"""Runs a query against what the index shows: candidates by the narrowest order or index, then the other conditions.

Records whose last change the index has not seen yet are judged by their older version. Results of one generation of
the data are kept, without the bounds on `hs_object_id`, so that paging by id costs a bisection a page.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from operator import attrgetter

import orjson

from sandbox.hubspot.associations import Associations
from sandbox.hubspot.query import Filter, Key, Query, text_key
from sandbox.hubspot.store import ObjectStore, StoredRecord

Predicate = Callable[[StoredRecord], bool]
_WORDS = re.compile(r"[^0-9a-z]+")
_BOUNDS = frozenset({"GT", "GTE", "LT", "LTE", "BETWEEN", "EQ"})
_MAX_KEPT = 16
_ALL_TIME = (0, 1 << 50)
_TEXT_FIELDS = {
    "contacts": ("email", "firstname", "lastname", "phone", "company", "hs_additional_emails"),
    "companies": ("name", "domain", "website", "phone"),
    "deals": ("dealname", "description"),
    "leads": ("hs_lead_name",),
    "calls": ("hs_call_title", "hs_body_preview"),
    "meetings": ("hs_meeting_title", "hs_body_preview"),
    "tasks": ("hs_task_subject", "hs_body_preview"),
    "tickets": ("subject", "content"),
}


def run_query(store: ObjectStore, associations: Associations, query: Query, now_ms: int) -> list[int]:
    """Ids of all matches in the order asked for."""
    if store.index.drain(now_ms):
        store.generation += 1
    if store.searches_of != store.generation or len(store.searches) > _MAX_KEPT:
        store.searches.clear()
        store.searches_of = store.generation
    groups, low, high = _without_id_bounds(query)
    key = orjson.dumps(
        [[[[f.name, f.operator, f.values] for f in g] for g in groups], query.text, query.sort, query.descending]
    )
    ids = store.searches.get(key)
    if ids is None:
        ids = store.searches[key] = _ordered(store, _matches(store, associations, groups, query.text), query)
    if low is None and high is None:
        return ids
    return ids[bisect_left(ids, low or 0) : len(ids) if high is None else bisect_right(ids, high)]


def _without_id_bounds(query: Query) -> tuple[tuple[tuple[Filter, ...], ...], int | None, int | None]:
    """Takes bounds on `hs_object_id` out of a query sorted by it; they are applied to the sorted result."""
    if len(query.groups) != 1 or query.sort != "hs_object_id" or query.descending:
        return query.groups, None, None
    low: int | None = None
    high: int | None = None
    rest = []
    for condition in query.groups[0]:
        if condition.name != "hs_object_id" or condition.operator not in _BOUNDS:
            rest.append(condition)
            continue
        least, most = _interval(condition)
        low, high = max(low or 0, least), most if high is None else min(high, most)
    return (tuple(rest),), low, high


def _interval(condition: Filter) -> tuple[int, int]:
    """The closed interval of integers a bound stands for."""
    first = int(condition.values[0])
    none_below, none_above = _ALL_TIME
    return {
        "GT": (first + 1, none_above),
        "GTE": (first, none_above),
        "LT": (none_below, first - 1),
        "LTE": (none_below, first),
        "EQ": (first, first),
        "BETWEEN": (first, int(condition.values[-1])),
    }[condition.operator]


def _matches(
    store: ObjectStore, associations: Associations, groups: tuple[tuple[Filter, ...], ...], text: str
) -> list[int]:
    found: dict[int, None] = {}
    for group in groups or ((),):
        found.update(dict.fromkeys(_match_group(store, associations, group, text)))
    return list(found)


def _match_group(store: ObjectStore, associations: Associations, group: tuple[Filter, ...], text: str) -> list[int]:
    ids, met = _candidates(store, group)
    tests = {condition: _predicate(store, associations, condition) for condition in group}
    by_text = [_text_test(store, text)] if text else []
    left = [test for condition, test in tests.items() if condition not in met] + by_text
    if left:
        records = store.records
        ids = [number for number in ids if all(test(records[number]) for test in left)]
    pending = store.index.pending
    if not pending:
        return ids
    settled = [number for number in ids if number not in pending]
    every = [*tests.values(), *by_text]
    for number in pending:
        shown = store.index.shown(number)
        if shown is not None and all(test(shown) for test in every):
            settled.append(number)
    return settled


def _candidates(store: ObjectStore, group: tuple[Filter, ...]) -> tuple[list[int], tuple[Filter, ...]]:
    """The narrowest set of stored records at hand, and the conditions that all of it meets."""
    for condition in group:
        if condition.operator not in ("EQ", "IN"):
            continue
        index = store.unique.get(condition.name)
        if index is not None and condition.type == "text":
            held = (index.get(str(value).lower()) for value in condition.values)
            return list(dict.fromkeys(number for number in held if number is not None)), ()
        places = store.lookup.get(condition.name)
        if places is not None:
            return [number for value in condition.values for number in places.get(str(value).lower(), ())], ()
        if condition.name == "hs_object_id":
            wanted = (store.records.get(int(value)) for value in condition.values)
            return [record.id for record in wanted if record is not None and record.archived_ms is None], ()
    low, high = _ALL_TIME
    met = tuple(c for c in group if c.name == store.kind.modified and c.operator in _BOUNDS)
    for condition in met:
        least, most = _interval(condition)
        low, high = max(low, least), min(high, most)
    return (store.modified_between(low, high), met) if met else (store.live_ids, met)


def _predicate(store: ObjectStore, associations: Associations, condition: Filter) -> Predicate:
    if condition.type == "association":
        wanted = {int(value) for value in condition.values if str(value).isdecimal()}
        origin, target = store.kind.plural, condition.name
        return lambda record: not wanted.isdisjoint(associations.ends(origin, record.id, target))
    name, value_type = condition.name, condition.type
    test = _TESTS[condition.operator](condition)
    folded = value_type == "text"
    read = store.value

    def matches(record: StoredRecord) -> bool:
        text = read(record, name)
        if not text:
            return test(None)
        return test(text.lower() if folded else text_key(value_type, text))

    return matches


def _equal(condition: Filter) -> Callable[[Key | None], bool]:
    wanted = condition.values[0]
    if condition.type != "options":
        return lambda value: value == wanted
    parts = set(str(wanted).split(";"))
    return lambda value: (
        value is not None
        and (parts == set(str(value).split(";")) or (len(parts) == 1 and wanted in str(value).split(";")))
    )


def _among(condition: Filter) -> Callable[[Key | None], bool]:
    wanted = set(condition.values)
    if condition.type != "options":
        return lambda value: value in wanted
    return lambda value: value is not None and not wanted.isdisjoint(str(value).split(";"))


def _tokens(condition: Filter) -> Callable[[Key | None], bool]:
    patterns = str(condition.values[0]).split()

    def test(value: Key | None) -> bool:
        if value is None:
            return False
        words = str(value).lower().split()
        words += [part for word in words for part in _WORDS.split(word) if part]
        return all(any(fnmatchcase(word, pattern) for word in words) for pattern in patterns)

    return test


def _ordered_test(compare: Callable[[Key, Key], bool]) -> Callable[[Filter], Callable[[Key | None], bool]]:
    def build(condition: Filter) -> Callable[[Key | None], bool]:
        bound = condition.values[0]
        return lambda value: value is not None and compare(value, bound)

    return build


def _between(condition: Filter) -> Callable[[Key | None], bool]:
    low, high = condition.values
    return lambda value: value is not None and low <= value <= high  # type: ignore[operator]


def _not(build: Callable[[Filter], Callable[[Key | None], bool]]) -> Callable[[Filter], Callable[[Key | None], bool]]:
    def negated(condition: Filter) -> Callable[[Key | None], bool]:
        test = build(condition)
        return lambda value: not test(value)

    return negated


_TESTS: dict[str, Callable[[Filter], Callable[[Key | None], bool]]] = {
    "EQ": _equal,
    "NEQ": _not(_equal),
    "LT": _ordered_test(lambda value, bound: value < bound),  # type: ignore[operator]
    "LTE": _ordered_test(lambda value, bound: value <= bound),  # type: ignore[operator]
    "GT": _ordered_test(lambda value, bound: value > bound),  # type: ignore[operator]
    "GTE": _ordered_test(lambda value, bound: value >= bound),  # type: ignore[operator]
    "BETWEEN": _between,
    "IN": _among,
    "NOT_IN": _not(_among),
    "HAS_PROPERTY": lambda condition: lambda value: value is not None,
    "NOT_HAS_PROPERTY": lambda condition: lambda value: value is None,
    "CONTAINS_TOKEN": _tokens,
    "NOT_CONTAINS_TOKEN": _not(_tokens),
}


def _text_test(store: ObjectStore, text: str) -> Predicate:
    names = _TEXT_FIELDS.get(store.kind.plural, ("hs_body_preview",))
    return lambda record: any(text in record.values.get(name, "").lower() for name in names)


def _ordered(store: ObjectStore, ids: list[int], query: Query) -> list[int]:
    """Sorts by the property asked for, by id where that is equal; records without it come last."""
    if query.sort == "hs_object_id":
        return sorted(ids, reverse=query.descending)
    pending = store.index.pending
    records = [store.index.shown(number) if number in pending else store.records[number] for number in sorted(ids)]
    shown = [record for record in records if record is not None]
    if not query.sort or query.sort in ("createdate", "hs_createdate"):
        shown.sort(key=attrgetter("created_ms"), reverse=query.descending)
    elif query.sort in ("lastmodifieddate", "hs_lastmodifieddate"):
        shown.sort(key=attrgetter("modified_ms"), reverse=query.descending)
    else:
        shown = _by_value(store, shown, query.sort, descending=query.descending)
    return [record.id for record in shown]


def _by_value(
    store: ObjectStore, records: Iterable[StoredRecord], name: str, *, descending: bool
) -> list[StoredRecord]:
    definition = store.definitions[name]
    value_type = {"number": "number", "date": "time", "datetime": "time"}.get(definition.type, "text")
    filled: list[tuple[Key, StoredRecord]] = []
    empty: list[StoredRecord] = []
    for record in records:
        text = store.value(record, name)
        key = text_key(value_type, text.lower()) if text else None
        if key is None:
            empty.append(record)
        else:
            filled.append((key, record))
    filled.sort(key=lambda pair: pair[0], reverse=descending)
    return [record for _, record in filled] + empty
