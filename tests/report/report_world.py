"""Rows to fill a state with, and a look at a page of HTML that knows what stands open in it."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from syncer.core.claims import Authority, claim, to_json
from syncer.store.knowledge_rows import (
    ClaimRow,
    DocumentRow,
    HandOffRow,
    ObjectionRow,
    VerdictHistoryRow,
    VerdictRow,
)

DAY_MS = 86_400_000
EVIL = '<script>alert("x")</script>'
VOID = ("meta", "line", "circle", "rect", "polygon", "polyline")


def at(text: str) -> int:
    """The moment of an ISO time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def move(link: str, before: str, after: str, at_ms: int, run: str = "later", **verdict: Any) -> VerdictHistoryRow:
    return VerdictHistoryRow(0, link, "person", "TRUE lead", "1.0", "c", before, after, "why", at_ms, run, verdict)


def verdict(link: str, status: str, stage: str = "", **found: Any) -> VerdictRow:
    return VerdictRow(link, "person", "TRUE lead", "1.0", "c", status, stage, "line", found, {}, 5, 0, "run")


def hand_off(number: int, state: str, made_ms: int, **more: Any) -> HandOffRow:
    told: dict[str, Any] = {
        "hand_off_id": f"h{number}", "link_id": f"l{number}", "status": "MQL", "state": state, "owner_id": "005ann",
        "task_id": "00T", "first_step": "call", "made_ms": made_ms, "due_ms": made_ms + DAY_MS, "sent_ms": made_ms,
        "answered_ms": 0, "ended_ms": 0, "reason": "", "payload": {},
    }  # fmt: skip
    return HandOffRow(**(told | more))


def objection(number: int, kind: str, said_ms: int, source: str = "Web", quote: str = "Too dear.") -> ObjectionRow:
    return ObjectionRow(f"left:Task:{number}", 0, f"l{number}", kind, source, quote, 0, len(quote), said_ms)


def call(number: int, said_ms: int) -> DocumentRow:
    return DocumentRow(f"left:Task:{number}", "left", "Task", str(number), "call", said_ms, "", "", "", {}, "h", 0)


def claim_row(subject: str, field: str, value: Any, authority: Authority, source: str, at_ms: int) -> ClaimRow:
    said = claim(subject, field, value, authority, source, at_ms)
    return ClaimRow(said.claim_id, subject, field, authority.value, source, at_ms, "", "run", to_json(said))


class Tags(HTMLParser):
    """`seen`: every tag with its attributes; `said`: the text; raises where tags do not close each other."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag
        elif tag in ("rect", "circle"):
            return

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def count(self, tag: str) -> int:
        return [name for name, _ in self.seen].count(tag)
