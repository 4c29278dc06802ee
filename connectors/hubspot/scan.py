"""All live records, and all archived ones: the two listings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connectors.base import Page, Presence, Record, RemoteError
from connectors.hubspot.api import Api, results_of
from connectors.hubspot.owners import next_after
from connectors.hubspot.read import Reader, asked_for
from connectors.hubspot.words import QUERY_CHARACTERS
from connectors.shortcomings import not_offered


def scan(api: Api, reader: Reader, object_name: str, fields: Sequence[str], token: str | None) -> Page:
    """One page of 100 in id order, one call.

    Where the names of all fields do not fit a URL, the listing gives the ids and one batch read their content (its
    body has no such limit): two calls a page however many fields, and never a record joined from two moments.
    """
    asked = asked_for(object_name, fields)
    fits = sum(len(name) + 1 for name in asked) <= QUERY_CHARACTERS
    answer = api.page(object_name, asked if fits else (), token)
    raws = results_of(answer)
    if fits:
        records = reader.records(object_name, raws, fields, answer.started_ms)
    else:
        ids = [raw["id"] for raw in raws]
        records = _in_order(ids, reader.batch(object_name, ids, fields)) if ids else []
    return Page(records, next_after(answer.value))


def vanished(api: Api, reader: Reader, object_name: str, since_ms: int, token: str | None) -> Page:
    """One page of the archived records, those archived at or after `since_ms`; the page may be empty.

    The listing has no filter by time, so all of it is read: a page for each hundred records archived in 90 days.
    Merged-away and purged records are in no listing; the survivor's `merged_ids` (an archived one's too) and reading
    by id tell of them.
    """
    try:
        answer = api.page(object_name, asked_for(object_name, ()), token, archived=True)
    except RemoteError as error:
        if not not_offered(error):
            raise
        api.shortcomings.add(
            f"ArchivedListRefused {object_name}",
            error,
            f"HubSpot refuses the list of archived {object_name}: an end is noticed when a record is next read by id.",
        )
        return Page((), None)
    records = reader.records(object_name, results_of(answer), (), answer.started_ms)
    return Page(
        # A record that the archived listing holds is archived, whatever flag it carries.
        [replace(record, presence=Presence.ARCHIVED) for record in records if record.modified_ms >= since_ms],
        next_after(answer.value),
    )


def _in_order(ids: Sequence[str], records: Sequence[Record]) -> list[Record]:
    """In the order of the listing; those archived between the two calls are not live any more and fall out."""
    by_id = {record.id: record for record in records}
    return [by_id[item] for item in ids if item in by_id]
