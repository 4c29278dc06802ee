"""What reports count by, on both databases: steps of status, verdicts of one status, what was heard in a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncer.store import Store
from syncer.store.knowledge_rows import DocumentRow, StatusStepRow, VerdictHistoryRow, VerdictRow


def judged(link: str, status: str, stage: str, kind: str = "person") -> VerdictRow:
    return VerdictRow(link, kind, "TRUE lead", "1.0", "c", status, stage, "line", {"reason": "é"}, {}, 5, 0, "run1")


def note(link: str, before: str, after: str, at_ms: int, run: str, kind: str = "person") -> VerdictHistoryRow:
    found: Mapping[str, Any] = {"signals": [link]}
    return VerdictHistoryRow(0, link, kind, "TRUE lead", "1.0", "c", before, after, "why", at_ms, run, found)


def test_steps_of_a_kind_to_some_statuses_come_in_the_order_of_their_time(store: Store) -> None:
    with store.transaction() as tx:
        assert tx.verdicts.first() is None
        tx.verdicts.note([
            note("p1", "", "prospect", 10, "run1"),
            note("p1", "prospect", "SQL", 30, "run2"),
            note("p2", "prospect", "MQL", 20, "run2"),
            note("p2", "MQL", "MQL", 25, "run2"),  # judged anew, and moved nowhere
            note("a1", "", "MQL", 20, "run2", "account"),
            note("p3", "", "MQL", 40, "run3"),
        ])  # fmt: skip
        steps = tx.verdicts.steps("person", ["MQL", "SQL"], 0, 40)
        assert steps == [
            StatusStepRow(3, "p2", "prospect", "MQL", 20, "run2"),
            StatusStepRow(2, "p1", "prospect", "SQL", 30, "run2"),
        ]
        assert tx.verdicts.steps("person", ["MQL"], 21, 41) == [StatusStepRow(6, "p3", "", "MQL", 40, "run3")]
        assert tx.verdicts.steps("person", [], 0, 99) == []
        assert [(row.seq, row.verdict) for row in tx.verdicts.notes([6, 2, 99])] == [
            (2, {"signals": ["p1"]}),
            (6, {"signals": ["p3"]}),
        ]
        assert tx.verdicts.first() == StatusStepRow(1, "p1", "", "prospect", 10, "run1")


def test_verdicts_are_paged_by_status_and_counted_by_stage(store: Store) -> None:
    rows = [
        judged(f"p{place}", "disqualified" if place % 2 else "MQL", "" if place % 2 else "interest")
        for place in range(5)
    ]
    with store.transaction() as tx:
        tx.verdicts.put([*rows, judged("a", "MQL", "loyalty", "account")])
        first = tx.verdicts.of_status("person", "MQL", "", 2)
        assert [*first, *tx.verdicts.of_status("person", "MQL", first[-1].link_id, 2)] == rows[::2]
        assert tx.verdicts.count_by_stage("person") == {"": 2, "interest": 3}
        assert tx.verdicts.count_by_stage("nobody") == {}


def test_only_what_was_heard_counts_as_said_and_the_end_is_not_included(store: Store) -> None:
    with store.transaction() as tx:
        tx.documents.put([
            DocumentRow(f"left:Task:{at_ms}", "left", "Task", str(at_ms), "call", at_ms, "", "", "", {}, "h", 0)
            for at_ms in (10, 20, 30, 40)
        ])  # fmt: skip
        tx.documents.set_state([f"left:Task:{at_ms}" for at_ms in (10, 20, 30)], "heard", "f")
        assert [tx.documents.count_said(since, 30) for since in (0, 11, 30)] == [2, 1, 0]
        assert tx.documents.count_said(30, 99) == 1
