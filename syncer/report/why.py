"""Why a subject is as it is: who wrote each value last, under which rule, and what keeps two sides apart.

Read from the state and the mappings alone. A cell is explained by planning it once more, purely, exactly as the next
run would; so what is said here is what that run will do, unless someone edits in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from syncer.core.fields import SIDES, FieldMap, KindMap
from syncer.errors import UsageError, did_you_mean
from syncer.report.subjects import Subject, find_subjects, names_of, natural_name
from syncer.report.whose import open_question
from syncer.report.why_cell import explain_cell, facts_of
from syncer.report.why_claims import accounts_told, claims_of, verdict_of
from syncer.report.why_unlinked import REASONS, why_unlinked
from syncer.stages.gathering import Pair, pairs_of
from syncer.stages.identify import end_of, review_id
from syncer.store.ports import Tx
from syncer.store.rows import IntentRow, JournalRow, LinkRow, QuarantineRow, RecordRow

HISTORY = 10


def why(tx: Tx, kinds: Sequence[KindMap], digest: str, text: str, field: str, now_ms: int) -> dict[str, Any]:
    """Everything known about what `text` names; `field` empty: all fields. `digest`: of the mappings as they are now.

    Raises UsageError for words that can name nothing, and for a field that the subject's mapping does not have.
    """
    found = find_subjects(tx, kinds, text)
    if field and found:
        found = _with_field(kinds, found, field)
    return {
        "asked": text,
        "now_ms": now_ms,
        "mapping_changed": tx.meta.get().mapping_hash not in ("", digest),
        "subjects": [_subject(tx, kinds, subject, field, now_ms) for subject in found],
        "unseen": "" if found else _unseen(tx, kinds),
    }


def _unseen(tx: Tx, kinds: Sequence[KindMap]) -> str:
    cursors = tx.cursors.list()
    if not cursors:
        return "Nothing was read so far: run `syncer sync` first."
    unfinished = sorted(row.object for row in cursors if row.stream == "backfill" and not row.complete)
    if unfinished:
        return f"It was not seen so far, and {', '.join(unfinished)} was not read whole: the next runs go on reading."
    objects = ", ".join(name for kind in kinds for side in SIDES for name in kind.objects(side))
    return (
        "No such record was ever read. It may be newer than the last run, hidden from the integration user, "
        f"or of an object that no mapping names (mapped are {objects})."
    )


def _subject(tx: Tx, kinds: Sequence[KindMap], subject: Subject, field: str, now_ms: int) -> dict[str, Any]:
    link = subject.link
    if link is None:
        assert subject.record is not None, "a subject is a link or a record"
        kind = next(kind for kind in kinds if _is_of(kind, subject))
        name = natural_name(subject.record)
        return {"link": None, "name": name, "record": _end(subject.record), **why_unlinked(tx, kind, subject.record)}
    kind = next(kind for kind in kinds if kind.kind == link.kind)
    pair = pairs_of(tx, [link])[link.link_id]
    facts = facts_of(tx, kind, link, pair, now_ms)
    intents = [row for row in tx.intents.of_link(link.link_id, 50) if not field or _touches(row, kind, field)]
    names = {item.name for item in _chosen(kind, field)}
    journal = [row for row in tx.journal.list(link_id=link.link_id) if row.field in names]
    return {
        "name": names_of(tx, [link.link_id])[link.link_id],
        "link": _link(tx, link, pair),
        "cells": [explain_cell(facts, item).as_json() for item in _chosen(kind, field)],
        "verdict": verdict_of(tx, link),
        "claims": claims_of(tx, kind, link, facts.inputs.resolved[link.link_id], names if field else (), now_ms),
        "accounts": accounts_told(tx, link),
        "whose": open_question(tx, link.link_id) if link.kind == "person" else None,
        "quarantine": [_parked(row) for row in facts.parked.values() if row.field in {*names, "*"}],
        "intents": [_intent(row) for row in intents[:HISTORY]],
        "journal": [_journal(row) for row in journal[:HISTORY]],
    }


def _chosen(kind: KindMap, field: str) -> tuple[FieldMap, ...]:
    """All fields, or the one asked for by its canonical name or by either system's."""
    if not field:
        return kind.fields
    named = (item for item in kind.fields if field == item.name)
    there = (item for item in kind.fields if field in (*item.left.values(), *item.right.values()))
    found = next(named, None) or next(there, None)
    return () if found is None else (found,)


