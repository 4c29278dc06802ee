"""The daemon's own decisions: what it does when a cycle fails, when a log-in is refused, and when it is told to end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
import structlog
from structlog.testing import capture_logs

from connectors.base import AuthError
from syncer.config import parse_schedule
from syncer.config.models import ScheduleSection
from syncer.engine.cycle import Progress, noted_run
from syncer.engine.daemon import Daemon, NothingScheduledError
from syncer.errors import DeniedError, TemporaryError
from syncer.stages.context import Context
from syncer.store import Store, open_store
from tests.stages.world import Counted

MINUTE_MS = 60_000


class StandingClock:
    """Time that moves when a test says so."""

    def __init__(self) -> None:
        self.at_ms = 1_700_000_000_000

    def now_ms(self) -> int:
        return self.at_ms

    def sleep(self, duration_s: float) -> None:
        self.at_ms += int(duration_s * 1000)


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    store = open_store("sqlite://", exclusive=True)
    clock = StandingClock()

    def context_on(opened: Store) -> Context:
        return Context(clock=clock, entropy=Counted(), store=opened, remotes={"left": None, "right": None}, kinds=())

    yield Daemon(context_on, lambda: nullcontext(store), ScheduleSection(), structlog.get_logger(), clock)
    store.close()


def test_a_refused_log_in_is_tried_again_after_longer_and_longer_rests(daemon: Daemon) -> None:
    clock, tries = daemon.clock, []

    def refused(context: Context, _progress: Progress) -> None:
        tries.append(context.clock.now_ms())
        raise DeniedError("Denied", "The token is void.", "Make a new one.")

    started_ms = clock.now_ms()
    with capture_logs() as lines:
        for _ in range(31):
            daemon.once("sync", refused)
            clock.sleep(30)

    assert [(at_ms - started_ms) // MINUTE_MS for at_ms in tries] == [0, 1, 3, 7, 15]
    failed = [line for line in lines if line["event"] == "sync"]
    assert failed[0]["error"] == "Denied"
    assert failed[0]["action"] == "Make a new one."


def test_a_side_that_pauses_for_its_log_in_rests_too_and_one_that_is_down_does_not(daemon: Daemon) -> None:
    def paused(context: Context, _progress: Progress) -> None:
        context.report.pause("left", AuthError("expired", side="left", code="INVALID_SESSION_ID"))

    def down(_context: Context, _progress: Progress) -> None:
        raise TemporaryError("Down", "It does not answer.", "Wait.")

    with capture_logs():
        daemon.once("sync", down)
        after_down = daemon.rests_until_ms
        daemon.once("sync", paused)

    assert after_down == 0
    assert daemon.rests_until_ms == daemon.clock.now_ms() + MINUTE_MS


def test_a_bug_in_one_cycle_is_logged_whole_and_the_next_cycle_runs(daemon: Daemon) -> None:
    def broken(_context: Context, _progress: Progress) -> None:
        raise ZeroDivisionError

    with capture_logs() as lines:
        daemon.once("sync", broken)
        daemon.once("sync", lambda context, progress: context.report.count("observed", 3))

    assert [(line["outcome"], line["log_level"]) for line in lines] == [("failed", "error"), ("done", "info")]
    assert lines[0]["exc_info"]
    assert lines[1]["counts"] == {"observed": 3}


def test_told_to_end_it_finishes_the_stage_at_hand_and_the_run_log_says_interrupted(daemon: Daemon) -> None:
    stages = []

    def work(context: Context, progress: Progress) -> None:
        with noted_run(context, "sync"):
            for stage in ("observe", "link", "write"):
                progress(stage)
                stages.append(stage)
                if stage == "link":
                    daemon.stopping.set()

    with capture_logs() as lines:
        daemon.once("sync", work)
        daemon.once("sync", work)
    with daemon.open_state() as store, store.snapshot() as tx:
        runs = tx.runs.list(10)

    assert stages == ["observe", "link"]
    assert [line["outcome"] for line in lines] == ["interrupted"]
    assert [run.outcome for run in runs] == ["interrupted"]


def test_a_daemon_with_nothing_to_do_says_so(daemon: Daemon) -> None:
    never = parse_schedule("never")
    daemon.schedule = ScheduleSection.model_construct(timezone="UTC", sync=never, audit=never, listen=None, infer=None)
    with pytest.raises(NothingScheduledError, match="never"):
        daemon.run()
