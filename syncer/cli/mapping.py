"""`syncer mapping`: the mapping files without a run: are they sound, what would they do to one pair, their schema."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from syncer.cli.shell import ConfigOption, JsonOption, command, emit, loaded
from syncer.cli.words import BLANK, SIDE_NAMES, file_place, shown
from syncer.errors import Exit, UsageError

RecordArgument = Annotated[str, typer.Argument(metavar="OBJECT:ID", help="Or OBJECT:FILE.json, its raw values.")]


def register(app: typer.Typer) -> None:
    family = typer.Typer(no_args_is_help=True, help="The mapping files: check, test, schema.")
    family.command("check")(check)
    family.command("test")(try_pair)
    family.command("schema")(schema)
    app.add_typer(family, name="mapping")


@command
def check(config: ConfigOption = None, as_json: JsonOption = False) -> Exit:
    """Reads and validates the files by themselves; `syncer check` holds them against both systems."""
    found = loaded(config)
    kinds = found.mappings().kinds
    document = {
        "others": _others(found),
        "mappings": [
            {
                "kind": kind.kind,
                "file": kind.path,
                "version": kind.version,
                "fields": len(kind.fields),
                "left_objects": kind.left_objects,
                "right_objects": kind.right_objects,
            }
            for kind in kinds
        ],
    }
    emit(as_json, document, lambda console: _show_check(console, document["mappings"], document["others"]))
    return Exit.DONE


def _others(found: Any) -> list[str]:
    """The files beside the mappings, each read as a run would. Raises InvalidFileError for what is broken."""
    from syncer.engine.knowing import enrichment_policy, hand_off_policy
    from syncer.engine.learning import lookalike_policy
    from syncer.mapping.calls import load_calls
    from syncer.mapping.reports import load_reports

    folder = found.mappings_dir()
    definition = found.definition()
    read = {
        "calls.toml": lambda: load_calls(folder),
        "enrichment.toml": lambda: enrichment_policy(found),
        "hand-off.toml": lambda: hand_off_policy(found, definition),
        "lookalike.toml": lambda: lookalike_policy(found),
        "reports.toml": lambda: load_reports(folder),
    }
    there = [name for name in read if (folder / name).exists()]
    for name in there:
        read[name]()
    return [*([definition.path] if definition else []), *(str(folder / name) for name in there)]


def _show_check(console: Console, mappings: Sequence[Mapping[str, Any]], others: Sequence[str]) -> None:
    for row in mappings:
        left, right = ", ".join(row["left_objects"]), ", ".join(row["right_objects"])
        about = f"{row['fields']} fields, {left} with {right}, version {row['version']}"
        console.print(f"[green]sound[/] {escape(file_place(row['file']))}: {about}")
    for path in others:
        console.print(f"[green]sound[/] {escape(file_place(path))}")


@command
def schema(config: ConfigOption = None, as_json: JsonOption = False) -> Exit:
    """The JSON Schema of a mapping file, for completion in editors; the same whatever is configured."""
    from syncer.mapping import json_schema

    document = json_schema()
    emit(as_json, document, lambda _: typer.echo(json.dumps(document, indent=2)))
    return Exit.DONE


@command
def try_pair(
    first: RecordArgument,
    second: RecordArgument,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> Exit:
    """What each field of this one pair would do, were they to meet now for the first time. Writes nothing."""
    from syncer.mapping import explain_cells

    found = loaded(config)
    kinds = found.mappings().kinds
    named = [_named(kinds, text) for text in (first, second)]
    by_side = {side: (kind, name, rest) for kind, side, name, rest in named}
    if len(by_side) != 2 or named[0][0] is not named[1][0]:
        raise UsageError(
            "NoPair",
            f"{named[0][2]} and {named[1][2]} are no pair of one mapping.",
            "Name a Salesforce object and a HubSpot object of the same mapping, such as Lead:00Q... contacts:123.",
        )
    kind = named[0][0]
    values, lookups, schemas = _gathered(found, kind, by_side)
    rows = explain_cells(
        kind, by_side["left"][1], values["left"], by_side["right"][1], values["right"], lookups, schemas
    )
    document = {"kind": kind.kind, "cells": [_as_json(row) for row in rows]}
    emit(as_json, document, lambda console: _show_cells(console, document["cells"]))
    return Exit.DONE


def _named(kinds: Sequence[Any], text: str) -> tuple[Any, str, str, str]:
    """The mapping, side, object and what follows the colon. Raises UsageError."""
    name, separator, rest = text.partition(":")
    for kind in kinds:
        for side in ("left", "right"):
            if separator and rest and name in kind.objects(side):
                return kind, side, name, rest
    known = ", ".join(name for kind in kinds for side in ("left", "right") for name in kind.objects(side))
    raise UsageError("NoRecord", f'"{text}" names no mapped record.', f"Write OBJECT:ID; objects are {known}.")


def _gathered(found: Any, kind: Any, by_side: Mapping[str, Any]) -> tuple[dict, dict | None, dict | None]:
    """Raw values of both records; with schemas and look-ups where a system was asked."""
    values = {side: _from_file(rest) for side, (_, _, rest) in by_side.items() if rest.endswith(".json")}
    if len(values) == len(by_side):
        return values, None, None
    from syncer.engine.live_pair import read_pair

    return read_pair(found, kind, {side: (name, rest) for side, (_, name, rest) in by_side.items()}, values)


def _from_file(name: str) -> dict[str, Any]:
    action = 'Give a JSON object of raw values, such as {"Email": "a@example.com"}.'
    try:
        values = json.loads(Path(name).read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError("FileUnreadable", f"{name} cannot be read: {error.strerror}.", action) from None
    except ValueError:
        raise UsageError("NotJson", f"{name} is no JSON.", action) from None
    if not isinstance(values, dict):
        raise UsageError("NotAnObject", f"{name} holds no JSON object.", action)
    return values


def _as_json(row: Any) -> dict[str, Any]:
    made = {**asdict(row), "writes": list(row.writes), "loses": list(row.loses)}
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in made.items()}


def _show_cells(console: Console, cells: Sequence[Mapping[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("field", "Salesforce", "HubSpot"):
        table.add_column(title, max_width=26, no_wrap=True, overflow="ellipsis")
    table.add_column("what would happen")
    for cell in cells:
        raws = [escape(shown(cell[f"{side}_raw"])) for side in ("left", "right")]
        if cell["does"] in ("agree", "absent") and raws == [BLANK, BLANK]:
            continue
        table.add_row(cell["field"], *raws, escape(_does(cell)), style="dim" if cell["does"] == "absent" else None)
    console.print(table)


def _does(cell: Mapping[str, Any]) -> str:
    if cell["does"] != "write":
        words = {
            "agree": "in step",
            "absent": "not mapped on these two",
            "at_rest": "stay as they are",
            "review": "asks a person",
        }
        if cell["does"] == "absent":
            return words["absent"]
        reason = cell["reason"] if cell["does"] in ("unreadable", "unmappable") else cell["reason"].replace("_", " ")
        return ": ".join(filter(None, (words.get(cell["does"], cell["does"]), reason)))
    parts = [f"{shown(cell[f'write_{side}'], 30)} goes to {SIDE_NAMES[side]}" for side in cell["writes"]]
    kept = [f"the value in {SIDE_NAMES[side]} is kept in the journal" for side in cell["loses"]]
    return "; ".join(parts + kept) + f" ({cell['rule']})"
