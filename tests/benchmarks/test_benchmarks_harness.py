"""The benchmarks on two hundred people: the same code, figures that do not depend on the machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.figure import Figure
from benchmarks.measured import Figures, measure, middle
from benchmarks.scenarios import QUICK, Size, first, idle_figures, later
from benchmarks.world import World, world

PEOPLE = 200
SMALL = Size(pulled=PEOPLE, synced=PEOPLE, few=PEOPLE, many=PEOPLE)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("bench")) as made:
        measure(made, "work.setup")
        made.ask("seed", left=PEOPLE, right=PEOPLE, shared=PEOPLE, differ=False)
        yield made


def limit_of(made: World, job: str, worker: Figures, **more: int) -> Figures:
    return measure(made, job, fields=worker["fields"], **more)


@pytest.mark.parametrize(
    ("job", "asked", "more", "pages"),
    [
        ("limits.contacts", {"side": "right"}, {}, 2),
        ("limits.leads", {"side": "left", "bulk_from": 0}, {}, 1),
    ],
)
def test_a_pull_asks_for_each_page_once_and_for_little_else(people, job, asked, more, pages):
    worker = measure(people, "work.pull", state=job, **asked)
    least = limit_of(people, job, worker, **more)
    assert worker["records"] == least["records"] == PEOPLE
    assert least["requests"] == pages
    assert pages <= worker["requests"] <= pages + 5
    assert worker["cpu_s"] > 0 and worker["peak_mib"] > least["peak_mib"] > 1


def test_a_bulk_pull_reads_what_a_pull_by_rest_reads(people):
    worker = measure(people, "work.pull", state="bulk", side="left", bulk_from=1)
    least = limit_of(people, "limits.leads_in_bulk", worker, page_size=100)
    assert worker["records"] == least["records"] == PEOPLE
    assert worker["calls"]["left.bulk"] >= 3  # the job is made, awaited, read


def test_a_cycle_sends_what_was_changed_and_one_without_changes_writes_nothing(people):
    measure(people, "work.cycle", state="cycle", approve=True)
    people.ask("edit", count=10, turn=0)
    changed = later(people)
    assert {name: count for name, count in changed["counts"].items() if name.startswith("updates.")} == {
        "updates.left.person": 5,
        "updates.right.person": 5,
    }
    assert changed["rows"]["shadow"] == 10 and changed["dirty"] == 0
    later(people)  # sees its own writes
    figures = {one.name: one for one in idle_figures(PEOPLE, later(people))}
    assert [figures[name].value for name in ("writes to the CRMs", "rows touched", "rows left dirty")] == [0, 0, 0]
    assert all(one.ok and one.most == 0 for name, one in figures.items() if name != "requests")
    assert figures["requests"].value > 0


def test_the_limit_of_a_first_sync_sends_the_very_writes_of_the_worker(tmp_path):
    figures = {one.name: one for one in first(tmp_path, SMALL, lambda told: None)}
    assert figures["writes"].value == figures["writes"].limit >= PEOPLE * 2
    assert figures["requests"].ratio > 1


def test_a_bar_is_missed_only_above_it():
    assert Figure("s", "n", "", 5.0, limit=1.0, most=5.0).ok
    assert not Figure("s", "n", "", 5.1, limit=1.0, most=5.0).ok
    assert Figure("s", "n", "", 9.0, limit=3.0).ok and Figure("s", "n", "", 9.0, limit=3.0).ratio == 3.0
    runs = [{"cpu_s": cpu_s, "wall_s": 1.0, "peak_mib": 2.0, "records": 7} for cpu_s in (9.0, 1.0, 2.0)]
    assert middle(runs) == {"cpu_s": 2.0, "wall_s": 1.0, "peak_mib": 2.0, "records": 7}
    assert QUICK.pulled < 50_000


def test_an_unknown_scenario_is_refused_with_the_known_ones(capsys, monkeypatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["pul"])
    assert ended.value.code == 2
    assert "there is no pul; there are pull, first, cycle" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
