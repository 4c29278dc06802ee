"""What the lists stage relies on in the store, on both databases: order, and that a person's no outlives the list."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncer.store import Store
from syncer.store.knowledge_rows import KeptListRow, ListMemberRow, PredictionRow


def test_open_predictions_of_one_fact_come_page_by_page(store: Store) -> None:
    def segments(name: str, fact: str = "segments", state: str = "open") -> PredictionRow:
        return PredictionRow(name, name, fact, ["IT"], 1.0, (), {}, "", 1, 0, state, True, None, 0, "")

    rows = [segments("p3"), segments("p1"), segments("p2", "size"), segments("p4", state="withdrawn"), segments("p5")]
    with store.transaction() as tx:
        tx.predictions.put(rows)
        assert tx.predictions.of_fact("segments", "", 2) == [rows[1], rows[0]]
        assert tx.predictions.of_fact("segments", "p3", 2) == [rows[4]]


def test_who_was_taken_out_of_a_list_is_remembered_when_the_list_is_forgotten(store: Store) -> None:
    it = KeptListRow("right:companies:IT", "right", "companies", "IT", "", "making", "1", 5, 0)
    other = replace(it, list_key="left:Campaign:IT", side="left", object="Campaign")
    rows = [
        ListMemberRow(it.list_key, f"l{n}", "companies", str(n), state)
        for n, state in enumerate(("declined", "member", "theirs", "adding", "removing"))
    ]
    with store.transaction() as tx:
        tx.lists.put(it)
        tx.lists.put(other)
        tx.lists.update(it.list_key, state="kept", remote_id="7")
        assert tx.lists.list() == [other, replace(it, state="kept", remote_id="7")]
        tx.lists.put_members([*rows, replace(rows[0], list_key=other.list_key)])
        moved = replace(rows[3], remote_id="9", state="member")
        tx.lists.put_members([moved])
        tx.lists.drop_members(it.list_key, ["l4", "nobody"])
        assert tx.lists.members(it.list_key) == [*rows[:3], moved]
        tx.lists.drop(it.list_key)
        assert (tx.lists.list(), tx.lists.members(it.list_key)) == ([other], rows[:1])
        assert len(tx.lists.members(other.list_key)) == 1
        with pytest.raises(TypeError, match="KeptListRow has no members"):
            tx.lists.update(other.list_key, members=1)
