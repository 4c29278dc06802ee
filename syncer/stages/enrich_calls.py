"""One call to a provider: what it may cost is reserved before it leaves, and settled in one transaction with its fruit.

A crash between reservation and settlement leaves the reservation open; the next run counts it as spent and says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from connectors.enrichment.provider import Answer, AnswerState, Provider, Question
from syncer.core.claims import Claim, to_json
from syncer.core.waterfall.answers import Remembered, Standing, after, heard, remember
from syncer.core.waterfall.policy import CREDIT, EnrichmentPolicy, FieldPolicy
from syncer.core.waterfall.purse import Purse, purse
from syncer.core.waterfall.steps import Offer, Step
from syncer.core.waterfall.values import Target
from syncer.stages.context import Context, Problem
from syncer.stages.enrich_cases import Group, until_stale
from syncer.store.knowledge_rows import AskRow, ClaimRow, ProviderRow, SpendRow
from syncer.store.ports import Tx

CALL_MAX: Final = 100  # questions of one reservation: what a crash can leave in doubt
TURN_MIN: Final = 20  # subjects that have their turn together, at least
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
}


@dataclass(slots=True)
class Desk:
    """What is the same for every call of one run: providers as they offer themselves, their standing, the purse."""

    context: Context
    policy: EnrichmentPolicy
    providers: Mapping[str, Provider]
    standing: dict[str, Standing]
    target: Callable[[FieldPolicy], Target]
    purse: Purse = field(init=False)
    day: str = ""
    asked: int = 0  # questions of this stage so far
    left: Counter[str] = field(default_factory=Counter)  # subjects that had no turn, by what stood in the way
    _offers: dict[str, dict[str, Offer]] = field(default_factory=dict)

    def offers(self, of: str) -> dict[str, Offer]:
        if of not in self._offers:
            self._offers[of] = {name: offer_of(name, one, of) for name, one in self.providers.items()}
        return self._offers[of]

    def closed(self) -> dict[str, int]:
        return {name: one.open_until_ms for name, one in self.standing.items() if one.open_until_ms}

    def out_of_time(self) -> bool:
        since_ms = self.context.asking_since_ms
        return self.context.clock.now_ms() - since_ms >= self.context.settings.enrich_ms

    def turn_ms(self, why: str, subjects: int, first_ms: int, apart_ms: int) -> int:
        """When they have their turn: as many at a time as this run could serve, so that a long queue is not stirred up
        as a whole each time."""
        place = self.left[why]
        self.left[why] += subjects
        return first_ms + place // max(TURN_MIN, self.asked) * apart_ms

    def count(self, tx: Tx) -> None:
        """The purse as the store has it: also what other processes spent today."""
        self.day = today(self.context)
        run_id = self.context.report.run_id
        names = sorted({*self.policy.providers, *self.standing})
        spent_run = {name: tx.spends.total(name, run_id=run_id) for name in names}
        self.purse = purse(self.policy, spent_run, {name: tx.spends.total(name, day=self.day) for name in names})
        self.purse.subject = self.context.spent_on


def offer_of(name: str, provider: Provider, of: str) -> Offer:
    """What a provider offers of that kind. `fields` and `needed` by kind are finer than the protocol asks for."""
    offers = getattr(provider, "fields", {}).get(of, provider.offers)
    needs = getattr(provider, "needed", {}).get(of, provider.needs)
    return Offer(name, frozenset(offers), provider.kinds, tuple(map(tuple, needs)), amount(provider.price))


def amount(credits: Decimal) -> int:
    """Thousandths, rounded up: a cap is never exceeded by a rounding."""
    return -int(-credits * CREDIT // 1)


def today(context: Context) -> str:
    return datetime.fromtimestamp(context.clock.now_ms() / 1000, UTC).date().isoformat()


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
    context, policy = desk.context, desk.policy
    now_ms = context.clock.now_ms()
    claims: list[Claim] = []
    rows: list[AskRow] = []
    refused: Counter[str] = Counter()
    standing = desk.standing.get(name, Standing(name))
    for (group, step), answer in zip(asked, answers, strict=True):
        standing = after(standing, answer, now_ms)
        told: set[str] = set()
        for subject in group.subjects:
            link_id, kind = subject.link.link_id, subject.kind.kind
            made = heard(policy, name, link_id, kind, answer, subject.claims, desk.target, now_ms)
            subject.learn(made.claims)
            claims += made.claims
            told |= made.told
            refused += made.refused
        offer = desk.offers(step.who.of)[name]
        before = group.asked.get(name)
        kept = remember(
            policy,
            offer,
            step,
            answer,
            told,
            None if before is None else Remembered(**{part: getattr(before, part) for part in Remembered.__slots__}),
            standing.open_until_ms,
            group.subjects[0].link.link_id,
            now_ms,
        )
        group.asked[name] = AskRow(**asdict(kept))
        rows += [group.asked[name], *until_stale(policy, group.asked[name], told, now_ms)]
    spent = [amount(max(one.credits, Decimal(0))) for one in answers]
    desk.standing[name] = standing
    with context.store.transaction() as tx:
        if spend_id:
            tx.spends.settle(spend_id, sum(spent), "settled")
        elif any(spent):
            row = SpendRow(
                context.entropy.token(),
                name,
                context.report.run_id,
                today(context),
                0,
                sum(spent),
                "settled",
                now_ms,
                1,
            )
            tx.spends.put(row)
        new = tx.claims.add([_row(item, context.report.run_id) for item in claims])
        tx.asks.put(rows)
        tx.providers.put(ProviderRow(**asdict(standing)))
    for (_, step), cost in zip(asked, spent, strict=True):
        desk.purse.take(name, step.who.key, cost - step.price)
    _report(desk, name, answers, refused, new, sum(spent), reserved)


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
