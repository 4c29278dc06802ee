"""What is measured, and the bars: each scenario builds its world, runs the worker and the limit, and gives figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure
from benchmarks.judging import judging_figures
from benchmarks.lookalike import facts_figures, neighbours_figures
from benchmarks.measured import Figures, measure, middle
from benchmarks.world import World, world
from connectors.salesforce.words import BULK_PAGE

CPU_OVER_LIMIT = 5.0
REQUESTS_OVER_LIMIT = 5
PEAK_MIB = 150.0
GROWTH = 1.2
CHANGES = 100
HOUR_MS = 3_600_000
_REPEATS = 3
_CYCLES = 5
_WRITING = ("collections", "composite", "batch_upsert", "batch_update", "batch_archive")
_OWN_BOOKS = ("run", "stream_cursor")  # a cycle always notes that it ran, and up to where it looked

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How many subjects each scenario has."""

    pulled: int
    synced: int  # on each side, four fifths of them on both
    few: int
    many: int
    judged: int = 10_000
    searched: int = 100_000
    predicted: int = 10_000


FULL = Size(
    pulled=50_000, synced=50_000, few=10_000, many=200_000, judged=100_000, searched=1_000_000, predicted=200_000
)
QUICK = Size(
    pulled=5_000, synced=5_000, few=3_000, many=20_000, judged=10_000, searched=100_000, predicted=10_000
)  # of fewer, the breaker would stop the edits


def pull(folder: Path, size: Size, tell: Tell) -> Iterator[Figure]:
    """All records of one object into a new store."""
    with world(folder) as made:
        measure(made, "work.setup")
        made.ask("seed", left=size.pulled, right=size.pulled, shared=size.pulled, differ=False)
        for title, limit, asked, paged in (
            ("contacts", "limits.contacts", {"side": "right"}, {}),
            ("leads by REST", "limits.leads", {"side": "left", "bulk_from": 0}, {}),
            ("leads by Bulk", "limits.leads_in_bulk", {"side": "left", "bulk_from": 1}, {"page_size": BULK_PAGE}),
        ):
            scenario = f"pull {size.pulled:,} {title}"
            workers, limits = [], []
            for run in range(_REPEATS):
                tell(f"{scenario}, run {run + 1} of {_REPEATS}")
                workers.append(measure(made, "work.pull", state=f"{limit}-{run}", **asked))
                limits.append(measure(made, limit, fields=workers[-1]["fields"], **paged))
            worker, least = middle(workers), middle(limits)
            _same_number(worker["records"], least["records"], size.pulled)
            yield _cpu(scenario, worker, least, CPU_OVER_LIMIT)
            yield _requests(scenario, worker, least, least["requests"] + REQUESTS_OVER_LIMIT)
            yield _peak(scenario, worker, least, PEAK_MIB)


