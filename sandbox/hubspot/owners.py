"""Owners: the users who can own records, active and deactivated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from sandbox.hubspot.times import iso


@dataclass(slots=True)
class Owner:
    id: int
    user_id: int
    email: str
    first_name: str
    last_name: str
    created_ms: int
    archived: bool = False
    teams: tuple[tuple[str, str], ...] = ()

    def wire(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "email": self.email,
            "type": "PERSON",
            "firstName": self.first_name,
            "lastName": self.last_name,
            "userId": None if self.archived else self.user_id,
            "userIdIncludingInactive": self.user_id,
            "createdAt": iso(self.created_ms),
            "updatedAt": iso(self.created_ms),
            "archived": self.archived,
            "teams": [
                {"id": number, "name": name, "primary": place == 0} for place, (number, name) in enumerate(self.teams)
            ],
        }


@dataclass(slots=True)
class Owners:
    """All owners by id; ids and user ids are different numbers, and only the first may be assigned."""

    by_id: dict[int, Owner] = field(default_factory=dict)

    def add(
        self, email: str, first_name: str, last_name: str, now_ms: int, teams: tuple[tuple[str, str], ...] = ()
    ) -> Owner:
        number = len(self.by_id)
        owner = Owner(
            41_629_779 + 13 * number, 9_586_504 + 7 * number, email, first_name, last_name, now_ms, teams=teams
        )
        self.by_id[owner.id] = owner
        return owner

    def may_own(self, value: str) -> bool:
        owner = self.by_id.get(int(value)) if value.isdecimal() else None
        return owner is not None and not owner.archived

    def by_user(self, user_id: int) -> Owner | None:
        return next((owner for owner in self.by_id.values() if owner.user_id == user_id), None)

    def user_id(self, name: str) -> int:
        """The user id of a person named in the ledger: an owner's where the name is one's, else made up but stable."""
        for owner in self.by_id.values():
            if name in (owner.email, owner.first_name, f"{owner.first_name} {owner.last_name}"):
                return owner.user_id
        return 98_000_000 + crc32(name.encode()) % 1_000_000
