"""Seeded draws that do not depend on each other: the nth draw of a name is the same whatever else was drawn."""

from __future__ import annotations

from hashlib import blake2b
from random import Random
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")


class Draws:
    """A family of counters over one seed; the state is the seed and the counters, so a snapshot is small."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.counters: dict[str, int] = {}
        self._key = seed.to_bytes(16, "big", signed=False)

    def bits(self, name: str) -> int:
        """128 bits."""
        count = self.counters.get(name, 0)
        self.counters[name] = count + 1
        digest = blake2b(f"{name}:{count}".encode(), key=self._key, digest_size=16).digest()
        return int.from_bytes(digest, "big")

    def between(self, name: str, low: int, high: int) -> int:
        """An integer in [low, high]; draws nothing when there is no choice."""
        return low if low == high else low + self.bits(name) % (high - low + 1)

    def uuid(self, name: str) -> str:
        return str(UUID(int=self.bits(name), version=4))

    def shuffled(self, name: str, items: list[T]) -> list[T]:
        """Another order than the given one, whenever there is one that differs."""
        if len(items) < 2:
            return items
        mixed = list(items)
        Random(self.bits(name)).shuffle(mixed)
        return mixed if any(a is not b for a, b in zip(mixed, items, strict=True)) else mixed[1:] + mixed[:1]
