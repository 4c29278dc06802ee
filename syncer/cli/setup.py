"""`syncer setup salesforce|hubspot`: creates the fields and properties that the mappings and the engine need."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from connectors.base import FieldSpec, SideName
from syncer.cli.shell import ConfigOption, JsonOption, YesOption, command, confirm, emit, loaded
from syncer.errors import Exit


class System(StrEnum):
    SALESFORCE = "salesforce"
    HUBSPOT = "hubspot"


SIDES: dict[System, SideName] = {System.SALESFORCE: "left", System.HUBSPOT: "right"}


def register(app: typer.Typer) -> None:
    app.command("setup")(setup)


@command
def setup(
    system: Annotated[System, typer.Argument(help="Where to create what is missing.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
    yes: YesOption = False,
    only_plan: Annotated[bool, typer.Option("--plan", help="Show what would be created, and create nothing.")] = False,
) -> Exit:
    """Creates the missing fields with permissions for the integration user; safe to repeat."""
    from syncer.engine.needs import lacking
    from syncer.engine.session import connect
    from syncer.engine.system import SystemClock, SystemEntropy

    configuration = loaded(config)
    side = SIDES[system]
    remote = connect(configuration, SystemClock(), SystemEntropy())
    specs = lacking(configuration, remote).get(side, [])
    created: Sequence[str] = ()
    if specs and not only_plan:
        if not confirm(f"Create {len(specs)} fields in {system.value}?", yes, as_json):
            return Exit.DONE
        created = remote[side].create_fields(specs)
    document = {"system": system.value, "needed": [_spec(spec) for spec in specs], "created": list(created)}
    emit(as_json, document, lambda console: _show(console, system, specs, only_plan))
    return Exit.DONE


def _spec(spec: FieldSpec) -> dict[str, Any]:
    return {"object": spec.object, "name": spec.name, "label": spec.label, "type": spec.type, "unique": spec.unique_key}


def _show(console: Console, system: System, specs: Sequence[FieldSpec], only_plan: bool) -> None:
    if not specs:
        console.print(f"Nothing to create: {system.value} has every field.")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("object", "field", "label", "type"):
        table.add_column(title)
    for spec in specs:
        kind = f"{spec.type}, unique key" if spec.unique_key else spec.type
        table.add_row(spec.object, spec.name, escape(spec.label), kind)
    console.print(table)
    told = "would be created" if only_plan else "created, readable and writable for the integration user"
    console.print(f"{len(specs)} fields {told}.")
