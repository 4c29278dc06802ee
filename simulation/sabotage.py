"""Deliberate bugs, each of which the oracles must find: the proof that green worlds mean something.

A mutant replaces single functions of the engine while it is in force. One that survives names a missing oracle or a
missing fault; it is answered by adding that, never by dropping the mutant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from connectors.base import Outcome, OutcomeState, TransientError, Write
from simulation.seeds import script_of
from simulation.story import run
from syncer.core.merge import NOOP, Decision
from syncer.core.values import BLANK
from syncer.engine import cycle
from syncer.stages import (
    dispatch,
    gathering,
    identify,
    link,
    observe,
    plan_cell,
    reconcile,
    settle,
    succession,
    vanish,
    verify,
)
from syncer.store.links import SqlLinks

Patch = tuple[Any, str, Callable[[Any], Any]]  # where, name, original -> replacement
SEEDS_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Mutant:
    """One bug: what it does in a few words, what it replaces, which settings of the worker it changes."""

    name: str
    patches: tuple[Patch, ...] = ()
    settings: tuple[tuple[str, Any], ...] = ()


def _constant(value: Any) -> Callable[[Any], Any]:
    return lambda _original: lambda *_args, **_named: value


def _outcomes(change: Callable[[Write, Outcome], Outcome]) -> Callable[[Any], Any]:
    """Changes what the remote said before it is recorded."""

    def wrapped(original: Any) -> Any:
        def record(context: Any, kind: Any, side: Any, rows: Any, outcomes: Sequence[Outcome]) -> Any:
            by_id = {row.intent_id: row for row in rows}
            return original(context, kind, side, rows, [change(by_id[each.write_id], each) for each in outcomes])

        return record

    return wrapped


def _lost_is_success(row: Any, outcome: Outcome) -> Outcome:
    if outcome.state is not OutcomeState.UNKNOWN or not row.remote_id:
        return outcome
    return replace(outcome, state=OutcomeState.APPLIED, id=row.remote_id)


def _lost_is_failure(_row: Any, outcome: Outcome) -> Outcome:
    if outcome.state is not OutcomeState.UNKNOWN:
        return outcome
    return replace(outcome, state=OutcomeState.REJECTED, error=TransientError("lost", side="left"))


def _sent_after(_original: Any) -> Any:
    return lambda context, side, rows: list(rows)


def _other_key(original: Any) -> Any:
    """Creates under a key that nobody keeps."""
    calls = [0]

    def as_write(side: Any, row: Any) -> Write:
        calls[0] += 1
        made = original(side, row)
        return replace(made, key=f"{calls[0]:032x}") if made.key else made

    return as_write


def _unguarded(original: Any) -> Any:
    return lambda side, row: replace(original(side, row), unmodified_since_ms=None)


def _early_watermark(original: Any) -> Any:
    """The watermark moves before the pages of its window are stored."""

    def window(context: Any, kind: Any, cursor: Any) -> Any:
        with context.store.transaction() as tx:
            tx.cursors.put(
                replace(cursor, watermark_ms=cursor.window_hi_ms, window_lo_ms=0, window_hi_ms=0, page_token="")
            )
        context.probe("watermark")
        return original(context, kind, cursor)

    return window


def _laundered(original: Any) -> Any:
    """A suppressed value counts as agreed."""

    def adopt(*args: Any, **named: Any) -> Any:
        return tuple(replace(state, agreed=True) for state in original(*args, **named))

    return adopt


def _as_sent(original: Any) -> Any:
    """The base adopts what was sent."""

    def settled(context: Any, kind: Any, row: Any, record: Any) -> Any:
        return [replace(item, stored=item.cell["new"], coerced=False) for item in original(context, kind, row, record)]

    return settled


def _newest_source(original: Any) -> Any:
    """The other side's base becomes what it holds now, instead of what the write was derived from."""

    def adopt(context: Any, tx: Any, kind: Any, cells: Sequence[Any]) -> None:
        made = []
        for item in cells:
            found = tx.links.get_many([item.intent.link_id])[item.intent.link_id]
            pair = gathering.pairs_of(tx, [found])[item.intent.link_id]
            source = pair[1] if item.intent.side == "left" else pair[0]
            name = kind.field_named(item.name).on(source.side, source.object) if source else None
            now = source.values.get(name, item.cell["source"]) if source and name else item.cell["source"]
            made.append(replace(item, cell={**item.cell, "source": now}))
        original(context, tx, kind, made)

    return adopt


def _merged(change: Callable[[Any, Any, Any, Decision], Decision]) -> Callable[[Any], Any]:
    def wrapped(original: Any) -> Any:
        def merge(field: Any, left: Any, right: Any, **named: Any) -> Decision:
            return change(field, left, right, original(field, left, right, **named))

        return merge

    return wrapped


def _clears_travel(field: Any, left: Any, right: Any, decision: Decision) -> Decision:
    if decision.reason != "clear" or field.blank != "keep":
        return decision
    side = "left" if left.cur is not BLANK else "right"
    return Decision("write", **{side: BLANK}, reason="clear")


def _silent(_field: Any, _left: Any, _right: Any, decision: Decision) -> Decision:
    return replace(decision, losses=())


