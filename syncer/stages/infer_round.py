"""The two ways through infer: learning anew from everybody, and following the accounts that changed.

A run that dies while it learns is repeated whole: that learning is over is the last thing that is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from syncer.core.lookalike import Lookalike
from syncer.core.predicted import NEWS, STANDING, STATUS
from syncer.stages.context import Context
from syncer.stages.infer_answers import Answers, all_answers, answers_of
from syncer.stages.infer_fit import learn
from syncer.stages.infer_life import counted, refuted_segments, settle, store, withdraw_in, withdraw_resting_on
from syncer.stages.infer_models import Models, load_models, retire
from syncer.stages.infer_score import Draft, score, segment_keys, segments_of
from syncer.stages.infer_values import account_names, every_account, known_of
from syncer.store.knowledge_rows import ModelRow, PredictionRow
from syncer.store.ports import Tx

BATCH: Final = 500
SCORED: Final = 50_000  # accounts that are claimed together
Values = dict[str, dict[str, Any]]


@dataclass(slots=True)
class News:
    """Accounts that answered since the fit, and by fact those that no longer answer as they did."""

    made_ms: int
    space: str
    fingerprint: str
    learned: int  # accounts that had answered
    done: bool = True
    accounts: set[str] = field(default_factory=set)
    fallen: dict[str, set[str]] = field(default_factory=dict)

    def row(self) -> ModelRow:
        report = {
            "space": self.space,
            "fingerprint": self.fingerprint,
            "learned": self.learned,
            "done": self.done,
            "accounts": sorted(self.accounts),
            "fallen": {fact: sorted(accounts) for fact, accounts in sorted(self.fallen.items())},
        }
        return ModelRow(NEWS, NEWS, self.made_ms, True, "", report)


def learn_anew(context: Context, policy: Lookalike, told: Callable[[str], None]) -> None:
    """From everybody who answered, for everybody who did not."""
    now_ms = context.clock.now_ms()
    told("reading answers")
    with context.store.snapshot() as tx:
        answers = all_answers(tx, policy, now_ms)
        everyone: Values = {}
        learned: Values = {}
        for page in every_account(tx, context.kinds, policy):
            for account, known in page.items():
                everyone[account] = known.at(policy, now_ms)
                if account in answers:
                    learned[account] = known.at(policy, min(one.at_ms for one in answers[account].values()))
        confirmed = counted(tx.predictions.counts(), "confirmed")
    if not everyone:
        return
    found = learn(policy, everyone, learned, answers, now_ms, context.entropy.token, told)
    told("predicting")
    with context.store.transaction() as tx:
        news = News(now_ms, found.models.model_id, policy.fingerprint, len(found.models.ids), done=False)
        tx.models.put(news.row())
        retire(tx)
        for row in found.rows:
            tx.models.put(row)
        ended = _settled(context, tx, answers, list(answers))
        withdraw_in(context, tx, refuted_segments(tx, ended, policy.floors.gap))
        _touch(context, tx, {row.subject for row in ended if row.shown})
    answered = {account: set(said) for account, said in answers.items()}
    for ids in _chunks(everyone, SCORED):
        some = {account: everyone[account] for account in ids}
        drafts = score(policy, found.models, some, answered, confirmed)
        by_subject: dict[str, list[Draft]] = {}
        for draft in drafts:
            by_subject.setdefault(draft.subject, []).append(draft)
        for batch in _chunks(some, BATCH):
            with context.store.transaction() as tx:
                listed = [one for account in batch for one in by_subject.get(account, ())]
                _store(context, tx, policy, {account: some[account] for account in batch}, listed)
    news.done = True
    with context.store.transaction() as tx:
        tx.models.put(news.row())
    context.report.count("facts_learned", sum(row.live for row in found.rows[:-1]))
    context.report.count("facts_refused", sum(not row.live for row in found.rows[:-1]))
    for row in found.rows[:-1]:
        context.log.info("fact learned" if row.live else "fact refused", fact=row.fact, why=row.why)


def follow(context: Context, policy: Lookalike, accounts: Sequence[str]) -> None:
    """Settles what these accounts answered, and brings what is claimed of them up to date; a batch a transaction."""
    with context.store.snapshot() as tx:
        models = load_models(tx, policy)
    if models is None:
        learn_anew(context, policy, lambda stage: None)
        return
    for batch in _chunks(accounts, BATCH):
        with context.store.transaction() as tx:
            _follow_some(context, tx, policy, models, batch)


def _follow_some(context: Context, tx: Tx, policy: Lookalike, models: Models, accounts: Sequence[str]) -> None:
    answers = answers_of(tx, policy, accounts, context.clock.now_ms())
    ended = _settled(context, tx, answers, accounts)
    refuted = refuted_segments(tx, ended, policy.floors.gap)
    gone = withdraw_in(context, tx, refuted)
    for name, model in models.facts.items():
        model.withdrawn |= refuted.get(model.model_id, {}).get(name, frozenset())
    news = _news(tx, models, policy)
    fallen = _fallen(models, answers, accounts)
    gone += withdraw_resting_on(context, tx, fallen)
    _note(tx, models, news, answers, fallen)
    _touch(context, tx, {row.subject for row in (*ended, *gone) if row.shown})
    again = sorted({*accounts, *(row.subject for row in gone)})
    known = known_of(tx, context.kinds, policy, list(tx.links.get_many(again).values()))
    now_ms = context.clock.now_ms()
    values = {account: one.at(policy, now_ms) for account, one in known.items()}
    answers |= answers_of(tx, policy, sorted(set(again) - set(accounts)), now_ms)
    answered = {account: set(said) for account, said in answers.items()}
    place_of = models.place_of()
    places = {fact: {place_of[one] for one in gone_ones} for fact, gone_ones in news.fallen.items()}
    confirmed = counted(tx.predictions.counts(), "confirmed")
    _store(context, tx, policy, values, score(policy, models, values, answered, confirmed, places))


def _settled(context: Context, tx: Tx, answers: Answers, accounts: Sequence[str]) -> list[PredictionRow]:
    return [row for batch in _chunks(accounts, BATCH) for row in settle(context, tx, answers, batch)]


def _store(
    context: Context, tx: Tx, policy: Lookalike, values: Mapping[str, Mapping[str, Any]], drafts: Sequence[Draft]
) -> None:
    seeds = {seed for one in drafts for seed in one.seeds[:3]}
    links = tx.links.get_many(sorted(seeds | {one.subject for one in drafts}))
    names = account_names(tx, list(links.values()))
    segments = {account: segments_of(policy, known) for account, known in values.items()}
    keys = {one.subject: segment_keys(policy, values[one.subject]) for one in drafts}
    _touch(context, tx, store(context, tx, policy, segments, drafts, keys, names))


def _touch(context: Context, tx: Tx, accounts: Iterable[str]) -> None:
    """Makes the accounts dirty, and their people, who show the same: reconcile writes what they show now."""
    listed = sorted(accounts)
    for batch in _chunks(listed, BATCH):
        people = [row.person_link for row in tx.memberships.of_accounts(batch) if row.how != "rejected"]
        tx.links.touch([*batch, *people])
        context.report.count("woken", len(batch))


def _fallen(models: Models, answers: Answers, accounts: Sequence[str]) -> dict[str, set[str]]:
    """Fact -> those of the accounts that were learned from and no longer answer so."""
    place_of = models.place_of()
    found: dict[str, set[str]] = {}
    learned = {account: place_of[account] for account in accounts if account in place_of}
    for name, model in models.facts.items():
        held = dict(zip(model.places.tolist(), model.answers, strict=True))
        for account, place in learned.items():
            said = answers.get(account, {}).get(name)
            if place in held and (said is None or said.value != held[place]):
                found.setdefault(name, set()).add(account)
    standing = set(models.standing.tolist())
    for account, place in learned.items():
        if place in standing and not any(
            said.value is True for fact, said in answers.get(account, {}).items() if fact.startswith(STATUS)
        ):
            found.setdefault(STANDING, set()).add(account)
    return found


def _news(tx: Tx, models: Models, policy: Lookalike) -> News:
    row = tx.models.current(NEWS)
    if row is None or row.report["space"] != models.model_id:
        return News(0, models.model_id, policy.fingerprint, len(models.ids))
    told = row.report
    fallen = {fact: set(accounts) for fact, accounts in told["fallen"].items()}
    return News(
        row.made_ms, told["space"], told["fingerprint"], told["learned"], told["done"], set(told["accounts"]), fallen
    )


def _note(tx: Tx, models: Models, news: News, answers: Answers, fallen: Mapping[str, set[str]]) -> None:
    before = news.row()
    news.accounts |= set(answers) - set(models.ids)
    for fact, accounts in fallen.items():
        news.fallen[fact] = news.fallen.get(fact, set()) | accounts
        news.accounts |= accounts
    if news.row() != before:
        tx.models.put(news.row())


def _chunks(listed: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(listed)
    while part := list(islice(rest, size)):
        yield part
