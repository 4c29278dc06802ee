"""The measured halves of the lookalike scenarios; run by `benchmarks.child`."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

Found = dict[str, Any]
DAY_MS = 86_400_000
NOW_MS = 1_790_000_000_000
_INDUSTRIES = (
    "COMPUTER_NETWORK_SECURITY",
    "COMPUTER_SOFTWARE",
    "BANKING",
    "RETAIL",
    "HOSPITAL_HEALTH_CARE",
    "INSURANCE",
)
_TOOLS = ("Salesforce", "HubSpot", "Zendesk", "WordPress", "Okta", "Drift", "Intercom", "Marketo", "Qualtrics")
_WORDS = (
    *("threats", "patients", "loans", "shelves", "claims", "cloud", "platform", "detect", "treat", "lend", "sell"),
    *("insure", "secure", "automate", "deliver", "consult", "train", "monitor", "operate", "finance", "support"),
)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _points(rows: int, seeds: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(7)
    points = np.empty((rows, 64), np.float32)
    for start in range(0, rows, 100_000):
        points[start : start + 100_000] = draw.standard_normal((min(100_000, rows - start), 64), dtype=np.float32)
    return points, points[draw.choice(rows, seeds, replace=False)].copy()


def neighbours(folder: Path, rows: int, seeds: int, count: int) -> Iterator[Any]:
    """The search, and in the same process the bare products of the same blocks; recall against every distance."""
    from threadpoolctl import threadpool_limits

    from syncer.learn.neighbours import BLOCK, nearest

    points, asked = _points(rows, seeds)
    with threadpool_limits(limits=1):
        nearest(points[: 2 * BLOCK], asked[:10], count)
        yield 0
        began = _cpu_s()
        product = np.empty((BLOCK, seeds), np.float32)
        for start in range(0, rows, BLOCK):
            block = points[start : start + BLOCK]
            np.matmul(block, asked.T, out=product[: len(block)])
        bare = _cpu_s() - began
        del product
        began = _cpu_s()
        places, _ = nearest(points, asked, count)
        search = _cpu_s() - began
        yield {
            "bare_s": bare,
            "search_s": search,
            "recall": _recall(points, asked[:: seeds // 50], places[:: seeds // 50]),
        }


def _recall(points: np.ndarray, asked: np.ndarray, places: np.ndarray) -> float:
    hits = total = 0
    for one, found in zip(asked, places, strict=True):
        far = np.concatenate(
            [((points[s : s + 100_000] - one) ** 2).sum(axis=1) for s in range(0, len(points), 100_000)]
        )
        truth = np.argpartition(far, len(found))[: len(found)]
        hits += len(set(truth.tolist()) & set(found.tolist()))
        total += len(found)
    return hits / total


def facts(folder: Path, accounts: int, answered: int, facts: int) -> Iterator[Any]:
    """Marks of all accounts, a model for each fact, and what is claimed of everybody."""
    from syncer.core.lookalike import FactKind, Feature, FeatureKind, Lookalike, TravellingFact
    from syncer.stages.infer_answers import Answer
    from syncer.stages.infer_fit import learn
    from syncer.stages.infer_score import score

    policy = Lookalike(
        features=(
            Feature("industry", FeatureKind.INDUSTRY, ("industry",), 3, "industry"),
            Feature("size", FeatureKind.AMOUNT, ("number_of_employees",), 2, "size"),
            Feature("revenue", FeatureKind.AMOUNT, ("annual_revenue",), 1, "revenue"),
            Feature("country", FeatureKind.CHOICE, ("country",), 1, "country"),
            Feature("technologies", FeatureKind.OPTIONS, ("technologies",), 2, "use"),
            Feature("description", FeatureKind.TEXT, ("description",), 2, "description"),
        ),
        facts=tuple(
            TravellingFact(f"fact{n}", FactKind.NUMERIC if n < 2 else FactKind.BOOLEAN, f"fact {n}")
            for n in range(facts)
        ),
    )
    everyone, odds = _accounts(accounts)
    draw = np.random.default_rng(9)
    ids = list(everyone)
    answers: dict[str, dict[str, Answer]] = {}
    for place in draw.choice(accounts, answered, replace=False):
        told: dict[str, Answer] = {}
        for number in range(facts):
            lean = odds[place] * (1 + number / 10)
            value: Any = bool(draw.random() < 1 / (1 + np.exp(1 - lean)))
            if number < 2:
                value = float(np.exp(8 + lean / 2 + draw.normal(0, 0.4)))
            told[f"fact{number}"] = Answer(value, NOW_MS - 30 * DAY_MS, frozenset((f"rep{place % 5}",)))
        answers[ids[place]] = told
    tokens = iter(f"{number:032x}" for number in range(1_000))
    yield 0
    found = learn(policy, everyone, {one: everyone[one] for one in answers}, answers, NOW_MS, lambda: next(tokens))
    answered_facts = {one: set(said) for one, said in answers.items()}
    drafts = 0
    for start in range(0, accounts, 50_000):
        some = {one: everyone[one] for one in ids[start : start + 50_000]}
        drafts += len(score(policy, found.models, some, answered_facts, {}))
    yield {"predictions": drafts, "live": len(found.models.facts)}


def _accounts(count: int) -> tuple[dict[str, dict[str, Any]], np.ndarray]:
    draw = np.random.default_rng(8)
    industries, sizes = draw.integers(0, len(_INDUSTRIES), count), np.exp(draw.normal(5, 1.5, count)) + 1
    tools = draw.random((count, len(_TOOLS))) < np.linspace(0.5, 0.1, len(_TOOLS))
    words = draw.integers(0, len(_WORDS), (count, 12))
    found = {}
    for row in range(count):
        found[f"account{row:07d}"] = {
            "industry": (_INDUSTRIES[industries[row]],),
            "number_of_employees": int(sizes[row]),
            "annual_revenue": float(sizes[row] * 90_000) if row % 3 else None,
            "country": ("US", "DE", "FR", "GB")[row % 4],
            "technologies": frozenset(_TOOLS[place] for place in np.flatnonzero(tools[row])),
            "description": " ".join(_WORDS[word] for word in words[row]),
        }
    return found, 2.0 * (industries == 0) + 1.2 * tools[:, 2] + 0.4 * (np.log(sizes) - 5)
