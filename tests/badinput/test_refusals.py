"""What the systems refuse, and what it gets: a name, who must do what, the documented exit code, and nothing lost.

Each case spoils one thing while somebody else is edited on both sides; those edits must arrive in the same run, unless
the whole system cannot be used, and then in the next one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from syncer.errors import Exit
from tests.badinput.refusals import CASES, Case
from tests.badinput.synced import Ended, HastyClock, Synced, synced


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synced]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("syncer.engine.session.SystemClock", HastyClock)
        with synced(tmp_path_factory.mktemp("refusals")) as made:
            yield made


@pytest.mark.parametrize("case", CASES, ids=[case.story for case in CASES])
def test_a_refusal_is_named_costs_only_itself_and_loses_nothing(world: Synced, case: Case) -> None:
    person, bystander = world.another(), world.bystander()
    before = {row["link"] for row in world.parked()}
    assert not before, "a case before this one left something"
    case.spoil(world, person)
    ended = world.sync()
    told = _told(world, ended)
    assert ended.code == case.code, told
    if case.told:
        assert case.told in " ".join(" ".join(map(str, item.values())) for item in told), told
    assert all(item["message"] and item["action"] for item in told), "a message without a word on who must do what"
    assert len({str(item) for item in told}) == len(told), "something was told twice"
    arrived = bystander.arrived()
    if not case.stops:
        assert arrived == ["left", "right"]
    case.mend(world, person)
    for _ in range(3):
        ended = world.sync()
        if ended.code == Exit.DONE:
            break
    assert ended.code == Exit.DONE, _told(world, ended)
    assert bystander.arrived() == ["left", "right"]
    assert case.after(world, person)
    again = world.sync()
    assert not [name for name in again.document["counts"] if name.startswith(("creates", "updates"))]


def _told(world: Synced, ended: Ended) -> list[dict[str, Any]]:
    """Everything a person is told by the run and by the quarantine."""
    if "error" in ended.document:
        return [ended.document["error"]]
    paused = [{"side": side, **error} for side, error in ended.document["paused"].items()]
    return [*ended.document["problems"], *paused, *world.parked()]
