"""How each system writes down what was said: a call is a Task on the left and a call on the right."""

from __future__ import annotations

import html
from datetime import UTC, datetime
from typing import Any, Final

from sandbox.population.talk import DAY_MS, Talk

_DISPOSITIONS: Final = {
    "Busy": "9d9162e7-6cf3-4944-bf63-4dff82258764",
    "Connected": "f240bbac-87c9-4f6e-bf70-924b57d47db7",
    "Left voicemail": "b2cf5968-551e-4856-9783-52b3da59a7d0",
    "No answer": "73a0d17f-1163-4015-bdd5-ec830791da20",
}
_HUBSPOT_OBJECTS: Final = {"call": "calls", "meeting": "meetings", "note": "notes", "task": "tasks"}


def at_ms(talk: Talk, start_ms: int) -> int:
    """When it was, at a working hour that depends on the person."""
    day_ms = (start_ms - talk.days_ago * DAY_MS) // DAY_MS * DAY_MS
    return day_ms + (8 + talk.person % 9) * 3_600_000 + talk.person % 60 * 60_000


def _instant(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def day_text(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%d")


def salesforce_activity(talk: Talk, who_id: str, owner_id: str | None, began_ms: int) -> tuple[str, dict[str, Any]]:
    """Object and values."""
    common = {"WhoId": who_id, "Subject": talk.title}
    if talk.text:
        common["Description"] = talk.text
    if owner_id is not None:
        common["OwnerId"] = owner_id
    if talk.kind == "meeting":
        return "Event", common | {
            "StartDateTime": _instant(began_ms),
            "EndDateTime": _instant(began_ms + talk.minutes * 60_000),
        }
    task = common | {
        "ActivityDate": day_text(began_ms),
        "Status": "Not Started" if talk.kind == "task" else "Completed",
        "Priority": "Normal",
    }
    if talk.kind == "call":
        task |= {
            "TaskSubtype": "Call",
            "CallType": "Outbound",
            "CallDurationInSeconds": talk.minutes * 60,
            "CallDisposition": talk.outcome,
        }
    return "Task", task


def hubspot_activity(talk: Talk, owner_id: str | None, began_ms: int) -> tuple[str, dict[str, Any]]:
    """Object and properties; bodies are HTML there."""
    body = html.escape(talk.text, quote=False)
    by_kind: dict[str, dict[str, Any]] = {
        "call": {
            "hs_call_title": talk.title,
            "hs_call_body": body,
            "hs_call_direction": "OUTBOUND",
            "hs_call_duration": str(talk.minutes * 60_000),
            "hs_call_status": "COMPLETED" if talk.outcome == "Connected" else "NO_ANSWER",
            "hs_call_disposition": _DISPOSITIONS.get(talk.outcome, ""),
        },
        "meeting": {
            "hs_meeting_title": talk.title,
            "hs_meeting_body": body,
            "hs_meeting_start_time": str(began_ms),
            "hs_meeting_end_time": str(began_ms + talk.minutes * 60_000),
            "hs_meeting_outcome": "COMPLETED",
        },
        "note": {"hs_note_body": body},
        "task": {
            "hs_task_subject": talk.title,
            "hs_task_body": body,
            "hs_task_status": "NOT_STARTED",
            "hs_task_priority": "MEDIUM",
            "hs_task_type": "TODO",
        },
    }
    values = {"hs_timestamp": str(began_ms), "hubspot_owner_id": owner_id} | by_kind[talk.kind]
    return _HUBSPOT_OBJECTS[talk.kind], {name: value for name, value in values.items() if value not in ("", None)}
