"""How good claims are, with 95 % intervals; every measure takes row weights, so that one formula serves both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

DRAWS: Final = 400
BINS: Final = 10
TOP: Final = 0.1
MEASURES: Final = ("auc", "lift_top_decile", "brier", "brier_skill", "ece")


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its bootstrap interval and the rows it rests on; None where it is not defined on them."""

    value: float | None
    low: float | None
    high: float | None
    n: int

    def as_json(self) -> dict[str, Any]:
        return {"value": _rounded(self.value), "low": _rounded(self.low), "high": _rounded(self.high), "n": self.n}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def auc(outcome: np.ndarray, claim: np.ndarray) -> float:
    """Chance that a positive is claimed higher than a negative; ties count half. NaN with one class only."""
    from scipy.stats import rankdata

    positives = int(outcome.sum())
    negatives = len(outcome) - positives
    if not positives or not negatives:
        return float("nan")
    ranks = rankdata(claim)
    return float((ranks[outcome > 0].sum() - positives * (positives + 1) / 2) / (positives * negatives))


class Scored:
    """Outcomes and claims of tested rows, sorted once by claim, so that a draw of the bootstrap costs one pass."""

    def __init__(self, outcome: np.ndarray, claim: np.ndarray, deployed: np.ndarray) -> None:
        order = np.argsort(-claim, kind="stable")
        self.order = order
        self.outcome, self.claim = outcome[order].astype(float), claim[order]
        self.deployed = deployed[order]
        # equal claims are one step of the ranking
        self.starts = (
            np.flatnonzero(np.concatenate([[True], self.claim[1:] != self.claim[:-1]])) if len(order) else order
        )
        self.bins = np.minimum(np.arange(len(order)) * BINS // max(1, len(order)), BINS - 1)

    def measure(self, weight: np.ndarray) -> dict[str, float]:
        """All measures under row weights (in sorted order)."""
        total, hits = weight.sum(), weight * self.outcome
        rate = hits.sum() / total if total else float("nan")
        brier = float((weight * (self.claim - self.outcome) ** 2).sum() / total) if total else float("nan")
        plain = rate * (1 - rate)
        return {
            "auc": self._auc(weight, hits),
            "lift_top_decile": self._lift(weight, hits, total, rate),
            "brier": brier,
            "brier_skill": 1 - brier / plain if plain > 0 else float("nan"),
            "ece": self._ece(weight, total),
        }

    def _auc(self, weight: np.ndarray, hits: np.ndarray) -> float:
        up, down = np.add.reduceat(hits, self.starts), np.add.reduceat(weight - hits, self.starts)
        positives, negatives = up.sum(), down.sum()
        if positives <= 0 or negatives <= 0:
            return float("nan")
        below = negatives - np.cumsum(down)
        return float((up * (below + down / 2)).sum() / (positives * negatives))

    def _lift(self, weight: np.ndarray, hits: np.ndarray, total: float, rate: float) -> float:
        """Rows of the same claim share the place they take, in parts."""
        if not rate > 0:
            return float("nan")
        mass = np.add.reduceat(weight, self.starts)
        found = np.add.reduceat(hits, self.starts)
        want = TOP * total
        before = np.cumsum(mass) - mass
        part = np.clip((want - before) / np.maximum(mass, 1e-12), 0, 1)
        return float((part * found).sum() / want / rate)

    def _ece(self, weight: np.ndarray, total: float) -> float:
        gap = np.bincount(self.bins, weight * (self.claim - self.outcome), BINS)
        return float(np.abs(gap).sum() / total) if total else float("nan")

    def bucket(self, weight: np.ndarray) -> dict[str, float]:
        """Claimed and realised share of those that would be deployed."""
        inside = weight * self.deployed
        total = inside.sum()
        if not total:
            return dict.fromkeys(("claimed", "realised", "gap"), float("nan")) | {"coverage": 0.0}
        claimed, realised = float((inside * self.claim).sum() / total), float((inside * self.outcome).sum() / total)
        return {
            "claimed": claimed,
            "realised": realised,
            "gap": claimed - realised,
            "coverage": float(total / weight.sum()),
        }


def figures(scored: Scored, group: np.ndarray, seed: int) -> tuple[dict[str, Figure], dict[str, Figure]]:
    """Measures and bucket, each with its interval; whole groups (accounts, or rows) are drawn."""
    count = len(scored.outcome)
    inside = int(scored.deployed.sum())
    general = _with_interval(scored.measure, scored, group, seed, lambda name: count)
    bucket = _with_interval(
        scored.bucket,
        scored,
        group,
        seed,
        lambda name: count if name == "coverage" else inside,
    )
    return general, bucket


def _with_interval(
    measure: Callable[[np.ndarray], Mapping[str, float]],
    scored: Scored,
    group: np.ndarray,
    seed: int,
    n_of: Callable[[str], int],
) -> dict[str, Figure]:
    value = measure(np.ones(len(scored.outcome)))
    groups, place = np.unique(group[scored.order], return_inverse=True)
    draw = np.random.default_rng(seed)
    draws = []
    for _ in range(DRAWS):
        taken = np.bincount(draw.integers(0, len(groups), len(groups)), minlength=len(groups))
        draws.append(measure(taken[place.reshape(-1)].astype(float)))
    found = {}
    for name, here in value.items():
        drawn = np.array([one[name] for one in draws])
        drawn = drawn[np.isfinite(drawn)]
        told = len(drawn) >= DRAWS // 2 and np.isfinite(here)
        low, high = np.quantile(drawn, [0.025, 0.975]) if told else (np.nan, np.nan)
        found[name] = Figure(_none(here), _none(low), _none(high), n_of(name))
    return found


def _none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def reliability(scored: Scored) -> list[dict[str, Any]]:
    """Bins of equal count, from the lowest claim: mean claim, realised share, Wilson interval of it, rows."""
    rows = []
    for number in reversed(range(BINS)):
        inside = scored.bins == number
        n = int(inside.sum())
        if n:
            hits = int(scored.outcome[inside].sum())
            low, high = wilson(hits, n)
            rows.append(
                {
                    "claimed": round(float(scored.claim[inside].mean()), 4),
                    "realised": round(hits / n, 4),
                    "low": round(low, 4),
                    "high": round(high, 4),
                    "n": n,
                }
            )
    return rows


def coverage_curve(scored: Scored) -> list[dict[str, Any]]:
    """Precision among the rows claimed highest, at growing shares of all rows."""
    total, hits = len(scored.outcome), np.cumsum(scored.outcome)
    curve = []
    for share in (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        n = max(1, round(share * total))
        low, high = wilson(int(hits[n - 1]), n)
        curve.append(
            {
                "coverage": share,
                "n": n,
                "precision": round(float(hits[n - 1] / n), 4),
                "low": round(low, 4),
                "high": round(high, 4),
                "claim_from": round(float(scored.claim[n - 1]), 4),
            }
        )
    return curve


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share."""
    if not n:
        return 0.0, 1.0
    rate, room = hits / n, z * z / n
    centre, half = rate + room / 2, z * (rate * (1 - rate) / n + z * z / (4 * n * n)) ** 0.5
    return max(0.0, (centre - half) / (1 + room)), min(1.0, (centre + half) / (1 + room))
