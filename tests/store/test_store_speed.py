"""The cost of the store itself: the best of several tries, against bounds far above what is measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from syncer.store import Store, open_store
from syncer.store.rows import RecordRow

ROWS = [
    RecordRow(
        "left", "Contact", f"003{n:015d}", 1, 1, {f"Field{k}__c": f"value {k} of {n}" for k in range(25)}, "live",
        keys=(("email", f"p{n}@x.com"),),
    )
    for n in range(1000)
]  # fmt: skip


def best_ms(act: Callable[[], object], tries: int = 5) -> float:
    best = float("inf")
    for _ in range(tries):
        started = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - started)
    return best * 1000


def observe(store: Store, rows: list[RecordRow], dirty: int) -> None:
    with store.transaction() as tx:
        assert tx.records.upsert(rows) == dirty


def test_a_fresh_state_in_memory_opens_in_milliseconds() -> None:
    assert best_ms(lambda: open_store("sqlite://", exclusive=True).close(), 10) < 15


def test_a_thousand_observations_cost_milliseconds_and_less_when_nothing_changed(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/state.db", exclusive=True)
    lots = iter([[replace(row, id=f"{row.id}{lot}") for row in ROWS] for lot in range(5)])
    assert best_ms(lambda: observe(store, next(lots), 1000)) < 60
    first = [replace(row, id=f"{row.id}0") for row in ROWS]
    assert best_ms(lambda: observe(store, first, 0)) < 20
    store.close()
