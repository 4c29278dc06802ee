"""Observe: what changed on both sides becomes durable knowledge; nothing is decided here.

Page content, dirty marks and page token commit together (T1); the watermark moves only with the last page of its window
(T2). After a crash the window goes on at the stored token, and what was read twice changes nothing. Memory holds
one page at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import blake2b

from connectors.base import AccessError, Page, Presence, Record, RemoteError, SchemaError, SideName
from syncer.core.fields import SIDES, KindMap
from syncer.stages.context import Context
from syncer.stages.drift import object_problem, refresh_object
from syncer.stages.observation import asked_fields, note_merged, observations
from syncer.store.ports import Tx
from syncer.store.rows import CursorRow

_COMMIT_BATCHES = 4  # of small pages in one commit: about as many records as one of the largest pages holds
_GONE = frozenset({Presence.DELETED, Presence.ARCHIVED})


def observe(context: Context) -> bool:
    """Reads the changes of every active side; true while a backfill has pages left.

    Where no kind is past its barrier nothing else could flow, so backfills are read to their ends; else one slice of
    each is read and the rest is left to the next cycle.
    """
    for kind, side, object_name in _in_order(context):
        guarded(context, side, object_name, lambda k=kind, s=side, o=object_name: _begin(context, k, s, o))
    for kind, side, object_name in _in_order(context):
        guarded(context, side, object_name, lambda k=kind, s=side, o=object_name: _incremental(context, k, s, o))
        guarded(context, side, object_name, lambda k=kind, s=side, o=object_name: _vanished(context, k, s, o))
    flows = any(barrier_open(context, kind) for kind in context.kinds)
    most = context.settings.backfill_pages if flows else 0
    left = [
        guarded(context, side, name, lambda k=kind, s=side, o=name, w=which: _slice(context, k, s, o, w, most))
        for kind, side, name in _in_order(context)
        for which in ("backfill", "refill")
    ]
    return any(left)


def barrier_open(context: Context, kind: KindMap) -> bool:
    """Whether both sides of the kind were read whole once: before that, "not there" means nothing."""
    with context.store.snapshot() as tx:
        cursors = [tx.cursors.get(side, name, "backfill") for side in SIDES for name in kind.objects(side)]
    return all(cursor is not None and cursor.complete for cursor in cursors)


def _in_order(context: Context) -> list[tuple[KindMap, SideName, str]]:
    """Contact before Lead: a contact that a conversion made is never known without the conversion."""
    objects = [(kind, side, name) for kind, side, name in context.objects() if context.active(side)]
    return sorted(objects, key=lambda item: item[2] == "Lead")


def guarded(context: Context, side: SideName, object_name: str, read: Callable[[], bool]) -> bool:
    """Errors of one object cost that object, all others pause its side; the other side goes on."""
    if not context.active(side):
        return False
    try:
        return read()
    except (SchemaError, AccessError) as error:
        object_problem(context, side, object_name, error)
    except RemoteError as error:
        context.report.pause(side, error)
    return False


def _begin(context: Context, kind: KindMap, side: SideName, object_name: str) -> bool:
    """Starts the streams of an object seen for the first time: changes count from before its backfill began."""
    with context.store.snapshot() as tx:
        known = tx.cursors.get(side, object_name, "backfill")
    if known is None:
        start_ms = context.remotes[side].safe_until_ms(object_name)
        with context.store.transaction() as tx:
            tx.cursors.put(CursorRow(side, object_name, "incremental", watermark_ms=start_ms))
            tx.cursors.put(CursorRow(side, object_name, "vanished", watermark_ms=start_ms))
            tx.cursors.put(CursorRow(side, object_name, "backfill", started_ms=context.clock.now_ms()))
    _ask_for_more(context, kind, side, object_name)
    return False


def _ask_for_more(context: Context, kind: KindMap, side: SideName, object_name: str) -> None:
    """A field that returned or was mapped since is in no record known so far: the whole object is read once more.

    In slices like a backfill, from the first of them on; it closes no barrier. Which fields were asked for is durable.
    """
    fields = _fields(context, kind, side, object_name)
    with context.store.transaction() as tx:
        asked = tx.cursors.get(side, object_name, "fields")
        before = asked.page_token.split(",") if asked else list(fields)
        if asked is None or before != list(fields):
            tx.cursors.put(CursorRow(side, object_name, "fields", page_token=",".join(fields)))
        if not set(fields) <= set(before):
            tx.cursors.put(CursorRow(side, object_name, "refill", started_ms=context.clock.now_ms()))


def _incremental(context: Context, kind: KindMap, side: SideName, object_name: str) -> bool:
    """The window from the watermark, less the overlap, to what is safe; one left open by a crash is finished first."""
    cursor = _cursor(context, side, object_name, "incremental")
    if cursor is None:
        return False
    if cursor.window_hi_ms:
        cursor = _window(context, kind, cursor)
    until_ms = context.remotes[side].safe_until_ms(object_name)
    if until_ms >= cursor.watermark_ms:
        since_ms = max(0, cursor.watermark_ms - context.settings.overlap_ms[side])
        _window(context, kind, replace(cursor, window_lo_ms=since_ms, window_hi_ms=until_ms, page_token=""))
    return False


def _window(context: Context, kind: KindMap, cursor: CursorRow) -> CursorRow:
    """Reads one window to its end; the cursor after it, its watermark at the window's end."""
    done = replace(cursor, watermark_ms=cursor.window_hi_ms, window_lo_ms=0, window_hi_ms=0, page_token="")

    def ask(fields: Sequence[str], token: str | None) -> Page:
        return context.remotes[cursor.side].changes(
            cursor.object, fields, cursor.window_lo_ms, cursor.window_hi_ms, token
        )

    _pages(context, kind, cursor, done, ask)
    return done


