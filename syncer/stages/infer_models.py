"""The models in the store: the space with the accounts that answered, and for each fact what was fitted and tested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from syncer.core.lookalike import Lookalike
from syncer.core.predicted import SPACE, STATUS
from syncer.learn.alike import Prepared
from syncer.learn.pack import PackError, pack, unpack
from syncer.learn.travel import Asked, Measure
from syncer.store.knowledge_rows import ModelRow
from syncer.store.ports import Tx

HEADLINE: Final = ("answers", "accounts", "says", "kind", "learned", "held_out", "reps", "withdrawn")


@dataclass(frozen=True, slots=True)
class Question:
    """One value that is claimed, from which probability on, and how often that came true on the hold-out."""

    value: Any
    asked: Asked
    threshold: float
    precision: tuple[tuple[float, float], ...]


@dataclass(slots=True)
class FactModel:
    """`places`: the learned accounts that were fitted on, `answers` and `weight` theirs, in the same order."""

    model_id: str
    fact: str
    places: np.ndarray
    answers: tuple[Any, ...]
    weight: np.ndarray
    questions: tuple[Question, ...] = ()
    measure: Measure | None = None
    held: float = 0.0  # share of the held-out answers that lay in their intervals
    withdrawn: frozenset[str] = frozenset()  # segments in which it was refuted


@dataclass(slots=True)
class Models:
    """Everything that scoring needs. `learned`: all accounts that answered; `enough`: likeness of an own kind."""

    model_id: str
    ids: tuple[str, ...]
    learned: Prepared
    points: np.ndarray
    enough: float
    facts: dict[str, FactModel]
    standing: np.ndarray  # places of learned accounts that earned the highest status that travels

    def place_of(self) -> dict[str, int]:
        return {account: place for place, account in enumerate(self.ids)}


def space_report(models: Models, policy: Lookalike, answers: int, accounts: int) -> dict[str, Any]:
    """What the row of the space holds."""
    return {
        "fingerprint": policy.fingerprint,
        "answers": answers,
        "accounts": accounts,
        "enough": models.enough,
        "ids": list(models.ids),
        "standing": models.standing.tolist(),
        "model": pack({"space": models.learned.space, "marks": models.learned.marks, "points": models.points}),
    }


def fact_report(model: FactModel) -> dict[str, Any]:
    """The part of a fact's report from which it is read back."""
    return {
        "places": model.places.tolist(),
        "answers": list(model.answers),
        "weight": [round(float(one), 5) for one in model.weight],
        "questions": [
            {
                "value": one.value,
                "threshold": one.threshold,
                "precision": [list(pair) for pair in one.precision],
                "asked": pack(one.asked),
            }
            for one in model.questions
        ],
        "measure": pack(model.measure),
        "held": model.held,
    }


def retire(tx: Tx) -> None:
    """Of models that are fitted anew the headline stays; what they were read back from is let go."""
    for row in tx.models.list():
        if row.report.get("model") is None:
            continue
        told = {name: row.report[name] for name in HEADLINE if name in row.report}
        told["tests"] = [
            {name: one.get(name) for name in ("value", "live", "rule", "says")} for one in row.report.get("tests", ())
        ]
        tx.models.put(replace(row, live=False, report=told))


def facts_of(policy: Lookalike) -> tuple[str, ...]:
    """Everything that may travel, by the names of the models."""
    return (*(one.name for one in policy.facts), *(STATUS + name for name in policy.statuses))


def load_models(tx: Tx, policy: Lookalike) -> Models | None:
    """None where nothing was learned yet, or by another version of the program: then it is learned anew."""
    row = tx.models.current(SPACE)
    if row is None:
        return None
    try:
        told = unpack(row.report["model"])
        prepared = Prepared.of(told["space"], told["marks"])
        facts = {}
        for name in facts_of(policy):
            one = tx.models.current(name)
            if one is not None and one.report.get("space") == row.model_id:
                facts[name] = _fact(one)
    except (PackError, KeyError):
        return None
    ids, standing = tuple(row.report["ids"]), np.array(row.report["standing"], dtype=np.int64)
    return Models(row.model_id, ids, prepared, told["points"], float(row.report["enough"]), facts, standing)


def _fact(row: ModelRow) -> FactModel:
    told: Mapping[str, Any] = row.report["model"]
    return FactModel(
        row.model_id,
        row.fact,
        np.array(told["places"], dtype=np.int64),
        tuple(told["answers"]),
        np.array(told["weight"], dtype=float),
        tuple(
            Question(
                one["value"],
                unpack(one["asked"]),
                float(one["threshold"]),
                tuple((low, share) for low, share in one["precision"]),
            )
            for one in told["questions"]
        ),
        unpack(told["measure"]),
        float(told["held"]),
        frozenset(row.report.get("withdrawn", ())),
    )
