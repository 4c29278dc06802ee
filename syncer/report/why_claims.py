"""What is claimed of a subject and what the definition makes of it: each claim with its evidence and its standing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from syncer.core.claims import Claim, from_ledger, standing, value_to_json
from syncer.core.fields import KindMap
from syncer.core.qualification import shown_value
from syncer.core.resolve import Resolved, expired, rule_of
from syncer.report.subjects import names_of
from syncer.store.ports import Tx
from syncer.store.rows import LinkRow

CLAIMS_MAX: Final = 200
STANDS: Final = {
    "wins": "decides the field",
    "agrees": "says the same",
    "differs": "says otherwise, and is weaker or older",
    "not_allowed": "its kind may not set this field",
    "expired": "has expired",
    "taken_back": "was taken back or refuted",
    "unfit": "is no value that the field can hold",
    "unmapped": "heard, and mapped to no field",
}


def claims_of(
    tx: Tx, kind: KindMap, link: LinkRow, resolved: Mapping[str, Resolved], fields: Collection[str], now_ms: int
) -> list[dict[str, Any]]:
    """Every stored claim of these fields (empty: all), by field, newest first."""
    rows = tx.claims.of([link.link_id])[link.link_id]
    claims = [(from_ledger(row.claim), row) for row in rows]
    counted = {item.claim_id for item in standing([item for item, _ in claims], now_ms)}
    told = []
    for item, row in claims:
        if (fields and item.field not in fields) or item.stance != "holds":
            continue
        stands = _stands(kind, item, resolved.get(item.field), counted, now_ms)
        told.append(
            {
                "claim": item.claim_id,
                "field": item.field,
                "value": value_to_json(item.value),
                "unit": item.unit,
                "shown": shown_value(item),
                "authority": item.authority.value,
                "source": item.source,
                "confidence": item.confidence,
                "since_ms": item.since_ms,
                "observed_ms": item.observed_ms,
                "expires_ms": item.expires_ms,
                "evidence": [
                    {"quote": one.quote, "document": one.doc_id, "start": one.start, "end": one.end,
                     "speaker": one.speaker, "url": one.url}
                    for one in item.evidence
                ],
                "run": row.run_id,
                "stands": stands,
                "says": STANDS[stands],
            }
        )  # fmt: skip
    told.sort(key=lambda one: (one["field"], -one["since_ms"], one["claim"]))
    return told[:CLAIMS_MAX]


def _stands(kind: KindMap, item: Claim, found: Resolved | None, counted: Collection[str], now_ms: int) -> str:
    if item.claim_id not in counted:
        return "taken_back"
    if not kind.knows(item.field):
        return "unmapped"
    if rule_of(kind.field_named(item.field)).rank(item.authority) is None:
        return "not_allowed"
    if found is not None and found.winner is not None and found.winner.claim_id == item.claim_id:
        return "wins"
    if found is not None and any(one.claim_id == item.claim_id for one in found.supporters):
        return "agrees"
    if expired(item, now_ms):
        return "expired"
    if found is not None and any(one.claim_id == item.claim_id for one in found.dissenters):
        return "differs"
    return "unfit"


def verdict_of(tx: Tx, link: LinkRow) -> dict[str, Any] | None:
    """The stored verdict with its criteria and their evidence, and how the status came about; None: not judged."""
    row = tx.verdicts.get_many([link.link_id]).get(link.link_id)
    if row is None:
        return None
    verdict = row.verdict
    concerned = [str(verdict.get(name, "")) for name in ("account", "through")]
    names = names_of(tx, [one for one in concerned if one])
    return {
        "status": row.status,
        "stage": row.stage,
        "line": row.line,
        "definition": row.definition,
        "version": row.version,
        "content": row.content,
        "since_ms": row.at_ms,
        "run": row.run_id,
        "why": verdict.get("why", ""),
        "criteria": list(verdict.get("criteria", ())),
        "signals": list(verdict.get("signals", ())),
        "problems": list(verdict.get("problems", ())),
        "next_question": verdict.get("next_question", ""),
        "account": names.get(concerned[0], ""),
        "through": names.get(concerned[1], ""),
        "history": _history(tx, link),
    }


def _history(tx: Tx, link: LinkRow) -> list[dict[str, Any]]:
    moves = [row for row in tx.verdicts.history(link.link_id) if row.from_status != row.to_status]
    return [
        {
            "from": row.from_status,
            "to": row.to_status,
            "reason": row.reason,
            "definition": row.definition,
            "version": row.version,
            "at_ms": row.at_ms,
            "run": row.run_id,
        }
        for row in moves[:10]
    ]


def accounts_told(tx: Tx, link: LinkRow) -> Sequence[Mapping[str, Any]]:
    """For a person: the accounts it was matched with or kept from, with the reasons."""
    rows = tx.memberships.get_many([link.link_id])[link.link_id] if link.kind == "person" else []
    names = names_of(tx, [row.account_link for row in rows])
    return [
        {
            "account": row.account_link,
            "name": names.get(row.account_link, ""),
            "how": row.how,
            "score": row.score,
            "reasons": dict(row.reasons),
        }
        for row in rows
    ]
