"""`syncer run`: the daemon."""

from __future__ import annotations

from functools import partial

import typer

from syncer.cli.logs import configure_logs
from syncer.cli.shell import WAIT_S, ConfigOption, JsonOption, YesOption, command, loaded
from syncer.errors import BreakerError, Exit


def register(app: typer.Typer) -> None:
    app.command("run")(run)


@command
def run(config: ConfigOption = None, as_json: JsonOption = False, yes: YesOption = False) -> Exit:
    """Syncs and audits on the schedule of the configuration until it is stopped; logs a line a cycle on stderr."""
    import structlog

    from syncer.engine.cycle import approve_first_sync
    from syncer.engine.daemon import Daemon
    from syncer.engine.session import state, systems
    from syncer.engine.system import SystemClock
    from syncer.store import only_daemon

    found = loaded(config)
    configure_logs(found.config.log.level, "json" if as_json else found.config.log.format)
    with only_daemon(found.state_url()), systems(found) as context_on:
        with state(found, wait_s=WAIT_S) as store:
            if yes:
                approve_first_sync(context_on(store))
            with store.snapshot() as tx:
                approved = tx.meta.get().approved_first_sync
        if not approved:
            raise BreakerError(
                "FirstSyncNotApproved",
                "Nobody has approved the first sync of this pair, and a daemon cannot ask.",
                "Look at `syncer plan`, then approve it: syncer sync --yes, or syncer run --yes.",
            )
        opened = partial(state, found, wait_s=WAIT_S)
        Daemon(context_on, opened, found.config.schedule, structlog.get_logger(), SystemClock()).run()
    return Exit.DONE
