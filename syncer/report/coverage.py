"""What is known: how full each field is by what the CRMs held themselves and with what was claimed, at what cost.

Before: a value that somebody brought into a CRM, whoever it was but us. After: that, or a claim that counts; a
prediction fills nothing. Cost follows the number of records: every linked pair is looked at once, in batches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from syncer.core.claims import RANK, Authority, Claim, by_field
from syncer.core.fields import FieldMap, FieldType, KindMap, Rule
from syncer.core.qualification_terms import Definition, questions_in
from syncer.core.resolve import DAY_MS, FieldRule, agree, elements, rule_of
from syncer.report.coverage_providers import providers_of
from syncer.stages.gathering import pairs_of
from syncer.stages.telling import ledger, told_by_records
from syncer.store.ports import Tx

FORM: Final = 1
BATCH: Final = 500
AGREE_WITHIN: Final = 0.25  # numbers of a field that no mapping has
NO_FILLS: Final = ("technologies_seen",)  # raw material of other fields
NO_FILLS_PREFIX: Final = "weak."


class Pairing(NamedTuple):
    """Two providers that both told a field. Lists are kept apart: nobody sees all that a company uses."""

    one: str
    other: str
    lists: bool


@dataclass(slots=True)
class FieldCount:
    """Of one field of one kind of subject. `ages`: days -> number, of the values that stand now."""

    before: int = 0
    after: int = 0
    by_authority: Counter[str] = field(default_factory=Counter)
    filled_by: Counter[str] = field(default_factory=Counter)  # provider -> blanks that it alone or best fills
    pairs: Counter[Pairing] = field(default_factory=Counter)
    agreed: Counter[Pairing] = field(default_factory=Counter)
    ages: Counter[int] = field(default_factory=Counter)


def coverage(
    tx: Tx, kinds: Sequence[KindMap], definition: Definition | None, since_day: str, now_ms: int
) -> dict[str, Any]:
    """The report as one document. `since_day`: from which day on credits are counted; empty: all."""
    fresh = fresh_days(definition) if definition is not None else {}
    subjects: dict[str, int] = {}
    fields: list[dict[str, Any]] = []
    filled: Counter[str] = Counter()
    pairs, agreed = Counter[Pairing](), Counter[Pairing]()
    for kind in kinds:
        counts, subjects[kind.kind] = count(tx, kind, now_ms)
        mapped = {item.name for item in kind.fields}
        for name, one in counts.items():
            filled.update(one.filled_by)
            pairs.update(one.pairs)
            agreed.update(one.agreed)
            fields.append(_field(kind.kind, name, name in mapped, one, subjects[kind.kind], fresh.get(name, 0)))
    return {
        "form": FORM,
        "made_ms": now_ms,
        "since": since_day,
        "definition": {"name": definition.name, "version": definition.version} if definition else None,
        "subjects": subjects,
        "fields": fields,
        "agreement": _agreement(pairs, agreed, lists=False),
        "lists_in_common": _agreement(pairs, agreed, lists=True),
        "providers": providers_of(tx, filled, since_day, now_ms),
    }


def count(tx: Tx, kind: KindMap, now_ms: int) -> tuple[dict[str, FieldCount], int]:
    """Field -> its figures, those of the mapping first, and how many subjects there are."""
    rules = {item.name: rule_of(item) for item in kind.fields}
    wanted = {item.name for item in kind.fields if _counts(item)}
    found = {item.name: FieldCount() for item in kind.fields if _counts(item)}
    subjects = 0
    for own, claims in _subjects(tx, kind, wanted, now_ms):
        subjects += 1
        held = {item.field for item in own}
        for name, some in by_field([*own, *claims], now_ms).items():
            told = [item for item in some if item.authority is not Authority.PREDICTED and item.value is not None]
            if told and not no_fill(name) and (name in found or name not in rules):
                _add(found.setdefault(name, FieldCount()), told, name in held, rules.get(name), now_ms)
    return found, subjects


def no_fill(name: str) -> bool:
    return name in NO_FILLS or name.startswith(NO_FILLS_PREFIX)


def fresh_days(definition: Definition) -> Mapping[str, int]:
    """Field -> how many days old what it says may be for the strictest criterion that asks for it."""
    found: dict[str, int] = {}
    for criterion in definition.criteria:
        for question in questions_in(criterion.when) if criterion.fresh_days else ():
            for name in question.fields:
                bare = name.rpartition(".")[2]
                found[bare] = min(criterion.fresh_days, found.get(bare, criterion.fresh_days))
    return found


def _counts(item: FieldMap) -> bool:
    return item.type is not FieldType.REFERENCE and item.rule is not Rule.ALWAYS_SYNCER


def _subjects(
    tx: Tx, kind: KindMap, wanted: Iterable[str], now_ms: int
) -> Iterator[tuple[Sequence[Claim], Sequence[Claim]]]:
    """What the records of each linked subject say for themselves, and its stored claims."""
    wanted, after = frozenset(wanted), ""
    while batch := tx.links.iterate(kind.kind, ["linked"], after, BATCH):
        after = batch[-1].link_id
        ids = [link.link_id for link in batch]
        stored, pairs, shadows = ledger(tx, ids), pairs_of(tx, batch), tx.shadows.get_many(ids)
        for link in batch:
            claims = stored[link.link_id]
            claimed: dict[str, list[Any]] = {}
            for item in claims:
                claimed.setdefault(item.field, []).append(item.value)
            told = told_by_records(
                kind, link, pairs[link.link_id], shadows.get(link.link_id), wanted, now_ms, claimed=claimed
            )
            yield told.claims, claims


def _add(one: FieldCount, told: Sequence[Claim], held: bool, rule: FieldRule | None, now_ms: int) -> None:
    best = min(told, key=lambda item: (RANK[item.authority], -item.since_ms, item.claim_id))
    one.before += held
    one.after += 1
    one.by_authority[best.authority.value] += 1
    one.ages[max(0, now_ms - best.since_ms) // DAY_MS] += 1
    if not held and best.authority is Authority.PROVIDER:
        one.filled_by[best.source] += 1
    newest: dict[str, Claim] = {}
    for item in sorted(told, key=lambda item: (item.since_ms, item.claim_id)):
        if item.authority is Authority.PROVIDER:
            newest[item.source] = item
    names = sorted(newest)
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            pairing = Pairing(first, second, isinstance(newest[first].value, frozenset))
            one.pairs[pairing] += 1
            one.agreed[pairing] += _alike(newest[first], newest[second], rule)


def _alike(first: Claim, second: Claim, rule: FieldRule | None) -> bool:
    """Within the tolerance of the field; lists where they have something in common."""
    if isinstance(first.value, frozenset) and not isinstance(second.value, tuple):
        return bool(first.value & elements(second.value))
    return agree(first, second, rule.agree_within if rule is not None else AGREE_WITHIN)


def _agreement(pairs: Counter[Pairing], agreed: Counter[Pairing], *, lists: bool) -> list[dict[str, Any]]:
    return [
        {"providers": [one.one, one.other], "pairs": n, "agree": agreed[one], "share": _share(agreed[one], n)}
        for one, n in sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))
        if one.lists is lists
    ]


def _field(kind: str, name: str, mapped: bool, one: FieldCount, subjects: int, fresh: int) -> dict[str, Any]:
    n, agreed = (sum(m for pair, m in counts.items() if not pair.lists) for counts in (one.pairs, one.agreed))
    return {
        "kind": kind,
        "field": name,
        "mapped": mapped,
        "subjects": subjects,
        "before": one.before,
        "after": one.after,
        "before_share": _share(one.before, subjects),
        "after_share": _share(one.after, subjects),
        "by_authority": {
            item.value: one.by_authority[item.value] for item in Authority if one.by_authority[item.value]
        },
        "filled_by": dict(one.filled_by.most_common()),
        "pairs": n,
        "agree": agreed,
        "agreement": _share(agreed, n),
        "median_age_days": _median(one.ages),
        "fresh_days": fresh or None,
        "stale": sum(count for days, count in one.ages.items() if days > fresh) if fresh else None,
    }


def _median(ages: Counter[int]) -> int | None:
    """The lower of both where their number is even."""
    half = (ages.total() + 1) // 2
    for days in sorted(ages):
        half -= ages[days]
        if half <= 0:
            return days
    return None


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
