"""Columns that know the outcome, or would not be there when the prediction is needed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from syncer.learn.columns import Column, Kind
from syncer.learn.encode import fit_encoder
from syncer.learn.families import TreeShape, fit_trees
from syncer.learn.folds import random_split
from syncer.learn.measures import auc

ROWS_MAX: Final = 40_000
QUICK_ROWS: Final = 12_000
SINGLE: Final = 0.95
STRONG: Final = 0.7  # with a name that speaks of what comes after
ALONE: Final = 0.8
PRESENCE: Final = 0.9
PRESENCE_TOLD: Final = 0.6
PURE: Final = 0.95
PURE_SHARE: Final = 0.25
LATER_SHARE: Final = 0.01
QUICK: Final = TreeShape(rate=0.15, leaves=15, leaf_rows=30, rounds=50)
_AFTER: Final = re.compile(
    r"(^|[\W_])(outcomes?|results?|status|stage|won|win|lost|closed?|converted|conversion|signed|contract|churn(ed)?|deal|"
    r"durations?|call length|talk time|tags?|quality|reasons?|disposition|notable|last activity|opportunity|invoice|"
    r"paid|payment|sql|sal|qualified|verdict|decision|final|feedback|remarks?)($|[\W_])",
    re.I,
)
_NEVER: Final = re.compile(
    r"(^|[\W_])((last[\W_]?)?(modified|updated)([\W_]?(date|at|on|by|time))?|lastmodified\w*|(lead|account|contact|record)?[\W_]?owner([\W_]?(id|name))?|"
    r"assigned[\W_]?to)($|[\W_])|SystemModstamp",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Suspect:
    """A column that is named. `left_out` of the verdict; otherwise a person should say whether it is known in time."""

    column: str
    rule: str
    says: str
    n: int
    auc: float | None
    left_out: bool

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "auc": None if self.auc is None else round(self.auc, 3)}


def find_suspects(
    columns: Mapping[str, Column], outcome: np.ndarray, time: str, kept: frozenset[str], seed: int
) -> list[Suspect]:
    """One finding a column, the gravest; columns of `kept` are named but stay, because somebody vouched for them."""
    rows = np.arange(len(outcome))
    if len(rows) > ROWS_MAX:
        rows = np.sort(np.random.default_rng(seed).choice(rows, ROWS_MAX, replace=False))
    found: dict[str, Suspect] = {}
    alone: dict[str, float] = {}
    for name, column in columns.items():
        suspect, single = _judge(column, columns.get(time), outcome, rows, seed)
        if single is not None:
            alone[name] = single
        if suspect:
            found[name] = suspect
    for name in sorted(alone, key=alone.__getitem__, reverse=True)[:3]:
        if name not in found and alone[name] >= ALONE:
            others = {key: col for key, col in columns.items() if key != name and not _is_out(found.get(key))}
            found |= _alone(name, alone[name], others, outcome, seed)
    return [_vouched(suspect) if suspect.column in kept else suspect for suspect in found.values()]


def _is_out(suspect: Suspect | None) -> bool:
    return suspect is not None and suspect.left_out


def _vouched(suspect: Suspect) -> Suspect:
    return Suspect(suspect.column, suspect.rule, suspect.says + " Kept, as asked.", suspect.n, suspect.auc, False)


def _judge(
    column: Column, time: Column | None, outcome: np.ndarray, rows: np.ndarray, seed: int
) -> tuple[Suspect | None, float | None]:
    name, filled = column.name, column.raw.filled[rows]
    n, known = int(filled.sum()), outcome[rows]
    if column.kind is Kind.ID:
        return Suspect(name, "id-like", f"It names rows: {len(column.raw.levels):,} values.", n, None, True), None
    if _NEVER.search(name):
        says = "Owners and stamps of the last change are set after the fact."
        return Suspect(name, "set later", says, n, None, True), None
    if column.kind is Kind.DATE and (late := _later(column, time, rows)):
        return late, None
    presence = auc(known, filled.astype(float)) if n < len(rows) else 0.5
    if presence > PRESENCE or presence < 1 - PRESENCE:
        says = f"That it is filled in tells the outcome (AUC {max(presence, 1 - presence):.2f})."
        return Suspect(name, "filled in later", says, n, presence, True), None
    if column.kind in (Kind.BLANK, Kind.CONSTANT, Kind.DATE):
        return None, None
    single = single_auc(column, known, rows, seed)
    if single is not None:
        if single > SINGLE:
            return Suspect(name, "knows the outcome", f"Alone it has AUC {single:.2f}.", n, single, True), single
        pure = _pure_share(column, known, rows)
        if pure >= PURE_SHARE:
            says = f"{pure:.0%} of the positives have values that are positive in nearly every row."
            return Suspect(name, "settles the outcome", says, n, single, True), single
        told = presence if presence > 0.5 else 1 - presence
        if _AFTER.search(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)) and (
            single >= STRONG or told >= PRESENCE_TOLD + 0.05
        ):
            says = f"Alone it has AUC {single:.2f}, and by its name it is filled in during or after what is predicted."
            return Suspect(name, "named after the outcome", says, n, single, True), single
        if told >= PRESENCE_TOLD:
            says = f"Whether it is filled in tells the outcome (AUC {told:.2f}); only what stands in it is used."
            return Suspect(name, "filled in unevenly", says, n, single, False), single
    return None, single


def _later(column: Column, time: Column | None, rows: np.ndarray) -> Suspect | None:
    """Dates are told as days before the moment of the row; without one they only tell the calendar."""
    n = int(column.raw.filled[rows].sum())
    if time is None or time.kind is not Kind.DATE:
        says = "A date needs a --time column to be measured from."
        return Suspect(column.name, "date without a moment", says, n, None, True)
    if time.name == column.name:
        return None
    gap = column.number_of_rows()[rows] - time.number_of_rows()[rows]
    known = np.isfinite(gap)
    later = float((gap[known] > 86_400).mean()) if known.any() else 0.0
    if later > LATER_SHARE:
        says = f"It lies after {time.name} in {later:.0%} of {int(known.sum()):,} rows."
        return Suspect(column.name, "after the moment", says, n, None, True)
    return None


def single_auc(column: Column, known: np.ndarray, rows: np.ndarray, seed: int) -> float | None:
    """Of the filled rows alone; choices and texts by what other rows with them did. None where there is too little."""
    filled = column.raw.filled[rows]
    truth = known[filled]
    if len(truth) < 50 or min(truth.sum(), len(truth) - truth.sum()) < 5:
        return None
    if column.kind is Kind.NUMBER:
        values = column.number_of_rows()[rows][filled]
        there = np.isfinite(values)
        plain = auc(truth[there], values[there])
        binned = _rates_elsewhere(_bins(values[there]), truth[there], seed)
        return max(plain, 1 - plain, auc(truth[there], binned))
    if column.kind is Kind.CHOICE:
        return auc(truth, _rates_elsewhere(column.raw.codes[rows][filled], truth, seed))
    return _text_auc(column, rows[filled], truth, seed)


def _bins(values: np.ndarray) -> np.ndarray:
    edges = np.unique(np.quantile(values, np.linspace(0, 1, 21)[1:-1]))
    return np.searchsorted(edges, values, side="right")


def _rates_elsewhere(code: np.ndarray, truth: np.ndarray, seed: int) -> np.ndarray:
    """For each row the rate of its code in the other half, drawn towards the mean."""
    half = np.random.default_rng(seed).random(len(code)) < 0.5
    rates = np.empty(len(code))
    size = int(code.max()) + 1
    for mine in (half, ~half):
        count = np.bincount(code[~mine], minlength=size)
        hits = np.bincount(code[~mine], truth[~mine], minlength=size)
        rates[mine] = ((hits + 4 * truth.mean()) / (count + 4))[code[mine]]
    return rates


def _text_auc(column: Column, rows: np.ndarray, truth: np.ndarray, seed: int) -> float | None:
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.naive_bayes import MultinomialNB

    draw = np.random.default_rng(seed).permutation(len(rows))[:6_000]
    words = HashingVectorizer(n_features=2**14, alternate_sign=False).transform(column.raw.values(rows[draw]))
    cut, known = len(draw) // 2, truth[draw]
    if min(known[:cut].sum(), cut - known[:cut].sum()) < 2 or not 0 < known[cut:].sum() < len(known) - cut:
        return None
    return auc(known[cut:], MultinomialNB(alpha=0.1).fit(words[:cut], known[:cut]).predict_proba(words[cut:])[:, 1])


def _pure_share(column: Column, known: np.ndarray, rows: np.ndarray) -> float:
    """Share of positives whose value is positive in nearly all rows that have it, where they are no majority."""
    if column.kind is Kind.TEXT or known.mean() > 0.6:
        return 0.0
    filled = column.raw.filled[rows]
    code = column.raw.codes[rows][filled]
    if column.kind is Kind.NUMBER:
        values = column.number_of_rows()[rows][filled]
        code = np.where(np.isfinite(values), _bins(np.nan_to_num(values)), 0)
    count, hits = np.bincount(code), np.bincount(code, known[filled])
    pure = (count >= 20) & (hits >= PURE * count)
    return float(hits[pure].sum() / max(1, known.sum()))


def _alone(
    name: str, single: float, others: Mapping[str, Column], outcome: np.ndarray, seed: int
) -> dict[str, Suspect]:
    """A column that beats all others together deserves a question, and far ahead of them it is taken for a leak."""
    rows = np.arange(len(outcome))
    if len(rows) > QUICK_ROWS:
        rows = np.random.default_rng(seed).choice(rows, QUICK_ROWS, replace=False)
    split = random_split(rows, rows, seed)
    usable = {key: column for key, column in others.items() if column.kind in (Kind.NUMBER, Kind.CHOICE)}
    encoder = fit_encoder(usable, split.learned, seed)
    past, later = encoder.encode(usable, split.learned), encoder.encode(usable, split.tested)
    known = outcome[split.learned]
    rest = 0.5
    if encoder.names and 0 < known.sum() < len(known):
        trees = fit_trees(past, known, np.ones(len(known)), QUICK, seed)
        rest = auc(outcome[split.tested], trees.logit(later))
    if not np.isfinite(rest) or single < rest - 0.02:
        return {}
    out = single >= 0.9 and single > rest + 0.1
    says = f"Alone it has AUC {single:.2f}, all other columns together {rest:.2f}. Is it known before the outcome?"
    return {name: Suspect(name, "carries the model", says, len(outcome), single, out)}
