"""Form submissions as documents: what a visitor entered, with the contact that HubSpot made of it.

A form tells what is new only when it is asked, so a cycle asks a few forms, and others the next time: its cost does
not grow with their number. A submission is read again within the overlap, and stored once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from connectors.conversations import Conversations, Form, Submission
from syncer.stages.context import Context
from syncer.stages.document_rows import LONGEST_BYTES, doc_id, storable, text_hash
from syncer.store.knowledge_rows import DocumentRow
from syncer.store.rows import CursorRow

OBJECT: Final = "form"
_ASKED: Final = 25  # forms of one cycle
_TURN, _SENT = "turn", "submissions"  # streams: which form was asked last, and what was sent through one
_EMAILS: Final = ("email", "hs_additional_emails")


def observe_forms(context: Context) -> None:
    """Raises what the remote raises: AccessError where the app may not read forms."""
    remote = context.remotes["right"]
    if not isinstance(remote, Conversations):
        return
    for form in _in_turn(context, remote.forms()):
        _read(context, remote, form)
        with context.store.transaction() as tx:
            tx.cursors.put(CursorRow("right", OBJECT, _TURN, page_token=form.id))


def _in_turn(context: Context, forms: Sequence[Form]) -> list[Form]:
    """The forms that come after the one asked last, and then those before it."""
    with context.store.snapshot() as tx:
        last = tx.cursors.get("right", OBJECT, _TURN)
    mark = last.page_token if last else ""
    return sorted(forms, key=lambda form: (form.id <= mark, form.id))[:_ASKED]


def _read(context: Context, remote: Conversations, form: Form) -> None:
    """Newest first, back to the watermark; that moves when all of it is stored."""
    name = f"{OBJECT}:{form.id}"
    with context.store.snapshot() as tx:
        cursor = tx.cursors.get("right", name, _SENT) or CursorRow("right", name, _SENT)
    since_ms, newest_ms, token = cursor.watermark_ms - context.settings.overlap_ms["right"], cursor.watermark_ms, None
    while True:
        page = remote.submissions(form.id, token)
        fresh = [one for one in page.submissions if one.sent_ms >= since_ms]
        newest_ms = max([newest_ms, *(one.sent_ms for one in fresh)])
        token = page.next_token if len(fresh) == len(page.submissions) else None
        unknown = _unknown(context, form, fresh)
        rows = _rows(context, form, unknown, _contacts(context, unknown))
        if rows or (token is None and newest_ms != cursor.watermark_ms):
            with context.store.transaction() as tx:
                context.report.count("documents_new", tx.documents.put(rows))
                if token is None:
                    tx.cursors.put(replace(cursor, watermark_ms=newest_ms))
        context.report.count("documents_observed", len(rows))
        if token is None:
            return


def _id(form: Form, one: Submission) -> str:
    return f"{form.id}:{one.id}"


def _unknown(context: Context, form: Form, sent: Sequence[Submission]) -> list[Submission]:
    """Those that are not stored yet, or are about nobody known so far: what was sent never changes."""
    with context.store.snapshot() as tx:
        known = tx.documents.get_many([doc_id("right", OBJECT, _id(form, one)) for one in sent])
    settled = {row.remote_id for row in known.values() if row.about}
    return [one for one in sent if _id(form, one) not in settled]


def _contacts(context: Context, sent: Iterable[Submission]) -> Mapping[str, str]:
    """E-mail address -> id of the contact that has it."""
    emails = sorted({email for one in sent if (email := _email(one))})
    if not emails:
        return {}
    found: dict[str, str] = {}
    for record in context.remotes["right"].find("contacts", "email", emails, _EMAILS):
        held = [str(record.values.get("email") or ""), *str(record.values.get("hs_additional_emails") or "").split(";")]
        found |= {one.strip().lower(): record.id for one in held if one.strip()}
    return found


def _email(one: Submission) -> str:
    return next((item.value.strip().lower() for item in one.answers if item.name == "email"), "")


def _rows(context: Context, form: Form, sent: Iterable[Submission], contacts: Mapping[str, str]) -> list[DocumentRow]:
    rows, now_ms = [], context.clock.now_ms()
    for one in sent:
        answers = [[item.object, storable(item.name), storable(item.value)] for item in one.answers]
        text = "\n".join(f"{name}: {value}" for _, name, value in answers)
        size = len(text.encode("utf-8", "replace"))
        meta = {"form": form.id, "page": one.page, "answers": answers}
        if size > LONGEST_BYTES:
            meta, text = {"form": form.id, "bytes": size}, ""
        contact = contacts.get(_email(one))
        rows.append(
            DocumentRow(
                doc_id=doc_id("right", OBJECT, _id(form, one)),
                side="right",
                object=OBJECT,
                remote_id=_id(form, one),
                kind="form",
                said_ms=min(one.sent_ms, now_ms),
                title=form.name,
                text=text,
                speaker="",
                meta=meta,
                text_hash=text_hash(text, str(one.sent_ms)),
                read_ms=now_ms,
                about=(("right", "contacts", contact),) if contact else (),
            )
        )
    return rows
