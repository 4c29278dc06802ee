"""Stories of what is carried to accounts that are alike: claimed, kept back, confirmed, refuted, withdrawn, shown."""

from __future__ import annotations

from typing import Any

import pytest

from syncer.core.lookalike import is_control
from syncer.stages.infer import infer
from tests.stages.infer_world import DAY_MS, POLICY, Truth, call, models, planned, predictions, say, seeded
from tests.stages.world import PairWorld

WANTS = "wants_voice_of_customer"


def step(pair: PairWorld, **more: Any) -> Any:
    context = pair.context(lookalike=POLICY)
    infer(context, **more)
    return context.report


@pytest.fixture(scope="module")
def learned() -> tuple[PairWorld, Truth]:
    """Two thousand accounts, six hundred of which were called, and what was made of it."""
    pair, truth = seeded(2_000, 600)
    step(pair)
    planned(pair)
    return pair, truth


@pytest.fixture
def small() -> tuple[PairWorld, Truth]:
    pair, truth = seeded(500, 300)
    step(pair)
    planned(pair)
    return pair, truth


def test_what_is_shown_comes_true_as_often_as_it_claims(learned: tuple[PairWorld, Truth]) -> None:
    pair, truth = learned
    found = [row for row in predictions(pair) if row.fact == WANTS]
    assert len(found) > 100
    claimed = sum(row.probability for row in found) / len(found)
    realised = sum(truth.wants[row.subject] for row in found) / len(found)
    assert claimed - realised < 0.05, "what is shown never promises too much"
    assert abs(sum(row.basis["claim"] for row in found) / len(found) - realised) < 0.05, "nor is the model far off"
    assert realised > 1.5 * sum(truth.wants.values()) / len(truth.wants)
    assert max(row.probability for row in found) <= 0.8, "nothing claims more before fifty came true"


def test_the_interval_of_a_number_holds_four_of_five_answers(learned: tuple[PairWorld, Truth]) -> None:
    pair, truth = learned
    found = [row for row in predictions(pair) if row.fact == "annual_budget"]
    assert len(found) > 500
    inside = sum(row.interval[0] <= truth.budget[row.subject] <= row.interval[1] for row in found) / len(found)
    assert abs(inside - 0.8) < 0.05, inside
    assert sum(row.probability for row in found) / len(found) < inside + 0.05


def test_noise_is_refused_and_the_model_says_why(learned: tuple[PairWorld, Truth]) -> None:
    pair, _ = learned
    assert not [row for row in predictions(pair) if row.fact == "coin"]
    coin = models(pair)["coin"]
    assert not coin.live
    assert coin.why.startswith("refused: ")
    assert coin.report["tests"][0]["rule"] in ("enough tested", "lift above 1", "Brier skill above 0")
    assert models(pair)["status:SQL"].why == "refused: 0 accounts to learn from answered; 8 are needed."


def test_controls_are_predicted_and_shown_to_nobody(learned: tuple[PairWorld, Truth]) -> None:
    pair, _ = learned
    for row in predictions(pair):
        assert row.shown != is_control(POLICY, row.subject)
    assert any(not row.shown for row in predictions(pair))


def test_who_answered_is_not_predicted_and_each_prediction_names_its_seeds(learned: tuple[PairWorld, Truth]) -> None:
    pair, truth = learned
    called = set(truth.links[:600])
    for row in predictions(pair):
        assert row.subject not in called
        assert set(row.basis["seeds"]) <= called
        assert row.basis["agree"] == len(row.basis["seeds"]) >= 1
        assert row.basis["reasons"]


def test_nobody_is_learned_from_whose_answers_are_held_out(learned: tuple[PairWorld, Truth]) -> None:
    from syncer.core.lookalike import held_out

    pair, _ = learned
    space = models(pair)["(space)"].report["ids"]
    for fact in (WANTS, "annual_budget"):
        places = models(pair)[fact].report["model"]["places"]
        assert places
        assert not [space[place] for place in places if held_out(POLICY, space[place])]


def test_the_next_call_confirms_or_refutes_and_only_that_account_is_looked_at(small: tuple[PairWorld, Truth]) -> None:
    pair, truth = small
    before = {row.prediction_id: row for row in predictions(pair)}
    row = next(one for one in before.values() if one.fact == WANTS and one.shown)
    call(pair, truth, truth.links.index(row.subject))
    report = step(pair)
    ended = {one.fact: one for one in predictions(pair, "confirmed", "refuted")}
    assert ended[WANTS].state == ("confirmed" if truth.wants[row.subject] else "refuted")
    assert ended[WANTS].answer == truth.wants[row.subject]
    assert {one.subject for one in ended.values()} == {row.subject}
    left = {one.prediction_id for one in predictions(pair)}
    assert left == {key for key, one in before.items() if one.subject != row.subject or one.fact not in ended}
    assert report.counts["predictions_made"] == 0
    touched = planned(pair)
    assert {one[-5:] for one in touched} == {row.subject[-5:]}, "the account and its person show it, nobody else"


