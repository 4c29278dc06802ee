"""From an activity as a connector read it to a document: what was said, when, by whom, about which records. Pure.

A date alone (Salesforce's due date) says nothing of the hour, so the moment of making stands where both fall on one
day. HubSpot's bodies are markup, and what a reader sees of them is the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from connectors.base import Raw, Record, SideName
from syncer.core.instants import parse_day, parse_instant_ms
from syncer.core.listen.text import looks_like_html, visible_text
from syncer.stages.context import LEFT_KEY
from syncer.store.knowledge_rows import DocumentRow

LONGEST_BYTES: Final = 200_000  # of one text; a longer one is kept without it, and refused by name
GONE: Final = "gone"
About = Iterable[tuple[str, str, str]]
_PREFIXES: Final = {"00Q": "Lead", "003": "Contact", "001": "Account"}
_DISPOSITIONS: Final = {  # HubSpot's own; those that an account added keep their id
    "9d9162e7-6cf3-4944-bf63-4dff82258764": "Busy",
    "f240bbac-87c9-4f6e-bf70-924b57d47db7": "Connected",
    "a4c4c377-d246-4b32-a13b-75a56a4cd0ff": "Left live message",
    "b2cf5968-551e-4856-9783-52b3da59a7d0": "Left voicemail",
    "73a0d17f-1163-4015-bdd5-ec830791da20": "No answer",
    "17b47fee-58de-441e-a44c-c6300d46f273": "Wrong number",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One object that holds what was said. `bodies`: its text, part by part; `meta`: what is kept of it beside that."""

    side: SideName
    object: str
    kind: str
    title: str
    bodies: tuple[str, ...]
    owner: str
    stamps: tuple[str, ...]
    meta: Mapping[str, str]
    more: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        named = (self.title, *self.bodies, self.owner, *self.stamps, *self.meta.values(), *self.more)
        return tuple(name for name in named if name)


SHAPES: Final = (
    Shape(
        "left", "Task", "task", "Subject", ("Description",), "OwnerId",
        ("ActivityDate", "CreatedDate", "CompletedDateTime"),
        {"disposition": "CallDisposition", "direction": "CallType", "duration_s": "CallDurationInSeconds",
         "subtype": "TaskSubtype"},
        ("WhoId", "WhatId", "IsClosed", LEFT_KEY),
    ),
    Shape(
        "left", "Event", "meeting", "Subject", ("Description",), "OwnerId",
        ("StartDateTime", "ActivityDate", "CreatedDate"), {"duration_min": "DurationInMinutes"}, ("WhoId", "WhatId"),
    ),
    Shape(
        "right", "calls", "call", "hs_call_title", ("hs_call_body",), "hubspot_owner_id",
        ("hs_timestamp", "hs_createdate"),
        {"disposition": "hs_call_disposition", "direction": "hs_call_direction", "duration_ms": "hs_call_duration"},
    ),
    Shape(
        "right", "meetings", "meeting", "hs_meeting_title", ("hs_meeting_body", "hs_internal_meeting_notes"),
        "hubspot_owner_id", ("hs_timestamp", "hs_createdate"), {"disposition": "hs_meeting_outcome"},
    ),
    Shape("right", "notes", "note", "", ("hs_note_body",), "hubspot_owner_id", ("hs_timestamp", "hs_createdate"), {}),
    Shape(
        "right", "tasks", "task", "hs_task_subject", ("hs_task_body",), "hubspot_owner_id",
        ("hs_timestamp", "hs_createdate"), {"subtype": "hs_task_type"},
    ),
)  # fmt: skip


def doc_id(side: str, object_name: str, record_id: str) -> str:
    return f"{side}:{object_name}:{record_id}"


def document(shape: Shape, record: Record, about: About, read_ms: int) -> DocumentRow | None:
    """None for a task that the hand-off made: what is written there are our own words.

    Raises ValueError for a stamp that is none.
    """
    values = record.values
    if values.get(LEFT_KEY):
        return None
    bodies = [str(values[name]) for name in shape.bodies if values.get(name)]
    size = sum(len(body.encode("utf-8", "replace")) for body in bodies)
    meta: dict[str, Any] = {
        key: values[name] for key, name in shape.meta.items() if values.get(name) not in (None, "", 0)
    }
    if "disposition" in meta:
        meta["disposition"] = _DISPOSITIONS.get(str(meta["disposition"]), meta["disposition"])
    if size > LONGEST_BYTES:
        meta["bytes"], bodies = size, []
    text = "\n\n".join(_plain(shape.side, body) for body in bodies)
    stated_ms = _said_ms(shape, values)
    title = storable(str(values.get(shape.title) or ""))
    speaker = str(values.get(shape.owner) or "")
    return DocumentRow(
        doc_id=doc_id(shape.side, shape.object, record.id),
        side=shape.side,
        object=shape.object,
        remote_id=record.id,
        kind=_kind(shape, meta),
        said_ms=min(stated_ms, read_ms),
        title=title,
        text=text,
        speaker=speaker,
        meta=meta,
        # Of what the record states: a meeting to come, read again an hour later, is no other one.
        text_hash=text_hash(title, text, speaker, str(stated_ms)),
        read_ms=read_ms,
        about=tuple(sorted(set(about))),
    )


def text_hash(*parts: str) -> str:
    """Changes with everything that changes what is heard."""
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()


def pointed_at(values: Mapping[str, Raw]) -> list[tuple[str, str, str]]:
    """The Salesforce records that a task or event names, of the kinds that are mapped."""
    ids = [str(values[name]) for name in ("WhoId", "WhatId") if values.get(name)]
    return [("left", _PREFIXES[one[:3]], one) for one in ids if one[:3] in _PREFIXES]


def _kind(shape: Shape, meta: Mapping[str, Any]) -> str:
    called = shape.object == "Task" and (meta.get("subtype") == "Call" or {"direction", "duration_s"} & set(meta))
    return "call" if called else shape.kind


def _plain(side: str, body: str) -> str:
    return storable(visible_text(body) if side == "right" or looks_like_html(body) else body)


def storable(text: str) -> str:
    """Without halves of characters, which no database takes."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _said_ms(shape: Shape, values: Mapping[str, Raw]) -> int:
    stamps = {name: str(values[name]) for name in shape.stamps if values.get(name)}
    if shape.object == "Task":
        return _task_ms(stamps, bool(values.get("IsClosed")))
    if shape.object == "tasks":  # its time stamp is when it is due
        stamps.pop("hs_timestamp", None) if "hs_createdate" in stamps else None
    first = next(iter(stamps.values()), "0")
    return parse_instant_ms(first)


def _task_ms(stamps: Mapping[str, str], closed: bool) -> int:
    """A call logged afterwards was on the day it names; an open task with a date to come was written when made."""
    made_ms = parse_instant_ms(stamps.get("CreatedDate", "0"))
    if "ActivityDate" not in stamps:
        return made_ms
    day_ms = parse_instant_ms(parse_day(stamps["ActivityDate"]) + "T00:00:00Z")
    same_day = 0 <= made_ms - day_ms < 86_400_000
    if same_day or (day_ms > made_ms and not closed):
        return made_ms
    done_ms = parse_instant_ms(stamps.get("CompletedDateTime", "0"))
    return min(day_ms, done_ms) if done_ms else day_ms
