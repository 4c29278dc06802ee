"""The worker's jobs: what production runs, from a configuration that points at the benchmark's sandbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from connectors.base import SideName
from connectors.hubspot.read import asked_for
from connectors.salesforce.factory import connect as connect_salesforce
from connectors.salesforce.rows import RowShape
from syncer.config import load_config
from syncer.engine.begin import begin
from syncer.engine.cycle import approve_first_sync, sync
from syncer.engine.schemas import live_schemas
from syncer.engine.session import session
from syncer.mapping import needed_fields
from syncer.stages.context import Context
from syncer.stages.drift import refresh_schemas
from syncer.stages.observation import asked_fields
from syncer.stages.observe import observe

Found = dict[str, Any]
Steps = Iterator[Any]
CONFIG = """\
[state]
url = "sqlite:///{state}.db"
[sandbox]
file = "sandbox.json"
[salesforce]
auth = "token"
[hubspot]
calls_per_10_s = 1000000
"""


@contextmanager
def _worker(folder: Path, state: str) -> Iterator[Context]:
    path = folder / f"{state}.toml"
    path.write_text(CONFIG.format(state=state), "utf-8")
    loaded = load_config(path)
    with session(loaded) as context:
        yield context


def _calls(context: Context) -> int:
    return sum(sum(context.calls(side).values()) for side in ("left", "right"))


def setup(folder: Path) -> Steps:
    """The fields and properties that the mappings need, on both sides."""
    with _worker(folder, "setup") as context:
        yield 0
        specs = needed_fields(context.kinds, live_schemas(context.remotes, context.kinds))
        created = sum(len(context.remotes[side].create_fields(made)) for side, made in specs.items())
        asked = {"lead_fields": _asked(context, "left"), "contact_fields": _asked(context, "right")}
        yield {"created": created, **asked}


def pull(folder: Path, state: str, side: SideName, bulk_from: int = 0) -> Steps:
    """The observe stage of one object into a new store: Leads from the left, or contacts from the right.

    More Leads than `bulk_from` come by Bulk, however few that is; 0: by REST, however many there are.
    """
    object_name = {"left": "Lead", "right": "contacts"}[side]
    with _worker(folder, state) as context:
        kind = replace(
            context.kind("person"),
            left_objects=("Lead",) if side == "left" else (),
            right_objects=("contacts",) if side == "right" else (),
        )
        context.kinds = (kind,)
        section = load_config(folder / f"{state}.toml").salesforce_login().section()
        left = connect_salesforce({**section, "bulk_from": bulk_from}, clock=context.clock, entropy=context.entropy)
        context.remotes = {**context.remotes, "left": left}
        begin(context)
        refresh_schemas(context)
        yield _calls(context)
        observe(context)
        with context.store.snapshot() as tx:
            stored = tx.records.count(side, object_name)
        yield {"records": stored, "fields": _asked(context, side), **_told(context)}


def _asked(context: Context, side: SideName) -> list[str]:
    """The names of all fields that the worker reads of that side's people, as its calls spell them."""
    kind, object_name = context.kind("person"), {"left": "Lead", "right": "contacts"}[side]
    with context.store.snapshot() as tx:
        fields = asked_fields(context, tx, kind, side, object_name)
    return list(RowShape(object_name, fields).select if side == "left" else asked_for(object_name, fields))


def cycle(folder: Path, state: str, approve: bool = False) -> Steps:
    """One whole cycle, as `syncer sync` runs it."""
    with _worker(folder, state) as context:
        if approve:
            approve_first_sync(context)
        touched = _rows_touched()
        yield 0
        sync(context)
        with context.store.snapshot() as tx:
            dirty = tx.records.count_dirty()
            links = {f"{kind}.{name}": count for (kind, name), count in tx.links.count_by_state().items()}
        yield {"rows": dict(touched), "dirty": dirty, "links": links, **_told(context)}


def _told(context: Context) -> Found:
    report = context.report
    calls = {f"{side}.{name}": count for side in ("left", "right") for name, count in context.calls(side).items()}
    return {
        "counts": dict(report.counts),
        "calls": calls,
        "problems": [problem.name for problem in report.problems][:5],
        "paused": {side: error.message for side, error in report.paused.items()},
    }


def _rows_touched() -> Counter[str]:
    """Rows inserted, updated or deleted from now on, by table, as the database reports them."""
    touched: Counter[str] = Counter()

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        words = statement.split(None, 3)
        if words and words[0] in _TABLE_AT and cursor.rowcount > 0:
            touched[words[_TABLE_AT[words[0]]].strip('"').partition("(")[0]] += cursor.rowcount

    event.listen(Engine, "after_cursor_execute", note)
    return touched


_TABLE_AT = {"INSERT": 2, "UPDATE": 1, "DELETE": 2}
