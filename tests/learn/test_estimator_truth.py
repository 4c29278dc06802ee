"""On tables whose truth is known the test of the estimator finds it: how good, how sure, and when there is nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from syncer.learn.evaluate import Evaluation, evaluate
from syncer.learn.measures import auc
from syncer.learn.question import Question
from syncer.learn.table import table_of
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


def test_labels_without_signal_are_refused_by_name(tmp_path: Path) -> None:
    found = tried(leads(3_000, noise=True))
    assert not found.verdict.live
    assert found.verdict.says == "no lift, deployment refused"
    assert found.verdict.rule in ("lift above 1", "Brier skill above 0")
