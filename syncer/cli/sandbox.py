"""`syncer sandbox`: Salesforce, HubSpot and vendors on loopback, until it is stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from syncer.cli.shell import command
from syncer.errors import Exit, SyncerError


def register(app: typer.Typer) -> None:
    app.command("sandbox")(sandbox)


@command
def sandbox(
    seed: Annotated[int, typer.Option(help="Which world.")] = 1,
    accounts: Annotated[int, typer.Option(min=0, help="Companies in it.")] = 40,
    people: Annotated[int, typer.Option(min=0, help="People in it.")] = 120,
    faults: Annotated[str, typer.Option(help="calm, rough or hostile.")] = "calm",
    state: Annotated[
        Path | None, typer.Option(help="Keep the world in this file; sandbox.json and the CA lie beside it.")
    ] = None,
    plain_http: Annotated[bool, typer.Option("--plain-http", help="Without TLS.")] = False,
    salesforce_port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one.")] = 0,
    hubspot_port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one.")] = 0,
    vendors_port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one.")] = 0,
    load: Annotated[
        list[str] | None, typer.Option("--load", help="Fill an object from an export: salesforce.Lead=FILE.csv")
    ] = None,
) -> Exit:
    """Prints addresses and log-ins, one a line, and serves both systems until it is stopped (Ctrl-C)."""
    from sandbox.app import SandboxOptions, serve
    from sandbox.errors import SandboxError
    from sandbox.loading import Load

    try:
        serve(
            SandboxOptions(
                seed=seed,
                accounts=accounts,
                people=people,
                faults=faults,
                state=state,
                load=tuple(map(Load.parse, load or ())),
                plain_http=plain_http,
                salesforce_port=salesforce_port,
                hubspot_port=hubspot_port,
                vendors_port=vendors_port,
            )
        )
    except SandboxError as error:
        raise SyncerError("Sandbox", str(error), error.action, Exit.USAGE) from error
    return Exit.DONE
