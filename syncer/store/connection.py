"""From the address of a state to a connection with our settings, and transactions that begin and end by our words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import QueuePool, StaticPool

from syncer.errors import DeniedError
from syncer.store.errors import StoreMissingError, StoreUrlError, translate

SQLITE_PRAGMAS = (
    "PRAGMA page_size = 8192",  # of a new file: records of a kilobyte fill it well, and a commit writes fewer pages
    "PRAGMA busy_timeout = 30000",
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",  # a lost "sent" mark is the one thing that recovery cannot rebuild
    "PRAGMA cache_size = -16384",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA wal_autocheckpoint = 4000",  # 16 MiB: pages that are written often are copied back seldom
    "PRAGMA journal_size_limit = 67108864",
)


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """A connection; failing to get one is a named error."""
    try:
        connection = engine.connect()
    except DBAPIError as error:
        raise translate(error) from error
    with connection:
        yield connection


@contextmanager
def begun(connection: Connection, begin: str) -> Iterator[None]:
    """Commits at the end, undoes everything when anything raises, the commit itself included."""
    try:
        connection.exec_driver_sql(begin)
    except DBAPIError as error:
        raise translate(error) from error
    try:
        yield
        connection.exec_driver_sql("COMMIT")
    except BaseException as error:
        with suppress(DBAPIError):  # the database has undone it by itself, or is gone
            connection.exec_driver_sql("ROLLBACK")
        if isinstance(error, DBAPIError):
            raise translate(error) from error
        raise


def parsed(url: str) -> URL:
    """The address of a state. Raises StoreUrlError."""
    try:
        address = make_url(url)
    except ArgumentError:
        address = None
    if address is None or address.drivername not in ("sqlite", "postgresql+psycopg"):
        raise StoreUrlError(
            "StoreUrl",
            "The address of the state is neither sqlite:///PATH nor postgresql+psycopg://USER@HOST/DATABASE.",
            "Correct [state] url.",
        )
    return address


def file_of(address: URL) -> Path | None:
    """The file of a SQLite state; None in memory and on PostgreSQL."""
    if address.drivername != "sqlite" or address.database in (None, "", ":memory:"):
        return None
    return Path(str(address.database))


def lock_file_of(file: Path) -> Path:
    return file.with_name(file.name + ".lock")


def make_engine(address: URL) -> Engine:
    """Transactions are begun and ended by our own words only, so that each begins as it must."""
    options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
    if address.drivername != "sqlite":
        try:
            return create_engine(address, paramstyle="format", pool_pre_ping=True, **options)
        except (ModuleNotFoundError, NoSuchModuleError) as error:
            raise StoreUrlError(
                "StoreDriver",
                "The driver for PostgreSQL is not installed.",
                "Install syncer with the extra [postgres].",
            ) from error
    file = file_of(address)
    pool = StaticPool if file is None else QueuePool
    engine = create_engine(address, poolclass=pool, connect_args={"check_same_thread": False}, **options)

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)

    return engine


def missing() -> StoreMissingError:
    return StoreMissingError("StoreMissing", "There is no state yet.", "Run `syncer sync`, which makes it.")


def prepare_file(file: Path) -> None:
    """Folder and file, readable by this user alone: they will hold personal data. Raises DeniedError."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise denied(file, error) from error


def denied(file: Path, error: OSError) -> DeniedError:
    return DeniedError(
        "StoreDenied",
        f"The state {file} cannot be opened: {error.strerror}.",
        "Let this user read and write it and its folder.",
    )
