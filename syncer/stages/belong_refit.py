"""Refit: the weights of matching learn from what people confirmed and rejected, where that makes them better.

How good they would be is told of pairs that they were not fitted on. One transaction; writes to no CRM.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby
from math import log
from typing import Any, Final

from syncer.core.fields import KindMap
from syncer.core.identity.features import features
from syncer.core.identity.match import AUTO_FROM
from syncer.core.identity.model import Model, shipped_model
from syncer.core.identity.refit import Example, refit
from syncer.errors import UsageError
from syncer.stages.belong_ends import CONFIRMED
from syncer.stages.belong_lookup import LIVING, nearby, profile_of
from syncer.stages.belong_model import FACT
from syncer.stages.context import Context
from syncer.stages.gathering import pairs_of
from syncer.store.knowledge_rows import MembershipRow, ModelRow
from syncer.store.ports import Tx

DECISIONS_MIN: Final = 20
FOLDS: Final = 5
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Fit:
    """How weights do on decided people: mean surprise (natural log), and what they would link by themselves."""

    surprise: float
    right: int
    wrong: int

    def as_json(self) -> dict[str, Any]:
        return {"surprise": round(self.surprise, 4), "auto_right": self.right, "auto_wrong": self.wrong}


def refit_weights(context: Context) -> dict[str, Any]:
    """Fits the weights anew, and uses them from now on where they do better than the shipped ones, else those.

    The answer has the figures of both and says why; `n` counts people, not pairs. Raises UsageError where accounts or
    people are not mapped.
    """
    start = shipped_model()
    with context.store.transaction() as tx:
        examples = list(_examples(context, tx))
        confirmed = sum(example.right is not None for _, example in examples)
        told: dict[str, Any] = {"n": len(examples), "confirmed": confirmed, "rejected": len(examples) - confirmed}
        if len(examples) < DECISIONS_MIN:
            why = f"{len(examples)} decided; with fewer than {DECISIONS_MIN} decisions nothing is fitted."
            return {**told, "refitted": False, "why": why}
        before, after = _fit([(one, start) for _, one in examples]), _fit(list(_judged_apart(examples, start)))
        better = after.surprise < before.surprise and after.wrong <= before.wrong
        why = f"on people they were not fitted on they are {'' if better else 'not '}better than the shipped ones."
        told |= {"before": before.as_json(), "after": after.as_json(), "refitted": better, "why": why}
        model = refit([one for _, one in examples], start) if better else start
        report = {**told, "weights": model.as_json()}
        tx.models.put(ModelRow(context.entropy.token(), FACT, context.clock.now_ms(), True, why, report))
    return told


def _examples(context: Context, tx: Tx) -> Iterator[tuple[str, Example]]:
    """By person: a confirmed account against all other candidates, or rejected ones against none."""
    people, accounts = context.known_kind("person"), context.known_kind("account")
    if people is None or accounts is None:
        raise UsageError("NothingToMatch", "People and accounts are not both mapped.", "See mappings/.")
    grouped = [(person, list(rows)) for person, rows in groupby(tx.memberships.decided(), lambda row: row.person_link)]
    for start in range(0, len(grouped), _BATCH):
        yield from _batch(tx, people, accounts, dict(grouped[start : start + _BATCH]))


def _batch(
    tx: Tx, people: KindMap, accounts: KindMap, told: dict[str, list[MembershipRow]]
) -> Iterator[tuple[str, Example]]:
    links = [link for link in tx.links.get_many(list(told)).values() if link.state in LIVING]
    leads = [profile_of(people, link_id, pair) for link_id, pair in pairs_of(tx, links).items()]
    near = nearby(tx, accounts, leads, {lead.id: [row.account_link for row in told[lead.id]] for lead in leads})
    for lead in leads:
        right = {row.account_link for row in told[lead.id] if row.how == CONFIRMED}
        wrong = {row.account_link for row in told[lead.id]} - right
        known = [near.known.accounts[place] for place in near.places[lead.id]]
        chosen = [one for one in known if right or one.id in wrong]
        place = next((at for at, one in enumerate(chosen) if one.id in right), None)
        if chosen and (place is not None or not right):
            yield lead.id, Example([features(lead, one, near.known) for one in chosen], place)


def _judged_apart(examples: Sequence[tuple[str, Example]], start: Model) -> Iterator[tuple[Example, Model]]:
    """Each with weights that were fitted on the other folds; the fold of a person never changes."""
    folds = [(blake2b(person.encode(), digest_size=4).digest()[0] % FOLDS, one) for person, one in examples]
    for fold in range(FOLDS):
        model = refit([one for at, one in folds if at != fold], start)
        yield from ((one, model) for at, one in folds if at == fold)


def _fit(judged: Sequence[tuple[Example, Model]]) -> Fit:
    surprise, right, wrong = 0.0, 0, 0
    for example, model in judged:
        odds = [model.odds(values) for values in example.candidates]
        total = 1 + sum(odds)
        surprise -= log((1.0 if example.right is None else odds[example.right]) / total)
        if max(odds) / total >= AUTO_FROM:
            hit = odds.index(max(odds)) == example.right
            right, wrong = right + hit, wrong + (not hit)
    return Fit(surprise / len(judged), right, wrong)
