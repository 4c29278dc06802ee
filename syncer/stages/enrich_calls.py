"""One call to a provider: what it may cost is reserved before it leaves, and settled in one transaction with its fruit.

A crash between reservation and settlement leaves the reservation open; the next run counts it as spent and says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Final

from connectors.enrichment.provider import Answer, AnswerState, Question
from syncer.core.claims import Claim, to_json
from syncer.core.waterfall.answers import Remembered, Standing, after, heard, remember
from syncer.core.waterfall.policy import CREDIT
from syncer.core.waterfall.steps import Step
from syncer.stages.context import Context, Problem
from syncer.stages.enrich_cases import Group, until_stale
from syncer.stages.enrich_desk import Desk, amount, today
from syncer.store.knowledge_rows import AskRow, ClaimRow, ProviderRow, SpendRow

CALL_MAX: Final = 100  # questions of one reservation: what a crash can leave in doubt
_NOTES_MAX: Final = 5  # of one provider in one run
_NAMES: Final[Mapping[AnswerState, str]] = {
    AnswerState.OUT_OF_CREDIT: "OutOfCredit",
    AnswerState.UNAUTHORISED: "ProviderRefused",
    AnswerState.THROTTLED: "ProviderThrottled",
    AnswerState.BAD_REQUEST: "QuestionRefused",
    AnswerState.UNAVAILABLE: "ProviderUnavailable",
}
_ACTIONS: Final[Mapping[AnswerState, str]] = {
    AnswerState.OUT_OF_CREDIT: "Buy credits, or wait: it is tried again by itself.",
    AnswerState.UNAUTHORISED: "Correct the key in the configuration.",
    AnswerState.THROTTLED: "Nobody has to act: it is asked again by itself.",
    AnswerState.BAD_REQUEST: "Check the address in the configuration, else report it.",
    AnswerState.UNAVAILABLE: "Nobody has to act, unless it lasts: it is asked again by itself.",
}


def close_open_reservations(context: Context) -> None:
    """Calls of runs that died: nobody knows whether they were made, so they count as spent."""
    with context.store.transaction() as tx:
        left = [row for row in tx.spends.open() if row.run_id != context.report.run_id]
        for row in left:
            tx.spends.settle(row.spend_id, row.reserved, "settled")
    if left:
        context.report.count("enrich_reservations_closed", len(left))
        credits = sum(row.reserved for row in left) / CREDIT
        said = f"{len(left)} calls of an earlier run were never confirmed; {credits:g} credits count as spent."
        context.report.problem(Problem("SpendUnknown", said, "Compare with the vendor's own count, if it matters."))


def call(desk: Desk, name: str, asked: Sequence[tuple[Group, Step]]) -> None:
    """Asks one provider about these groups, and stores whatever comes of it."""
    context = desk.context
    reserved = sum(step.price for _, step in asked)
    spend_id = ""
    if reserved:
        spend_id = context.entropy.token()
        now_ms, run_id = context.clock.now_ms(), context.report.run_id
        row = SpendRow(spend_id, name, run_id, today(context), reserved, 0, "reserved", now_ms, len(asked))
        with context.store.transaction() as tx:
            tx.spends.put(row)
    desk.asked += len(asked)
    for _, step in asked:
        desk.purse.take(name, step.who.key, step.price)
    context.probe("enrich.reserved")
    answers = _ask(desk, name, [_question(step) for _, step in asked])
    context.probe("enrich.answered")
    _store(desk, name, spend_id, reserved, asked, answers)
    context.probe("enrich.stored")


def _question(step: Step) -> Question:
    return Question(key=step.who.key, kind=step.who.of, fields=step.fields, **step.who.known)


def _ask(desk: Desk, name: str, questions: Sequence[Question]) -> Sequence[Answer]:
    """One answer for each. A provider that breaks its promise not to raise is unavailable, and may have cost all."""
    provider = desk.providers[name]
    try:
        answers = list(provider.ask(questions))
    except Exception:  # the rest of the run goes on; the trace is in the log
        desk.context.log.exception("provider_raised", provider=name)
        return [_broken(desk, name, one, "raised an error; see the log") for one in questions]
    if [one.key for one in answers] != [one.key for one in questions]:
        return [_broken(desk, name, one, "answered other questions than it was asked") for one in questions]
    return answers


def _broken(desk: Desk, name: str, question: Question, why: str) -> Answer:
    price = desk.offers(question.kind)[name].price
    return Answer(
        question.key,
        AnswerState.UNAVAILABLE,
        credits=Decimal(price) / CREDIT,
        message=f"The source {name} {why}.",
        action="Report this.",
    )


def _store(
    desk: Desk,
    name: str,
    spend_id: str,
    reserved: int,
    asked: Sequence[tuple[Group, Step]],
    answers: Sequence[Answer],
) -> None:
    """Settles, and keeps claims, what is remembered of the questions and the provider's standing: all or nothing."""
    context = desk.context
    now_ms, run_id = context.clock.now_ms(), context.report.run_id
    fruit = Fruit()
    standing = desk.standing.get(name, Standing(name))
    for (group, step), answer in zip(asked, answers, strict=True):
        standing = after(standing, answer, now_ms)
        _gather(desk, name, group, step, answer, standing.open_until_ms, now_ms, fruit)
    spent = [amount(max(one.credits, Decimal(0))) for one in answers]
    desk.standing[name] = standing
    with context.store.transaction() as tx:
        if spend_id:
            tx.spends.settle(spend_id, sum(spent), "settled")
        elif any(spent):
            token, day = context.entropy.token(), today(context)
            tx.spends.put(SpendRow(token, name, run_id, day, 0, sum(spent), "settled", now_ms, len(asked)))
        new = tx.claims.add(claim_rows(fruit.claims, run_id))
        tx.asks.put(fruit.asks)
        tx.providers.put(ProviderRow(**asdict(standing)))
    for (_, step), cost in zip(asked, spent, strict=True):
        desk.purse.take(name, step.who.key, cost - step.price)
    _report(desk, name, answers, fruit.refused, new, sum(spent), reserved)


