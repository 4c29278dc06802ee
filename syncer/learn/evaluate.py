"""The test of an estimator on a labelled table: hold-out by time, chance beside it, leaks named, a verdict by rule."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from syncer.errors import UsageError
from syncer.learn.columns import Column, Kind, judge_columns
from syncer.learn.estimator import SEED, Choice, Learned, learn, one_thread
from syncer.learn.folds import Split, random_split, rolling_splits, time_split
from syncer.learn.leaks import Suspect, find_suspects
from syncer.learn.measures import Figure, Scored, coverage_curve, figures, reliability
from syncer.learn.question import Prepared, Question, SplitKind, prepare
from syncer.learn.table import Table
from syncer.learn.verdict import Verdict, assess, deployed_from

STEPS_MAX: Final = 40
BACKWARDS_MIN: Final = 0.8  # share of rows with a lower number than the row before
LEARNABLE: Final = (Kind.NUMBER, Kind.CHOICE, Kind.TEXT)
CHOOSE_EVERY: Final = 8  # steps of a rolling test after which the families are chosen anew, on the past
PARTS: Final = 6
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Tested:
    """Claims for rows that were not learned from. `steps` are the parts of it in order of time."""

    rows: np.ndarray
    claims: np.ndarray
    deployed: np.ndarray
    steps: np.ndarray
    threshold: float
    left_out: int
    learned_rows: int
    learned_positives: int
    last: Learned


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that the report tells."""

    question: Question
    prepared: Prepared
    columns: Mapping[str, Column]
    used: tuple[str, ...]
    suspects: tuple[Suspect, ...]
    tested: Tested
    scored: Scored
    general: Mapping[str, Figure]
    bucket: Mapping[str, Figure]
    verdict: Verdict
    beside: Mapping[str, Mapping[str, Figure]]  # the same figures under another split
    steps: Sequence[Mapping[str, Any]]
    missingness: Figure
    with_suspects: Figure | None
    notes: tuple[str, ...]
    seed: int

    @property
    def reliability(self) -> list[dict[str, Any]]:
        return reliability(self.scored)

    @property
    def coverage_curve(self) -> list[dict[str, Any]]:
        return coverage_curve(self.scored)


def evaluate(table: Table, question: Question, told: Told = lambda stage: None, seed: int = SEED) -> Evaluation:
    """Raises UsageError for what cannot be tested at all; whatever can be told with a caveat is told in `notes`."""
    prepared = prepare(table, question)
    notes = list(prepared.notes)
    told("looking for leaks")
    columns = judge_columns(prepared.table)
    notes += [] if question.time else _backwards(columns, question.label)
    asked = {
        name: column
        for name, column in columns.items()
        if name not in (question.label, question.time) and name not in question.drop
    }
    with one_thread():
        found = find_suspects(
            asked | ({question.time: columns[question.time]} if question.time else {}),
            prepared.outcome,
            question.time,
            frozenset(question.keep),
            seed,
        )
    suspects = tuple(suspect for suspect in found if suspect.column != question.time)
    out = {suspect.column for suspect in suspects if suspect.left_out}
    empty = [name for name, column in asked.items() if column.kind in (Kind.BLANK, Kind.CONSTANT)]
    if empty:
        notes.append(f"Nothing to learn from, because blank or the same in every row: {', '.join(empty)}.")
    used = tuple(name for name in asked if name not in out and name not in empty)
    if not used:
        raise UsageError(
            "NothingToLearnFrom",
            "No column is left to learn from. " + " ".join(f"{s.column}: {s.says}" for s in suspects if s.left_out),
            "Keep a column that is known before the outcome with --keep, or export more columns.",
        )
    run = _Run(prepared, columns, question, seed, told)
    splits = run.splits(notes)
    tested = run.test({name: asked[name] for name in used}, splits)
    told("bootstrap")
    assessed = assess(prepared.outcome[tested.rows], tested.claims, tested.deployed, tested.rows, seed)
    if not 0 < assessed.scored.outcome.sum() < len(tested.rows):
        notes.append("The hold-out has one outcome only: is the file sorted by the label? Name a --time column.")
    told("the other splits")
    choice = tested.last.choice
    return Evaluation(
        question,
        prepared,
        columns,
        used,
        suspects,
        tested,
        assessed.scored,
        assessed.general,
        assessed.bucket,
        assessed.verdict,
        run.beside({name: asked[name] for name in used}),
        run.steps(tested),
        run.missingness(asked, splits),
        run.flattered(asked, used, splits, choice),
        tuple(notes),
        seed,
    )


