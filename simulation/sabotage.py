"""The hunt for deliberate bugs, each of which the oracles must find: the proof that green worlds mean something.

A mutant that survives names a missing oracle or a missing fault; it is answered by adding that, never by dropping the
mutant.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import Final

from simulation.crashes import STORIES
from simulation.mutants import Mutant
from simulation.script import Script
from simulation.seeds import script_of
from simulation.story import run
from simulation.traps import TRAPS
from syncer.stages.context import Settings

SEEDS_MAX: Final = 150
_SETTINGS: Final = frozenset(item.name for item in fields(Settings))


class UnfitError(Exception):
    """What a mutant replaces is not there any more: mend the mutant, or it would prove nothing."""


@dataclass(frozen=True, slots=True)
class Catch:
    """The world in which a mutant was found, and the promise that it broke there."""

    world: str
    failure: str


@contextmanager
def in_force(mutant: Mutant) -> Iterator[None]:
    """Replaces what the mutant replaces, and puts it back. Raises UnfitError before anything is touched."""
    for where, name, _ in mutant.patches:
        if name not in where.__dict__:
            raise UnfitError(f"{mutant.name}: {where.__name__} has no {name}")
    if unknown := [name for name, _ in mutant.settings if name not in _SETTINGS]:
        raise UnfitError(f"{mutant.name}: the worker has no setting {', '.join(unknown)}")
    kept = [(where, name, where.__dict__[name]) for where, name, _ in mutant.patches]
    try:
        for where, name, change in mutant.patches:
            setattr(where, name, change(where.__dict__[name]))
        yield
    finally:
        for where, name, original in kept:
            setattr(where, name, original)


def world_of(name: int | str) -> Script:
    """The world of a seed, or the handwritten one of that name."""
    return script_of(name) if isinstance(name, int) else {**STORIES, **TRAPS}[name]


def try_in(mutant: Mutant, world: int | str) -> str:
    """The promise that the mutant breaks in this world; empty where it goes unnoticed."""
    script = world_of(world)
    with in_force(mutant):
        return run(replace(script, settings=(*script.settings, *mutant.settings))).failure


def hunt(mutant: Mutant, seeds_max: int = SEEDS_MAX) -> Catch | None:
    """The first world that finds it: its own, then the handwritten ones, then the seeds. None for a survivor."""
    for world in dict.fromkeys((mutant.world, *STORIES, *TRAPS, *range(seeds_max))):
        if failure := try_in(mutant, world):
            return Catch(f"seed {world}" if isinstance(world, int) else world, failure)
    return None


__all__ = ["SEEDS_MAX", "Catch", "UnfitError", "hunt", "in_force", "try_in", "world_of"]
