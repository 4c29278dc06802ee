"""The nearest are really the nearest, whatever the blocks; nobody holds up everybody's predictions."""

from __future__ import annotations

import numpy as np
import pytest

from syncer.core.lookalike import Feature, FeatureKind
from syncer.learn import neighbours
from syncer.learn.alike import Prepared, likest, reasons
from syncer.learn.marks import read_marks
from syncer.learn.space import fit_space


@pytest.mark.parametrize(("rows", "count"), [(9_000, 50), (3_000, 7), (20, 50), (1, 3)])
def test_the_search_finds_exactly_the_nearest(monkeypatch: pytest.MonkeyPatch, rows: int, count: int) -> None:
    monkeypatch.setattr(neighbours, "BLOCK", 2_500)
    monkeypatch.setattr(neighbours, "GROUP", 7)
    monkeypatch.setattr(neighbours, "TILE", 700)
    monkeypatch.setattr(neighbours, "ASKED", 13)
    draw = np.random.default_rng(5)
    points = draw.integers(-3, 4, (rows, 8)).astype(np.float32)  # whole numbers: many ties, and no rounding
    asked = points[draw.integers(0, rows, 31)]
    places, squared = neighbours.nearest(points, asked, count)
    far = ((points[None] - asked[:, None]) ** 2).sum(axis=2)
    truth = np.argsort(far, axis=1, kind="stable")[:, :count]
    assert (places == truth).all()
    assert (squared == np.take_along_axis(far, truth, axis=1)).all()


def test_a_hub_keeps_only_the_likest_of_those_it_would_serve() -> None:
    places = np.array([[0, 1], [0, 2], [0, 3], [0, -1]])
    likeness = np.array([[0.9, 0.8], [0.7, 0.6], [0.95, 0.5], [0.8, 0.0]])
    stands = neighbours.guard_hubs(places, likeness, 2)
    assert stands.tolist() == [[True, True], [False, True], [True, True], [False, False]]
    assert neighbours.share_of_ten(places) == 1.0


FEATURES = (
    Feature("industry", FeatureKind.INDUSTRY, ("naics_code", "industry"), 3, "industry"),
    Feature("country", FeatureKind.CHOICE, ("country",), 1, "country"),
    Feature("size", FeatureKind.AMOUNT, ("number_of_employees",), 2, "size"),
    Feature("technologies", FeatureKind.OPTIONS, ("technologies",), 2, "use"),
)
ACME = {
    "industry": "COMPUTER_NETWORK_SECURITY",
    "country": "DE",
    "number_of_employees": 240,
    "technologies": frozenset(("Salesforce", "Zendesk", "WordPress")),
}


def compared(*others: dict[str, object]) -> tuple[Prepared, np.ndarray, np.ndarray]:
    crowd = [{"technologies": frozenset(("WordPress",)), "country": "US"} for _ in range(40)]
    marks = read_marks(FEATURES, [ACME, *others, *crowd])
    space = fit_space(FEATURES, marks)
    prepared, points = Prepared.of(space, marks), space.points(marks)
    ids = np.arange(marks.rows)
    asked = Prepared.of(space, marks.take(ids[:1]))
    found = likest(asked, points[:1], prepared, points, len(others), apart=(ids[:1], ids))
    return prepared, found.places[0], found.likeness[0]


def test_reasons_are_told_in_words_and_what_is_rare_comes_first() -> None:
    twin = ACME | {"number_of_employees": 250, "country": "US"}
    prepared, places, _ = compared(twin)
    assert places[0] == 1
    told = reasons(prepared, [0], prepared, [1])
    assert told == ["same industry, both use Salesforce, Zendesk and WordPress, similar size"]


def test_what_is_unknown_is_left_out_and_knowing_little_is_no_likeness() -> None:
    same_but_blank = {name: value for name, value in ACME.items() if name != "number_of_employees"}
    unlike_in_size = ACME | {"number_of_employees": 90_000}
    only_country = {"country": "DE"}
    _, places, likeness = compared(same_but_blank, unlike_in_size, only_country)
    told = dict(zip(places.tolist(), likeness.tolist(), strict=True))
    assert told[1] > told[2], "a blank is no difference"
    assert told[1] > told[3] + 0.2, "one thing in common is not everything in common"


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [("541512", "541512", 1.0), ("541512", "541519", 0.8), ("541512", "5419", 0.6), ("541512", "5221", 0.0),
     ("Banking", "BANKING", 1.0)],
)  # fmt: skip
def test_industries_are_alike_by_the_digits_they_share(one: str, other: str, alike: float) -> None:
    from syncer.learn.alike import terms

    marks = read_marks(FEATURES, [{"naics_code": one}, {"naics_code": other}])
    prepared = Prepared.of(fit_space(FEATURES, marks), marks)
    assert terms(prepared, np.array([0]), prepared, np.array([1]))[0, 0] == pytest.approx(alike)
