"""What accounts answered: facts that were said in calls or by people, and the status they earned. Unsaid is not no.

An answer of a person counts for the account. The status is known where somebody there reached it, or where it is known
that nobody will: disqualified, recycled, or a criterion is not met by what was said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from syncer.core.claims import RANK, Authority, Claim, from_ledger, standing, value_from_json
from syncer.core.lookalike import FactKind, Lookalike, TravellingFact
from syncer.core.predicted import STATUS
from syncer.core.qualification_terms import APART, LADDER
from syncer.store.knowledge_rows import VerdictRow
from syncer.store.ports import Tx

SAID: Final = (Authority.HUMAN, Authority.CALL)
_HEARD: Final = frozenset(("human", "call", "form"))
_RANKS: Final = {name: place for place, name in enumerate(LADDER)}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one account answered to one fact. `reps`: who heard it; `quote` and `doc_id`: the words.

    `ends`: the range that was said, or twice the number; empty for what is no number.
    """

    value: Any
    at_ms: int
    reps: frozenset[str]
    quote: str = ""
    doc_id: str = ""
    ends: tuple[float, ...] = ()


Answers = dict[str, dict[str, Answer]]  # account -> fact -> answer


@dataclass(slots=True)
class Said:
    """Everything that was said of one account and its people, before it is put together."""

    claims: list[Claim] = field(default_factory=list)
    verdicts: list[VerdictRow] = field(default_factory=list)


def all_answers(tx: Tx, policy: Lookalike, now_ms: int) -> Answers:
    """Of every account. Two passes over claims and verdicts, in pages."""
    names = {one.name for one in policy.facts}
    spoke: set[str] = set()
    after = ""
    while rows := tx.claims.iterate(after, 2_000):
        after = rows[-1].claim_id
        spoke |= {row.subject for row in rows if row.field in names and row.authority in SAID and not row.redacted}
    after = ""
    while found := tx.verdicts.iterate("", after, 1_000):
        after = found[-1].link_id
        spoke |= {row.link_id for row in found if _speaks(row, policy)}
    subjects = sorted(spoke)
    account_of = accounts_of_subjects(tx, subjects)
    accounts = sorted({account_of[subject] for subject in subjects if subject in account_of})
    answers: Answers = {}
    for start in range(0, len(accounts), 500):
        answers |= answers_of(tx, policy, accounts[start : start + 500], now_ms)
    return answers


def answers_of(tx: Tx, policy: Lookalike, accounts: Sequence[str], now_ms: int) -> Answers:
    """Of these accounts; those that answered nothing are left out."""
    people: dict[str, list[str]] = {account: [] for account in accounts}
    for row in tx.memberships.of_accounts(accounts):
        if row.how != "rejected":
            people[row.account_link].append(row.person_link)
    subjects = sorted({*accounts, *(one for listed in people.values() for one in listed)})
    names = {one.name for one in policy.facts}
    claims = {
        subject: [from_ledger(row.claim) for row in rows if row.field in names]
        for subject, rows in tx.claims.of(subjects).items()
    }
    verdicts = tx.verdicts.get_many(subjects)
    found: Answers = {}
    for account in accounts:
        said = Said()
        for subject in (account, *people[account]):
            said.claims += [one for one in standing(claims[subject], now_ms) if one.authority in SAID]
            if subject in verdicts:
                said.verdicts.append(verdicts[subject])
        answered = put_together(policy, said)
        if answered:
            found[account] = answered
    return found


def accounts_of_subjects(tx: Tx, subjects: Sequence[str]) -> dict[str, str]:
    """Subject -> its account; an account is its own."""
    found: dict[str, str] = {}
    for start in range(0, len(subjects), 500):
        part = subjects[start : start + 500]
        links = tx.links.get_many(part)
        members = tx.memberships.get_many(part)
        for subject in part:
            link = links.get(subject)
            if link is not None and link.kind == "account":
                found[subject] = subject
                continue
            good = [row for row in members.get(subject, []) if row.how != "rejected"]
            if good:
                found[subject] = min(
                    good, key=lambda row: (row.how != "contact", -row.score, row.account_link)
                ).account_link
    return found


