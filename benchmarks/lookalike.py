"""Search for neighbours, and predictions of facts: measured in a process of their own, without a sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.measured import alone

OVER_PRODUCT = 1.5
SEARCH_MIB = 600.0
FACTS_CPU_S = 300.0
SEEDS, NEAREST = 1_000, 50
FACTS = 10


def neighbours_figures(folder: Path, rows: int, tell: Callable[[str], None]) -> Iterator[Figure]:
    """The exact search against nothing but the matrix products it is made of."""
    scenario = f"{NEAREST} nearest of {rows:,} x 64, {SEEDS:,} seeds"
    tell(scenario)
    found = alone(folder, "lookalike_work.neighbours", rows=rows, seeds=SEEDS, count=NEAREST)
    bare = found["bare_s"]
    yield Figure(scenario, "CPU", "s", found["search_s"], bare, bare * OVER_PRODUCT)
    yield Figure(scenario, "missed", "share", 1 - found["recall"], most=0)
    yield Figure(scenario, "peak memory", "MiB", found["peak_mib"], most=SEARCH_MIB)


def facts_figures(folder: Path, accounts: int, tell: Callable[[str], None]) -> Iterator[Figure]:
    """Features, fit and predictions of ten facts."""
    scenario = f"{FACTS} facts for {accounts:,} accounts"
    tell(scenario)
    found = alone(folder, "lookalike_work.facts", accounts=accounts, answered=2_000, facts=FACTS)
    yield Figure(scenario, "CPU", "s", found["cpu_s"], most=FACTS_CPU_S)
    yield Figure(scenario, "facts live", "", found["live"])
    yield Figure(scenario, "predictions", "", found["predictions"])
    yield Figure(scenario, "peak memory", "MiB", found["peak_mib"])
