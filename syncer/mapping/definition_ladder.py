"""What only several parts of a definition get wrong together: steps out of order, soft signals, contradictions.

Needs are monotone: what meets them still meets them when more becomes known. So a status is told from another by the
smallest sets that reach it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations, islice, product
from typing import Final

from syncer.core.qualification_terms import LADDER
from syncer.errors import FileProblem
from syncer.mapping.definition_models import DefinitionFile, NeedsEntry, WhenEntry

_MOST: Final = 20_000  # smallest sets that are looked at: a definition with more of them is read by nobody
Report = Callable[..., FileProblem]
Reaching = tuple[frozenset[str], ...]  # each of these sets reaches the status


def sense_of_ladder(report: Report, model: DefinitionFile) -> Iterator[FileProblem]:
    """For a file whose single parts are sound."""
    steps = sorted(
        ((place, entry.name, entry.needs) for place, entry in enumerate(model.status) if entry.name in LADDER[1:]),
        key=lambda step: LADDER.index(step[1]),
    )
    reaching: dict[str, Reaching] = {LADDER[0]: (frozenset(),)}
    for _, name, needs in steps:
        reaching[name] = _smallest(needs, reaching)
    yield from _easier(report, steps, reaching)
    yield from _soft(report, model, steps, reaching)
    yield from _contradictions(report, model, steps, reaching)


def _smallest(needs: NeedsEntry, reaching: Mapping[str, Reaching]) -> Reaching:
    """The sets of criteria and signals that just reach the status; needed statuses are put in their place."""
    count, among = 0, ()
    single = tuple(needs.any)
    if isinstance(needs.at_least, int):
        count, among, single = needs.at_least, tuple(needs.any), ()
    elif needs.at_least is not None:
        count, among = needs.at_least.count, tuple(needs.at_least.of)
    choices = product(((one,) for one in single) if single else ((),), combinations(dict.fromkeys(among), count))
    found: dict[frozenset[str], None] = {}
    for one, several in islice(choices, _MOST):
        parts = [reaching.get(name, (frozenset((name,)),)) for name in (*needs.all, *one, *several)]
        for sets in islice(product(*parts), _MOST):
            found[frozenset().union(*sets)] = None
    return tuple(found)


def _easier(
    report: Report, steps: list[tuple[int, str, NeedsEntry]], reaching: Mapping[str, Reaching]
) -> Iterator[FileProblem]:
    """Whoever reaches the lower status has the higher at once: the lower could never be held."""
    for number, (place, name, _) in enumerate(steps):
        for _, lower, _ in steps[:number]:
            if all(any(high <= low for high in reaching[name]) for low in reaching[lower]):
                said = f"{name} is no harder than {lower}: whoever reaches {lower} would be {name} at once."
                action = f'Add to the needs of {name} what an {lower} does not show yet, or all = ["{lower}", ...].'
                yield report(("status", place, "needs"), "EasierStatus", said, action, name, lower)
                break


def _soft(
    report: Report,
    model: DefinitionFile,
    steps: list[tuple[int, str, NeedsEntry]],
    reaching: Mapping[str, Reaching],
) -> Iterator[FileProblem]:
    """A status that a soft signal helps to reach, with no serious one beside it."""
    soft = {entry.id for entry in model.signal if entry.strength == "soft"}
    serious = {entry.id for entry in model.signal} - soft
    for place, name, needs in steps:
        own = {*needs.all, *needs.any, *(() if isinstance(needs.at_least, int | None) else needs.at_least.of)}
        for signal in sorted(soft & own):
            if any(signal in one and not one & serious for one in reaching[name]):
                said = f'The soft signal "{signal}" would help to make a {name} with no serious signal beside it.'
                action = "Take it out of the needs, or need a serious signal as well."
                yield report(("status", place, "needs"), "SoftSignalAlone", said, action, signal)


def _contradictions(
    report: Report,
    model: DefinitionFile,
    steps: list[tuple[int, str, NeedsEntry]],
    reaching: Mapping[str, Reaching],
) -> Iterator[FileProblem]:
    """A status that nobody can reach, because two of its criteria exclude each other."""
    asked = {entry.id: list(_certain(entry.when)) for entry in model.criterion}
    for place, criterion in enumerate(model.criterion):
        if (clash := _clash([(criterion.id, when) for when in asked[criterion.id]])) is not None:
            said = f'No value of "{clash[2]}" can meet this criterion.'
            yield report(("criterion", place, "when"), "Contradiction", said, "Correct its bounds.", criterion.id)
            return
    for place, name, _ in steps:
        clashes = [
            _clash([(one, when) for one in sorted(reached) for when in asked.get(one, ())])
            for reached in reaching[name]
        ]
        if clashes and all(clash is not None for clash in clashes):
            first, second, field = clashes[0] or ("", "", "")
            said = f'Nobody can be {name}: "{first}" and "{second}" exclude each other on "{field}".'
            yield report(("status", place, "needs"), "Contradiction", said, "Correct or drop one of them.", name)
            return


def _certain(entry: WhenEntry) -> Iterator[WhenEntry]:
    """The questions that must all hold for the condition to."""
    if entry.all:
        for part in entry.all:
            yield from _certain(part)
    elif entry.field is not None:
        yield entry


def _clash(asked: list[tuple[str, WhenEntry]]) -> tuple[str, str, str] | None:
    """The first two that no value can meet together, and their field."""
    for (first, one), (second, other) in combinations(asked, 2):
        if _fields(one) == _fields(other) and (_apart(one, other) or _apart(other, one)):
            return first, second, _fields(one)[0]
    for name, one in asked:
        if _apart(one, one):
            return name, name, _fields(one)[0]
    return None


def _fields(entry: WhenEntry) -> tuple[str, ...]:
    return (entry.field,) if isinstance(entry.field, str) else tuple(entry.field or ())


def _apart(low: WhenEntry, high: WhenEntry) -> bool:
    """The one asks for more than the other allows, or for the opposite."""
    if low.is_true is not None and high.is_true is not None and low.is_true != high.is_true:
        return True
    if low.in_ and high.in_ and not {one.casefold() for one in low.in_} & {one.casefold() for one in high.in_}:
        return True
    floors = [(value, strict) for value, strict in _floors(low) if value is not None]
    roofs = [(value, strict) for value, strict in _roofs(high) if value is not None]
    return any(
        floor > roof or (floor == roof and (strict or tight)) for floor, strict in floors for roof, tight in roofs
    )


def _floors(entry: WhenEntry) -> tuple[tuple[float | None, bool], ...]:
    return (entry.at_least, False), (entry.more_than, True), (entry.between[0] if entry.between else None, False)


def _roofs(entry: WhenEntry) -> tuple[tuple[float | None, bool], ...]:
    return (entry.at_most, False), (entry.less_than, True), (entry.between[1] if entry.between else None, False)
