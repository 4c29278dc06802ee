"""What became of predictions: shown, kept back, confirmed, refuted, withdrawn, beside what was claimed; by fact.

Every figure is counted from the store, and carries its n and a 95 % interval where it is a share.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final

from syncer.core.claims import Authority
from syncer.core.lookalike import Lookalike
from syncer.core.predicted import NEWS, RESERVED, SPACE, STATUS, says_of
from syncer.learn.measures import wilson
from syncer.stages.belong_model import FACT as MATCHING
from syncer.store.knowledge_rows import ModelRow, PredictionRow
from syncer.store.ports import Tx

FORM: Final = 1
STATES: Final = ("open", "confirmed", "refuted", "expired", "withdrawn")
WATCH: Final = 0.1  # what a fact that is live may promise too much before it is watched
ENOUGH: Final = 30  # answered controls, below which a difference says little
_FIGURES: Final = ("auc", "lift", "brier_skill", "ece", "claimed", "realised", "base_rate")


def live_document(tx: Tx, policy: Lookalike, command: str, now_ms: int) -> dict[str, Any]:
    """One document for screen, page and --json."""
    rows = list(_every(tx))
    models = tx.models.list()
    space = tx.models.current(SPACE)
    told = space.report if space is not None else {}
    answered = [row for row in rows if row.state in ("confirmed", "refuted")]
    shown = [row for row in answered if row.shown]
    open_shown = {row.subject for row in rows if row.state == "open" and row.shown}
    accounts = int(told.get("accounts", 0))
    claims = _predicted_claims(tx)
    return {
        "form": FORM,
        "made_ms": now_ms,
        "learned_ms": space.made_ms if space is not None else 0,
        "headline": {
            "precision": share(_true(shown), len(shown)),
            "claimed": _mean([row.probability for row in shown]),
            "model_claimed": _mean([float(row.basis.get("claim", row.probability)) for row in shown]),
            "gap": _gap(shown),
            "lift_over_controls": _controls(answered),
            "coverage": share(len(open_shown), accounts),
            "predictions_among_claims": claims,
        },
        "facts": [_fact(policy, name, models, rows) for name in _names(policy, models)],
        "by_month": _by_month(shown),
        "segments_withdrawn": [
            {"fact": says_of(policy, row.fact), "segments": list(row.report["withdrawn"])}
            for row in models
            if row.live and row.report.get("withdrawn")
        ],
        "hubs": _hubs(rows),
        "notes": _notes(rows, answered, space),
        "reproduction": {
            "command": command,
            "policy": policy.fingerprint,
            "model": space.model_id if space is not None else None,
            "answers": int(told.get("answers", 0)),
            "accounts": accounts,
            "program": version("syncer"),
        },
    }


def _every(tx: Tx) -> Iterator[PredictionRow]:
    after = ""
    while rows := tx.predictions.by_state(STATES, after, 1_000):
        after = rows[-1].prediction_id
        yield from (row for row in rows if row.fact not in RESERVED)


def _predicted_claims(tx: Tx) -> int:
    """There may be none: a guess that stood among the claims could fill a field that people fill."""
    found, after = 0, ""
    while rows := tx.claims.iterate(after, 2_000):
        after = rows[-1].claim_id
        found += sum(row.authority == Authority.PREDICTED for row in rows)
    return found


def share(hits: int, n: int) -> dict[str, Any]:
    low, high = wilson(hits, n) if n else (None, None)
    return {"value": hits / n if n else None, "low": low, "high": high, "n": n}


def _mean(values: Sequence[float]) -> dict[str, Any]:
    value = sum(values) / len(values) if values else None
    return {"value": value, "low": None, "high": None, "n": len(values)}


def _true(rows: Iterable[PredictionRow]) -> int:
    return sum(row.state == "confirmed" for row in rows)


def _gap(rows: Sequence[PredictionRow]) -> dict[str, Any]:
    """Claimed less came true: above 0 it promises too much."""
    if not rows:
        return {"value": None, "low": None, "high": None, "n": 0}
    claimed = sum(row.probability for row in rows) / len(rows)
    low, high = wilson(_true(rows), len(rows))
    return {"value": claimed - _true(rows) / len(rows), "low": claimed - high, "high": claimed - low, "n": len(rows)}


def _controls(answered: Sequence[PredictionRow]) -> dict[str, Any]:
    """Whether predictions that people saw came true more often than those that nobody saw."""
    seen = [row for row in answered if row.shown]
    kept = [row for row in answered if not row.shown]
    found: dict[str, Any] = {"shown": share(_true(seen), len(seen)), "controls": share(_true(kept), len(kept))}
    one, other = found["shown"]["value"], found["controls"]["value"]
    found["difference"] = one - other if one is not None and other is not None else None
    found["says"] = "" if len(kept) >= ENOUGH else f"{len(kept)} controls have answered: too few to tell a difference."
    return found


def _names(policy: Lookalike, models: Sequence[ModelRow]) -> list[str]:
    declared = [one.name for one in policy.facts] + [STATUS + name for name in policy.statuses]
    return [*declared, *sorted({row.fact for row in models} - {*declared, SPACE, NEWS, MATCHING})]


def _fact(policy: Lookalike, name: str, models: Sequence[ModelRow], rows: Sequence[PredictionRow]) -> dict[str, Any]:
    made = [row for row in models if row.fact == name]
    newest = max(made, key=lambda row: (row.made_ms, row.live, row.model_id), default=None)
    own = [row for row in rows if row.fact == name]
    answered = [row for row in own if row.shown and row.state in ("confirmed", "refuted")]
    gap = _gap(answered)
    report: Mapping[str, Any] = newest.report if newest is not None else {}
    tests = report.get("tests") or [{}]
    best = next((one for one in tests if one.get("live")), tests[0])
    figures = best.get("figures") or {}
    watched = newest is not None and newest.live and gap["low"] is not None and gap["low"] > WATCH
    return {
        "fact": name,
        "says": says_of(policy, name),
        "verdict": "never learned" if newest is None else "watch" if watched else "live" if newest.live else "refused",
        "why": newest.why if newest is not None else "Nothing was learned yet.",
        "rule": str(best.get("rule", "")),
        "learned": report.get("learned", 0),
        "held_out": report.get("held_out", 0),
        "reps": report.get("reps", 0),
        "age_days": report.get("age_days"),
        "answers": report.get("answers_by_value", {}),
        "hold_out": {key: figures.get(key) for key in _FIGURES},
        "threshold": best.get("threshold"),
        "rules": best.get("rules", []),
        "reliability": figures.get("reliability", []),
        "coverage_curve": figures.get("coverage_curve", []),
        "shown": sum(row.shown and row.state == "open" for row in own),
        "controls": sum(not row.shown and row.state == "open" for row in own),
        **{state: sum(row.shown and row.state == state for row in own) for state in STATES[1:]},
        "claimed": _mean([row.probability for row in answered]),
        "came_true": share(_true(answered), len(answered)),
        "gap": gap,
        "fits": len(made),
    }


def _by_month(shown: Sequence[PredictionRow]) -> list[dict[str, Any]]:
    months: dict[str, list[PredictionRow]] = {}
    for row in shown:
        months.setdefault(f"{datetime.fromtimestamp(row.answered_ms / 1000, UTC):%Y-%m}", []).append(row)
    return [
        {
            "month": month,
            "claimed": sum(row.probability for row in rows) / len(rows),
            "came_true": share(_true(rows), len(rows)),
        }
        for month, rows in sorted(months.items())
    ]


def _hubs(rows: Sequence[PredictionRow]) -> dict[str, Any]:
    """Which share of all supports the ten most used accounts give."""
    used: dict[str, int] = {}
    for row in rows:
        for seed in row.basis.get("seeds", ()) if row.state == "open" else ():
            used[seed] = used.get(seed, 0) + 1
    total = sum(used.values())
    ten = sum(sorted(used.values(), reverse=True)[:10])
    return {"value": ten / total if total else None, "accounts": len(used), "supports": total}


def _notes(rows: Sequence[PredictionRow], answered: Sequence[PredictionRow], space: ModelRow | None) -> list[str]:
    notes = []
    if space is None:
        notes.append("Nothing was learned yet: `syncer sync --stage infer` does it now, else it happens with a sync.")
    if rows and not answered:
        notes.append("No predicted account has answered for itself yet; until then only the hold-out speaks.")
    if answered:
        notes.append(
            "Who answers is no fair sample: people call the accounts that they believe in. "
            "The controls are chosen by chance, and are the figure to believe."
        )
    notes.append("What was never said counts for nothing, and is no no.")
    return notes
