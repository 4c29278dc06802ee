"""What waits for a person, and the plain registers: put, found again, replaced, dropped, in a fixed order."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from syncer.store import Store
from syncer.store.rows import (
    CursorRow,
    DependencyRow,
    HoldRow,
    MetaRow,
    QuarantineRow,
    ReviewRow,
    RunRow,
    SchemaRow,
    SuspendedRow,
)

CELL = QuarantineRow("l1", "left", "phone", "data", "TOO_LONG", "Too long.", "Shorten it.", "f1", 1, 50, 10)
REVIEW = ReviewRow("v1", "link", "l1", "left", "Contact", "003A", "", {"candidates": ["7", "8"]}, "open", 10)
HOLD = HoldRow("h1", "person", "left", "clear", "phone", "", 90, 100, 50, "Too many.", ({"link": "l1"},), 10)
SUSPENDED = SuspendedRow("left", "Contact", "Phone", "permission", "No access.", "Grant it.", 5)


def test_a_cell_in_quarantine_is_replaced_retried_when_due_and_dropped(store: Store) -> None:
    with store.transaction() as tx:
        tx.quarantine.put([CELL, replace(CELL, side="right"), replace(CELL, link_id="l0", field="*", next_ms=40)])
        tx.quarantine.put([replace(CELL, attempts=2, next_ms=70)])
        assert tx.quarantine.get("l1", "left", "phone") == replace(CELL, attempts=2, next_ms=70)
        assert tx.quarantine.get("l1", "left", "other") is None
        assert [(row.link_id, row.side) for row in tx.quarantine.list()] == [
            ("l0", "left"),
            ("l1", "left"),
            ("l1", "right"),
        ]
        assert [row.side for row in tx.quarantine.for_links(["l1", "l9"])] == ["left", "right"]
        assert [row.next_ms for row in tx.quarantine.due(69, 9)] == [40, 50]
        assert [row.next_ms for row in tx.quarantine.due(70, 9)] == [40, 50, 70]
        assert len(tx.quarantine.due(70, 1)) == len(tx.quarantine.list(1)) == 1
        tx.quarantine.drop([("l1", "left", "phone"), ("l9", "left", "phone")])
        assert tx.quarantine.count() == 2


def test_a_review_is_asked_once_and_again_only_when_its_closed_question_changed(store: Store) -> None:
    changed = replace(REVIEW, payload={"candidates": ["7"]}, created_ms=99)
    with store.transaction() as tx:
        tx.reviews.add(REVIEW)
        tx.reviews.add(changed)
        assert tx.reviews.list() == [REVIEW]
        tx.reviews.decide("v1", "rejected", "ann", 20)
        rejected = replace(REVIEW, state="rejected", decided_by="ann", decided_ms=20)
        tx.reviews.add(replace(REVIEW, created_ms=99))
        assert tx.reviews.get("v1") == rejected
        assert (tx.reviews.count_open(), tx.reviews.list(), tx.reviews.list("rejected")) == (0, [], [rejected])
        tx.reviews.add(changed)
        assert tx.reviews.list() == [changed]
        tx.reviews.add(replace(REVIEW, review_id="v0"))
        assert [row.review_id for row in tx.reviews.list(limit=1)] == ["v0"]
        tx.reviews.drop(["v1"])
        assert (tx.reviews.get("v1"), tx.reviews.count_open()) == (None, 1)


def test_an_approval_outlives_the_same_plan_being_held_again(store: Store) -> None:
    with store.transaction() as tx:
        tx.holds.put([HOLD, replace(HOLD, plan_hash="h0")])
        tx.holds.approve("h1", "ann", 20, 99)
        tx.holds.put([replace(HOLD, count=91), replace(HOLD, plan_hash="h0", count=91)])
        approved = replace(HOLD, count=91, approved_by="ann", approved_ms=20, expires_ms=99)
        assert tx.holds.list() == [replace(HOLD, plan_hash="h0", count=91), approved]
        tx.holds.drop(["h1"])
        assert (tx.holds.get("h1"), tx.holds.get("h0").count) == (None, 91)


def test_references_wait_for_their_parent(store: Store) -> None:
    row = DependencyRow("l1", "account", "left", "Account", "001A")
    with store.transaction() as tx:
        tx.dependencies.put(row)
        tx.dependencies.put(replace(row, child_link="l0"))
        tx.dependencies.put(replace(row, field="owner", parent_id="001B"))
        assert tx.dependencies.waiting_for("left", "Account", ["001A", "001C"]) == [replace(row, child_link="l0"), row]
        tx.dependencies.put(replace(row, parent_id="001B"))
        tx.dependencies.drop([("l0", "account")])
        assert tx.dependencies.waiting_for("left", "Account", ["001A"]) == []
        assert [row.field for row in tx.dependencies.waiting_for("left", "Account", ["001B"])] == ["account", "owner"]


def test_fields_are_suspended_until_dropped(store: Store) -> None:
    with store.transaction() as tx:
        tx.suspended.put([replace(SUSPENDED, side="right"), SUSPENDED, replace(SUSPENDED, field="Fax")])
        tx.suspended.put([replace(SUSPENDED, klass="schema")])
        tx.suspended.drop([("right", "Contact", "Phone")])
        assert tx.suspended.list() == [replace(SUSPENDED, field="Fax"), replace(SUSPENDED, klass="schema")]


def test_a_cursor_a_schema_and_the_meta_row_are_replaced_whole(store: Store) -> None:
    cursor = CursorRow("left", "Contact", "sweep", 1, 2, 3, "token", complete=True, started_ms=4, finished_ms=5)
    schema = SchemaRow("left", "Contact", "h", {"b": [1, 2.5, None], "a": "ä\u0000"}, 7)
    meta = MetaRow("00D", "123", 2, "m", approved_first_sync=True, first_sync_done_ms=9, canary={"person": "l1"})
    with store.transaction() as tx:
        assert tx.cursors.get("left", "Contact", "sweep") is None
        tx.cursors.put(cursor)
        tx.cursors.put(replace(cursor, stream="incremental", complete=False))
        tx.cursors.put(replace(cursor, page_token=""))
        assert tx.cursors.get("left", "Contact", "sweep") == replace(cursor, page_token="")
        assert [row.stream for row in tx.cursors.list()] == ["incremental", "sweep"]
        assert tx.schemas.get("left", "Contact") is None
        tx.schemas.put(replace(schema, hash="old"))
        tx.schemas.put(schema)
        assert tx.schemas.get("left", "Contact") == schema
        assert tx.meta.get() == MetaRow()
        tx.meta.put(MetaRow(left_org="other"))
        tx.meta.put(meta)
        assert tx.meta.get() == meta


def test_runs_are_listed_newest_first_and_replaced_as_they_go_on(store: Store) -> None:
    run = RunRow("r1", "sync", 10, 0, "running", Counter(settled=2), {}, ({"name": "Gone"},))
    with store.transaction() as tx:
        tx.runs.put(run)
        tx.runs.put(replace(run, run_id="r0"))
        tx.runs.put(replace(run, run_id="r9", started_ms=5))
        tx.runs.put(replace(run, outcome="done", ended_ms=20))
        assert tx.runs.get("r1") == replace(run, outcome="done", ended_ms=20)
        assert tx.runs.get("r2") is None
        assert [row.run_id for row in tx.runs.list(9)] == ["r1", "r0", "r9"]
        assert tx.runs.oldest_ms() == min(row.started_ms for row in tx.runs.list(9))
        assert len(tx.runs.list(2)) == 2