def test_a_seed_that_takes_its_word_back_takes_what_rests_on_it_along(small: tuple[PairWorld, Truth]) -> None:
    pair, _ = small
    row = next(one for one in predictions(pair) if one.fact == WANTS and one.shown)
    seed = row.basis["seeds"][0]
    pair.wait(60_000)
    say(pair, f"per{seed[-5:]}", WANTS, False, "rep:9", "human")
    step(pair)
    for one in predictions(pair):
        assert one.fact != WANTS or seed not in one.basis["seeds"]
    gone = [one for one in predictions(pair, "withdrawn") if one.fact == WANTS]
    assert row.prediction_id in {one.prediction_id for one in gone}
    assert {one.answer for one in gone} == {"its seed fell"}
    assert row.subject[-5:] in {one[-5:] for one in planned(pair)}


def test_a_segment_that_is_refuted_twice_loses_its_predictions_until_it_is_learned_anew(
    small: tuple[PairWorld, Truth],
) -> None:
    pair, _ = small
    found = [one for one in predictions(pair) if one.fact == WANTS and one.shown]
    here = [one for one in found if one.basis["segments"] == ["IT security"]]
    elsewhere = [one for one in found if one.basis["segments"] != ["IT security"]]
    assert len(here) > 4
    for one in here[:2]:
        say(pair, f"per{one.subject[-5:]}", WANTS, False)
    step(pair)
    still = {one.prediction_id for one in predictions(pair)}
    assert not still & {one.prediction_id for one in here}
    assert still >= {one.prediction_id for one in elsewhere}
    why = {one.answer for one in predictions(pair, "withdrawn") if one.fact == WANTS}
    assert why == {"refuted twice in its segment"}
    assert models(pair)[WANTS].report["withdrawn"] == ["IT security"]


def test_a_prediction_ends_on_its_day(small: tuple[PairWorld, Truth]) -> None:
    pair, _ = small
    row = next(one for one in predictions(pair) if one.fact == WANTS)
    with pair.store.transaction() as tx:
        tx.predictions.update(row.prediction_id, expires_ms=pair.clock.now_ms() - 1)
        tx.links.touch([row.subject])
    step(pair)
    assert row.prediction_id in {one.prediction_id for one in predictions(pair, "expired")}


def test_the_same_is_not_told_twice_and_learning_waits_for_its_day_or_enough_answers(
    small: tuple[PairWorld, Truth],
) -> None:
    pair, truth = small
    before = predictions(pair)
    assert step(pair, anew=True).counts["predictions_made"] == 0
    assert predictions(pair) == before
    assert planned(pair) == set(), "what shows the same is not made dirty"
    made_ms = models(pair)["(space)"].made_ms
    for number in range(300, 300 + POLICY.new_answers):
        call(pair, truth, number)
    step(pair)
    step(pair)
    assert len(models(pair)["(space)"].report["ids"]) == 300 + POLICY.new_answers
    pair.wait(DAY_MS)
    step(pair)
    assert models(pair)["(space)"].made_ms > made_ms


@pytest.mark.parametrize("answered", [0, 1, 7])
def test_with_too_little_to_learn_from_nothing_is_claimed_and_the_reason_is_kept(answered: int) -> None:
    pair, _ = seeded(30, answered)
    step(pair)
    assert predictions(pair) == []
    assert f"{models(pair)[WANTS].report['learned']} accounts to learn from answered" in models(pair)[WANTS].why


def test_the_first_answers_are_learned_from_without_waiting_for_the_next_day() -> None:
    pair, truth = seeded(40, 0)
    step(pair)
    for number in range(POLICY.floors.accounts):
        call(pair, truth, number)
    step(pair)
    step(pair)
    assert len(models(pair)["(space)"].report["ids"]) == POLICY.floors.accounts


def test_one_class_only_is_refused_by_name() -> None:
    pair, _ = seeded(200, 0)
    for number in range(80):
        say(pair, f"per{number:05d}", WANTS, True, f"rep:{number % 2}")
    step(pair)
    assert predictions(pair) == []
    assert 'answered otherwise than "yes"' in models(pair)[WANTS].why


def test_an_empty_world_is_no_trouble() -> None:
    pair, _ = seeded(0, 0)
    step(pair, anew=True)
    assert models(pair) == {}
