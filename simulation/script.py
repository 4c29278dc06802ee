"""A world as data: who is there, who does what when, what breaks, and where the worker dies. Everything else follows.

A script can be printed, shrunk, pasted into a test and run again with the same end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.faults import FaultRule


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is there before the worker: `left` is Lead, Contact, Account or empty; `right` says whether HubSpot knows it.

    Values are canonical field names with what the left would hold (`left_values`) and the right (`right_values`).
    """

    tag: str  # p1, p2, ... persons; a1, a2, ... accounts
    left: str = ""
    right: bool = False
    left_values: tuple[tuple[str, Any], ...] = ()
    right_values: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One act. At `at_s` seconds, or, with `point`, at the first passing of that port point after it."""

    at_s: float
    actor: str
    op: str  # a name of `acts.ACTS`
    args: tuple[Any, ...] = ()
    point: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """A whole world. `settings` are quirks: left_skew_s, right_skew_s, index_lag_s, ..., see `world`."""

    seed: int
    subjects: tuple[Subject, ...] = ()
    events: tuple[Event, ...] = ()
    faults: tuple[tuple[str, FaultRule], ...] = ()  # (salesforce | hubspot, rule)
    kills: tuple[int, ...] = ()
    cycles: int = 6  # runs of the worker before the quiet phase
    interval_s: int = 120
    dropped: tuple[str, ...] = ()  # person fields that the mapping leaves out
    settings: tuple[tuple[str, Any], ...] = ()
    claims: bool = False  # the mapping lets claims in, and a definition judges: `knowledge`

    def setting(self, name: str, default: Any) -> Any:
        return dict(self.settings).get(name, default)


@dataclass(slots=True)
class Tally:
    """What a run did, for the summary table."""

    edits: int = 0
    claims: int = 0
    writes: int = 0
    struck: int = 0
    kills: int = 0
    races: int = 0
    points: int = 0
    cycles: int = 0
    quiet_cycles: int = 0


@dataclass(slots=True)
class Result:
    """How a script ended: `failure` is empty, or says which promise was broken and how."""

    script: Script
    failure: str = ""
    trace: str = ""
    tally: Tally = field(default_factory=Tally)
    timeline: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
