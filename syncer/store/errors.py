"""What can go wrong with a store, each with a name, what to do, and the exit code of the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy.exc import DBAPIError, IntegrityError

from syncer.errors import DeniedError, Exit, StateLockedError, SyncerError, TemporaryError


class StoreError(SyncerError):
    """The state cannot do what was asked; whatever was not committed is undone."""


class StoreConflictError(StoreError):
    """A constraint holds a second owner off: an id, a key, or a link's open intent is taken already."""


class StoreReadOnlyError(StoreError):
    """A write through a view for reading: a mistake of the program."""


class StoreFullError(StoreError):
    """The disk is full; the transaction is undone, what was committed before is safe."""


class StoreCorruptError(StoreError):
    """The state is no database of ours, or is damaged."""


class StoreMissingError(StoreError):
    """There is no state there to read."""


class StoreVersionError(StoreError):
    """The state has another schema than this program."""

    exit_code = Exit.CONFIG


class StoreUrlError(StoreError):
    """The address of the state cannot be used."""

    exit_code = Exit.CONFIG


TAKEN: Mapping[str, str] = {
    "uq_link_left": "that left record belongs to a link already",
    "uq_link_right": "that right record belongs to a link already",
    "uq_link_sync_key": "that sync key is given to a link already",
    "uq_link_match_key": "that match key is taken by a link already",
    "uq_intent_open": "that link has an open intent already",
}
SQLITE_NAMES: Mapping[str, str] = {
    "link.left_object, link.left_id": "uq_link_left",
    "link.right_object, link.right_id": "uq_link_right",
    "link.sync_key": "uq_link_sync_key",
    "link.kind, link.match_key": "uq_link_match_key",
    "intent.link_id": "uq_intent_open",
}
BACKUP = "Restore the newest backup of the state (`syncer state backup` makes them)."


def translate(error: DBAPIError) -> SyncerError:
    """The named error for what the database driver said; never holds a statement, a value or a password."""
    origin = error.orig
    text = str(origin)
    if isinstance(error, IntegrityError):
        return _conflict(origin, text)
    low = text.lower()
    for words, build in _TEXTS:
        if any(word in low for word in words):
            return build(text)
    state = getattr(origin, "sqlstate", None)
    if error.connection_invalidated or (state or "").startswith(("08", "57P", "40")):
        return TemporaryError("StoreUnreachable", f"The database of the state went away: {text}", "Run again.")
    return StoreError("StoreFailed", f"The database of the state refused: {text}", "Run `syncer state verify`.")


def _conflict(origin: BaseException | None, text: str) -> StoreConflictError:
    name = getattr(getattr(origin, "diag", None), "constraint_name", None) or ""
    columns = re.search(r"UNIQUE constraint failed: (.*)", text)
    if columns:
        name = SQLITE_NAMES.get(columns.group(1), columns.group(1))
    said = TAKEN.get(name, f"the constraint {name or text.splitlines()[0]} does not allow it")
    return StoreConflictError(
        "StoreConflict", f"The state refuses a second owner: {said}.", "Plan again from what is there."
    )


def _full(text: str) -> SyncerError:
    return StoreFullError(
        "StoreFull",
        f"There is no room for the state ({text}); nothing was lost, the last step was undone.",
        "Free disk space, then run again.",
    )


def _unwritable(text: str) -> SyncerError:
    return StoreFullError(
        "StoreDisk",
        f"The disk under the state refuses to be read or written ({text}); nothing was lost, the last step was undone.",
        "Look whether the disk is full, a quota is used up, or the disk fails; then run again.",
    )


def corrupt(text: str) -> StoreCorruptError:
    return StoreCorruptError("StoreCorrupt", f"The state is damaged or no database of ours: {text}.", BACKUP)


def _denied(text: str) -> SyncerError:
    return DeniedError(
        "StoreDenied",
        f"The database of the state refuses the log-in: {text.strip()}",
        "Correct user and password in [state] url, or have the database's owner let this user in.",
    )


def _read_only(text: str) -> SyncerError:
    return StoreReadOnlyError("StoreReadOnly", f"A view for reading was written to ({text}).", "Report this as a bug.")


def _busy(text: str) -> SyncerError:
    return TemporaryError(
        "StoreBusy",
        f"Another program keeps the state from being written ({text}). Nothing was lost.",
        "Let the other program finish, or end it: a shell on the database, a copy tool. Then run again.",
    )


def _unreachable(text: str) -> SyncerError:
    return TemporaryError(
        "StoreUnreachable",
        f"The database of the state does not answer: {text.strip()}",
        "Start the database, or correct host and port in [state] url; then run again.",
    )


def _no_database(text: str) -> SyncerError:
    return StoreUrlError(
        "StoreNoDatabase", f"The server has no such database: {text.strip()}", "Create it, or correct [state] url."
    )


def _no_file(text: str) -> SyncerError:
    return DeniedError(
        "StoreDenied",
        f"The file of the state cannot be opened: {text}.",
        "Let this user read and write it and its folder.",
    )


_TEXTS = (
    (("is full", "no space left", "could not extend"), _full),
    (("disk i/o error", "input/output error"), _unwritable),
    (("not a database", "malformed"), corrupt),
    (("readonly database", "read-only transaction"), _read_only),
    (("password", "authentication", "pg_hba.conf", "permission denied", 'role "'), _denied),
    (('database "',), _no_database),
    (("unable to open",), _no_file),
    (("database is locked", "table is locked"), _busy),
    (
        (
            "connection to server",
            "connection failed",
            "connection refused",
            "could not connect",
            "server closed",
            "timeout expired",
            "connection is lost",
            "failed to resolve",
            "starting up",
            "shutting down",
            "terminating connection",
        ),
        _unreachable,
    ),
)

__all__ = [
    "StateLockedError",
    "StoreConflictError",
    "StoreCorruptError",
    "StoreError",
    "StoreFullError",
    "StoreMissingError",
    "StoreReadOnlyError",
    "StoreUrlError",
    "StoreVersionError",
    "corrupt",
    "translate",
]
