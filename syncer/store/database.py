"""Opening a state: its lock, its version; and the transactions on it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from syncer.errors import StateLockedError
from syncer.store import lock, schema
from syncer.store.account_keys import SqlAccountKeys
from syncer.store.asks import SqlAsks, SqlProviders, SqlSpends
from syncer.store.claims import SqlClaims
from syncer.store.connection import (
    begun,
    connected,
    denied,
    file_of,
    lock_file_of,
    make_engine,
    missing,
    parsed,
    prepare_file,
)
from syncer.store.decisions import SqlHolds, SqlQuarantine, SqlReviews
from syncer.store.documents import SqlDocuments, SqlObjections
from syncer.store.errors import StoreError, StoreReadOnlyError, corrupt, translate
from syncer.store.hand_offs import SqlHandOffs, SqlNotices
from syncer.store.intents import SqlIntents
from syncer.store.journal import SqlJournal
from syncer.store.links import SqlLinks
from syncer.store.lists import SqlLists
from syncer.store.memberships import SqlMemberships
from syncer.store.ports import Store, Tx
from syncer.store.predictions import SqlModels, SqlPredictions
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
from syncer.store.verdicts import SqlVerdicts

CHECKED_BYTES = 64 << 20  # files up to this size are checked at every exclusive start, larger ones by `state verify`
Held = int | Connection  # what keeps the lock: a descriptor or a session


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
        self.claims = SqlClaims(db)
        self.documents = SqlDocuments(db)
        self.objections = SqlObjections(db)
        self.asks = SqlAsks(db)
        self.spends = SqlSpends(db)
        self.providers = SqlProviders(db)
        self.verdicts = SqlVerdicts(db)
        self.memberships = SqlMemberships(db)
        self.account_keys = SqlAccountKeys(db)
        self.hand_offs = SqlHandOffs(db)
        self.notices = SqlNotices(db)
        self.predictions = SqlPredictions(db)
        self.models = SqlModels(db)
        self.lists = SqlLists(db)


class SqlStore:
    """`ports.Store` on SQLite or PostgreSQL. `token`: our lease on PostgreSQL; `read_only`: opened without the lock."""

    def __init__(self, engine: Engine, *, read_only: bool, held: Sequence[Held], token: int | None) -> None:
        self.engine = engine
        self._read_only = read_only
        self._held = held
        self._token = token
        self._sqlite = engine.dialect.name == "sqlite"
        self._in_memory = isinstance(engine.pool, StaticPool)  # one connection for readers and writers
        self._turn = threading.RLock()
        self._inside = False

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        if self._read_only:
            raise StoreReadOnlyError(
                "StoreReadOnly", "The state was opened without its lock, for reading.", "Open it with exclusive=True."
            )
        begin = "BEGIN IMMEDIATE" if self._sqlite else "BEGIN"
        with self._alone(), connected(self.engine) as connection, begun(connection, begin):
            if self._token is not None:
                lock.prove(connection, self._token)
            yield SqlTx(connection)

    @contextmanager
    def snapshot(self) -> Iterator[Tx]:
        with self._alone() if self._in_memory else nullcontext(), connected(self.engine) as connection:
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

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Threads take turns; a thread that is inside already would wait for itself, so it is refused."""
        with self._turn:
            if self._inside:
                raise StoreError("StoreNested", "A transaction was begun inside another.", "Report this as a bug.")
            self._inside = True
            try:
                yield
            finally:
                self._inside = False

    def close(self) -> None:
        release(self.engine, self._held)
        self._held = ()


def release(engine: Engine, held: Sequence[Held]) -> None:
    """Frees the lock last, when nothing of ours can write any more."""
    engine.dispose()
    for one in held:
        if isinstance(one, int):
            os.close(one)
        else:
            with suppress(DBAPIError):  # the server is gone, and the lock with it
                one.invalidate()
            one.close()


@contextmanager
def claimed(url: str) -> Iterator[tuple[Connection, Path | None]]:
    """A state's connection and file, under its lock, whatever its version: for migrating and restoring."""
    address = parsed(url)
    file = file_of(address)
    descriptor = None
    if file is not None:
        prepare_file(file)
        descriptor = _hold(lock_file_of(file))
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
    finally:
        engine.dispose()  # the session's lock goes with it
        if descriptor is not None:
            os.close(descriptor)


@contextmanager
def only_daemon(url: str) -> Iterator[None]:
    """A second daemon on this state is refused while the first lives, also while that has given up the state itself.

    Raises StateLockedError.
    """
    address = parsed(url)
    file = file_of(address)
    engine = make_engine(address)
    held: list[Held] = []
    try:
        if file is not None:
            prepare_file(file)
            held.append(_hold(file.with_name(file.name + ".daemon.lock")))
        elif engine.dialect.name == "postgresql":
            held.append(connection := engine.connect())
            lock.hold_session(connection, key=lock.DAEMON_KEY)
    except DBAPIError as error:
        release(engine, held)
        raise translate(error) from error
    except StateLockedError as error:
        release(engine, held)
        raise StateLockedError(
            "DaemonRuns",
            "A daemon runs on this state already.",
            "End it, or let it work: what people decide goes in between its cycles.",
        ) from error
    try:
        yield
    finally:
        release(engine, held)


def open_store(url: str, *, exclusive: bool, migrate: bool = False, wait_s: float = 0.0) -> Store:
    """Opens the state at `sqlite:///PATH`, `sqlite://` (in memory) or `postgresql+psycopg://...`.

    With `exclusive` it takes the lock (`wait_s`: how long it waits for it; then StateLockedError tells who holds it),
    makes the tables where there are none, and may write. Without, it reads a state that is there (else
    StoreMissingError), whoever holds it. A state of an older schema is refused unless `exclusive` and `migrate`, which
    takes a backup first; one of a newer schema always (StoreVersionError). Also raised: StoreCorruptError,
    StoreFullError, DeniedError, TemporaryError where the server is down, StoreUrlError.
    """
    address = parsed(url)
    if migrate and exclusive:
        from syncer.store.migrate import migrate as bring_up

        bring_up(url)
    file = file_of(address)
    held: list[Held] = []
    if file is not None:
        if exclusive:
            prepare_file(file)
            held.append(_hold(lock_file_of(file), wait_s))
        elif not file.exists():
            raise missing()
    engine = make_engine(address)
    try:
        token = _enter(engine, file, exclusive=exclusive, held=held, wait_s=wait_s)
    except BaseException as error:
        release(engine, held)
        if isinstance(error, DBAPIError):
            raise translate(error) from error
        raise
    return SqlStore(engine, read_only=not exclusive, held=held, token=token)


def _hold(beside: Path, wait_s: float = 0.0) -> int:
    """The descriptor that holds that lock file. Raises StateLockedError, DeniedError."""
    try:
        return lock.hold_file(beside, wait_s)
    except OSError as error:
        raise denied(beside, error) from error


def _enter(engine: Engine, file: Path | None, *, exclusive: bool, held: list[Held], wait_s: float) -> int | None:
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
    lock.hold_session(connection, wait_s)
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
