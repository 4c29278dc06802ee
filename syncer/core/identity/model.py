"""From what agrees and clashes to a score: logistic regression with shipped weights (`refit` fits them anew)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import exp
from typing import Any, Final

from syncer.core.identity.features import FEATURES, Values

LOGIT_MAX: Final = 30.0


@dataclass(frozen=True, slots=True)
class Model:
    """`weights` has an entry per feature: its part in the log-odds when it holds fully."""

    bias: float
    weights: Mapping[str, float]

    def logit(self, values: Values) -> float:
        total = self.bias + sum(self.weights[feature] * value for feature, value in values.items())
        return max(-LOGIT_MAX, min(LOGIT_MAX, total))

    def odds(self, values: Values) -> float:
        """Of this account against none."""
        return exp(self.logit(values))

    def as_json(self) -> dict[str, Any]:
        return {"bias": self.bias, "weights": {str(name): weight for name, weight in self.weights.items()}}


class WeightsError(ValueError):
    """Weights that are not those of our features."""


def model_from_json(document: Mapping[str, Any]) -> Model:
    """Raises WeightsError, which names the features that lack or are unknown."""
    given = document.get("weights", {})
    unlike = sorted(set(given) ^ set(FEATURES))
    if unlike or "bias" not in document:
        raise WeightsError(f"weights that do not fit the features: {', '.join(unlike) or 'no bias'}; fit them anew")
    return Model(float(document["bias"]), {feature: float(given[feature]) for feature in FEATURES})


@lru_cache(maxsize=1)
def shipped_model() -> Model:
    return model_from_json(json.loads(files(__package__).joinpath("data/match-weights.json").read_bytes()))
