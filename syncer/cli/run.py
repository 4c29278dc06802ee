"""`syncer run`: the daemon."""

from __future__ import annotations

import typer

from syncer.cli.logs import configure_logs
from syncer.cli.shell import ConfigOption, JsonOption, YesOption, command, loaded
from syncer.errors import BreakerError, Exit


def register(app: typer.Typer) -> None:
    app.command("run")(run)


@command
def run(config: ConfigOption = None, as_json: JsonOption = False, yes: YesOption = False) -> Exit:
    """Syncs and audits on the schedule of the configuration until it is stopped; logs a line a cycle on stderr."""
    import structlog

    from syncer.engine.cycle import approve_first_sync
    from syncer.engine.daemon import Daemon
    from syncer.engine.session import session

    found = loaded(config)
    configure_logs(found.config.log.level, "json" if as_json else found.config.log.format)
    with session(found) as context:
        if yes:
            approve_first_sync(context)
        with context.store.snapshot() as tx:
            approved = tx.meta.get().approved_first_sync
        if not approved:
            raise BreakerError(
                "FirstSyncNotApproved",
                "Nobody has approved the first sync of this pair, and a daemon cannot ask.",
                "Look at `syncer plan`, then approve it: syncer sync --yes, or syncer run --yes.",
            )
        Daemon(context, found.config.schedule, structlog.get_logger()).run()
    return Exit.DONE