def _slice(context: Context, kind: KindMap, side: SideName, object_name: str, stream: str, most: int) -> bool:
    cursor = _cursor(context, side, object_name, stream)
    if cursor is None or cursor.complete:
        return False
    done = replace(cursor, complete=True, page_token="", finished_ms=context.clock.now_ms())

    def ask(fields: Sequence[str], token: str | None) -> Page:
        return context.remotes[side].scan(object_name, fields, token)

    return _pages(context, kind, cursor, done, ask, most)


def _pages(
    context: Context,
    kind: KindMap,
    cursor: CursorRow,
    done: CursorRow,
    ask: Callable[[Sequence[str], str | None], Page],
    limit: int = 0,
) -> bool:
    """Reads pages from the cursor's token on, at most `limit` of them (0: all); true when some are left.

    Small pages share a commit, which costs more than they do. What was read before an error is stored before the error
    is told; an empty page stores its token at once, since a job may stand behind it.
    """
    side, object_name = cursor.side, cursor.object
    fields = _fields(context, kind, side, object_name)
    token, refreshed, count = token_of(cursor.page_token, fields), False, 0
    held: list[Record] = []

    def store() -> None:
        with context.store.transaction() as tx:
            store_page(context, tx, kind, side, object_name, held)
            tx.cursors.put(done if token is None else replace(cursor, page_token=stored_token(token, fields)))
        held.clear()
        context.probe(f"observed {side} {object_name}")

    while True:
        try:
            page = ask(fields, token)
        except RemoteError as error:
            if held:
                store()
            if refreshed or not isinstance(error, SchemaError):
                raise
            refresh_object(context, kind, side, object_name)
            fields, token, refreshed = _fields(context, kind, side, object_name), None, True
            continue
        token, count = page.next_token, count + 1
        held += page.records
        ends = token is None or count == limit
        if ends or not page.records or len(held) >= _COMMIT_BATCHES * context.settings.batch_size:
            store()
        if ends:
            return token is not None


def store_page(
    context: Context, tx: Tx, kind: KindMap, side: SideName, object_name: str, records: Sequence[Record]
) -> int:
    """Stores one page; how many records changed by it.

    A record told to be gone keeps its last known values: it is only noted as such, together with the records that it
    had consumed, and a read by id confirms it (`vanish`). One never known is stored as what it is: a merge that comes
    to light later may have put it into a link.
    """
    gone = [one for record in records if record.presence in _GONE for one in (record.id, *record.merged_ids)]
    known = tx.records.get_many(side, object_name, gone) if gone else {}
    kept = [record for record in records if record.presence not in _GONE or record.id not in known]
    changed = tx.records.upsert(observations(context, kind, side, object_name, kept)) if kept else 0
    if gone:
        tx.records.mark_gone(side, object_name, gone, context.clock.now_ms() - context.settings.zombie_wait_ms)
    context.report.count("observed", len(records))
    context.report.count("changed", changed)
    return changed


def _vanished(context: Context, kind: KindMap, side: SideName, object_name: str) -> bool:
    """The stream of what is gone, whole each time from the watermark on; its own token needs no resume."""
    cursor = _cursor(context, side, object_name, "vanished")
    if cursor is None:
        return False
    remote, token = context.remotes[side], None
    until_ms = remote.server_now_ms()
    since_ms = max(0, cursor.watermark_ms - context.settings.overlap_ms[side])
    while True:
        page = remote.vanished(object_name, since_ms, token)
        token = page.next_token
        if page.records or token is None:
            with context.store.transaction() as tx:
                store_page(context, tx, kind, side, object_name, [r for r in page.records if r.presence in _GONE])
                merged = {r.id: r.merged_into for r in page.records if r.presence is Presence.MERGED and r.merged_into}
                note_merged(tx, side, object_name, merged, context.clock.now_ms())
                if token is None:
                    tx.cursors.put(replace(cursor, watermark_ms=until_ms))
        if token is None:
            return False


def _cursor(context: Context, side: SideName, object_name: str, stream: str) -> CursorRow | None:
    with context.store.snapshot() as tx:
        return tx.cursors.get(side, object_name, stream)


def _fields(context: Context, kind: KindMap, side: SideName, object_name: str) -> tuple[str, ...]:
    with context.store.snapshot() as tx:
        return asked_fields(context, tx, kind, side, object_name)


def _mark(fields: Sequence[str]) -> str:
    return blake2b(",".join(fields).encode(), digest_size=6).hexdigest()


def stored_token(token: str, fields: Sequence[str]) -> str:
    """The token with a mark of the fields asked for: a page of other fields cannot go on from it."""
    return f"{_mark(fields)} {token}"


def token_of(stored: str, fields: Sequence[str]) -> str | None:
    mark, _, token = stored.partition(" ")
    return token if token and mark == _mark(fields) else None
