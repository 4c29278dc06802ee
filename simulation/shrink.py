"""Makes a failing script small: fewer events, faults, kills, subjects, fields, then simpler quirks and fewer cycles.

Delta debugging: halves first, then single items. A candidate counts when it breaks the same promise (the failure's
first word), so that a lost edit does not shrink into another bug.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields as fields_of
from dataclasses import replace
from typing import Any, TypeVar

from simulation.mapping import PERSON_FIELDS
from simulation.script import Event, Result, Script, Subject
from simulation.story import run

Item = TypeVar("Item")
Runs = Callable[[Script], Result]
NEVER_DROPPED = frozenset({"email", "last_name"})


def shrink(result: Result, runs: Runs = run, tries_max: int = 400) -> Result:
    """The smallest failing result found within `tries_max` runs."""
    best, left = result, [tries_max]
    promise = result.failure.split()[0]

    def fails(script: Script) -> bool:
        nonlocal best
        if left[0] <= 0:
            return False
        left[0] -= 1
        candidate = runs(script)
        if candidate.failure.split()[:1] == [promise]:
            best = candidate
            return True
        return False

    while left[0] > 0:
        before = best.script
        for name in ("events", "faults", "kills", "settings", "subjects"):
            _minimise(getattr(best.script, name), lambda kept, n=name: fails(replace(best.script, **{n: kept})))
        for subject in best.script.subjects:
            _thin(best, subject, fails, lambda: best)
        _drop_fields(fails, lambda: best)
        for cycles in range(1, best.script.cycles):
            if fails(replace(best.script, cycles=cycles)):
                break
        if best.script == before:
            break
    return best


def _minimise(items: Sequence[Item], fails: Callable[[tuple[Item, ...]], bool]) -> tuple[Item, ...]:
    """ddmin: the fewest of the items with which it still fails."""
    kept, size = tuple(items), max(1, len(items) // 2)
    while kept and size:
        start, removed = 0, False
        while start < len(kept):
            rest = kept[:start] + kept[start + size :]
            if fails(rest):
                kept, removed = rest, True
            else:
                start += size
        if size == 1 and not removed:
            break
        size = size // 2 if size > 1 else 1
    return kept


def _thin(_best: Result, subject: Subject, fails: Callable[[Script], bool], best: Callable[[], Result]) -> None:
    """Takes values out of one subject."""
    for side in ("left_values", "right_values"):
        place = next((n for n, each in enumerate(best().script.subjects) if each.tag == subject.tag), None)
        if place is None:
            return

        def with_values(kept: tuple[Any, ...], at: int = place, name: str = side) -> bool:
            subjects = best().script.subjects
            made = (*subjects[:at], replace(subjects[at], **{name: kept}), *subjects[at + 1 :])
            return fails(replace(best().script, subjects=made))

        _minimise(getattr(best().script.subjects[place], side), with_values)


def _drop_fields(fails: Callable[[Script], bool], best: Callable[[], Result]) -> None:
    """Takes fields out of the mapping: all that nobody touches at once, else one by one."""
    names = [item.name for item in PERSON_FIELDS if item.name not in NEVER_DROPPED]
    touched = {str(arg) for event in best().script.events for arg in event.args}
    idle = tuple(name for name in names if name not in touched)
    if set(idle) <= set(best().script.dropped) or fails(replace(best().script, dropped=idle)):
        return
    for name in names:
        if name not in best().script.dropped:
            fails(replace(best().script, dropped=(*best().script.dropped, name)))


def as_test(result: Result) -> str:
    """The script as a test to paste into tests/regressions, its failure in a comment."""
    script = result.script
    parts = [f"    seed={script.seed},"]
    for name in ("subjects", "events"):
        if items := getattr(script, name):
            parts.append(f"    {name}=(")
            parts += [f"        {_plain(item)}," for item in items]
            parts.append("    ),")
    if script.faults:
        parts.append("    faults=(")
        parts += [f'        ("{system}", {_fault(rule)}),' for system, rule in script.faults]
        parts.append("    ),")
    defaults = Script(seed=0)
    for name in ("kills", "cycles", "interval_s", "dropped", "settings"):
        if getattr(script, name) != getattr(defaults, name):
            parts.append(f"    {name}={getattr(script, name)!r},")
    body = "\n".join(parts)
    test = "def test_say_what_must_hold() -> None:\n    expect_clean(STORY)\n"
    return f"# {result.failure}\nSTORY = Script(\n{body}\n)\n\n\n{test}"


def _plain(item: Subject | Event) -> str:
    defaults = {each.name: each.default for each in fields_of(item)}
    shown = [(each.name, getattr(item, each.name)) for each in fields_of(item)]
    return f"{type(item).__name__}({', '.join(f'{n}={v!r}' for n, v in shown if v != defaults[n])})"


def _fault(rule: Any) -> str:
    defaults = {each.name: each.default for each in fields_of(rule)}
    shown = [(each.name, getattr(rule, each.name)) for each in fields_of(rule) if each.name != "kind"]
    more = "".join(f", {n}={v!r}" for n, v in shown if v != defaults[n])
    return f"FaultRule(FaultKind.{rule.kind.name}{more})"
