"""Secrets are named where they are needed and fetched when they are used: env:NAME, file:PATH, keyring:SERVICE/NAME."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from syncer.errors import Exit, SyncerError

KINDS: Final = ("env", "file", "keyring")


class SecretError(SyncerError):
    """A secret cannot be had; the text names its place, never its value."""

    exit_code = Exit.CONFIG


def is_reference(text: str) -> bool:
    kind, separator, rest = text.partition(":")
    return bool(separator and rest) and kind in KINDS


def fetch(text: str, place: str, folder: Path) -> str:
    """The secret that the text names, or the text itself where it is none. `place` is the setting that names it.

    A relative PATH counts from `folder`. Raises SecretError.
    """
    if not is_reference(text):
        return text
    kind, _, rest = text.partition(":")
    found = {"env": _from_environment, "file": _from_file, "keyring": _from_keyring}[kind](rest, place, folder).strip()
    if not found:
        raise SecretError("SecretEmpty", f"What {place} names ({text}) is empty.", f"Put the secret into {rest}.")
    return found


def _from_environment(name: str, place: str, _folder: Path) -> str:
    value = os.environ.get(name)
    if value is None:
        raise SecretError(
            "SecretMissing",
            f"The environment variable {name}, named by {place}, is not set.",
            f"Set {name} for the user that runs syncer.",
        )
    return value


def _from_file(path: str, place: str, folder: Path) -> str:
    full = folder / Path(path).expanduser()
    try:
        return full.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        reason = "it is no text"
    except OSError as error:
        reason = error.strerror or "it cannot be read"
    raise SecretError(
        "SecretUnreadable",
        f"The file {full}, named by {place}, cannot be read: {reason}.",
        "Create it, readable by the user that runs syncer and by nobody else.",
    )


def _from_keyring(name: str, place: str, _folder: Path) -> str:
    service, separator, user = name.partition("/")
    if not separator or not user:
        raise SecretError(
            "SecretMisnamed", f"{place} names a keyring entry without a name.", "Write keyring:SERVICE/NAME."
        )
    try:
        import keyring
    except ImportError:
        raise SecretError(
            "KeyringMissing", f"{place} names the keyring, which is not installed.", "Install syncer[keyring]."
        ) from None
    try:
        value = keyring.get_password(service, user)
    except keyring.errors.KeyringError as error:
        raise SecretError(
            "KeyringUnusable",
            f"The keyring that {place} names cannot be opened: {type(error).__name__}.",
            "Unlock it, or use env:NAME or file:PATH on a machine without a desktop.",
        ) from None
    if value is None:
        raise SecretError(
            "SecretMissing",
            f"The keyring holds no {user} of {service}, named by {place}.",
            f"Store it: keyring set {service} {user}",
        )
    return value
