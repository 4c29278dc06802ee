"""A copy of a state, taken while it is in use.

SQLite: a database file, by SQLite's own online backup; to restore, put it in the state's place. PostgreSQL: JSON lines,
one a row, from one consistent view; `restore` reads them into an empty schema.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Table

from syncer.store import schema
from syncer.store.connection import begun, connected, file_of, make_engine, missing, parsed
from syncer.store.database import claimed
from syncer.store.errors import StoreError, StoreUrlError, corrupt
from syncer.store.statements import Db, insert_into
from syncer.store.tables import metadata

BATCH = 1_000


def backup(url: str, path: Path) -> Path:
    """Writes a copy of the state to `path`, which must not exist; the path. Half a copy never has that name.

    Raises StoreError where the file exists or cannot be written, StoreMissingError where there is no state.
    """
    address = parsed(url)
    file = file_of(address)
    if file is not None:
        if not file.exists():
            raise missing()
        copy_file(file, path)
        return path
    if address.drivername == "sqlite":
        raise StoreUrlError("StoreUrl", "A state in memory cannot be copied.", "Name the state's file in [state] url.")
    engine = make_engine(address)
    try:
        with connected(engine) as connection, begun(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"):
            if schema.version_of(connection) is None:
                raise missing()
            with _whole(path) as part:
                _write_lines(connection, part)
    finally:
        engine.dispose()
    return path


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A name to write to, that becomes `path` when all of it is on the disk; readable by this user alone."""
    if path.exists():
        raise StoreError("BackupExists", f"{path} is there already.", "Name another file, or move that one away.")
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(path)
    except OSError as error:
        raise StoreError(
            "BackupFailed",
            f"{path} cannot be written: {error.strerror}.",
            "Name a folder with room that this user may write.",
        ) from error
    finally:
        part.unlink(missing_ok=True)


def copy_file(source: Path, path: Path) -> None:
    """A copy of a SQLite file in use, checked. Raises StoreCorruptError where the source is damaged."""
    with _whole(path) as part:
        try:
            with closing(sqlite3.connect(source)) as state, closing(sqlite3.connect(part)) as copy:
                state.backup(copy, pages=4096)
                copy.execute("PRAGMA journal_mode = DELETE")
                (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError as error:
            raise StoreError(
                "BackupFailed",
                f"{path} cannot be written: {error}.",
                "Name a folder with room that this user may write.",
            ) from error
        except sqlite3.DatabaseError as error:
            raise corrupt(str(error)) from error
        if found != "ok":
            raise corrupt(found)


def _write_lines(connection: Connection, part: Path) -> None:
    raw: Any = connection.connection.dbapi_connection
    with part.open("wb") as lines:
        lines.write(orjson.dumps({"syncer_state": schema.version_of(connection)}) + b"\n")
        for table in metadata.sorted_tables:
            order = ", ".join(column.name for column in table.primary_key)
            copy = f"COPY (SELECT row_to_json(t) FROM {table.name} t ORDER BY {order}) TO STDOUT"  # noqa: S608  our names
            with raw.cursor() as cursor, cursor.copy(copy) as rows:
                for (text,) in rows.rows():
                    lines.write(orjson.dumps({"table": table.name, "row": orjson.loads(text)}) + b"\n")


def restore(url: str, path: Path) -> int:
    """Fills an empty PostgreSQL schema from JSON lines, in one transaction; how many rows.

    Raises StoreError where there is a state already, StoreVersionError for a copy of another schema, StoreCorruptError
    where the file is no such copy.
    """
    with claimed(url) as (connection, file), path.open("rb") as lines:
        if file is not None:
            raise StoreUrlError(
                "StoreUrl", "A SQLite state is restored by its file.", "Put the copy in the state's place."
            )
        if schema.version_of(connection) is not None:
            raise StoreError("StateExists", "There is a state there already.", "Restore into an empty schema.")
        try:
            schema.check_version(orjson.loads(next(lines))["syncer_state"])
        except (StopIteration, KeyError, TypeError, orjson.JSONDecodeError) as error:
            raise corrupt(f"{path} is no copy of a state") from error
        with begun(connection, "BEGIN"):
            schema.create(connection)
            for table in ("counter", "lease"):
                connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608  our names
            count = sum(_insert(connection, name, rows) for name, rows in groupby(map(orjson.loads, lines), _table_of))
            for table in ("journal", "verdict_history"):
                last = f"greatest((SELECT max(seq) FROM {table}), 1)"  # noqa: S608  our names
                connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{table}', 'seq'), {last})")
            return count


def _table_of(line: dict[str, Any]) -> str:
    return str(line["table"])


def _insert(connection: Connection, name: str, lines: Iterator[dict[str, Any]]) -> int:
    table: Table = metadata.tables[name]
    names = [column.name for column in table.columns]
    statement, db, count = insert_into(table, names), Db(connection), 0
    batch: list[list[Any]] = []
    for line in lines:
        batch.append([line["row"][column] for column in names])
        count += 1
        if len(batch) == BATCH:
            db.many(statement, batch)
            batch = []
    db.many(statement, batch)
    return count
