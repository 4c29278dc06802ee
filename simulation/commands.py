"""The crash sweep and the sabotage as commands: a line as it is found, and exit code 1 where a promise broke or a bug
survived.
"""

from __future__ import annotations

import time

from rich.console import Console

from simulation.crashes import STORIES, points_of, sweep
from simulation.mutants import MUTANTS
from simulation.sabotage import hunt

SHOWN = 3  # broken promises printed for each story


def crash(only: str = "") -> int:
    """Every story, killed at each of its port points."""
    out, broken = Console(), 0
    for name, script in STORIES.items():
        if only not in name:
            continue
        failures = sweep(script)
        broken += len(failures)
        out.print(f"{name}: killed at {points_of(script)} points, {len(failures)} broken promises")
        for place, failure in failures[:SHOWN]:
            out.print(f"  killed at point {place}: {failure}", markup=False, soft_wrap=True)
    return 1 if broken else 0


def sabotage(seeds_max: int, only: str) -> int:
    """Every mutant: which world found it, by which promise, and after how long."""
    out = Console()
    chosen = [mutant for mutant in MUTANTS if only in mutant.name]
    survivors = 0
    for mutant in chosen:
        began_s, catch = time.monotonic(), hunt(mutant, seeds_max)
        survivors += catch is None
        found = f"{catch.world:<52} {catch.failure[:80]}" if catch else "SURVIVED"
        line = f"{mutant.name:<40} {time.monotonic() - began_s:6.1f} s  {found}"
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    out.print(f"{len(chosen) - survivors} of {len(chosen)} found")
    return 1 if survivors else 0
