"""Lists of records with their members; only MANUAL and SNAPSHOT lists are written by the API."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import Any

from sandbox.hubspot.times import iso


@dataclass(slots=True)
class RecordList:
    id: int
    name: str
    object_type_id: str
    processing_type: str
    created_ms: int
    updated_ms: int
    version: int = 1
    deleted_ms: int | None = None
    joined: dict[int, int] = field(default_factory=dict)  # record id -> when it joined, in the order of joining
    ordered: list[int] = field(default_factory=list)

    @property
    def writable(self) -> bool:
        return self.processing_type in ("MANUAL", "SNAPSHOT")

    def add(self, record_id: int, now_ms: int) -> bool:
        if record_id in self.joined:
            return False
        self.joined[record_id] = now_ms
        insort(self.ordered, record_id)
        self.touch(now_ms)
        return True

    def drop(self, record_id: int, now_ms: int) -> bool:
        if self.joined.pop(record_id, None) is None:
            return False
        del self.ordered[bisect_left(self.ordered, record_id)]
        self.touch(now_ms)
        return True

    def touch(self, now_ms: int) -> None:
        self.updated_ms = now_ms
        self.version += 1

    def wire(self) -> dict[str, Any]:
        sent: dict[str, Any] = {
            "listId": str(self.id),
            "listVersion": self.version,
            "name": self.name,
            "objectTypeId": self.object_type_id,
            "processingType": self.processing_type,
            "processingStatus": "COMPLETE",
            "createdById": "9586504",
            "updatedById": "9586504",
            "createdAt": iso(self.created_ms),
            "updatedAt": iso(self.updated_ms),
            "size": len(self.joined),
        }
        if self.deleted_ms is not None:
            sent["deletedAt"] = iso(self.deleted_ms)
        return sent


@dataclass(slots=True)
class Lists:
    by_id: dict[int, RecordList] = field(default_factory=dict)

    def create(self, name: str, object_type_id: str, processing_type: str, now_ms: int) -> RecordList:
        made = RecordList(len(self.by_id) + 1, name, object_type_id, processing_type, now_ms, now_ms)
        self.by_id[made.id] = made
        return made

    def live(self, list_id: str) -> RecordList | None:
        found = self.by_id.get(int(list_id)) if list_id.isdecimal() else None
        return found if found is not None and found.deleted_ms is None else None

    def named(self, name: str, object_type_id: str) -> RecordList | None:
        for known in self.by_id.values():
            if (
                known.deleted_ms is None
                and known.name.lower() == name.lower()
                and known.object_type_id == object_type_id
            ):
                return known
        return None

    def forget_record(self, object_type_id: str, record_id: int, now_ms: int) -> None:
        """An archived record leaves its lists."""
        for known in self.by_id.values():
            if known.object_type_id == object_type_id:
                known.drop(record_id, now_ms)
