"""Fits the shipped weights of lead-to-account matching anew: `python -m benchmarks.fit_match [FILE]`.

Prints how precise and complete the fitted model is on a second world that it has not seen.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import orjson

from benchmarks.match_world import World, world
from syncer.core.identity.candidates import candidates, index
from syncer.core.identity.features import FEATURES, features
from syncer.core.identity.match import Decision, match
from syncer.core.identity.model import Model
from syncer.core.identity.profiles import account_profile, lead_profile
from syncer.core.identity.refit import Example, refit

SEEDS = (11, 12, 13)
UNSEEN_SEED = 99
ACCOUNTS, LEADS = 4_000, 5_000


def examples(made: World) -> Iterator[Example]:
    """Every lead with its candidates, and which of them is right."""
    known = index(map(account_profile, made.accounts))
    for row in made.leads:
        lead = lead_profile(row)
        places = candidates(lead, known)
        ids = [known.accounts[place].id for place in places]
        truth = made.truth.get(lead.id)
        values = [features(lead, known.accounts[place], known) for place in places]
        yield Example(values, ids.index(truth) if truth in ids else None)


def fitted() -> Model:
    start = Model(0.0, dict.fromkeys(FEATURES, 0.0))
    return refit((example for seed in SEEDS for example in examples(world(seed, ACCOUNTS, LEADS))), start)


def judged(made: World, model: Model) -> str:
    known = index(map(account_profile, made.accounts))
    lines = []
    matches = [match(lead_profile(row), known, model) for row in made.leads]
    for name, counted in (("auto", (Decision.AUTO,)), ("auto and review", (Decision.AUTO, Decision.REVIEW))):
        linked = [found for found in matches if found.account and found.decision in counted]
        right = sum(made.truth.get(found.lead) == found.account for found in linked)
        lines.append(f"{name}: precision {right / len(linked):.4f}, recall {right / len(made.truth):.4f}")
    return "\n".join(lines)


def main() -> None:
    model = fitted()
    document = {
        "bias": round(model.bias, 4),
        "weights": {str(name): round(value, 4) for name, value in model.weights.items()},
    }
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    print(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
    print(judged(world(UNSEEN_SEED, ACCOUNTS, LEADS), model))


if __name__ == "__main__":
    main()
