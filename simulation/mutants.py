"""The deliberate bugs, one row each: what is wrong, the world that shows it, and what is replaced in the worker.

A mutant replaces single functions of the engine or of a connector while it is in force, or changes its settings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from connectors.base import Outcome, OutcomeState, Presence, Record, TransientError, Write
from connectors.hubspot import read as hubspot_read
from connectors.hubspot.records import record_of
from simulation.mutant import Mutant, constant
from simulation.mutants_of_claims import CLAIM_MUTANTS
from syncer.core.merge import NOOP, Decision
from syncer.core.values import BLANK
from syncer.engine import cycle
from syncer.stages import (
    dispatch,
    gathering,
    identify,
    link,
    observe,
    outcomes,
    plan_cell,
    reconcile,
    settle,
    succession,
    vanish,
    verify,
)
from syncer.store import records
from syncer.store.links import SqlLinks


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
    united = next(value for side in ("left", "right") if (value := decision.on(side)) is not NOOP) or frozenset()
    value = united - ((right.cur or frozenset()) - (left.cur or frozenset())) or BLANK
    writes = {side: value for side, state in (("left", left), ("right", right)) if state.cur != value}
    return Decision("write", **writes, reason="union") if writes else Decision("at_rest")


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


def _from_index(original: Any) -> Any:
    """What the search index shows counts as read by id."""

    def read(self: Any, object_name: str, ids: Sequence[str], fields: Sequence[str], history_of: Any = ()) -> Any:
        found = original(self, object_name, ids, fields, history_of)
        wanted = {"propertyName": "hs_object_id", "operator": "IN", "values": list(ids)}
        body = {"filterGroups": [{"filters": [wanted]}], "properties": list(fields), "limit": len(ids)}
        answer = self._api.search(object_name, body)
        shown = {str(item["id"]): record_of(object_name, item, fields, 0).values for item in answer["results"]}
        return {one: _as_shown(record, shown.get(one)) for one, record in found.items()}

    return read


def _as_shown(record: Record | None, values: Mapping[str, Any] | None) -> Record | None:
    if record is None or values is None or record.presence is not Presence.LIVE:
        return record
    return replace(record, values={**record.values, **values})


def _newest_or_not(_original: Any) -> Any:
    return lambda _stored, rows: list({row.id: row for row in rows}.values())


MUTANTS: Final[tuple[Mutant, ...]] = (
    Mutant(
        "loser not journaled",
        "edited on both sides",
        ((reconcile, "journal_of", constant([])), (dispatch, "_assert_journaled", constant(None))),
    ),
    Mutant("losses not noticed", "edited on both sides", ((plan_cell, "merge", _merged(_silent)),)),
    Mutant(
        "no verify-read",
        "created on both sides",
        ((dispatch, "verify", lambda _o: lambda _c, _k, _s, batch: list(batch)),),
    ),
    Mutant("recovery skipped", 4, ((cycle, "recover", constant(0)),)),
    Mutant("watermark before the pages", 24, ((observe, "_window", _early_watermark),)),
    Mutant("create under a key that is not kept", "created on both sides", ((dispatch, "as_write", _other_key),)),
    Mutant("no history audit after the write", 6, ((settle, "raced_edits", constant([])),)),
    Mutant(
        "suppressed adopted as agreed",
        "a value that does not travel is overwritten later",
        ((plan_cell, "adopt", _laundered),),
    ),
    Mutant("lost answer taken for success", 22, ((dispatch, "record_outcomes", _outcomes(_lost_is_success)),)),
    Mutant(
        "lost answer taken for failure",
        "the answer to a conflict's winner is lost",
        ((dispatch, "record_outcomes", _outcomes(_lost_is_failure)),),
    ),
    Mutant("sent not marked before the send", "created on both sides", ((dispatch, "_mark_sent", _sent_after),)),
    Mutant("base adopts what was sent", "a flow rewrites what is written", ((settle, "_settled", _as_sent),)),
    Mutant(
        "base adopts the source's newest value",
        "the source is edited while the outcome is open",
        ((settle, "adopt_settled", _newest_source),),
    ),
    Mutant(
        "no overlap of windows", "the index shows an edit late", settings=(("overlap_ms", {"left": 0, "right": 0}),)
    ),
    Mutant("guard dropped", 21, ((dispatch, "as_write", _unguarded),)),
    Mutant("no cool-down", "two edits within one second", settings=(("cool_down_ms", 0),)),
    Mutant("unknown settled before Z", "a write comes after it was given up", settings=(("zombie_wait_ms", 0),)),
    Mutant("aliases ignored", 2, ((SqlLinks, "by_records", _without_aliases),)),
    Mutant("merges not followed", "merged, then converted", ((succession, "merge", constant(True)),)),
    Mutant("conversions not followed", "merged, then converted", ((succession, "convert", constant(True)),)),
    Mutant("barrier ignored", "two of one address, and one side unread", ((link, "barrier_open", constant(True)),)),
    Mutant(
        "look-up before a create skipped",
        "created on both sides",
        ((verify, "_verify_creates", lambda _o: lambda _c, _k, _s, b: list(b)),),
    ),
    Mutant("union drops a fresh element", "edited on both sides", ((plan_cell, "merge", _merged(_drops_element)),)),
    Mutant("clears travel though blanks are kept", 50, ((plan_cell, "merge", _merged(_clears_travel)),)),
    Mutant(
        "quarantine in a hot loop",
        "one is refused again and again",
        ((reconcile, "quarantine", _hot), (outcomes, "quarantine", _hot)),
    ),
    Mutant("open writes forgotten by the plan", 7, ((reconcile, "_reconcile_batch", _marks_all),)),
    Mutant(
        "ends of records not followed",
        "deleted under its hands",
        ((succession, "end_link", constant(True)), (vanish, "end_link", constant(True))),
    ),
    Mutant("an older read replaces a newer one", "a read tells what was", ((records, "_newest", _newest_or_not),)),
    Mutant("stale search believed", "the index lags behind the edit", ((hubspot_read.Reader, "read", _from_index),)),
    Mutant(
        "waiting references not woken",
        "a company comes later than the one who works there",
        ((settle, "wake_dependents", constant(0)), (identify, "wake_dependents", constant(0))),
    ),
    *CLAIM_MUTANTS,
)


__all__ = ["MUTANTS", "Mutant"]