def _drops_element(field: Any, left: Any, right: Any, decision: Decision) -> Decision:
    """A union loses what the right added."""
    if field.rule != "union" or decision.verdict != "write":
        return decision
    extra = (right.cur or frozenset()) - (left.cur or frozenset())
    kept = {
        side: (frozenset(value) - extra) or BLANK
        for side in ("left", "right")
        if (value := decision.on(side)) is not NOOP and value
    }
    kept = {side: value for side, value in kept.items() if value != (left if side == "left" else right).cur}
    return replace(decision, **kept)


def _hot(original: Any) -> Any:
    def park(context: Any, tx: Any, link_id: str, obstacle: Any) -> None:
        original(context, tx, link_id, obstacle)
        row = tx.quarantine.get(link_id, obstacle.side, obstacle.name)
        tx.quarantine.put([replace(row, next_ms=context.clock.now_ms())])

    return park


def _without_aliases(original: Any) -> Any:
    def by_records(self: SqlLinks, side: Any, object_name: str, ids: Sequence[str]) -> Mapping[str, Any]:
        found = original(self, side, object_name, ids)
        ends = ("left_object", "left_id") if side == "left" else ("right_object", "right_id")
        return {
            i: row for i, row in found.items() if (getattr(row, ends[0]), getattr(row, ends[1])) == (object_name, i)
        }

    return by_records


def _marks_all(original: Any) -> Any:
    """Records count as planned even where the outcome of an earlier write is open."""

    def batch(context: Any, tx: Any, kind: Any, rows: Any, around: Any) -> Any:
        made = original(context, tx, kind, rows, around)
        tx.records.mark_planned([(row.side, row.object, row.id, row.dirty_seq) for row in rows])
        return made

    return batch


MUTANTS: Final[tuple[Mutant, ...]] = (
    Mutant(
        "loser not journaled",
        ((reconcile, "journal_of", _constant([])), (dispatch, "_assert_journaled", _constant(None))),
    ),
    Mutant("losses not noticed", ((plan_cell, "merge", _merged(_silent)),)),
    Mutant("no verify-read", ((dispatch, "verify", lambda _o: lambda _c, _k, _s, batch: list(batch)),)),
    Mutant("recovery skipped", ((cycle, "recover", _constant(0)),)),
    Mutant("watermark before the pages", ((observe, "_window", _early_watermark),)),
    Mutant("create under a key that is not kept", ((dispatch, "as_write", _other_key),)),
    Mutant("no history audit after the write", ((settle, "raced_edits", _constant([])),)),
    Mutant("suppressed adopted as agreed", ((plan_cell, "adopt", _laundered),)),
    Mutant("lost answer taken for success", ((dispatch, "record_outcomes", _outcomes(_lost_is_success)),)),
    Mutant("lost answer taken for failure", ((dispatch, "record_outcomes", _outcomes(_lost_is_failure)),)),
    Mutant("sent not marked before the send", ((dispatch, "_mark_sent", _sent_after),)),
    Mutant("base adopts what was sent", ((settle, "_settled", _as_sent),)),
    Mutant("base adopts the source's newest value", ((settle, "adopt_settled", _newest_source),)),
    Mutant("no overlap of windows", settings=(("overlap_ms", {"left": 0, "right": 0}),)),
    Mutant("guard dropped", ((dispatch, "as_write", _unguarded),)),
    Mutant("no cool-down", settings=(("cool_down_ms", 0),)),
    Mutant("unknown settled before Z", settings=(("zombie_wait_ms", 0),)),
    Mutant("aliases ignored", ((SqlLinks, "by_records", _without_aliases),)),
    Mutant("merges not followed", ((succession, "merge", _constant(True)),)),
    Mutant("conversions not followed", ((succession, "convert", _constant(True)),)),
    Mutant("barrier ignored", ((link, "barrier_open", _constant(True)),)),
    Mutant("look-up before a create skipped", ((verify, "_verify_creates", lambda _o: lambda _c, _k, _s, b: list(b)),)),
    Mutant("union drops a fresh element", ((plan_cell, "merge", _merged(_drops_element)),)),
    Mutant("clears travel though blanks are kept", ((plan_cell, "merge", _merged(_clears_travel)),)),
    Mutant("quarantine in a hot loop", ((reconcile, "quarantine", _hot),)),
    Mutant("open writes forgotten by the plan", ((reconcile, "_reconcile_batch", _marks_all),)),
    Mutant(
        "ends of records not followed",
        ((succession, "end_link", _constant(True)), (vanish, "end_link", _constant(True))),
    ),
    Mutant(
        "waiting references not woken",
        ((settle, "wake_dependents", _constant(0)), (identify, "wake_dependents", _constant(0))),
    ),
)


@contextmanager
def in_force(mutant: Mutant) -> Iterator[None]:
    """Replaces what the mutant replaces, and puts it back."""
    kept = [(where, name, where.__dict__[name]) for where, name, _ in mutant.patches]
    try:
        for where, name, change in mutant.patches:
            setattr(where, name, change(where.__dict__[name]))
        yield
    finally:
        for where, name, original in kept:
            setattr(where, name, original)


def hunt(mutant: Mutant, seeds_max: int = SEEDS_MAX, first: int = 0) -> tuple[int, str]:
    """(how many seeds it took, the failure) - (0, "") for a survivor."""
    with in_force(mutant):
        for count in range(1, seeds_max + 1):
            script = script_of(first + count - 1)
            if mutant.settings:
                script = replace(script, settings=(*script.settings, *mutant.settings))
            failure = run(script).failure
            if failure:
                return count, failure
    return 0, ""


__all__ = ["MUTANTS", "Mutant", "hunt", "in_force"]
