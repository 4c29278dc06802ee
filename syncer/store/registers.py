"""The plain tables: bases, attempts, waiting references, suspended fields, cursors, schemas, runs, meta."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, Select, Table, and_, bindparam, delete, func, select, update

from connectors.base import SideName
from syncer.store.codec import Codec
from syncer.store.rows import (
    AttemptRow,
    CursorRow,
    DependencyRow,
    MetaRow,
    RunRow,
    SchemaRow,
    ShadowRow,
    SuspendedRow,
)
from syncer.store.statements import Db, InList, Statement, insert_into, put_into
from syncer.store.tables import attempt, dependency, meta, run, schema_snapshot, shadow, stream_cursor, suspended

SHADOWS = Codec(ShadowRow, shadow)
ATTEMPTS = Codec(AttemptRow, attempt)
DEPENDENCIES = Codec(DependencyRow, dependency)
SUSPENDED = Codec(SuspendedRow, suspended)
CURSORS = Codec(CursorRow, stream_cursor)
SCHEMAS = Codec(SchemaRow, schema_snapshot)
META = Codec(MetaRow, meta)
RUNS = Codec(RunRow, run)


def _is(table: Table, *names: str) -> Any:
    return and_(*(table.c[name] == bindparam(f"{name}_") for name in names))


def _all(codec: Codec[Any], *names: str) -> Select[Any]:
    """Rows with those values, in the order of the primary key."""
    chosen = select(*codec.columns).order_by(*codec.table.primary_key)
    return chosen.where(_is(codec.table, *names)) if names else chosen


GET_SHADOWS = Statement(_all(SHADOWS).where(InList(shadow.c.link_id, "ids")))
PUT_SHADOW = put_into(shadow, SHADOWS.names)
DELETE_SHADOWS = Statement(delete(shadow).where(InList(shadow.c.link_id, "ids")))
OPEN_ATTEMPT = insert_into(attempt, ATTEMPTS.names)
CLOSE_ATTEMPT = Statement(update(attempt).where(_is(attempt, "attempt_id")).values(outcome=bindparam("new")))
PRUNE_ATTEMPTS = Statement(delete(attempt).where(attempt.c.sent_ms < bindparam("before")))
PRUNE_RUNS = Statement(delete(run).where(run.c.started_ms < bindparam("before")))
PUT_DEPENDENCY = put_into(dependency, DEPENDENCIES.names)
WAITING = Statement(_all(DEPENDENCIES, "parent_side", "parent_object").where(InList(dependency.c.parent_id, "ids")))
DROP_DEPENDENCY = Statement(
    delete(dependency).where(_is(dependency, "child_link", "field")), order=("child_link_", "field_")
)
LIST_SUSPENDED = Statement(_all(SUSPENDED))
PUT_SUSPENDED = put_into(suspended, SUSPENDED.names)
DROP_SUSPENDED = Statement(
    delete(suspended).where(_is(suspended, "side", "object", "field")), order=("side_", "object_", "field_")
)
GET_CURSOR = Statement(_all(CURSORS, "side", "object", "stream"))
PUT_CURSOR = put_into(stream_cursor, CURSORS.names)
LIST_CURSORS = Statement(_all(CURSORS))
GET_SCHEMA = Statement(_all(SCHEMAS, "side", "object"))
PUT_SCHEMA = put_into(schema_snapshot, SCHEMAS.names)
GET_META = Statement(_all(META))
PUT_META = put_into(meta, ("one", *META.names))
GET_RUN = Statement(_all(RUNS, "run_id"))
PUT_RUN = put_into(run, RUNS.names)
OLDEST_RUN = Statement(select(func.min(run.c.started_ms)))
LIST_RUNS = Statement(
    select(*RUNS.columns).order_by(run.c.started_ms.desc(), run.c.run_id.desc()).limit(bindparam("n", type_=Integer))
)


class _OnDb:
    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db


class SqlShadows(_OnDb):
    """`ports.Shadows` in SQL."""

    def get_many(self, link_ids: Sequence[str]) -> dict[str, ShadowRow]:
        return {row.link_id: row for row in SHADOWS.decode_all(self._db.rows(GET_SHADOWS, ids=[*link_ids]))}

    def put(self, rows: Sequence[ShadowRow]) -> None:
        self._db.many(PUT_SHADOW, [SHADOWS.encode(row) for row in rows])

    def delete(self, link_ids: Sequence[str]) -> None:
        self._db.run(DELETE_SHADOWS, ids=[*link_ids])


class SqlAttempts(_OnDb):
    """`ports.Attempts` in SQL."""

    def open(self, row: AttemptRow) -> None:
        self._db.many(OPEN_ATTEMPT, [ATTEMPTS.encode(row)])

    def close(self, attempt_id: str, outcome: str) -> None:
        self._db.run(CLOSE_ATTEMPT, attempt_id_=attempt_id, new=outcome)

    def prune(self, before_ms: int) -> int:
        return self._db.run(PRUNE_ATTEMPTS, before=before_ms)


class SqlDependencies(_OnDb):
    """`ports.Dependencies` in SQL."""

    def put(self, row: DependencyRow) -> None:
        self._db.many(PUT_DEPENDENCY, [DEPENDENCIES.encode(row)])

    def waiting_for(self, side: SideName, object_name: str, ids: Sequence[str]) -> list[DependencyRow]:
        found = self._db.rows(WAITING, parent_side_=side, parent_object_=object_name, ids=[*ids])
        return DEPENDENCIES.decode_all(found)

    def drop(self, keys: Sequence[tuple[str, str]]) -> None:
        self._db.many(DROP_DEPENDENCY, keys)


class SqlSuspended(_OnDb):
    """`ports.Suspended` in SQL."""

    def list(self) -> list[SuspendedRow]:
        return SUSPENDED.decode_all(self._db.rows(LIST_SUSPENDED))

    def put(self, rows: Sequence[SuspendedRow]) -> None:
        self._db.many(PUT_SUSPENDED, [SUSPENDED.encode(row) for row in rows])

    def drop(self, keys: Sequence[tuple[SideName, str, str]]) -> None:
        self._db.many(DROP_SUSPENDED, keys)


class SqlCursors(_OnDb):
    """`ports.Cursors` in SQL."""

    def get(self, side: SideName, object_name: str, stream: str) -> CursorRow | None:
        found = self._db.first(GET_CURSOR, side_=side, object_=object_name, stream_=stream)
        return CURSORS.decode(found) if found else None

    def put(self, row: CursorRow) -> None:
        self._db.many(PUT_CURSOR, [CURSORS.encode(row)])

    def list(self) -> list[CursorRow]:
        return CURSORS.decode_all(self._db.rows(LIST_CURSORS))


class SqlSchemas(_OnDb):
    """`ports.Schemas` in SQL."""

    def get(self, side: SideName, object_name: str) -> SchemaRow | None:
        found = self._db.first(GET_SCHEMA, side_=side, object_=object_name)
        return SCHEMAS.decode(found) if found else None

    def put(self, row: SchemaRow) -> None:
        self._db.many(PUT_SCHEMA, [SCHEMAS.encode(row)])


class SqlMeta(_OnDb):
    """`ports.Meta` in SQL: one row, or none in a state that has met no system yet."""

    def get(self) -> MetaRow:
        found = self._db.first(GET_META)
        return META.decode(found) if found else MetaRow()

    def put(self, row: MetaRow) -> None:
        self._db.many(PUT_META, [[1, *META.encode(row)]])


class SqlRuns(_OnDb):
    """`ports.Runs` in SQL."""

    def put(self, row: RunRow) -> None:
        self._db.many(PUT_RUN, [RUNS.encode(row)])

    def get(self, run_id: str) -> RunRow | None:
        found = self._db.first(GET_RUN, run_id_=run_id)
        return RUNS.decode(found) if found else None

    def list(self, limit: int) -> list[RunRow]:
        return RUNS.decode_all(self._db.rows(LIST_RUNS, n=limit))

    def oldest_ms(self) -> int | None:
        (found,) = self._db.rows(OLDEST_RUN)[0]
        return None if found is None else int(found)

    def prune(self, before_ms: int) -> int:
        return self._db.run(PRUNE_RUNS, before=before_ms)
