"""What a run would spend, before it spends it: the waterfall of each subject, played without a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from syncer.core.waterfall.policy import EnrichmentPolicy
from syncer.core.waterfall.purse import Purse
from syncer.core.waterfall.steps import Asked, Offer, Step, Who, next_step
from syncer.core.waterfall.wants import Want


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that the next question about one subject depends on; see `next_step`."""

    who: Who
    wanted: Sequence[Want]
    asked: Mapping[str, Asked]
    said: Mapping[str, frozenset[str]]


def if_answered(
    policy: EnrichmentPolicy,
    offers: Mapping[str, Offer],
    case: Case,
    closed: Mapping[str, int],
    purse: Purse,
    now_ms: int,
) -> list[Step]:
    """The questions of a run in which every provider knows all that it is asked; the purse pays for them."""
    return _play(policy, offers, case, closed, purse, now_ms, stops=frozenset(_single(case.wanted)))


def if_nobody_knows(
    policy: EnrichmentPolicy,
    offers: Mapping[str, Offer],
    case: Case,
    closed: Mapping[str, int],
    purse: Purse,
    now_ms: int,
) -> list[Step]:
    """The questions of the longest run there can be: each waterfall is asked to its end."""
    return _play(policy, offers, case, closed, purse, now_ms, stops=frozenset())


def _single(wanted: Sequence[Want]) -> list[str]:
    """Fields for which one good answer is enough."""
    return [want.policy.name for want in wanted if not want.policy.union and want.policy.agree == 1]


def _play(
    policy: EnrichmentPolicy,
    offers: Mapping[str, Offer],
    case: Case,
    closed: Mapping[str, int],
    purse: Purse,
    now_ms: int,
    stops: frozenset[str],
) -> list[Step]:
    said = {name: set(fields) for name, fields in case.said.items()}
    wanted, made = list(case.wanted), []
    while wanted:
        step, _ = next_step(policy, offers, case.who, wanted, case.asked, said, closed, purse, now_ms)
        if step is None:
            break
        purse.take(step.provider, step.who.key, step.price)
        said.setdefault(step.provider, set()).update(step.fields)
        wanted = [want for want in wanted if want.policy.name not in stops or want.policy.name not in step.fields]
        made.append(step)
    return made
