"""A Context for what people decide about the state alone: no log-in, no network, the lock held for a moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from syncer.config import Loaded
from syncer.engine.system import SystemClock, SystemEntropy
from syncer.stages.context import Context
from syncer.store.database import open_store


@contextmanager
def desk(loaded: Loaded, wait_s: float = 0.0) -> Iterator[Context]:
    """Raises StateLockedError where an instance holds the state for longer than `wait_s`, StoreMissingError where there
    is no state to decide about.
    """
    url = loaded.state_url()
    open_store(url, exclusive=False).close()  # nothing is created for a decision about nothing
    store = open_store(url, exclusive=True, wait_s=wait_s)
    try:
        yield Context(
            clock=SystemClock(),
            entropy=SystemEntropy(),
            store=store,
            remotes={},
            kinds=loaded.mappings().kinds,
            settings=loaded.settings(),
        )
    finally:
        store.close()
