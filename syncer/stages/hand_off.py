"""Hand-off: what is owed to sales becomes a Task of somebody, once; then people are told, and the clock is watched.

A Task is created by upsert on our own key, and "this may have happened" is durable before the call. A process that dies
between call and answer leaves a hand-off that was sent and has no Task yet: the next run looks for it by the key, and
only where it is not there, and nothing can arrive late any more, makes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from connectors.base import Op, Outcome, OutcomeState, RemoteError, Write
from connectors.notices.channel import Channel
from syncer.core.business_hours import due_ms
from syncer.core.hand_off import Brief, Choice, choose_owner, task_text
from syncer.core.hand_off_terms import HandOffPolicy, Occasion
from syncer.core.qualification_terms import APART
from syncer.stages.context import LEFT_KEY, Context, Problem
from syncer.stages.hand_off_notices import owe_notices, send_notices
from syncer.stages.hand_off_owed import end
from syncer.stages.hand_off_subject import Subject, subjects_of
from syncer.stages.hand_off_watch import MOST, RECYCLING, TASK, watch
from syncer.store.knowledge_rows import HandOffRow
from syncer.store.ports import Tx

_NOTHING: Final[Mapping[str, Channel]] = {}


def hand_off(context: Context, policy: HandOffPolicy, channels: Mapping[str, Channel] = _NOTHING) -> None:
    """Hands over what is owed, reads what sales answered, and sends the notices that are due.

    Raises nothing for a refusal: it becomes a problem of the run, a later try, or a paused side.
    """
    try:
        if context.active("left") and _ready(context):
            _find_sent(context, policy)
            _hand_over(context, policy)
            watch(context, policy)
    except RemoteError as error:  # what was sent is marked sent: the next run looks for it
        context.report.pause("left", error)
    send_notices(context, policy, channels)


def _ready(context: Context) -> bool:
    """Whether there is anything to do, and tasks carry our key."""
    with context.store.snapshot() as tx:
        if not tx.hand_offs.by_state(("owed", "sent", RECYCLING), 1):
            return False
    if ("left", TASK) not in context.schemas:
        context.schemas["left", TASK] = context.remotes["left"].schema(TASK)
    found = context.schemas["left", TASK].fields.get(LEFT_KEY)
    if found is not None and found.unique:
        return True
    context.report.problem(
        Problem(
            "TaskKeyMissing",
            f"Tasks have no unique {LEFT_KEY}: nothing is handed over, since it could happen twice.",
            "Run syncer setup salesforce, or ask a Salesforce administrator for that field on Activity.",
            side="left",
            object=TASK,
            field=LEFT_KEY,
        )
    )
    return False


def _find_sent(context: Context, policy: HandOffPolicy) -> None:
    """Sent, and nobody heard what became of it: the key tells."""
    now_ms = context.clock.now_ms()
    with context.store.snapshot() as tx:
        rows = [row for row in tx.hand_offs.by_state(("sent",), MOST) if not row.task_id]
    for chunk in _chunks(rows, context.settings.verify_batch):
        found = context.remotes["left"].find(TASK, LEFT_KEY, [row.hand_off_id for row in chunk], (LEFT_KEY, "OwnerId"))
        tasks = {str(record.values[LEFT_KEY]): record for record in found}
        with context.store.transaction() as tx:
            for row in chunk:
                task = tasks.get(row.hand_off_id)
                if task is not None:
                    _arrived(context, tx, policy, row, task.id)
                    context.report.count("hand_offs_recovered")
                elif row.sent_ms + context.settings.zombie_wait_ms <= now_ms:
                    tx.hand_offs.update(row.hand_off_id, state="owed")
        context.probe("hand_off.recovered")


def _hand_over(context: Context, policy: HandOffPolicy) -> None:
    now_ms = context.clock.now_ms()
    with context.store.snapshot() as tx:
        rows = [row for row in tx.hand_offs.by_state(("owed",), MOST) if row.payload.get("next_ms", 0) <= now_ms]
    if len(rows) > policy.at_most:
        context.report.problem(
            Problem(
                "ManyHandOffs",
                f"{len(rows)} leads are to be handed over at once, more than at_most = {policy.at_most}: none is.",
                f"If that is meant, raise at_most in {policy.path or 'hand-off.toml'}; else look at the definition.",
            )
        )
        return
    active = _who_can_own(context)
    for chunk in _chunks(rows, context.settings.verify_batch):
        ready = _mark_sent(context, policy, chunk, active)
        if not ready or not context.active("left"):
            continue
        context.probe("hand_off.sent")
        outcomes = context.remotes["left"].write([one.write for one in ready])
        context.probe("hand_off.answered")
        _record(context, policy, ready, outcomes)


def _who_can_own(context: Context) -> dict[str, str]:
    """Active people, without ourselves: a task of the integration user is nobody's."""
    if "left" not in context.owners:
        context.owners["left"] = dict(context.remotes["left"].owners())
    return {one: email for one, email in context.owners["left"].items() if one != context.user_ids.get("left")}


