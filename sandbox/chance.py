"""Randomness by address: every event has its own generator, named by seed and place, so that removing one event leaves
all others as they were. That is what makes a failing run shrinkable.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from random import Random
from typing import TypeVar

Item = TypeVar("Item")


def number(*address: object) -> int:
    """64 bits that depend on the address alone, the same on every machine and run."""
    return int.from_bytes(blake2b("\x1f".join(map(str, address)).encode(), digest_size=8).digest(), "big")


def share(*address: object) -> float:
    """A float in [0, 1)."""
    return (number(*address) >> 11) / (1 << 53)


def pick(items: Sequence[Item], *address: object) -> Item:
    return items[number(*address) % len(items)]


def generator(*address: object) -> Random:
    """A generator for an event that needs several draws; ten times dearer than `number`."""
    return Random(number(*address))
