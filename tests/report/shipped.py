"""What ships: the definition, the mappings, the calendar of the hand-off."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from syncer.core.hand_off_terms import HandOffPolicy
from syncer.core.qualification_terms import Definition
from syncer.mapping.calls import load_calls
from syncer.mapping.definition import load_definition
from syncer.mapping.definition_sense import known_fields
from syncer.mapping.hand_off import load_hand_off
from syncer.mapping.load import Mappings, load_mappings

MAPPINGS = Path(__file__).parents[2] / "mappings"


@cache
def mappings() -> Mappings:
    return load_mappings(MAPPINGS)


@cache
def definition() -> Definition:
    return load_definition(
        MAPPINGS / "qualification" / "true-lead.toml", known_fields(mappings(), load_calls(MAPPINGS))
    )


@cache
def hand_off_policy() -> HandOffPolicy:
    return load_hand_off(MAPPINGS)
