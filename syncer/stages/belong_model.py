"""The weights by which people are matched with accounts: refitted by what people decided, else the shipped ones."""

from __future__ import annotations

from typing import Final

from syncer.core.identity.model import Model, WeightsError, model_from_json, shipped_model
from syncer.stages.context import Context, Problem

FACT: Final = "(membership)"  # under this name the weights are kept among the models


def live_model(context: Context) -> Model:
    """Weights that an older program kept, and that do not fit any more, are told of and left."""
    with context.store.snapshot() as tx:
        row = tx.models.current(FACT)
    if row is None:
        return shipped_model()
    try:
        return model_from_json(row.report["weights"])
    except WeightsError as error:
        text = f"The weights that were refitted for matching people with accounts are not used: {error}."
        context.report.problem(Problem("MatchWeightsUnfit", text, "Run `syncer link refit`."))
        return shipped_model()
