"""Observe what was said: calls, meetings, notes, tasks and forms of both sides become documents.

Every object has streams of its own, as in `observe`: an incremental window with overlap, and a backfill in slices.
Page and cursor commit together, and what is read twice changes nothing. What cannot be read costs that object only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from connectors.base import AuthError, Page, Presence, QuotaError, Record, RemoteError
from connectors.conversations import Conversations
from syncer.stages.context import Context, Problem
from syncer.stages.document_rows import GONE, SHAPES, Shape, doc_id, document, pointed_at
from syncer.stages.drift import SYSTEM_NAME
from syncer.stages.form_documents import observe_forms
from syncer.stages.observe import stored_token, token_of
from syncer.store.knowledge_rows import DocumentRow
from syncer.store.rows import CursorRow

_DAY_MS: Final = 86_400_000
_HELD: Final = 1_000  # records of one commit, and of one question for what they hang on
_ENDED: Final = (Presence.DELETED, Presence.ARCHIVED)
_HUNG_ON: Final = ("contacts", "companies")


def observe_documents(context: Context) -> None:
    """Reads what was said since the last time. Writes to no CRM, raises nothing that a remote refused."""
    if context.hears is None:
        return
    for shape in SHAPES:
        _apart(context, shape, lambda shape=shape: _read(context, shape))
    _apart(context, _FORMS, lambda: observe_forms(context))


_FORMS: Final = Shape("right", "forms", "form", "", (), "", (), {})


def _apart(context: Context, shape: Shape, read: Callable[[], None]) -> None:
    """What was said is not worth a whole side: only log-in and allowance, which concern all of it, pause that."""
    if not context.active(shape.side):
        return
    try:
        read()
    except (AuthError, QuotaError) as error:
        context.report.pause(shape.side, error)
    except RemoteError as error:
        said = f"{SYSTEM_NAME[shape.side]} {shape.object} cannot be heard: {error.message}"
        action = error.action or f"Give the integration user access to {shape.object}."
        context.report.problem(Problem("ConversationsUnread", said, action, side=shape.side, object=shape.object))


def _read(context: Context, shape: Shape) -> None:
    fields = _fields(context, shape)
    if not fields:
        return
    if _cursor(context, shape, "incremental") is None:
        start_ms = context.remotes[shape.side].safe_until_ms(shape.object)
        with context.store.transaction() as tx:
            tx.cursors.put(CursorRow(shape.side, shape.object, "incremental", watermark_ms=start_ms))
            tx.cursors.put(CursorRow(shape.side, shape.object, "vanished", watermark_ms=start_ms))
            tx.cursors.put(CursorRow(shape.side, shape.object, "backfill", started_ms=context.clock.now_ms()))
    _incremental(context, shape, fields)
    if shape.side == "right":  # Salesforce's changes tell of the deleted ones
        _vanished(context, shape)
    _backfill(context, shape, fields)


def _fields(context: Context, shape: Shape) -> tuple[str, ...]:
    """Those that this user sees; without the text there is nothing to hear."""
    key = (shape.side, shape.object)
    schema = context.schemas.get(key)
    if schema is None:
        schema = context.schemas[key] = context.remotes[shape.side].schema(shape.object)
    if not any(name in schema.fields for name in shape.bodies):
        where = f"{shape.object}.{shape.bodies[0]}"
        said = f"{SYSTEM_NAME[shape.side]} {where} is hidden from the integration user: {shape.object} are not heard."
        action = f"Grant read access to {where}."
        context.report.problem(
            Problem("ConversationsUnread", said, action, side=shape.side, object=shape.object, field=shape.bodies[0])
        )
        return ()
    return tuple(name for name in shape.fields if name in schema.fields)


def _cursor(context: Context, shape: Shape, stream: str) -> CursorRow | None:
    with context.store.snapshot() as tx:
        return tx.cursors.get(shape.side, shape.object, stream)


def _incremental(context: Context, shape: Shape, fields: Sequence[str]) -> None:
    """The window that a crash left open first, then from the watermark, less the overlap, to what is safe."""
    cursor = _cursor(context, shape, "incremental")
    assert cursor is not None
    if cursor.window_hi_ms:
        cursor = _window(context, shape, fields, cursor)
    until_ms = context.remotes[shape.side].safe_until_ms(shape.object)
    if until_ms >= cursor.watermark_ms:
        since_ms = max(0, cursor.watermark_ms - context.settings.overlap_ms[shape.side])
        window = replace(cursor, window_lo_ms=since_ms, window_hi_ms=until_ms, page_token="")
        _window(context, shape, fields, window)


def _window(context: Context, shape: Shape, fields: Sequence[str], cursor: CursorRow) -> CursorRow:
    done = replace(cursor, watermark_ms=cursor.window_hi_ms, window_lo_ms=0, window_hi_ms=0, page_token="")

    def ask(token: str | None) -> Page:
        remote = context.remotes[shape.side]
        return remote.changes(shape.object, fields, cursor.window_lo_ms, cursor.window_hi_ms, token)

    _pages(context, shape, fields, cursor, done, ask, 0)
    return done


def _backfill(context: Context, shape: Shape, fields: Sequence[str]) -> None:
    """One slice; the rest is left to the next cycles."""
    cursor = _cursor(context, shape, "backfill")
    if cursor is None or cursor.complete:
        return
    done = replace(cursor, complete=True, page_token="", finished_ms=context.clock.now_ms())
    remote, most = context.remotes[shape.side], context.settings.backfill_pages
    _pages(context, shape, fields, cursor, done, lambda token: remote.scan(shape.object, fields, token), most)


def _pages(
    context: Context,
    shape: Shape,
    fields: Sequence[str],
    cursor: CursorRow,
    done: CursorRow,
    ask: Callable[[str | None], Page],
    most: int,
) -> None:
    """Reads pages from the cursor's token on, at most that many (0: all), some of them to a commit."""
    token, count = token_of(cursor.page_token, fields), 0
    held: list[Record] = []
    while True:
        page = ask(token)
        token, count = page.next_token, count + 1
        held += page.records
        ends = token is None or count == most
        if ends or len(held) >= _HELD:
            _store(
                context, shape, held, done if token is None else replace(cursor, page_token=stored_token(token, fields))
            )
            held.clear()
        if ends:
            return