@dataclass(frozen=True, slots=True)
class _Run:
    prepared: Prepared
    columns: Mapping[str, Column]
    question: Question
    seed: int
    told: Told

    @property
    def order(self) -> np.ndarray:
        return np.arange(self.prepared.table.rows)

    def splits(self, notes: list[str]) -> list[Split]:
        twin, rows = self.prepared.table.twin_of, self.prepared.table.rows
        if self.question.split is SplitKind.RANDOM:
            return [random_split(self.order, twin, self.seed)]
        if self.question.split is SplitKind.TIME:
            split = time_split(self.order, self.prepared.moment, twin)
            if len(split.tested) and self.prepared.moment[split.learned[-1]] == self.prepared.moment[split.tested[0]]:
                notes.append("Too few moments differ: rows of one moment stand on both sides of the split.")
            return [split]
        window, step = self.question.window, self.question.step
        if window + step > rows:
            window, step = rows // 2, max(1, rows // 20)
            notes.append(
                f"The window is larger than the table: {window:,} rows are learned from, {step:,} tested at a time."
            )
        splits = [split for split in rolling_splits(self.order, twin, window, step) if len(split.tested)]
        if len(splits) > STEPS_MAX:
            notes.append(f"Of {len(splits):,} steps the latest {STEPS_MAX} were tested.")
        return splits[-STEPS_MAX:]

    def test(self, columns: Mapping[str, Column], splits: Sequence[Split], choice: Choice | None = None) -> Tested:
        """Learns and claims, split by split; what to fit is chosen in the first, then now and again, on its past."""
        rows, claims, deployed, steps = [], [], [], []
        fixed, threshold = choice, 0.0
        for number, split in enumerate(splits):
            self.told(f"step {number + 1} of {len(splits)}" if len(splits) > 1 else "learning")
            again = choice is None and number % CHOOSE_EVERY == 0
            learned = self._learn(columns, split, None if again else fixed)
            fixed, threshold = learned.choice, deployed_from(learned.out_of_fold)
            said = learned.probabilities(self._with_time(columns), split.tested)
            rows.append(split.tested)
            claims.append(said)
            deployed.append(said >= threshold)
            steps.append(np.full(len(split.tested), number))
        return Tested(
            np.concatenate(rows),
            np.concatenate(claims),
            np.concatenate(deployed),
            np.concatenate(steps),
            threshold,
            sum(split.left_out for split in splits),
            learned.rows,
            learned.positives,
            learned,
        )

    def _with_time(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        """The moment of a row orders it and dates are measured from it; it is no feature itself."""
        time = self.question.time
        return dict(columns) | ({time: self.columns[time]} if time else {})

    def _learn(self, columns: Mapping[str, Column], split: Split, choice: Choice | None) -> Learned:
        return learn(
            columns if not self._dates_from else self._with_time(columns),
            split.learned,
            self.prepared.outcome,
            ordered=self.question.split is not SplitKind.RANDOM,
            twin=self.prepared.table.twin_of,
            dates_from=self._dates_from,
            horizon=min(0.5, max(0.02, (len(split.tested) + split.left_out) / max(1, len(split.learned)))),
            choice=choice,
            seed=self.seed,
        )

    @property
    def _dates_from(self) -> str:
        time = self.question.time
        return time if time and self.columns[time].kind is Kind.DATE else ""

    def beside(self, columns: Mapping[str, Column]) -> dict[str, Mapping[str, Figure]]:
        """The figures that another split would have given: by chance beside by time, and the other way round."""
        other = SplitKind.TIME if self.question.split is SplitKind.RANDOM else SplitKind.RANDOM
        question = Question(self.question.label, time=self.question.time, split=other)
        run = _Run(self.prepared, self.columns, question, self.seed, self.told)
        tested = run.test(columns, run.splits([]))
        scored = Scored(self.prepared.outcome[tested.rows], tested.claims, tested.deployed)
        general, bucket = figures(scored, tested.rows, self.seed)
        return {other.value: {**general, "gap": bucket["gap"]}}

    def steps(self, tested: Tested) -> list[dict[str, Any]]:
        """The hold-out in parts by time: the steps of the rolling test, or sixths of a fixed one."""
        parts = tested.steps if self.question.split is SplitKind.ROLLING else _sixths(tested.rows)
        told = []
        for number in np.unique(parts):
            rows, claims = tested.rows[parts == number], tested.claims[parts == number]
            outcome = self.prepared.outcome[rows]
            scored = Scored(outcome, claims, np.ones(len(rows), bool))
            told.append(
                {
                    "from": self.prepared.told(int(rows.min())),
                    "to": self.prepared.told(int(rows.max())),
                    "n": len(rows),
                    "positives": int(outcome.sum()),
                    "claimed": round(float(claims.mean()), 4),
                    "realised": round(float(outcome.mean()), 4),
                    "auc": figures(scored, rows, self.seed)[0]["auc"].as_json(),
                }
            )
        return told

    def missingness(self, columns: Mapping[str, Column], splits: Sequence[Split]) -> Figure:
        """What "is this cell filled in?" alone would reach on the same hold-out; nothing of it is used."""
        from sklearn.linear_model import LogisticRegression

        flags = np.column_stack([column.raw.filled for column in columns.values()]).astype(np.float32)
        claims, rows = [], []
        for split in splits:
            known = self.prepared.outcome[split.learned]
            uneven = np.flatnonzero(np.ptp(flags[split.learned], axis=0) > 0)
            rows.append(split.tested)
            if not len(uneven) or not 0 < known.sum() < len(known):
                claims.append(np.zeros(len(split.tested)))
                continue
            with one_thread():
                learned = flags[split.learned][:, uneven]
                model = LogisticRegression(C=1.0, max_iter=500).fit(learned, known)
            # without the base rate: steps of a rolling test are not to be told apart by it
            claims.append((flags[split.tested][:, uneven] - learned.mean(axis=0)) @ model.coef_.ravel())
        tested = np.concatenate(rows)
        claim = np.concatenate(claims)
        scored = Scored(self.prepared.outcome[tested], claim, np.ones(len(tested), bool))
        return figures(scored, tested, self.seed)[0]["auc"]

    def flattered(
        self, columns: Mapping[str, Column], used: Collection[str], splits: Sequence[Split], choice: Choice
    ) -> Figure | None:
        """The AUC that the columns left out would have bought, on the last hold-out; None where none could buy any."""
        columns = {name: column for name, column in columns.items() if column.kind in LEARNABLE}
        if set(columns) <= set(used):
            return None
        tested = self.test(columns, splits[-1:], choice)
        scored = Scored(self.prepared.outcome[tested.rows], tested.claims, tested.deployed)
        return figures(scored, tested.rows, self.seed)[0]["auc"]


def _backwards(columns: Mapping[str, Column], label: str) -> list[str]:
    """A hint where the file seems to begin with the newest rows, although its order has to stand for time."""
    for name, column in columns.items():
        if name != label and column.kind in (Kind.DATE, Kind.ID) and column.numbers is not None:
            values = column.number_of_rows()
            values = values[np.isfinite(values)]
            if len(values) > 1 and (np.diff(values) < 0).mean() > BACKWARDS_MIN:
                return [f'The file seems to begin with the newest rows: --time "{name}" puts it in order.']
    return []


def _sixths(rows: np.ndarray) -> np.ndarray:
    place = np.argsort(np.argsort(rows))
    return np.minimum(place * PARTS // max(1, len(rows)), PARTS - 1)
