"""One writer on one state, and one daemon. The kernel or the PostgreSQL server frees a lock when its holder dies,
also by kill -9.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from syncer.errors import StateLockedError
from syncer.store.codec import to_json

SHARD = "state"
ADVISORY = 0x53594E43  # first half of the key; the second is the schema, so that two states in one database do not meet
KEY = f"{ADVISORY}, hashtext(current_schema())"
DAEMON_KEY = f"{ADVISORY + 1}, hashtext(current_schema())"
POLL_S = 0.1


def holder() -> str:
    """Who we are, as JSON."""
    return to_json(
        {"pid": os.getpid(), "host": socket.gethostname(), "since": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    )


def locked(text: str) -> StateLockedError:
    """The error that says who holds the state."""
    try:
        found: Mapping[str, Any] = orjson.loads(text)
        who = f"process {found['pid']} on {found['host']}, since {found['since']}"
    except (orjson.JSONDecodeError, KeyError, TypeError):
        who = "a process that has not said who it is yet"
    return StateLockedError(
        "StateLocked",
        f"Another instance holds this state: {who}.",
        "Wait until it has ended, or end it; the lock goes with the process.",
    )


def _taken(attempt: Callable[[], bool], wait_s: float) -> bool:
    """Tries again and again for that long: whoever holds a lock gives no sign when it goes."""
    until = time.monotonic() + wait_s
    while not attempt():
        if time.monotonic() >= until:
            return False
        time.sleep(POLL_S)
    return True


def hold_file(path: Path, wait_s: float = 0.0) -> int:
    """Takes the lock of that file, waiting so long for it; the descriptor that holds it. Raises StateLockedError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def attempt() -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    if not _taken(attempt, wait_s):
        text = os.pread(descriptor, 1000, 0).decode(errors="replace")
        os.close(descriptor)
        raise locked(text)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, holder().encode(), 0)
    return descriptor


def hold_session(connection: Connection, wait_s: float = 0.0, key: str = KEY) -> None:
    """Takes the lock of a PostgreSQL schema for as long as this connection lives. Raises StateLockedError."""
    if _taken(lambda: bool(connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({key})").scalar_one()), wait_s):
        return
    try:
        row = connection.exec_driver_sql("SELECT holder FROM lease WHERE shard = %s", (SHARD,)).first()
    except DBAPIError:  # the other is just creating the tables
        row = None
    raise locked(row[0] if row else "")


def next_token(connection: Connection) -> int:
    """Writes down who holds the state; the token by which each of our transactions proves that it is still us."""
    sql = "UPDATE lease SET holder = %s, token = token + 1, since_ms = %s WHERE shard = %s RETURNING token"
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    (token,) = connection.exec_driver_sql(sql, (holder(), now_ms, SHARD)).one()
    return int(token)


def prove(connection: Connection, token: int) -> None:
    """Locks the lease row for the running transaction (one writer at a time) and checks that it is still ours."""
    row = connection.exec_driver_sql("SELECT token, holder FROM lease WHERE shard = %s FOR UPDATE", (SHARD,)).first()
    if row is None or row[0] != token:
        raise locked(row[1] if row else "")