def _with_field(kinds: Sequence[KindMap], found: Sequence[Subject], field: str) -> list[Subject]:
    """Those of a kind that has the field. Raises UsageError where none has."""
    mine = [kind for kind in kinds if any(_is_of(kind, subject) for subject in found)]
    kept = [subject for subject in found if any(_is_of(kind, subject) and _chosen(kind, field) for kind in mine)]
    if kept:
        return kept
    known = [item.name for kind in mine for item in kind.fields]
    _, action = did_you_mean(field, known, "`syncer why SUBJECT` lists all fields.")
    names = " or ".join(kind.kind for kind in mine)
    raise UsageError("UnknownField", f'The mapping of {names} has no field "{field}".', action)


def _is_of(kind: KindMap, subject: Subject) -> bool:
    if subject.link is not None:
        return subject.link.kind == kind.kind
    return subject.record is not None and subject.record.object in kind.objects(subject.record.side)


def _touches(row: IntentRow, kind: KindMap, field: str) -> bool:
    return any(item.name in row.fields for item in _chosen(kind, field))


def _end(row: RecordRow) -> dict[str, Any]:
    return {
        "side": row.side,
        "object": row.object,
        "id": row.id,
        "presence": row.presence,
        "modified_ms": row.mod_ms,
        "read_ms": row.read_start_ms,
        "changed": row.dirty_seq > row.planned_seq,
    }


def _link(tx: Tx, link: LinkRow, pair: Pair) -> dict[str, Any]:
    aliases = [
        {"side": row.side, "object": row.object, "id": row.id, "reason": row.reason, "since_ms": row.since_ms}
        for row in tx.links.aliases_of(link.link_id)
    ]
    return {
        "id": link.link_id,
        "kind": link.kind,
        "state": link.state,
        "matched_by": link.match_key,
        "reason": link.reason,
        "says": _how(link),
        "created_ms": link.created_ms,
        "ends": [_end(row) for row in pair if row is not None],
        "aliases": aliases,
        "review": _review(tx, link),
    }


def _review(tx: Tx, link: LinkRow) -> str:
    """The open question about the link itself, if there is one."""
    ids = [f"split-{link.link_id}"]
    ids += [review_id((side, *end_of(link, side))) for side in SIDES if end_of(link, side)[1]]
    found = (tx.reviews.get(name) for name in ids)
    return next((row.review_id for row in found if row is not None and row.state == "open"), "")


_HOW = {
    "key": "by the key of ours that the record carries",
    "cross_reference": "by the id that the Salesforce record names",
    "create": "the other side's record is ours: it was missing there",
    "found": "found there when it was to be created",
    "chosen": "by a person",
    "merged": "through a merge",
    "undeleted": "back after it was gone",
}


def _how(link: LinkRow) -> str:
    """How the two came to be one subject, or why they are not."""
    if link.state == "ambiguous":
        return f"left to a person: {REASONS.get(link.reason, link.reason)}"
    if link.state in ("broken", "split"):
        return link.reason.replace("_", " ")
    return _HOW.get(link.reason, f"by the same {link.reason.replace('_', ' ')}")


def _parked(row: QuarantineRow) -> dict[str, Any]:
    return {
        name: getattr(row, name)
        for name in ("side", "field", "code", "message", "action", "attempts", "next_ms", "since_ms")
    }


def _intent(row: IntentRow) -> dict[str, Any]:
    return {
        "run": row.run_id,
        "side": row.side,
        "op": row.op,
        "state": row.state,
        "at_ms": row.closed_ms or row.sent_ms or row.created_ms,
        "fields": {
            name: {"from": cell["expected"], "to": cell["new"]}
            for name, cell in row.fields.items()
            if not name.startswith("_")
        },
    }


def _journal(row: JournalRow) -> dict[str, Any]:
    kept = {
        name: getattr(row, name) for name in ("seq", "side", "field", "loser", "winner", "reason", "state", "at_ms")
    }
    return {**kept, "run": row.run_id, "restore": f"syncer undo journal:{row.seq}"}
