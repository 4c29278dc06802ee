"""Cells in quarantine, chosen by subject, field or code, and as a person reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from syncer.core.fields import KindMap
from syncer.report.subjects import find_subjects, names_of
from syncer.store.ports import Tx
from syncer.store.rows import QuarantineRow

MOST = 1_000_000


def cells(tx: Tx, kinds: Sequence[KindMap], subject: str, field: str, code: str) -> list[QuarantineRow]:
    """Those that fit all of what is given; empty text restricts nothing. Raises UsageError as `find_subjects`."""
    if subject:
        links = [found.link.link_id for found in find_subjects(tx, kinds, subject) if found.link is not None]
        rows = tx.quarantine.for_links(links)
    else:
        rows = tx.quarantine.list(MOST)
    return [row for row in rows if field in ("", row.field) and code in ("", row.code)]


def described(tx: Tx, rows: Sequence[QuarantineRow]) -> list[dict[str, Any]]:
    """One document a cell."""
    names = names_of(tx, [row.link_id for row in rows])
    told = ("side", "field", "klass", "code", "message", "action", "attempts", "next_ms", "since_ms")
    return [
        {"link": row.link_id, "subject": names.get(row.link_id, ""), **{name: getattr(row, name) for name in told}}
        for row in rows
    ]
