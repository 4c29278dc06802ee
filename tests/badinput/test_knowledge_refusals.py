"""What sources, files and words may spoil: a name or a count, who must do what, and everything else goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncer.errors import Exit
from tests.badinput.known import BROKEN, CASES, Broken, Case, Scene, ended_well, with_file
from tests.badinput.synced import HastyClock, Synced, synced


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synced]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("syncer.engine.session.SystemClock", HastyClock)
        with synced(tmp_path_factory.mktemp("known"), accounts=6) as made:
            yield made


@pytest.mark.parametrize("case", BROKEN, ids=[case.story for case in BROKEN])
def test_nothing_runs_under_a_broken_file_and_whoever_wrote_it_is_told_the_place(world: Synced, case: Broken) -> None:
    def change(text: str) -> str | None:
        if case.new is None:
            return None
        assert case.old in text
        return text.replace(case.old, case.new, 1) if case.old else text + case.new

    config = with_file(world, "broken", {case.file: change})
    before = len(world.sandbox.ledger)
    for words in (("mapping", "check"), ("check",), *((("sync",),) if not case.checks_only else ())):
        ended = world.run(*words, config=config)
        assert ended.code == Exit.CONFIG, (words, ended.text)
        problem = ended.document["error"]["problems"][0]
        assert problem["name"] == case.name
        assert problem["file"].endswith(case.file)
        assert problem["message"] and problem["action"]
        told = f"{problem['message']} {problem['action']} {problem['file']}"
        assert [word for word in case.words if word not in told] == [], told
    assert len(world.sandbox.ledger) == before, "something was written all the same"


def test_without_a_file_that_nothing_counts_on_the_rest_goes_on(world: Synced) -> None:
    names = ("enrichment.toml", "hand-off.toml", "reports.toml", "lookalike.toml")
    config = with_file(world, "fewer", dict.fromkeys(names, lambda text: None))
    assert world.run("check", config=config).code == Exit.DONE
    bystander = world.bystander()
    with world.sandbox.lock:
        world.sandbox.driver.advance(20_000)
    assert ended_well(world.run("sync", config=config))
    assert bystander.arrived() == ["left", "right"]


@pytest.mark.parametrize("case", CASES, ids=[case.story for case in CASES])
def test_what_is_of_no_use_is_counted_or_named_and_the_rest_goes_on(world: Synced, case: Case) -> None:
    scene, bystander = Scene(world, world.another()), world.bystander()
    case.spoil(scene)
    with world.sandbox.lock:
        world.sandbox.driver.advance(20_000)
    ended = world.run("sync", config=scene.config)
    assert ended_well(ended), ended.text
    counts, problems = ended.document["counts"], ended.document["problems"]
    assert {name: counts.get(name, 0) for name in case.counts if counts.get(name, 0) < case.counts[name]} == {}, counts
    assert set(case.told) <= {problem["name"] for problem in problems}, problems
    assert all(problem["message"] and problem["action"] for problem in problems), "a message without who must do what"
    assert bystander.arrived() == ["left", "right"]
    assert case.after(scene, ended), ended.document
    case.mend(scene)
    with world.sandbox.lock:
        world.sandbox.driver.advance(20_000)
    for _ in range(3):
        again = world.run("sync", config=scene.config)
        assert ended_well(again), again.text
        if not [name for name in again.document["counts"] if name.startswith(("creates", "updates"))]:
            return
    pytest.fail(f"still writing: {again.document}")
