"""Schema drift: what a side no longer has, or refuses, is suspended before it can be mistaken for a blank.

Both schemas are described in each run and kept by hash. A suspended field is neither written nor taken for cleared; its
base stays, so that it goes on where it stood when the field returns. A crash between two objects only means that the
second is described again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b

import orjson

from connectors.base import AccessError, FieldSchema, ObjectSchema, RemoteError, SchemaError, SideName
from syncer.core.fields import FieldMap, KindMap, Rule
from syncer.stages.context import Context, Problem, mapped_fields
from syncer.stages.observation import key_fields
from syncer.store.ports import Tx
from syncer.store.rows import SchemaRow, SuspendedRow

SYSTEM_NAME = {"left": "Salesforce", "right": "HubSpot"}


def refresh_schemas(context: Context) -> None:
    """Describes every mapped object of both sides and suspends or releases fields accordingly."""
    for kind, side, object_name in context.objects():
        if context.active(side):
            refresh_object(context, kind, side, object_name)


def refresh_object(context: Context, kind: KindMap, side: SideName, object_name: str) -> None:
    """One object. An object that is gone or hidden costs only itself; other errors pause the side."""
    try:
        schema = context.remotes[side].schema(object_name)
    except (SchemaError, AccessError) as error:
        object_problem(context, side, object_name, error)
        return
    except RemoteError as error:
        context.report.pause(side, error)
        return
    context.schemas[side, object_name] = schema
    with context.store.transaction() as tx:
        _keep(context, tx, side, schema)
        _suspend(context, tx, kind, side, schema)


def object_problem(context: Context, side: SideName, object_name: str, error: RemoteError) -> None:
    """Says by name which object cannot be used; the others go on."""
    action = error.action or f"Give the integration user access to {object_name}, or take it out of the mapping."
    message = f"{SYSTEM_NAME[side]} {object_name} cannot be used: {error.message}"
    context.report.problem(Problem("ObjectUnavailable", message, action, side=side, object=object_name))


def _keep(context: Context, tx: Tx, side: SideName, schema: ObjectSchema) -> None:
    text = orjson.dumps({"label": schema.label, "fields": dict(schema.fields)}, option=orjson.OPT_SORT_KEYS)
    digest = blake2b(text, digest_size=16).hexdigest()
    known = tx.schemas.get(side, schema.object)
    if known is None or known.hash != digest:
        described = orjson.loads(text)
        tx.schemas.put(SchemaRow(side, schema.object, digest, described, context.clock.now_ms()))


def _suspend(context: Context, tx: Tx, kind: KindMap, side: SideName, schema: ObjectSchema) -> None:
    before = {row.field: row for row in tx.suspended.list() if (row.side, row.object) == (side, schema.object)}
    now = {row.field: row for row in _obstacles(context, kind, side, schema)}
    put = [row for name, row in now.items() if name not in before or before[name].klass != row.klass]
    returned = [name for name in before if name not in now]
    if put:
        tx.suspended.put(put)
    if returned:
        tx.suspended.drop([(side, schema.object, name) for name in returned])
        tx.records.touch_all([(side, schema.object)])
        _ask_anew(tx, side, schema.object, returned)
        context.report.count("fields_returned", len(returned))
    for row in now.values():
        context.report.problem(
            Problem("FieldSuspended", row.reason, row.action, side=side, object=schema.object, field=row.field)
        )


def _ask_anew(tx: Tx, side: SideName, object_name: str, fields: Sequence[str]) -> None:
    """What was read while these fields were away lacks them, though they were asked for: `observe` reads it again."""
    asked = tx.cursors.get(side, object_name, "fields")
    if asked is not None:
        left = [name for name in asked.page_token.split(",") if name not in fields]
        tx.cursors.put(replace(asked, page_token=",".join(left)))


def _obstacles(context: Context, kind: KindMap, side: SideName, schema: ObjectSchema) -> Iterator[SuspendedRow]:
    natural = {field for _, field in key_fields(kind, side, schema.object)}
    for name, item in sorted(mapped_fields(kind, side, schema.object).items()):
        if "." in name or (item.rule is Rule.DONT_SYNC and name not in natural):
            continue
        found = _obstacle(side, schema, name, item, schema.fields.get(name))
        if found is not None:
            yield SuspendedRow(side, schema.object, name, *found, context.clock.now_ms())


def _obstacle(
    side: SideName, schema: ObjectSchema, name: str, item: FieldMap, known: FieldSchema | None
) -> tuple[str, str, str] | None:
    """(class, reason, action) where the field cannot take part."""
    system, where = SYSTEM_NAME[side], f"{schema.object}.{name}"
    if known is None:
        reason = f"{system} {where} is gone or hidden from the integration user; {item.name} is not synchronised."
        return (
            "schema",
            reason,
            f"Restore the field or give the user access to it, or change the mapping of {item.name}.",
        )
    if _written(item, side) and not known.updateable and not known.createable:
        reason = f"{system} {where} cannot be edited by the integration user; {item.name} is not synchronised."
        action = f'Grant edit access to {where}, or set read_only = "{side}" for {item.name} in the mapping.'
        return "permission", reason, action
    return None


def _written(item: FieldMap, side: SideName) -> bool:
    """Whether the rule may ever send a value to that side."""
    if item.rule is Rule.DONT_SYNC or item.read_only == side:
        return False
    return item.rule is not (Rule.ALWAYS_SALESFORCE if side == "left" else Rule.ALWAYS_HUBSPOT)
