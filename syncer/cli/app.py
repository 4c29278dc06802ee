"""The table of commands."""

from __future__ import annotations

import sys

import typer

from syncer.cli import (
    check,
    demo,
    link,
    listen,
    lookalike,
    mapping,
    plan,
    qualify,
    quarantine,
    report,
    review,
    run,
    sandbox,
    setup,
    state,
    status,
    sync,
    undo,
    why,
)
from syncer.cli.logs import configure_logs

app = typer.Typer(
    name="syncer",
    help="Keeps Salesforce and HubSpot in step, field by field, and can prove that no edit was lost.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

for module in (
    demo,
    check,
    setup,
    plan,
    sync,
    run,
    status,
    why,
    review,
    quarantine,
    undo,
    report,
    mapping,
    link,
    listen,
    lookalike,
    qualify,
    state,
    sandbox,
):
    module.register(app)


@app.callback()
def start() -> None:
    configure_logs()


def main() -> None:
    """The console script. Unforeseen errors end with a traceback and exit code 1: they are bugs, and we want them."""
    sys.exit(app())
