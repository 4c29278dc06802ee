"""The hand-off, decided: is there one, who gets it, what its task says, and how sales answered. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Literal

from syncer.core.hand_off_terms import Answers, HandOffPolicy, Owners, Territory
from syncer.core.identity.places import country, state
from syncer.core.qualification_terms import APART, LADDER

NO_REASON: Final = "no reason given"
LONGEST_SUBJECT: Final = 255
LONGEST_LINE: Final = 500
LONGEST_TEXT: Final = 30_000  # of the 32,000 that a task holds
_QUEUE: Final = "00G"
_RANK: Final = {name: place for place, name in enumerate(LADDER)}


def hand_off_id(link_id: str, to_status: str, at_ms: int) -> str:
    """The id of the hand-off of one move: the same move has the same id, however often it is looked at."""
    return blake2b(f"{link_id}\n{to_status}\n{at_ms}".encode(), digest_size=16).hexdigest()


def is_step_up(from_status: str, to_status: str) -> bool:
    """Whether a move brings a subject nearer to sales: up the ladder, or back onto it."""
    if to_status not in _RANK:
        return False
    if from_status in APART or not from_status:
        return _RANK[to_status] > 0
    return _RANK[to_status] > _RANK.get(from_status, 0)


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides a territory, as the records have it, and who owns the record now."""

    country: str = ""
    state: str = ""
    industry: str = ""
    owner_id: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Who gets it. `pool`: whose turn it was taken from; `skipped`: those named who cannot own anything."""

    owner_id: str
    pool: str
    why: str
    skipped: tuple[str, ...] = ()


def territory_key(kind: Literal["country", "state", "industry"], text: str, of_country: str = "") -> str:
    """How a text of a rule or a record is compared: countries and states by their codes, else without case."""
    if kind == "country":
        return country(text) or text.strip().casefold()
    if kind == "state":
        return state(text, country(of_country)).casefold()
    return " ".join(text.replace("_", " ").casefold().split())


def choose_owner(
    policy: HandOffPolicy, status: str, facts: Facts, active: Mapping[str, str], last_of: Callable[[str], str]
) -> Choice | None:
    """Who is next. None: nobody who is named, nor any fallback, can own a record.

    `active`: user id -> e-mail address of those who can. `last_of`: pool -> who had the last turn.
    """
    ids = {email.casefold(): user_id for user_id, email in active.items()} | {one: one for one in active}
    skipped: list[str] = []
    name, seen = policy.statuses[status].owners, set()
    while name and name not in seen:
        seen.add(name)
        owners = policy.owners[name]
        found = _existing(owners, facts, active) or _in_turn(owners, facts, ids, last_of, skipped)
        if found is not None:
            return Choice(*found, tuple(dict.fromkeys(skipped)))
        name = owners.fallback
    return None


def _existing(owners: Owners, facts: Facts, active: Mapping[str, str]) -> tuple[str, str, str] | None:
    if owners.how == "existing owner" and facts.owner_id in active:
        return facts.owner_id, "", "owns the record"
    return None


def _in_turn(
    owners: Owners, facts: Facts, ids: Mapping[str, str], last_of: Callable[[str], str], skipped: list[str]
) -> tuple[str, str, str] | None:
    pool, who, why = owners.name, owners.who, f"{owners.name}, in turn"
    if owners.how == "territory":
        number, rule = next(((n, one) for n, one in enumerate(owners.territories, 1) if _serves(one, facts)), (0, None))
        if rule is None:
            return None
        pool, who, why = f"{owners.name}/{number}", rule.who, f"{owners.name}, territory {number}"
    known = [ids.get(one.casefold(), ids.get(one, one if one.startswith(_QUEUE) else "")) for one in who]
    skipped += [one for one, user_id in zip(who, known, strict=True) if not user_id]
    turns = [user_id for user_id in known if user_id]
    if not turns:
        return None
    last = last_of(pool)
    place = known.index(last) + 1 if last and last in known else 0
    order = known[place:] + known[:place]
    return next(user_id for user_id in order if user_id), pool, why


def _serves(rule: Territory, facts: Facts) -> bool:
    asked = (
        (rule.countries, territory_key("country", facts.country) if facts.country else ""),
        (rule.states, territory_key("state", facts.state, facts.country) if facts.state else ""),
        (rule.industries, territory_key("industry", facts.industry) if facts.industry else ""),
    )
    return all(not wanted or (key and key in wanted) for wanted, key in asked)


@dataclass(frozen=True, slots=True)
class TaskText:
    subject: str
    description: str
    due_day: str  # in the team's zone


@dataclass(frozen=True, slots=True)
class Brief:
    """What the task has to tell, as it stood when the status moved."""

    status: str
    first_step: str
    within: str
    line: str
    definition: str
    criteria: tuple[str, ...]
    question: str
    reasons: tuple[str, ...] = ()  # for which sales may reject
    warnings: tuple[str, ...] = ()  # what must not be done, whatever the first step says


def task_text(brief: Brief, name: str, due_ms: int, policy: HandOffPolicy, labels: Mapping[str, str]) -> TaskText:
    """Subject and text of the task: the first step, when, why, what to ask, and how to answer.

    `labels`: what people see the answer fields under; a field without one is called by its name.
    """
    due = policy.calendar.local(due_ms)
    step = clean(brief.first_step)
    lines = [
        *brief.warnings,
        f"First step: {step}, by {due:%Y-%m-%d %H:%M %Z} ({brief.within}).",
        f"{brief.status} by {clean(brief.definition)}: {clean(brief.line)}.",
        *brief.criteria,
    ]
    if brief.question:
        lines += ["", f"Ask next: {clean(brief.question)}"]
    lines += ["", *_how_to_answer(policy.answers, brief.reasons, labels)]
    subject = clean(f"{step[:1].upper()}{step[1:]}: {name} ({brief.status})")[:LONGEST_SUBJECT]
    return TaskText(subject, "\n".join(lines)[:LONGEST_TEXT], due.date().isoformat())


def _how_to_answer(answers: Answers, reasons: Sequence[str], labels: Mapping[str, str]) -> list[str]:
    yes, no = (labels.get(one) or one.replace("_", " ") for one in (answers.accepted_field, answers.rejected_field))
    said = [f'To accept, set "{yes}" on the record.', f'To reject, set "{no}" there.']
    if answers.outcome:
        said.append("Or choose the answer on this task.")
    return [*said, f"Reasons: {', '.join(map(clean, reasons))}."] if reasons else said


def clean(text: str) -> str:
    """One line of plain text: what others wrote is data, without controls, hidden and bidirectional characters."""
    shown = "".join(" " if sign.isspace() else sign for sign in text if _visible(sign))
    return " ".join(shown.split())[:LONGEST_LINE]


def _visible(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the record says of an answer, and since when at the latest."""

    accepted: bool = False
    rejected: str = ""
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class TaskSeen:
    """What the task says. `owner_id`: who has it now."""

    outcome: str = ""
    closed: bool = False
    at_ms: int = 0
    owner_id: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """`done`: the first step was taken, and neither accepted nor rejected yet. `on_task`: no field says it yet."""

    state: Literal["accepted", "rejected", "done"]
    at_ms: int
    reason: str = ""
    on_task: bool = False


def answer_of(answers: Answers, before: Seen, now: Seen, task: TaskSeen | None) -> Answer | None:
    """The answer of sales, a rejection before an acceptance; None while there is none.

    `before`: what the record said when the hand-off was sent: only a change is an answer to it.
    """
    outcome = clean(task.outcome) if task is not None else ""
    if now.rejected and now.rejected != before.rejected:
        return Answer("rejected", now.at_ms, clean(now.rejected))
    if task is not None and answers.rejected and outcome.casefold().startswith(answers.rejected.casefold()):
        reason = outcome[len(answers.rejected) :].strip(" :-") or NO_REASON
        return Answer("rejected", task.at_ms, reason, on_task=True)
    if now.accepted and not before.accepted:
        return Answer("accepted", now.at_ms)
    if task is not None and outcome.casefold() in map(str.casefold, answers.accepted):
        return Answer("accepted", task.at_ms, on_task=True)
    return Answer("done", task.at_ms) if task is not None and task.closed else None
