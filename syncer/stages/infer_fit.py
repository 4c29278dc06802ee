"""Learns anew from everybody who answered: the space, and a tested model for each fact that may travel.

Every fact leaves a row among the models, live or refused, with the rule that decided and all figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from syncer.core.lookalike import FactKind, Lookalike, TravellingFact, held_out
from syncer.core.predicted import SPACE, STATUS
from syncer.learn.account_columns import columns_of
from syncer.learn.alike import Prepared, likest, random_quantile
from syncer.learn.columns import Column
from syncer.learn.deploy import Tested, prove_claims, prove_guesses, refused
from syncer.learn.estimator import one_thread
from syncer.learn.marks import read_marks
from syncer.learn.space import Space, fit_space
from syncer.learn.travel import RERANKED, fit_measure, fit_question
from syncer.learn.verdict import Rule
from syncer.stages.infer_answers import Answer, Answers
from syncer.stages.infer_models import FactModel, Models, Question, fact_report, space_report
from syncer.stages.infer_score import NUMBER_SUPPORT
from syncer.store.knowledge_rows import ModelRow

DAY_MS: Final = 86_400_000
LEARNED_MAX: Final = 20_000  # accounts with the latest answers
VALUES_MAX: Final = 20  # of a categorical fact, the most common ones
Values = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Learned:
    """Models to score with, and the rows that remember them."""

    models: Models
    rows: tuple[ModelRow, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """The accounts that answered, as they were known when they first did."""

    ids: tuple[str, ...]
    prepared: Prepared
    points: np.ndarray
    columns: Mapping[str, Column]
    held: np.ndarray


def learn(
    policy: Lookalike,
    everyone: Values,
    learned: Values,
    answers: Answers,
    now_ms: int,
    token: Callable[[], str],
    told: Callable[[str], None] = lambda stage: None,
) -> Learned:
    """`everyone`: what is known of each account now; `learned`: of those that answered, as it was known then."""
    with one_thread():
        told("comparing accounts")
        marks = read_marks(policy.features, list(everyone.values()))
        space = fit_space(policy.features, marks)
        crowd = Prepared.of(space, marks)
        enough = random_quantile(crowd, policy.floors.likeness)
        known = _known(policy, space, learned, answers)
        model_id = token()
        facts: dict[str, FactModel] = {}
        rows = []
        for fact in (*policy.facts, *_statuses(policy)):
            told(f"learning {fact.says}")
            model, report, tested = _fit(policy, known, fact, answers, enough, now_ms, token())
            if model is not None:
                facts[fact.name] = model
            report |= {"space": model_id, "model": fact_report(model) if model is not None else None}
            rows.append(ModelRow(report["id"], fact.name, now_ms, tested.live, tested.says, report))
    standing = np.array(
        [
            place
            for place, account in enumerate(known.ids)
            if policy.statuses
            and (found := answers[account].get(STATUS + policy.statuses[0])) is not None
            and found.value is True
        ],
        dtype=np.int64,
    )
    models = Models(model_id, known.ids, known.prepared, known.points, enough, facts, standing)
    count = sum(len(one) for one in answers.values())
    report = space_report(models, policy, count, len(everyone))
    rows.append(ModelRow(model_id, SPACE, now_ms, True, f"{len(everyone):,} accounts, {count:,} answers", report))
    return Learned(models, tuple(rows))


def _statuses(policy: Lookalike) -> list[TravellingFact]:
    return [TravellingFact(STATUS + name, FactKind.BOOLEAN, f"status {name}") for name in policy.statuses]


def _known(policy: Lookalike, space: Space, learned: Values, answers: Answers) -> _Known:
    latest = sorted(learned, key=lambda one: (-max(said.at_ms for said in answers[one].values()), one))[:LEARNED_MAX]
    ids = tuple(sorted(latest))
    marks = read_marks(policy.features, [learned[one] for one in ids])
    prepared = Prepared.of(space, marks)
    held = np.array([held_out(policy, one) for one in ids], dtype=bool)
    points = space.points(marks) if ids else np.zeros((0, 1), np.float32)
    return _Known(ids, prepared, points, columns_of(prepared) if ids else {}, held)


def _fit(
    policy: Lookalike,
    known: _Known,
    fact: TravellingFact,
    answers: Answers,
    enough: float,
    now_ms: int,
    model_id: str,
) -> tuple[FactModel | None, dict[str, Any], Tested]:
    """The model (None where refused), what is reported of it, and the test that decided."""
    places = np.array([place for place, one in enumerate(known.ids) if fact.name in answers[one]], dtype=np.int64)
    said = [answers[known.ids[place]][fact.name] for place in places]
    fit, held = places[~known.held[places]], places[known.held[places]]
    own = {int(place): answer for place, answer in zip(places, said, strict=True)}
    weight = np.array([_weight(fact, own[int(place)], now_ms) for place in fit])
    report = {"id": model_id, **_counts(fact, said, len(fit), len(held), now_ms)}
    model = FactModel(model_id, fact.name, fit, tuple(own[int(place)].value for place in fit), weight)
    floors = policy.floors
    reps = len({rep for one in said for rep in one.reps})
    basic = (
        _at_least(
            "enough answers", len(fit), max(floors.accounts, fact.min_support), "accounts to learn from answered"
        ),
        _at_least("enough reps", reps, floors.reps, "people heard the answers"),
    )
    if not all(rule.holds for rule in basic):
        tested = refused(*basic)
        return None, report | {"tests": [tested.as_json()]}, tested
    if fact.kind.measured:
        tested = _measure(policy, known, model, fit, held, own, enough)
        report["tests"] = [tested.as_json()]
        return (model if tested.live else None), report, tested
    return _questions(policy, known, model, fit, held, own, report)


def _questions(
    policy: Lookalike,
    known: _Known,
    model: FactModel,
    fit: np.ndarray,
    held: np.ndarray,
    own: Mapping[int, Answer],
    report: dict[str, Any],
) -> tuple[FactModel | None, dict[str, Any], Tested]:
    """Each value by itself; the fact is live where one of them is."""
    values = _values([own[int(place)].value for place in fit])
    proven: list[Tested] = []
    for value in values:
        outcome = np.array([own[int(place)].value == value for place in fit]).astype(np.int8)
        truth = np.array([own[int(place)].value == value for place in held]).astype(np.int8)
        positives, negatives = int(outcome.sum()), int(len(outcome) - outcome.sum())
        word = "yes" if value is True else str(value)
        basic = (
            _at_least("enough positives", positives, policy.floors.positives, f'accounts answered "{word}"'),
            _at_least(
                "enough others", negatives, policy.floors.positives, f'accounts answered otherwise than "{word}"'
            ),
        )
        if not all(rule.holds for rule in basic) or not len(held):
            held_any = Rule("enough tested", len(held) > 0, "No account that answered is held out to test on.")
            proven.append(refused(*basic, held_any))
            continue
        fitted = fit_question(known.columns, fit, outcome, model.weight)
        claims = fitted.asked.claims(known.columns, held)
        tested = prove_claims(fitted.past_claims, claims, truth, policy.floors)
        proven.append(tested)
        if tested.live:
            model.questions += (Question(value, fitted.asked, tested.threshold, tested.precision),)
    report["tests"] = [{"value": value, **one.as_json()} for value, one in zip(values, proven, strict=True)]
    live = [one for one in proven if one.live]
    tested = live[0] if live else max(proven, key=lambda one: sum(rule.holds for rule in one.rules))
    return (model if live else None), report, tested


def _values(said: Sequence[Any]) -> list[Any]:
    """Of a yes-or-no fact only the yes is claimed: that nobody said yes is what most would be told."""
    if all(isinstance(one, bool) for one in said):
        return [True]
    counts = {one: said.count(one) for one in dict.fromkeys(said)}
    return sorted(counts, key=lambda one: (-counts[one], str(one)))[:VALUES_MAX]


def _measure(
    policy: Lookalike,
    known: _Known,
    model: FactModel,
    fit: np.ndarray,
    held: np.ndarray,
    own: Mapping[int, Answer],
    enough: float,
) -> Tested:
    answered = np.array([float(own[int(place)].value) for place in fit])
    learned, points = known.prepared.take(fit), known.points[fit]
    measure = fit_measure(learned, points, answered, model.weight, policy.supporters)
    truth = np.array([float(own[int(place)].value) for place in held])
    supports = likest(
        known.prepared.take(held), known.points[held], learned, points, policy.supporters, reranked=RERANKED
    )
    supports.places[supports.likeness <= enough] = -1
    tested = prove_guesses(measure.guess(supports, NUMBER_SUPPORT), measure.middle, truth, policy.floors)
    model.measure = measure
    model.held = dict(tested.precision).get(0.0, 0.0)
    return tested


def _at_least(name: str, count: int, needed: int, what: str) -> Rule:
    return Rule(name, count >= needed, f"{count} {what}; {needed} are needed.")


def _weight(fact: TravellingFact, answer: Answer, now_ms: int) -> float:
    """Halved with every half-life."""
    return float(2 ** (-max(0, now_ms - answer.at_ms) / (fact.half_life_days * DAY_MS)))


def _counts(fact: TravellingFact, said: Sequence[Answer], fit: int, held: int, now_ms: int) -> dict[str, Any]:
    ages = sorted((now_ms - one.at_ms) / DAY_MS for one in said)
    return {
        "says": fact.says,
        "kind": str(fact.kind),
        "learned": fit,
        "held_out": held,
        "reps": len({rep for one in said for rep in one.reps}),
        "age_days": round(ages[len(ages) // 2]) if ages else None,
        "last_heard_ms": max((one.at_ms for one in said), default=0),
        "answers_by_value": _tally(said),
    }


def _tally(said: Sequence[Answer]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in said:
        if not isinstance(one.value, float):
            word = {True: "yes", False: "no"}.get(one.value, str(one.value))
            found[word] = found.get(word, 0) + 1
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
