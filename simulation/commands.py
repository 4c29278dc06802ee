"""The crash sweep and the sabotage as commands: a table, and exit code 1 where a promise broke or a mutant survived."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

from rich.console import Console
from rich.table import Table

from simulation.crashes import STORIES, points_of, sweep
from simulation.sabotage import MUTANTS, hunt

SHOWN = 3  # broken promises printed for each story


def crash() -> int:
    """Every story, killed at each of its port points."""
    out, broken = Console(), 0
    for name, script in STORIES.items():
        failures = sweep(script)
        broken += len(failures)
        out.print(f"{name}: killed at {points_of(script)} points, {len(failures)} broken promises")
        for place, failure in failures[:SHOWN]:
            out.print(f"  killed at point {place}: {failure}", markup=False, soft_wrap=True)
    return 1 if broken else 0


def sabotage(seeds_max: int, only: str) -> int:
    """Every mutant: after how many seeds it was found, and by which promise."""
    out = Console()
    chosen = [mutant.name for mutant in MUTANTS if only in mutant.name]
    table = Table(box=None, pad_edge=False)
    table.add_column("deliberate bug")
    table.add_column("seeds", justify="right")
    table.add_column("found by")
    survivors = 0
    with ProcessPoolExecutor(2) as pool:
        found = pool.map(_hunted, [(name, seeds_max) for name in chosen])
        for name, (count, failure) in zip(chosen, found, strict=True):
            survivors += not count
            table.add_row(name, str(count or "-"), failure.split(":")[0][:60] if count else "SURVIVED")
    out.print(table)
    out.print(f"{len(chosen) - survivors} of {len(chosen)} found within {seeds_max} seeds each")
    return 1 if survivors else 0


def _hunted(job: tuple[str, int]) -> tuple[int, str]:
    name, seeds_max = job
    return hunt(next(mutant for mutant in MUTANTS if mutant.name == name), seeds_max)
