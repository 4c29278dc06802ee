"""What waits for a person: reviews and held plans, with what one needs to know to answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from syncer.core.claims import value_from_json
from syncer.core.fields import KindMap, SideName, other
from syncer.report.subjects import names_of
from syncer.report.whose import account_question
from syncer.report.why_unlinked import REASONS
from syncer.stages.belong_ends import KIND as MEMBERSHIP
from syncer.stages.conversion import INTO_LINKED
from syncer.store.ports import Tx
from syncer.store.rows import HoldRow, ReviewRow

TOLD: Mapping[SideName, tuple[str, ...]] = {
    "left": ("Name", "FirstName", "LastName", "Email", "Company", "Website"),
    "right": ("name", "firstname", "lastname", "email", "company", "domain"),
}


def questions(tx: Tx, kinds: Sequence[KindMap], now_ms: int, name: str = "") -> dict[str, Any]:
    """Open reviews, and holds that nobody has approved; `name`: only that one, approved or not."""
    asked = [tx.reviews.get(name)] if name else tx.reviews.list()
    reviews = [row for row in asked if row is not None and row.state == "open"]
    holds = [row for row in tx.holds.list() if (row.plan_hash.startswith(name) if name else not _approved(row, now_ms))]
    links = [row.link_id for row in reviews if row.link_id] + [
        str(cell["link"]) for row in holds for cell in row.sample
    ]
    names = names_of(tx, links)
    return {
        "now_ms": now_ms,
        "reviews": [_review(tx, kinds, row, names) for row in reviews],
        "holds": [_hold(row, names, now_ms) for row in holds],
    }


def _review(tx: Tx, kinds: Sequence[KindMap], row: ReviewRow, names: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": row.review_id,
        "kind": row.kind,
        "created_ms": row.created_ms,
        "link": row.link_id,
        "subject": names.get(row.link_id, ""),
    }
    if row.kind == "conflict":
        return {**made, "field": row.field, "left": row.payload["left"], "right": row.payload["right"]}
    if row.kind == "proposal":
        return {**made, "field": row.field, **row.payload, "says": _proposed(row), "answers": list(_yes_or_no(row))}
    if row.kind == MEMBERSHIP:
        return {**made, "record": _record(tx, row.side, row.object, row.remote_id), **account_question(tx, row)}
    candidates = [
        {**_record(tx, item["side"], item["object"], item["id"]), "link": item["link"]}
        for item in row.payload.get("candidates", ())
    ]
    return {
        **made,
        "record": _record(tx, row.side, row.object, row.remote_id),
        "candidates": candidates,
        "says": _says(row, names),
        "answers": list(_answers(kinds, row, candidates)),
    }


def _proposed(row: ReviewRow) -> str:
    value = value_from_json(row.payload["value"])
    if isinstance(value, tuple):
        told = " to ".join(map(str, value))
    elif isinstance(value, frozenset):
        told = ", ".join(sorted(value))
    else:
        told = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return f"{row.field} = {told} {row.payload['unit']}".rstrip()


def _yes_or_no(row: ReviewRow) -> Iterator[str]:
    yield f"syncer review accept {row.review_id}   (it is so: it counts as your word)"
    yield f"syncer review reject {row.review_id}   (it is not so, or not known)"


def _says(row: ReviewRow, names: Mapping[str, str]) -> str:
    if row.kind == "split":
        side = "Salesforce" if row.payload["merged_on"] == "left" else "HubSpot"
        return f"Its counterpart in {side} was merged into another record; this one is left over and not synced."
    reason = str(row.payload.get("reason", ""))
    return f"Which record is it? {REASONS.get(reason, reason).capitalize()}."


def _answers(kinds: Sequence[KindMap], row: ReviewRow, candidates: Sequence[Mapping[str, Any]]) -> list[str]:
    """The commands that answer; a choice only of what can be chosen."""
    accept = f"syncer review accept {row.review_id}"
    converted = row.payload.get("reason") == INTO_LINKED
    answers = [
        f"{accept} --choose {item['id']}"
        for item in candidates
        if item["side"] != row.side and (converted or not item["link"])
    ]
    kind = next((kind for kind in kinds if row.object in kind.objects(row.side)), None)
    if not converted and kind is not None and kind.create_object(other(row.side)) is not None:
        answers.append(f"{accept} --create   (it is somebody new)")
    return [*answers, f"syncer review reject {row.review_id}   (leave it unsynced)"]


def _record(tx: Tx, side: SideName, object_name: str, record_id: str) -> dict[str, Any]:
    row = tx.records.get_many(side, object_name, [record_id]).get(record_id)
    values = {} if row is None else {name: row.values[name] for name in TOLD[side] if row.values.get(name)}
    return {"side": side, "object": object_name, "id": record_id, "values": values}


def _approved(row: HoldRow, now_ms: int) -> bool:
    return bool(row.approved_by) and row.expires_ms > now_ms


def _hold(row: HoldRow, names: Mapping[str, str], now_ms: int) -> dict[str, Any]:
    approved = _approved(row, now_ms)
    return {
        "hash": row.plan_hash,
        "message": row.message,
        "count": row.count,
        "created_ms": row.created_ms,
        "approved_by": row.approved_by if approved else "",
        "expires_ms": row.expires_ms,
        "sample": [{**cell, "subject": names.get(str(cell["link"]), str(cell["link"]))} for cell in row.sample],
    }
