"""Questions whose waiting time is over are found without a look at the others."""

from __future__ import annotations

from syncer.store import Store
from syncer.store.knowledge_rows import AskRow


def test_a_question_is_due_once_its_time_has_come_and_no_more_when_there_is_nothing_to_wait_for(store: Store) -> None:
    def ask(provider: str, key: str, until_ms: int) -> AskRow:
        return AskRow(provider, key, (), "miss", 1, until_ms, 1, "", "link")

    rows = [ask("pdl", "a", 30), ask("apollo", "b", 20), ask("pdl", "b", 20), ask("pdl", "c", 0), ask("pdl", "d", 31)]
    with store.transaction() as tx:
        tx.asks.put(rows)
        assert tx.asks.due(30, 10) == [rows[1], rows[2], rows[0]]
        assert tx.asks.due(30, 1) == [rows[1]]
        assert tx.asks.due(19, 10) == []
        tx.asks.put([ask("pdl", "a", 0)])
        assert tx.asks.due(100, 10) == [rows[1], rows[2], rows[4]]
