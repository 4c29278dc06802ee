"""Small worlds that are each made for one deliberate bug: seeds reach what they tell only once in a few hundred.

The worker as it is keeps every promise in each of them; the mutant that names one of them does not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from sandbox.faults import FaultKind, FaultRule
from simulation.script import Event, Script, Subject

_UPDATES: Final = "/contacts/batch/update"
_READS: Final = "/contacts/batch/read"


def _person(*events: Event, faults: tuple[FaultRule, ...] = (), cycles: int = 4, **settings: Any) -> Script:
    """One contact whom both sides know, with the same values."""
    values = (("email", "p1@x.example"), ("last_name", "p1"), ("job_title", "CEO"))
    return Script(
        seed=1,
        subjects=(Subject("p1", "Contact", True, values, values),),
        events=events,
        faults=tuple(("hubspot", rule) for rule in faults),
        cycles=cycles,
        interval_s=60,
        dropped=("vip",),  # a checkbox is never blank: filling it would be the first write
        settings=tuple(settings.items()),
    )


def _ann(at_s: float, field: str, value: Any, point: str = "") -> Event:
    return Event(at_s, "ann", "edit", ("left", "p1", field, value), point)


def _bob(at_s: float, field: str, value: Any, point: str = "") -> Event:
    return Event(at_s, "bob", "edit", ("right", "p1", field, value), point)


def _claimed(*events: Event, **values: Any) -> Script:
    """One lead whom both sides know, in a world with claims."""
    held = (("email", "p1@x.example"), ("last_name", "p1"), *values.items())
    return Script(
        seed=1,
        subjects=(Subject("p1", "Lead", True, held, held),),
        events=events,
        cycles=3,
        interval_s=60,
        claims=True,
    )


def _say(at_s: float, field: str, word: Any, authority: str, lasts_s: float = 0) -> Event:
    return Event(at_s, "cal", "say", ("p1", field, word, authority, 0, lasts_s))


TRAPS: Final[dict[str, Script]] = {
    "a value that does not travel is overwritten later": _person(_bob(20, "source", "Fair"), _ann(90, "source", "Web")),
    "the answer to a conflict's winner is lost": _person(
        _ann(20, "job_title", "CTO"),
        _bob(20, "job_title", "CFO"),
        faults=(FaultRule(FaultKind.TIMEOUT_AFTER, calls=(1,), path=_UPDATES),),
    ),
    "the source is edited while the outcome is open": _person(
        _ann(20, "job_title", "CTO"),
        _ann(80, "job_title", "CFO"),
        faults=(FaultRule(FaultKind.TIMEOUT_AFTER, calls=(1,), path=_UPDATES),),
        overlap_ms={"left": 0, "right": 20_000},
    ),
    "a flow rewrites what is written": _person(_bob(20, "job_title", "CTO"), left_flow=("CTO", "Chief")),
    "two edits within one second": _person(
        _bob(20, "job_title", "CTO"),
        _ann(20, "first_name", "Ada", "reconciled"),
        _ann(20, "job_title", "CFO", "verified"),
    ),
    "a write comes after it was given up": replace(
        _person(
            _ann(20, "job_title", "CTO"),
            _bob(90, "job_title", "CFO", "settled"),
            faults=(FaultRule(FaultKind.ZOMBIE, calls=(1,), path=_UPDATES, delay_ms=115_000),),
            cycles=6,
        ),
        seed=2,  # it comes after more than a minute
    ),
    "two of one address, and one side unread": Script(
        seed=1,
        subjects=(
            Subject("p1", "Lead", True, (("email", "p1@x.example"),), (("email", "p1@x.example"),)),
            Subject("p2", "Contact", False, (("email", "p1@x.example"),)),
        ),
        faults=(("salesforce", FaultRule(FaultKind.QUOTA_SPENT, calls=(23,), lasts_ms=30_000)),),
        cycles=3,
    ),
    "a company comes later than the one who works there": Script(
        seed=1,
        subjects=(
            Subject("a1", "Account", False, (("domain", "a1.example"),)),
            Subject("p1", "Contact", True, (("email", "p1@x.example"),), (("email", "p1@x.example"),)),
        ),
        events=(Event(20, "ann", "associate", ("left", "p1", "a1")),),
        faults=(("hubspot", FaultRule(FaultKind.TIMEOUT_BEFORE, calls=(1,), path="/companies/batch/(create|upsert)")),),
        cycles=4,
        interval_s=60,
        settings=(("overlap_ms", {"left": 0, "right": 20_000}),),
    ),
    "the index shows an edit late": _person(
        _bob(60, "job_title", "CTO"),
        index_lag_s=60,
        overlap_ms={"left": 0, "right": 80_000},
    ),
    "one is refused again and again": _person(
        _ann(20, "job_title", "CTO"),
        faults=(FaultRule(FaultKind.PARTIAL_REJECT, calls=tuple(range(1, 60)), path=_UPDATES),),
    ),
    "a read tells what was": _person(
        _ann(20, "job_title", "CTO"),
        faults=(FaultRule(FaultKind.STALE_READ, calls=tuple(range(3, 60)), path=_READS),),
        overlap_ms={"left": 0, "right": 100_000},
    ),
    "the index lags behind the edit": _person(
        _ann(20, "job_title", "CTO"),
        _bob(20, "job_title", "CFO", "reconciled"),
        index_lag_s=60,
        overlap_ms={"left": 0, "right": 80_000},
    ),
    "a provider contradicts a fresh title": _claimed(
        _ann(62, "job_title", "CEO"), _say(100, "job_title", "Chief", "provider")
    ),
    "an older word of a person is stored late": _claimed(
        _ann(62, "job_title", "CEO"),
        Event(68, "cal", "say", ("p1", "job_title", "Chief", "human", 600, 0)),
    ),
    "a provider speaks of what only a call may set": _claimed(_say(20, "campaign", "Winter", "provider")),
    "a caller fills a blank": _claimed(_say(20, "job_title", "Head", "call")),
    "a model guesses the budget": _claimed(_say(20, "budget", 20_000, "predicted"), job_title="CEO"),
    "what made a lead of somebody expires": _claimed(_say(20, "job_title", "CEO", "call", 90)),
    "a number is claimed in two ways of writing": _claimed(
        _say(20, "phone", "(415) 555-0198", "call"), _say(90, "phone", "+1 415 555 0198", "provider")
    ),
    "a claim expires between two writes": _claimed(_say(20, "stage", "Warm", "call", 57.95)),
}
