"""One estimator for tables and for accounts: chooses among families on past rows only, fits, and calibrates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import combinations
from typing import Any, Final

import numpy as np

from syncer.learn.calibrate import Calibration, fit_calibration
from syncer.learn.columns import Column
from syncer.learn.encode import Encoded, Encoder, fit_encoder
from syncer.learn.families import (
    Family,
    Linear,
    Neighbours,
    TreeShape,
    fit_ladder,
    fit_linear,
    fit_neighbours,
    fit_trees,
)
from syncer.learn.folds import forward_folds, shuffled_folds
from syncer.learn.measures import auc

SEED: Final = 20_260
LATEST: Final = (1.0, 0.5, 0.25)
LATEST_ROWS_MIN: Final = 2_000
STRENGTHS: Final = (0.003, 0.03, 0.3)
SHAPES: Final = (TreeShape(), TreeShape(rate=0.05, leaves=6, leaf_rows=50, shrink=5.0, rounds=300))
CHOICE_ROWS_MAX: Final = 30_000  # the latest rows that the choice is made on
POSITIVES_MIN: Final = 8  # fewer, in all folds together: rates of segments are all that is honest
CLEARLY: Final = 0.004  # gain in AUC that a narrower blend must bring over the widest one
NEIGHBOUR_ROWS_MAX: Final = 5_000  # with more, the other families leave them nothing to add
FAMILIES: Final = ("linear", "trees", "neighbours", "segments")


@dataclass(frozen=True, slots=True)
class Choice:
    """What inner validation found best: which families, and how each is fitted."""

    blend: tuple[str, ...]
    latest: float  # share of the past that is learned from, the latest part: less where the world moves
    strength: float
    shape: TreeShape
    inner_auc: Mapping[str, float]
    inner_rows: int

    def as_json(self) -> dict[str, Any]:
        return {
            "families": list(self.blend),
            "latest_share": self.latest,
            "penalty_inverse": self.strength,
            "trees": {name: getattr(self.shape, name) for name in ("rate", "leaves", "leaf_rows", "shrink", "rounds")},
            "inner_auc": {name: round(value, 4) for name, value in self.inner_auc.items()},
            "inner_rows": self.inner_rows,
        }


@dataclass(frozen=True, slots=True)
class Learned:
    """A fitted estimator. `out_of_fold` and `outcome_of_fold` are what it said of past rows it had not seen."""

    encoder: Encoder
    families: Mapping[str, Family]
    choice: Choice
    calibration: Calibration
    out_of_fold: np.ndarray
    outcome_of_fold: np.ndarray
    rows: int
    positives: int

    def probabilities(self, columns: Mapping[str, Column], rows: np.ndarray) -> np.ndarray:
        """Calibrated; the answer for a row does not depend on the rows beside it."""
        with one_thread():
            return self.calibration.apply(blend(self.families, self.choice.blend, self.encoder.encode(columns, rows)))

    def neighbours(self, columns: Mapping[str, Column], rows: np.ndarray) -> np.ndarray | None:
        """Places, within the latest learned rows, of those most like each row; None where no neighbours were fitted."""
        family = self.families.get("neighbours")
        return family.nearest(self.encoder.encode(columns, rows)) if isinstance(family, Neighbours) else None


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums in one order: the same rows give the same bits on any machine, and one core is all that is used."""
    from threadpoolctl import threadpool_limits

    import_module("sklearn.ensemble")  # limits hold for libraries that are loaded already
    with threadpool_limits(limits=1):
        yield


