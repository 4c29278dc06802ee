"""On tables whose truth is known the test of the estimator finds it: how good, how sure, and when there is nothing."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from syncer.learn.estimator import one_thread
from syncer.learn.evaluate import Evaluation, evaluate
from syncer.learn.measures import auc
from syncer.learn.question import Question, SplitKind
from syncer.learn.table import table_of
from syncer.learn.verdict import shown
from tests.learn.learn_world import World, leads


def tried(world: World, **options: object) -> Evaluation:
    return evaluate(table_of(world.columns), Question("converted", time="created", **options))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def plain() -> tuple[World, Evaluation]:
    world = leads(4_000)
    return world, tried(world)


def test_it_ranks_nearly_as_well_as_the_formula_that_made_the_data(plain: tuple[World, Evaluation]) -> None:
    world, found = plain
    rows = found.tested.rows
    best = auc(found.prepared.outcome[rows], world.chance[rows])
    assert found.general["auc"].value > best - 0.015
    assert found.general["auc"].low < best < found.general["auc"].high + 0.02


def test_its_claims_come_true_and_it_may_go_live(plain: tuple[World, Evaluation]) -> None:
    _, found = plain
    assert found.verdict.live, found.verdict
    assert abs(found.bucket["gap"].value) < 0.1
    assert found.general["ece"].value < 0.05
    assert np.abs(found.tested.claims - plain[0].chance[found.tested.rows]).mean() < 0.05


def test_labels_without_signal_are_refused_by_name() -> None:
    found = tried(leads(3_000, noise=True))
    assert not found.verdict.live
    assert found.verdict.says == "no lift, deployment refused"
    assert found.verdict.rule in ("lift above 1", "Brier skill above 0")


def test_what_counts_turns_round_and_chance_flatters() -> None:
    found = tried(leads(4_000, drift=3.0))
    by_chance = found.beside["random"]["auc"]
    assert by_chance.low > found.general["auc"].value
    assert found.question.split == "time"


def test_a_rolling_window_learns_anew_and_recovers_what_time_took() -> None:
    world = leads(4_000, drift=3.0)
    rolling = tried(world, split=SplitKind.ROLLING, window=800, step=200)
    assert rolling.general["auc"].value > tried(world).general["auc"].value + 0.02
    assert len(rolling.steps) == 16
    assert all(step["n"] == 200 for step in rolling.steps)


LEAKS = {
    "a copy of the outcome": ("score", lambda hit, draw: 5.0 * hit + draw.normal(), "knows the outcome"),
    "a reason that only losses have": ("reason", lambda hit, draw: "" if hit else "too dear", None),
    "a field filled in after the deal": ("seller", lambda hit, draw: "ab"[int(draw.integers(2))] if hit else "", None),
    "the length of the call": ("duration", lambda hit, draw: draw.gamma(3, 150 if hit else 70), None),
    "tags set by the rep": (
        "Tags",
        lambda hit, draw: "will buy" if hit and draw.random() < 0.6 else "abc"[int(draw.integers(3))],
        "settles the outcome",
    ),
    "who owns it now": ("Lead Owner", lambda hit, draw: "xyz"[int(draw.integers(3))], "set later"),
    "an id": ("prospect id", lambda hit, draw: f"{draw.integers(2**60):x}", "id-like"),
}


@pytest.mark.parametrize("story", LEAKS)
def test_a_planted_leak_is_named_and_left_out_of_the_verdict(story: str) -> None:
    name, make, rule = LEAKS[story]
    world, draw = leads(1_500), np.random.default_rng(9)
    planted = [make(answer == "yes", draw) for answer in world.columns["converted"]]
    found = tried(world.plus(**{name: planted}))
    suspect = next((item for item in found.suspects if item.column == name), None)
    assert suspect is not None, found.suspects
    assert suspect.left_out
    assert rule is None or suspect.rule == rule
    assert name not in found.used
    assert found.general["auc"].value < 0.9


def test_a_date_after_the_moment_is_named_and_one_before_it_is_an_age() -> None:
    world, draw = leads(1_500), np.random.default_rng(4)
    created = world.columns["created"]
    closed = [day + timedelta(days=int(draw.integers(5, 40))) for day in created]
    founded = [day - timedelta(days=int(draw.integers(5, 4_000))) for day in created]
    found = tried(world.plus(closed=closed, founded=founded))
    assert [(item.column, item.rule) for item in found.suspects] == [("closed", "after the moment")]
    assert "founded" in found.tested.last.encoder.names


def test_columns_that_are_honest_are_left_alone() -> None:
    assert not tried(leads(1_500, blank=0.2)).suspects


def test_that_a_cell_is_filled_in_is_told_and_never_used() -> None:
    """The values are noise; whether there is one follows the outcome."""
    world, draw = leads(3_000, noise=True), np.random.default_rng(5)
    columns = {"created": world.columns["created"], "converted": world.columns["converted"]}
    for number in range(4):
        for kind in ("number", "choice"):
            shown = [draw.random() < (0.75 if answer == "yes" else 0.45) for answer in columns["converted"]]
            made = [f"{draw.normal():.3f}" if kind == "number" else "abcd"[int(draw.integers(4))] for _ in shown]
            columns[f"{kind} {number}"] = [value if here else "" for value, here in zip(made, shown, strict=True)]
    found = tried(World(columns, world.chance))
    assert found.missingness.value > 0.75
    assert found.general["auc"].value < 0.57
    assert not found.verdict.live


def test_the_same_rows_never_stand_on_both_sides() -> None:
    table = table_of({name: [*values, *values[:300]] for name, values in leads(1_500).columns.items()})
    for split in SplitKind:
        found = evaluate(table, Question("converted", split=split, window=500, step=100))
        twin = found.prepared.table.twin_of
        for number in np.unique(found.tested.steps):
            tested = found.tested.rows[found.tested.steps == number]
            assert len(tested)
        if split is not SplitKind.ROLLING:
            learned = np.setdiff1d(np.arange(found.prepared.table.rows), found.tested.rows)
            kept = learned if split is SplitKind.RANDOM else learned[learned < found.tested.rows.min()]
            assert not set(twin[found.tested.rows]) & set(twin[kept])
        assert found.prepared.twins == 300


def test_two_runs_give_the_same_bits() -> None:
    world = leads(1_200, blank=0.1)
    one, two = tried(world), tried(world)
    assert np.array_equal(one.tested.claims, two.tested.claims)
    assert one.general == two.general


def test_a_prediction_does_not_depend_on_the_rows_beside_it() -> None:
    found = tried(leads(1_200, blank=0.2))
    rows, learned = found.tested.rows, found.tested.last
    alone = np.concatenate([learned.probabilities(found.columns, rows[place : place + 1]) for place in range(20)])
    assert np.allclose(alone, found.tested.claims[:20], atol=1e-6)


def test_it_is_no_worse_than_a_tuned_boosting_under_the_same_split() -> None:
    """The rival may choose its shape on the last fifth of the past, too; blanks are rare here, so nothing is hidden."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    found = tried(leads(4_000, seed=8, drift=0.8))
    names = ("size", "visits", "age")
    table = found.prepared.table
    features = np.column_stack(
        [*(found.columns[name].number_of_rows() for name in names), table.columns["industry"].codes]
    )
    past, tested = np.arange(found.tested.rows.min()), found.tested.rows
    outcome, cut = found.prepared.outcome, int(0.8 * found.tested.rows.min())
    shapes = [{"max_leaf_nodes": leaves, "learning_rate": rate} for leaves in (6, 15, 31) for rate in (0.05, 0.1)]

    def boosted(shape: dict[str, float], rows: np.ndarray) -> HistGradientBoostingClassifier:
        model = HistGradientBoostingClassifier(random_state=0, categorical_features=[3], early_stopping=False, **shape)
        with one_thread():
            return model.fit(features[rows], outcome[rows])

    def ranked(shape: dict[str, float]) -> float:
        model = boosted(shape, past[:cut])
        return auc(outcome[past[cut:]], model.predict_proba(features[past[cut:]])[:, 1])

    rival = boosted(max(shapes, key=ranked), past).predict_proba(features[tested])[:, 1]
    assert found.general["auc"].value > auc(outcome[tested], rival) - 0.005
    assert found.general["brier"].value < ((rival - outcome[tested]) ** 2).mean() + 0.002


