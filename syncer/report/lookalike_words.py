"""How figures of the lookalike report are said: no digit more than the rows bear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

FIGURES: Final[Mapping[str, str]] = {
    "auc": "AUC",
    "lift_top_decile": "lift in the top tenth",
    "brier": "Brier score",
    "brier_skill": "Brier skill",
    "ece": "calibration error (ECE)",
}


def told(figure: Mapping[str, Any]) -> str:
    """`0.76 (0.75 to 0.78, n = 4,000)`; the digits follow the width of the interval."""
    value, low, high, n = figure["value"], figure["low"], figure["high"], figure["n"]
    if value is None:
        return f"cannot be told (n = {n:,})"
    if low is None or high is None:
        return f"{value:.1f} (n = {n:,})"
    digits = 1 if high - low > 0.3 else 2 if high - low > 0.01 else 3
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f}, n = {n:,})"
