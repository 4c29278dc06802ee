"""Opening a state: its address, its lock, its version; and the transactions on it."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import QueuePool, StaticPool

from syncer.errors import SyncerError
from syncer.store import lock, schema
from syncer.store.decisions import SqlHolds, SqlQuarantine, SqlReviews
from syncer.store.errors import (
    StoreMissingError,
    StoreReadOnlyError,
    StoreUrlError,
    corrupt,
    translate,
)
from syncer.store.intents import SqlIntents
from syncer.store.journal import SqlJournal
from syncer.store.links import SqlLinks
from syncer.store.ports import Store, Tx
from syncer.store.records import SqlRecords
from syncer.store.registers import (
    SqlAttempts,
    SqlCursors,
    SqlDependencies,
    SqlMeta,
    SqlRuns,
    SqlSchemas,
    SqlShadows,
    SqlSuspended,
)
from syncer.store.statements import Db

CHECKED_BYTES = 64 << 20  # files up to this size are checked at every exclusive start, larger ones by `state verify`
SQLITE_PRAGMAS = (
    "PRAGMA busy_timeout = 30000",
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",  # a lost "sent" mark is the one thing that recovery cannot rebuild
    "PRAGMA cache_size = -65536",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_size_limit = 67108864",
)


class SqlTx:
    """`ports.Tx` on one connection."""

    def __init__(self, connection: Connection) -> None:
        db = Db(connection)
        self.records = SqlRecords(db)
        self.links = SqlLinks(db, self.records)
        self.shadows = SqlShadows(db)
        self.intents = SqlIntents(db)
        self.attempts = SqlAttempts(db)
        self.journal = SqlJournal(db)
        self.quarantine = SqlQuarantine(db)
        self.dependencies = SqlDependencies(db)
        self.reviews = SqlReviews(db)
        self.suspended = SqlSuspended(db)
        self.holds = SqlHolds(db)
        self.cursors = SqlCursors(db)
        self.schemas = SqlSchemas(db)
        self.meta = SqlMeta(db)
        self.runs = SqlRuns(db)


class SqlStore:
    """`ports.Store` on SQLite or PostgreSQL. `token`: our lease on PostgreSQL; `read_only`: opened without the lock."""

    def __init__(self, engine: Engine, *, read_only: bool, held: list[Any], token: int | None = None) -> None:
        self.engine = engine
        self._read_only = read_only
        self._held = held  # what keeps the lock: a descriptor or a connection
        self._token = token
        self._sqlite = engine.dialect.name == "sqlite"
        self._writer = threading.RLock()
        in_memory = isinstance(engine.pool, StaticPool)  # one connection for all
        self._reader: AbstractContextManager[Any] = self._writer if in_memory else nullcontext()

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        if self._read_only:
            raise StoreReadOnlyError(
                "StoreReadOnly", "The state was opened without its lock, for reading.", "Open it with exclusive=True."
            )
        begin = "BEGIN IMMEDIATE" if self._sqlite else "BEGIN"
        with self._writer, connected(self.engine) as connection, begun(connection, begin):
            if self._token is not None:
                lock.prove(connection, self._token)
            yield SqlTx(connection)

    @contextmanager
    def snapshot(self) -> Iterator[Tx]:
        with self._reader, connected(self.engine) as connection:
            if not self._sqlite:
                with begun(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"):
                    yield SqlTx(connection)
                return
            connection.exec_driver_sql("PRAGMA query_only = ON")
            try:
                with begun(connection, "BEGIN"):
                    yield SqlTx(connection)
            finally:
                connection.exec_driver_sql("PRAGMA query_only = OFF")

    def close(self) -> None:
        """Frees the lock last, when nothing of ours can write any more."""
        self.engine.dispose()
        for held in self._held:
            if isinstance(held, int):
                os.close(held)
            else:
                with suppress(DBAPIError):
                    held.invalidate()
                held.close()
        self._held = []


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


@contextmanager
def claimed(url: str) -> Iterator[tuple[Connection, Path | None]]:
    """A state's connection and file, under its lock, whatever its version: for migrating and restoring."""
    address = parsed(url)
    file = file_of(address)
    descriptor = None
    if file is not None:
        prepare_file(file)
        descriptor = lock.hold_file(lock_file_of(file))
    engine = make_engine(address)
    try:
        with connected(engine) as connection:
            try:
                if file is not None:
                    _check_file(connection, file, exclusive=True)
                elif engine.dialect.name == "postgresql":
                    lock.hold_session(connection)
            except DBAPIError as error:
                raise translate(error) from error
            yield connection, file
            if file is None:
                connection.invalidate()  # the session's lock goes with it
    finally:
        engine.dispose()
        if descriptor is not None:
            os.close(descriptor)


def open_store(url: str, *, exclusive: bool, migrate: bool = False) -> Store:
    """Opens the state at `sqlite:///PATH`, `sqlite://` (in memory) or `postgresql+psycopg://...`.

    With `exclusive` it takes the lock (StateLockedError tells who holds it), makes the tables where there are none, and
    may write. Without, it reads a state that is there (StoreMissingError), whoever holds it. A state of an older schema
    is refused unless `migrate`, which takes a backup first; one of a newer schema always (StoreVersionError). Also
    raised: StoreCorruptError, StoreFullError, DeniedError, TemporaryError where the server is down, StoreUrlError.
    """
    address = parsed(url)
    if migrate and exclusive:
        from syncer.store.migrate import migrate as bring_up

        bring_up(url)
    file = file_of(address)
    held: list[Any] = []
    if file is not None:
        if exclusive:
            prepare_file(file)
            held.append(lock.hold_file(lock_file_of(file)))
        elif not file.exists():
            raise missing()
    engine = make_engine(address)
    store = SqlStore(engine, read_only=not exclusive, held=held)
    try:
        token = _enter(engine, file, exclusive=exclusive, held=held)
    except DBAPIError as error:
        store.close()
        raise translate(error) from error
    except BaseException:
        store.close()
        raise
    store._token = token
    return store


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


def denied(file: Path, error: OSError) -> SyncerError:
    from syncer.errors import DeniedError

    return DeniedError(
        "StoreDenied",
        f"The state {file} cannot be opened: {error.strerror}.",
        "Let this user read and write it and its folder.",
    )


def _enter(engine: Engine, file: Path | None, *, exclusive: bool, held: list[Any]) -> int | None:
    """Checks the state, makes it where there is none; our token on PostgreSQL."""
    with connected(engine) as connection:
        if file is not None:
            _check_file(connection, file, exclusive)
        if not exclusive:
            version = schema.version_of(connection)
            if version is None:
                raise missing()
            schema.check_version(version)
            return None
    if engine.dialect.name == "sqlite":
        with connected(engine) as connection:
            _create_or_check(connection, "BEGIN IMMEDIATE")
        return None
    connection = engine.connect()
    held.append(connection)
    lock.hold_session(connection)
    _create_or_check(connection, "BEGIN")
    return lock.next_token(connection)


def _create_or_check(connection: Connection, begin: str) -> None:
    version = schema.version_of(connection)
    if version is None:
        with begun(connection, begin):
            schema.create(connection)
        return
    schema.check_version(version)


def _check_file(connection: Connection, file: Path, exclusive: bool) -> None:
    """Reads the file's head, and all of it where that is quick. Raises StoreCorruptError."""
    connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").one()
    if not exclusive:
        return
    connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    if file.stat().st_size <= CHECKED_BYTES:
        (found,) = connection.exec_driver_sql("PRAGMA quick_check(1)").one()
        if found != "ok":
            raise corrupt(found)
