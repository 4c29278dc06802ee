"""Intents and the journal: one open intent for each link, gated before it is sent, counted after."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.base import Op
from syncer.store import Store, StoreConflictError
from syncer.store.rows import AttemptRow, IntentRow, JournalRow

CELL = {"field": "Title", "expected": None, "new": "CTO", "effect": "fill"}
ONE = IntentRow(
    intent_id="i1", run_id="r1", link_id="l1", kind="person", side="left", op="update", object="Contact",
    remote_id="003A", key="", fields={"title": CELL}, guard_ms=5, state="planned", klass="", code="", attempts=0,
    not_before_ms=0, attempt_id="", sent_ms=0, basis_hash="b", gated=False, created_ms=100,
)  # fmt: skip
LOSS = JournalRow(
    0,
    "r1",
    "l1",
    "left",
    "Contact",
    "003A",
    "title",
    "CEO",
    "CTO",
    None,
    "two-way",
    "newer",
    1,
    2,
    "proposed",
    "i1",
    100,
)


def planned(store: Store, *rows: IntentRow) -> None:
    with store.transaction() as tx:
        tx.intents.plan(rows)


def other(number: int, **changes: object) -> IntentRow:
    return replace(ONE, **{"intent_id": f"i{number}", "link_id": f"l{number}", **changes})


@pytest.mark.parametrize("state", ["planned", "sent", "unknown", "applied"])
def test_a_link_has_one_open_intent(store: Store, state: str) -> None:
    planned(store, replace(ONE, state=state))
    with store.transaction() as tx:
        with pytest.raises(StoreConflictError, match="open intent"):
            tx.intents.plan([other(2), other(3, link_id="l1")])
        tx.intents.plan([other(4)])
        tx.intents.plan([other(5, link_id="l1", state="settled")])
        with pytest.raises(StoreConflictError, match="open intent"):
            tx.intents.update("i5", state="planned")
        tx.intents.update("i1", state="settled")
        tx.intents.plan([other(6, link_id="l1")])
    with store.snapshot() as tx:
        assert list(tx.intents.get_many(["i1", "i2", "i3", "i4", "i5", "i6"])) == ["i1", "i4", "i5", "i6"]
        assert {key: row.intent_id for key, row in tx.intents.open_for(["l1", "l4", "l9"]).items()} == {
            "l1": "i6", "l4": "i4",
        }  # fmt: skip


def test_an_intent_comes_back_as_planned_and_as_updated(store: Store) -> None:
    planned(store, replace(ONE, gated=True, guarded=True, closed_ms=9))
    with store.transaction() as tx:
        assert tx.intents.get_many(["i1"]) == {"i1": replace(ONE, gated=True, guarded=True, closed_ms=9)}
        tx.intents.update("i1", fields={}, gated=False, guarded=False, klass="data")
        tx.intents.update("i1")
        with pytest.raises(TypeError, match="colour"):
            tx.intents.update("i1", colour="red")
        assert tx.intents.get_many(["i1"])["i1"] == replace(ONE, fields={}, klass="data", closed_ms=9)


def test_only_planned_gated_and_due_intents_are_sent_in_one_order(store: Store) -> None:
    planned(
        store, other(1, op="update", created_ms=2), other(2, op=Op.CREATE.value, object="Lead"), other(3, created_ms=1),
        other(4, not_before_ms=50), other(5, state="sent"), other(6), other(7, side="right"), other(8, kind="account"),
    )  # fmt: skip
    with store.transaction() as tx:
        tx.intents.gate(["i1", "i2", "i3", "i4", "i5", "i7", "i8"])
        assert [row.intent_id for row in tx.intents.next_batch("left", "person", 49, 9)] == ["i2", "i3", "i1"]
        assert [row.intent_id for row in tx.intents.next_batch("left", "person", 50, 2)] == ["i2", "i3"]
        assert len(tx.intents.next_batch("left", "person", 50, 9)) == 4
        assert not tx.intents.get_many(["i5"])["i5"].gated
        assert tx.intents.next_due_ms("left", "person") == 0
        tx.intents.update_many(["i1", "i2", "i3"], state="sent", sent_ms=60)
        assert tx.intents.next_due_ms("left", "person") == 50
        assert tx.intents.next_due_ms("right", "account") is None
        tx.intents.update_many([], state="settled")
        assert [row.intent_id for row in tx.intents.unresolved("left", ["sent", "unknown"], 9)] == [
            "i1",
            "i2",
            "i3",
            "i5",
        ]
        assert [row.intent_id for row in tx.intents.unresolved("left", ["sent", "settled"], 1, after_id="i2")] == ["i3"]
        assert [row.intent_id for row in tx.intents.planned("", "i4", 9)] == ["i6", "i7", "i8"]
        assert [row.intent_id for row in tx.intents.planned("person", "", 2)] == ["i4", "i6"]
        assert tx.intents.count_open() == {("left", "planned"): 3, ("left", "sent"): 4, ("right", "planned"): 1}
        tx.intents.drop_planned(["i4", "i5"])
        assert list(tx.intents.get_many(["i4", "i5"])) == ["i5"]


def test_what_was_sent_is_remembered_by_link_by_run_and_by_class(store: Store) -> None:
    clear = {"field": "Phone", "expected": "1", "new": None, "effect": "clear"}
    planned(
        store,
        other(1, state="settled", sent_ms=10, fields={"title": CELL, "phone": clear, "_cross_reference": {"new": "7"}}),
        other(2, link_id="l1", state="stale", sent_ms=20, created_ms=200),
        other(3, link_id="l1", state="stale", sent_ms=0, created_ms=300),
        other(4, link_id="l1", state="sent", sent_ms=30, run_id="r2"),
        other(5, op="create", state="settled", sent_ms=20, fields={"title": CELL, "phone": CELL}),
        other(6, op="archive", state="applied", sent_ms=20, fields={}, side="right"),
        other(7, state="planned", sent_ms=20),
        other(8, state="settled", sent_ms=9),
    )
    with store.snapshot() as tx:
        assert [row.intent_id for row in tx.intents.sent_values("l1", "left", 10)] == ["i2", "i1"]
        assert [row.intent_id for row in tx.intents.sent_values("l1", "left", 11)] == ["i2"]
        assert [row.intent_id for row in tx.intents.of_link("l1", 3)] == ["i3", "i2", "i4"]
        assert [row.intent_id for row in tx.intents.of_run("r2", ["sent"])] == ["i4"]
        assert [row.intent_id for row in tx.intents.of_run("r1", ["settled", "stale"])] == [
            "i1",
            "i2",
            "i3",
            "i5",
            "i8",
        ]
        assert tx.intents.earlier_counts(10) == {
            ("left", "person", "fill", "title"): 3,
            ("left", "person", "clear", "phone"): 1,
            ("left", "person", "create", "*"): 1,
            ("right", "person", "delete", "*"): 1,
        }


def test_pruning_deletes_old_closed_intents_only(store: Store) -> None:
    planned(
        store,
        other(1, state="settled", closed_ms=10),
        other(2, state="settled", closed_ms=500),
        other(3, created_ms=1),
        other(4, state="stale", created_ms=1),
        other(5, state="unknown", created_ms=1, sent_ms=1),
    )
    with store.transaction() as tx:
        assert tx.intents.prune(100) == 2
        assert list(tx.intents.get_many([f"i{n}" for n in range(1, 6)])) == ["i2", "i3", "i5"]


def test_a_loss_is_effective_or_withdrawn_but_never_both(store: Store) -> None:
    with store.transaction() as tx:
        tx.journal.propose([replace(LOSS, state="effective"), replace(LOSS, field="phone", base={"k": [1]})])
        tx.journal.add([replace(LOSS, run_id="r2", state="effective", intent_id="i2", loser=1.5, winner=None)])
        tx.journal.set_state("i1", "effective", ["phone", "other"])
        tx.journal.set_state("i1", "withdrawn", [])
        tx.journal.set_state("i1", "withdrawn")
        tx.journal.set_state("i1", "effective")
        rows = tx.journal.list()
        assert [(row.seq, row.field, row.state) for row in rows] == [
            (3, "title", "effective"), (2, "phone", "effective"), (1, "title", "withdrawn"),
        ]  # fmt: skip
        assert rows[0] == replace(LOSS, seq=3, run_id="r2", state="effective", intent_id="i2", loser=1.5, winner=None)
        assert rows[1].base == {"k": [1]}
        assert [row.seq for row in tx.journal.list(run_id="r1")] == [2, 1]
        assert [row.seq for row in tx.journal.list(link_id="l1", states=["effective"], limit=1)] == [3]
        assert tx.journal.list(link_id="l2") == []
        tx.journal.mark(3, "restored")
        assert tx.journal.get(3).state == "restored"
        assert tx.journal.get(99) is None


def test_an_attempt_is_open_until_its_outcome_is_known(store: Store) -> None:
    with store.transaction() as tx:
        tx.attempts.open(AttemptRow("a1", "left", "Contact update", 5, 2, ""))
        tx.attempts.open(AttemptRow("a2", "left", "Contact update", 6, 1, ""))
        tx.attempts.close("a1", "applied")
    with store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM attempt ORDER BY attempt_id").fetchall()
    assert [tuple(row) for row in rows] == [
        ("a1", "left", "Contact update", 5, 2, "applied"), ("a2", "left", "Contact update", 6, 1, ""),
    ]  # fmt: skip
