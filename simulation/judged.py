"""The oracle of verdicts at rest (I12): stored as they are judged anew, shown on both sides, each for a reason.

No prediction moves a criterion, no status falls back in silence, and what was ever judged comes out the same again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulation.knowledge import DEFINITION
from simulation.rest import cells
from simulation.witness import Violation
from syncer.core.fields import KindMap, Rule
from syncer.core.qualification import qualify
from syncer.core.qualification_terms import APART, LADDER, fields_named
from syncer.report.replay import replay
from syncer.stages.gathering import pairs_of
from syncer.stages.telling import gather
from syncer.store.knowledge_rows import VerdictRow
from syncer.store.ports import Tx
from syncer.store.rows import LinkRow

if TYPE_CHECKING:
    from simulation.world import World


def check_verdicts(world: World) -> None:
    """Raises Violation."""
    with world.store.snapshot() as tx:
        for kind in world.kinds:
            links = [link for link in tx.links.iterate(kind.kind, ["linked"], "", 1000) if link.left_id]
            verdicts = tx.verdicts.get_many([link.link_id for link in links])
            judged = _judged_anew(world, tx, kind, links)
            for link in links:
                row = verdicts.get(link.link_id)
                if row is None:
                    raise Violation(f"I12 {kind.kind} {link.left_id}/{link.right_id} was never judged")
                if not 0 < row.due_ms <= world.clock.now_ms() and _truths(row) != judged[link.link_id]:
                    raise Violation(f"I12 {link.left_id} is judged {_truths(row)}, and would be {judged[link.link_id]}")
                _reasons(tx, row)
                _steps(tx, row)
                _shown(world, tx, kind, link, row)
        again = replay(tx, world.kinds, DEFINITION)
        if again["differing"] or again["same"] != again["verdicts"]:
            raise Violation(f"I12 judged again it comes out otherwise: {again['differing'][:2]}")


def _truths(row: VerdictRow) -> dict[str, str]:
    return {one["id"]: one["truth"] for one in row.verdict["criteria"]}


def _judged_anew(world: World, tx: Tx, kind: KindMap, links: list[LinkRow]) -> dict[str, dict[str, str]]:
    now_ms, shadows = world.clock.now_ms(), tx.shadows.get_many([link.link_id for link in links])
    found = gather(tx, world.kinds, kind, links, pairs_of(tx, links), shadows, fields_named(DEFINITION), now_ms)
    return {
        link_id: {one.id: one.truth.value for one in qualify(DEFINITION, subject.claims, now_ms).criteria}
        for link_id, subject in found.items()
    }


def _reasons(tx: Tx, row: VerdictRow) -> None:
    """What is met rests on a claim of a kind that settles it, as the ledger has it."""
    allowed = {one.id: one.evidence for one in DEFINITION.criteria}
    subjects = [row.link_id, *([row.verdict["account"]] if row.verdict["account"] else [])]
    stored = {one.claim_id: one for rows in tx.claims.of(subjects).values() for one in rows}
    for one in row.verdict["criteria"]:
        kinds = [_kind(stored.get(item["claim_id"]), item) for item in one["evidence"]]
        if one["truth"] != "unknown" and not any(kind in allowed[one["id"]] for kind in kinds):
            raise Violation(f"I12 {one['id']} of {row.link_id[:6]} is {one['truth']} by {kinds}, who cannot settle it")


def _kind(stored: Any, item: dict[str, Any]) -> str:
    return str(stored.authority if stored is not None else item["authority"])


def _steps(tx: Tx, row: VerdictRow) -> None:
    """No step leads down the ladder; only a person takes somebody off it, and back."""
    if row.kind != "person":
        return
    moves = list(reversed(tx.verdicts.history(row.link_id)))
    steps = [(move.from_status, move.to_status) for move in moves] + [(moves[-1].to_status, row.status)]
    for before, after in steps:
        if before in LADDER and after in LADDER and LADDER.index(after) < LADDER.index(before):
            raise Violation(f"I12 {row.link_id[:6]} fell from {before} to {after}")
        if after in APART and before != after and not any(move.verdict["judged"] == after for move in moves):
            raise Violation(f"I12 {row.link_id[:6]} became {after} for no reason")


def _shown(world: World, tx: Tx, kind: KindMap, link: LinkRow, row: VerdictRow) -> None:
    parked = {each.field for each in tx.quarantine.for_links([link.link_id])}
    for held in cells(world, tx, kind, link):
        if held.item.rule is not Rule.ALWAYS_SYNCER or parked & {held.item.name, "*"}:
            continue
        for side, value in held.values.items():
            if value != row.shown.get(held.item.name):
                raise Violation(
                    f"I12 {held.item.name} of {side} {link.left_id}/{link.right_id} shows {value!r}, and the verdict "
                    f"is {row.shown.get(held.item.name)!r}"
                )
