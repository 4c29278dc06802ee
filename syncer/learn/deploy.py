"""May the predictions of a fact be shown, and with which confidence? Rules on accounts that were never learned from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import numpy as np

from syncer.core.lookalike import Floors
from syncer.learn.estimator import SEED
from syncer.learn.measures import DRAWS, Figure, Scored, coverage_curve, figures, reliability, wilson
from syncer.learn.travel import COVERED, Guess
from syncer.learn.verdict import Rule

THRESHOLDS: Final = (0.7, 0.6, 0.5)  # tried in this order on claims about past rows; none is searched for
COVERAGE_MIN: Final = 0.05
BUCKET_MIN: Final = 8  # tested claims, before a bucket speaks for itself


@dataclass(frozen=True, slots=True)
class Tested:
    """What the hold-out said. `rule` decided a refusal; `precision` by the lower end of each bucket of claims."""

    live: bool
    rule: str
    rules: tuple[Rule, ...]
    threshold: float
    precision: tuple[tuple[float, float], ...]
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def says(self) -> str:
        failed = next((one for one in self.rules if not one.holds), None)
        return "live" if failed is None else f"refused: {failed.says}"

    def as_json(self) -> dict[str, Any]:
        return {
            "live": self.live,
            "rule": self.rule,
            "says": self.says,
            "rules": [one.as_json() for one in self.rules],
            "threshold": self.threshold,
            "precision": [list(pair) for pair in self.precision],
            "figures": self.figures,
        }


def refused(*rules: Rule) -> Tested:
    """Without a test, because there is too little to learn from."""
    failed = next(one for one in rules if not one.holds)
    return Tested(False, failed.name, rules, 1.0, ())


def prove_claims(
    past_claims: np.ndarray, claims: np.ndarray, outcome: np.ndarray, floors: Floors, seed: int = SEED
) -> Tested:
    """`past_claims` settle the threshold before `claims` about the hold-out are looked at."""
    threshold = _threshold(past_claims, floors)
    deployed = claims >= threshold
    scored = Scored(outcome, claims, deployed)
    ids = np.arange(len(outcome))
    general, bucket = figures(scored, ids, seed)
    lift = _drawn(lambda rows: _lift(outcome[rows], deployed[rows]), len(outcome), seed, int(deployed.sum()))
    claimed, realised = bucket["claimed"], bucket["realised"]
    rules = (
        Rule(
            "enough tested",
            int(deployed.sum()) >= floors.hold_out and int(outcome.sum()) > 0,
            f"{int(deployed.sum())} of {len(outcome)} held-out accounts are claimed with {threshold:.2f} or more; "
            f"{floors.hold_out} are needed.",
        ),
        Rule("lift above 1", (lift.low or 0) > 1, f"Lift {_told(lift)}; its lower bound must be above 1."),
        Rule(
            "Brier skill above 0",
            (general["brier_skill"].value or -1) > 0,
            f"Brier skill {_told(general['brier_skill'])}; it must be above 0.",
        ),
        Rule(
            "claims come true",
            claimed.value is not None and abs(claimed.value - realised.value) <= floors.gap,
            f"Claimed {_plain(claimed)}, came true {_plain(realised)} (n = {realised.n}); "
            f"they may differ by {floors.gap:g}.",
        ),
    )
    failed = next((one for one in rules if not one.holds), None)
    told = {name: one.as_json() for name, one in {**general, **bucket, "lift": lift}.items()}
    told |= {"n": len(outcome), "positives": int(outcome.sum()), "base_rate": _share(outcome)}
    told |= {"reliability": reliability(scored), "coverage_curve": coverage_curve(scored)} if len(outcome) else {}
    return Tested(
        failed is None, failed.name if failed else "", rules, threshold, _precision(claims, outcome, deployed), told
    )


def prove_guesses(guess: Guess, middle: float, answers: np.ndarray, floors: Floors, seed: int = SEED) -> Tested:
    """A number goes live where its intervals hold what they say, and it is nearer than the middle of all answers."""
    told = np.isfinite(guess.value)
    value, truth = np.log(guess.value[told]), np.log(answers[told])
    inside = (answers[told] >= guess.low[told]) & (answers[told] <= guess.high[told])
    n = int(told.sum())
    held = _drawn(lambda rows: float(inside[rows].mean()) if len(rows) else float("nan"), n, seed, n)

    def nearer(rows: np.ndarray) -> float:
        own = np.abs(value[rows] - truth[rows]).mean() if len(rows) else float("nan")
        return float(np.abs(middle - truth[rows]).mean() / max(own, 1e-9)) if len(rows) else float("nan")

    lift = _drawn(nearer, n, seed, n)
    rules = (
        Rule(
            "enough tested",
            n >= floors.hold_out,
            f"{n} held-out accounts could be guessed; {floors.hold_out} are needed.",
        ),
        Rule(
            "lift above 1",
            (lift.low or 0) > 1,
            f"So many times nearer than the middle of all answers: {_told(lift)}; the lower bound must be above 1.",
        ),
        Rule(
            "claims come true",
            held.value is not None and abs(COVERED - held.value) <= floors.gap,
            f"{COVERED:.0%} of the answers should lie in the interval, {_plain(held)} did (n = {n}); "
            f"they may differ by {floors.gap:g}.",
        ),
    )
    failed = next((one for one in rules if not one.holds), None)
    precision = ((0.0, round(held.value, 4)),) if held.value is not None else ()
    found = {"lift": lift.as_json(), "realised": held.as_json(), "n": n}
    found["claimed"] = Figure(COVERED, None, None, n).as_json()
    return Tested(failed is None, failed.name if failed else "", rules, 0.0, precision, found)


def confidence(claims: np.ndarray, precision: tuple[tuple[float, float], ...], cap: float) -> np.ndarray:
    """What is shown: never more than came true on the hold-out in the same bucket, nor than the cap."""
    found = np.minimum(claims, cap)
    for low, share in sorted(precision):
        found = np.where(claims >= low, np.minimum(np.minimum(claims, cap), share), found)
    return found


def _threshold(past_claims: np.ndarray, floors: Floors) -> float:
    for one in THRESHOLDS:
        if one >= floors.claim and len(past_claims) and (past_claims >= one).mean() >= COVERAGE_MIN:
            return one
    return floors.claim


def _precision(claims: np.ndarray, outcome: np.ndarray, deployed: np.ndarray) -> tuple[tuple[float, float], ...]:
    """A bucket with few tested claims takes the share of all deployed ones."""
    if not deployed.any():
        return ()
    every = float(outcome[deployed].mean())
    edges = (0.5, 0.6, 0.7, 0.8, 0.9, 1.01)
    found = [(0.0, every)]
    for low, high in pairwise(edges):
        inside = deployed & (claims >= low) & (claims < high)
        found.append((low, float(outcome[inside].mean()) if inside.sum() >= BUCKET_MIN else every))
    return tuple((low, round(share, 4)) for low, share in found)


def _lift(outcome: np.ndarray, deployed: np.ndarray) -> float:
    rate = outcome.mean() if len(outcome) else 0.0
    return float(outcome[deployed].mean() / rate) if rate > 0 and deployed.any() else float("nan")


def _drawn(measure: Callable[[np.ndarray], float], count: int, seed: int, n: int) -> Figure:
    """The measure on all rows, with its bootstrap interval."""
    if not count:
        return Figure(None, None, None, 0)
    here = measure(np.arange(count))
    draw = np.random.default_rng(seed)
    drawn = np.array([measure(draw.integers(0, count, count)) for _ in range(DRAWS)])
    drawn = drawn[np.isfinite(drawn)]
    if not np.isfinite(here) or len(drawn) < DRAWS // 2:
        return Figure(float(here) if np.isfinite(here) else None, None, None, n)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Figure(float(here), float(low), float(high), n)


def _share(outcome: np.ndarray) -> dict[str, Any]:
    low, high = wilson(int(outcome.sum()), len(outcome))
    value = float(outcome.mean()) if len(outcome) else None
    return Figure(value, low, high, len(outcome)).as_json()


def _plain(figure: Figure) -> str:
    return "nothing" if figure.value is None else f"{figure.value:.2f}"


def _told(figure: Figure) -> str:
    if figure.value is None or figure.low is None:
        return f"cannot be told (n = {figure.n:,})"
    return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f}, n = {figure.n:,})"
