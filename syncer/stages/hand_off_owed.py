"""Which moves of status owe sales a hand-off: told in the transaction that stores the verdict, once for each move."""

from __future__ import annotations

from collections.abc import Sequence

from syncer.core.business_hours import due_ms
from syncer.core.hand_off import clean, hand_off_id, is_step_up
from syncer.core.hand_off_terms import HandOffPolicy
from syncer.core.qualification_terms import APART, Definition
from syncer.store.knowledge_rows import HandOffRow, VerdictHistoryRow
from syncer.store.ports import Tx

OPEN = ("owed", "sent")


def open_hand_offs(
    tx: Tx, moves: Sequence[VerdictHistoryRow], definition: Definition, policy: HandOffPolicy, now_ms: int
) -> int:
    """Stores what the moves owe; how many are new.

    A step further ends what was owed for the step before and not sent yet. A subject that sales has accepted for a
    status is not handed over for it again, unless it was recycled or disqualified since.
    """
    lines = {link_id: row.line for link_id, row in tx.verdicts.get_many([move.link_id for move in moves]).items()}
    found = 0
    for move in moves:
        row = owed(definition, move, lines.get(move.link_id, ""), now_ms, policy)
        if row is None:
            continue
        earlier = tx.hand_offs.of_link(move.link_id)
        if _has_it(tx, row, earlier):
            continue
        for one in earlier:
            if one.state == "owed" and one.hand_off_id != row.hand_off_id:
                end(tx, one, f"moved on to {row.status}", now_ms)
        found += tx.hand_offs.add([row])
    return found


def owed(
    definition: Definition, move: VerdictHistoryRow, line: str, now_ms: int, policy: HandOffPolicy
) -> HandOffRow | None:
    """The hand-off of one move; None where the definition or the policy wants none.

    Its id is made of the move, so that a move that is looked at twice is handed off once. Raises CalendarError for an
    SLA that the calendar never comes to.
    """
    status = definition.status(move.to_status)
    if move.kind != "person" or not is_step_up(move.from_status, move.to_status):
        return None
    if status is None or status.sla is None or move.to_status not in policy.statuses:
        return None
    sla = status.sla
    return HandOffRow(
        hand_off_id=hand_off_id(move.link_id, move.to_status, move.at_ms),
        link_id=move.link_id,
        status=move.to_status,
        state="owed",
        owner_id="",
        task_id="",
        first_step=sla.first_step,
        made_ms=now_ms,
        due_ms=due_ms(policy.calendar, now_ms, sla.amount, sla.unit, sla.business),
        sent_ms=0,
        answered_ms=0,
        ended_ms=0,
        reason="",
        payload={
            "sla": [sla.amount, sla.unit, sla.business],
            "within": sla.within,
            "line": line,
            "definition": f"{move.definition} {move.version}",
            "criteria": [clean(str(one["line"])) for one in move.verdict.get("criteria", ())],
            "question": clean(str(move.verdict.get("next_question", ""))),
            "reasons": list(definition.reasons),
        },
    )


def _has_it(tx: Tx, row: HandOffRow, earlier: Sequence[HandOffRow]) -> bool:
    same = [one for one in earlier if one.status == row.status]
    if any(one.hand_off_id == row.hand_off_id or one.state in OPEN for one in same):
        return True
    accepted_ms = max((one.made_ms for one in same if one.state == "accepted"), default=0)
    if not accepted_ms:
        return False
    history = tx.verdicts.history(row.link_id)
    return not any(note.to_status in APART and note.at_ms >= accepted_ms for note in history)


def end(tx: Tx, row: HandOffRow, reason: str, now_ms: int) -> None:
    """Closes one that nobody has to answer any more: it counts neither as kept nor as breached."""
    tx.hand_offs.update(row.hand_off_id, state="ended", reason=reason, ended_ms=now_ms)
