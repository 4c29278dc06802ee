"""Many worlds one after another or side by side: what they did in sum, and the first that broke a promise.

Every twentieth world is played twice: another trace means that something besides the seed decided.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, fields
from typing import Final

from simulation.script import Tally
from simulation.seeds import script_of
from simulation.shrink import as_test, shrink
from simulation.story import run

TWICE_EVERY: Final = 20
CHUNK: Final = 10


@dataclass(slots=True)
class Sum:
    """What the worlds of a campaign did together; `failures` are (seed, what was broken)."""

    worlds: int = 0
    twice: int = 0
    tally: Tally = field(default_factory=Tally)
    failures: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: Sum) -> None:
        self.worlds += other.worlds
        self.twice += other.twice
        self.failures += other.failures
        _add(self.tally, other.tally)


def _add(total: Tally, more: Tally) -> None:
    for item in fields(Tally):
        setattr(total, item.name, getattr(total, item.name) + getattr(more, item.name))


def play(first: int, count: int) -> Sum:
    """The worlds of `count` seeds from `first` on, in this process."""
    total = Sum()
    for seed in range(first, first + count):
        result = run(script_of(seed))
        total.worlds += 1
        _add(total.tally, result.tally)
        if result.failure:
            total.failures.append((seed, result.failure))
        elif seed % TWICE_EVERY == 0:
            total.twice += 1
            again = run(script_of(seed))
            if again.trace != result.trace:
                total.failures.append((seed, f"determinism: trace {result.trace}, and {again.trace} the second time"))
    return total


def campaign(first: int, worlds: int, jobs: int) -> int:
    """Plays, prints the table and, for the first failure, the shrunk story; the exit code is 1 when a promise broke."""
    began_s, total = time.monotonic(), Sum()
    for part in _parts(first, worlds, jobs):
        total.add(part)
        if sys.stderr.isatty():
            print(f"\r{total.worlds} of {worlds} worlds", end="", file=sys.stderr, flush=True)
        if total.failures:
            break
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(table(total, first, time.monotonic() - began_s))
    for seed, failure in total.failures:
        print(f"\nseed {seed}: {failure}")
    if not total.failures:
        return 0
    seed, failure = total.failures[0]
    print(f"\nAgain: python -m simulation seed {seed}")
    if not failure.startswith("determinism"):
        small = shrink(run(script_of(seed)))
        print("\n".join(["", as_test(small), *small.timeline]))
    return 1


def _parts(first: int, worlds: int, jobs: int) -> Iterator[Sum]:
    chunks = [(at, min(CHUNK, first + worlds - at)) for at in range(first, first + worlds, CHUNK)]
    if jobs <= 1:
        yield from (play(*chunk) for chunk in chunks)
        return
    with ProcessPoolExecutor(jobs) as pool:
        waiting = [pool.submit(play, *chunk) for chunk in chunks]
        try:
            for each in waiting:
                yield each.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


_ROWS: Final[tuple[tuple[str, Callable[[Sum], int]], ...]] = (
    ("worlds", lambda total: total.worlds),
    ("played twice, same trace", lambda total: total.twice),
    ("cycles", lambda total: total.tally.cycles),
    ("edits by people", lambda total: total.tally.edits),
    ("claims stored", lambda total: total.tally.claims),
    ("writes by the worker", lambda total: total.tally.writes),
    ("points at which it could die", lambda total: total.tally.points),
    ("kills", lambda total: total.tally.kills),
    ("faults struck", lambda total: total.tally.struck),
    ("races recovered", lambda total: total.tally.races),
    ("promises broken", lambda total: len(total.failures)),
)


def table(total: Sum, first: int, took_s: float) -> str:
    """The summary, one number a line."""
    lines = [f"{name:<30}{value(total):>12,}" for name, value in _ROWS]
    lines.append(f"{'seconds':<30}{took_s:>12,.1f}")
    lines.append(f"{'seeds':<30}{f'{first}..{first + max(0, total.worlds - 1)}':>12}")
    return "\n".join(lines)
