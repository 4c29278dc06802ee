"""Link: unlinked records become subjects: pairs of what is one, creates of what is missing, questions where unclear.

Works on dirty, unlinked records in the order of their changes, a batch to a transaction; a crash costs the batch. What
leads to nothing is marked as planned and costs nothing until it changes. Nothing happens for a kind before both sides
were read whole.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncer.core.fields import SIDES, KindMap, other
from syncer.core.inclusion import parse_inclusion
from syncer.stages.context import Context, Problem
from syncer.stages.identify import (
    Ambiguous,
    Evidence,
    Join,
    Pair,
    Unknown,
    Wait,
    end_of,
    gather,
    identify,
    join,
    ref_of,
    review_id,
    review_link,
    wake_ends,
)
from syncer.stages.observation import inclusion_of, key_fields
from syncer.stages.observe import barrier_open
from syncer.stages.succession import follow
from syncer.store.errors import StoreConflictError
from syncer.store.ports import Tx
from syncer.store.rows import LinkRow, RecordRow


def link(context: Context, kind: KindMap) -> int:
    """Follows merges, conversions and ends of linked records, then links the rest; how many links came to be."""
    if not barrier_open(context, kind):
        return 0
    held = follow(context, kind)
    creates = _may_create(context, kind)
    objects = [(side, name) for side in SIDES for name in kind.objects(side)]
    made, after, size, doubted = 0, 0, context.settings.batch_size, 0
    while True:
        try:
            with context.store.transaction() as tx:
                rows = tx.records.dirty_unlinked(objects, size, after_seq=after)
                if rows:
                    made += _link_batch(context, tx, kind, [row for row in rows if ref_of(row) not in held], creates)
        except StoreConflictError:
            if size > 1:  # find the one that the others must not suffer for
                size, doubted = 1, rows[-1].dirty_seq
                continue
            with context.store.transaction() as tx:
                _conflicting(context, tx, rows[0])
        if not rows:
            return made
        after = rows[-1].dirty_seq
        size = 1 if after < doubted else context.settings.batch_size


def _conflicting(context: Context, tx: Tx, row: RecordRow) -> None:
    """The store holds an identity that this record would take: a person decides."""
    review_link(context, tx, ref_of(row), None, Ambiguous("identity_taken", ()), {})
    tx.records.mark_planned([(*ref_of(row), row.dirty_seq)])


def _may_create(context: Context, kind: KindMap) -> bool:
    """False while a natural key cannot be read: what has no visible counterpart might have one all the same."""
    with context.store.snapshot() as tx:
        missing = {(row.side, row.object, row.field) for row in tx.suspended.list() if row.klass == "schema"}
    for side in SIDES:
        for name in kind.objects(side):
            for key, field in key_fields(kind, side, name)[:1]:
                if (side, name, field) in missing:
                    text = f"No {kind.kind} is created while {name}.{field}, which holds {key}, cannot be read."
                    action = f"Restore {name}.{field} or the user's access to it."
                    context.report.problem(Problem("MatchFieldMissing", text, action, side=side, object=name))
                    return False
    return True


def _link_batch(context: Context, tx: Tx, kind: KindMap, rows: Sequence[RecordRow], creates: bool) -> int:
    live = [row for row in rows if row.presence == "live"]
    done = [row for row in rows if row.presence != "live"]  # what ended before it became a subject never will
    found = gather(tx, kind, live)
    batch = _Batch(context, tx, kind, found, creates)
    for row in live:
        if ref_of(row) in found.links:
            continue  # linked a moment ago, as somebody's counterpart
        if not batch.take(row):
            done.append(row)
    batch.finish()
    tx.records.mark_planned([(*ref_of(row), row.dirty_seq) for row in done])
    return len(batch.made)


class _Batch:
    """One transaction's worth of verdicts carried out; what it did is visible to the records after."""

    def __init__(self, context: Context, tx: Tx, kind: KindMap, found: Evidence, creates: bool) -> None:
        self._context, self._tx, self._kind, self._found, self._creates = context, tx, kind, found, creates
        self._included = {side: parse_inclusion(inclusion_of(kind, side)).holds for side in SIDES}
        self.made: list[LinkRow] = []

    def take(self, row: RecordRow) -> bool:
        """Carries out the verdict; true where the record stays dirty (linked, so to be planned, or waiting)."""
        verdict = identify(self._kind, row, self._found)
        match verdict:
            case Wait():
                return True
            case Pair():
                return self._pair(row, verdict)
            case Join():
                join(self._context, self._tx, verdict.link, row, verdict.reason)
                self._found.links[ref_of(row)] = verdict.link
                return True
            case Ambiguous():
                return self._ask(row, verdict)
            case Unknown():
                return self._create(row, verdict)

    def finish(self) -> None:
        """Stores the new links, and what their existence settles."""
        if not self.made:
            return
        self._tx.links.insert(self.made)
        refs = [(side, *end_of(made, side)) for made in self.made for side in SIDES if end_of(made, side)[1]]
        self._tx.reviews.drop([review_id(ref) for ref in refs])
        linked = [made for made in self.made if made.state == "linked"]
        wake_ends(self._tx, [(side, *end_of(made, side)) for made in linked for side in SIDES])
        self._context.report.count("linked", len(linked))
        self._context.report.count("to_create", len(self.made) - len(linked))

    def _pair(self, row: RecordRow, verdict: Pair) -> bool:
        left, right = (row, verdict.candidate) if row.side == "left" else (verdict.candidate, row)
        self._add("linked", left, right, self._free(verdict.match_key), verdict.reason)
        return True

    def _create(self, row: RecordRow, verdict: Unknown) -> bool:
        """A subject that the other side lacks, where the mapping wants it there."""
        target = other(row.side)
        if self._kind.create_object(target) is None or not self._included[row.side](row.values):
            self._context.report.count("excluded")
            return False
        if not self._creates:
            return True
        if verdict.twins:
            return self._ask(row, Ambiguous("several_share_the_key", verdict.twins))
        match_key = self._free(verdict.match_key)
        if verdict.match_key and not match_key:
            held = self._found.by_match_key[verdict.match_key]
            ends = tuple((side, *end_of(held, side)) for side in SIDES if end_of(held, side)[1])
            return self._ask(row, Ambiguous("key_taken", ends))
        left, right = (row, None) if row.side == "left" else (None, row)
        self._add(f"creating_{target}", left, right, match_key, "create")
        return True

    def _ask(self, row: RecordRow, verdict: Ambiguous) -> bool:
        review_link(self._context, self._tx, ref_of(row), None, verdict, self._found.links)
        return False

    def _free(self, match_key: str) -> str:
        """The key if nobody holds it. A subject whose records carry it no more gives it up: its address was changed."""
        held = self._found.by_match_key.get(match_key)
        if held is None or not match_key:
            return match_key
        name, _, value = match_key.partition("=")
        for side in SIDES:
            object_name, record_id = end_of(held, side)
            row = self._tx.records.get_many(side, object_name, [record_id]).get(record_id) if record_id else None
            if row is not None and row.presence == "live" and (name, value) in row.keys:
                return ""
        self._tx.links.update(held.link_id, match_key="")
        return match_key

    def _add(self, state: str, left: RecordRow | None, right: RecordRow | None, match_key: str, reason: str) -> None:
        """The link takes a key that a record carries already, if no other link has it, else a new random one."""
        ends = [row for row in (left, right) if row is not None]
        known = self._found.by_sync_key
        carried = next((row.sync_key for row in ends if row.sync_key and row.sync_key not in known), "")
        made = LinkRow(
            link_id=self._context.entropy.token(),
            kind=self._kind.kind,
            state=state,
            sync_key=carried or self._context.entropy.token(),
            left_object=left.object if left else "",
            left_id=left.id if left else "",
            right_object=right.object if right else "",
            right_id=right.id if right else "",
            match_key=match_key,
            reason=reason,
            created_ms=self._context.clock.now_ms(),
        )
        self.made.append(made)
        known[made.sync_key] = made
        if match_key:
            self._found.by_match_key[match_key] = made
        for row in ends:
            self._found.links[ref_of(row)] = made