@dataclass(frozen=True, slots=True)
class _Ready:
    """One that is marked sent, and its write."""

    row: HandOffRow
    subject: Subject
    write: Write


def _mark_sent(
    context: Context, policy: HandOffPolicy, rows: Sequence[HandOffRow], active: Mapping[str, str]
) -> list[_Ready]:
    """Chooses the owners and commits "this may have happened" before the network hears of it."""
    ready: list[_Ready] = []
    now_ms = context.clock.now_ms()
    with context.store.transaction() as tx:
        subjects = subjects_of(context, tx, policy, [row.link_id for row in rows])
        for row in rows:
            subject = subjects.get(row.link_id)
            over = _over(policy, row, subject)
            if over or subject is None:
                end(tx, row, over, now_ms)
                context.report.count("hand_offs_ended")
                continue
            choice = _owner(context, tx, policy, row, subject, active) if subject.left_id else None
            if choice is None:
                context.report.count("hand_offs_waiting")
                continue
            amount, unit, business = row.payload["sla"]
            told = {"why": choice.why, "name": subject.name, "warnings": list(subject.warnings)}
            changes = {
                "state": "sent",
                "owner_id": choice.owner_id,
                "pool": choice.pool,
                "sent_ms": now_ms,
                "due_ms": due_ms(policy.calendar, now_ms, amount, unit, business),
                "payload": {"before": subject.said_as_json(), **row.payload, **told},
            }
            tx.hand_offs.update(row.hand_off_id, **changes)
            row = replace(row, **changes)
            ready.append(_Ready(row, subject, _write(context, policy, row, subject)))
    return ready


def _over(policy: HandOffPolicy, row: HandOffRow, subject: Subject | None) -> str:
    """Why nobody is to get it any more; empty: somebody is."""
    if subject is None:
        return "the subject is gone"
    if row.status not in policy.statuses:
        return f"{row.status} is not handed over any more"
    return f"{subject.status} before it was handed over" if subject.status in APART else ""


def _owner(
    context: Context, tx: Tx, policy: HandOffPolicy, row: HandOffRow, subject: Subject, active: Mapping[str, str]
) -> Choice | None:
    """Who was chosen in an earlier try, else who is next. None, and a problem of the run, where there is nobody."""
    if row.owner_id in active:
        return Choice(row.owner_id, row.pool, str(row.payload.get("why", "")))
    choice = choose_owner(policy, row.status, subject.facts, active, tx.hand_offs.last_owner)
    told = {problem.message for problem in context.report.problems}
    where = policy.path or "hand-off.toml"
    for one in choice.skipped if choice is not None else ():
        message = f"{one}, named in {where}, is no active user of Salesforce and gets nothing."
        if message not in told:
            action = f"Correct {where}, or activate the user."
            context.report.problem(Problem("OwnerInactive", message, action, side="left"))
    if choice is None:
        message = f"Nobody named for {row.status} in {where} is an active user of Salesforce: nothing is handed over."
        if message not in told:
            context.report.problem(Problem("NoOwner", message, f"Name somebody in {where}.", side="left"))
    return choice