def test_what_is_shown_is_never_more_than_came_true_in_its_bin() -> None:
    bins = [{"claimed": 0.2, "realised": 0.25}, {"claimed": 0.5, "realised": 0.4}, {"claimed": 0.9, "realised": 0.7}]
    said = shown(np.array([0.1, 0.2, 0.34, 0.36, 0.6, 0.95]), bins, cap=0.65)
    assert said.tolist() == [0.1, 0.2, 0.25, 0.36, 0.4, 0.65]


def test_free_text_is_learned_from_and_words_of_the_outcome_give_it_away() -> None:
    draw, world = np.random.default_rng(2), leads(3_000, noise=True)
    hits = [answer == "yes" for answer in world.columns["converted"]]

    def note(words: list[str], sign: str, chance: float) -> str:
        told = [words[int(place)] for place in draw.integers(0, len(words), 8)]
        return " ".join([*told, sign] if draw.random() < chance else told)

    words = [
        f"{one}{two}" for one in ("red", "blue", "cold", "late") for two in ("desk", "call", "mail", "note", "plan")
    ]
    honest = [note(words, "budget", 0.6 if hit else 0.15) for hit in hits]
    telling = [note(words, "signed", 0.99 if hit else 0.01) for hit in hits]
    found = tried(world.plus(description=honest, minutes=telling))
    assert [(item.column, item.rule) for item in found.suspects] == [("minutes", "knows the outcome")]
    assert "description" in found.used
    assert found.general["auc"].value > 0.65
