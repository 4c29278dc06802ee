"""The clock of what was handed over: what sales answered, on the record or on the task, and what passed unanswered.

An answer on the task becomes claims, so that verdict and fields follow: acceptance makes the lead accepted, a rejection
recycles it with its reason, and HubSpot hears of both by the mapping. What the record says needs no claim: it is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from connectors.base import Record
from syncer.core.claims import Authority, Claim, Evidence, claim, to_json
from syncer.core.fields import FieldType
from syncer.core.hand_off import NO_REASON, Answer, Seen, TaskSeen, answer_of
from syncer.core.hand_off_terms import HandOffPolicy, Occasion
from syncer.core.instants import parse_instant_ms
from syncer.stages.context import Context, Problem
from syncer.stages.hand_off_notices import owe_notices
from syncer.stages.hand_off_owed import end
from syncer.stages.hand_off_subject import Subject, subjects_of
from syncer.store.knowledge_rows import ClaimRow, HandOffRow
from syncer.store.ports import Tx

TASK: Final = "Task"
MOST: Final = 10_000
RECYCLING: Final = "recycling"  # rejected on the task: our claim of the reason stands until somebody clears it
LOOKED_MS: Final = 3_600_000  # how often a reason that we claimed is looked after
_OCCASIONS: Final = {"accepted": Occasion.ACCEPTED, "rejected": Occasion.REJECTED}
_CLOSING: Final = ("IsClosed", "CompletedDateTime", "OwnerId")


def watch(context: Context, policy: HandOffPolicy) -> None:
    """Reads the answers of what was sent, and notes what is late. Raises RemoteError where tasks cannot be read."""
    now_ms, size = context.clock.now_ms(), context.settings.batch_size
    with context.store.snapshot() as tx:
        open_ = tx.hand_offs.by_state(("owed", "sent"), MOST)
        recycling = [row for row in tx.hand_offs.by_state((RECYCLING,), MOST) if _is_time(row, now_ms)]
    sent = [row for row in open_ if row.task_id and row.state == "sent"]
    newest = {row.link_id: row for row in open_}  # in the order in which they were made
    for start in range(0, len(sent), size):
        chunk = sent[start : start + size]
        tasks = _tasks(context, policy, chunk)
        with context.store.transaction() as tx:
            subjects = subjects_of(context, tx, policy, [row.link_id for row in chunk])
            for row in chunk:
                _look(context, tx, policy, row, subjects.get(row.link_id), tasks.get(row.task_id), newest[row.link_id])
        context.probe("hand_off.watched")
    for start in range(0, len(recycling), size):
        _take_back(context, policy, recycling[start : start + size])


def _is_time(row: HandOffRow, now_ms: int) -> bool:
    return row.payload.get("looked_ms", 0) + LOOKED_MS <= now_ms


def _tasks(context: Context, policy: HandOffPolicy, rows: Sequence[HandOffRow]) -> Mapping[str, Record | None]:
    known = context.schemas["left", TASK].fields
    asked = [name for name in (*_CLOSING, policy.answers.outcome) if name in known]
    if policy.answers.outcome and policy.answers.outcome not in known:
        _tell_once(
            context,
            Problem(
                "AnswerFieldMissing",
                f"Tasks have no {policy.answers.outcome}: sales can answer on the record alone.",
                f"Run syncer setup salesforce, or correct [answers.task] in {policy.path or 'hand-off.toml'}.",
                side="left",
                object=TASK,
                field=policy.answers.outcome,
            ),
        )
    return context.remotes["left"].read(TASK, [row.task_id for row in rows], asked)


def _look(
    context: Context,
    tx: Tx,
    policy: HandOffPolicy,
    row: HandOffRow,
    subject: Subject | None,
    task: Record | None,
    newest: HandOffRow,
) -> None:
    now_ms = context.clock.now_ms()
    if subject is None:
        end(tx, row, "the subject is gone", now_ms)
        return
    seen = _seen(policy, task) if task is not None else None
    if task is None:
        context.report.count("hand_off_tasks_gone")
    before = row.payload.get("before", {})
    then = Seen(before.get("accepted", False), before.get("rejected", ""))
    answer = answer_of(policy.answers, then, subject.said, seen)
    if subject.status == "disqualified" and (answer is None or answer.state != "rejected"):
        answer = Answer("rejected", now_ms, subject.reason or NO_REASON)
    row = _passed(context, tx, row, seen)
    if answer is not None:
        row = _answered(context, tx, row, replace(answer, at_ms=max(row.sent_ms, min(answer.at_ms, now_ms))))
        if answer.state != "done":
            _close(context, tx, policy, row, answer)
            return
    if newest.hand_off_id != row.hand_off_id:
        end(tx, row, f"moved on to {newest.status}", now_ms)
    elif not row.answered_ms and not row.breached_ms and now_ms > row.due_ms:
        tx.hand_offs.update(row.hand_off_id, breached_ms=row.due_ms)
        context.report.count("sla_breached")
        owe_notices(context, tx, policy, row, Occasion.BREACHED)


def _seen(policy: HandOffPolicy, task: Record) -> TaskSeen:
    outcome = task.values.get(policy.answers.outcome) if policy.answers.outcome else None
    closed_at = task.values.get("CompletedDateTime")
    at_ms = parse_instant_ms(str(closed_at)) if closed_at else task.modified_ms
    return TaskSeen(str(outcome or ""), bool(task.values.get("IsClosed")), at_ms, str(task.values.get("OwnerId") or ""))


def _passed(context: Context, tx: Tx, row: HandOffRow, task: TaskSeen | None) -> HandOffRow:
    """Somebody gave the task to somebody else: whose it is now is kept beside whose turn it was."""
    if task is None or not task.owner_id or task.owner_id == row.payload.get("with", row.owner_id):
        return row
    context.report.count("hand_offs_passed_on")
    payload = {**row.payload, "with": task.owner_id}
    tx.hand_offs.update(row.hand_off_id, payload=payload)
    return replace(row, payload=payload)


def _answered(context: Context, tx: Tx, row: HandOffRow, answer: Answer) -> HandOffRow:
    """The clock stops with the first answer, a first step taken included; one that came too late was late."""
    if row.answered_ms:
        return row
    late = answer.at_ms > row.due_ms and not row.breached_ms
    changes = {"answered_ms": answer.at_ms, **({"breached_ms": row.due_ms} if late else {})}
    context.report.count("sla_breached", late)
    context.report.count("hand_offs_answered")
    tx.hand_offs.update(row.hand_off_id, **changes)
    return replace(row, **changes)


def _close(context: Context, tx: Tx, policy: HandOffPolicy, row: HandOffRow, answer: Answer) -> None:
    """Accepted or rejected: with claims where only the task says so."""
    made = _claims(context, policy, row, answer) if answer.on_task else []
    payload = {**row.payload, "claims": [item.claim_id for item in made]}
    state = RECYCLING if made and answer.state == "rejected" else answer.state
    changes = {"state": state, "reason": answer.reason, "ended_ms": context.clock.now_ms(), "payload": payload}
    tx.hand_offs.update(row.hand_off_id, **changes)
    tx.claims.add([_claim_row(context, item) for item in made])
    tx.links.touch([row.link_id])
    context.report.count(f"hand_offs_{answer.state}")
    owe_notices(context, tx, policy, replace(row, **changes), _OCCASIONS[answer.state])


def _claims(context: Context, policy: HandOffPolicy, row: HandOffRow, answer: Answer) -> list[Claim]:
    """What the answer says of the subject; a rejection takes an acceptance back."""
    answers, source = policy.answers, f"rep:{row.payload.get('with', row.owner_id)}"
    evidence = (Evidence(answer.reason, doc_id=f"left:{TASK}:{row.task_id}", said_ms=answer.at_ms),)
    rejected = answer.state == "rejected"
    told: dict[str, Any] = {answers.accepted_field: not rejected}
    if rejected:
        told[answers.rejected_field] = as_option(context, answers.rejected_field, answer.reason)
    return [
        claim(row.link_id, name, value, Authority.HUMAN, source, answer.at_ms, evidence=evidence)
        for name, value in told.items()
    ]


def as_option(context: Context, name: str, reason: str) -> str:
    """The reason as the field's list has it, whichever side's word it is; else as it was given."""
    kind = context.known_kind("person")
    if kind is None or not kind.knows(name) or kind.field_named(name).type is not FieldType.CHOICE:
        return reason
    for label, value in kind.field_named(name).choices.items():
        if reason.casefold() in (label.casefold(), value.casefold()):
            return label
    return reason


def _claim_row(context: Context, item: Claim) -> ClaimRow:
    return ClaimRow(
        claim_id=item.claim_id,
        subject=item.subject,
        field=item.field,
        authority=item.authority.value,
        source=item.source,
        observed_ms=item.observed_ms,
        doc_id=item.evidence[0].doc_id if item.evidence else "",
        run_id=context.report.run_id,
        claim=to_json(item),
    )


def _take_back(context: Context, policy: HandOffPolicy, rows: Sequence[HandOffRow]) -> None:
    """A reason that somebody cleared on the record is taken back, so that the lead can come again."""
    with context.store.transaction() as tx:
        subjects = subjects_of(context, tx, policy, [row.link_id for row in rows])
        stored = tx.claims.of([row.link_id for row in rows])
        for row in rows:
            subject = subjects.get(row.link_id)
            stood, stands = row.payload.get("stood", False), False
            if subject is not None:
                stands = policy.answers.rejected_field in subject.holds
            if subject is None or (stood and not stands):
                _withdraw(context, tx, policy, row, stored[row.link_id])
            else:
                payload = {**row.payload, "stood": stood or stands, "looked_ms": context.clock.now_ms()}
                tx.hand_offs.update(row.hand_off_id, payload=payload)


def _withdraw(context: Context, tx: Tx, policy: HandOffPolicy, row: HandOffRow, stored: Sequence[ClaimRow]) -> None:
    now_ms, taken = context.clock.now_ms(), []
    for one in stored:
        if one.claim_id in row.payload["claims"] and one.field == policy.answers.rejected_field:
            taken.append(
                claim(
                    one.subject,
                    one.field,
                    None,
                    Authority(one.authority),
                    one.source,
                    now_ms,
                    stance="withdraws",
                    target=one.claim_id,
                )
            )
    tx.claims.add([_claim_row(context, item) for item in taken])
    tx.hand_offs.update(row.hand_off_id, state="rejected")
    tx.links.touch([row.link_id])
    context.report.count("hand_offs_taken_back")


def _tell_once(context: Context, problem: Problem) -> None:
    if problem not in context.report.problems:
        context.report.problem(problem)
