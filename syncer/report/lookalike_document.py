"""The test of an estimator as one JSON document; its shape is stable, and every figure carries its n and interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

from syncer.learn.evaluate import Evaluation
from syncer.learn.measures import Figure
from syncer.learn.read import Reading

FORM: Final = 1


def document(found: Evaluation, reading: Reading, file: str, command: str) -> dict[str, Any]:
    return {
        "form": FORM,
        "file": file,
        "verdict": {**found.verdict.as_json(), "wording": wording(found)},
        "data": _data(found, reading),
        "split": _split(found),
        "hold_out": {
            **_figures(found.general),
            "deployed": {**_figures(found.bucket), "threshold": round(found.tested.threshold, 4)},
            "reliability": found.reliability,
            "coverage_curve": found.coverage_curve,
        },
        "beside": {name: _figures(figures) for name, figures in found.beside.items()},
        "over_time": list(found.steps),
        "leaks": {
            "suspects": [suspect.as_json() for suspect in found.suspects],
            "missingness_only_auc": found.missingness.as_json(),
            "auc_with_columns_left_out": found.with_suspects.as_json() if found.with_suspects else None,
        },
        "estimator": _estimator(found),
        "notes": [*reading.notes, *found.notes],
        "reproduction": {"command": command, "seed": found.seed, "program": version("syncer")},
    }


def wording(found: Evaluation) -> str:
    """What may be said of a prediction; never that it is known."""
    learned = found.tested.last
    return f"predicted from {learned.rows:,} similar rows, {learned.positives:,} of them positive"


def _figures(figures: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: figure.as_json() for name, figure in figures.items()}


def _data(found: Evaluation, reading: Reading) -> dict[str, Any]:
    prepared, question = found.prepared, found.question
    rows = prepared.table.rows
    return {
        "rows_in_file": reading.rows,
        "kept_one_of": reading.kept_one_of,
        "rows": rows,
        "positives": int(prepared.outcome.sum()),
        "base_rate": round(float(prepared.outcome.mean()), 4),
        "label": question.label,
        "positive": prepared.positive,
        "negatives": list(prepared.negatives),
        "unlabelled": prepared.unlabelled,
        "duplicate_rows": prepared.twins,
        "time": question.time or None,
        "from": prepared.told(0),
        "to": prepared.told(rows - 1),
        "encoding": reading.encoding,
        "delimiter": reading.delimiter,
        "dropped": list(question.drop),
        "columns": {name: str(column.kind) for name, column in found.columns.items()},
        "used": list(found.used),
    }


def _split(found: Evaluation) -> dict[str, Any]:
    tested = found.tested
    return {
        "kind": str(found.question.split),
        "learned": tested.learned_rows,
        "learned_positives": tested.learned_positives,
        "tested": len(tested.rows),
        "tested_positives": int(found.scored.outcome.sum()),
        "tested_from": found.prepared.told(int(tested.rows.min())),
        "tested_to": found.prepared.told(int(tested.rows.max())),
        "left_out_as_duplicates": tested.left_out,
        "steps": int(tested.steps.max()) + 1,
        "mean_auc_over_time": _mean([step["auc"]["value"] for step in found.steps]),
    }


def _mean(values: Sequence[float | None]) -> float | None:
    """Of the parts that have an AUC: it does not profit from rates that differ between them, as the AUC of all does."""
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 4) if known else None


def _estimator(found: Evaluation) -> dict[str, Any]:
    learned = found.tested.last
    calibration = learned.calibration
    return {
        **learned.choice.as_json(),
        "columns": list(learned.encoder.names),
        "calibration": {
            "how": calibration.how,
            "slope": round(calibration.slope, 4),
            "shift": round(calibration.shift, 4),
            "positives": calibration.positives,
            "negatives": calibration.negatives,
        },
    }
