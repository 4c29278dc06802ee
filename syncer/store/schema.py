"""A fresh state is created whole from the tables and stamped; an old one is migrated; a newer one is refused.

Creating from compiled text takes a few milliseconds where the migrations take hundreds; a test holds both equal.
"""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from syncer.store.errors import StoreVersionError
from syncer.store.tables import metadata

REVISIONS = ("0001", "0002", "0003", "0004", "0005")  # oldest first; a test compares them with the migrations
HEAD = REVISIONS[-1]
VERSION_TABLE = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
    "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)
SEEDS = (
    "INSERT INTO counter (name, value) VALUES ('dirty', 0)",
    "INSERT INTO lease (shard, holder, token, since_ms) VALUES ('state', '', 0, 0)",
)
_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
}
_TEXTS: dict[str, tuple[str, ...]] = {}


def creation(dialect: Dialect) -> tuple[str, ...]:
    """Every statement that makes a fresh state, version included."""
    if dialect.name not in _TEXTS:
        made = []
        for table in metadata.sorted_tables:
            made.append(str(CreateTable(table).compile(dialect=dialect)))
            made += [
                str(CreateIndex(index).compile(dialect=dialect))
                for index in sorted(table.indexes, key=lambda i: i.name or "")
            ]
        stamp = f"INSERT INTO alembic_version (version_num) VALUES ('{HEAD}')"  # noqa: S608  a constant of ours
        _TEXTS[dialect.name] = (*made, *SEEDS, VERSION_TABLE, stamp)
    return _TEXTS[dialect.name]


def version_of(connection: Connection) -> str | None:
    """The revision that the state was made by; None for an empty one. Raises StoreVersionError for a strange one."""
    tables = {name for (name,) in connection.exec_driver_sql(_TABLES[connection.dialect.name])}
    if "alembic_version" in tables:
        row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
        if row:
            return str(row[0])
    if tables & set(metadata.tables):
        raise StoreVersionError(
            "StoreUnknown",
            "The database holds tables named as ours, but no version of the state.",
            "Give [state] url a database, or a PostgreSQL schema, that nothing else uses.",
        )
    return None


def check_version(version: str) -> None:
    """Raises StoreVersionError where the state is newer or older than this program."""
    if version == HEAD:
        return
    if version in REVISIONS:
        raise StoreVersionError(
            "StoreOld",
            f"The state has schema {version}; this program needs {HEAD}.",
            "Run `syncer state migrate`; it takes a backup first.",
        )
    raise StoreVersionError(
        "StoreNewer",
        f"The state has schema {version}, which this program does not know (newest known: {HEAD}).",
        "Use the newer program that wrote it, or restore the backup from before.",
    )


def create(connection: Connection) -> None:
    """Makes all tables in the running transaction."""
    for statement in creation(connection.dialect):
        connection.exec_driver_sql(statement)