def first(folder: Path, size: Size, tell: Tell) -> Iterator[Figure]:
    """The first two-way sync, four fifths of each side known to the other; the limit sends the very same writes."""
    each = {"left": size.synced, "right": size.synced, "shared": size.synced * 4 // 5, "differ": True}
    scenario = f"first sync {size.synced:,} + {size.synced:,}"
    with world(folder / "worker") as made:
        setup = measure(made, "work.setup")
        made.ask("seed", **each)
        tell(scenario)
        worker = measure(made, "work.cycle", state="first", approve=True)
    with world(folder / "limit") as made:
        setup = measure(made, "work.setup")
        made.ask("seed", **each)
        tell(f"{scenario}, limit")
        asked = {"contact_fields": setup["contact_fields"], "lead_fields": setup["lead_fields"]}
        least = measure(made, "limits.first_sync", intents=str(folder / "worker" / "first.db"), **asked)
    _same_number(worker["dirty"], 0)
    _same_number(worker["links"]["person.linked"], size.synced * 6 // 5)
    yield Figure(scenario, "writes", "records", _writes(worker), least["written"])
    yield _cpu(scenario, worker, least, None)
    yield _requests(scenario, worker, least, None)
    yield _peak(scenario, worker, least, None)


def cycle(folder: Path, size: Size, tell: Tell) -> Iterator[Figure]:
    """A cycle with a hundred changes among few and among many subjects, and one without any."""
    with (
        _in_step(folder / "few", size.few, tell) as few_people,
        _in_step(folder / "many", size.many, tell) as many_people,
    ):
        runs: dict[str, list[Figures]] = {"few": [], "many": []}
        for turn in range(_CYCLES):  # in turn, so that whatever else the machine does strikes both alike
            for name, people in (("few", few_people), ("many", many_people)):
                tell(f"{CHANGES} changes among {name}, run {turn + 1} of {_CYCLES}")
                people.ask("edit", count=CHANGES, turn=turn)
                runs[name].append(later(people))
                _same_number(_writes(runs[name][-1]), CHANGES)
        later(few_people)  # sees its own last writes
        idle = later(few_people)
    few, many = middle(runs["few"]), middle(runs["many"])
    scenario = f"{CHANGES} changes in {size.many:,}, limit in {size.few:,}"
    yield Figure(scenario, "CPU", "s", many["cpu_s"], few["cpu_s"], few["cpu_s"] * GROWTH)
    yield Figure(scenario, "requests", "", many["requests"], few["requests"], few["requests"] * GROWTH)
    rows = {name: sum(one["rows"].values()) for name, one in (("few", few), ("many", many))}
    yield Figure(scenario, "rows touched", "", rows["many"], rows["few"], rows["few"] * GROWTH)
    yield from idle_figures(size.few, idle)


def idle_figures(subjects: int, idle: Figures) -> Iterator[Figure]:
    """A cycle in which nobody changed anything: it notes that it ran, and no more."""
    scenario = f"no change in {subjects:,}"
    own = sum(count for table, count in idle["rows"].items() if table not in _OWN_BOOKS)
    yield Figure(scenario, "writes to the CRMs", "", _write_calls(idle), most=0)
    yield Figure(scenario, "rows touched", "", own, most=0)
    yield Figure(scenario, "rows left dirty", "", idle["dirty"], most=0)
    yield Figure(scenario, "requests", "", idle["requests"])


@contextmanager
def _in_step(folder: Path, subjects: int, tell: Tell) -> Iterator[World]:
    """A world after its first sync and after the worker has seen its own writes."""
    with world(folder) as made:
        measure(made, "work.setup")
        made.ask("seed", left=subjects, right=subjects, shared=subjects, differ=False)
        tell(f"first sync of {subjects:,} subjects")
        measure(made, "work.cycle", state="cycle", approve=True)
        later(made)
        yield made


def later(made: World) -> Figures:
    """A cycle an hour after the one before: past the lag of the index and the overlap of the windows."""
    made.ask("advance", ms=HOUR_MS)
    return measure(made, "work.cycle", state="cycle")


def _cpu(scenario: str, worker: Figures, least: Figures, times: float | None) -> Figure:
    most = None if times is None else least["cpu_s"] * times
    return Figure(scenario, "CPU", "s", worker["cpu_s"], least["cpu_s"], most)


def _requests(scenario: str, worker: Figures, least: Figures, most: float | None) -> Figure:
    return Figure(scenario, "requests", "", worker["requests"], least["requests"], most)


def _peak(scenario: str, worker: Figures, least: Figures, most: float | None) -> Figure:
    return Figure(scenario, "peak memory", "MiB", worker["peak_mib"], least["peak_mib"], most)


def _writes(worker: Figures) -> int:
    return sum(
        count for name, count in worker["counts"].items() if name.startswith(("creates.", "updates.", "archives."))
    )


def _write_calls(worker: Mapping[str, Any]) -> int:
    return sum(count for name, count in worker["calls"].items() if name.partition(".")[2] in _WRITING)


def _same_number(*numbers: int) -> None:
    """A benchmark that compares unlike work says nothing. Raises ValueError."""
    if len(set(numbers)) != 1:
        raise ValueError(f"not the same work was done: {numbers}")


def judge(folder: Path, size: Size, tell: Tell) -> Iterator[Figure]:
    """What claims come to, and what the shared definition makes of them: pure, without a store."""
    tell("resolve and qualify")
    yield from judging_figures(size.judged)


def neighbours(folder: Path, size: Size, tell: Tell) -> Iterator[Figure]:
    """Who is nearest to whom."""
    yield from neighbours_figures(folder, size.searched, tell)


def facts(folder: Path, size: Size, tell: Tell) -> Iterator[Figure]:
    """What is carried to accounts that are alike."""
    yield from facts_figures(folder, size.predicted, tell)


SCENARIOS: Mapping[str, Callable[[Path, Size, Tell], Iterator[Figure]]] = {
    "pull": pull,
    "first": first,
    "cycle": cycle,
    "judge": judge,
    "neighbours": neighbours,
    "facts": facts,
}
