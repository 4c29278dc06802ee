"""What changed in a window of time: search names the ids, reading by id gives the content.

Search is an index that lags and forgets, so it is a hint and no more. Its order is the id's, and every page begins
after the last id of the page before: a record edited meanwhile leaves the window without shifting the others (an
offset would skip one), the ceiling of 10,000 results is never reached, and a million records may share a millisecond.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import orjson

from connectors.base import Page, ProtocolError, Record
from connectors.hubspot.api import Api
from connectors.hubspot.owners import next_after
from connectors.hubspot.read import Reader, chunks
from connectors.hubspot.words import BATCH, SEARCH_CEILING, SEARCH_PAGE, modified_property


@dataclass(frozen=True, slots=True)
class Position:
    """Where a search goes on: after an id; `offset` only where a page gave no id to go on from."""

    after_id: str | None = None
    offset: str | None = None

    def token(self) -> str:
        return orjson.dumps({"after_id": self.after_id, "offset": self.offset}).decode()

    @classmethod
    def of(cls, token: str | None) -> Position:
        if token is None:
            return cls()
        try:
            stored = orjson.loads(token)
            return cls(stored["after_id"], stored["offset"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise ProtocolError(
                "a page token that is not ours", side="right", action="Read the window from its start."
            ) from None


def changes(
    api: Api,
    reader: Reader,
    object_name: str,
    fields: Sequence[str],
    since_ms: int,
    until_ms: int,
    token: str | None,
) -> Page:
    """One page of at most 200 records. A page may be empty and still not be the last one."""
    name = modified_property(object_name)
    window = [
        {"propertyName": name, "operator": "GTE", "value": str(since_ms)},
        {"propertyName": name, "operator": "LTE", "value": str(until_ms)},
    ]
    ids, following = search_ids(api, object_name, window, Position.of(token))
    records: dict[str, Record] = {}
    for chunk in chunks(ids, BATCH):
        # Merged-away ids answer with the survivor, so one record can come twice. Ids without an answer were archived
        # since the index saw them: `vanished` tells of those.
        records.update((record.id, record) for record in reader.batch(object_name, chunk, fields))
    return Page(list(records.values()), following.token() if following else None)


def search_ids(
    api: Api, object_name: str, filters: Sequence[Mapping[str, Any]], position: Position
) -> tuple[list[str], Position | None]:
    """The ids of one search page and where the next begins; None after the last.

    A short page, even an empty one, is not the end while it names a next one.
    """
    body: dict[str, Any] = {
        "filterGroups": [{"filters": [*filters, *_beyond(position.after_id)]}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": ["hs_object_id"],
        "limit": SEARCH_PAGE,
    }
    if position.offset:
        body["after"] = position.offset
    answer = api.search(object_name, body)
    ids = [str(item["id"]) for item in answer.get("results") or ()]
    offset = next_after(answer)
    if offset is None:
        return ids, None
    if ids and _ascending(ids):
        return ids, Position(after_id=ids[-1])
    if offset.isdecimal() and int(offset) >= SEARCH_CEILING:
        raise ProtocolError(
            "search gave 10,000 results in no order by id, so that the rest cannot be reached",
            side="right",
            action="Report this; until then read in smaller windows of time.",
        )
    return ids, Position(position.after_id, offset)


def _beyond(after_id: str | None) -> list[dict[str, Any]]:
    """GT on the id as HubSpot gave it: adding one would lose ids where the index compares them as text."""
    return [{"propertyName": "hs_object_id", "operator": "GT", "value": after_id}] if after_id else []


def _ascending(ids: Sequence[str]) -> bool:
    """Whether the last id is the greatest, in the order of numbers or in that of text: the index may use either."""
    numeric = all(item.isdecimal() for item in ids) and all(int(a) < int(b) for a, b in pairwise(ids))
    return numeric or all(a < b for a, b in pairwise(ids))
