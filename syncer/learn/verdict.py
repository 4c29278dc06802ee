"""May these predictions be deployed? Rules on rows that were never learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from syncer.learn.measures import Figure, Scored, figures

GAP_MAX: Final = 0.1
EACH_MIN: Final = 10
BUCKET_MIN: Final = 20
THRESHOLDS: Final = (0.7, 0.6, 0.5)  # tried in this order on past rows; none is searched for
COVERAGE_MIN: Final = 0.05
TOP_SHARE: Final = 0.1
NO_LIFT: Final = "no lift, deployment refused"


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    holds: bool
    says: str

    def as_json(self) -> dict[str, Any]:
        return {"rule": self.name, "holds": self.holds, "says": self.says}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`rule` is the one that decided a refusal; empty when live."""

    live: bool
    says: str
    rule: str
    rules: tuple[Rule, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "live": self.live,
            "says": self.says,
            "rule": self.rule,
            "rules": [rule.as_json() for rule in self.rules],
        }


def deployed_from(claims: np.ndarray) -> float:
    """From which claim on predictions would be shown: settled on past rows, before a tested row is seen."""
    for threshold in THRESHOLDS:
        if len(claims) and (claims >= threshold).mean() >= COVERAGE_MIN:
            return threshold
    return float(np.quantile(claims, 1 - TOP_SHARE)) if len(claims) else THRESHOLDS[-1]


def judge(positives: int, negatives: int, general: Mapping[str, Figure], bucket: Mapping[str, Figure]) -> Verdict:
    """All rules are told, also after the first that fails; that one decides."""
    lift, skill, gap = general["lift_top_decile"], general["brier_skill"], bucket["gap"]
    enough = min(positives, negatives) >= EACH_MIN
    rules = (
        Rule(
            "enough to test",
            enough,
            f"The hold-out has {positives:,} positives and {negatives:,} negatives; {EACH_MIN} of each are needed.",
        ),
        Rule(
            "lift above 1",
            (lift.low or 0) > 1,
            f"Lift in the top tenth {_told(lift)}; its lower bound must be above 1.",
        ),
        Rule(
            "Brier skill above 0",
            (skill.low if skill.low is not None else -1) > 0,
            f"Brier skill {_told(skill)}; its lower bound must be above 0.",
        ),
        Rule(
            "claims come true",
            gap.value is not None and gap.n >= BUCKET_MIN and abs(gap.value) <= GAP_MAX,
            f"Claimed {_plain(bucket['claimed'])}, came true {_plain(bucket['realised'])} "
            f"in the {gap.n:,} deployed rows; they may differ by {GAP_MAX}, on {BUCKET_MIN} rows or more.",
        ),
    )
    failed = next((rule for rule in rules if not rule.holds), None)
    if failed is None:
        return Verdict(True, "may go live", "", rules)
    no_lift = failed.name in ("lift above 1", "Brier skill above 0")
    return Verdict(
        False, NO_LIFT if no_lift else f"deployment refused: {failed.name} does not hold", failed.name, rules
    )


def _plain(figure: Figure) -> str:
    return "nothing" if figure.value is None else f"{figure.value:.2f}"


def _told(figure: Figure) -> str:
    if figure.value is None or figure.low is None:
        return f"cannot be told (n = {figure.n:,})"
    return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f}, n = {figure.n:,})"


@dataclass(frozen=True, slots=True)
class Assessed:
    """A hold-out with everything that is said of it."""

    scored: Scored
    general: Mapping[str, Figure]
    bucket: Mapping[str, Figure]
    verdict: Verdict


def assess(outcome: np.ndarray, claims: np.ndarray, deployed: np.ndarray, group: np.ndarray, seed: int) -> Assessed:
    """Of rows that were not learned from: what was claimed of them, which claims would be shown, and what came true.

    `group` is what the bootstrap draws whole: rows, or accounts where several rows belong to one.
    """
    scored = Scored(outcome, claims, deployed)
    general, bucket = figures(scored, group, seed)
    positives = int(outcome.sum())
    return Assessed(scored, general, bucket, judge(positives, len(outcome) - positives, general, bucket))


def shown(claims: np.ndarray, bins: Sequence[Mapping[str, Any]], cap: float = 1.0) -> np.ndarray:
    """What may be shown: the claim, but never more than came true in its bin of the hold-out (see `reliability`)."""
    if not bins:
        return np.minimum(claims, cap)
    middles = np.array([bin["claimed"] for bin in bins])
    edges = (middles[1:] + middles[:-1]) / 2
    came_true = np.array([bin["realised"] for bin in bins])
    return np.minimum(np.minimum(claims, came_true[np.searchsorted(edges, claims, side="right")]), cap)
