"""What a deliberate bug is: its name, the world that shows it, and what it replaces in the worker while in force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Patch = tuple[Any, str, Callable[[Any], Any]]  # where, name, original -> replacement


@dataclass(frozen=True, slots=True)
class Mutant:
    """One bug: what it does in a few words, which world finds it, what it replaces, which settings it changes.

    `world` is a seed, or the name of a handwritten one; the hunt begins there.
    """

    name: str
    world: int | str
    patches: tuple[Patch, ...] = ()
    settings: tuple[tuple[str, Any], ...] = ()


def constant(value: Any) -> Callable[[Any], Any]:
    return lambda _original: lambda *_args, **_named: value
