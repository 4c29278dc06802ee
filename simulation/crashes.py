"""The crash sweep: fixed stories in which the worker is killed at each single port point, once.

A port point is every call that leaves or answers, every commit before and after, and every probe of the engine. After
the kill another process goes on with the same state, and every promise must be kept at the end.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sandbox.faults import FaultKind, FaultRule
from simulation.script import Event, Script, Subject
from simulation.story import run
from simulation.world import World

_BATCHES: Final = "/batch/(update|upsert|create)|/composite"


def _both(tag: str, **left: str) -> Subject:
    held = (("email", f"{tag}@x.example"), *left.items())
    return Subject(tag, "Contact", True, held, (("email", f"{tag}@x.example"), ("last_name", tag)))


STORIES: Final[dict[str, Script]] = {
    "created on both sides": Script(
        seed=1,
        subjects=(
            Subject("a1", "Account", False, (("domain", "a1.example"),)),
            Subject("p1", "Lead", False, (("email", "p1@x.example"), ("job_title", "CEO"))),
            Subject("p2", "", True, (), (("email", "p2@x.example"), ("last_name", "p2"))),
        ),
        cycles=2,
    ),
    "edited on both sides": Script(
        seed=2,
        subjects=(_both("p1", job_title="CEO", city="Rome"),),
        events=(
            Event(30.0, "ann", "edit", ("left", "p1", "job_title", "CTO")),
            Event(60.0, "bob", "edit", ("right", "p1", "job_title", "CFO")),
            Event(61.0, "bob", "edit", ("right", "p1", "interests", "Cloud")),
        ),
        cycles=2,
    ),
    "merged, then converted": Script(
        seed=3,
        subjects=(
            Subject("p1", "Lead", True, (("email", "p1@x.example"),), (("email", "p1@x.example"),)),
            Subject("p2", "Lead", False, (("email", "p2@x.example"), ("job_title", "CEO"))),
        ),
        events=(Event(130.0, "abe", "merge", ("left", "p1", "p2")), Event(260.0, "ann", "convert", ("p1",))),
        cycles=3,
    ),
    "a batch that fails in part": Script(
        seed=4,
        subjects=tuple(_both(f"p{number}", job_title="CEO") for number in range(1, 4)),
        events=tuple(
            Event(130.0 + number, "ann", "edit", ("left", f"p{number}", "job_title", "CTO")) for number in range(1, 4)
        ),
        faults=(("hubspot", FaultRule(FaultKind.PARTIAL_REJECT, calls=(2,), path=_BATCHES)),),
        cycles=3,
    ),
    "deleted under its hands": Script(
        seed=5,
        subjects=(_both("p1", job_title="CEO"), _both("p2")),
        events=(
            Event(130.0, "ann", "edit", ("left", "p1", "job_title", "CTO")),
            Event(130.0, "bob", "delete", ("right", "p1"), "gated"),
        ),
        cycles=3,
    ),
}


def points_of(script: Script) -> int:
    """How many port points the undisturbed story passes before its quiet phase, in which nobody dies."""
    world = World(script)
    world.play()
    world.store.close()
    return world.points.count


def sweep(script: Script, step: int = 1, first: int = 1) -> list[tuple[int, str]]:
    """(point, failure) for each kill after which a promise was broken; every `step`-th point from `first` on."""
    failures = []
    for place in range(first, points_of(script) + 1, step):
        failure = run(replace(script, kills=(place,))).failure
        if failure:
            failures.append((place, failure))
    return failures
