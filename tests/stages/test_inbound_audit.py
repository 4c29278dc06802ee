"""The audit: what no stream told is found, and every difference has a cause."""

from __future__ import annotations

from syncer.stages.audit import audit
from syncer.store.rows import QuarantineRow
from tests.stages.test_inbound_succession import linked_person
from tests.stages.world import MINUTE_MS


def test_a_change_that_no_stream_told_is_found_by_the_sweep(pair):
    _, right = linked_person(pair)
    row = pair.record("right", "contacts", right)
    with pair.store.transaction() as tx:  # as if the search index had never shown the edit
        tx.cursors.put(_later(tx.cursors.get("right", "contacts", "incremental"), 40 * MINUTE_MS))
    pair.portal.update("contacts", right, {"jobtitle": "CFO"}, "human:bob")
    pair.wait(20 * MINUTE_MS)
    pair.look()
    assert pair.record("right", "contacts", right).values["jobtitle"] == row.values["jobtitle"]
    report = audit(pair.context())
    assert report.missed["right", "contacts"] == 1
    assert pair.record("right", "contacts", right).values["jobtitle"] == "CFO"
    assert report.records == 2 and report.complete


def _later(cursor, ms: int):
    from dataclasses import replace

    return replace(cursor, watermark_ms=cursor.watermark_ms + ms)


def test_a_record_purged_in_silence_is_found_and_ends_after_a_second_look(pair):
    _, right = linked_person(pair)
    pair.portal.purge("contacts", right, "human:bob")
    pair.wait()
    pair.look()
    assert pair.links()[0].state == "linked"
    report = audit(pair.context())
    assert report.vanished["right", "contacts"] == 1 and pair.links()[0].state == "linked"
    pair.wait()
    pair.look()
    assert pair.links()[0].state == "broken"


def test_every_difference_is_counted_by_its_cause(pair):
    left, _right = linked_person(pair, Title="CIO", Phone="+1 650 253 0000")
    link = pair.link_of("left", "Lead", left)
    with pair.store.transaction() as tx:
        tx.quarantine.put(
            [QuarantineRow(link.link_id, "right", "phone", "data", "BAD", "no", "mend it", "f", 1, 2**50, 1)]
        )
    report = audit(pair.context())
    assert report.differences["quarantined"] == 1
    assert report.fields == 7 and report.pairs == 1
    assert report.sentence().startswith("2 records, 7 fields, ")
    assert report.differences["unexplained"] == len(report.unexplained) > 0  # a plan was owed and nobody had made it
    again = audit(pair.context())
    assert again.differences["unexplained"] == 0 and again.differences["in_flight"] > 0  # they are dirty now
