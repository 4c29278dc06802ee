"""HubSpot's calls as functions from plain values to JSON: the library's paths, bytes in, raw answers out.

Nothing here decides anything; errors arrive raised, as their classes. Answers are dicts as HubSpot sent them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from connectors.base import GoneError, ProtocolError
from connectors.http import Answer
from connectors.hubspot.library import Library
from connectors.hubspot.line import Line
from connectors.hubspot.words import (
    DETAILS_PATH,
    FORM_PAGE,
    FORMS_PATH,
    LIST_PAGE,
    LISTS_PATH,
    ME_PATH,
    OWNER_PAGE,
    SUBMISSION_PAGE,
    SUBMISSIONS_PATH,
)
from connectors.shortcomings import Shortcomings

Json = dict[str, Any]


class Api:
    """Every call this connector makes, by name."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._library = Library(line.send)
        self.shortcomings = Shortcomings()

    def page(
        self, object_name: str, properties: Sequence[str], after: str | None = None, *, archived: bool = False
    ) -> Answer:
        """One page of the listing, in id order; all of the records are archived ones or none is."""
        return self._library.records.get_page(
            object_name,
            limit=LIST_PAGE,
            properties=[",".join(properties)] if properties else [],
            archived="true" if archived else "false",
            **({"after": after} if after else {}),
            **_RAW,
        )

    def record(self, object_name: str, record_id: str, properties: Sequence[str], *, archived: bool) -> Answer | None:
        """One record by id, or by the id of a record it consumed; None where it is not there."""
        try:
            return self._library.records.get_by_id(
                object_name,
                record_id,
                properties=[",".join(properties)] if properties else [],
                archived="true" if archived else "false",
                **_RAW,
            )
        except GoneError:
            return None

    def batch_read(
        self,
        object_name: str,
        ids: Iterable[str],
        properties: Sequence[str],
        *,
        history_of: Sequence[str] = (),
        id_property: str | None = None,
        archived: bool = False,
    ) -> Answer:
        """Up to 100 records (50 with history); those not found are missing from `results`, with 200 or with 207."""
        body: Json = {
            "properties": list(properties),
            "propertiesWithHistory": list(history_of),
            "inputs": [{"id": item} for item in ids],
        }
        if id_property:
            body["idProperty"] = id_property
        asked = {"archived": "true"} if archived else {}
        return self._library.batches.read(object_name, orjson.dumps(body), **asked, **_RAW)

    def batch_upsert(self, object_name: str, inputs: Sequence[Json]) -> Json:
        return _json(self._library.batches.upsert(object_name, _inputs(inputs), **_RAW))

    def batch_update(self, object_name: str, inputs: Sequence[Json]) -> Json:
        return _json(self._library.batches.update(object_name, _inputs(inputs), **_RAW))

    def batch_archive(self, object_name: str, ids: Sequence[str]) -> Json:
        return _json(self._library.batches.archive(object_name, _inputs([{"id": item} for item in ids]), **_RAW))

    def search(self, object_name: str, body: Mapping[str, Any]) -> Json:
        return _json(self._library.searches.do_search(object_name, orjson.dumps(body), **_RAW))

    def properties(self, object_name: str) -> list[Json]:
        return _listed(self._library.properties.get_all(object_name, **_RAW))

    def create_property(self, object_name: str, definition: Mapping[str, Any]) -> Json:
        return _json(self._library.properties.create(object_name, orjson.dumps(definition), **_RAW))

    def groups(self, object_name: str) -> list[Json]:
        return _listed(self._library.groups.get_all(object_name, **_RAW))

    def create_group(self, object_name: str, definition: Mapping[str, Any]) -> Json:
        return _json(self._library.groups.create(object_name, orjson.dumps(definition), **_RAW))

    def owners(self, after: str | None) -> Json:
        paged = {"after": after} if after else {}
        return _json(self._library.owners.get_page(limit=OWNER_PAGE, archived="false", **paged, **_RAW))

    def associations(self, source: str, target: str, inputs: Sequence[Json]) -> Json:
        return _json(self._library.associations.get_page(source, target, _inputs(inputs), **_RAW))

    def associate(self, source: str, target: str, inputs: Sequence[Json]) -> Json:
        return _json(self._library.associations.create(source, target, _inputs(inputs), **_RAW))

    def remove_labels(self, source: str, target: str, inputs: Sequence[Json]) -> Json:
        return _json(self._library.associations.archive_labels(source, target, _inputs(inputs), **_RAW))

    def forms(self, after: str | None) -> Json:
        paged = {"after": after} if after else {}
        return _json(self._line.send("GET", f"{FORMS_PATH}?{urlencode({'limit': FORM_PAGE, **paged})}", None))

    def submissions(self, form_id: str, after: str | None) -> Json:
        """The library reads no submissions, so this one goes by its path too."""
        paged = {"after": after} if after else {}
        path = f"{SUBMISSIONS_PATH}{quote(form_id, safe='')}?{urlencode({'limit': SUBMISSION_PAGE, **paged})}"
        return _json(self._line.send("GET", path, None))

    def list_by_name(self, type_id: str, name: str) -> Json:
        """Lists go by their paths: the library's own call for members is built on models that cost more than it."""
        path = f"{LISTS_PATH}object-type-id/{type_id}/name/{quote(name, safe='')}"
        return _json(self._line.send("GET", path, None))

    def list_by_id(self, list_id: str) -> Json:
        return _json(self._line.send("GET", LISTS_PATH + quote(list_id, safe=""), None))

    def make_list(self, definition: Mapping[str, Any]) -> Json:
        return _json(self._line.send("POST", LISTS_PATH, orjson.dumps(definition)))

    def list_members(self, list_id: str, after: str | None, limit: int) -> Json:
        paged = {"after": after} if after else {}
        path = f"{LISTS_PATH}{quote(list_id, safe='')}/memberships?{urlencode({'limit': limit, **paged})}"
        return _json(self._line.send("GET", path, None))

    def change_list(self, list_id: str, ids: Sequence[str], *, adds: bool) -> Json:
        path = f"{LISTS_PATH}{quote(list_id, safe='')}/memberships/{'add' if adds else 'remove'}"
        return _json(self._line.send("PUT", path, orjson.dumps(list(ids))))

    def details(self) -> Json:
        """The library has no account-info call, so this one goes by its path."""
        return _json(self._line.send("GET", DETAILS_PATH, None))

    def me(self) -> Json:
        """The older call that tells the account of a token."""
        return _json(self._line.send("GET", ME_PATH, None))


_RAW: dict[str, Any] = {"_preload_content": False, "_return_http_data_only": True}


def _inputs(inputs: Sequence[Json]) -> bytes:
    return orjson.dumps({"inputs": inputs})


def _json(answer: Answer) -> Json:
    """The answer's object; of an empty one (204, and 202 of old batches) an empty object."""
    if answer.value is None:
        return {}
    if not isinstance(answer.value, dict):
        raise ProtocolError("HubSpot answered with JSON that is no object", side="right", action="Report this.")
    return answer.value


def _listed(answer: Answer) -> list[Json]:
    """A whole list. Raises ProtocolError where there is none: it would read as if everything had been deleted."""
    results = _json(answer).get("results")
    if not isinstance(results, list):
        raise ProtocolError("HubSpot answered without the list that was asked for", side="right")
    return results


def results_of(answer: Answer) -> list[Json]:
    return _json(answer).get("results") or []