def put_together(policy: Lookalike, said: Said) -> dict[str, Answer]:
    """The answers of one account."""
    found: dict[str, Answer] = {}
    typed = _typed(policy, said.verdicts)
    for one in policy.facts:
        told = [item for item in said.claims if item.field == one.name and _fits(one, item.value)]
        told += [item for item in typed if item.field == one.name and _fits(one, item.value)]
        if told:
            found[one.name] = _together(one, told)
    for status in policy.statuses:
        answer = _status(status, said.verdicts)
        if answer is not None:
            found[STATUS + status] = answer
    return found


def _typed(policy: Lookalike, verdicts: Iterable[VerdictRow]) -> list[Claim]:
    """What people typed into fields of a CRM, as the verdict remembers it."""
    names = {one.name for one in policy.facts}
    found = []
    for row in verdicts:
        for key, (value, authority, at_ms) in row.verdict.get("seen", {}).items():
            side, _, name = key.partition(".")
            if name in names and authority == Authority.HUMAN:
                made = Claim("", row.link_id, name, value_from_json(value), Authority.HUMAN, side, int(at_ms))
                found.append(made)
    return found


def _fits(one: TravellingFact, value: Any) -> bool:
    if one.kind is FactKind.BOOLEAN:
        return isinstance(value, bool)
    if one.kind.measured:
        return measured(value) is not None
    return isinstance(value, str) and bool(value)


def measured(value: Any) -> float | None:
    """A positive number; of a range its middle, by orders of magnitude. None for anything else, and for nothing."""
    if isinstance(value, tuple):
        low, high = float(value[0]), float(value[1])
        return (low * high) ** 0.5 if low > 0 else (high / 2 if high > 0 else None)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return float(value) if value > 0 else None


def _together(one: TravellingFact, told: Sequence[Claim]) -> Answer:
    """The strongest word, then the newest; "any" and "highest" take what the fact declares of several people."""
    chosen = min(told, key=lambda item: (RANK[item.authority], -item.since_ms, item.claim_id))
    if one.people == "any":
        chosen = next((item for item in told if item.value is True), chosen)
    elif one.people == "highest":
        chosen = max(told, key=lambda item: (measured(item.value) or 0.0, item.since_ms, item.claim_id))
    value = measured(chosen.value) if one.kind.measured else chosen.value
    quote = next((said for said in chosen.evidence if said.quote), None)
    return Answer(
        value,
        chosen.observed_ms,
        frozenset(item.source for item in told),
        quote.quote if quote else "",
        quote.doc_id if quote else "",
        _ends(chosen.value) if one.kind.measured else (),
    )


def _ends(value: Any) -> tuple[float, float]:
    low, high = value if isinstance(value, tuple) else (value, value)
    return float(low), float(high)


def _speaks(row: VerdictRow, policy: Lookalike) -> bool:
    if row.status in APART or _RANKS.get(row.status, 0) > 0:
        return True
    return any(_refuses(one) for one in row.verdict.get("criteria", ())) or bool(_typed(policy, [row]))


def _refuses(judged: Mapping[str, Any]) -> bool:
    """A criterion that is not met by what somebody said."""
    return judged["truth"] == "not met" and any(one["authority"] in _HEARD for one in judged["evidence"])


def _status(status: str, verdicts: Sequence[VerdictRow]) -> Answer | None:
    """True where somebody reached it, False where nobody did and those who spoke will not, None where it is open."""
    people = [row for row in verdicts if row.kind == "person"]
    reached = [row for row in people if _RANKS.get(row.status, -1) >= _RANKS.get(status, 99)]
    if reached:
        row = min(reached, key=lambda one: (one.at_ms, one.link_id))
        return Answer(True, row.at_ms, _who(row))
    ended = [row for row in people if row.status in APART or any(map(_refuses, row.verdict.get("criteria", ())))]
    under_way = [row for row in people if row not in ended and _RANKS.get(row.status, 0) > 0]
    if ended and not under_way:
        row = max(ended, key=lambda one: (one.at_ms, one.link_id))
        return Answer(False, row.at_ms, _who(row))
    return None


def _who(row: VerdictRow) -> frozenset[str]:
    return frozenset(
        one["source"]
        for judged in row.verdict.get("criteria", ())
        for one in judged["evidence"]
        if one["authority"] in _HEARD
    )