def _write(context: Context, policy: HandOffPolicy, row: HandOffRow, subject: Subject) -> Write:
    brief = Brief(
        status=row.status,
        first_step=row.first_step,
        within=str(row.payload["within"]),
        line=str(row.payload["line"]),
        definition=str(row.payload["definition"]),
        criteria=tuple(row.payload["criteria"]),
        question=str(row.payload["question"]),
        reasons=tuple(row.payload["reasons"]),
        warnings=subject.warnings,
    )
    labels = {item.name: item.label for item in context.kind("person").fields}
    text = task_text(brief, subject.name, row.due_ms, policy, labels)
    values = {
        "Subject": text.subject,
        "Description": text.description,
        "ActivityDate": text.due_day,
        "OwnerId": row.owner_id,
        "WhoId": subject.left_id,
    }
    return Write(row.hand_off_id, Op.CREATE, TASK, values, key_field=LEFT_KEY, key=row.hand_off_id)


def _record(context: Context, policy: HandOffPolicy, ready: Sequence[_Ready], outcomes: Sequence[Outcome]) -> None:
    by_id = {outcome.write_id: outcome for outcome in outcomes}
    with context.store.transaction() as tx:
        for one in ready:
            outcome = by_id.get(one.row.hand_off_id)
            if outcome is not None and outcome.state is OutcomeState.APPLIED and outcome.id:
                _arrived(context, tx, policy, one.row, outcome.id)
            elif outcome is not None and outcome.state is OutcomeState.REJECTED and outcome.error is not None:
                _refused(context, tx, one.row, outcome.error)
            else:  # nobody knows: the key is looked for in the next run
                context.report.count("hand_offs_unknown")
    context.probe("hand_off.recorded")


def _arrived(context: Context, tx: Tx, policy: HandOffPolicy, row: HandOffRow, task_id: str) -> None:
    """The Task is there: the hand-off is done, and whoever is to be told is owed a notice."""
    tx.hand_offs.update(row.hand_off_id, task_id=task_id)
    owe_notices(context, tx, policy, replace(row, task_id=task_id), Occasion.HANDED_OFF)
    context.report.count("handed_off")
    context.report.count(f"handed_off.{row.status}")


def _refused(context: Context, tx: Tx, row: HandOffRow, error: RemoteError) -> None:
    """Nothing was done: owed again, later each time."""
    if error.kind == "identity":  # our key is taken: the task is there, and is looked for
        context.report.count("hand_offs_unknown")
        return
    if error.kind in ("auth", "quota"):
        context.report.pause("left", error)
    refusals = int(row.payload.get("refusals", 0)) + (0 if error.kind in ("auth", "quota", "transient") else 1)
    settings = context.settings
    wait_ms = min(settings.retry_first_ms << min(refusals, 20), settings.retry_last_ms) if refusals else 0
    payload = {**row.payload, "refusals": refusals, "next_ms": context.clock.now_ms() + wait_ms}
    changes = {"owner_id": "", "pool": ""} if error.kind == "data" else {}  # it may have been the owner
    tx.hand_offs.update(row.hand_off_id, state="owed", payload=payload, **changes)
    context.report.count("hand_offs_refused")
    if refusals:
        text = f"The task of a hand-off ({row.status}) was refused: {error.message}"
        context.report.problem(
            Problem("TaskRefused", text, error.action, side="left", object=TASK, link_id=row.link_id)
        )


def _chunks(rows: Sequence[HandOffRow], size: int) -> Iterator[Sequence[HandOffRow]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
