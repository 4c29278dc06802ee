"""Bringing an older state to this program's schema: a copy first, then all migrations in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from syncer.store import schema
from syncer.store.backup import copy_file
from syncer.store.connection import begun
from syncer.store.database import claimed
from syncer.store.errors import corrupt, translate

SCRIPTS = Path(__file__).with_name("migrations")


@dataclass(frozen=True, slots=True)
class Migrated:
    """What was done. `before`: None for an empty database; `backup`: the copy from before, on SQLite."""

    before: str | None
    after: str
    backup: Path | None


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's, with the scripts that are part of this package."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def migrate(url: str) -> Migrated:
    """Makes the state's schema the newest; does nothing where it is. A crash or an error leaves the state as it was.

    Raises StateLockedError while an instance runs, StoreVersionError for a state newer than this program. PostgreSQL
    keeps no copy: take one before with `backup`.
    """
    with claimed(url) as (connection, file):
        before = schema.version_of(connection)
        if before == schema.HEAD:
            return Migrated(before, before, None)
        if before is not None and before not in schema.REVISIONS:
            schema.check_version(before)
        saved = None
        if file is not None and before is not None:
            saved = file.with_name(f"{file.name}.before-{schema.HEAD}")
            saved.unlink(missing_ok=True)  # of an earlier try that failed; the state itself is unchanged since
            copy_file(file, saved)
        try:
            upgrade(connection)
        except DBAPIError as error:
            raise translate(error) from error
        return Migrated(before, schema.HEAD, saved)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Runs the migrations up to a revision, in one transaction. Raises StoreCorruptError where references break."""
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")  # a table that is made anew is dropped in between
    try:
        with begun(connection, "BEGIN IMMEDIATE" if sqlite else "BEGIN"):
            command.upgrade(configuration(connection), revision)
            if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
                raise corrupt(f"{len(broken)} rows would refer to nothing after the migration")
    finally:
        if sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
