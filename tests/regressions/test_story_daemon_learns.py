"""Found in review: a daemon asked who the users are once in its life, so that whoever joined later owned nothing."""

from __future__ import annotations

from contextlib import nullcontext

import structlog

from syncer.config.models import ScheduleSection
from syncer.core.fields import FieldType
from syncer.engine.cycle import Progress
from syncer.engine.daemon import Daemon
from syncer.stages.context import Context
from syncer.stages.gathering import load_owners
from tests.stages.world import WaitingClock, account, both_sides, make_pair, person


def test_a_user_who_joins_while_the_daemon_runs_is_known_in_the_next_cycle() -> None:
    owner = both_sides("owner", "OwnerId", "hubspot_owner_id", FieldType.REFERENCE, to="owner")
    kind = person(fields=(*person().fields, owner))
    pair = make_pair((account(), kind))
    daemon = Daemon(
        lambda store: pair.context(store=store),
        lambda: nullcontext(pair.store),
        ScheduleSection(),
        structlog.get_logger(),
        WaitingClock(pair.clock),
    )
    known: list[set[str]] = []

    def ask(context: Context, _progress: Progress) -> None:
        known.append(set(load_owners(context, kind)["right", "owner"].values()))

    daemon.once("sync", ask)
    pair.portal.add_owner("new@acme.example", "New", "Rep")
    daemon.once("sync", ask)
    assert known[1] - known[0] == {"new@acme.example"}
