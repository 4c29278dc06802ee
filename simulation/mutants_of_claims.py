"""The deliberate bugs of claims and verdicts; see `mutants`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from simulation.mutant import Mutant, constant
from syncer.core import resolve
from syncer.core.claims import Authority
from syncer.stages import fitting, judging, plan_cell


def _to_one_side(original: Any) -> Any:
    """A claim goes to the left alone."""

    def claimed(*args: Any) -> Any:
        writes, reason = original(*args)
        return ({"left": writes["left"]} if "left" in writes else {}), reason

    return claimed


def _any_age(original: Any) -> Any:
    """Every claim counts as younger than whatever a person typed."""

    def kept(field: Any, state: Any, resolved: Any, *rest: Any) -> Any:
        young = resolved._replace(winner=replace(resolved.winner, observed_ms=2**61))
        return original(field, replace(state, when=(0, 0)), young, *rest)

    return kept


def _open_to_all(item: Any) -> Any:
    return replace(item, authority=tuple(Authority))


def _any_kind(original: Any) -> Any:
    """Every kind may set every field."""
    return lambda item: replace(original(item), authority=tuple(Authority))


def _believed(original: Any) -> Any:
    """What was predicted counts as heard in a call."""

    def qualify(definition: Any, claims: Any, now_ms: int) -> Any:
        heard = {
            name: [replace(one, authority=Authority.CALL) if one.authority == "predicted" else one for one in said]
            for name, said in claims.items()
        }
        return original(definition, heard, now_ms)

    return qualify


def _falls_back(original: Any) -> Any:
    """A status follows what is met, down as well as up."""

    def status_change(previous: str, verdict: Any, definition: Any) -> Any:
        change = original(previous, verdict, definition)
        return replace(change, status=verdict.status)

    return status_change


CLAIM_MUTANTS: Final[tuple[Mutant, ...]] = (
    Mutant(
        "protection of people's values ignored",
        "a provider contradicts a fresh title",
        ((resolve, "_protected", constant(False)),),
    ),
    Mutant(
        "an older claim beats a person", "an older word of a person is stored late", ((resolve, "_kept", _any_age),)
    ),
    Mutant(
        "kinds of claims not checked",
        "a provider speaks of what only a call may set",
        (
            (fitting, "rule_of", _any_kind),
            (plan_cell, "combine", lambda o: lambda item, *args, **named: o(_open_to_all(item), *args, **named)),
        ),
    ),
    Mutant(
        "a claim goes to one side alone",
        "a caller fills a blank",
        ((resolve, "_claimed", _to_one_side), (resolve, "_halfway", constant({}))),
    ),
    Mutant(
        "claims in other letters written again",
        "a number is claimed in two ways of writing",
        ((fitting, "_as_read", lambda _o: lambda _item, said: said),),
    ),
    Mutant(
        "what one side took of a claim forgotten",
        "a claim expires between two writes",
        ((resolve, "_halfway", constant({})),),
    ),
    Mutant("verdict moved by a prediction", "a model guesses the budget", ((judging, "qualify", _believed),)),
    Mutant(
        "status falls back in silence",
        "what made a lead of somebody expires",
        ((judging, "status_change", _falls_back),),
    ),
    Mutant(
        "expired claims never looked at again",
        "what made a lead of somebody expires",
        (
            (judging, "due_ms", constant(0)),
            (judging, "turns_ms", constant([])),
        ),
    ),
)
