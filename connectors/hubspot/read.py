"""Reading by id: the consistent read on which every decision rests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from connectors.base import ProtocolError, Record, RemoteError, SchemaError
from connectors.hubspot.api import Api, results_of
from connectors.hubspot.records import record_of
from connectors.hubspot.words import BATCH, HISTORY_BATCH, merge_properties
from connectors.shortcomings import not_offered

_HISTORY, _ARCHIVED_BATCH = "PropertyHistoryRefused", "ArchivedBatchRefused"


class Reader:
    """Turns ids into records; the other streams find ids and come here for the content."""

    def __init__(self, api: Api, threads: int = 1) -> None:
        self._api = api
        self._pool = ThreadPoolExecutor(threads, "hubspot-read") if threads > 1 else None

    def read(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str], history_of: Sequence[str] = ()
    ) -> dict[str, Record | None]:
        """Asked id -> record. An archived record answers with presence ARCHIVED; None means that the id is unknown.

        What the batch does not answer is asked for again among the archived, and what is still missing one by one: a
        merged-away id answers there with the survivor.
        """
        parts = list(chunks(tuple(dict.fromkeys(ids)), HISTORY_BATCH if history_of else BATCH))
        run = map if self._pool is None or len(parts) < 2 else self._pool.map
        found: dict[str, Record | None] = {}
        for part in run(lambda chunk: self._complete(object_name, chunk, fields, history_of), parts):
            found.update(part)
        return found

    def _complete(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str], history_of: Sequence[str]
    ) -> dict[str, Record | None]:
        found: dict[str, Record | None] = {**answered(ids, self.batch(object_name, ids, fields, history_of))}
        missing = [item for item in ids if item not in found]
        if missing:
            archived = self._archived(object_name, missing, fields, history_of)
            found.update((record.id, record) for record in archived if record.id in missing)
        for item in missing:
            if item not in found:
                found[item] = self._one(object_name, item, fields)
        return found

    def _archived(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str], history_of: Sequence[str]
    ) -> list[Record]:
        """None where archived records cannot be read by batch: the caller asks for each by itself."""
        if self._api.shortcomings.has(_ARCHIVED_BATCH):
            return []
        try:
            return self.batch(object_name, ids, fields, history_of, archived=True)
        except RemoteError as error:
            if not _refused(error):
                raise
            self._api.shortcomings.add(
                _ARCHIVED_BATCH, error, "HubSpot refuses to read archived records by batch: they are read one by one."
            )
            return []

    def batch(
        self,
        object_name: str,
        ids: Sequence[str],
        fields: Sequence[str],
        history_of: Sequence[str] = (),
        *,
        id_property: str | None = None,
        archived: bool = False,
    ) -> list[Record]:
        """One call. Answers come in another order, and some not at all."""
        asked = asked_for(object_name, fields)
        if history_of and self._api.shortcomings.has(_HISTORY):
            history_of = ()
        try:
            answer = self._api.batch_read(
                object_name, ids, asked, history_of=history_of, id_property=id_property, archived=archived
            )
        except RemoteError as error:
            if not history_of or archived or not _refused(error):
                raise
            answer = self._api.batch_read(object_name, ids, asked, id_property=id_property)
            self._api.shortcomings.add(
                _HISTORY,
                error,
                "HubSpot refuses the history of properties: an edit made in the instant of a write cannot be found "
                "afterwards, and conflicts are dated by the record as a whole.",
            )
        records = self.records(object_name, results_of(answer), fields, answer.started_ms)
        wanted = "archived" if archived else "live"
        return [record for record in records if record.presence == wanted]

    def records(
        self, object_name: str, raws: Sequence[Mapping[str, Any]], fields: Sequence[str], started_ms: int
    ) -> list[Record]:
        """Records of one answer. Raises SchemaError when a field asked for does not exist.

        HubSpot ignores unknown names and answers known ones without a value by null. So a name that is missing in the
        answer is looked up: a property that was deleted must never look like a value that was cleared.
        """
        records = [record_of(object_name, raw, fields, started_ms) for raw in raws]
        if all(len(record.values) == len(fields) for record in records):
            return records
        absent = {name for record in records for name in fields if name not in record.values}
        known = {item["name"] for item in self._api.properties(object_name) if not item.get("archived")}
        unknown = sorted(absent - known)
        if unknown:
            raise SchemaError(
                f"HubSpot {object_name} has no property {', '.join(unknown)}",
                side="right",
                code="PROPERTY_DOESNT_EXIST",
                fields=unknown,
                action=f"Restore the property in HubSpot or correct the mapping: {', '.join(unknown)}.",
            )
        return [replace(record, values={name: record.values.get(name) for name in fields}) for record in records]

    def _one(self, object_name: str, record_id: str, fields: Sequence[str]) -> Record | None:
        for archived in (False, True):
            answer = self._api.record(object_name, record_id, asked_for(object_name, fields), archived=archived)
            if answer is not None:
                return self.records(object_name, [answer.value], fields, answer.started_ms)[0]
        return None


def _refused(error: RemoteError) -> bool:
    """Whether the call is refused as such, or a part of it that is not understood."""
    return not_offered(error) or (isinstance(error, ProtocolError) and error.status == 400)


def asked_for(object_name: str, fields: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*fields, *merge_properties(object_name))))


def answered(ids: Sequence[str], records: Sequence[Record]) -> dict[str, Record]:
    """Asked id -> its record; a consumed id has the record that consumed it."""
    by_id: dict[str, Record] = {}
    for record in records:
        for consumed in record.merged_ids:
            by_id[consumed] = record
    by_id.update((record.id, record) for record in records)
    return {item: by_id[item] for item in ids if item in by_id}


def chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
