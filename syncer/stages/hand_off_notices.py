"""Notices of hand-offs: owed in the transaction of what they tell, sent afterwards, once.

"This may have been sent" is durable before the call. Where the receiver can tell a second copy, a notice whose outcome
nobody knows is sent again; where it cannot, it is not, and the run says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final

from connectors.base import RemoteError
from connectors.notices.channel import Channel, Notice
from syncer.core.hand_off import clean
from syncer.core.hand_off_terms import THE_OWNER, ChannelPolicy, HandOffPolicy, Occasion
from syncer.stages.context import Context, Problem
from syncer.store.knowledge_rows import HandOffRow, NoticeRow
from syncer.store.ports import Tx

ATTEMPTS_MAX: Final = 12  # about a day and a half, by doubling pauses
BATCH: Final = 100


def owe_notices(context: Context, tx: Tx, policy: HandOffPolicy, row: HandOffRow, occasion: Occasion) -> None:
    """One notice for each channel of the status that wants this occasion; the same occasion is owed once."""
    named = policy.statuses[row.status].notices if row.status in policy.statuses else ()
    wanted = [policy.channels[name] for name in named if occasion in policy.channels[name].on]
    tx.notices.add([_notice(context, policy, row, channel, occasion) for channel in wanted])


def _notice(
    context: Context, policy: HandOffPolicy, row: HandOffRow, channel: ChannelPolicy, occasion: Occasion
) -> NoticeRow:
    owner = str(row.payload.get("with", row.owner_id))
    address = context.owners.get("left", {}).get(owner, "")
    to = [address if one == THE_OWNER else one for one in channel.to]
    key = f"{row.hand_off_id}\n{channel.name}\n{occasion.value}"
    return NoticeRow(
        notice_id=blake2b(key.encode(), digest_size=16).hexdigest(),
        hand_off_id=row.hand_off_id,
        channel=channel.name,
        state="owed",
        attempts=0,
        next_ms=context.clock.now_ms(),
        payload={
            "subject": _subject(row, occasion, address),
            "lines": _lines(policy, row, occasion),
            "facts": _facts(row, occasion, owner, address),
            "to": [one for one in to if one],
        },
    )


def _subject(row: HandOffRow, occasion: Occasion, address: str) -> str:
    name = str(row.payload.get("name", ""))
    said = {
        Occasion.HANDED_OFF: f"{row.status} for {address or row.owner_id}: {name}",
        Occasion.BREACHED: f"Unanswered: {row.status} {name}, with {address or row.owner_id}",
        Occasion.ACCEPTED: f"Accepted: {row.status} {name}",
        Occasion.REJECTED: f"Rejected: {row.status} {name}",
    }
    return clean(said[occasion])


def _lines(policy: HandOffPolicy, row: HandOffRow, occasion: Occasion) -> list[str]:
    due = f"{policy.calendar.local(row.due_ms):%Y-%m-%d %H:%M %Z}"
    if occasion is Occasion.REJECTED:
        return [clean(f"Reason: {row.reason}")]
    if occasion is Occasion.ACCEPTED:
        return [clean(str(row.payload["line"]))]
    if occasion is Occasion.BREACHED:
        return [f"The first step ({clean(row.first_step)}) was due by {due}."]
    lines = [
        *row.payload.get("warnings", ()),
        f"First step: {clean(row.first_step)}, by {due}.",
        clean(str(row.payload["line"])),
        *row.payload["criteria"],
    ]
    return [*lines, f"Ask next: {row.payload['question']}"] if row.payload["question"] else lines


def _facts(row: HandOffRow, occasion: Occasion, owner: str, address: str) -> dict[str, str | int]:
    return {
        "occasion": occasion.value,
        "hand_off": row.hand_off_id,
        "status": row.status,
        "task_id": row.task_id,
        "owner_id": owner,
        "owner_email": address,
        "first_step": row.first_step,
        "due": datetime.fromtimestamp(row.due_ms / 1000, UTC).isoformat(),
        "reason": row.reason,
        "definition": str(row.payload["definition"]),
        "verdict": str(row.payload["line"]),
        "next_question": str(row.payload["question"]),
    }


def send_notices(context: Context, policy: HandOffPolicy, channels: Mapping[str, Channel]) -> None:
    """Sends what is due, each at most once in a run; what fails stays owed, for longer each time."""
    now_ms, tried = context.clock.now_ms(), set[str]()
    while True:
        with context.store.snapshot() as tx:
            due = [row for row in tx.notices.due(now_ms, BATCH + len(tried)) if row.notice_id not in tried]
        if not due:
            return
        for row in due:
            tried.add(row.notice_id)
            channel = channels.get(row.channel)
            if channel is None:
                _unknown_channel(context, policy, row)
            else:
                _send(context, channel, row)


def _unknown_channel(context: Context, policy: HandOffPolicy, row: NoticeRow) -> None:
    """Declared and not opened, in a process without notices: stays owed. Not declared any more: given up."""
    if row.channel in policy.channels:
        context.report.count("notices_waiting")
        return
    _change(context, row, state="failed", payload={**row.payload, "error": "the channel was taken away"})
    context.report.count("notices_failed")


def _send(context: Context, channel: Channel, row: NoticeRow) -> None:
    attempts = row.attempts + 1
    wait_ms = min(context.settings.retry_first_ms << min(row.attempts, 20), context.settings.retry_last_ms)
    next_ms = context.clock.now_ms() + wait_ms
    _change(context, row, state="owed" if channel.keyed else "failed", attempts=attempts, next_ms=next_ms)
    context.probe("notice.sending")
    told = row.payload
    try:
        refused = channel.send(Notice(row.notice_id, told["subject"], told["lines"], told["facts"]), told["to"])
    except RemoteError as error:
        _not_sent(context, channel, row, error, attempts, next_ms)
        return
    context.probe("notice.sent")
    _change(context, row, state="sent")
    context.report.count("notices_sent")
    for address in refused:
        text = f"The notice {row.channel} could not be sent to one of its addresses: {_masked(address)}."
        context.report.problem(Problem("AddressRefused", text, f"Correct `to` of {row.channel}."))


def _not_sent(
    context: Context, channel: Channel, row: NoticeRow, error: RemoteError, attempts: int, next_ms: int
) -> None:
    payload = {**row.payload, "error": error.message}
    lost = error.kind == "unknown" and not channel.keyed
    again = attempts < ATTEMPTS_MAX and not lost
    wait_ms = int((error.retry_after_s or 0) * 1000)
    next_ms = max(next_ms, context.clock.now_ms() + wait_ms)
    _change(context, row, state="owed" if again else "failed", next_ms=next_ms, payload=payload)
    context.report.count("notices_owed" if again else "notices_failed")
    if lost:
        text = f"Whether the notice {row.channel} arrived is not known, and it is not sent twice: {error.message}"
        context.report.problem(Problem("NoticeUncertain", text, "Look there; the task in Salesforce is the hand-off."))
    elif not error.retriable or not again:
        text = f"The notice {row.channel} was not sent: {error.message}"
        context.report.problem(Problem("NoticeRefused", text, error.action))


def _change(context: Context, row: NoticeRow, **changes: Any) -> None:
    with context.store.transaction() as tx:
        tx.notices.update(row.notice_id, **changes)


def _masked(address: str) -> str:
    return f"***@{address.rpartition('@')[2]}"
