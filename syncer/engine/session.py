"""From a loaded configuration to a Context: connectors, mappings, store, clock; opened and closed as one."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors.base import AuthError, Clock, Entropy, Remote, SideName
from connectors.hubspot.factory import connect as connect_hubspot
from connectors.salesforce.factory import connect as connect_salesforce
from syncer.config import Loaded
from syncer.engine.knowing import knowledge
from syncer.engine.rotation import RotatedToken
from syncer.engine.system import SystemClock, SystemEntropy
from syncer.errors import DeniedError
from syncer.stages.context import Context
from syncer.store import Store, open_store

YOUNG_OBJECTS = 20_000  # the collector looks once in a thousand records: none of them is ever part of a cycle


def connect(
    loaded: Loaded,
    clock: Clock,
    entropy: Entropy,
    mounts: Mapping[str, Any] | None = None,
    probe: Callable[[str], None] = lambda point: None,
) -> dict[SideName, Remote]:
    """Both remotes from the configuration; nothing is sent yet.

    Raises what fetching secrets raises, TemporaryError where the sandbox is not running, and DeniedError for a section
    without a way to log in.
    """
    left, right = loaded.salesforce_login().section(), loaded.hubspot_login().section()
    rotated = RotatedToken.beside(loaded)
    right = rotated.newest(right)
    try:
        return {
            "left": connect_salesforce(left, clock=clock, entropy=entropy, mounts=mounts, probe=probe),
            "right": connect_hubspot(
                right, clock=clock, entropy=entropy, mounts=mounts, probe=probe, keep_refresh_token=rotated.keep
            ),
        }
    except AuthError as error:
        raise DeniedError("Configuration", error.message, error.action) from error


@contextmanager
def session(loaded: Loaded, *, migrate: bool = False, wait_s: float = 0.0) -> Iterator[Context]:
    """A Context that may write, with the state locked for as long as it lasts.

    Raises InvalidFileError for bad mappings, StateLockedError where another instance holds the state for longer than
    `wait_s`, and what `connect` and `open_store` raise. Nothing is written to any system by opening it.
    """
    with systems(loaded) as context_on, state(loaded, migrate=migrate, wait_s=wait_s) as store:
        yield context_on(store)


@contextmanager
def state(loaded: Loaded, *, migrate: bool = False, wait_s: float = 0.0) -> Iterator[Store]:
    """The state, locked for writing for as long as it lasts. Raises what `open_store` raises."""
    store = open_store(loaded.state_url(), exclusive=True, migrate=migrate, wait_s=wait_s)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def systems(loaded: Loaded) -> Iterator[Callable[[Store], Context]]:
    """Both connectors, which may outlive the opening of a state; gives the Context of a new run on a store.

    Raises InvalidFileError for bad mappings, and what `connect` raises.
    """
    kinds = loaded.mappings().kinds
    clock, entropy = SystemClock(), SystemEntropy()
    with knowledge(loaded, clock, entropy) as known:
        remotes = connect(loaded, clock, entropy)
        more = {"remotes": remotes, "kinds": kinds, "settings": loaded.settings(), **known}
        gc.freeze()  # modules, mappings and schemas stay: the collector need not walk them again with every few pages
        gc.set_threshold(YOUNG_OBJECTS)
        try:
            yield lambda store: Context(clock=clock, entropy=entropy, store=store, **more)
        finally:
            for remote in remotes.values():
                close = getattr(remote, "close", None)
                if close is not None:
                    close()


def state_folder(loaded: Loaded) -> Path:
    """Where files beside the state live: the folder of a SQLite state, else `var` beside the configuration."""
    url = loaded.state_url()
    if url.startswith("sqlite:///") and not url.endswith(":memory:"):
        return Path(url.removeprefix("sqlite:///")).parent
    return loaded.folder / "var"
