"""The daemon: cycles and audits on the schedule of the configuration, one at a time, until it is told to end.

What a cycle does not survive is logged by name, and the next one goes on. A kill at any moment loses nothing: each
stage commits its own work, and the next start goes on from there.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import FrameType
from typing import Any, Final
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from connectors.base import Clock, RemoteError
from syncer.config.models import ScheduleSection
from syncer.engine.auditing import run_audit
from syncer.engine.cycle import Progress, sync
from syncer.errors import Exit, StateLockedError, SyncerError
from syncer.report.summary import exit_of
from syncer.stages.context import Context, RunReport
from syncer.store import Store

REST_FIRST_MS: Final = 60_000  # after a refused log-in, doubled each time it is refused again
REST_LAST_MS: Final = 3_600_000
Work = Callable[[Context, Progress], object]


class NothingScheduledError(SyncerError):
    """Everything is set to "never"."""

    exit_code = Exit.CONFIG


class Stopped(BaseException):
    """The stage at hand is done, and the daemon was told to end."""


@dataclass(slots=True)
class Daemon:
    """`context_on` makes the context of a cycle on the state that `open_state` opens, and closes after it.

    So the state is free between cycles: what people decide in the meantime goes in.
    """

    context_on: Callable[[Store], Context]
    open_state: Callable[[], AbstractContextManager[Store]]
    schedule: ScheduleSection
    log: Any
    clock: Clock
    stopping: threading.Event = field(default_factory=threading.Event)
    refused: int = 0  # log-ins refused in a row
    rests_until_ms: int = 0

    def run(self) -> None:
        """Runs until SIGTERM or SIGINT, or `stopping`. Main thread only. Raises NothingScheduledError.

        The main thread only waits, so that a signal never finds a lock of the scheduler held.
        """
        scheduler = self._scheduler()
        with self._signals():
            scheduler.start()
            self.log.info("started", jobs=[job.id for job in scheduler.get_jobs()])
            self.stopping.wait()
            self.log.info("ending", after="the stage at hand")
            scheduler.shutdown(wait=True)
        self.log.info("ended")

    def _scheduler(self) -> BackgroundScheduler:
        """One worker, so that nothing overlaps; what was missed is made up for once. The first cycle is due at once."""
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a cycle longer than its distance is no news
        scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
            timezone=self.schedule.timezone,
        )
        now = datetime.now(ZoneInfo(self.schedule.timezone))
        work: dict[str, Work] = {"sync": sync, "audit": run_audit}
        for name, does in work.items():
            when = getattr(self.schedule, name)
            if when is not None:
                first = {"next_run_time": now} if name == "sync" else {}
                scheduler.add_job(self.once, when.trigger(self.schedule.timezone), (name, does), id=name, **first)
        if not scheduler.get_jobs():
            raise NothingScheduledError(
                "NothingScheduled",
                'Both sync and audit are set to "never".',
                'Set [schedule] sync, for instance to "every 5 minutes".',
            )
        return scheduler

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def end(_number: int, _frame: FrameType | None) -> None:
            self.stopping.set()

        before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def once(self, name: str, does: Work) -> None:
        """One cycle or audit, with one line in the log that tells how it went."""
        if self.stopping.is_set() or self.clock.now_ms() < self.rests_until_ms:
            return
        report = RunReport()
        started_ms = self.clock.now_ms()
        try:
            with self.open_state() as store:
                context = self.context_on(store)
                context.report = report
                does(context, self._between_stages)
                self._done(name, context, self.clock.now_ms() - started_ms)
        except Stopped:
            self.log.info(name, outcome="interrupted", run=report.run_id)
        except StateLockedError as error:
            self.log.warning(name, outcome="skipped", error=error.name, message=error.message)
        except (SyncerError, RemoteError) as error:
            self._failed(name, report, error)
        except Exception:
            self.log.exception(name, outcome="failed", run=report.run_id, action="Report this as a bug.")

    def _between_stages(self, _stage: str) -> None:
        if self.stopping.is_set():
            raise Stopped

    def _failed(self, name: str, report: RunReport, error: SyncerError | RemoteError) -> None:
        named = getattr(error, "name", type(error).__name__)
        self.log.error(
            name,
            outcome="failed",
            run=report.run_id,
            error=named,
            message=error.message,
            action=error.action,
        )
        self._rest(refused=getattr(error, "exit_code", None) in (Exit.DENIED, Exit.CONFIG))

    def _done(self, name: str, context: Context, took_ms: int) -> None:
        report = context.report
        with context.store.snapshot() as tx:
            leftovers = tx.quarantine.count() + tx.reviews.count_open()
        code = exit_of(context, leftovers)
        for side, error in report.paused.items():
            self.log.warning(
                "paused", side=side, error=type(error).__name__, message=error.message, action=error.action
            )
        self.log.info(
            name,
            outcome="paused" if report.paused else "done",
            run=report.run_id,
            took_ms=took_ms,
            exit_code=int(code),
            leftovers=leftovers,
            held=report.held,
            problems=sorted({problem.name for problem in report.problems}),
            counts={name: count for name, count in sorted(report.counts.items()) if count},
        )
        self._rest(refused=code is Exit.DENIED)

    def _rest(self, *, refused: bool) -> None:
        """A refused log-in is not tried again at once, lest the account be locked: longer each time, up to an hour."""
        self.refused = self.refused + 1 if refused else 0
        if refused:
            rest_ms = min(REST_FIRST_MS * 2 ** (self.refused - 1), REST_LAST_MS)
            self.rests_until_ms = self.clock.now_ms() + rest_ms
            self.log.warning("resting", rest_s=rest_ms // 1000, reason="a log-in or permission was refused")