@dataclass(slots=True)
class Fruit:
    """What the answers of one call leave to be kept."""

    claims: list[Claim] = field(default_factory=list)
    asks: list[AskRow] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)


def _gather(
    desk: Desk, name: str, group: Group, step: Step, answer: Answer, closed_until_ms: int, now_ms: int, fruit: Fruit
) -> None:
    """What one answer says of each subject of its group, and what is remembered of its question."""
    policy = desk.policy
    told: set[str] = set()
    for subject in group.subjects:
        link_id, kind = subject.link.link_id, subject.kind.kind
        made = heard(policy, name, link_id, kind, answer, subject.claims, desk.target, now_ms)
        subject.learn(made.claims)
        fruit.claims += made.claims
        fruit.refused += made.refused
        told |= made.told
    row = group.asked.get(name)
    before = None if row is None else Remembered(**{part: getattr(row, part) for part in Remembered.__slots__})
    holder, offer = group.subjects[0].link.link_id, desk.offers(step.who.of)[name]
    kept = AskRow(**asdict(remember(policy, offer, step, answer, told, before, closed_until_ms, holder, now_ms)))
    group.asked[name] = kept
    fruit.asks += [kept, *until_stale(policy, kept, told, now_ms)]


def _row(item: Claim, run_id: str) -> ClaimRow:
    return ClaimRow(
        item.claim_id,
        item.subject,
        item.field,
        item.authority.value,
        item.source,
        item.observed_ms,
        "",
        run_id,
        to_json(item),
    )


def claim_rows(claims: Sequence[Claim], run_id: str) -> list[ClaimRow]:
    return [_row(item, run_id) for item in claims]


def _report(
    desk: Desk, name: str, answers: Sequence[Answer], refused: Counter[str], new: int, spent: int, reserved: int
) -> None:
    report = desk.context.report
    report.count("enrich_questions", len(answers))
    report.count("enrich_claims", new)
    report.count("enrich_spent_thousandths", spent)
    for answer in answers:
        report.count(f"enrich_{answer.state}")
    for reason, count in refused.items():
        report.count(f"enrich_unread.{reason}", count)
    if refused["no_rate"]:
        said = f"{name} gave amounts in a currency without a rate; they were left out."
        _once(desk, Problem("NoRate", said, "Give the rate under [rates] in enrichment.toml, if they matter."))
    if spent > reserved:
        said = f"{name} took {spent / CREDIT:g} credits where {reserved / CREDIT:g} were reserved."
        _once(desk, Problem("CostAboveReserved", said, f"Raise cost of [provider.{name}] in enrichment.toml."))
    noted = 0
    for answer in answers:
        if problem := _problem(desk, name, answer):
            noted += problem.name == "SourceNote"
            if noted <= _NOTES_MAX:
                _once(desk, problem)


def _problem(desk: Desk, name: str, answer: Answer) -> Problem | None:
    if known := _NAMES.get(answer.state):
        said = answer.message or f"{name}: {answer.state.value}"
        return Problem(known, said, answer.action or _ACTIONS.get(answer.state, ""))
    if answer.message and desk.policy.providers[name].kind == "file":
        return Problem("SourceNote", f"{name}: {answer.message}.", "Correct the export, if it matters.")
    return None


def _once(desk: Desk, problem: Problem) -> None:
    """The same words are told once in a run."""
    told = {(one.name, one.message) for one in desk.context.report.problems}
    if (problem.name, problem.message) not in told:
        desk.context.report.problem(problem)