def learn(
    columns: Mapping[str, Column],
    rows: np.ndarray,
    outcome: np.ndarray,
    *,
    ordered: bool,
    twin: np.ndarray | None = None,
    weight: np.ndarray | None = None,
    dates_from: str = "",
    horizon: float = 0.25,
    choice: Choice | None = None,
    seed: int = SEED,
) -> Learned:
    """Fits on `rows` of the table, which are in order of time if `ordered`.

    `outcome`, `weight` and `twin` have a place for every row of the table; `horizon` is how far ahead claims will be
    made, as a share of the rows learned from. With `choice` nothing is chosen anew, only
    fitted and calibrated. Where there are too few positives or negatives the answer is made of segment rates, and is
    not calibrated.
    """
    weights = np.ones(len(outcome)) if weight is None else weight
    twins = np.arange(len(outcome)) if twin is None else twin

    def encoder_of(some: np.ndarray) -> Encoder:
        return fit_encoder(columns, some, seed, dates_from)

    with one_thread():
        recent = rows[-CHOICE_ROWS_MAX:] if ordered else _drawn(rows, CHOICE_ROWS_MAX, seed)
        folds = forward_folds(recent, twins, horizon) if ordered else shuffled_folds(recent, twins, seed)
        encoder = encoder_of(rows)
        trials = [
            _Trial(columns, fitted, past, later, outcome, weights, seed)
            for past, later in folds
            if _both(outcome[past]) and _both(outcome[later]) and (fitted := encoder_of(past)).names
        ]
        positives = int(min(outcome[rows].sum(), len(rows) - outcome[rows].sum()))
        if not trials or positives < POSITIVES_MIN or not encoder.names:
            return _by_segments(columns, rows, outcome, encoder)
        chosen = choice or _choose(trials, ordered)
        said = [trial.said(chosen) for trial in trials]
        truth = np.concatenate([trial.truth for trial in trials])
        calibration = fit_calibration(np.concatenate(said), truth)
        latest = rows[-round(chosen.latest * len(rows)) :]
        families = fit_families(encoder.encode(columns, latest), outcome[latest], weights[latest], chosen, seed)
    past_claims = calibration.apply(np.concatenate(said))
    return Learned(encoder, families, chosen, calibration, past_claims, truth, len(rows), int(outcome[rows].sum()))


def fit_families(
    rows: Encoded, outcome: np.ndarray, weight: np.ndarray, choice: Choice, seed: int
) -> dict[str, Family]:
    """The families of the blend; neighbours are measured in the space of the linear one, which is fitted for them."""
    families: dict[str, Family] = {}
    makers: Mapping[str, Callable[[], Family]] = {
        "linear": lambda: fit_linear(rows, outcome, weight, choice.strength),
        "trees": lambda: fit_trees(rows, outcome, weight, choice.shape, seed),
        "neighbours": lambda: fit_neighbours(rows, outcome, _linear(families, rows, outcome, weight, choice), seed),
        "segments": lambda: fit_ladder(rows, outcome),
    }
    for name in choice.blend:
        families[name] = makers[name]()
    return families


def _linear(
    families: Mapping[str, Family], rows: Encoded, outcome: np.ndarray, weight: np.ndarray, choice: Choice
) -> Linear:
    found = families.get("linear")
    return found if isinstance(found, Linear) else fit_linear(rows, outcome, weight, choice.strength)


def blend(families: Mapping[str, Family], names: tuple[str, ...], rows: Encoded) -> np.ndarray:
    """The mean in log-odds."""
    return np.mean([families[name].logit(rows) for name in names], axis=0)


def _both(outcome: np.ndarray) -> bool:
    return 0 < outcome.sum() < len(outcome)


def _drawn(rows: np.ndarray, most: int, seed: int) -> np.ndarray:
    return rows if len(rows) <= most else np.random.default_rng(seed).choice(rows, most, replace=False)


def _by_segments(columns: Mapping[str, Column], rows: np.ndarray, outcome: np.ndarray, encoder: Encoder) -> Learned:
    fitted = {"segments": fit_ladder(encoder.encode(columns, rows), outcome[rows])}
    choice = Choice(("segments",), 1.0, STRENGTHS[0], SHAPES[0], {}, 0)
    none = np.zeros(0)
    return Learned(encoder, fitted, choice, Calibration.none(), none, none, len(rows), int(outcome[rows].sum()))


