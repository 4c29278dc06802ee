"""The verdicts that were given, judged once more from what was known then: proof that a version means what it meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from syncer.core.claims import Claim, from_ledger
from syncer.core.fields import KindMap
from syncer.core.qualification import qualify
from syncer.core.qualification_terms import Definition
from syncer.report.subjects import names_of
from syncer.stages.judging import CLAIM_MARK
from syncer.stages.telling import claims_again
from syncer.store.knowledge_rows import VerdictHistoryRow
from syncer.store.ports import Tx

BATCH: Final = 500


def replay(tx: Tx, kinds: Sequence[KindMap], definition: Definition) -> dict[str, Any]:
    """Every stored verdict of exactly this content, and how many come out the same again.

    Verdicts of erased subjects are counted apart: what they rested on is gone for good.
    """
    by_kind = {kind.kind: kind for kind in kinds}
    counts = {"verdicts": 0, "same": 0, "erased": 0, "of_other_versions": 0}
    differing: list[dict[str, Any]] = []
    after = ""
    while batch := tx.verdicts.iterate("", after, BATCH):
        after = batch[-1].link_id
        for current in batch:
            for row in tx.verdicts.history(current.link_id):
                if row.content != definition.content:
                    counts["of_other_versions"] += 1
                elif "seen" not in row.verdict:
                    counts["erased"] += 1
                else:
                    _again(tx, by_kind[row.kind], definition, row, counts, differing)
    names = names_of(tx, [one["link"] for one in differing])
    for one in differing:
        one["subject"] = names.get(one["link"], "")
    told = {"name": definition.name, "version": definition.version, "content": definition.content}
    return {"definition": told, **counts, "differing": differing}


def _again(
    tx: Tx,
    kind: KindMap,
    definition: Definition,
    row: VerdictHistoryRow,
    counts: dict[str, int],
    differing: list[dict[str, Any]],
) -> None:
    verdict, account_id = row.verdict, str(row.verdict.get("account", ""))
    seen = {"own": verdict["seen"], "firm": verdict.get("firm_seen", {})}
    stored = {
        "own": _marked(tx, row.link_id, verdict.get("ledger", ())),
        "firm": _marked(tx, account_id, verdict.get("firm_ledger", ())),
    }
    made = qualify(definition, claims_again(kind, row.link_id, account_id, seen, stored, row.at_ms), row.at_ms)
    then = {one["id"]: one["truth"] for one in verdict["criteria"]}
    now = {one.id: one.finding.truth.value for one in made.criteria}
    counts["verdicts"] += 1
    if (then, verdict["judged"]) == (now, made.status):
        counts["same"] += 1
        return
    apart = {name: [then.get(name), now.get(name)] for name in {*then, *now} if then.get(name) != now.get(name)}
    differing.append(
        {"link": row.link_id, "at_ms": row.at_ms, "status": [verdict["judged"], made.status], "apart": apart}
    )


def _marked(tx: Tx, subject: str, marks: Sequence[str]) -> list[Claim]:
    """The claims of the subject that were known then, by the beginnings of their ids."""
    if not subject or not marks:
        return []
    wanted = set(marks)
    rows: Mapping[str, Any] = tx.claims.of([subject])
    return [from_ledger(one.claim) for one in rows[subject] if one.claim_id[:CLAIM_MARK] in wanted]
