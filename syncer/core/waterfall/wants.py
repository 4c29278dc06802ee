"""Which fields of a subject are worth a question: those on which its verdict still depends, or that an admin wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Final

from syncer.core.claims import Authority, Claim
from syncer.core.qualification import Verdict, depends_on
from syncer.core.qualification_judge import Claims
from syncer.core.qualification_terms import Definition, questions_in
from syncer.core.resolve import agree, expired
from syncer.core.waterfall.policy import EnrichmentPolicy, FieldPolicy, Of

WEAK: Final = "weak."  # before the name of a field: said by a provider, and not sure enough to count for the field
SURE_AT_MOST: Final = 0.97  # what agreeing sources come to; they copy from each other


@dataclass(frozen=True, slots=True)
class Want:
    """A field to ask for. `field`: what claims about it are called on this subject."""

    policy: FieldPolicy
    field: str


def open_fields(definition: Definition, verdict: Verdict) -> frozenset[str]:
    """The fields of unknown criteria that a provider's word may settle, and for which a higher status waits."""
    waits = depends_on(definition, verdict)
    entries = [one for one in (*definition.criteria, *definition.signals) if one.id in waits]
    settled_by_provider = [one for one in entries if Authority.PROVIDER in one.evidence]
    return frozenset(
        name.rpartition(".")[2]
        for one in settled_by_provider
        for question in questions_in(one.when)
        for name in question.fields
    )


def wants(
    policy: EnrichmentPolicy,
    kind: Of,
    has_account: bool,
    open_: Iterable[str],
    claims: Claims,
    now_ms: int,
) -> tuple[Want, ...]:
    """In the order of the policy. `claims`: those that count of the subject itself, by field; weak ones among them.

    A field on which the verdict depends is asked for although somebody filled it: what they wrote did not settle the
    matter. Every other field is asked for only where nothing is known that is still fresh: what people, calls, forms
    or the CRMs say is not paid for a second time. Facts about the company of a person who has an account are asked of
    the account.
    """
    needed = frozenset(open_)
    found = []
    for one in policy.fields.values():
        if one.of != kind and (kind == "account" or has_account):
            continue
        name = one.on(kind)
        matters = name in needed or one.name in needed
        if not (matters or one.always or not policy.only_if_it_matters):
            continue
        known = [item for item in claims.get(name, ()) if item.authority is not Authority.PREDICTED]
        if not matters and any(_counts(item, now_ms) and item.authority is not Authority.PROVIDER for item in known):
            continue
        if (one.union and matters) or not settled(one, [*known, *claims.get(WEAK + name, ())], now_ms):
            found.append(Want(one, name))
    return tuple(found)


def _counts(item: Claim, now_ms: int) -> bool:
    return item.value is not None and not expired(item, now_ms)


def settled(field: FieldPolicy, claims: Sequence[Claim], now_ms: int) -> bool:
    """The stop rule: enough providers agree, and are sure enough together. `claims`: of the field, weak ones too."""
    sources, confidence = agreement(fresh_words(claims, now_ms), field.agree_within, union=field.union)[1:]
    return len(sources) >= field.agree and confidence >= field.min_confidence


def fresh_words(claims: Iterable[Claim], now_ms: int) -> dict[str, Claim]:
    """The newest unexpired word of each provider; what was put together from several is left out."""
    found: dict[str, Claim] = {}
    for item in sorted(claims, key=lambda one: (one.observed_ms, one.claim_id)):
        if item.authority is Authority.PROVIDER and "+" not in item.source and _counts(item, now_ms):
            found[item.source] = item
    return found


def agreement(
    words: Mapping[str, Claim], within: float, *, union: bool = False
) -> tuple[Claim | None, tuple[str, ...], float]:
    """The word that is best supported, who says so, and how sure they are together; it does not depend on any order.

    Independent sources that agree come to 1-(1-a)(1-b), at most 0.97; a single one keeps its own confidence.
    """
    best: tuple[Claim | None, tuple[str, ...], float] = (None, (), 0.0)
    rank: tuple[float, int, float, int, str] | None = None
    for item in words.values():
        sources = tuple(sorted(name for name, one in words.items() if union or agree(one, item, within)))
        sure = together([words[name].confidence for name in sources])
        key = (sure, len(sources), item.confidence, item.since_ms, item.claim_id)
        if rank is None or key > rank:
            best, rank = (item, sources, sure), key
    return best


def together(confidences: Sequence[float]) -> float:
    """How sure independent sources are that say the same."""
    if len(confidences) < 2:
        return confidences[0] if confidences else 0.0
    return max(*confidences, min(SURE_AT_MOST, 1 - prod(1 - one for one in sorted(confidences))))
