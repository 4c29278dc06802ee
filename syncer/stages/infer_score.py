"""What is claimed of accounts that have not answered: by the models, from the likest accounts that did."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from syncer.core.lookalike import FactKind, Lookalike, TravellingFact, in_segment
from syncer.core.predicted import STANDING, STATUS
from syncer.learn.account_columns import columns_of
from syncer.learn.alike import Prepared, Supports, likest, reasons
from syncer.learn.columns import Column
from syncer.learn.deploy import confidence
from syncer.learn.marks import read_marks
from syncer.learn.travel import RERANKED
from syncer.stages.infer_models import FactModel, Models, Question

NUMBER_SUPPORT: Final = 5  # accounts alike that a number needs
HUB_LEAST: Final = 20  # however few are predicted, an account may support so many
NAMED: Final = 3  # seeds that a person reads of


@dataclass(frozen=True, slots=True)
class Draft:
    """A prediction before it is a row. `claim`: what the model says; `probability`: what may be shown."""

    subject: str
    fact: str
    value: Any
    probability: float
    claim: float
    interval: tuple[float, ...]
    seeds: tuple[str, ...]
    likeness: tuple[float, ...]
    agree: int
    reasons: str
    model_id: str


@dataclass(slots=True)
class _Batch:
    """The asked accounts as the models see them."""

    ids: Sequence[str]
    prepared: Prepared
    points: np.ndarray
    columns: Mapping[str, Column]
    segments: Sequence[frozenset[str]]
    answered: Mapping[str, Collection[str]]
    fallen: Mapping[str, Collection[int]]
    place_of: Mapping[str, int]

    def open_rows(self, fact: str, withdrawn: frozenset[str]) -> np.ndarray:
        """Those that may be told something of the fact."""
        return np.array(
            [
                row
                for row, account in enumerate(self.ids)
                if fact not in self.answered.get(account, ()) and not (withdrawn & self.segments[row])
            ],
            dtype=np.int64,
        )

    def some(self, rows: np.ndarray) -> Prepared:
        return self.prepared.take(rows)

    def places(self, rows: np.ndarray) -> np.ndarray:
        """Where they stand among the learned accounts, so that nobody is found to be like themselves."""
        return np.array([self.place_of.get(self.ids[row], -1) for row in rows], dtype=np.int64)


def segments_of(policy: Lookalike, values: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(one.name for one in policy.segments if in_segment(one, values))


def score(
    policy: Lookalike,
    models: Models,
    accounts: Mapping[str, Mapping[str, Any]],
    answered: Mapping[str, Collection[str]],
    confirmed: Mapping[str, int],
    fallen: Mapping[str, Collection[int]] | None = None,
) -> list[Draft]:
    """Drafts for these accounts (id -> values).

    `answered`: facts that each has answered for itself; `confirmed`: how many predictions of a fact came true so far;
    `fallen`: places of learned accounts that no longer support a fact.
    """
    ids = list(accounts)
    if not ids:
        return []
    marks = read_marks(policy.features, [accounts[one] for one in ids])
    prepared = Prepared.of(models.learned.space, marks)
    batch = _Batch(
        ids,
        prepared,
        prepared.space.points(marks),
        columns_of(prepared),
        [segment_keys(policy, accounts[one]) for one in ids],
        answered,
        fallen or {},
        models.place_of(),
    )
    drafts: list[Draft] = []
    for name, model in models.facts.items():
        fact = policy.fact(name) or TravellingFact(name, FactKind.BOOLEAN, name.removeprefix(STATUS))
        cap = 1.0 if confirmed.get(name, 0) >= policy.floors.confirmations else fact.cap
        if model.measure is not None:
            drafts += _numbers(policy, models, model, batch, cap)
        for question in model.questions:
            drafts += _claims(policy, models, model, question, batch, cap)
    drafts = _one_value_each(drafts)
    return drafts + _standing(policy, models, batch)


def segment_keys(policy: Lookalike, values: Mapping[str, Any]) -> frozenset[str]:
    """Declared segments, and the sector of the industry where none was declared."""
    declared = segments_of(policy, values)
    if declared:
        return frozenset(declared)
    industry = next((one for one in policy.features if one.kind == "industry"), None)
    if industry is None:
        return frozenset()
    codes = read_marks((industry,), [values]).codes[industry.name][0]
    return frozenset((f"sector {codes[0]}",)) if codes[0] else frozenset()


def _supports(
    policy: Lookalike, models: Models, model: FactModel, batch: _Batch, rows: np.ndarray
) -> tuple[Prepared, Supports]:
    """The learned accounts of the fact that are alike enough, for each of the rows; places are those of the fact."""
    asked = batch.some(rows)
    keep = np.array([place not in batch.fallen.get(model.fact, ()) for place in model.places], dtype=bool)
    kept = np.flatnonzero(keep)
    if not len(kept):
        none = np.zeros((len(rows), 0))
        return asked, Supports(none.astype(np.int64), none)
    known = models.learned.take(model.places[kept])
    found = likest(
        asked,
        batch.points[rows],
        known,
        models.points[model.places[kept]],
        policy.supporters,
        reranked=RERANKED,
        apart=(batch.places(rows), model.places[kept]),
        hub_cap=max(HUB_LEAST, int(policy.hub_cap * len(rows))),
    )
    alike = found.likeness > models.enough
    places = np.where(alike & (found.places >= 0), kept[np.maximum(found.places, 0)], -1)
    return asked, Supports(places, np.where(places >= 0, found.likeness, 0.0))


_Found = tuple[int, list[int], Any, float, float, tuple[float, ...]]  # place, seeds, value, shown, claim, interval


def _claims(
    policy: Lookalike, models: Models, model: FactModel, question: Question, batch: _Batch, cap: float
) -> list[Draft]:
    rows = batch.open_rows(model.fact, model.withdrawn)
    if not len(rows):
        return []
    claims = question.asked.claims(batch.columns, rows)
    chosen = claims >= question.threshold
    rows, claims = rows[chosen], claims[chosen]
    if not len(rows):
        return []
    shown = confidence(claims, question.precision, cap)
    asked, supports = _supports(policy, models, model, batch, rows)
    agrees = np.array([answer == question.value for answer in model.answers], dtype=bool)
    found = []
    for place in range(len(rows)):
        near = supports.places[place][supports.places[place] >= 0]
        agreeing = near[agrees[near]].tolist()
        if agreeing and shown[place] >= policy.floors.claim:  # else what the model says rests on nobody like it
            found.append((place, agreeing, question.value, float(shown[place]), float(claims[place]), ()))
    return _drafts(models, model, batch, rows, asked, supports, found)


def _numbers(policy: Lookalike, models: Models, model: FactModel, batch: _Batch, cap: float) -> list[Draft]:
    assert model.measure is not None
    rows = batch.open_rows(model.fact, model.withdrawn)
    if not len(rows):
        return []
    asked, supports = _supports(policy, models, model, batch, rows)
    guess = model.measure.guess(supports, NUMBER_SUPPORT)
    shown = min(cap, model.held)
    found: list[_Found] = []
    for place in range(len(rows)):
        if np.isfinite(guess.value[place]) and shown >= policy.floors.claim:
            near = supports.places[place][supports.places[place] >= 0].tolist()
            interval = (rounded(float(guess.low[place])), rounded(float(guess.high[place])))
            found.append((place, near, rounded(float(guess.value[place])), shown, model.held, interval))
    return _drafts(models, model, batch, rows, asked, supports, found)


def _drafts(
    models: Models,
    model: FactModel,
    batch: _Batch,
    rows: np.ndarray,
    asked: Prepared,
    supports: Supports,
    found: Sequence[_Found],
) -> list[Draft]:
    firsts = [int(model.places[near[0]]) for _, near, *_ in found]
    because = reasons(asked, [one[0] for one in found], models.learned, firsts)
    alike = (supports.places >= 0).sum(axis=1).tolist()
    drafts = []
    for (place, near, value, shown, claim, interval), why in zip(found, because, strict=True):
        scores = dict(zip(supports.places[place].tolist(), supports.likeness[place].tolist(), strict=True))
        drafts.append(
            Draft(
                batch.ids[rows[place]],
                model.fact,
                value,
                round(shown, 2),
                round(claim, 4),
                interval,
                tuple(models.ids[model.places[one]] for one in near),
                tuple(round(scores[one], 2) for one in near),
                alike[place],
                why,
                model.model_id,
            )
        )
    return drafts


def rounded(value: float) -> float:
    """Two digits that count: no more than such guesses support."""
    return float(f"{value:.2g}")


def _one_value_each(drafts: Sequence[Draft]) -> list[Draft]:
    """Of several values of one fact the surest."""
    best: dict[tuple[str, str], Draft] = {}
    for one in drafts:
        held = best.get((one.subject, one.fact))
        if held is None or one.claim > held.claim:
            best[one.subject, one.fact] = one
    return list(best.values())


def _standing(policy: Lookalike, models: Models, batch: _Batch) -> list[Draft]:
    """Which accounts of the highest status that travels each is alike enough to."""
    if not policy.statuses or not len(models.standing):
        return []
    status = STATUS + policy.statuses[0]
    rows = batch.open_rows(status, frozenset())
    if not len(rows):
        return []
    asked = batch.some(rows)
    gone = batch.fallen.get(STANDING, ())
    standing = np.array([place for place in models.standing if place not in gone], dtype=np.int64)
    if not len(standing):
        return []
    cap = max(HUB_LEAST, int(policy.hub_cap * len(rows)))
    found = likest(
        asked, batch.points[rows], models.learned.take(standing), models.points[standing], policy.supporters,
        reranked=RERANKED, apart=(batch.places(rows), standing), hub_cap=cap,
    )  # fmt: skip
    drafts = []
    kept = []
    for place, row in enumerate(rows):
        near = [
            (int(standing[one]), float(score))
            for one, score in zip(found.places[place], found.likeness[place], strict=True)
            if one >= 0 and score > models.enough
        ]
        if near:
            kept.append((place, row, [seed for seed, _ in near], [round(score, 2) for _, score in near]))
    because = reasons(asked, [place for place, *_ in kept], models.learned, [seeds[0] for _, _, seeds, _ in kept])
    for (_, row, seeds, likeness), why in zip(kept, because, strict=True):
        drafts.append(
            Draft(
                batch.ids[row], STANDING, policy.statuses[0], likeness[0], likeness[0], (),
                tuple(models.ids[one] for one in seeds), tuple(likeness), len(seeds), why, models.model_id,
            )
        )  # fmt: skip
    return drafts