class _Trial:
    """One inner fold: encoded once, asked for each candidate."""

    def __init__(
        self,
        columns: Mapping[str, Column],
        encoder: Encoder,
        past: np.ndarray,
        later: np.ndarray,
        outcome: np.ndarray,
        weight: np.ndarray,
        seed: int,
    ) -> None:
        self.past, self.later = encoder.encode(columns, past), encoder.encode(columns, later)
        self.known, self.truth, self.weight, self.seed = outcome[past], outcome[later], weight[past], seed
        self._answers: dict[Any, tuple[Family, np.ndarray]] = {}

    def latest(self, share: float) -> tuple[Encoded, np.ndarray, np.ndarray]:
        """Rows, outcomes and weights of the latest part of the past."""
        rows = np.arange(len(self.known) - round(share * len(self.known)), len(self.known))
        return self.past.take(rows), self.known[rows], self.weight[rows]

    def said(self, choice: Choice) -> np.ndarray:
        return np.mean([self.answer(name, choice) for name in choice.blend], axis=0)

    def answer(self, name: str, choice: Choice) -> np.ndarray:
        """Log-odds of one family for the later rows; a family fitted for the choice is not fitted twice."""
        key = (name, choice.latest, {"linear": choice.strength, "trees": choice.shape}.get(name))
        if key not in self._answers:
            if name == "neighbours":
                self.answer("linear", choice)
                linear = self._answers["linear", choice.latest, choice.strength][0]
                family: Family = fit_neighbours(*self.latest(choice.latest)[:2], linear, self.seed)  # type: ignore[arg-type]
            else:
                only = replace(choice, blend=(name,))
                family = fit_families(*self.latest(choice.latest), only, self.seed)[name]
            self._answers[key] = family, family.logit(self.later)
        return self._answers[key][1]

    def grow(self, shape: TreeShape, latest: float) -> int:
        """How many rounds until the later rows are predicted no better."""
        trees = fit_trees(*self.latest(latest), shape, self.seed, (self.later, self.truth))
        self._answers["trees", latest, shape] = trees, trees.logit(self.later)
        return int(trees.model.n_iter_)

    def adopt(self, grown: TreeShape, shape: TreeShape, latest: float) -> None:
        """The trees grown so far answer for the shape with the number of rounds that all folds agreed on."""
        self._answers["trees", latest, shape] = self._answers["trees", latest, grown]


def _choose(trials: list[_Trial], ordered: bool) -> Choice:
    """Penalty, how far back, shape of trees by AUC on later rows; then the widest blend, or a clearly better one."""
    fewest = min(len(trial.known) for trial in trials)
    start = Choice(("linear",), 1.0, STRENGTHS[0], SHAPES[0], {}, sum(len(trial.truth) for trial in trials))

    def score(choice: Choice) -> float:
        return float(np.mean([auc(trial.truth, trial.said(choice)) for trial in trials]))

    linear = max((replace(start, strength=strength) for strength in STRENGTHS), key=score)
    parts = [replace(linear, latest=share) for share in LATEST if ordered and share * fewest >= LATEST_ROWS_MIN]
    part = max(parts, key=score, default=linear)
    linear = part if score(part) > score(linear) + CLEARLY else linear
    shapes = []
    for shape in SHAPES:
        rounds = float(np.mean([trial.grow(shape, linear.latest) for trial in trials]))
        agreed = replace(shape, rounds=max(10, round(rounds)))
        for trial in trials:
            trial.adopt(shape, agreed, linear.latest)
        shapes.append(replace(linear, blend=("trees",), shape=agreed))
    base = replace(max(shapes, key=score), blend=("linear",))
    names = [name for name in FAMILIES if name != "neighbours" or len(trials[-1].past) <= NEIGHBOUR_ROWS_MAX]
    scores = {name: score(replace(base, blend=(name,))) for name in names}
    wide = tuple(name for name in names if name != "segments")
    blends = [*combinations(wide, 2), wide] if len(wide) > 2 else [wide]
    scores |= {"+".join(names): score(replace(base, blend=names)) for names in blends}
    best = max(scores, key=scores.__getitem__)
    default = "+".join(wide)
    picked = best if scores[best] > scores[default] + CLEARLY else default
    return replace(base, blend=tuple(picked.split("+")), inner_auc=scores)
