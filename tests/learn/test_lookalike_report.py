"""The report of predictions counts what is in the state, and insights tell what was heard, with their words."""

from __future__ import annotations

import pytest

from syncer.core.lookalike import FactKind, Lookalike, TravellingFact
from syncer.report.lookalike_like import like
from syncer.report.lookalike_live import live_document
from syncer.report.lookalike_live_view import live_view
from syncer.report.outbound import outbound, outbound_view
from syncer.report.pages import page
from syncer.report.segment_insights import insights, insights_view
from syncer.stages.infer import infer
from syncer.store.knowledge_rows import DocumentRow, VerdictRow
from tests.stages.infer_world import DAY_MS, POLICY, Truth, call, planned, predictions, say, seeded
from tests.stages.test_infer_faces import prediction
from tests.stages.world import PairWorld, make_pair, person


@pytest.fixture(scope="module")
def world() -> tuple[PairWorld, Truth]:
    """Learned from three hundred calls; then every second predicted account was called as well."""
    pair, truth = seeded(500, 300)
    infer(pair.context(lookalike=POLICY))
    planned(pair)
    for number in range(300, 500, 2):
        call(pair, truth, number)
    infer(pair.context(lookalike=POLICY))
    return pair, truth


def test_claimed_stands_beside_what_came_true_for_people_and_for_controls(world: tuple[PairWorld, Truth]) -> None:
    pair, _ = world
    with pair.store.snapshot() as tx:
        found = live_document(tx, POLICY, "syncer lookalike evaluate", pair.clock.now_ms())
    rows = predictions(pair, "confirmed", "refuted")
    shown = [row for row in rows if row.shown]
    head = found["headline"]
    assert head["precision"]["n"] == len(shown) > 30
    assert head["precision"]["value"] == sum(row.state == "confirmed" for row in shown) / len(shown)
    assert head["precision"]["low"] < head["precision"]["value"] < head["precision"]["high"]
    assert head["lift_over_controls"]["controls"]["n"] == len(rows) - len(shown) > 0
    assert head["predictions_among_claims"] == 0
    facts = {one["fact"]: one for one in found["facts"]}
    assert facts["wants_voice_of_customer"]["verdict"] in ("live", "watch")
    assert facts["wants_voice_of_customer"]["hold_out"]["lift"]["low"] > 1
    assert facts["coin"]["verdict"] == "refused"
    assert facts["coin"]["why"].startswith("refused: ")
    assert facts["coin"]["rules"]
    assert facts["annual_budget"]["confirmed"] + facts["annual_budget"]["refuted"] > 30
    html = page(live_view(found))
    assert "Came true of what people saw" in html
    assert "refused" in html
    assert "<svg" in html
    assert "http" not in html.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")


def test_a_state_without_anything_learned_says_how_to_begin() -> None:
    pair = make_pair((person(),))
    with pair.store.snapshot() as tx:
        found = live_document(tx, POLICY, "syncer lookalike evaluate", 1)
    assert found["facts"][0]["verdict"] == "never learned"
    assert "syncer sync --stage infer" in found["notes"][0]
    assert page(live_view(found))


def test_what_was_heard_in_a_segment_is_told_with_n_reps_interval_month_and_words() -> None:
    pair, _ = seeded(60, 0)
    fact = TravellingFact("segment.case_study_lead_time", FactKind.DURATION, "time to a case study", "months")
    policy = Lookalike(POLICY.features, (fact, POLICY.facts[0]), segments=POLICY.segments)
    for number in range(60):
        say(pair, f"per{number:05d}", fact.name, (6, 12), f"rep:{number % 3}")
    with pair.store.snapshot() as tx:
        found = insights(tx, pair.kinds, policy, pair.clock.now_ms())
    (segment,) = found["segments"]
    (heard,) = segment["facts"]
    n = segment["answered"]
    assert 5 < n < 60
    assert heard["line"].startswith(
        f"IT security: 6 to 12 months to a case study (n = {n} accounts, 3 reps, 80 % interval, last heard 20"
    )
    assert [one["quote"] for one in heard["quotes"]] == ["so they said"] * 3
    assert "so they said" in page(insights_view(found))


def test_like_lists_the_nearest_accounts_of_the_state_with_their_reasons(world: tuple[PairWorld, Truth]) -> None:
    pair, _ = world
    with pair.store.snapshot() as tx:
        found = like(tx, pair.kinds, POLICY, "a7.example", 5, pair.clock.now_ms())
    assert found["account"] == "Firm 7"
    assert found["compared_with"] == 499
    scores = [one["likeness"] for one in found["like"]]
    assert scores == sorted(scores, reverse=True)
    assert "a7.example" not in {one["domain"] for one in found["like"]}
    assert found["like"][0]["reasons"].startswith("same industry")


def test_who_fits_and_was_left_alone_and_who_qualified_and_was_forgotten_are_listed() -> None:
    pair, truth = seeded(3, 0)
    now_ms = pair.clock.now_ms()
    one, other, kept = truth.links
    rows = [
        prediction(one, "status:SQL", True, expires_ms=now_ms * 2),
        prediction(other, "lookalike_standing", "SQL", expires_ms=now_ms * 2),
        prediction(kept, "status:SQL", True, shown=False),
    ]
    verdicts = [
        VerdictRow(
            f"per{number:05d}",
            "person",
            "d",
            "1",
            "c",
            status,
            "",
            "",
            {},
            {"next_question": "How many?"},
            at_ms,
            0,
            "",
        )
        for number, (status, at_ms) in enumerate(
            (("SQL", now_ms - 200 * DAY_MS), ("MQL", now_ms - DAY_MS), ("prospect", 1))
        )
    ]
    said = DocumentRow(
        "left:Task:1", "left", "Task", "1", "call", now_ms - DAY_MS, "", "Hello", "", {}, "h", now_ms,
        about=(("left", "Contact", f"003{1:015d}"),),
    )  # fmt: skip
    with pair.store.transaction() as tx:
        tx.predictions.put(rows)
        tx.verdicts.put(verdicts)
        tx.documents.put([said])
        found = outbound(tx, 90, 10, now_ms)
    assert [row["account"] for row in found["fit_without_activity"]] == ["Firm 0"], "with Firm 1 somebody spoke"
    assert found["fit_without_activity"][0]["because"].startswith("SQL (0.72, predicted from 9 accounts like Globex")
    assert [(row["link"], row["status"]) for row in found["escaped"]] == [("per00000", "SQL")]
    assert "How many?" in page(outbound_view(found))
