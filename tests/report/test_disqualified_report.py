"""The disqualified: by reason and root source, and whoever lacks one of them is named with the records."""

from __future__ import annotations

from syncer.report.disqualified import disqualified
from syncer.report.disqualified_view import disqualified_view
from syncer.store import Store
from syncer.store.rows import LinkRow
from tests.report.report_world import verdict
from tests.report.shipped import definition


def test_reasons_and_root_sources_are_reported_together_and_what_lacks_by_record(store: Store) -> None:
    link = LinkRow("p3", "person", "linked", "k", "Lead", "00Q3", "contacts", "33")
    with store.transaction() as tx:
        tx.links.insert([link])
        tx.verdicts.put([
            verdict("p1", "disqualified", reason="No Budget", root_source="Web"),
            verdict("p2", "disqualified", reason="no budget", root_source="Web"),
            verdict("p3", "disqualified", reason="", root_source=""),
            verdict("p4", "disqualified", reason="they were rude", root_source="Event"),
            verdict("p5", "recycled", reason="timing"),
        ])  # fmt: skip
        found = disqualified(tx, definition(), 1_000)
    assert found["disqualified"] == 4
    assert found["by_reason"] == [
        {"reason": "no budget", "listed": True, "count": 2},
        {"reason": "", "listed": False, "count": 1},
        {"reason": "they were rude", "listed": False, "count": 1},
    ]
    assert found["by_both"][0] == {"reason": "no budget", "root_source": "Web", "count": 2}
    assert found["lacking"] == {"reason": 1, "root_source": 1, "reason_of_the_list": 1}
    told = [(one["link"], one["lacks"], one["left"] and one["left"]["id"]) for one in found["missing"]]
    assert told == [("p3", ["reason", "root_source"], "00Q3"), ("p4", ["reason_of_the_list"], None)]
    view = disqualified_view(found)
    assert view.tone == "warn"
    assert view.headline[1:] == (
        "Without a reason: 1.",
        "Without a root source: 1.",
        "For a reason that is not on the agreed list: 1.",
    )


def test_nobody_disqualified_is_no_reason_to_warn(store: Store) -> None:
    with store.snapshot() as tx:
        view = disqualified_view(disqualified(tx, None, 1_000))
    assert (view.tone, view.headline, view.sections) == ("plain", ("People who are disqualified: 0.",), ())
