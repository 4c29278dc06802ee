"""Look-up by a natural or unique key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from connectors.base import Record
from connectors.hubspot.api import Api
from connectors.hubspot.changes import Position, search_ids
from connectors.hubspot.read import Reader, chunks
from connectors.hubspot.words import BATCH, IN_CHARACTERS, IN_VALUES


def find_unique(
    reader: Reader, object_name: str, field_name: str, values: Sequence[str], fields: Sequence[str]
) -> list[Record]:
    """Consistent: a batch read by `email` (additional addresses answer too) or by a property with unique values."""
    records: dict[str, Record] = {}
    wanted = _distinct(values, fold=str.lower if field_name == "email" else str)
    for chunk in chunks(wanted, BATCH):
        found = reader.batch(object_name, chunk, fields, id_property=field_name)
        records.update((record.id, record) for record in found)
    return list(records.values())


def find_by_search(
    api: Api, reader: Reader, object_name: str, field_name: str, values: Sequence[str], fields: Sequence[str]
) -> list[Record]:
    """Every match by the search index, content read by id. **May lag** a write by seconds.

    HubSpot offers no consistent look-up of a property without unique values, such as the domain of a company. Who
    has to be sure that no record exists looks in its own index of what it wrote and observed as well.
    """
    ids: dict[str, None] = {}
    for chunk in _search_chunks(_distinct(values, fold=str.lower)):
        filters = [{"propertyName": field_name, "operator": "IN", "values": chunk}]  # IN compares in lower case
        position: Position | None = Position()
        while position is not None:
            page, position = search_ids(api, object_name, filters, position)
            ids.update(dict.fromkeys(page))
    records: dict[str, Record] = {}
    for chunk in chunks(tuple(ids), BATCH):
        records.update((record.id, record) for record in reader.batch(object_name, chunk, fields))
    return list(records.values())


def _distinct(values: Sequence[str], fold: Callable[[str], str]) -> list[str]:
    """Without blanks and doubles: two inputs that HubSpot reads as one refuse the whole call."""
    return list(dict.fromkeys(text for value in values if (text := fold(value.strip()))))


def _search_chunks(values: Sequence[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    length = 0
    for value in values:
        if chunk and (len(chunk) >= IN_VALUES or length + len(value) > IN_CHARACTERS):
            yield chunk
            chunk, length = [], 0
        chunk.append(value)
        length += len(value) + 3
    if chunk:
        yield chunk