def _store(context: Context, shape: Shape, records: Sequence[Record], cursor: CursorRow) -> None:
    live = [record for record in records if record.presence not in _ENDED]
    about = _about(context, shape, live)
    rows, strange = [], 0
    for record in live:
        try:
            row = document(shape, record, about[record.id], record.read_started_ms)
        except ValueError:
            strange += 1
            continue
        rows += [row] if row is not None else []
    ended = [record.id for record in records if record.presence in _ENDED]
    with context.store.transaction() as tx:
        known = tx.documents.get_many([doc_id(shape.side, shape.object, one) for one in ended]) if ended else {}
        context.report.count("documents_new", tx.documents.put([*rows, *_emptied(known.values())]))
        tx.cursors.put(cursor)
    context.report.count("documents_observed", len(records))
    context.report.count("documents_unreadable", strange)
    context.probe(f"documents {shape.side} {shape.object}")


def _emptied(rows: Iterable[DocumentRow]) -> list[DocumentRow]:
    """What was deleted says nothing any more: hearing it again takes its claims back."""
    return [replace(row, title="", text="", meta={GONE: True}, text_hash=GONE) for row in rows if not row.redacted]


def _about(context: Context, shape: Shape, records: Sequence[Record]) -> Mapping[str, list[tuple[str, str, str]]]:
    if shape.side == "left":
        return {record.id: pointed_at(record.values) for record in records}
    found: dict[str, list[tuple[str, str, str]]] = {record.id: [] for record in records}
    remote = context.remotes["right"]
    if not records or not isinstance(remote, Conversations):
        return found
    for target in _HUNG_ON:
        for record_id, others in remote.associated(shape.object, list(found), target).items():
            found[record_id] += [("right", target, one) for one in others]
    return found


def _vanished(context: Context, shape: Shape) -> None:
    """Archived ones, once a day: the listing has no filter by time, and is read whole."""
    cursor = _cursor(context, shape, "vanished")
    remote = context.remotes[shape.side]
    now_ms = remote.server_now_ms()
    if cursor is None or now_ms - cursor.watermark_ms < _DAY_MS:
        return
    since_ms, token = cursor.watermark_ms - context.settings.overlap_ms[shape.side], None
    while True:
        page = remote.vanished(shape.object, max(0, since_ms), token)
        token = page.next_token
        if page.records or token is None:
            _store(context, shape, page.records, replace(cursor, watermark_ms=now_ms) if token is None else cursor)
        if token is None:
            return
