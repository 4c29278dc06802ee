"""HubSpot's record JSON to `Record`: pure, and on the hot path of every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.base import HistoryEntry, Presence, ProtocolError, Raw, Record
from connectors.hubspot.words import MERGED_IDS, MERGED_VIDS, modified_property

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_ms(text: str | int) -> int:
    """ISO 8601, with or without a fraction, or epoch ms (both occur), as epoch ms. Raises ProtocolError else."""
    if isinstance(text, int) or (isinstance(text, str) and text.isdecimal()):
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        raise ProtocolError("an instant that is not ISO 8601", side="right", action="Report this answer.") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def record_of(object_name: str, raw: Mapping[str, Any], fields: Sequence[str], read_started_ms: int) -> Record:
    """One record. A field the answer does not name stays out of `values`: absent is not the same as blank.

    `modified_ms` is `updatedAt`, which mirrors the last-modified property; of an archived record the later of that and
    `archivedAt`, so that the news of its end is newer than any value seen before.
    """
    try:
        properties = raw["properties"]
        record_id = str(raw["id"])
        modified_ms = parse_ms(raw.get("updatedAt") or _stamp(object_name, properties) or raw["createdAt"])
    except (KeyError, TypeError):
        raise ProtocolError("a record without id, properties or time", side="right", action="Report this.") from None
    presence = Presence.LIVE
    if raw.get("archived"):
        presence = Presence.ARCHIVED
        if raw.get("archivedAt"):
            modified_ms = max(modified_ms, parse_ms(raw["archivedAt"]))
    history = raw.get("propertiesWithHistory")
    return Record(
        object_name,
        record_id,
        _values(properties, fields),
        modified_ms,
        read_started_ms,
        presence,
        merged_ids=merged_ids(properties, record_id),
        history=None if history is None else {name: _history(entries) for name, entries in history.items()},
    )


def _values(properties: Mapping[str, Raw], fields: Sequence[str]) -> dict[str, Raw]:
    try:
        return dict(zip(fields, map(properties.__getitem__, fields), strict=True))  # the usual case, at half the price
    except KeyError:
        return {name: properties[name] for name in fields if name in properties}


def _stamp(object_name: str, properties: Mapping[str, Any]) -> str | None:
    return properties.get(modified_property(object_name)) or None


def merged_ids(properties: Mapping[str, Raw], record_id: str) -> tuple[str, ...]:
    """Ids the record consumed: `hs_merged_object_ids`, and for old contacts the ids of `vid:timestamp` pairs."""
    merged = properties.get(MERGED_IDS)
    vids = properties.get(MERGED_VIDS)
    if not merged and not vids:
        return ()
    found = str(merged or "").split(";") + [pair.split(":")[0] for pair in str(vids or "").split(";")]
    return tuple(dict.fromkeys(text for item in found if (text := item.strip()) and text != record_id))


def _history(entries: Sequence[Mapping[str, Any]]) -> tuple[HistoryEntry, ...]:
    """Newest first, whatever order they came in; entries of one instant keep the order of the answer."""
    found = [
        HistoryEntry(
            value=entry.get("value"),
            at_ms=parse_ms(entry["timestamp"]),
            source_type=entry.get("sourceType") or "",
            source_id=entry.get("sourceId"),
        )
        for entry in entries
    ]
    return tuple(sorted(found, key=lambda entry: -entry.at_ms))
